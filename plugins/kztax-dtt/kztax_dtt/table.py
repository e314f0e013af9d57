"""The file of limits: read once, checked whole, every fault by its line and field."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from pydantic import ValidationError

from kztax.core.assessment import plain
from kztax.core.errors import InvalidFacts, PluginRefusal, UnreadableInput
from kztax.core.invalid import invalid_facts
from kztax_dtt.limits import Limit

LARGEST_BYTES = 4_000_000
MOST_SHOWN = 3
_HEADING = re.compile(r"\s*\[\[\s*limit\s*\]\]\s*(#.*)?")
_ANY_HEADING = re.compile(r"\s*\[")


class TreatyFileError(PluginRefusal):
    """The file of limits contradicts itself, or is not made of `[[limit]]` tables."""

    WORDS: ClassVar = {
        "conflict": {
            "en": "lines {one} and {other} limit {income} of {country} on the same days to {rate} and {other_rate}: "
            "give one a priority, or shorter days",
            "ru": "строки {one} и {other} ограничивают {income} ({country}) в одни и те же дни ставками {rate} и "
            "{other_rate}: укажите для одной приоритет или более короткий срок",
            "kk": "{one} және {other} жолдары {country} елінің {income} табысын бір күндерде {rate} және {other_rate} "
            "мөлшерлемелерімен шектейді: біріне басымдық беріңіз немесе мерзімін қысқартыңыз",
        },
        "days_reversed": {
            "en": "ends before it begins",
            "ru": "срок кончается раньше, чем начинается",
            "kk": "мерзімі басталмай тұрып аяқталады",
        },
        "not_limits": {
            "en": "write each limit as a table of its own under a line [[limit]], and nothing beside them",
            "ru": "каждое ограничение пишется отдельной таблицей под строкой [[limit]], и ничего кроме них",
            "kk": "әр шектеу [[limit]] жолының астында бөлек кесте болып жазылады, олардан басқа ештеңе болмайды",
        },
    }


class Row(NamedTuple):
    """A limit and the line on which it begins."""

    limit: Limit
    line: int


class TreatyTable(NamedTuple):
    """A file's limits, its name, and the digest of its bytes, by which an audit finds the very file again."""

    file: str
    digest: str
    rows: tuple[Row, ...]

    def best(self, country: str, income: str, on: date) -> tuple[Row, Sequence[Row]] | None:
        """The limit of a day and those it goes before; None where the file has none."""
        found = sorted(
            (row for row in self.rows if (row.limit.country, row.limit.income) == (country, income)),
            key=lambda row: row.limit.rank,
        )
        valid = [row for row in found if row.limit.covers(on)]
        return (valid[0], valid[1:]) if valid else None

    def trail(self, row: Row, passed: Sequence[Row]) -> str:
        """From where a limit is: source, article, days, file and line, and the rows that it goes before."""
        limit = row.limit
        cited = f"{limit.source}, {limit.article}" if limit.article else limit.source
        days = f" [{limit.valid_from or ''}…{limit.valid_to or ''}]" if limit.valid_from or limit.valid_to else ""
        before = "".join(
            f" › {self.file}:{other.line} ({plain(other.limit.rate)})" for other in passed[:MOST_SHOWN]
        ) + " › …" * (len(passed) > MOST_SHOWN)
        return f"{cited}{days} ({self.file}:{row.line}{before}; SHA-256 {self.digest[:12]})"


def read_table(path: str | Path) -> TreatyTable:
    """The limits in a TOML file.

    Raises `UnreadableInput` for a file that cannot be read or is no TOML, `InvalidFacts` whose path is file and line,
    then the field, `TreatyFileError` for rows that contradict each other.
    """
    file = Path(path)
    content = _content(file)
    try:
        text = content.decode("utf-8")
        found = tomllib.loads(text, parse_float=Decimal)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnreadableInput("not_toml", path=(file.name,), problem=str(error)) from error
    rows = tuple(_rows(found, text, file.name))
    _check_conflicts(rows, file.name)
    return TreatyTable(file.name, hashlib.sha256(content).hexdigest(), rows)


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise UnreadableInput("cannot_read", path=(str(file),), problem=error.strerror or str(error)) from error
    if len(content) > LARGEST_BYTES:
        raise UnreadableInput("file_too_large", path=(str(file),), limit=LARGEST_BYTES)
    return content


def _rows(found: dict[str, Any], text: str, name: str) -> Iterator[Row]:
    stated = found.get("limit", [])
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines, start=1) if _HEADING.fullmatch(line)]
    if set(found) - {"limit"} or not isinstance(stated, list) or len(stated) != len(starts) or not stated:
        raise TreatyFileError("not_limits", path=(name,))
    for row, start in zip(stated, starts, strict=True):
        try:
            limit = Limit.model_validate(row)
        except ValidationError as error:
            raise _located(invalid_facts(error), lines, start, name) from error
        if limit.valid_from and limit.valid_to and limit.valid_to < limit.valid_from:
            where = _line_of("valid_to", lines, start)
            raise TreatyFileError("days_reversed", path=(f"{name}:{where}", "valid_to"))
        yield Row(limit, start)


def _located(error: InvalidFacts, lines: list[str], start: int, name: str) -> InvalidFacts:
    for each in (error, *error.others):
        field = str(each.path[0]) if each.path else ""
        each.path = (f"{name}:{_line_of(field, lines, start)}", *each.path)
    return error


def _line_of(field: str, lines: list[str], start: int) -> int:
    """The line of a field, or of the table's heading where the field is missing."""
    for number, line in enumerate(lines[start:], start=start + 1):
        if _ANY_HEADING.match(line):
            break
        if line.partition("=")[0].strip().strip("\"'") == field:
            return number
    return start


def _check_conflicts(rows: Sequence[Row], name: str) -> None:
    for one, other in combinations(rows, 2):
        a, b = one.limit, other.limit
        alike = (a.country, a.income, a.rank) == (b.country, b.income, b.rank)
        if alike and a.rate != b.rate and a.overlaps(b):
            raise TreatyFileError(
                "conflict",
                path=(f"{name}:{other.line}", "rate"),
                one=one.line,
                other=other.line,
                country=a.country,
                income=a.income.value,
                rate=plain(a.rate),
                other_rate=plain(b.rate),
            )
