"""What a disposal brings and what its lots cost, by the law of its day.

The plain case, a sale for money of lots bought for money of the same currency, is worked out at once. All others go
through the regime of their day (`regimes`): parts of a disposal that the law treats differently are parted, each
lot's cost is asked for by where the lot came from, and amounts in different currencies are brought to tenge.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from kztax.core.clock import Clock
from kztax.core.facts import Source
from kztax.core.figure import EXACT, ZERO, Figure
from kztax.core.units import KZT
from kztax.core.working import Working
from kztax.rules.digital_asset_gains.disposed import Deducted, Disposed, Given, Worth
from kztax.rules.digital_asset_gains.facts import DigitalAssetGainsFacts
from kztax.rules.digital_asset_gains.kinds import Holder, TradeType, Treatment
from kztax.rules.digital_asset_gains.matching import Held, Piece, Position, Settled, Taken, pieces_of, share
from kztax.rules.digital_asset_gains.names import Names, Notes
from kztax.rules.digital_asset_gains.quotes import EXCHANGE_RATE, Quotes
from kztax.rules.digital_asset_gains.regimes import REGIMES
from kztax.rules.digital_asset_gains.regimes.regime import Materials, Regime
from kztax.rules.digital_asset_gains.sales import LawOfSales, Sales

# Members of enumerations are looked up once, not a million times.
_SELL, _KAZAKHSTAN = TradeType.SELL, Source.KAZAKHSTAN


class Valuation:
    """Values the disposals of a year, and the lots that exchanges bring. `rows` are the disposals."""

    def __init__(self, facts: DigitalAssetGainsFacts, working: Working, clock: Clock, sales: Sales) -> None:
        self.facts = facts
        self.clock = clock
        self.sales = sales
        self.names = Names(facts, clock)
        self.notes = Notes(self.names)
        self.quotes = Quotes(working)
        self.rows: list[Any] = []
        self.losses = 0
        self._materials = Materials(facts, working, self.names, self.notes, self.quotes)
        self._regimes: dict[LawOfSales, Regime] = {}
        self._individual = facts.holder is Holder.INDIVIDUAL
        self._found: dict[int, tuple[Held, Figure]] = {}
        of_year, _ = sales.on(clock.begins(facts.tax_period.first_day))
        self.is_plain = self._regime(of_year).is_plain
        """Whether no rule of its own is for the year's sales of an asset."""

    def _regime(self, sales: LawOfSales) -> Regime:
        found = self._regimes.get(sales)
        if found is None:
            found = self._regimes[sales] = REGIMES.get(sales.regime, Regime)(self._materials, sales)
        return found

    # --- disposals ---

    def value(
        self,
        trade: Any,
        kind: TradeType,
        position: Position,
        quantity: Decimal,
        taken: Taken,
        paid: Decimal | None,
        sales: LawOfSales,
    ) -> None:
        """A disposal of the year. `paid` is the cost where all its lots were bought for tenge."""
        if not sales.read:
            sales.known()
        price = trade.price
        if (
            paid is None
            or price is None
            or kind is not _SELL
            or not position.plain
            or trade.source is not _KAZAKHSTAN
            or trade.currency != KZT
        ):
            given = self._given(trade, kind, position.asset, quantity)
            self._part(given, position, pieces_of(taken), self._regime(sales))
            return
        gain = price * quantity - paid
        if gain < ZERO:
            self.losses += 1
            if self._individual:
                gain = ZERO
        position.gain += gain
        position.disposals += 1
        self.rows.append((trade, sales, *taken))

    def _given(self, trade: Any, kind: TradeType, asset: str, quantity: Decimal) -> Given:
        day = self.clock.day(trade.instant)
        return Given(trade, kind, asset, quantity, day, self.names.about(trade, asset, day))

    def _part(self, given: Given, position: Position, pieces: list[Piece], regime: Regime) -> None:
        """Any disposal: one row for each way in which the law treats a part of it."""
        parts: dict[Treatment, list[Piece]] = {}
        for piece in pieces:
            parts.setdefault(regime.treatment(given, piece.held), []).append(piece)
        trade, kind, sales = given.trade, given.kind, regime.sales
        worth: Worth | None = None
        for treatment, alike in parts.items():
            part = sum((piece.quantity for piece in alike), ZERO)
            row = Disposed(
                trade, kind, given.asset, part, alike, treatment, KZT, None, None, ZERO, sales.difference, sales
            )
            if treatment is Treatment.GAIN or not self._individual:
                if worth is None:
                    worth = Worth(given.quantity, regime.worth(given))
                proceeds = share(worth.figure.value, part, given.quantity)
                row = self._valued(row._replace(proceeds=proceeds, currency=worth.currency, worth=worth), regime)
            else:
                row = regime.untaxed(row)
            self.losses += row.lost
            position.gain += row.counted(self.facts.holder)
            position.disposals += 1
            self.rows.append(row)

    def _valued(self, row: Disposed, regime: Regime) -> Disposed:
        """Proceeds less what the law lets deduct of each lot, never below zero, in tenge."""
        if row.treatment is Treatment.ALREADY_TAXED_AS_MINING:
            rule = regime.why_untaxed(row)
            nothing = Deducted(ZERO, row.currency, rule)
            return row._replace(cost=ZERO, deducted=(nothing,) * len(row.pieces), rule=rule)
        whole_price = regime.whole_price(row)
        rule = whole_price or regime.difference(row)
        if whole_price is not None:
            deducted = [Deducted(ZERO, row.currency, whole_price) for _ in row.pieces]
        else:
            deducted = [regime.deducted(row, piece) for piece in row.pieces]
        reasons = {each.rule for each in deducted}
        if len(reasons) == 1 and deducted[0].rule is not None and not any(each.cost for each in deducted):
            rule = deducted[0].rule
        row.sales.cite(*(reason for reason in reasons if reason is not None))
        row.sales.cite(rule)
        return self._in_one_currency(row._replace(rule=rule), deducted, regime)

    def _in_one_currency(self, row: Disposed, deducted: list[Deducted], regime: Regime) -> Disposed:
        proceeds, currency = row.proceeds or ZERO, row.currency
        rates: dict[str, Figure] = {}
        if other := [each.currency for each in deducted if each.currency != currency and each.cost]:
            regime.compare(row, other[0])
            if currency != KZT:
                rates["proceeds"] = rate = self._rate_of_sale(row, currency)
                proceeds, currency = EXACT.multiply(proceeds, rate.value), KZT
            for place, (piece, each) in enumerate(zip(row.pieces, deducted, strict=True)):
                if each.currency != KZT and each.cost:
                    rates[f"lot {place}"] = self._rate(row, each.currency, self.names.acquired(piece.held.lot))
        converted = row._replace(deducted=tuple(deducted), rates=rates)
        cost = sum((converted.cost_of(place) for place in range(len(deducted))), ZERO)
        gain = proceeds - cost if proceeds > cost else ZERO
        if currency != KZT and gain:
            rates["gain"] = rate = self._rate_of_sale(row, currency)
            gain = EXACT.multiply(gain, rate.value)
        return converted._replace(currency=currency, proceeds=proceeds, cost=cost, gain=gain)

    def _rate_of_sale(self, row: Disposed, currency: str) -> Figure:
        row.sales.cite(EXCHANGE_RATE)
        return self._rate(row, currency, self.clock.day(row.trade.instant))

    def _rate(self, row: Disposed, currency: str, day: date) -> Figure:
        return self.quotes.rate(currency, day, self.clock.day(row.trade.instant), row.sales)

    # --- what an exchange brings in ---

    def settle(self, held: Held) -> None:
        """The cost of a lot got in an exchange, by the law of that day."""
        trade: Any = held.lot
        day = self.clock.day(trade.instant)
        sales, _ = self.sales.on(trade.instant)
        about = self.names.about(trade, trade.counter_asset, day)
        given = Given(trade, TradeType.EXCHANGE, trade.asset, trade.quantity, day, about)
        held.settled = Settled.YES
        figure = self._regime(sales).cost_of_exchange(given)
        held.currency = figure.unit
        self._found[id(held)] = held, figure
        held.cost = share(figure.value, held.quantity, trade.counter_quantity)

    def found(self, held: Held) -> Figure | None:
        """How the cost of a lot was found that was got in an exchange."""
        return self._found[id(held)][1] if id(held) in self._found else None
