"""The taxpayer's own data: who files, where, and what a form asks that no tax follows from.

They come from a file of their own (`--taxpayer`), never from an assessment.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from kztax.core.facts import (
    Amount,
    Country,
    Day,
    Facts,
    Label,
    Listed,
    PositiveAmount,
    fault,
)

_WEIGHTS = tuple(range(1, 12))
_SECOND_WEIGHTS = (*range(3, 12), 1, 2)


def check_digit(digits: str) -> int | None:
    """The last digit of an IIN or BIN from its first eleven; None where no number begins so.

    >>> check_digit("17064000125")
    0
    """
    for weights in (_WEIGHTS, _SECOND_WEIGHTS):
        rest: int = sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=False)) % 11
        if rest < 10:
            return rest
    return None


def _identification(value: str) -> str:
    if check_digit(value) != int(value[-1]) or not value.strip("0"):
        raise fault("identification_number")
    return value


IdentificationNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$"), AfterValidator(_identification)]
"""An IIN of a person or a BIN of a company: twelve digits, the last of which follows from the others."""
Office = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
Code = Annotated[str, StringConstraints(pattern=r"^\w{1,3}$")]


class DeclarationKind(StrEnum):
    """Which declaration it is: the first of a taxpayer, a regular one, one that corrects, the last one."""

    INITIAL = "initial"
    REGULAR = "regular"
    ADDITIONAL = "additional"
    ADDITIONAL_BY_NOTICE = "additional_by_notice"
    FINAL = "final"


class Trust(StrEnum):
    """Categories of a taxpayer: A a trustee, B who settled a trust."""

    TRUSTEE = "trustee"
    SETTLOR = "settlor"


class Notice(Facts):
    """The tax authority's notice that a declaration answers."""

    number: Label
    on: Day


class Licence(Facts):
    """The licence for digital mining."""

    number: Label
    issued: Day


class MeterReadings(Facts):
    """What the meters of a supply showed at the start and at the end of the period; supplies count from one.

    `quarter` tells supplies of several assessments apart (the year 2022).
    """

    supply: Annotated[int, Field(ge=1)]
    quarter: Annotated[str, Field(pattern=r"^[0-9]{4}-Q[1-4]$")] | None = None
    start: Amount
    end: Amount

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end < self.start:
            raise fault("meter_runs_backwards", field="end")
        return self


class MovementAbroad(Facts):
    """A row of 270.04 B: property abroad acquired or disposed of in the year. Codes are those of the cabinet's lists.

    A digital asset is of asset kind 8; `amount` is in `currency`, at most two decimals.
    """

    operation: Code
    operation_text: Label | None = None
    asset_kind: Code
    asset_kind_text: Label | None = None
    quantity: PositiveAmount
    identifier: Label
    on: Day | None = None
    counterparty: Label | None = "-"
    country: Code
    currency: Code
    amount: Amount


class BankMoneyAbroad(Facts):
    """A row of 270.04 C: money in a foreign bank on 31 December."""

    bank_id: Label
    bank_name: Label
    country: Code
    currency: Code
    amount: Amount


class DebtAbroad(Facts):
    """A row of 270.04 D: what a foreigner owes, or is owed, on 31 December."""

    kind: Code
    party: Label
    currency: Code
    amount: Amount
    due: Day | None = None
    certified_by: Label | None = None


class PropertyAbroad(Facts):
    """A row of 270.04 E: property held abroad on 31 December."""

    asset_kind: Code
    asset_kind_text: Label | None = None
    identifier: Label
    country: Code
    address: Label


class OfficialsAcquisition(Facts):
    """A row of 270.05 B, for those whom the law against corruption obliges: what was acquired, and from what money."""

    asset_kind: Code
    asset_kind_text: Label | None = None
    identifier: Label
    on: Day
    country: Code
    address: Label
    currency: Code
    amount: Amount
    source: Code
    source_text: Label | None = None
    source_id: Label = "-"
    source_name: Label = "-"
    source_currency: Code
    source_amount: Amount


class OfficialsDisposal(Facts):
    """A row of 270.05 C, for those whom the law against corruption obliges: what was disposed of, its price in KZT."""

    asset_kind: Code
    asset_kind_text: Label | None = None
    identifier: Label
    on: Day
    country: Code
    address: Label
    buyer: Label = "-"
    buyer_id: Label = "-"
    price: Amount


class PracticeMonth(Facts):
    """A month of a private practitioner (270.03): income and tax, in KZT."""

    income: Amount
    tax: Amount


class IncomeAndProperty(Facts):
    """What form 270.00 asks beside the tax.

    `income_lines` says in which line an income stands, by its place among the facts counted from zero, where the facts
    do not say it: `{"2": "B.2"}`. Tables that were not stated are None; an empty list says that there is nothing.
    """

    income_lines: dict[str, str] = Field(default_factory=dict)
    gain_from_abroad: Amount | None = None
    deductions_used_by_agents: Amount | None = None
    private_practice: Annotated[tuple[PracticeMonth, ...], Listed] = ()
    movements_abroad: Annotated[tuple[MovementAbroad, ...], Listed] | None = None
    bank_money_abroad: Annotated[tuple[BankMoneyAbroad, ...], Listed] | None = None
    debts_abroad: Annotated[tuple[DebtAbroad, ...], Listed] | None = None
    property_abroad: Annotated[tuple[PropertyAbroad, ...], Listed] | None = None
    acquisitions_of_official: Annotated[tuple[OfficialsAcquisition, ...], Listed] | None = None
    disposals_of_official: Annotated[tuple[OfficialsDisposal, ...], Listed] | None = None

    @model_validator(mode="after")
    def _twelve_months(self) -> Self:
        if len(self.private_practice) not in (0, 12):
            raise fault("practice_of_twelve_months", field="private_practice")
        return self


class Declarant(Facts):
    """Who files: an IIN or a BIN, the name, the tax office, and what single forms ask.

    >>> Declarant(bin="170640001250", name="Miner LLP", tax_office="6007").iin_or_bin
    '170640001250'
    """

    REQUIRED: ClassVar[frozenset[str]] = frozenset({"iin_or_bin", "name", "tax_office"})

    iin: IdentificationNumber | None = None
    bin: IdentificationNumber | None = None
    name: Label
    name_kk: Label | None = None
    name_en: Label | None = None
    rnn: Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")] | None = None
    tax_office: Office
    declaration: Annotated[DeclarationKind, Listed] = DeclarationKind.REGULAR
    declaration_date: Day | None = None
    notice: Notice | None = None
    trust: Annotated[Trust, Listed] | None = None
    resident: bool = True
    country: Country | None = None
    foreign_tax_number: Label | None = None
    head: Label | None = None
    phone: Annotated[str, StringConstraints(pattern=r"^\+?[0-9() -]{5,25}$")] | None = None
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=200)] | None = None
    spouse_iin: IdentificationNumber | None = None
    represented_iin: IdentificationNumber | None = None
    akim_office_bin: IdentificationNumber | None = None
    licence: Licence | None = None
    vat_certificate: Label | None = None
    meter_readings: Annotated[tuple[MeterReadings, ...], Listed] = ()
    income_and_property: IncomeAndProperty = IncomeAndProperty()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.iin is None) == (self.bin is None):
            raise fault("iin_or_bin", field="iin" if self.bin is None else "bin")
        if self.resident and (self.country or self.foreign_tax_number):
            raise fault("country_of_resident", field="country" if self.country else "foreign_tax_number")
        if not self.resident and not (self.country and self.foreign_tax_number):
            raise fault("country_of_non_resident", field="foreign_tax_number" if self.country else "country")
        by_notice = self.declaration is DeclarationKind.ADDITIONAL_BY_NOTICE
        if by_notice != (self.notice is not None):
            raise fault("notice_and_kind", field="notice")
        seen: set[tuple[int, str | None]] = set()
        for position, readings in enumerate(self.meter_readings):
            key = (readings.supply, readings.quarter)
            if key in seen:
                raise fault("meter_stated_twice", field=f"meter_readings.{position}.supply")
            seen.add(key)
        return self

    @property
    def iin_or_bin(self) -> str:
        """The IIN or the BIN."""
        return self.iin or self.bin or ""

    @property
    def residence(self) -> str:
        """Which box of residence is ticked."""
        return "resident" if self.resident else "non_resident"

    def field(self, path: str) -> str | date | None:
        """A value by its dotted path; None where it is not stated."""
        found: Any = self
        for name in path.split("."):
            found = None if found is None else getattr(found, name)
        return found if found is None or isinstance(found, (str, date)) else str(found)
