"""Kazakhstan's calendar day of an instant: the offset from UTC is law, and changes with it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import NamedTuple

from kztax.core.law import RuleBook

ENTRY = "base.clock"


def in_utc(moment: datetime) -> datetime:
    """The instant as naive time in UTC: such instants are compared at a tenth of the price of aware ones."""
    return moment.astimezone(UTC).replace(tzinfo=None)


class Offset(NamedTuple):
    """So far ahead of UTC, from a day on; `since` is the instant at which the clocks were set."""

    first: date
    since: datetime
    ahead: timedelta


class Clock:
    """The clock of the rule book. Instants are naive and in UTC.

    The hour that the clocks repeat belongs to the day before: at 23:30 by the new clock on 29 February 2024 it is
    still February. Before the first entry the first offset counts.
    """

    def __init__(self, book: RuleBook) -> None:
        offsets: list[Offset] = []
        for item in book.entry(ENTRY).items:
            ahead = timedelta(hours=int(str(item.value)))
            before = offsets[-1].ahead if offsets else ahead
            offsets.append(Offset(item.first, datetime.combine(item.first, time.min) - before, ahead))
        self._latest_first = offsets[::-1]

    def day(self, instant: datetime) -> date:
        """The day it is in Kazakhstan."""
        return (instant + self._ahead(instant)).date()

    def local(self, instant: datetime) -> datetime:
        """The instant as the clocks in Kazakhstan show it, with its offset."""
        return instant.replace(tzinfo=UTC).astimezone(timezone(self._ahead(instant)))

    def _ahead(self, instant: datetime) -> timedelta:
        for offset in self._latest_first:
            if offset.since <= instant:
                return offset.ahead
        return self._latest_first[-1].ahead

    def begins(self, day: date) -> datetime:
        """The instant at which a day begins."""
        ahead = next(
            (offset.ahead for offset in self._latest_first if offset.first <= day), self._latest_first[-1].ahead
        )
        return datetime.combine(day, time.min) - ahead
