"""Counting days of presence over sliding windows of twelve months.

The cost grows with the number of stays: each is marked at its two ends, and the days of the two years that
matter are then swept once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from kztax.core.period import ONE_DAY, window_start

Span = tuple[date, date]


class Window(NamedTuple):
    """Twelve months, the days of presence in them, and the unbroken spans that those days form."""

    first_day: date
    last_day: date
    days_present: int
    spans: tuple[Span, ...]


def fullest_window(stays: Iterable[Span], year: int) -> Window:
    """The twelve months ending in `year` with most days of presence; the earliest of equals.

    Each stay is its first and last day, both counted; overlapping stays count a day once.

    >>> window = fullest_window([(date(2024, 9, 15), date(2025, 3, 16))], 2025)
    >>> window.days_present, window.first_day, window.last_day
    (183, datetime.date(2024, 3, 17), datetime.date(2025, 3, 16))
    """
    origin, end = date(year - 1, 1, 1), date(year, 12, 31)
    length = (end - origin).days + 1
    changes = [0] * (length + 1)
    for arrived, departed in stays:
        first, last = max(arrived, origin), min(departed, end)
        if first <= last:
            changes[(first - origin).days] += 1
            changes[(last - origin).days + 1] -= 1
    present = [depth > 0 for depth in accumulate(changes[:length])]
    before = [0, *accumulate(present)]
    best = Window(origin, origin, -1, ())
    last_day = date(year, 1, 1)
    while last_day <= end:
        first_day = window_start(last_day)
        days = before[(last_day - origin).days + 1] - before[(first_day - origin).days]
        if days > best.days_present:
            best = Window(first_day, last_day, days, ())
        last_day += ONE_DAY
    return best._replace(spans=_spans(present, origin, best.first_day, best.last_day))


def _spans(present: list[bool], origin: date, first_day: date, last_day: date) -> tuple[Span, ...]:
    spans: list[Span] = []
    day = first_day
    while day <= last_day:
        if present[(day - origin).days]:
            if spans and spans[-1][1] + ONE_DAY == day:
                spans[-1] = (spans[-1][0], day)
            else:
                spans.append((day, day))
        day += ONE_DAY
    return tuple(spans)
