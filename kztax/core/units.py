"""Units that multiply: kWh times KZT/kWh is KZT, and KZT plus kWh is an error.

A unit is written as it is read: "KZT", "kWh", "KZT/kWh", "1" for a bare number, "yes/no" and "date" for
figures that are not numbers.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

NUMBER = "1"
KZT = "KZT"
YES_NO = "yes/no"
DATE = "date"
NOT_NUMERIC = frozenset({YES_NO, DATE})

# Energy is the one place where a product has a name of its own.
_COMPOUND = {"kWh": ("kW", "h")}


class UnitMismatch(TypeError):
    """An operation mixed units that do not go together. A fault in a rule, never in facts."""


def _factors(unit: str) -> Counter[str]:
    if unit in NOT_NUMERIC:
        raise UnitMismatch(f"{unit!r} cannot be multiplied")
    factors: Counter[str] = Counter()
    for position, part in enumerate(unit.split("/")):
        for factor in part.split("*"):
            if factor == NUMBER:
                continue
            for piece in _COMPOUND.get(factor, (factor,)):
                factors[piece] += 1 if position == 0 else -1
    return factors


def _spell(factors: Counter[str]) -> str:
    above = sorted((+factors).elements())
    below = sorted((-factors).elements())
    for name, pieces in _COMPOUND.items():
        for side in (above, below):
            if all(piece in side for piece in pieces):
                for piece in pieces:
                    side.remove(piece)
                side.append(name)
    return "/".join(["*".join(above) or NUMBER, *below])


@cache
def multiplied(left: str, right: str) -> str:
    """The unit of a product.

    >>> multiplied("kWh", "KZT/kWh"), multiplied("kW", "h"), multiplied("KZT", "1")
    ('KZT', 'kWh', 'KZT')
    """
    factors = _factors(left)
    factors.update(_factors(right))
    return _spell(factors)


@cache
def divided(left: str, right: str) -> str:
    """The unit of a quotient.

    >>> divided("KZT", "kWh"), divided("KZT", "KZT")
    ('KZT/kWh', '1')
    """
    factors = _factors(left)
    factors.subtract(_factors(right))
    return _spell(factors)
