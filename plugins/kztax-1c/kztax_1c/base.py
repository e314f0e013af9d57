"""The user's base: recognised by what it publishes, its organisation, taxes and accounts found by reading it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, NamedTuple

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from kztax.core.words import shown
from kztax.journal import JournalEntry, Side
from kztax_1c import names
from kztax_1c.client import Client
from kztax_1c.settings import BaseTax, Settings
from kztax_1c.words import OneCError

SHOWN_AT_MOST = 5


class Subconto(NamedTuple):
    """A value of an account's analysis: the row of the base, and of which list it is."""

    entity_set: str
    key: str


class Resolved(NamedTuple):
    """An entry's accounts and tax as rows of the base; the keys of the tax ledger are None where there are none."""

    tax: str
    budget_code: str
    debit: str
    debit_subconto: tuple[Subconto, ...]
    credit: str
    tax_debit: str | None
    tax_credit: str | None
    payment_kind: str | None


class Base:
    """A base of 1C:Accounting for Kazakhstan. Raises `OneCError` for any other, and for what is not published."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self._accounts: dict[tuple[str, str], dict[str, Any]] = {}
        self._taxes: dict[str, dict[str, Any]] = {}
        self.published = _published(client.metadata())
        _check_published(self.published)
        row = self._one(names.ORGANISATIONS, "ИдентификационныйНомер", settings.organisation.bin)
        self.organisation: str = row["Ref_Key"]
        self.organisation_name: str = shown(str(row["Description"]))

    def resolve(self, entry: JournalEntry, for_tax: JournalEntry | None) -> Resolved:
        """The rows of the base that an entry needs; `for_tax` is its entry of the tax ledger, where one is kept."""
        tax = self._tax(entry)
        debit = self._account(names.ACCOUNTS, entry.debit.account)
        credit = self._account(names.ACCOUNTS, entry.credit.account)
        own = tax["СчетУчетаРасчетовСКонтрагентомБУ_Key"]
        if own not in (names.EMPTY, credit["Ref_Key"]):
            raise OneCError("tax_account_differs", tax=shown(str(tax["Description"])), ours=entry.credit.account)
        stated = self._settings.taxes.get(entry.charge, BaseTax())
        return Resolved(
            tax=tax["Ref_Key"],
            budget_code=tax["КодБК"],
            debit=debit["Ref_Key"],
            debit_subconto=tuple(self._subconto(kind, value) for kind, value in entry.debit.subconto.items()),
            credit=credit["Ref_Key"],
            tax_debit=self._tax_ledger(debit, for_tax.debit if for_tax else None),
            tax_credit=self._tax_ledger(credit, for_tax.credit if for_tax else None),
            payment_kind=stated.payment_kind,
        )

    def _tax(self, entry: JournalEntry) -> dict[str, Any]:
        stated = self._settings.taxes.get(entry.charge, BaseTax())
        if entry.charge not in self._taxes:
            field, value = "КодБК", entry.budget_code
            if stated.code is not None:
                field, value = "Code", stated.code
            elif stated.description is not None:
                field, value = "Description", stated.description
            self._taxes[entry.charge] = self._one(names.TAXES, field, value)
        tax = self._taxes[entry.charge]
        if tax["КодБК"] != entry.budget_code:
            raise OneCError(
                "budget_code_differs",
                tax=shown(str(tax["Description"])),
                theirs=shown(str(tax["КодБК"])) or "—",
                ours=entry.budget_code,
            )
        return tax

    def _account(self, chart: str, code: str) -> dict[str, Any]:
        if (chart, code) not in self._accounts:
            row = self._one(chart, "Code", code)
            if row["ЗапретитьИспользоватьВПроводках"]:
                raise OneCError("account_closed", code=code)
            self._accounts[chart, code] = row
        return self._accounts[chart, code]

    def _tax_ledger(self, account: Mapping[str, Any], stated: Side | None) -> str | None:
        """The account of the tax ledger: the one stated, else the one that the base itself names for it."""
        if stated is not None:
            return str(self._account(names.TAX_ACCOUNTS, stated.account)["Ref_Key"])
        own = str(account["СчетНУ_Key"])
        return None if own == names.EMPTY else own

    def _subconto(self, kind: str, value: str) -> Subconto:
        entity_set = self._settings.subconto.get(kind)
        if entity_set is None:
            raise OneCError("subconto_list_unknown", path=("subconto", kind), kind=kind)
        if entity_set not in self.published:
            raise OneCError("not_published", missing=entity_set)
        return Subconto(entity_set, self._one(entity_set, "Description", value)["Ref_Key"])

    def _one(self, entity_set: str, field: str, value: str) -> dict[str, Any]:
        """The only row that is not marked for deletion; its fields are those that the set publishes."""
        literal = value.replace("'", "''")
        # Deleted rows are left out here, not by the condition: bases differ in the operators that they take.
        rows = [row for row in self._client.rows(entity_set, f"{field} eq '{literal}'") if not row.get("DeletionMark")]
        if not rows:
            raise OneCError("not_found", set=entity_set, field=field, value=value)
        if len(rows) > 1:
            labels = [shown(str(row.get("Code") or row.get("Ref_Key")), 40) for row in rows[:SHOWN_AT_MOST]]
            raise OneCError("several_found", set=entity_set, field=field, value=value, found=", ".join(labels))
        missing = [name for name in names.READ.get(entity_set, ("Ref_Key",)) if name not in rows[0]]
        if missing:
            raise OneCError("not_published", missing=f"{entity_set}: {', '.join(missing)}")
        return rows[0]


def _published(metadata: bytes) -> dict[str, frozenset[str]]:
    """Every type that the base publishes, with the names of its fields."""
    found: dict[str, frozenset[str]] = {}
    fields: set[str] = set()
    try:
        for _, element in iterparse(io.BytesIO(metadata), events=("end",), forbid_dtd=True):
            tag = element.tag.rpartition("}")[2]
            if tag == "Property":
                fields.add(element.get("Name", ""))
            elif tag in ("EntityType", "ComplexType"):
                found[element.get("Name", "")] = frozenset(fields)
                fields = set()
                element.clear()  # a whole base describes itself in tens of megabytes
    except (ParseError, DefusedXmlException):
        raise OneCError("not_odata", problem="$metadata") from None
    return found


def _check_published(published: Mapping[str, frozenset[str]]) -> None:
    if names.ACCOUNTS not in published:
        raise OneCError("russian_base" if names.RUSSIAN_ACCOUNTS in published else "not_kazakh_base")
    needed = {**names.READ, names.ROW_TYPE: names.ROW_FIELDS}
    missing = [
        f"{entity}: {', '.join(sorted(absent))}" if entity in published else entity
        for entity, fields in needed.items()
        if (absent := set(fields) - published.get(entity, frozenset()))
    ]
    if missing:
        raise OneCError("not_published", missing="; ".join(missing))
