"""Gains on digital assets: what the caller states of a ledger, and what follows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, WrapValidator, model_validator
from pydantic.dataclasses import dataclass

from kztax.core.assessment import Number, Outcome, plain
from kztax.core.clock import in_utc
from kztax.core.collector import left_aside
from kztax.core.facts import (
    Amount,
    AssetName,
    Currency,
    Day,
    Facts,
    Label,
    Listed,
    PositiveAmount,
    Source,
    SubjectFacts,
    TaxYear,
    fault,
    not_negative,
)
from kztax.core.figure import ZERO
from kztax.core.period import Year
from kztax.core.rows import KeptAsRows, Rows
from kztax.rules.digital_asset_gains.instants import Instant
from kztax.rules.digital_asset_gains.kinds import (
    ORIGINS,
    OUTGOING,
    Holder,
    LotMethod,
    LotOrigin,
    TradeType,
    Treatment,
)
from kztax.rules.digital_asset_gains.plain import PlainTrade, Rest, plain_trades


class TradeFee(Facts):
    """What was paid for a trade, in the same asset, another one, or money (the trade's currency, or KZT)."""

    asset: AssetName
    quantity: PositiveAmount


class LotChoice(Facts):
    """So much of a lot, named by its id, for the method `specific`."""

    id: Label
    quantity: PositiveAmount


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False, defer_build=True))
class Trade:
    """One row of the ledger. Quantities are of `asset`; `price` is of one unit, `total` of the whole quantity.

    `at` has a time zone. `fee` comes on top: its quantity leaves the holdings beside `quantity`. `source` is of the
    acquisition where assets come in, of the sale where they go out. Without a price a purchase is undocumented.
    `taxed_as_income`: the stated value was declared as income when the assets came in. `for_property_abroad`: a
    fixed-value asset given for property that a foreign state registers.

    >>> Trade(type="buy", at="2025-02-03T12:00:00+05:00", asset="BTC", quantity="0.5", price="40000000").quantity
    Decimal('0.5')
    """

    type: Annotated[TradeType, Listed]
    at: Instant
    asset: AssetName
    quantity: PositiveAmount
    id: Label | None = None
    price: Amount | None = None
    total: Amount | None = None
    currency: Currency = "KZT"
    counter_asset: AssetName | None = None
    counter_quantity: PositiveAmount | None = None
    counter_price: Amount | None = None
    fee: TradeFee | None = None
    account: Label | None = None
    source: Annotated[Source, Listed] = Source.KAZAKHSTAN
    appraised_value: Amount | None = None
    appraised_on: Day | None = None
    lots: Annotated[tuple[LotChoice, ...], Listed] = ()
    taxed_as_income: Annotated[bool, Field(strict=True)] = False
    for_property_abroad: Annotated[bool, Field(strict=True)] = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.price is not None and self.total is not None:
            raise fault("price_and_total", field="total")
        self._check_counter()
        if self.appraised_value is not None and self.type is not TradeType.INHERITANCE:
            raise fault("appraisal_not_an_inheritance", field="appraised_value")
        if self.appraised_on is not None and self.appraised_value is None:
            raise fault("appraisal_without_value", field="appraised_on")
        if self.lots and self.type not in OUTGOING:
            raise fault("lots_of_no_disposal", field="lots")
        if self.lots and sum((lot.quantity for lot in self.lots), ZERO) != self.quantity:
            raise fault("lots_do_not_add_up", field="lots")
        if self.taxed_as_income and self.type not in ORIGINS:
            raise fault("taxed_as_income_on_the_way_out", field="taxed_as_income")
        return self

    def _check_counter(self) -> None:
        if self.type is TradeType.EXCHANGE:
            if self.counter_asset is None:
                raise fault("counter_asset_missing", field="counter_asset")
            if self.counter_quantity is None:
                raise fault("counter_quantity_missing", field="counter_quantity")
            if self.counter_asset == self.asset:
                raise fault("exchanged_for_itself", field="counter_asset")
        else:
            for name in ("counter_asset", "counter_quantity", "counter_price"):
                if getattr(self, name) is not None:
                    raise fault("counter_of_no_exchange", field=name)

    @property
    def origin(self) -> LotOrigin:
        """How what came in with this trade was acquired."""
        return ORIGINS[self.type]

    @property
    def instant(self) -> datetime:
        """The instant, naive and in UTC."""
        return in_utc(self.at)


def as_trade(kept: Trade | PlainTrade) -> Trade:
    """The trade that a row of the ledger is kept for."""
    if isinstance(kept, Trade):
        return kept
    trade = object.__new__(Trade)
    for name in (*PLAIN_FIELDS, "at"):
        object.__setattr__(trade, name, getattr(kept, name))
    return trade


PLAIN_FIELDS = ("type", "asset", "quantity", "id", "price", "currency", "source", *Rest._fields)


def _ledger(given: Any, validate: Callable[[Any], Any]) -> Rows[Trade]:
    """Plain rows as they are read, the others through the model, each fault at the place of its row."""
    if not isinstance(given, (list, tuple)):
        read: Rows[Trade] = validate(given)
        return read
    with left_aside():
        kept, others, names = plain_trades(given)
    if others:
        standing_in = as_trade(_ANY)
        checked = validate(tuple([standing_in if type(row) is PlainTrade else row for row in kept]))
        for position in others:
            kept[position] = trade = checked[position]
            if trade.id in names:
                raise fault("trade_id_twice", field=f"{position}.id")
            if trade.id is not None:
                names.add(trade.id)
    return Rows(kept, as_trade)


_ANY = plain_trades([{"type": "buy", "at": "2025-01-01T00:00:00Z", "asset": "any", "quantity": "1"}])[0][0]


def _cost(given: Any) -> Any:
    """A price times a quantity has twice their decimals: the cost of a carried lot is exact."""
    if isinstance(given, str):
        if _COST.fullmatch(given) is None:
            raise fault("amount_text")
        return Decimal(given)
    return given if isinstance(given, Decimal) and given.is_finite() and given >= 0 else not_negative(given)


_COST = re.compile(r"\d{1,60}(\.\d{1,36})?", re.ASCII)
Cost = Annotated[
    Decimal,
    BeforeValidator(_cost, json_schema_input_type=str | int),
    PlainSerializer(plain, return_type=str),
    Field(
        json_schema_extra={
            "anyOf": [{"type": "string", "pattern": f"^{_COST.pattern}$"}, {"type": "integer", "minimum": 0}]
        }
    ),
]


class Lot(Facts):
    """A lot held from before, as `closing_lots` of an earlier year give it. `cost` is of the whole lot, None if none
    is documented; how much of it the law lets deduct follows from `origin`.

    >>> Lot(asset="BTC", acquired="2024-03-15", quantity="1", cost="20000000").origin.value
    'purchase'
    """

    id: Label | None = None
    asset: AssetName
    acquired: Day
    quantity: PositiveAmount
    cost: Cost | None = None
    currency: Currency = "KZT"
    origin: Annotated[LotOrigin, Listed] = LotOrigin.PURCHASE
    source: Annotated[Source, Listed] = Source.KAZAKHSTAN
    appraised_value: Amount | None = None
    appraised_on: Day | None = None
    taxed_as_income: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.appraised_value is not None and self.origin is not LotOrigin.INHERITANCE:
            raise fault("appraisal_not_an_inheritance", field="appraised_value")
        if self.appraised_on is not None and self.appraised_value is None:
            raise fault("appraisal_without_value", field="appraised_on")
        return self


class DigitalAssetGainsFacts(SubjectFacts):
    """The trades that a year's gains follow from: those of the year, and of earlier years as far as lots need them.

    `opening_lots` may stand in for earlier years. `fixed_value_assets` names assets that hold the value of one unit
    of a foreign currency (`{"USDT": "USD"}`). `kazakh_issued_assets` are those whose issuer is registered in
    Kazakhstan. `method` chooses the lots where the law prescribes none. `show` names trades whose working is written
    out in a ledger too long for all.

    >>> bought = {"type": "buy", "at": "2025-02-03T12:00:00+05:00", "asset": "BTC", "quantity": "1", "price": "4000"}
    >>> DigitalAssetGainsFacts(tax_year=2025, trades=[bought]).trades[0].asset
    'BTC'
    """

    KIND: ClassVar[str] = "digital_asset_gains"
    kind: Literal["digital_asset_gains"] = "digital_asset_gains"
    tax_year: TaxYear
    holder: Annotated[Holder, Listed] = Holder.INDIVIDUAL
    trades: Annotated[Sequence[Trade], KeptAsRows(Trade), WrapValidator(_ledger)] = Field(default_factory=tuple)
    opening_lots: Annotated[tuple[Lot, ...], Listed] = ()
    fixed_value_assets: dict[AssetName, Currency] = Field(default_factory=dict)
    kazakh_issued_assets: Annotated[tuple[AssetName, ...], Listed] = ()
    method: Annotated[LotMethod, Listed] | None = None
    show: Annotated[tuple[Label, ...], Listed] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for asset, currency in self.fixed_value_assets.items():
            if currency == "KZT":
                raise fault("fixed_value_in_tenge", field=f"fixed_value_assets.{asset}")
        last_day = self.tax_period.last_day
        names: set[str] = set()
        for position, lot in enumerate(self.opening_lots):
            if lot.acquired > last_day:
                raise fault("lot_after_year", field=f"opening_lots.{position}.acquired")
            if lot.id is not None and lot.id in names:
                raise fault("lot_id_twice", field=f"opening_lots.{position}.id")
            names.add(lot.id or "")
        return self

    @property
    def kept(self) -> Sequence[Any]:
        """The trades as they are kept: plain ones as tuples, which have what rules read of a trade."""
        return self.trades.kept if isinstance(self.trades, Rows) else self.trades

    @property
    def tax_period(self) -> Year:
        """The tax year."""
        return Year(self.tax_year)


class LotUsed(Outcome):
    """What a disposal took of a lot, and the cost that the law lets deduct for it, in the disposal's currency."""

    id: str
    acquired: date
    quantity: Number
    cost: Number | None


class LedgerDisposal(Outcome):
    """A disposal, or the part of one that the law treats alike.

    `proceeds`, `acquisition_cost`, `difference` and the lots' costs are in `currency`; they are None where what was
    given is no sale and nothing was stated. `gain` is in KZT and never below zero.
    """

    trade: str
    type: TradeType
    asset: str
    quantity: Number
    disposed_on: date
    currency: str
    proceeds: Number | None
    acquisition_cost: Number | None
    difference: Number | None
    gain: Number
    lots: tuple[LotUsed, ...]
    treatment: Treatment


class AssetTotals(Outcome):
    """One asset over the year: opening + acquired − disposed = closing, and the gain (KZT)."""

    opening_quantity: Number
    acquired: Number
    disposed: Number
    closing_quantity: Number
    disposals: int
    gain: Number


class ClosingLot(Outcome):
    """A lot held at the end of the year, in the shape of next year's `opening_lots`."""

    id: str
    asset: str
    acquired: date
    quantity: Number
    cost: Number | None
    currency: str
    origin: LotOrigin
    source: Source
    appraised_value: Number | None
    appraised_on: date | None
    taxed_as_income: bool


class UnmatchedTransfer(Outcome):
    """A transfer without its other side: to be found, or stated as what it was. It is not taxed."""

    trade: str
    type: TradeType
    asset: str
    quantity: Number
    on: date
    account: str | None


class DigitalAssetGainsOutcome(Outcome):
    """The year's gain (KZT, exact), every disposal of the year with its lots, and what is held at its end.

    An individual's `gain` is the sum of the disposals' gains; a company's is the sum of their differences, losses
    set off, not below zero.
    """

    disposals: Rows[LedgerDisposal]
    by_asset: dict[str, AssetTotals]
    closing_lots: tuple[ClosingLot, ...]
    unmatched_transfers: tuple[UnmatchedTransfer, ...]
    method: LotMethod
    gain: Number


FACTS = DigitalAssetGainsFacts
OUTCOME = DigitalAssetGainsOutcome
MAIN = "gain"
"""The field of the outcome that answers the question."""
