"""Balances that a file states row by row, followed without keeping them: do they lead from one to the next?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from kztax.core.figure import EXACT
from kztax.hooks import LedgerBalance


class Break(NamedTuple):
    """A row whose balance does not follow from its neighbours: a row between them is missing or was changed."""

    line: int
    expected: Decimal
    stated: Decimal


class Span(NamedTuple):
    """What one second's rows lead from and to."""

    at: datetime
    line: int
    opening: Decimal
    closing: Decimal


@dataclass(slots=True)
class Trail:
    """The balances of one asset on one account in one file.

    Exports list the newest row first or last, and rows of one second in any order: what a second leads from and to is
    found from its rows as a set, and seconds are linked in the order of time.
    """

    breaks: list[Break] = field(default_factory=list)
    first: Span | None = None
    last: Span | None = None
    _second: list[LedgerBalance] = field(default_factory=list)
    _before: Span | None = None

    def add(self, balance: LedgerBalance) -> None:
        """The next row of the file."""
        if self._second and balance.at != self._second[0].at:
            self._close_second()
        self._second.append(balance)

    def finish(self) -> None:
        """The file has ended: its last second is whole."""
        self._close_second()

    def _close_second(self) -> None:
        rows = {(row.change, row.after): row for row in self._second}.values()
        at, line = self._second[0].at, self._second[0].line
        self._second = []
        span = self._span(at, line, list(rows))
        before = self._before
        if before is not None:
            earlier, later = (before, span) if at > before.at else (span, before)
            if earlier.closing != later.opening:
                self.breaks.append(Break(line, earlier.closing, later.opening))
        if self.first is None or at < self.first.at:
            self.first = span
        if self.last is None or at > self.last.at:
            self.last = span
        self._before = span

    def _span(self, at: datetime, line: int, rows: list[LedgerBalance]) -> Span:
        if len(rows) == 1:
            return Span(at, line, EXACT.subtract(rows[0].after, rows[0].change), rows[0].after)
        openings = Counter(EXACT.subtract(row.after, row.change) for row in rows)
        closings = Counter(row.after for row in rows)
        from_outside, to_outside = list((openings - closings).elements()), list((closings - openings).elements())
        if not from_outside:
            # The rows lead back to where they began.
            start = next(iter(openings))
            if self._before is not None:
                linked = self._before.closing if at > self._before.at else self._before.opening
                start = linked if linked in openings else start
            return Span(at, line, start, start)
        if len(from_outside) > 1:
            self.breaks.append(Break(line, to_outside[0], from_outside[1]))
        return Span(at, line, from_outside[0], to_outside[-1])
