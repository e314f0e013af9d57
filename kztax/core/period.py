"""Tax periods: years, quarters and months, and the 12-month windows that end in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple

ONE_DAY = timedelta(days=1)
_QUARTER = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)


@dataclass(frozen=True)
class Quarter:
    """A calendar quarter.

    >>> quarter = Quarter.parse("2024-Q1")
    >>> quarter.first_day, quarter.last_day, quarter.days
    (datetime.date(2024, 1, 1), datetime.date(2024, 3, 31), 91)
    """

    year: int
    number: int

    @staticmethod
    @lru_cache(maxsize=512)
    def parse(text: str) -> Quarter:
        """Read "2025-Q1"; anything else is a ValueError. Quarters are shared: they never change."""
        found = _QUARTER.fullmatch(text)
        if found is None:
            raise ValueError(text)
        return Quarter(int(found[1]), int(found[2]))

    @cached_property
    def first_day(self) -> date:
        """The day the period begins."""
        return date(self.year, 3 * self.number - 2, 1)

    @cached_property
    def last_day(self) -> date:
        """The day the period ends."""
        return date(self.year + self.number // 4, 3 * self.number % 12 + 1, 1) - ONE_DAY

    @property
    def days(self) -> int:
        """How many days the quarter has."""
        return (self.last_day - self.first_day).days + 1

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"


class Year(NamedTuple):
    """A calendar year, the tax period of income taxes.

    >>> Year(2026).first_day, str(Year(2026))
    (datetime.date(2026, 1, 1), '2026')
    """

    year: int

    @property
    def first_day(self) -> date:
        """The day the period begins."""
        return date(self.year, 1, 1)

    @property
    def last_day(self) -> date:
        """The day the period ends."""
        return date(self.year, 12, 31)

    def __str__(self) -> str:
        return str(self.year)


class Month(NamedTuple):
    """A calendar month, after which a tax agent pays.

    >>> Month(2024, 2).last_day, str(Month(2024, 2))
    (datetime.date(2024, 2, 29), '2024-02')
    """

    year: int
    month: int

    @property
    def first_day(self) -> date:
        """The day the period begins."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """The day the period ends."""
        return date(self.year + self.month // 12, self.month % 12 + 1, 1) - ONE_DAY

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"


class SingleDay(NamedTuple):
    """A day by itself, for questions that the law answers day by day."""

    first_day: date

    @property
    def last_day(self) -> date:
        """The same day."""
        return self.first_day

    def __str__(self) -> str:
        return self.first_day.isoformat()


Period = Quarter | Year | Month | SingleDay


def last_day_of(period: str) -> date:
    """The last day of a period as an assessment names it: a year, a quarter or a day.

    >>> last_day_of("2025"), last_day_of("2024-Q1"), last_day_of("2026-05-20")
    (datetime.date(2025, 12, 31), datetime.date(2024, 3, 31), datetime.date(2026, 5, 20))
    """
    if len(period) == len("2025"):
        return Year(int(period)).last_day
    return Quarter.parse(period).last_day if "-Q" in period else date.fromisoformat(period)


def window_start(last_day: date) -> date:
    """First day of the twelve consecutive months that end on `last_day`.

    The same day of the year before, plus one: a window ending on 28 February 2025 takes in 29 February 2024;
    one ending on 29 February starts on 1 March, as the year before has no 29 February.

    >>> window_start(date(2025, 3, 16)), window_start(date(2024, 2, 29)), window_start(date(2025, 2, 28))
    (datetime.date(2024, 3, 17), datetime.date(2023, 3, 1), datetime.date(2024, 2, 29))
    """
    from dateutil.relativedelta import relativedelta

    return last_day - relativedelta(years=1) + ONE_DAY
