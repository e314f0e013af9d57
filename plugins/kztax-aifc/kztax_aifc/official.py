"""Published tables of values: which column holds what, who published the table and when."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from kztax.core.errors import InvalidFacts
from kztax.store import Observation
from kztax.tables import Row, csv_cells, table
from kztax_aifc.markets import ticker
from kztax_aifc.workbook import is_workbook, workbook_cells

OFFICIAL = "value.official"
COINMARKETCAP = "value.coinmarketcap"
KINDS = {"official": OFFICIAL, "coinmarketcap": COINMARKETCAP}
COLUMNS = ("asset", "day", "value")
OPTIONAL = ("currency",)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


@dataclass(frozen=True)
class HowToRead:
    """What a table does not say of itself: who published it and when, in which currency, how it is written."""

    source: str
    published_on: date
    kind: str = OFFICIAL
    currency: str | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    decimal_comma: bool = False
    sheet: str | None = None


def observations_in(content: bytes, file: str, how: HowToRead) -> Iterator[Observation]:
    """The values in a table, CSV or XLSX: one asset on one day a row.

    The orders prescribe no columns and no currency, so headings and currency are the caller's to say.
    """
    digest = hashlib.sha256(content).hexdigest()
    if is_workbook(content):
        cells = workbook_cells(content, file, how.sheet, "," if how.decimal_comma else ".")
    else:
        cells = csv_cells(content, file, how.encoding)
    rows = table(cells, file, required=COLUMNS, optional=OPTIONAL, renamed=how.renamed, decimal_comma=how.decimal_comma)
    for row in rows:
        day = row.day("day")
        if day > how.published_on:
            raise row.fault("day", "published_before_day", published=how.published_on.isoformat())
        yield Observation(
            how.kind, _asset(row), day, row.amount("value"), _currency(row, how), how.source, how.published_on, digest
        )


def _asset(row: Row) -> str:
    try:
        return ticker(row.text("asset"))
    except InvalidFacts:
        raise row.fault("asset", "not_an_asset") from None


def _currency(row: Row, how: HowToRead) -> str:
    currency = row.cells.get("currency") or how.currency
    if not currency:
        raise InvalidFacts("currency_of_table_missing", path=("--currency",))
    if _CURRENCY.fullmatch(currency) is None:
        raise (
            row.fault("currency", "not_a_currency")
            if row.cells.get("currency")
            else InvalidFacts("not_a_currency", path=("--currency",), given=currency)
        )
    return currency
