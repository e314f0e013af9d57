"""Which lots a disposal takes, and what is left of them. Quantities and costs stay exact: nothing is lost on the way.

A lot is held with what is left of it. Its cost is a price of one unit as long as one is known, else a cost of what is
left, split in proportion.
"""

from __future__ import annotations

import decimal
from collections import deque
from collections.abc import Callable, Iterable
from decimal import Decimal
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from kztax.core.figure import ZERO
from kztax.core.units import KZT

if TYPE_CHECKING:
    from kztax.rules.digital_asset_gains.facts import Lot, Trade
    from kztax.rules.digital_asset_gains.plain import PlainTrade

# Sums and products of a ledger are exact in so many digits; a cost that does not divide evenly is carried to the
# thirty-sixth decimal, and what a part has too little the rest of the lot keeps.
LEDGER = decimal.Context(prec=150, traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow])
_FINEST = Decimal(1).scaleb(-36)
_UNIT = Decimal(1)


class Settled(IntEnum):
    """How much is known of what a lot cost; higher is simpler."""

    NOT_YET = 0
    YES = 1
    PAID_IN_TENGE = 2


# A member that is looked up in its class costs more than the arithmetic beside it: those of the walk have names here.
_PAID_IN_TENGE = Settled.PAID_IN_TENGE


class Held:
    """A lot, and what is left of it.

    `lot` is where it came from. `unit` is the cost of one unit, or None; then `cost` is that of what is left, and None
    if none is documented. `settled` says whether the cost was looked for yet.
    """

    __slots__ = ("cost", "currency", "lot", "quantity", "settled", "unit")

    def __init__(
        self,
        lot: Trade | PlainTrade | Lot,
        quantity: Decimal,
        unit: Decimal | None,
        cost: Decimal | None,
        currency: str,
        settled: Settled,
    ) -> None:
        self.lot = lot
        self.quantity = quantity
        self.unit = unit
        self.cost = cost
        self.currency = currency
        self.settled = settled

    def left(self) -> Decimal | None:
        """The cost of what is left."""
        return self.cost if self.unit is None else self.unit * self.quantity


class Split(NamedTuple):
    """What a part of a lot cost, and what was held of the lot before, at which cost."""

    cost: Decimal | None
    of_quantity: Decimal
    of_cost: Decimal | None


class Piece(NamedTuple):
    """A part of a lot that a disposal took. `split` is None where the lot's cost is a price of one unit."""

    held: Held
    quantity: Decimal
    split: Split | None

    @property
    def cost(self) -> Decimal | None:
        """What it cost; None if that is not documented."""
        if self.split is not None:
            return self.split.cost
        return None if self.held.unit is None else LEDGER.multiply(self.held.unit, self.quantity)


Taken = list[Any]
"""Pieces as a walk leaves them, at a third of the room: lot, quantity and split of each, one after another. The lot is
the purchase itself where it was paid for in tenge."""


def pieces_of(taken: Iterable[Any]) -> list[Piece]:
    """The pieces, with their names."""
    parts = iter(taken)
    return [Piece(held_of(lot), quantity, split) for lot, quantity, split in zip(parts, parts, parts, strict=True)]


def held_of(lot: Any, left: Decimal | None = None) -> Held:
    """The lot as it is held: of a purchase in tenge, the whole of it or what is `left`."""
    if isinstance(lot, Held):
        return lot
    return Held(lot, lot.quantity if left is None else left, lot.price, None, KZT, _PAID_IN_TENGE)


class Position:
    """One asset: its lots, earliest first, and the year's quantities and gains.

    A purchase in tenge is its own lot; the others are `Held`. `left` is what is left of the earliest lot if it is
    such a purchase of which something is taken already.
    """

    __slots__ = ("acquired", "asset", "disposals", "disposed", "gain", "left", "lots", "opening", "plain")

    def __init__(self, asset: str, plain: bool = True) -> None:
        self.asset = asset
        self.plain = plain
        self.lots: deque[Any] = deque()
        self.left: Decimal | None = None
        self.opening = self.acquired = self.disposed = self.gain = ZERO
        self.disposals = 0

    def quantity(self) -> Decimal:
        """What is held."""
        whole = sum((lot.quantity for lot in self.lots), ZERO)
        return whole if self.left is None else whole - self.lots[0].quantity + self.left

    def held(self) -> deque[Held]:
        """The lots, each as it is held from now on."""
        left, self.left = self.left, None
        self.lots = deque([held_of(lot, None if place else left) for place, lot in enumerate(self.lots)])
        return self.lots


def earliest(
    position: Position, quantity: Decimal, settle: Callable[[Held], None]
) -> tuple[Taken, Decimal, Decimal | None]:
    """First in, first out: the pieces, what was missing, and the cost if all of them were bought for tenge."""
    lots, left = position.lots, position.left
    taken: Taken = []
    paid: Decimal | None = ZERO
    while lots:
        lot = lots[0]
        if type(lot) is Held:
            have = lot.quantity
            part = quantity if quantity < have else have  # noqa: FURB136 - a call of min() costs more than all the rest
            cost = _take_of(lot, part, taken, settle)
            paid = None if paid is None or cost is None or lot.settled is not _PAID_IN_TENGE else paid + cost
            if quantity < have:
                lot.quantity = have - quantity
                return taken, ZERO, paid
        else:
            have = lot.quantity if left is None else left
            if quantity < have:
                taken += (lot, quantity, None)
                position.left = have - quantity
                return taken, ZERO, None if paid is None else paid + lot.price * quantity
            taken += (lot, have, None)
            left = position.left = None
            if paid is not None:
                paid += lot.price * have
        lots.popleft()
        if quantity == have:
            return taken, ZERO, paid
        quantity -= have
    return taken, quantity, None


def _take_of(held: Held, part: Decimal, taken: Taken, settle: Callable[[Held], None]) -> Decimal | None:
    """Take a part of a lot, and answer its cost."""
    if not held.settled:
        settle(held)
    unit = held.unit
    if unit is not None:
        taken += (held.lot if held.settled is _PAID_IN_TENGE else held, part, None)
        return unit * part
    left = held.cost
    cost = None if left is None else share(left, part, held.quantity)
    taken += (held, part, Split(cost, held.quantity, left))
    if left is not None and cost is not None:
        held.cost = left - cost
    return cost


def share(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """So much of an amount as `part` is of `whole`, to the thirty-sixth decimal where it does not divide evenly."""
    if part == whole:
        return amount
    return tidy(LEDGER.divide(LEDGER.multiply(amount, part), whole).quantize(_FINEST, context=LEDGER))


def tidy(number: Decimal) -> Decimal:
    """The number without zeros that say nothing."""
    shortest = number.normalize(LEDGER)
    exponent = shortest.as_tuple().exponent
    return shortest.quantize(_UNIT, context=LEDGER) if isinstance(exponent, int) and exponent > 0 else shortest


def named(
    position: Position,
    choices: Iterable[tuple[str, Decimal]],
    name_of: Callable[[Held], str],
    settle: Callable[[Held], None],
) -> tuple[Taken, list[str]]:
    """The lots that a disposal names. Answers the pieces, and the names of lots that do not hold so much."""
    lots = position.held()
    by_name = {name_of(held): held for held in lots}
    taken: Taken = []
    lacking: list[str] = []
    for name, quantity in choices:
        held = by_name.get(name)
        if held is None or held.quantity < quantity:
            lacking.append(name)
            continue
        _take_of(held, quantity, taken, settle)
        held.quantity -= quantity
        if not held.quantity:
            lots.remove(held)
    return taken, lacking


def pooled(position: Position, like: Callable[[Held], Any], pool: Callable[[list[Held]], Held]) -> None:
    """Lots that are alike become one, in the place of the earliest."""
    groups: dict[Any, list[Held]] = {}
    for held in position.held():
        groups.setdefault(like(held), []).append(held)
    position.lots = deque([group[0] if len(group) == 1 else pool(group) for group in groups.values()])
