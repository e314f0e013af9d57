"""Sums over OData: 1C carries them as `Edm.Double`, so each is proved to survive to the tiyn, there and back."""

from __future__ import annotations

from decimal import Decimal

from kztax_1c.words import OneCError

BELOW_A_TIYN = Decimal("0.001")
"""How far a floating number may be off its sum; what is further off is another sum."""


def as_double(amount: Decimal) -> float:
    """The number that JSON carries. Raises `OneCError` for a sum that a double does not hold to the tiyn.

    >>> as_double(Decimal("4566000.50"))
    4566000.5
    """
    double = float(amount)
    if Decimal(repr(double)) != amount:
        raise OneCError("amount_not_exact", amount=str(amount))
    return double


def same_sum(ours: Decimal, theirs: object) -> bool:
    """Whether what the base holds is our sum to the tiyn; `theirs` is a number as JSON has it, read as a decimal."""
    is_number = isinstance(theirs, (Decimal, int)) and not isinstance(theirs, bool)
    return is_number and abs(Decimal(str(theirs)) - ours) < BELOW_A_TIYN
