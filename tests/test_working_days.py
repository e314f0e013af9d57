"""Due days: the calendar of days off against an independent compilation, and the shift of each kind."""

from __future__ import annotations

from datetime import date, timedelta

import holidays
import pytest

import kztax
from kztax.core.deadlines import due_day, why_not_worked
from kztax.core.period import Quarter, Year, window_start

YEARS = range(2018, 2028)


@pytest.mark.parametrize("year", YEARS)
def test_days_off_agree_with_the_holidays_package(year: int) -> None:
    theirs = holidays.country_holidays("KZ", years=year)
    book = kztax.rule_book()
    day = date(year, 1, 1)
    while day.year == year:
        assert (why_not_worked(book, day) is None) is theirs.is_working_day(day), day
        day += timedelta(days=1)


def test_a_year_without_known_days_off_is_unknown() -> None:
    with pytest.raises(kztax.UnknownPeriod, match=r"base\.working_days"):
        why_not_worked(kztax.rule_book(), date(2028, 1, 3))


def test_a_due_day_in_such_a_year_stays_where_the_law_puts_it_with_a_warning() -> None:
    law = kztax.rule_book().on("mining_levy", date(2026, 7, 1))
    moment, warning = due_day(law, "return_due", Quarter(2027, 4))
    assert (moment.value, warning) == (date(2028, 2, 15), "due_day_not_known")


def test_a_due_day_that_may_still_move_says_so() -> None:
    law = kztax.rule_book().on("mining_levy", date(2026, 12, 31))
    moment, warning = due_day(law, "return_due", Quarter(2026, 4))
    assert (moment.value, warning) == (date(2027, 2, 15), "due_day_provisional")


def test_a_day_off_in_the_week_moves_a_due_day_too() -> None:
    # 31 March 2024 is a Sunday; 8 May 2024 is a day off moved from a Saturday that was worked.
    assert why_not_worked(kztax.rule_book(), date(2024, 5, 8)) == "day_off"
    assert why_not_worked(kztax.rule_book(), date(2024, 5, 4)) is None
    law = kztax.rule_book().on("personal_income_tax", date(2024, 1, 1))
    moment, _ = due_day(law, "return_due", Year(2023))
    assert moment.value == date(2024, 4, 1)
    assert moment.detail == ("2024-03-31 sunday",)


def test_periods() -> None:
    assert (Quarter.parse("2024-Q1").days, Quarter.parse("2025-Q1").days) == (91, 90)
    assert str(Quarter.parse("2025-Q4")) == "2025-Q4"
    assert window_start(date(2024, 2, 29)) == date(2023, 3, 1)
    with pytest.raises(ValueError, match="2025-Q5"):
        Quarter.parse("2025-Q5")
