"""Corporate income tax: what the caller states about a company's year, and what follows."""

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
    SubjectFacts,
    TaxYear,
    fault,
)
from kztax.core.foreign_tax import TaxPaidAbroad
from kztax.core.period import Year


class CompanyTaxpayer(StrEnum):
    """Who is taxed: on income from everywhere, or on what is connected with an establishment here."""

    RESIDENT = "resident"
    PERMANENT_ESTABLISHMENT = "permanent_establishment"


class CompanySize(StrEnum):
    """Size of the business under the Entrepreneurial Code."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class CompanyIncomeCategory(StrEnum):
    """Kinds of income that the law treats differently."""

    BUSINESS = "business"
    INTEREST = "interest"
    DIVIDENDS = "dividends"
    CAPITAL_GAIN = "capital_gain"
    OTHER = "other"


class Activity(StrEnum):
    """Activities that have rates of their own in some years; without one they fall under the standard rate."""

    STANDARD = "standard"
    AGRICULTURE = "agriculture"
    AGRICULTURAL_COOPERATIVE = "agricultural_cooperative"
    SOCIAL = "social"
    BANKING = "banking"
    LENDING_TO_BUSINESS = "lending_to_business"
    GAMBLING = "gambling"


class ExpenseCategory(StrEnum):
    """What a cost is for."""

    GENERAL = "general"
    DIGITAL_MINING = "digital_mining"
    MINING_POOL_SERVICES = "mining_pool_services"
    UNRELATED_TO_INCOME = "unrelated_to_income"


class ReductionGround(StrEnum):
    """Why taxable income is reduced: donations have a cap."""

    DONATIONS = "donations"
    OTHER = "other"


class DisposalWay(StrEnum):
    """How digital assets were disposed of."""

    SALE = "sale"
    CONTRIBUTION_TO_CAPITAL = "contribution_to_capital"
    REORGANISATION = "reorganisation"


class SaleVenue(StrEnum):
    """Where digital assets were sold."""

    AIFC_EXCHANGE = "aifc_exchange"
    OTHER = "other"


class CompanyIncome(Facts):
    """Income of one kind in the year (KZT, without VAT).

    `exchange_listed`: dividends on shares that are listed on an exchange here and traded on it.
    """

    amount: Amount
    source: Annotated[IncomeSource, Listed] = IncomeSource.KAZAKHSTAN
    effectively_connected: bool = False
    category: Annotated[CompanyIncomeCategory, Listed] = CompanyIncomeCategory.BUSINESS
    activity: Annotated[Activity, Listed] = Activity.STANDARD
    exchange_listed: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.exchange_listed and self.category is not CompanyIncomeCategory.DIVIDENDS:
            raise fault("listed_but_no_dividends", field="exchange_listed")
        return self


class AssetsReceived(Facts):
    """Digital assets received on a day. `unit_value` is the official value of one unit in `currency`."""

    asset: AssetName
    quantity: PositiveAmount
    received_on: Day
    unit_value: PositiveAmount | None = None
    currency: Currency = "KZT"


class AssetsDistributed(AssetsReceived):
    """What a pool distributed to a miner; what it kept as its commission is stated beside it."""

    pool_commission_quantity: Amount = Field(default=0, validate_default=True)


class CompanyDisposal(Facts):
    """A disposal of digital assets that were not mined (KZT, of the whole quantity).

    `paid_up_amount`: the sum of capital that a contribution pays up.
    """

    asset: AssetName
    quantity: PositiveAmount
    disposed_on: Day
    proceeds: Amount
    acquisition_cost: Amount
    way: Annotated[DisposalWay, Listed] = DisposalWay.SALE
    venue: Annotated[SaleVenue, Listed] = SaleVenue.AIFC_EXCHANGE
    paid_up_amount: Amount | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.paid_up_amount is not None and self.way is not DisposalWay.CONTRIBUTION_TO_CAPITAL:
            raise fault("paid_up_without_contribution", field="paid_up_amount")
        return self


class Expense(Facts):
    """A documented cost of the year (KZT). `on` is needed where a rule on it begins inside the year."""

    amount: Amount
    category: Annotated[ExpenseCategory, Listed] = ExpenseCategory.GENERAL
    activity: Annotated[Activity, Listed] = Activity.STANDARD
    on: Day | None = None


class Reduction(Facts):
    """What reduces taxable income (KZT). A donation's cap is worked out; of others state what the law lets off."""

    amount: Amount
    ground: Annotated[ReductionGround, Listed]
    reference: Label | None = None


class LossBroughtForward(Facts):
    """A loss of an earlier year that was not yet used (KZT)."""

    tax_year: TaxYear
    amount: Amount


class CompanyForeignTax(TaxPaidAbroad):
    """Income tax paid abroad on a country's income (KZT). `treaty_limit` is a rate.

    `activity`: needed where income from abroad falls under more than one rate.
    """

    treaty_limit: Share | None = None
    activity: Annotated[Activity, Listed] | None = None


class CorporateIncomeTaxFacts(SubjectFacts):
    """A company's year, in KZT.

    Income of a miner is stated as what the pool distributed; `mined_asset_sale_proceeds` is what mined assets were
    sold for. `digital_asset_fees` are fees of a pool or an exchange that were received in digital assets. Losses
    brought forward are business losses; those on digital assets (from 2026) have a list of their own.
    `large_taxpayer_monitored`: on the tax authority's list of large taxpayers (the cap on donations); without it,
    what `size` says.

    >>> facts = CorporateIncomeTaxFacts(tax_year=2026, taxpayer="resident", income=[{"amount": "90000000"}])
    >>> facts.income[0].activity
    <Activity.STANDARD: 'standard'>
    """

    KIND: ClassVar[str] = "corporate_income_tax"
    kind: Literal["corporate_income_tax"] = "corporate_income_tax"
    tax_year: TaxYear
    taxpayer: Annotated[CompanyTaxpayer, Listed]
    size: Annotated[CompanySize, Listed] = CompanySize.SMALL
    large_taxpayer_monitored: bool | None = None
    income: Annotated[tuple[CompanyIncome, ...], Listed] = ()
    digital_assets_distributed: Annotated[tuple[AssetsDistributed, ...], Listed] = ()
    digital_assets_mined_alone: Annotated[tuple[AssetsReceived, ...], Listed] = ()
    digital_asset_fees: Annotated[tuple[AssetsReceived, ...], Listed] = ()
    mined_asset_sale_proceeds: Amount = Field(default=0, validate_default=True)
    mined_asset_sale_venue: Annotated[SaleVenue, Listed] | None = None
    digital_asset_disposals: Annotated[tuple[CompanyDisposal, ...], Listed] = ()
    expenses: Annotated[tuple[Expense, ...], Listed] = ()
    reductions: Annotated[tuple[Reduction, ...], Listed] = ()
    losses_brought_forward: Annotated[tuple[LossBroughtForward, ...], Listed] = ()
    digital_asset_losses_brought_forward: Annotated[tuple[LossBroughtForward, ...], Listed] = ()
    foreign_tax: Annotated[tuple[CompanyForeignTax, ...], Listed] = ()
    foreign_tax_credit: Amount = Field(default=0, validate_default=True)
    withheld_at_source: Amount = Field(default=0, validate_default=True)
    aggregate_annual_income_two_years_before: Amount | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        self._check_days()
        for name in ("losses_brought_forward", "digital_asset_losses_brought_forward"):
            years = [loss.tax_year for loss in getattr(self, name)]
            for position, year in enumerate(years):
                if year >= self.tax_year:
                    raise fault("loss_not_of_an_earlier_year", field=f"{name}.{position}.tax_year")
                if year in years[:position]:
                    raise fault("loss_stated_twice", field=f"{name}.{position}.tax_year")
        if self.taxpayer is CompanyTaxpayer.PERMANENT_ESTABLISHMENT and (self.foreign_tax or self.foreign_tax_credit):
            raise fault("credit_is_for_residents", field="foreign_tax" if self.foreign_tax else "foreign_tax_credit")
        if self.foreign_tax and self.foreign_tax_credit:
            raise fault("credit_stated_twice", field="foreign_tax_credit")
        countries = [(paid.country, paid.activity) for paid in self.foreign_tax]
        for position, key in enumerate(countries):
            if key in countries[:position]:
                raise fault("country_stated_twice", field=f"foreign_tax.{position}.country")
        return self

    def _check_days(self) -> None:
        for name, field in (
            ("digital_assets_distributed", "received_on"),
            ("digital_assets_mined_alone", "received_on"),
            ("digital_asset_fees", "received_on"),
            ("digital_asset_disposals", "disposed_on"),
            ("expenses", "on"),
        ):
            for position, row in enumerate(getattr(self, name)):
                day: date | None = getattr(row, field)
                if day is not None and day.year != self.tax_year:
                    raise fault("day_of_another_year", field=f"{name}.{position}.{field}")

    @property
    def tax_period(self) -> Year:
        """The tax year."""
        return Year(self.tax_year)


class CarriedLoss(Outcome):
    """A loss that is left, and the last day of the last year in which it may be used."""

    tax_year: int
    amount: Number
    usable_until: date


class ActivityTax(Outcome):
    """Tax of one activity (KZT). `tax` is after the reduction of the social sphere to 2025."""

    activity: Activity
    rate: Number
    tax_base: Number
    tax: Number


class CorporateIncomeTaxOutcome(Outcome):
    """The year's tax, in KZT. `payable` is rounded to the tiyn and never below zero; the rest is exact.

    `digital_asset_gain` (from 2026) is after losses on digital assets; None where the year's law knows no such gain.
    `advances_required`: whether the year's tax is paid in advance; None where the income of the year before last was
    not stated.
    """

    aggregate_annual_income: Number
    excluded_income: Number
    adjusted_aggregate_annual_income: Number
    deductions: Number
    non_deductible: Number
    mining_income: Number
    digital_asset_gain: Number | None
    digital_asset_losses_used: Number
    digital_asset_losses_expired: Number
    digital_asset_losses_carried_forward: tuple[CarriedLoss, ...]
    taxable_income: Number
    reductions: Number
    losses_used: Number
    losses_expired: Number
    losses_carried_forward: tuple[CarriedLoss, ...]
    tax_base: Number
    rates: tuple[ActivityTax, ...]
    tax: Number
    foreign_tax_credit: Number
    withheld: Number
    withheld_carried_forward: Number
    payable: Number
    advances_required: bool | None
    return_due: date | None
    payment_due: date | None
    form: str | None
    budget_code: str | None


FACTS = CorporateIncomeTaxFacts
OUTCOME = CorporateIncomeTaxOutcome
MAIN = "payable"
"""The field of the outcome that answers the question."""
