"""A file with a header, row by row; what every format needs to turn rows into records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import NamedTuple

from kztax.core.words import Words
from kztax.hooks import LedgerFinding, LedgerRecord, LedgerUnprocessed, LedgerUnreadable, Severity
from kztax_exchanges.cells import Misread, NoZone
from kztax_exchanges.lines import BadLine, Row, Source
from kztax_exchanges.words import said


class Found(NamedTuple):
    """Where a format's header stands in a file: its line, its columns, and what separates them."""

    line: int
    columns: tuple[str, ...]
    separator: str


@dataclass(slots=True)
class Table:
    """The rows below the header."""

    source: Source
    found: Found
    zone: tzinfo | None

    def rows(self) -> Iterator[Row | LedgerRecord]:
        """Rows of the header's width; every other line as the record that says why it is none."""
        header = list(self.found.columns)
        width = len(header)
        last = 0
        for row in self.source.rows(self.found.separator, width):
            if row.line <= self.found.line:
                continue
            last = row.line
            if isinstance(row, BadLine):
                yield LedgerUnprocessed(line=row.line, id=row.id, words=row.words, text=row.text)
            elif len(row.cells) != width:
                yield unprocessed(row, Misread("another_width", cells=len(row.cells), columns=width))
            elif row.cells[0].strip().lower() == header[0].lower() and _names(row.cells) == _names(header):
                yield note("header_again", Severity.INFO, row.line)
            else:
                yield row
        if last and self.source.cut:
            yield note("no_line_end", Severity.INFO, last)

    def each(self, read: Callable[[Row], Iterable[LedgerRecord]]) -> Iterator[LedgerRecord]:
        """Records of a format in which a row stands for itself."""
        for row in self.rows():
            if not isinstance(row, Row):
                yield row
                continue
            try:
                records = list(read(row))
            except Misread as misread:
                yield unprocessed(row, misread)
            except NoZone as error:
                raise LedgerUnreadable(said("zone_wanted"), row.line) from error
            else:
                yield from records

    def place(self, column: str) -> int:
        """Where a column stands."""
        return self.found.columns.index(column)


class Tally:
    """Notes that many lines share: told once, with how many and the first of them."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, Severity], list[int]] = {}

    def add(self, id: str, severity: Severity, line: int) -> None:
        """One more line."""
        self._lines.setdefault((id, severity), []).append(line)

    def notes(self) -> Iterator[LedgerFinding]:
        """One finding a note."""
        for (note_id, severity), lines in self._lines.items():
            named = ", ".join(map(str, lines[:10])) + "…" * (len(lines) > 10)
            yield note(note_id, severity, lines[0], count=len(lines), lines=named)


def unprocessed(row: Row, misread: Misread) -> LedgerUnprocessed:
    """A row kept with the reason why it was not understood."""
    return LedgerUnprocessed(line=row.line, id=misread.id, words=misread.words, text=row.text)


def note(id: str, severity: Severity, line: int | None = None, **blanks: object) -> LedgerFinding:
    """A finding in the plugin's words."""
    words: Words = said(id, **blanks)
    return LedgerFinding(severity=severity, id=id, words=words, line=line)


def header_at(head: Sequence[Row], *headers: tuple[str, ...], separators: str = ",") -> Found | None:
    """The first of the headers that a file begins with, quoted or not, on one of its first lines."""
    for row in head:
        for separator in separators:
            cells = row.cells if separator == "," else _split(row.text, separator)
            for header in headers:
                if _names(cells) == _names(header):
                    return Found(row.line, header, separator)
    return None


def _split(text: str, separator: str) -> list[str]:
    return [cell.strip().strip('"') for cell in text.split(separator)]


def _names(cells: Iterable[str]) -> list[str]:
    return [" ".join(cell.split()).lower() for cell in cells]
