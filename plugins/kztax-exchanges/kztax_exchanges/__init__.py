"""Readers of exchanges' and mining pools' files for kztax. A format knows its files by their header."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

from kztax.hooks import LedgerAnswer, LedgerUnreadable, hookimpl
from kztax_exchanges.format import Format
from kztax_exchanges.formats import binance, binance_spot, bittytax, bybit_funding, bybit_unified, neutral, smp1, taxbit
from kztax_exchanges.lines import Row, Source
from kztax_exchanges.table import Table
from kztax_exchanges.words import said

__version__ = "0.1.0"
KZTAX_INTERFACE = 1

FORMATS: tuple[Format, ...] = (
    binance.FORMAT,
    binance_spot.FORMAT,
    bybit_unified.FORMAT,
    bybit_funding.FORMAT,
    taxbit.FORMAT,
    bittytax.FORMAT,
    smp1.FORMAT,
    neutral.FORMAT,
)


@hookimpl
def kztax_ledger(path: Path, zone: tzinfo | None) -> LedgerAnswer | None:
    """The records of a file whose header is that of a known format; None for any other file."""
    source = Source(path)
    head = source.head()
    for known in FORMATS:
        found = known.recognise(head)
        if found is not None:
            records = known.read(Table(source, found, zone))
            return LedgerAnswer(source=known.name, venue=known.venue, records=records)
    _refuse_saved_again(head)
    return None


def _refuse_saved_again(head: list[Row]) -> None:
    """A spreadsheet that saves an export again changes its separators, and with them numbers and times."""
    for separator in ";\t":
        parted = [row._replace(cells=[cell.strip('" ') for cell in row.text.split(separator)]) for row in head]
        for known in FORMATS:
            found = known.recognise(parted)
            if found is not None:
                raise LedgerUnreadable(said("saved_again", format=known.name), found.line)
