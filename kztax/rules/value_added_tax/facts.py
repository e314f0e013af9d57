"""Value added tax: what the caller states about a quarter, and what follows."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from kztax.core.assessment import Number, Outcome
from kztax.core.facts import Amount, Day, Facts, Listed, SubjectFacts, fault
from kztax.core.period import Quarter
from kztax.core.turnover import RENDERED_IN_AIFC, TurnoverNature


class VatTaxpayer(StrEnum):
    """Who sells. A foreign e-seller is a foreign company that sells to individuals over the internet."""

    ORDINARY = "ordinary"
    AIFC_PARTICIPANT = "aifc_participant"
    AIFC_EXCHANGE = "aifc_exchange"
    FOREIGN_E_SELLER = "foreign_e_seller"


class VatTreatment(StrEnum):
    """How a turnover is taxed."""

    STANDARD = "standard"
    REDUCED = "reduced"
    ZERO_RATED = "zero_rated"
    EXEMPT = "exempt"
    OUTSIDE_SCOPE = "outside_scope"


class UsedFor(StrEnum):
    """What the purchase serves. `exempt` is any non-taxable turnover; `outside_scope` what is no turnover at all."""

    TAXABLE = "taxable"
    EXEMPT = "exempt"
    BOTH = "both"
    OUTSIDE_SCOPE = "outside_scope"


class InputVatMethod(StrEnum):
    """How input tax is parted, by the taxpayer's accounting policy."""

    PROPORTIONAL = "proportional"
    SEPARATE = "separate"


# Natures of what a foreign company sells to individuals.
SOLD_OVER_THE_INTERNET = (
    *RENDERED_IN_AIFC,
    TurnoverNature.DIGITAL_ASSET_EXCHANGE_SERVICE,
    TurnoverNature.MINING_POOL_FEE,
)


class QuarterTurnover(Facts):
    """A turnover of the quarter without the tax (KZT).

    `on`: its day, needed only where the law changes inside the quarter. `aifc_service`: a financial service of the
    list in article 6(3) of the AIFC law, rendered in the AIFC by a participant.
    """

    amount: Amount
    nature: Annotated[TurnoverNature, Listed]
    on: Day | None = None
    aifc_service: bool = False


class InputVat(Facts):
    """Tax on purchases that the papers allow to be credited (KZT). `used_for` counts under the separate method,
    save `outside_scope`, which is never credited.
    """

    amount: Amount
    used_for: Annotated[UsedFor, Listed] = UsedFor.BOTH


class ValueAddedTaxFacts(SubjectFacts):
    """A quarter's turnover and input tax.

    >>> sale = {"amount": "10000000", "nature": "goods_and_services"}
    >>> ValueAddedTaxFacts(period="2025-Q2", registered=True, turnover=[sale]).turnover[0].amount
    Decimal('10000000')
    """

    KIND: ClassVar[str] = "value_added_tax"
    kind: Literal["value_added_tax"] = "value_added_tax"
    period: Annotated[str, Field(pattern=r"^[0-9]{4}-Q[1-4]$")]
    taxpayer: Annotated[VatTaxpayer, Listed] = VatTaxpayer.ORDINARY
    registered: bool
    turnover: Annotated[tuple[QuarterTurnover, ...], Listed]
    input_vat: Annotated[tuple[InputVat, ...], Listed] = ()
    input_vat_method: Annotated[InputVatMethod, Listed] = InputVatMethod.PROPORTIONAL

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not 1900 <= int(self.period[:4]) <= 2100:
            raise fault("day_out_of_range", field="period")
        quarter = self.tax_period
        for position, row in enumerate(self.turnover):
            if row.on is not None and not quarter.first_day <= row.on <= quarter.last_day:
                first, last = quarter.first_day.isoformat(), quarter.last_day.isoformat()
                raise fault("turnover_of_another_quarter", field=f"turnover.{position}.on", first=first, last=last)
            if row.aifc_service and not self._may_render(row.nature):
                raise fault("not_an_aifc_service", field=f"turnover.{position}.aifc_service")
            if self.taxpayer is VatTaxpayer.FOREIGN_E_SELLER and row.nature not in SOLD_OVER_THE_INTERNET:
                raise fault("not_sold_over_the_internet", field=f"turnover.{position}.nature")
        return self

    def _may_render(self, nature: TurnoverNature) -> bool:
        """Whether the taxpayer may render such a service in the AIFC: an exchange its own, a participant others."""
        if self.taxpayer is VatTaxpayer.AIFC_EXCHANGE:
            return nature is TurnoverNature.DIGITAL_ASSET_EXCHANGE_SERVICE
        return self.taxpayer is VatTaxpayer.AIFC_PARTICIPANT and nature in RENDERED_IN_AIFC

    @property
    def tax_period(self) -> Quarter:
        """The quarter."""
        return Quarter.parse(self.period)


class VatItem(Outcome):
    """A turnover's treatment, rate (a fraction; None where it bears none) and tax (KZT)."""

    nature: TurnoverNature
    treatment: VatTreatment
    rate: Number | None
    vat: Number


class ValueAddedTaxOutcome(Outcome):
    """The tax of the quarter, in KZT; `items` stand in the order of the facts.

    `payable` is what is to be paid, the tax for non-residents included, to the tiyn; where nothing is, an excess
    stands in it below zero. `excess` is carried on, exact. `taxable_turnover` holds turnover at the zero rate.
    The due days, the form and the budget codes are None where there are none, or where they are not known.
    """

    items: tuple[VatItem, ...]
    taxable_turnover: Number
    non_taxable_turnover: Number
    output_vat: Number
    reverse_charge_vat: Number
    deductible_input_vat: Number
    non_deductible_input_vat: Number
    excess: Number
    return_due: date | None
    payment_due: date | None
    form: str | None
    budget_code: str | None
    reverse_charge_budget_code: str | None
    payable: Number


FACTS = ValueAddedTaxFacts
OUTCOME = ValueAddedTaxOutcome
MAIN = "payable"
"""The field of the outcome that answers the question."""
