"""Self-audit: what was declared and the facts behind it, and what a comparison of both finds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import Discriminator, Field, Tag, model_validator

from kztax.core.assessment import Number, Outcome
from kztax.core.citation import Citation
from kztax.core.facts import (
    Amount,
    AssetName,
    AssetPrice,
    Currency,
    Day,
    ExchangeRate,
    Facts,
    Label,
    Listed,
    PositiveAmount,
    SignedAmount,
    SubjectFacts,
    fault,
)
from kztax.core.figure import ZERO
from kztax.core.period import Period, SingleDay, Year
from kztax.rules.branch_profits_tax.facts import BranchProfitsTaxFacts
from kztax.rules.corporate_income_tax.facts import CorporateIncomeTaxFacts
from kztax.rules.late_interest.facts import InterestInterval, ReducedMultipleGround
from kztax.rules.mining_levy.facts import MiningLevyFacts
from kztax.rules.personal_income_tax.facts import PersonalIncomeTaxFacts
from kztax.rules.value_added_tax.facts import ValueAddedTaxFacts
from kztax.rules.withholding_tax.facts import WithholdingTaxFacts

AUDITED = (
    "mining_levy",
    "corporate_income_tax",
    "branch_profits_tax",
    "personal_income_tax",
    "value_added_tax",
    "withholding_tax",
)
"""The kinds that a return declares an amount of."""


def _kind_of_part(given: Any) -> str | None:
    kind = given.get("kind") if isinstance(given, Mapping) else getattr(given, "kind", None)
    return f"of:{kind}" if kind in AUDITED else None


AuditedFacts = Annotated[
    Annotated[MiningLevyFacts, Tag("of:mining_levy")]
    | Annotated[CorporateIncomeTaxFacts, Tag("of:corporate_income_tax")]
    | Annotated[BranchProfitsTaxFacts, Tag("of:branch_profits_tax")]
    | Annotated[PersonalIncomeTaxFacts, Tag("of:personal_income_tax")]
    | Annotated[ValueAddedTaxFacts, Tag("of:value_added_tax")]
    | Annotated[WithholdingTaxFacts, Tag("of:withholding_tax")],
    Discriminator(
        _kind_of_part,
        custom_error_type="kind_not_audited",
        custom_error_message="kind_not_audited",
        custom_error_context={"ours": True, "known": ", ".join(AUDITED)},
    ),
]
"""Facts of a tax that is declared; a mapping says which by its `kind`."""


def _shape_of_declared(given: Any) -> str:
    return "of:periods" if isinstance(given, Mapping) else "of:amount"


Declared = Annotated[
    Annotated[SignedAmount, Tag("of:amount")] | Annotated[dict[str, SignedAmount], Tag("of:periods")],
    Discriminator(_shape_of_declared),
]
"""An amount (KZT), or one for each period: `{"2024-Q1": "…", "2024-Q2": "…"}`. Below zero for an excess of VAT."""


class AuditedTaxpayer(StrEnum):
    """Who pays the fine: its rates go by the size of the business."""

    INDIVIDUAL = "individual"
    SMALL = "small_company"
    MEDIUM = "medium_company"
    LARGE = "large_company"


class LongerLimitation(StrEnum):
    """Grounds, beside large business, on which a period stays open for longer."""

    SUBSOIL_USER = "subsoil_user"
    CONTROLLED_FOREIGN_COMPANY = "controlled_foreign_company"


class PoolTransfer(Facts):
    """A row of a pool's report СМП1, or of the miner's own books: what was received of an asset, on which day.

    `quantity` is what was transferred, `pool_commission_quantity` what the pool kept of the same asset; `wallet` is
    where it went. `unit_value` (of one unit, in `currency`) stands in for the official value.
    """

    asset: AssetName
    quantity: PositiveAmount
    received_on: Day
    pool_commission_quantity: Amount = Field(default=ZERO)
    wallet: Label | None = None
    unit_value: PositiveAmount | None = None
    currency: Currency = "KZT"


class Audited(NamedTuple):
    """The facts of one tax and one period, by their places, and the amount that was declared of it."""

    tax: str
    period: Period
    places: tuple[int, ...]

    @property
    def about(self) -> str:
        """What tells its figures from those of other taxes and periods."""
        return f"kind.{self.tax} {self.period}"


class SelfAuditFacts(SubjectFacts):
    """Amounts as declared, the facts that they should follow from, and the day to which interest is computed.

    `declared` has an amount (KZT) for each kind in `facts`, zero where nothing was declared; where there are facts of
    several periods, one for each. `declared_figures` may state further figures of the return by the names of the
    outcome's fields (`{"corporate_income_tax": {"deductions": "…"}}`), likewise by period: those that differ are named.
    `taxpayer` decides the fines, and with `longer_limitation` until when a period is open. `pool_rows` are a pool's
    report; they are compared with `receipts`, else with what the facts of corporate income tax say was distributed.

    >>> levy = {"kind": "mining_levy", "period": "2024-Q1", "supplies": [{"kwh": "1000"}]}
    >>> SelfAuditFacts(on="2025-02-01", declared={"mining_levy": "1500"}, facts=[levy]).audited[0].about
    'kind.mining_levy 2024-Q1'
    """

    KIND: ClassVar[str] = "self_audit"
    kind: Literal["self_audit"] = "self_audit"
    on: Day
    facts: Annotated[tuple[AuditedFacts, ...], Field(strict=False, min_length=1)]
    declared: dict[str, Declared]
    declared_figures: dict[str, dict[str, Declared]] = Field(default_factory=dict)
    taxpayer: Annotated[AuditedTaxpayer, Listed] | None = None
    longer_limitation: Annotated[LongerLimitation, Listed] | None = None
    reduced_multiple_ground: Annotated[ReducedMultipleGround, Listed] | None = None
    pool_rows: Annotated[tuple[PoolTransfer, ...], Listed] = ()
    receipts: Annotated[tuple[PoolTransfer, ...], Listed] | None = None

    @property
    def tax_period(self) -> SingleDay:
        """The day to which interest is computed and on which the periods are open or not."""
        return SingleDay(self.on)

    @property
    def audited(self) -> tuple[Audited, ...]:
        """Taxes and periods in the order in which they are stated; facts of one tax and period belong together."""
        places: dict[tuple[str, Period], list[int]] = {}
        for place, part in enumerate(self.facts):
            places.setdefault((part.KIND, part.tax_period), []).append(place)
        return tuple(Audited(tax, period, tuple(found)) for (tax, period), found in places.items())

    @property
    def stated_prices(self) -> tuple[AssetPrice, ...]:
        """The prices of the audit and of its parts."""
        return (*self.asset_prices, *(price for part in self.facts for price in part.asset_prices))

    @property
    def stated_rates(self) -> tuple[ExchangeRate, ...]:
        """The exchange rates of the audit and of its parts."""
        return (*self.exchange_rates, *(rate for part in self.facts for rate in part.exchange_rates))

    @property
    def own_receipts(self) -> tuple[PoolTransfer, ...]:
        """What the miner's own books hold: as stated, else from the facts of corporate income tax."""
        if self.receipts is not None:
            return self.receipts
        return tuple(
            PoolTransfer.model_validate({**dict(row), "wallet": None})
            for part in self.facts
            if isinstance(part, CorporateIncomeTaxFacts)
            for row in part.digital_assets_distributed
        )

    def of_period(self, declared: Declared, period: Period) -> Any:
        """The amount for a period; None where there is none."""
        return declared.get(str(period)) if isinstance(declared, Mapping) else declared

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        periods: dict[str, list[str]] = {}
        for tax, period, _ in self.audited:
            periods.setdefault(tax, []).append(str(period))
            if self.on <= period.last_day and not isinstance(period, SingleDay):
                raise fault("audited_before_its_end", field="on", period=str(period))
        for tax, known in periods.items():
            if tax not in self.declared:
                raise fault("declared_missing", field=f"declared.{tax}")
            amount = self.declared[tax]
            missing = [period for period in known if isinstance(amount, Mapping) and period not in amount]
            if missing:
                raise fault("declared_missing_for", field=f"declared.{tax}", periods=", ".join(missing))
        for field, tax, amount in self._declared_by_tax():
            known = periods.get(tax, [])
            if not known:
                raise fault("declared_without_facts", field=field)
            if not isinstance(amount, Mapping) and len(known) > 1:
                raise fault("declared_by_period", field=field, periods=", ".join(known))
            if isinstance(amount, Mapping) and not set(amount) <= set(known):
                raise fault("declared_of_another_period", field=field, periods=", ".join(known))
        self._pool_fits()
        return self

    def _declared_by_tax(self) -> Iterator[tuple[str, str, Declared]]:
        for tax, amount in self.declared.items():
            yield f"declared.{tax}", tax, amount
        for tax, figures in self.declared_figures.items():
            for name, amount in figures.items():
                yield f"declared_figures.{tax}.{name}", tax, amount

    def _pool_fits(self) -> None:
        if self.receipts is not None and not self.pool_rows:
            raise fault("receipts_without_report", field="receipts")
        mined = any(isinstance(part, CorporateIncomeTaxFacts) for part in self.facts)
        if self.pool_rows and self.receipts is None and not mined:
            raise fault("report_without_receipts", field="receipts")


def limitation_period(period: Period) -> Period:
    """The tax period that the term of limitation runs from: income tax at the source is one of the year."""
    return Year(period.first_day.year) if isinstance(period, SingleDay) else period


class DifferenceReason(StrEnum):
    """Why declared and computed differ, as far as what was declared shows."""

    NONE = "no_difference"
    FIGURES_DIFFER = "figures_differ"
    ONLY_TAX_DIFFERS = "only_tax_differs"
    NOT_STATED = "figures_not_stated"


class DeclaredFigure(Outcome):
    """A figure of the return by its field in the tax's outcome. `declared` is null where it was not stated.

    `citation` is the article nearest to the figure among the steps behind it.
    """

    UNSAID: ClassVar[frozenset[str]] = frozenset({"declared", "difference", "citation"})

    tax: str
    period: str
    figure: str
    declared: Number | None
    computed: Number
    difference: Number | None
    citation: Citation | None

    @property
    def about(self) -> str:
        """The figure's name, for an explanation."""
        return f"kind.{self.tax} {self.period} {self.figure}"


class FineGround(StrEnum):
    """What is fined: tax understated in a return, tax an agent did not withhold, objects hidden, hidden again."""

    UNDERSTATEMENT = "understatement"
    AGENT = "agent"
    CONCEALMENT = "concealment"
    CONCEALMENT_REPEATED = "concealment_repeated"


class Fine(Outcome):
    """One fine (KZT). `rate` is its share of the shortfall, null where it is a number of MCI."""

    UNSAID: ClassVar[frozenset[str]] = frozenset({"rate", "taxpayer"})

    ground: FineGround
    taxpayer: AuditedTaxpayer | None
    rate: Number | None
    amount: Number
    citation: Citation

    @property
    def about(self) -> str:
        """The ground, for an explanation."""
        return f"choice.{self.ground}"


class FineRange(Outcome):
    """The lowest and the highest of the fines that are possible (KZT), and all of them."""

    LISTED: ClassVar[tuple[str, ...]] = ("fines",)

    lowest: Number
    highest: Number
    fines: tuple[Fine, ...]


class TaxAudit(Outcome):
    """One tax of one period (KZT). Null means not known, and a note says why.

    `interest` runs on the shortfall from `payment_due` to the day of the audit. `open_until` is the last day on which
    the tax can be assessed anew or corrected; `open` whether the day of the audit is not after it.
    """

    LISTED: ClassVar[tuple[str, ...]] = ("figures", "fine_range")
    tax: str
    period: str
    declared: Number
    computed: Number
    shortfall: Number
    overpaid: Number
    reason: DifferenceReason
    figures: tuple[DeclaredFigure, ...]
    payment_due: date | None
    interest: Number | None
    interest_intervals: tuple[InterestInterval, ...]
    fine_range: FineRange | None
    open_until: date | None
    open: bool | None

    @property
    def about(self) -> str:
        """The tax and the period, for an explanation."""
        return f"kind.{self.tax} {self.period}"


class PoolDifference(StrEnum):
    """How a row of the pool's report and the miner's own differ."""

    QUANTITY = "quantity_differs"
    DAY = "day_differs"
    WALLET = "wallet_differs"
    COMMISSION = "commission_differs"
    NOT_IN_BOOKS = "missing_in_receipts"
    NOT_IN_REPORT = "missing_in_report"


class PoolMatch(Outcome):
    """A row of the pool's report and the receipt that it is taken for, either of which may be missing.

    `pool_row` and `receipt` are their places, from zero. `income_difference` (KZT) is by how much income is higher by
    the pool's report; null where a value is not known.
    """

    UNSAID: ClassVar[frozenset[str]] = frozenset(
        {"pool_row", "receipt", "pool_day", "own_day", "pool_quantity", "own_quantity", "income_difference"}
    )

    pool_row: int | None
    receipt: int | None
    asset: str
    differences: tuple[PoolDifference, ...]
    pool_day: date | None
    own_day: date | None
    pool_quantity: Number | None
    own_quantity: Number | None
    income_difference: Number | None

    @property
    def about(self) -> str:
        """The asset and the day, for an explanation."""
        return f"{self.asset} {self.pool_day or self.own_day}"

    @property
    def worth_saying(self) -> bool:
        """Rows that agree are many, and nobody looks for them."""
        return bool(self.differences)


class SelfAuditOutcome(Outcome):
    """What the audit finds, tax by tax, and the totals (KZT); a total with an unknown part is null."""

    LISTED: ClassVar[tuple[str, ...]] = ("taxes", "pool_rows")
    UNSAID: ClassVar[frozenset[str]] = frozenset({"pool_income_difference", "fine_lowest", "fine_highest"})

    taxes: tuple[TaxAudit, ...]
    pool_rows: tuple[PoolMatch, ...]
    pool_income_difference: Number | None
    overpaid: Number
    interest: Number | None
    fine_lowest: Number | None
    fine_highest: Number | None
    shortfall: Number


FACTS = SelfAuditFacts
OUTCOME = SelfAuditOutcome
MAIN = "shortfall"
"""The field of the outcome that answers the question."""
