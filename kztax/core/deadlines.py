"""When something is due: the statutory day, moved past days that are not worked, as two shown steps."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from kztax.core.errors import UnknownPeriod
from kztax.core.figure import Moment
from kztax.core.law import LawOn, RuleBook
from kztax.core.period import ONE_DAY, Period
from kztax.core.units import DATE

SATURDAY = 5


class Due(NamedTuple):
    """A due day, and what a reader must know of it: "due_day_provisional", "due_day_not_known" or nothing."""

    moment: Moment
    warning: str | None


def due_day(law: LawOn, name: str, period: Period) -> Due:
    """The day on which `name` is due for a period.

    A deadline counted in days runs from another's statutory day. Where the non-working days of the year
    are not known, the moment is the statutory day, unmoved, with the warning "due_day_not_known".
    """
    key = (name, str(period))
    found = law.due_days.get(key)
    if found is None:
        found = law.due_days[key] = _due_day(law, name, period)
    return found


def _due_day(law: LawOn, name: str, period: Period) -> Due:
    try:
        return moved_day(law, name, period)
    except UnknownPeriod:
        return Due(statutory_day(law, name, period), "due_day_not_known")


def moved_day(law: LawOn, name: str, period: Period) -> Due:
    """The statutory day moved past days not worked. Raises `UnknownPeriod` for a year without known days off."""
    statutory = statutory_day(law, name, period)
    day = statutory.value
    moved, settled = _moved(law.book, day)
    shift = law.book.on(law.subject, min(day, law.book.known_until)).cite("base.deadline_shift")
    reasons = tuple(f"{passed.isoformat()} {why}" for passed, why in moved)
    working_day = day + ONE_DAY * len(moved)
    full = law.full_name(name)
    moment = Moment(working_day, DATE, "next_working_day", (statutory,), full, str(period), shift, reasons)
    return Due(moment, None if settled else "due_day_provisional")


def statutory_day(law: LawOn, name: str, period: Period) -> Moment:
    """The day by the letter of the law, not moved to a working day."""
    from dateutil.relativedelta import relativedelta

    deadline = law.deadline(name)
    full = law.full_name(name)
    inputs: tuple[Moment, ...] = ()
    if deadline.days_after:
        beside = f"{full.rpartition('.')[0]}.{deadline.of}"
        inputs = (statutory_day(law, beside, period),)
        day = inputs[0].value + timedelta(days=deadline.days_after)
        detail: tuple[str, ...] = ("days_after", str(deadline.days_after))
    elif deadline.month:
        day = period.first_day.replace(month=deadline.month, day=deadline.day)
        detail = ("day_of_year",)
    else:
        day = period.last_day + ONE_DAY + relativedelta(months=deadline.months_after - 1, day=deadline.day)
        detail = ("day_of_month", str(deadline.day), str(deadline.months_after))
    return Moment(day, DATE, "deadline", inputs, f"{full}.statutory", str(period), law.cite(name), detail)


def _moved(book: RuleBook, day: date) -> tuple[list[tuple[date, str]], bool]:
    passed: list[tuple[date, str]] = []
    while (why := why_not_worked(book, day)) is not None:
        passed.append((day, why))
        day += ONE_DAY
    return passed, book.working_days(day)[1]


def worked_day_from(book: RuleBook, day: date) -> date | None:
    """The day itself if it is worked, else the next that is; None where a year's days off are not known."""
    try:
        moved, _ = _moved(book, day)
    except UnknownPeriod:
        return None
    return day + ONE_DAY * len(moved)


def why_not_worked(book: RuleBook, day: date) -> str | None:
    """Why the day is not worked, "day_off", "saturday" or "sunday"; None for a day that is worked."""
    days, _ = book.working_days(day)
    if day in days.closed:
        return "day_off"
    if day.weekday() >= SATURDAY and day not in days.worked:
        return "saturday" if day.weekday() == SATURDAY else "sunday"
    return None
