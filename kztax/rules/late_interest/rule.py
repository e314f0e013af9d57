"""Late interest: amount times base rate times multiple, for each day late at what is in force on that day."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from kztax.core.errors import UnknownLaw
from kztax.core.figure import Figure, total
from kztax.core.law import LawOn
from kztax.core.period import ONE_DAY
from kztax.core.units import KZT
from kztax.core.working import Working
from kztax.rules.late_interest.facts import LateInterestFacts, LateInterestOutcome

NAME = "late_interest"
BASE_RATE = "base.base_rate"
DAYS_OF_YEAR, DAYS_OF_LEAP_YEAR = Decimal(365), Decimal(366)


class Terms(NamedTuple):
    """What the interest of a day is made of, beside the amount."""

    law: LawOn
    base_rate: Figure
    multiple: Figure
    year_days: Figure

    @property
    def values(self) -> tuple[Decimal, ...]:
        """Days with the same ones are one interval, under whichever Code they fall."""
        return (self.base_rate.value, self.multiple.value, self.year_days.value)


class Interval(NamedTuple):
    """Days in a row on the same terms."""

    first: date
    last: date
    terms: Terms

    @property
    def about(self) -> str:
        """What tells its steps from those of others."""
        return f"{self.first.isoformat()}…{self.last.isoformat()}"


def late_interest(facts: LateInterestFacts, working: Working) -> LateInterestOutcome:
    """Interest from the day after the due day to the day of payment (Tax Code 2017, 117(2)(2); Tax Code 2025, 5 2))."""
    amount = working.stated(facts.amount, KZT, f"{NAME}.amount")
    intervals = list(_intervals(facts, working))
    days = [_days(interval) for interval in intervals]
    interests = [_interest(amount, *pair) for pair in zip(intervals, days, strict=True)]
    law = working.law(facts.paid_on)
    interest = total(interests, KZT).named(f"{NAME}.accrued", citation=law.cite("days"))
    _note(facts, working, law)
    return working.outcome(
        LateInterestOutcome,
        days=total(days, "day").named(f"{NAME}.days"),
        intervals=[
            {
                "from": first,
                "to": last,
                "base_rate": terms.base_rate,
                "multiple": terms.multiple,
                "days": count,
                "interest": of_interval,
            }
            for (first, last, terms), count, of_interval in zip(intervals, days, interests, strict=True)
        ],
        interest=working.paid(interest, law).named(f"{NAME}.interest"),
    )


def _days(interval: Interval) -> Figure:
    count = Decimal((interval.last - interval.first).days + 1)
    detail = (interval.first.isoformat(), interval.last.isoformat())
    cite = interval.terms.law.cite("days")
    return Figure(count, "day", "days_counted", (), f"{NAME}.interval_days", interval.about, cite, detail)


def _interest(amount: Figure, interval: Interval, days: Figure) -> Figure:
    terms = interval.terms
    interest = amount * terms.base_rate * terms.multiple * days / terms.year_days
    return interest.named(f"{NAME}.interval_interest", interval.about)


def _intervals(facts: LateInterestFacts, working: Working) -> Iterator[Interval]:
    first, last = facts.due + ONE_DAY, facts.paid_on
    if first > last:
        return
    stated = None if facts.multiple is None else Figure(facts.multiple, "1", "fact", (), f"{NAME}.multiple_stated")
    by_calendar = _leap(first, last) and working.reading("year_days", last) == "actual"
    starts = set(working.book.changes([BASE_RATE, *(f"{NAME}.{name}" for name in _multiples(facts))], first, last))
    if by_calendar:
        starts |= {date(year, 1, 1) for year in range(first.year + 1, last.year + 1)}
    terms = [(start, _terms(facts, working, start, stated, by_calendar)) for start in sorted(starts)]
    groups = [next(group) for _, group in groupby(terms, key=lambda pair: pair[1].values)]
    ends = [start - ONE_DAY for start, _ in groups[1:]]
    for (start, of_days), end in zip(groups, [*ends, last], strict=True):
        yield Interval(start, end, of_days)


def _terms(facts: LateInterestFacts, working: Working, day: date, stated: Figure | None, by_calendar: bool) -> Terms:
    """What is in force on a day. Days of two Codes may be one interval: both are cited."""
    law = working.law(day)
    base_rate = _base_rate(facts, working, law)
    working.cite(law.cite("days"))
    multiple = stated
    if multiple is None:
        multiple = _figure(working, law, next(name for name in _multiples(facts) if law.has(name)))
        working.cite(law.cite(multiple.name))
    year_days = _figure(working, law, "year_days")
    if by_calendar:
        days = DAYS_OF_LEAP_YEAR if isleap(day.year) else DAYS_OF_YEAR
        year_days = Figure(days, "day", "constant", (), f"{NAME}.days_of_year")
    return Terms(law, base_rate, multiple, year_days)


def _figure(working: Working, law: LawOn, name: str) -> Figure:
    """The day's number, one and the same figure for all days on which that item of the law is in force."""
    return working.law(law.cite(name).in_force_from).figure(name)


def _base_rate(facts: LateInterestFacts, working: Working, law: LawOn) -> Figure:
    try:
        return _figure(working, law, BASE_RATE)
    except UnknownLaw as unknown:
        item = next(item for item in working.book.entry(BASE_RATE).items if item.covers(law.day))
        last = min(item.last or facts.paid_on, facts.paid_on)
        gap = {"first": law.day.isoformat(), "last": last.isoformat()}
        raise UnknownLaw("base_rate_not_known", path=("paid_on",), **gap) from unknown


def _multiples(facts: LateInterestFacts) -> tuple[str, ...]:
    """The entries that may hold a day's multiple, the more special one first."""
    ground = facts.reduced_multiple_ground
    return (f"multiple.{ground}", "multiple.standard") if ground else ("multiple.standard",)


def _leap(first: date, last: date) -> bool:
    """Whether a day lies in a leap year: only there do the days of the year make a difference."""
    return any(isleap(year) for year in range(first.year, last.year + 1))


def _note(facts: LateInterestFacts, working: Working, law: LawOn) -> None:
    if facts.paid_on <= facts.due:
        working.note(f"{NAME}.paid_in_time", due=facts.due)
        return
    worked = working.worked_day_from(facts.due)
    if worked not in (None, facts.due):
        working.note(f"{NAME}.due_day_not_worked", due=facts.due, worked=worked)
    if facts.multiple is not None:
        working.note(f"{NAME}.multiple_stated", multiple=facts.multiple, standard=law.figure("multiple.standard").value)
    ground = facts.reduced_multiple_ground
    first_and_last = (facts.due + ONE_DAY, facts.paid_on)
    if ground is not None and not all(working.law(day).has(f"multiple.{ground}") for day in first_and_last):
        working.note(f"{NAME}.ends_or_begins_with_the_code.{ground}")
    working.note(f"{NAME}.not_accrued")
    working.cite(law.cite("not_accrued"))
