"""Rates from files: a document of the feed that was saved, or a table."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from kztax.core.errors import InvalidFacts
from kztax.store import Observation
from kztax.tables import Row, csv_cells, table
from kztax_nbk.feed import QUANTITIES, document

KINDS = ("official", "market", "yearly_mean")
COLUMNS = ("currency", "rate")
OPTIONAL = ("day", "year", "units", "kind")
_CODE = re.compile(r"[A-Z]{3}", re.ASCII)


@dataclass(frozen=True)
class HowToRead:
    """What a table does not say of itself: its kind of rate, who published it and when, how it is written."""

    source: str | None = None
    published_on: date | None = None
    kind: str | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    decimal_comma: bool = False


def observations_in(content: bytes, file: str, how: HowToRead) -> list[Observation]:
    """The rates in a file: XML is a document of the feed, anything else a table with headings."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        found = document(content, file)
        return found.observations(how.source or f"document of the National Bank's feed, file {Path(file).name}")
    if not how.source:
        raise InvalidFacts("source_missing", path=("--source",))
    return list(_of_table(content, file, how, how.source))


def _of_table(content: bytes, file: str, how: HowToRead, source: str) -> Iterator[Observation]:
    digest = hashlib.sha256(content).hexdigest()
    cells = csv_cells(content, file, how.encoding)
    rows = table(cells, file, required=COLUMNS, optional=OPTIONAL, renamed=how.renamed, decimal_comma=how.decimal_comma)
    for row in rows:
        currency = row.text("currency")
        if _CODE.fullmatch(currency) is None:
            raise row.fault("currency", "not_a_currency")
        kind = _kind(row, how.kind)
        rate = row.amount("rate") / int(_units(row))
        yield Observation(
            f"rate.{kind}", currency, _stands_on(row, kind), rate, "KZT", source, how.published_on, digest
        )


def _kind(row: Row, stated: str | None) -> str:
    kind = row.cells.get("kind") or stated
    if not kind:
        raise InvalidFacts("kind_of_rate_missing", path=("--kind",), known=", ".join(KINDS))
    if kind not in KINDS:
        raise row.fault("kind", "table_cell_choice", known=", ".join(KINDS))
    return kind


def _units(row: Row) -> str:
    units = row.cells.get("units") or "1"
    if units not in QUANTITIES:
        raise row.fault("units", "table_cell_choice", known=", ".join(QUANTITIES))
    return units


def _stands_on(row: Row, kind: str) -> date:
    """The day of a rate; the last of the year for a yearly mean."""
    stated = bool(row.cells.get("day")), bool(row.cells.get("year"))
    if kind != "yearly_mean":
        if stated != (True, False):
            raise row.fault("day", "table_day_or_year")
        return row.day("day")
    if stated != (False, True):
        raise row.fault("year", "table_day_or_year")
    year = row.text("year")
    if re.fullmatch(r"(19|20)\d{2}", year, re.ASCII) is None:
        raise row.fault("year", "table_cell_day")
    return date(int(year), 12, 31)
