"""What the law states, as data: acts, dated entries, and places that can be read in more than one way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from kztax.core.citation import Citation, Evidence
from kztax.core.errors import InvalidFacts


class Act(NamedTuple):
    """A law, code or order: what it is called and where it is published; number and date only where they were seen."""

    id: str
    number: str | None
    adopted: date | None
    titles: Mapping[str, str]
    in_force_from: date
    in_force_to: date | None
    url: str


class Deadline(NamedTuple):
    """`day` of the month `months_after` the period's last one (0: that month itself); or `day` of `month` of the
    period's own year; or `days_after` the statutory day of entry `of`, which stands beside it.
    """

    months_after: int = 0
    day: int = 0
    month: int = 0
    days_after: int = 0
    of: str = ""


class WorkingDays(NamedTuple):
    """A year's days off beside Saturdays and Sundays, and the weekend days that are worked."""

    closed: frozenset[date]
    worked: frozenset[date]


class StepRow(NamedTuple):
    """One row of a table as the law states it; `up_to` is None in the last one."""

    up_to: Decimal | None
    rate: Decimal


Value = Decimal | str | Deadline | WorkingDays | tuple[StepRow, ...] | None


class DatedItem(NamedTuple):
    """One value of an entry and the days on which it is in force; `source` is where it was found, if not in the act."""

    first: date
    last: date | None
    value: Value
    act: str
    article: str
    evidence: Evidence
    amended_by: str | None = None
    edition: str | None = None
    doubt: str | None = None
    supply: str | None = None
    absent: str | None = None
    source: str | None = None
    overlay: str | None = None

    def covers(self, on: date) -> bool:
        """Whether the item is in force on the day."""
        return self.first <= on and (self.last is None or on <= self.last)


class Entry(NamedTuple):
    """A named value of the law with its unit and its history. `step_unit` is the unit of a table's limits."""

    name: str
    unit: str
    items: tuple[DatedItem, ...]
    step_unit: str | None = None


class DatedValue(NamedTuple):
    """What the rule book answers for a day."""

    name: str
    unit: str
    value: Value
    citation: Citation


class Reading(NamedTuple):
    """A place where the law can honestly be read in more than one way. The first choice is the default."""

    id: str
    first: date
    last: date | None
    choices: tuple[str, ...]
    cites: tuple[tuple[str, str], ...]
    doubt: str

    @property
    def default(self) -> str:
        """The reading used where the caller chooses none."""
        return self.choices[0]

    def choice(self, name: str) -> str:
        """The name, if it is one of the choices; `InvalidFacts` names those there are."""
        if name not in self.choices:
            raise InvalidFacts("unknown_choice", reading=self.id, choice=name, choices=", ".join(self.choices))
        return name
