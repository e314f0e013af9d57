"""An assessment becomes journal entries: what is payable, once, on the last day of its period.

A kind that is not in `CHARGES` has no entry. A new tax is one line there, a field of `AccountMap`, and its accounts in
`chart_2019.toml` as far as the chart says them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from kztax.core.assessment import Assessment, Frozen, Number
from kztax.core.errors import InvalidFacts, MissingFact, NothingPayable
from kztax.core.period import last_day_of
from kztax.explain.phrases import phrases
from kztax.explain.text import title
from kztax.journal.accounts import WHERE, AccountMap, Side

NAMESPACE = UUID("02329f87-e72e-4cf8-a1e1-78a10d235405")
"""Of the ids of entries. It never changes: an accounting system knows an entry again by its id."""
TIYN = Decimal("0.01")


class JournalLedger(StrEnum):
    """The ledger that an entry stands in; Kazakh books keep both side by side."""

    ACCOUNTING = "accounting"
    TAX = "tax"


class JournalEntry(Frozen):
    """One entry: the amount (KZT, to the tiyn) from the debited to the credited account.

    `id` is the same for the same facts, kind, charge and ledger, whenever and wherever it is made. `tax_code` is the
    user's own code of the tax, else the charge's name.
    """

    id: UUID
    on: date
    ledger: JournalLedger
    debit: Side
    credit: Side
    amount: Number
    charge: str
    tax_code: str
    budget_code: str
    text: str
    kind: str
    period: str
    payment_due: date | None


class Charge(NamedTuple):
    """What is owed to one budget code; None where the assessment names none."""

    name: str
    amount: Decimal
    budget_code: str | None
    words: str = "journal.accrued"


def journal_entries(
    assessments: Iterable[Assessment[Any]], accounts: AccountMap | None = None, locale: str = "en"
) -> list[JournalEntry]:
    """The entries of assessments, in their order; nothing where nothing is payable.

    Raises `MissingFact` where an account or a budget code must be stated, `InvalidFacts` for a kind without entries,
    and where the same facts were given twice.

    >>> import kztax
    >>> facts = {"kind": "corporate_income_tax", "tax_year": 2025, "taxpayer": "resident",
    ...     "income": [{"amount": "1000000"}]}
    >>> (entry,) = journal_entries([kztax.assess(facts)])
    >>> entry.on.isoformat(), entry.debit.account, entry.credit.account, entry.amount, entry.budget_code
    ('2025-12-31', '7710', '3110', Decimal('200000.00'), '101111')
    """
    stated = accounts or AccountMap.standard()
    entries = [entry for assessment in assessments for entry in _entries_of(assessment, stated, locale)]
    if len({entry.id for entry in entries}) < len(entries):
        raise InvalidFacts("journal_same_facts_twice")
    return entries


def _entries_of(assessment: Assessment[Any], accounts: AccountMap, locale: str) -> Iterator[JournalEntry]:
    if assessment.kind not in CHARGES:
        raise InvalidFacts("journal_no_entries", path=("kind",), kind=assessment.kind, known=", ".join(CHARGES))
    for charge in CHARGES[assessment.kind](assessment.outcome):
        if charge.amount > 0:
            yield _entry(assessment, charge, accounts, JournalLedger.ACCOUNTING, locale)
            if getattr(accounts, charge.name).tax_ledger is not None:
                yield _entry(assessment, charge, accounts, JournalLedger.TAX, locale)


def _entry(
    assessment: Assessment[Any], charge: Charge, accounts: AccountMap, ledger: JournalLedger, locale: str
) -> JournalEntry:
    stated = getattr(accounts, charge.name)
    budget_code = charge.budget_code or stated.budget_code
    if budget_code is None:
        raise MissingFact("journal_budget_code_missing", path=(WHERE, charge.name, "budget_code"), table=charge.name)
    field = "tax_ledger" if ledger is JournalLedger.TAX else ""
    return JournalEntry(
        id=uuid5(NAMESPACE, f"{assessment.facts_digest}\n{assessment.kind}\n{charge.name}\n{ledger.value}"),
        on=last_day_of(assessment.period),
        ledger=ledger,
        debit=accounts.side(charge.name, field, "debit"),
        credit=accounts.side(charge.name, field, "credit"),
        amount=charge.amount.quantize(TIYN),
        charge=charge.name,
        tax_code=stated.tax_code or charge.name,
        budget_code=budget_code,
        text=_text(assessment, charge, locale),
        kind=assessment.kind,
        period=assessment.period,
        payment_due=assessment.outcome.payment_due,
    )


def _text(assessment: Assessment[Any], charge: Charge, locale: str) -> str:
    text = phrases(locale).text(charge.words, title=title(assessment, locale))
    # Spaces that typography wants are strange letters to the program that takes the file in.
    return " ".join(text.split())


def require_entries(entries: list[JournalEntry]) -> list[JournalEntry]:
    """The entries, if there are any: an empty file would be taken in silently, and mistaken for a finished import."""
    if not entries:
        raise NothingPayable("journal_empty")
    return entries


def _whole(name: str) -> Callable[[Any], list[Charge]]:
    def charges(outcome: Any) -> list[Charge]:
        return [Charge(name, outcome.payable, getattr(outcome, "budget_code", None))]

    return charges


def _personal_income_tax(outcome: Any) -> list[Charge]:
    """Of a business alone: a private person keeps no books, and no business books a private person's tax."""
    if outcome.payable > 0 and outcome.tax != outcome.entrepreneur_tax + outcome.private_practice_tax:
        raise InvalidFacts("journal_private_income", path=("income",))
    return [Charge("personal_income_tax", outcome.payable, outcome.budget_code)]


def _value_added_tax(outcome: Any) -> list[Charge]:
    """The tax on turnover and the tax for non-residents go to budget codes of their own, and add up to `payable`.

    An excess (`payable` below zero) is not paid: it stays on the accounts of the invoices it comes from.
    """
    for_non_residents = outcome.reverse_charge_vat.quantize(TIYN, ROUND_HALF_UP)
    return [
        Charge("value_added_tax", outcome.payable - for_non_residents, outcome.budget_code),
        Charge(
            "reverse_charge_vat",
            for_non_residents,
            outcome.reverse_charge_budget_code,
            "journal.accrued_for_non_residents",
        ),
    ]


CHARGES: Mapping[str, Callable[[Any], list[Charge]]] = {
    "mining_levy": _whole("mining_levy"),
    "corporate_income_tax": _whole("corporate_income_tax"),
    "branch_profits_tax": _whole("branch_profits_tax"),
    "personal_income_tax": _personal_income_tax,
    "value_added_tax": _value_added_tax,
    "withholding_tax": _whole("withholding_tax"),
}
