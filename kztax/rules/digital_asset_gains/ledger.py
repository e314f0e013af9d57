"""The ledger walked through in the order of time: lots come in, disposals take them."""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from kztax.core.assessment import plain
from kztax.core.clock import Clock
from kztax.core.errors import InsufficientHoldings, InvalidFacts, MissingFact
from kztax.core.facts import Source
from kztax.core.figure import ZERO
from kztax.core.period import ONE_DAY
from kztax.core.units import KZT
from kztax.core.working import Working
from kztax.rules.digital_asset_gains.facts import DigitalAssetGainsFacts, Lot
from kztax.rules.digital_asset_gains.kinds import AS_PAID_FOR, INCOMING, OUTGOING, LotMethod, TradeType
from kztax.rules.digital_asset_gains.matching import Held, Position, Settled, Taken, earliest, named, pooled
from kztax.rules.digital_asset_gains.names import asset_of
from kztax.rules.digital_asset_gains.ordering import in_order
from kztax.rules.digital_asset_gains.sales import Sales
from kztax.rules.digital_asset_gains.transfers import unmatched
from kztax.rules.digital_asset_gains.valuation import Valuation

# Members of enumerations are looked up once, not a million times.
_FIFO, _AVERAGE, _SPECIFIC = LotMethod.FIFO, LotMethod.AVERAGE, LotMethod.SPECIFIC
_BUY, _EXCHANGE = TradeType.BUY, TradeType.EXCHANGE


class Short(NamedTuple):
    """Where an asset first ran short, and how much of it is missing by the end."""

    trade: Any
    missing: Decimal


class Ledger:
    """Walks the trades. Afterwards `valuation.rows` are the year's disposals and `positions` what is held."""

    def __init__(self, facts: DigitalAssetGainsFacts, working: Working) -> None:
        self.facts = facts
        self.working = working
        self.clock = Clock(working.book)
        self.sales = Sales(working, self.clock, facts.holder)
        self.valuation = Valuation(facts, working, self.clock, self.sales)
        self.names = self.valuation.names
        self._settle, self._value = self.valuation.settle, self.valuation.value
        self.positions: dict[str, Position] = {}
        self.transfers: list[Any] = []
        self.method: LotMethod | None = None
        rates = {rate.currency for rate in facts.exchange_rates}
        self._money = frozenset({KZT, *rates, *facts.fixed_value_assets.values()})
        self._short: dict[str, Short] = {}
        of_year, _ = self.sales.on(self.clock.begins(facts.tax_period.first_day))
        self.prescribed = LotMethod(of_year.law.text("method")) if of_year.prescribed else None
        if self.prescribed is not None and facts.method not in (None, self.prescribed):
            raise InvalidFacts("method_prescribed", path=("method",), prescribed=self.prescribed.value)
        self._law, self._law_until = self.sales.on(datetime.min)  # noqa: DTZ901 - as early as any trade

    def walk(self) -> None:
        """All trades, and what was held before them. Raises `InsufficientHoldings` with every asset that ran short."""
        trades, period = self.facts.kept, self.facts.tax_period
        order, timeline = in_order(trades)
        ends = self.clock.begins(period.last_day + ONE_DAY)
        if order and timeline[-1] >= ends:
            late = order[bisect_left(timeline, ends)]
            raise InvalidFacts("trade_after_year", path=("trades", late, "at"), last_day=period.last_day.isoformat())
        done, in_year = 0, False
        for instant, lot in self._openings(self.clock.begins(period.first_day)):
            until = bisect_left(timeline, instant)
            self._take([trades[position] for position in order[done:until]], in_year)
            done = until
            if lot is None:
                in_year = True
                for position in self.positions.values():
                    position.opening, position.acquired, position.disposed = position.quantity(), ZERO, ZERO
            else:
                self._hold(lot)
        self._take([trades[position] for position in order[done:]], in_year)
        self.transfers = unmatched(self.transfers)
        self._refuse_if_short()

    def _openings(self, year_begins: datetime) -> list[tuple[datetime, Lot | None]]:
        """Lots by the beginning of the day on which they were acquired; None where the year begins."""
        lots: list[tuple[datetime, Lot | None]] = [
            (self.clock.begins(lot.acquired), lot) for lot in self.facts.opening_lots
        ]
        return sorted([*lots, (year_begins, None)], key=lambda opening: (opening[0], opening[1] is not None))

    def _take(self, trades: list[Any], in_year: bool) -> None:
        positions, low_tax, tenge, buy, exchange = self.positions, Source.LOW_TAX, KZT, _BUY, _EXCHANGE
        dispose = self._dispose
        for trade in trades:
            kind = trade.type
            if kind is buy or kind in INCOMING:
                position = positions.get(trade.asset) or self._position(trade.asset)
                position.acquired += trade.quantity
                if kind is buy and trade.price is not None and trade.currency == tenge and trade.source is not low_tax:
                    position.lots.append(trade)
                else:
                    cost = trade.total if trade.price is None else None
                    held = Held(trade, trade.quantity, trade.price, cost, trade.currency, Settled.YES)
                    position.lots.append(held)
            elif kind in OUTGOING:
                dispose(trade, kind, trade.asset, trade.quantity, in_year)
                if kind is exchange:
                    self._get_in_exchange(trade)
            else:
                self.transfers.append(trade)
            if trade.fee is not None:
                self._pay(trade, in_year)

    def _position(self, asset: str) -> Position:
        position = self.positions[asset] = Position(asset, self.valuation.is_plain(asset))
        return position

    def _hold(self, lot: Lot) -> None:
        plain = lot.origin in AS_PAID_FOR and lot.source is not Source.LOW_TAX and lot.cost is not None
        simple = plain and lot.currency == KZT
        settled = Settled.PAID_IN_TENGE if simple else Settled.YES
        position = self.positions.get(lot.asset) or self._position(lot.asset)
        position.lots.append(Held(lot, lot.quantity, None, lot.cost, lot.currency, settled))
        position.acquired += lot.quantity

    def _get_in_exchange(self, trade: Any) -> None:
        asset, quantity = trade.counter_asset, trade.counter_quantity
        position = self.positions.get(asset) or self._position(asset)
        # What it cost is looked for when it is needed: a lot that was given away in an earlier year needs no price.
        position.lots.append(Held(trade, quantity, None, None, trade.currency, Settled.NOT_YET))
        position.acquired += quantity

    def _pay(self, trade: Any, in_year: bool) -> None:
        """A fee in money changes no lot; one in an asset is paid with it, after the trade itself."""
        fee = trade.fee
        if fee.asset == trade.currency or fee.asset in self._money:
            self.valuation.notes.say("fee_in_money", trade)
        else:
            self._dispose(trade, TradeType.FEE, fee.asset, fee.quantity, in_year)

    def _dispose(self, trade: Any, kind: TradeType, asset: str, quantity: Decimal, in_year: bool) -> None:
        """The lots that a disposal takes, and, in the year, what the law makes of it."""
        if trade.instant >= self._law_until:
            self._law, self._law_until = self.sales.on(trade.instant)
        law = self._law
        position = self.positions.get(asset) or self._position(asset)
        method = _FIFO if law.prescribed else self._chosen(position)
        position.disposed += quantity
        if method is _AVERAGE:
            pooled(position, self._like, self._pool)
        if method is _SPECIFIC and kind is trade.type:
            taken, missing, paid = self._named(trade, position), ZERO, None
        else:
            taken, missing, paid = earliest(position, quantity, self._settle)
        if missing:
            first = self._short.get(asset, Short(trade, ZERO))
            self._short[asset] = Short(first.trade, first.missing + missing)
            return
        if in_year:
            self._value(trade, kind, position, quantity, taken, paid, law)

    # --- which lots ---

    def _chosen(self, position: Position) -> LotMethod:
        """Where no method is prescribed: the caller's, else the reading, asked as soon as it matters."""
        if self.method is None:
            if self.facts.method is not None:
                self.method = self.facts.method
            elif len(position.lots) > 1:
                self.method = LotMethod(self.working.reading("method", self.facts.tax_period.last_day))
        return self.method or _FIFO

    def _named(self, trade: Any, position: Position) -> Taken:
        path = ("trades", self.names.position(trade), "lots")
        if not trade.lots:
            raise MissingFact("lots_missing", path=path, trade=self.names.of(trade))
        choices = [(choice.id, choice.quantity) for choice in trade.lots]
        taken, lacking = named(position, choices, lambda held: self.names.of(held.lot), self.valuation.settle)
        if lacking:
            raise InvalidFacts("lot_not_held", path=path, lot=lacking[0], asset=position.asset)
        return taken

    def _like(self, held: Held) -> Any:
        """Lots that share an average: paid for in one currency, from sources that the law treats alike."""
        if not held.settled:
            self.valuation.settle(held)
        lot = held.lot
        if lot.origin not in AS_PAID_FOR or held.left() is None:
            return id(held)
        fixed = lot.origin if asset_of(lot) in self.facts.fixed_value_assets else None
        return held.currency, lot.source is Source.LOW_TAX, fixed

    def _pool(self, group: list[Held]) -> Held:
        first = group[0]
        name = self.names.of(first.lot)
        lot = Lot.model_construct(
            id=name if name.startswith("average-") else f"average-{name}",
            asset=asset_of(first.lot),
            acquired=self.names.acquired(first.lot),
            quantity=sum((held.quantity for held in group), ZERO),
            currency=first.currency,
            origin=first.lot.origin,
            source=first.lot.source,
        )
        cost = sum((held.left() or ZERO for held in group), ZERO)
        return Held(lot, lot.quantity, None, cost, first.currency, first.settled)

    # --- what is missing ---

    def _refuse_if_short(self) -> None:
        errors = [
            InsufficientHoldings(
                "insufficient_holdings",
                path=("trades", self.names.position(short.trade)),
                trade=self.names.of(short.trade),
                asset=asset,
                at=short.trade.at.isoformat(),
                missing=plain(short.missing),
                unmatched_transfers=sum(
                    transfer.asset == asset and transfer.type is TradeType.TRANSFER_IN for transfer in self.transfers
                ),
            )
            for asset, short in self._short.items()
        ]
        if errors:
            errors[0].others = tuple(errors[1:])
            raise errors[0]
