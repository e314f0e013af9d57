"""Personal income tax: what the caller states about an individual's year, and what follows."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from kztax.core.assessment import Number, Outcome
from kztax.core.facts import (
    Amount,
    AssetName,
    Currency,
    Day,
    Facts,
    IncomeSource,
    Label,
    Listed,
    PositiveAmount,
    Share,
    Source,
    SubjectFacts,
    TaxYear,
    fault,
)
from kztax.core.foreign_tax import TaxPaidAbroad
from kztax.core.period import Year


class IncomeCategory(StrEnum):
    """Kinds of income that the law taxes differently."""

    EMPLOYMENT = "employment"
    CIVIL_CONTRACT = "civil_contract"
    DIVIDENDS = "dividends"
    INTEREST = "interest"
    PRIVATE_PRACTICE = "private_practice"
    ENTREPRENEUR = "entrepreneur"
    FOREIGN = "foreign"
    OTHER = "other"


class ExemptGround(StrEnum):
    """Why income is exempt; each ground has its dates and the categories it fits."""

    GOVERNMENT_BONDS = "government_bonds"
    LISTED_SECURITIES = "listed_securities"
    HELD_OVER_THREE_YEARS = "held_over_three_years"
    BANK_DEPOSIT = "bank_deposit"
    AIFC_SECURITIES = "aifc_securities"
    AIFC_COMPANY = "aifc_company"
    AIFC_INVESTOR_FOREIGN_INCOME = "aifc_investor_foreign_income"
    AIFC_EMPLOYEE = "aifc_employee"
    ASTANA_HUB_EMPLOYEE = "astana_hub_employee"
    GIFT_OR_INHERITANCE = "gift_or_inheritance"
    CHARITY = "charity"


class AcquiredBy(StrEnum):
    """How a digital asset was acquired."""

    PURCHASE = "purchase"
    GIFT = "gift"
    INHERITANCE = "inheritance"
    MINING = "mining"
    EXCHANGE_REWARD = "exchange_reward"
    BLOCKCHAIN_CONTRACT = "blockchain_contract"


class SocialGround(StrEnum):
    """Grounds of the yearly social deduction; `carer_of_disabled` counts for each person cared for."""

    DISABILITY_1_OR_2 = "disability_1_or_2"
    DISABILITY_3 = "disability_3"
    DISABLED_CHILD = "disabled_child"
    VETERAN = "veteran"
    CARER_OF_DISABLED = "carer_of_disabled"


class DeductionGround(StrEnum):
    """Other deductions; each has its years and its limit."""

    VOLUNTARY_PENSION = "voluntary_pension"
    MEDICINE = "medicine"
    HOUSING_SAVINGS_INTEREST = "housing_savings_interest"
    EDUCATION = "education"
    MORTGAGE_INTEREST = "mortgage_interest"
    LARGE_FAMILY = "large_family"


class DeclareGround(StrEnum):
    """Why a declaration is due."""

    SELF_ASSESSED_INCOME = "self_assessed_income"
    PRIVATE_PRACTICE = "private_practice"
    ENTREPRENEUR = "entrepreneur"
    FOREIGN_BANK_MONEY = "foreign_bank_money"
    DIGITAL_ASSETS_OWNED = "digital_assets_owned"
    INCOME_OVER_LIMIT = "income_over_limit"
    DIVIDENDS_OVER_LIMIT = "dividends_over_limit"


class Income(Facts):
    """Income of one kind in the year, gross, in KZT.

    A sole proprietor states the taxable income of the business (`entrepreneur`), a private practitioner of
    2025 the receipts less professional deductions. `withheld` is the tax that the payer computed; where
    several agents paid, `agent` names each.
    """

    amount: Amount
    source: Annotated[IncomeSource, Listed] = IncomeSource.KAZAKHSTAN
    category: Annotated[IncomeCategory, Listed]
    taxed_by_agent: bool = False
    withheld: Amount = Field(default=0, validate_default=True)
    agent: Label | None = None
    exempt_ground: Annotated[ExemptGround, Listed] | None = None

    @property
    def from_abroad(self) -> bool:
        """Whether the income is from sources outside Kazakhstan."""
        return self.source is IncomeSource.FOREIGN or self.category is IncomeCategory.FOREIGN

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.withheld and not self.taxed_by_agent:
            raise fault("withheld_without_agent", field="withheld")
        if self.withheld > self.amount:
            raise fault("withheld_over_income", field="withheld")
        if self.taxed_by_agent and self.category in (IncomeCategory.ENTREPRENEUR, IncomeCategory.PRIVATE_PRACTICE):
            raise fault("never_withheld", field="taxed_by_agent")
        return self


class Disposal(Facts):
    """A sale, exchange or spending of a digital asset. Amounts are of the whole quantity, in `currency`.

    Without `acquisition_cost` the cost counts as undocumented. `proceeds` may be left out where the law has
    a rule for a sale without a price (2025). `appraised_value` is of an inherited asset.
    """

    asset: AssetName
    quantity: PositiveAmount
    disposed_on: Day
    proceeds: Amount | None = None
    acquisition_cost: Amount | None = None
    acquired_on: Day | None = None
    currency: Currency = "KZT"
    source: Annotated[Source, Listed] = Source.KAZAKHSTAN
    acquired_by: Annotated[AcquiredBy, Listed] = AcquiredBy.PURCHASE
    appraised_value: Amount | None = None
    appraised_on: Day | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.acquired_on is not None and self.acquired_on > self.disposed_on:
            raise fault("acquired_after_disposed", field="acquired_on")
        if self.appraised_on is not None and self.appraised_value is None:
            raise fault("appraisal_without_value", field="appraised_on")
        if self.appraised_value is not None and self.acquired_by is not AcquiredBy.INHERITANCE:
            raise fault("appraisal_not_inherited", field="appraised_value")
        return self


class OtherDeduction(Facts):
    """An expense of the year that the law lets deduct within its limit (KZT)."""

    ground: Annotated[DeductionGround, Listed]
    amount: Amount


class Deductions(Facts):
    """Deductions of the whole year, what agents used included.

    `standard_months`: months of the standard (from 2026: base) deduction; `social_payments`: mandatory
    pension and health contributions (KZT).
    """

    standard_months: Annotated[int, Field(ge=0, le=12)] = 0
    social_payments: Amount = Field(default=0, validate_default=True)
    social_ground: Annotated[SocialGround, Listed] | None = None
    social_persons: Annotated[int, Field(ge=1, le=100)] = 1
    other: Annotated[tuple[OtherDeduction, ...], Listed] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.social_persons > 1 and self.social_ground is not SocialGround.CARER_OF_DISABLED:
            raise fault("social_persons_without_carer", field="social_persons")
        return self


class ForeignTax(TaxPaidAbroad):
    """Tax paid abroad on income of a country (KZT). `treaty_limit` is the treaty's rate, a fraction."""

    category: Annotated[IncomeCategory, Listed] | None = None
    treaty_limit: Share | None = None


class PersonalIncomeTaxFacts(SubjectFacts):
    """An individual's year.

    `resident` is the answer of `individual_residency`. Gains on digital assets come either as
    `digital_asset_gain` (KZT, from `digital_asset_gains`) or as `disposals`. `foreign_bank_money` is in KZT on
    31 December.

    >>> facts = PersonalIncomeTaxFacts(tax_year=2025, resident=True, digital_asset_gain="13000000")
    >>> facts.digital_asset_gain
    Decimal('13000000')
    """

    KIND: ClassVar[str] = "personal_income_tax"
    kind: Literal["personal_income_tax"] = "personal_income_tax"
    tax_year: TaxYear
    resident: bool
    citizen: bool = True
    income: Annotated[tuple[Income, ...], Listed] = ()
    digital_asset_gain: Amount | None = None
    disposals: Annotated[tuple[Disposal, ...], Listed] = ()
    owns_digital_assets_at_year_end: bool = False
    foreign_bank_money: Amount = Field(default=0, validate_default=True)
    deductions: Deductions = Deductions()
    foreign_tax: Annotated[tuple[ForeignTax, ...], Listed] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.digital_asset_gain is not None and self.disposals:
            raise fault("gain_stated_twice", field="digital_asset_gain")
        for position, disposal in enumerate(self.disposals):
            if disposal.disposed_on.year != self.tax_year:
                raise fault("disposal_of_another_year", field=f"disposals.{position}.disposed_on")
        countries = [(paid.country, paid.category) for paid in self.foreign_tax]
        for position, key in enumerate(countries):
            if key in countries[:position]:
                raise fault("country_stated_twice", field=f"foreign_tax.{position}.country")
        return self

    @property
    def tax_period(self) -> Year:
        """The tax year."""
        return Year(self.tax_year)


class BracketTax(Outcome):
    """One bracket of the general scale: its rate, the income in it, the tax on that (KZT)."""

    rate: Number
    income: Number
    tax: Number


class PersonalIncomeTaxOutcome(Outcome):
    """The year's tax, in KZT. `payable` is rounded to the tiyn and never below zero; the rest is exact.

    `taxable_income` and `brackets` are of the general scale; dividends, business and private practice are
    taxed apart. `deductions` are those left for the general scale. Due days are None where no declaration is
    due or the year's non-working days are not known.
    """

    total_income: Number
    gain_on_digital_assets: Number
    exempt_income: Number
    deductions: Number
    taxable_income: Number
    brackets: tuple[BracketTax, ...]
    dividends_tax: Number
    entrepreneur_tax: Number
    private_practice_tax: Number
    tax: Number
    foreign_tax_credit: Number
    withheld: Number
    payable: Number
    must_declare: bool
    declare_grounds: tuple[DeclareGround, ...]
    return_due: date | None
    payment_due: date | None
    entrepreneur_return_due: date | None
    entrepreneur_payment_due: date | None
    form: str | None
    budget_code: str | None


FACTS = PersonalIncomeTaxFacts
OUTCOME = PersonalIncomeTaxOutcome
MAIN = "payable"
"""The field of the outcome that answers the question."""
