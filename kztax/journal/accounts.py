"""On which accounts each charge stands: the user's configuration, over what the chart of 2019 itself says."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from kztax.core.errors import InvalidFacts, MissingFact, UnreadableInput
from kztax.core.facts import Facts, Label
from kztax.core.invalid import invalid_facts

CHART_2019 = Path(__file__).with_name("chart_2019.toml")
LARGEST_BYTES = 1_000_000
WHERE = "accounts"
"""The first part of the path of an error in an account map."""

AccountCode = Annotated[str, StringConstraints(pattern=r"^[1-8][0-9]{3}[0-9]{0,4}(\.[0-9]{1,4}){0,3}Н?$")]
"""A code of the chart, with a subaccount where the books have one: "7710", "3131", "3310.01"."""
BudgetCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class Side(Facts):
    """One side of an entry: the account's code, and what the account is kept by (subconto), in the account's order.

    In TOML a code alone is enough: `debit = "7710"`, else `debit = { account = "8410", subconto = { "Cost item" =
    "Mining levy" } }`.
    """

    account: AccountCode
    subconto: Annotated[dict[Label, Label], Field(max_length=3)] = {}  # noqa: RUF012 - pydantic copies defaults

    @model_validator(mode="before")
    @classmethod
    def _code_alone(cls, given: Any) -> Any:
        return {"account": given} if isinstance(given, str) else given


class Correspondence(Facts):
    """Debit and credit in one ledger; a side that is None must be stated before an entry can be made."""

    debit: Side | None = None
    credit: Side | None = None


class ChargeAccounts(Correspondence):
    """The accounts of one charge: debit and credit of the accounting ledger, and of the tax ledger where one is kept.

    `tax_code` is the code of the tax in the user's own system. `budget_code` counts only where the assessment has none.
    """

    tax_ledger: Correspondence | None = None
    tax_code: Label | None = None
    budget_code: BudgetCode | None = None


class AccountMap(Facts):
    """The accounts of every charge that a journal can hold.

    >>> accounts = AccountMap.of({"mining_levy": {"debit": "8410", "credit": "3230"}})
    >>> accounts.mining_levy.debit.account, accounts.corporate_income_tax.credit.account
    ('8410', '3110')
    """

    mining_levy: ChargeAccounts = ChargeAccounts()
    corporate_income_tax: ChargeAccounts = ChargeAccounts()
    branch_profits_tax: ChargeAccounts = ChargeAccounts()
    personal_income_tax: ChargeAccounts = ChargeAccounts()
    value_added_tax: ChargeAccounts = ChargeAccounts()
    reverse_charge_vat: ChargeAccounts = ChargeAccounts()
    withholding_tax: ChargeAccounts = ChargeAccounts()

    @classmethod
    def standard(cls) -> AccountMap:
        """What the chart of 2019 says by itself."""
        return _standard()

    @classmethod
    def of(cls, stated: Mapping[str, Any]) -> Self:
        """The user's accounts over those of the chart of 2019, side by side.

        Raises `InvalidFacts` that names each field that does not fit.
        """
        try:
            own = cls.model_validate(stated)
        except ValidationError as error:
            raise _in_the_map(invalid_facts(error)) from error
        return cls(**{name: _over(getattr(own, name), getattr(_standard(), name)) for name in cls.model_fields})

    def side(self, charge: str, ledger_field: str, side: str) -> Side:
        """An account that an entry needs. Raises `MissingFact` that says where to state it."""
        accounts = getattr(self, charge)
        found: Side | None = getattr(getattr(accounts, ledger_field) if ledger_field else accounts, side)
        if found is None:
            where = (charge, ledger_field, side) if ledger_field else (charge, side)
            table = ".".join(where[:-1])
            raise MissingFact("journal_account_missing", path=(WHERE, *where), table=table, side=side)
        return found


def read_accounts(path: str | Path) -> AccountMap:
    """The account map in a TOML file.

    Raises `UnreadableInput` for a file that cannot be read or is no TOML, `InvalidFacts` that names each field that
    does not fit.
    """
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise UnreadableInput("cannot_read", path=(str(path),), problem=error.strerror or str(error)) from error
    if len(content) > LARGEST_BYTES:
        raise UnreadableInput("file_too_large", path=(str(path),), limit=LARGEST_BYTES)
    try:
        return AccountMap.of(tomllib.loads(content.decode("utf-8")))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnreadableInput("not_toml", path=(str(path),), problem=str(error)) from error


@lru_cache(maxsize=1)
def _standard() -> AccountMap:
    return AccountMap.model_validate(tomllib.loads(CHART_2019.read_text(encoding="utf-8")))


def _over(own: ChargeAccounts, standard: ChargeAccounts) -> ChargeAccounts:
    return own.model_copy(update={"debit": own.debit or standard.debit, "credit": own.credit or standard.credit})


def _in_the_map(error: InvalidFacts) -> InvalidFacts:
    for each in (error, *error.others):
        each.path = (WHERE, *each.path)
    return error
