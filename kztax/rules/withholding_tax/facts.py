"""Withholding tax: what the caller states about one payment to a non-resident, and what follows."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, ClassVar, Literal, Self

from pydantic import model_validator

from kztax.core.assessment import Number, Outcome
from kztax.core.facts import Amount, Country, Currency, Day, Label, Listed, Share, SubjectFacts, fault
from kztax.core.figure import ZERO, Figure
from kztax.core.period import Month, Quarter, SingleDay
from kztax.core.units import NUMBER

HOME = "KZ"


class Recipient(StrEnum):
    """A non-resident company without a permanent establishment, or a non-resident individual."""

    COMPANY = "company"
    INDIVIDUAL = "individual"


class PaymentCategory(StrEnum):
    """What the payment is; the law has a rate for most, and one for all that has no line of its own.

    Pay of employees and directors is no category here: see `personal_income_tax`.
    """

    SERVICES = "services"
    DIVIDENDS = "dividends"
    INTEREST_ON_LOANS_AND_DEBT_SECURITIES = "interest_on_loans_and_debt_securities"
    INTEREST_OTHER = "interest_other"
    ROYALTIES = "royalties"
    CAPITAL_GAINS = "capital_gains"
    INSURANCE_PREMIUMS = "insurance_premiums"
    REINSURANCE_PREMIUMS = "reinsurance_premiums"
    INTERNATIONAL_TRANSPORT = "international_transport"
    GAMBLING_WINNINGS = "gambling_winnings"
    OTHER = "other"


class RateGround(StrEnum):
    """Why the payment bears its rate under the Code."""

    CATEGORY = "category"
    LOW_TAX = "low_tax"
    ASTANA_HUB = "astana_hub"
    LONG_HOLDING = "long_holding"
    LARGE_HOLDING = "large_holding"


class WithholdingTaxFacts(SubjectFacts):
    """One payment of income from sources in Kazakhstan. Amounts are in `currency`, `paid_earlier_this_year` in KZT.

    `recipient_country` is where the recipient is registered (an individual: resident); `treaty_country` where a
    certificate shows residence. `low_tax_territory` is a code of the list of states with favourable taxation
    ("US-WY", "HK"), or "none". `held_since` and `ownership_share` (direct or indirect) are of the shares on which
    dividends are paid; some treaties count direct holdings only (`held_directly`). `accrued_on` is the day of their
    accrual, else the day of payment. `treaty_limit` is the treaty's rate where the caller has read it.

    >>> facts = WithholdingTaxFacts(
    ...     paid_on="2026-06-15", recipient="company", recipient_country="DE", category="royalties", gross_income="100"
    ... )
    >>> facts.gross_income
    Decimal('100')
    """

    KIND: ClassVar[str] = "withholding_tax"
    kind: Literal["withholding_tax"] = "withholding_tax"
    paid_on: Day
    recipient: Annotated[Recipient, Listed]
    recipient_country: Country
    category: Annotated[PaymentCategory, Listed]
    gross_income: Amount
    currency: Currency = "KZT"
    low_tax_territory: Label | None = None
    ownership_share: Share | None = None
    held_directly: bool | None = None
    held_since: Day | None = None
    accrued_on: Day | None = None
    qualifying_conditions_met: bool | None = None
    paid_earlier_this_year: Amount = ZERO
    related_party: bool = False
    taxed_at_15_percent_or_more: bool | None = None
    payer_is_astana_hub_participant: bool = False
    treaty_country: Country | None = None
    treaty_changed_by_mli: bool | None = None
    treaty_limit: Share | None = None
    residence_certificate: bool = False
    beneficial_owner: bool | None = None
    agent_bears_tax: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.recipient_country == HOME:
            raise fault("recipient_at_home", field="recipient_country")
        if self.treaty_country == HOME:
            raise fault("treaty_with_kazakhstan", field="treaty_country")
        if self.treaty_country is None and self.treaty_limit is not None:
            raise fault("treaty_limit_without_country", field="treaty_limit")
        if self.accrued_on is not None and self.accrued_on > self.paid_on:
            raise fault("accrued_after_paid", field="accrued_on")
        if self.held_since is not None and self.held_since > (self.accrued_on or self.paid_on):
            raise fault("held_after_accrued", field="held_since")
        return self

    @property
    def tax_period(self) -> SingleDay:
        """The day of payment: its law applies."""
        return SingleDay(self.paid_on)

    @cached_property
    def share(self) -> Figure | None:
        """The stated holding, one step of the working for Code and treaty alike."""
        if self.ownership_share is None:
            return None
        return Figure(self.ownership_share, NUMBER, "fact", (), "withholding_tax.ownership_share")

    @property
    def month(self) -> Month:
        """The month of payment, after which the tax is due."""
        return Month(self.paid_on.year, self.paid_on.month)

    @property
    def quarter(self) -> Quarter:
        """The quarter of payment, for which a return is due."""
        return Quarter(self.paid_on.year, (self.paid_on.month + 2) // 3)


class WithholdingBracket(Outcome):
    """One bracket of the scale for dividends: its rate, the income in it and the tax on that (KZT)."""

    rate: Number
    income: Number
    tax: Number


class WithholdingTaxOutcome(Outcome):
    """The tax on the payment, in KZT. `tax` is exact, `payable` rounded to the tiyn.

    `rate` is the Code's, None where `brackets` apply; `domestic_tax` is the tax under the Code alone;
    `treaty_limit` is the treaty's rate where a treaty applies; `tax` is the lower of both.
    """

    gross_income: Number
    ground: RateGround
    rate: Number | None
    brackets: tuple[WithholdingBracket, ...]
    domestic_tax: Number
    treaty_limit: Number | None
    tax: Number
    payment_due: date | None
    return_due: date | None
    form: str | None
    budget_code: str | None
    payable: Number


FACTS = WithholdingTaxFacts
OUTCOME = WithholdingTaxOutcome
MAIN = "payable"
"""The field of the outcome that answers the question."""
