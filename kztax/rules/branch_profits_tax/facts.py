"""Branch profits tax: what the caller states about a permanent establishment's year, and what follows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from kztax.core.assessment import Number, Outcome
from kztax.core.facts import Amount, Country, Facts, SubjectFacts, TaxYear, fault
from kztax.core.figure import ZERO
from kztax.core.period import Year


class TreatyFacts(Facts):
    """What a treaty's clause turns on.

    `reinvested_net_income` is in KZT; `profit_in_treaty_currency` (the profit of the year), `investment` and
    `insured_investment` (insured or guaranteed by the other state, and approved here) are in the clause's currency.
    """

    reinvested_net_income: Amount | None = None
    profit_in_treaty_currency: Amount | None = None
    investment: Amount | None = None
    insured_investment: Amount | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.insured_investment is None:
            return self
        if self.investment is None:
            raise fault("insured_without_investment", field="investment")
        if self.insured_investment > self.investment:
            raise fault("insured_over_investment", field="insured_investment")
        return self


class BranchProfitsTaxFacts(SubjectFacts):
    """A permanent establishment's year (KZT).

    `taxable_income` is before `reductions` and `losses` brought forward. `corporate_income_tax` is the computed tax,
    before credits and tax withheld; without it the standard rate is taken. `residence_certificate`: in hand on the
    day of the return.

    >>> BranchProfitsTaxFacts(tax_year=2026, taxable_income="100000000").taxable_income
    Decimal('100000000')
    """

    KIND: ClassVar[str] = "branch_profits_tax"
    kind: Literal["branch_profits_tax"] = "branch_profits_tax"
    tax_year: TaxYear
    taxable_income: Amount
    reductions: Amount = Field(default=0, validate_default=True)
    losses: Amount = Field(default=0, validate_default=True)
    corporate_income_tax: Amount | None = None
    treaty_country: Country | None = None
    residence_certificate: bool = False
    treaty_facts: TreatyFacts | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.treaty_country == "KZ":
            raise fault("treaty_with_kazakhstan", field="treaty_country")
        if self.treaty_facts is not None and self.treaty_country is None:
            raise fault("treaty_facts_without_country", field="treaty_country")
        base: Decimal = max(self.taxable_income - self.reductions - self.losses, ZERO)
        if self.corporate_income_tax is not None and self.corporate_income_tax > base:
            raise fault("tax_over_base", field="corporate_income_tax")
        return self

    @property
    def tax_period(self) -> Year:
        """The tax year."""
        return Year(self.tax_year)


class BranchProfitsTaxOutcome(Outcome):
    """The year's tax on net income (KZT), exact; `payable` is it to the tiyn.

    `rate` is of the Code, or of the treaty on `treaty_base`; `effective_rate` is `total_tax` over `tax_base`, None
    where there is no base.
    """

    tax_base: Number
    corporate_income_tax: Number
    net_income: Number
    treaty_base: Number | None
    rate: Number
    tax: Number
    total_tax: Number
    effective_rate: Number | None
    payable: Number
    return_due: date | None
    payment_due: date | None


FACTS = BranchProfitsTaxFacts
OUTCOME = BranchProfitsTaxOutcome
MAIN = "payable"
"""The field of the outcome that answers the question."""
