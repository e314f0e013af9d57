"""The form's own arithmetic: sums, differences and products of lines, as the rules of filling in write them.

`"880.01.011 F + 880.01.012 E"`, `"B * E"` (columns of the same row), `"880.01.001..010 F"` (the sum over rows).
An empty cell is left out of a sum; a product with an empty cell is empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from kztax.core.figure import Figure, total

_SIGN = re.compile(r" ([+*-]) ")
_RANGE = re.compile(r"(?P<stem>[\d.]+\.)(?P<first>\d+)\.\.(?P<last>\d+)(?P<column>.*)")
_COLUMN = re.compile(r"[A-Z]")


def computed(formula: str, number: str, look_up: Callable[[str], Sequence[Figure]]) -> Figure | None:
    """The figure that a formula of the line `number` gives; None where every cell that it reads is empty.

    `look_up` answers a line's figures, one a sheet.
    """
    terms = _SIGN.split(formula)
    first, rest = terms[0], list(zip(terms[1::2], terms[2::2], strict=True))
    if any(sign == "*" for sign, _ in rest):
        factors = [_sum(look_up(name)) for name in _names([first, *(name for _, name in rest)], number)]
        found = [factor for factor in factors if factor is not None]
        return _product(found) if len(found) == len(factors) else None
    added = _all([first, *(name for sign, name in rest if sign == "+")], number, look_up)
    taken = _all([name for sign, name in rest if sign == "-"], number, look_up)
    if not added and not taken:
        return None
    result = total(added, unit=taken[0].unit if not added else None)
    for figure in taken:
        result = result - figure
    return result


def names_of(formula: str, number: str) -> list[str]:
    """The lines that a formula of the line `number` reads."""
    return _names(_SIGN.split(formula)[::2], number)


def _all(terms: Iterable[str], number: str, look_up: Callable[[str], Sequence[Figure]]) -> list[Figure]:
    return [figure for name in _names(terms, number) for figure in look_up(name)]


def _names(terms: Iterable[str], number: str) -> list[str]:
    names: list[str] = []
    for term in terms:
        if (rows := _RANGE.fullmatch(term)) is not None:
            width = len(rows["first"])
            places = range(int(rows["first"]), int(rows["last"]) + 1)
            names += [f"{rows['stem']}{place:0{width}}{rows['column']}" for place in places]
        elif _COLUMN.fullmatch(term):
            names.append(f"{number.partition(' ')[0]} {term}")
        else:
            names.append(term)
    return names


def _sum(figures: Sequence[Figure]) -> Figure | None:
    return total(figures) if len(figures) > 1 else figures[0] if figures else None


def _product(factors: Sequence[Figure]) -> Figure:
    result = factors[0]
    for factor in factors[1:]:
        result = result * factor
    return result
