"""Which lots a disposal takes, and what is left of them. Quantities and costs stay exact: nothing is lost on the way.

A lot is held with what is left of it. Its cost is a price of one unit as long as one is known, else a cost of what is
left, split in proportion.
"""

from __future__ import annotations

import decimal
from collections import deque
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from kztax.core.figure import ZERO, Figure

if TYPE_CHECKING:
    from kztax.rules.digital_asset_gains.facts import Lot, Trade
    from kztax.rules.digital_asset_gains.plain import PlainTrade

# Sums and products of a ledger are exact in so many digits; a cost that does not divide evenly is carried to the
# thirty-sixth decimal, and what a part has too little the rest of the lot keeps.
LEDGER = decimal.Context(prec=150, traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow])
_FINEST = Decimal(1).scaleb(-36)
_UNIT = Decimal(1)


class Held:
    """A lot, and what is left of it.

    `lot` is where it came from. `unit` is the cost of one unit, or None; then `cost` is that of what is left, and None
    if none is documented. `figure` is how the cost was found where it was not simply stated; `settled` says whether it
    was looked for yet.
    """

    __slots__ = ("cost", "currency", "figure", "lot", "plain", "quantity", "settled", "unit")

    def __init__(
        self,
        lot: Trade | PlainTrade | Lot,
        quantity: Decimal,
        unit: Decimal | None,
        currency: str,
        plain: bool,
        settled: bool,
    ) -> None:
        self.lot = lot
        self.quantity = quantity
        self.unit = unit
        self.currency = currency
        self.plain = plain
        self.settled = settled
        self.cost: Decimal | None = None
        self.figure: Figure | None = None

    def left(self) -> Decimal | None:
        """The cost of what is left."""
        return self.cost if self.unit is None else self.unit * self.quantity


class Piece(NamedTuple):
    """A part of a lot that a disposal took, its cost, and what was held of the lot before."""

    held: Held
    quantity: Decimal
    cost: Decimal | None
    of_quantity: Decimal
    of_cost: Decimal | None


class Position:
    """One asset: its lots, earliest first, and the year's quantities."""

    __slots__ = ("acquired", "asset", "disposed", "lots", "opening")

    def __init__(self, asset: str) -> None:
        self.asset = asset
        self.lots: deque[Held] = deque()
        self.opening = self.acquired = self.disposed = ZERO

    def quantity(self) -> Decimal:
        """What is held."""
        return sum((held.quantity for held in self.lots), ZERO)


def earliest(position: Position, quantity: Decimal, settle: Callable[[Held], None]) -> tuple[list[Piece], Decimal]:
    """First in, first out. Answers the pieces, and what was missing."""
    lots = position.lots
    pieces: list[Piece] = []
    while lots:
        held = lots[0]
        if not held.settled:
            settle(held)
        have = held.quantity
        if have <= quantity:
            lots.popleft()
            unit = held.unit
            cost = held.cost if unit is None else unit * have
            pieces.append(_piece(Piece, (held, have, cost, have, cost)))
            quantity -= have
            if not quantity:
                return pieces, ZERO
        else:
            pieces.append(part_of(held, quantity))
            return pieces, ZERO
    return pieces, quantity


_piece: Callable[[type[Piece], tuple[Any, ...]], Piece] = tuple.__new__


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


def part_of(held: Held, quantity: Decimal) -> Piece:
    """A part of a lot; the lot keeps the rest."""
    have, unit, left = held.quantity, held.unit, held.cost
    held.quantity = have - quantity
    if unit is not None:
        return _piece(Piece, (held, quantity, unit * quantity, have, unit * have))
    if left is None:
        return _piece(Piece, (held, quantity, None, have, None))
    cost = share(left, quantity, have)
    held.cost = left - cost
    return _piece(Piece, (held, quantity, cost, have, left))


def named(
    position: Position,
    choices: Iterable[tuple[str, Decimal]],
    name_of: Callable[[Held], str],
    settle: Callable[[Held], None],
) -> tuple[list[Piece], list[str]]:
    """The lots that a disposal names. Answers the pieces, and the names of lots that do not hold so much."""
    by_name = {name_of(held): held for held in position.lots}
    pieces: list[Piece] = []
    lacking: list[str] = []
    for name, quantity in choices:
        held = by_name.get(name)
        if held is None or held.quantity < quantity:
            lacking.append(name)
            continue
        if not held.settled:
            settle(held)
        if held.quantity == quantity:
            position.lots.remove(held)
            pieces.append(Piece(held, quantity, held.left(), quantity, held.left()))
        else:
            pieces.append(part_of(held, quantity))
    return pieces, lacking


def pooled(position: Position, like: Callable[[Held], Any], pool: Callable[[list[Held]], Held]) -> None:
    """Lots that are alike become one, in the place of the earliest."""
    groups: dict[Any, list[Held]] = {}
    for held in position.lots:
        groups.setdefault(like(held), []).append(held)
    position.lots = deque([group[0] if len(group) == 1 else pool(group) for group in groups.values()])
