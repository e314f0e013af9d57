"""Published tables, read cell by cell: a column is known by its heading or by the caller's word, never guessed.

A cell that does not fit is `UnreadableInput` whose path is the file, the row as a spreadsheet counts it, the column.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kztax.core.errors import InvalidFacts, UnreadableInput
from kztax.core.facts import EARLIEST_DAY, LATEST_DAY

MOST_ROWS = 500_000
LARGEST_BYTES = 50_000_000
DELIMITERS = (",", ";", "\t")
_NUMBER = re.compile(r"(\d{1,30})(\.\d{1,18})?", re.ASCII)
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_LOCAL_DAY = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})", re.ASCII)
_SPACES = str.maketrans("\xa0\u202f", "  ")
SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class Row:
    """One row: its cells by what they hold."""

    file: str
    number: int
    cells: Mapping[str, str]
    headings: Mapping[str, str]
    decimal_comma: bool

    def text(self, column: str) -> str:
        """The words of a cell that must not be empty."""
        words = self.cells.get(column, "")
        if not words or not words.isprintable():
            raise self.fault(column, "table_cell_empty" if not words else "table_cell_text")
        return words

    def day(self, column: str) -> date:
        """A day, 2026-03-13 or 13.03.2026."""
        words = self.text(column)
        if found := _ISO_DAY.fullmatch(words):
            year, month, day = found.groups()
        elif found := _LOCAL_DAY.fullmatch(words):
            day, month, year = found.groups()
        else:
            raise self.fault(column, "table_cell_day")
        try:
            read = date(int(year), int(month), int(day))
        except ValueError:
            raise self.fault(column, "table_cell_day") from None
        if not EARLIEST_DAY <= read <= LATEST_DAY:
            raise self.fault(column, "table_cell_day")
        return read

    def amount(self, column: str) -> Decimal:
        """A number above zero. A comma is a decimal sign only where the caller said so: `1,234` could be either."""
        words = self.text(column).replace(" ", "")
        if self.decimal_comma:
            if "." in words:
                raise self.fault(column, "table_cell_point")
            words = words.replace(",", ".", 1)
        if _NUMBER.fullmatch(words) is None:
            ambiguous = "," in words and not self.decimal_comma
            raise self.fault(column, "table_cell_comma" if ambiguous else "table_cell_number")
        number = Decimal(words)
        if number == 0:
            raise self.fault(column, "table_cell_zero")
        return number

    def fault(self, column: str, reason: str, **detail: str) -> UnreadableInput:
        """The error that names the cell and what stands in it."""
        given = self.cells.get(column, "")[:SHOWN_CHARACTERS]
        shown = "".join(sign if sign.isprintable() else " " for sign in given)
        return UnreadableInput(
            reason, path=(self.file, self.number, self.headings.get(column, column)), given=shown, **detail
        )


def csv_cells(content: bytes, file: str, encoding: str = "utf-8") -> Iterator[list[str]]:
    """The cells of a CSV text, row by row, parted as its first row is: by commas, semicolons or tabs.

    A row with more cells than the first is refused: in a file parted by commas `497,35` would be read as 497.
    """
    try:
        text = content.decode(encoding).removeprefix("\ufeff")
    except LookupError:
        raise InvalidFacts("encoding_unknown", path=("--encoding",), given=encoding) from None
    except UnicodeDecodeError as error:
        raise UnreadableInput("table_encoding", path=(file,), encoding=encoding, position=error.start) from error
    first, _, _ = text.partition("\n")
    delimiter = max(DELIMITERS, key=first.count)
    columns = 0
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 1):
            columns = columns or len(row)
            if any(cell.strip() for cell in row[columns:]):
                raise UnreadableInput("table_row_too_wide", path=(file, number), cells=len(row), columns=columns)
            yield row
    except csv.Error as error:
        raise UnreadableInput("table_unreadable", path=(file,), problem=str(error)) from error


def table(
    cells: Iterable[Sequence[str]],
    file: str,
    *,
    required: Sequence[str],
    optional: Sequence[str] = (),
    renamed: Mapping[str, str] | None = None,
    decimal_comma: bool = False,
) -> Iterator[Row]:
    """The rows below the headings. `renamed` says under which heading a column stands: `{"value": "Стоимость"}`.

    Headings are compared without regard to case. Empty rows are passed; a table without any row is refused.
    """
    rows = iter(cells)
    headings = [heading.strip() for heading in next(rows, [])]
    places = _places(headings, file, required, optional, renamed or {})
    named = {column: headings[place] for column, place in places.items()}
    count = 0
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        count += 1
        if count > MOST_ROWS:
            raise UnreadableInput("table_too_long", path=(file,), limit=MOST_ROWS)
        found = {column: _words(row[place]) if place < len(row) else "" for column, place in places.items()}
        yield Row(file, number, found, named, decimal_comma)
    if not count:
        raise UnreadableInput("table_empty", path=(file,))


def renamed_columns(given: Iterable[str]) -> dict[str, str]:
    """`column=HEADING` pairs as a command line states them."""
    pairs = [pair.partition("=") for pair in given]
    for column, equals, heading in pairs:
        if not (column and equals and heading):
            raise InvalidFacts("column_syntax", path=("--column",), given=f"{column}{equals}{heading}")
    return {column: heading for column, _, heading in pairs}


def _words(cell: str) -> str:
    return cell.translate(_SPACES).strip()


def _places(
    headings: list[str], file: str, required: Sequence[str], optional: Sequence[str], renamed: Mapping[str, str]
) -> dict[str, int]:
    for column in renamed:
        if column not in (*required, *optional):
            known = ", ".join([*required, *optional])
            raise InvalidFacts("column_unknown", path=("--column",), given=column, known=known)
    folded = [heading.casefold() for heading in headings]
    places: dict[str, int] = {}
    for column in (*required, *optional):
        wanted = renamed.get(column, column)
        count = folded.count(wanted.casefold())
        if count > 1:
            raise UnreadableInput("table_column_twice", path=(file, 1), column=wanted)
        if count == 1:
            places[column] = folded.index(wanted.casefold())
        elif column in required or column in renamed:
            found = ", ".join(headings)[:300]
            raise UnreadableInput("table_column_missing", path=(file, 1), column=wanted, found=found)
    return places
