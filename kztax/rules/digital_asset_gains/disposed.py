"""A disposal as it is kept: what was given, what that brings, what the law lets deduct."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from kztax.core.figure import EXACT, ZERO, Figure
from kztax.core.units import KZT, NUMBER
from kztax.rules.digital_asset_gains.kinds import Holder, TradeType, Treatment
from kztax.rules.digital_asset_gains.matching import Piece, pieces_of, share
from kztax.rules.digital_asset_gains.sales import NAME, LawOfSales


class Disposed(NamedTuple):
    """A disposal, or the part of one that the law treats alike, as it is kept.

    `rule` is the entry by which the difference, or the whole price, is income. `worth` is what the whole trade brings
    and `deducted` what the law lets deduct of each piece: None in the plain case, where the price is the trade's and
    the cost each piece's own. `rates` are the exchange rates that were used.
    """

    trade: Any
    kind: TradeType
    asset: str
    quantity: Decimal
    pieces: list[Piece]
    treatment: Treatment
    currency: str
    proceeds: Decimal | None
    cost: Decimal | None
    gain: Decimal
    rule: str
    sales: LawOfSales
    worth: Worth | None = None
    deducted: tuple[Deducted, ...] | None = None
    rates: Mapping[str, Figure] | None = None

    @classmethod
    def of(cls, kept: Any) -> Disposed:
        """The row that was kept: a plain one is its trade, the law, and what was taken."""
        if isinstance(kept, cls):
            return kept
        trade, sales, *taken = kept
        named = pieces_of(taken)
        paid = ZERO
        for piece in named:
            paid = EXACT.add(paid, piece.cost or ZERO)
        proceeds = EXACT.multiply(trade.price, trade.quantity)
        gain = EXACT.subtract(proceeds, paid) if proceeds > paid else ZERO
        sold, asset, rule = TradeType.SELL, trade.asset, sales.difference
        return cls(trade, sold, asset, trade.quantity, named, Treatment.GAIN, KZT, proceeds, paid, gain, rule, sales)

    @property
    def lost(self) -> bool:
        """Whether the cost was more than the price."""
        return self.treatment is Treatment.GAIN and (self.cost or ZERO) > (self.proceeds or ZERO)

    def counted(self, holder: Holder) -> Decimal:
        """What it adds to the year: an individual's gain; a company's difference, losses too."""
        if holder is Holder.INDIVIDUAL or self.treatment is not Treatment.GAIN:
            return self.gain
        return EXACT.subtract(self.proceeds or ZERO, self.cost or ZERO)

    def cost_of(self, place: int) -> Decimal:
        """What the law lets deduct for a piece, in the disposal's currency."""
        if self.deducted is None:
            return self.pieces[place].cost or ZERO
        cost = self.deducted[place].cost
        rate = (self.rates or {}).get(f"lot {place}")
        return cost if rate is None else EXACT.multiply(cost, rate.value)


class Worth(NamedTuple):
    """What a whole trade brings: a quantity, and its price as a figure in a currency."""

    quantity: Decimal
    figure: Figure

    @property
    def currency(self) -> str:
        """The currency of the price."""
        return self.figure.unit


class Deducted(NamedTuple):
    """What the law lets deduct of a piece. `rule` is the entry by which that is nothing or another value than was paid,
    `figure` that value."""

    cost: Decimal
    currency: str
    rule: str | None = None
    figure: Figure | None = None


class Given(NamedTuple):
    """So much of an asset, given away in a trade on a day. `about` tells its figures from those of others."""

    trade: Any
    kind: TradeType
    asset: str
    quantity: Decimal
    day: date
    about: str

    def worth(self) -> Figure | None:
        """What the trade itself says that it was worth."""
        trade, price, name, units = self.trade, self.trade.price, "price", self.quantity
        if self.kind is TradeType.FEE and trade.type is not TradeType.FEE and self.asset != trade.asset:
            price, name = trade.counter_price if self.asset == trade.counter_asset else None, "counter_price"
        elif price is None and trade.total is not None:
            total = Figure(trade.total, trade.currency, "fact", (), f"{NAME}.total", self.about)
            return part_figure(total, self.quantity, trade.quantity, self.about)
        elif price is None and self.kind is TradeType.EXCHANGE:
            price, name, units = trade.counter_price, "counter_price", trade.counter_quantity
        if price is None:
            return None
        quantity = f"{NAME}.{'quantity' if name == 'price' else 'counter_quantity'}"
        stated = Figure(units, NUMBER, "fact", (), quantity, self.about)
        return Figure(price, trade.currency, "fact", (), f"{NAME}.{name}", self.about) * stated


def part_figure(whole: Figure, part: Decimal, quantity: Decimal, about: str) -> Figure:
    """So much of an amount as one quantity is of another, as a step."""
    if part == quantity:
        return whole
    taken = Figure(part, NUMBER, "fact", (), f"{NAME}.part_quantity", about)
    of = Figure(quantity, NUMBER, "fact", (), f"{NAME}.whole_quantity", about)
    return Figure(share(whole.value, part, quantity), whole.unit, "share", (whole, taken, of))
