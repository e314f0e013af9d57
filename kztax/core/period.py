"""Tax periods: years, half-years, quarters and months, and the 12-month windows that end in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
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

    @property
    def quarter(self) -> Quarter:
        """The quarter that the month is in."""
        return Quarter(self.year, (self.month + 2) // 3)

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"


class HalfYear(NamedTuple):
    """A half of a calendar year, the tax period of the simplified declaration.

    >>> HalfYear(2026, 1).last_day, HalfYear(2026, 2).first_day, str(HalfYear(2026, 2))
    (datetime.date(2026, 6, 30), datetime.date(2026, 7, 1), '2026-H2')
    """

    year: int
    half: int

    @property
    def first_day(self) -> date:
        """The day the period begins."""
        return date(self.year, 6 * self.half - 5, 1)

    @property
    def last_day(self) -> date:
        """The day the period ends."""
        return Month(self.year, 6 * self.half).last_day

    def __str__(self) -> str:
        return f"{self.year}-H{self.half}"


class SingleDay(NamedTuple):
    """A day by itself, for questions that the law answers day by day."""

    first_day: date

    @property
    def last_day(self) -> date:
        """The same day."""
        return self.first_day

    def __str__(self) -> str:
        return self.first_day.isoformat()


Period = Quarter | Year | HalfYear | Month | SingleDay
PERIOD_TEXT = r"^[0-9]{4}(-(Q[1-4]|H[12]|0[1-9]|1[0-2]))?$"


class PeriodKind(StrEnum):
    """How long a tax period is."""

    YEAR = "year"
    HALF_YEAR = "half_year"
    QUARTER = "quarter"
    MONTH = "month"

    def periods_of(self, year: int) -> list[Period]:
        """The periods of a year, in order.

        >>> [str(period) for period in PeriodKind.HALF_YEAR.periods_of(2026)]
        ['2026-H1', '2026-H2']
        """
        if self is PeriodKind.YEAR:
            return [Year(year)]
        if self is PeriodKind.HALF_YEAR:
            return [HalfYear(year, half) for half in (1, 2)]
        if self is PeriodKind.QUARTER:
            return [Quarter(year, number) for number in range(1, 5)]
        return [Month(year, month) for month in range(1, 13)]


def period_of(text: str) -> tuple[Period, PeriodKind]:
    """The period that "2025", "2025-Q1", "2025-03" or "2026-H1" names, and its kind.

    >>> period_of("2025-03")
    (Month(year=2025, month=3), <PeriodKind.MONTH: 'month'>)
    """
    year, _, part = text.partition("-")
    if not part:
        return Year(int(year)), PeriodKind.YEAR
    if part.startswith("H"):
        return HalfYear(int(year), int(part[1])), PeriodKind.HALF_YEAR
    if part.startswith("Q"):
        return Quarter.parse(text), PeriodKind.QUARTER
    return Month(int(year), int(part)), PeriodKind.MONTH


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
