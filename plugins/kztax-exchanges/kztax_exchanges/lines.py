"""Bytes to numbered rows of cells, one line in memory at a time. What is not a row is named, never passed over."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from kztax.core.words import Words
from kztax_exchanges.words import said

LONGEST_LINE = 64 * 1024
MOST_LINES_QUOTED = 50
BOM = b"\xef\xbb\xbf"
HEADER_AMONG = 12
BLANK = " \t\r"
"""What a line without content is made of; stranger signs are content, and named."""


class Row(NamedTuple):
    """A line as cells; `text` is the line itself."""

    line: int
    cells: list[str]
    text: str


class BadLine(NamedTuple):
    """A line that is no row of cells, and why."""

    line: int
    id: str
    words: Words
    text: str


class Source:
    """A file of separated values. `head()` looks at its first rows; `rows()` goes through all of them.

    `cut` says, once all were drawn, that the file does not end with a line's end.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cut = False

    def head(self) -> list[Row]:
        """The first rows, as a format recognises itself by them; bad lines are left for the reading."""
        with self.path.open("rb") as file:
            return [_first_cells(line) for line in islice(self._lines(file), HEADER_AMONG) if isinstance(line, Row)]

    def rows(self, separator: str, width: int) -> Iterator[Row | BadLine]:
        """Every line that is not blank. A row over several lines counts only if it has `width` cells."""
        with self.path.open("rb") as file:
            lines = self._lines(file)
            pending: list[Row | BadLine] = []
            while True:
                line = pending.pop(0) if pending else next(lines, None)
                if line is None:
                    return
                if isinstance(line, BadLine):
                    yield line
                elif '"' not in line.text:
                    yield line._replace(cells=line.text.split(separator))
                elif line.text.count('"') % 2 == 0:
                    yield _quoted(line, separator)
                else:
                    # A quoted cell may hold line ends. If none closes it soon, only the line that opened it is bad.
                    joined, taken = _closed(line, lines, pending)
                    row = joined and _quoted(joined, separator)
                    if isinstance(row, Row) and len(row.cells) == width and not _rows_within(taken, separator, width):
                        yield row
                    else:
                        pending[:0] = taken
                        yield _bad(line.line, "unclosed_quote", line.text)

    def _lines(self, file: BinaryIO) -> Iterator[Row | BadLine]:
        number = 0
        while raw := file.readline(LONGEST_LINE + 1):
            number += 1
            if number == 1:
                raw = raw.removeprefix(BOM)
            self.cut = not raw.endswith(b"\n")
            if len(raw) > LONGEST_LINE and self.cut:
                start = raw[:200].decode("utf-8", "replace")
                while len(raw) > LONGEST_LINE and not raw.endswith(b"\n"):
                    raw = file.readline(LONGEST_LINE + 1)
                self.cut = not raw.endswith(b"\n")
                yield _bad(number, "huge_line", start, kilobytes=LONGEST_LINE // 1024)
                continue
            if b"\0" in raw:
                yield _bad(number, "nul_byte", raw.decode("utf-8", "backslashreplace").rstrip("\r\n"))
                continue
            try:
                text = raw.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                yield _bad(number, "not_utf8", raw.decode("utf-8", "backslashreplace"), position=error.start + 1)
                continue
            if text.strip(BLANK):
                yield Row(number, [], text)


def _closed(
    opened: Row, lines: Iterator[Row | BadLine], pending: list[Row | BadLine]
) -> tuple[Row | None, list[Row | BadLine]]:
    taken: list[Row | BadLine] = []
    text = opened.text
    while len(taken) < MOST_LINES_QUOTED and len(text) <= LONGEST_LINE:
        following = pending.pop(0) if pending else next(lines, None)
        if following is None:
            break
        taken.append(following)
        if isinstance(following, BadLine):
            break
        text = f"{text}\n{following.text}"
        if text.count('"') % 2 == 0:
            return Row(opened.line, [], text), taken
    return None, taken


def _rows_within(taken: list[Row | BadLine], separator: str, width: int) -> bool:
    """Whether a quoted cell would swallow what looks like rows: then its quotation marks are strays."""
    return any(line.text.count(separator) == width - 1 for line in taken)


def _first_cells(line: Row) -> Row:
    if '"' not in line.text:
        return line._replace(cells=line.text.split(","))
    row = _quoted(line, ",")
    return row if isinstance(row, Row) else line


def _quoted(row: Row, separator: str) -> Row | BadLine:
    try:
        # Only a line feed ends a line here; str.splitlines would end it at other signs too.
        cells = next(csv.reader([f"{part}\n" for part in row.text.split("\n")], delimiter=separator, strict=True))
    except (csv.Error, StopIteration):
        return _bad(row.line, "not_cells", row.text)
    return row._replace(cells=cells)


def _bad(line: int, id: str, text: str, **blanks: object) -> BadLine:
    return BadLine(line, id, said(id, **blanks), text)
