"""The journal as a table: the columns that spreadsheets and loaders take, and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from kztax.core.words import harmless
from kztax.journal.accounts import Side
from kztax.journal.entries import JournalEntry, require_entries

SUBCONTOS = 3
COLUMNS = (
    "date",
    "ledger",
    "debit",
    *(f"debit_subconto_{number}" for number in range(1, SUBCONTOS + 1)),
    "credit",
    *(f"credit_subconto_{number}" for number in range(1, SUBCONTOS + 1)),
    "amount_kzt",
    "text",
    "tax_code",
    "budget_code",
    "kind",
    "period",
    "id",
)


def cells_of(entry: JournalEntry) -> tuple[str | date | Decimal, ...]:
    """An entry's cells, in the order of `COLUMNS`."""
    return (
        entry.on,
        entry.ledger.value,
        *_side(entry.debit),
        *_side(entry.credit),
        entry.amount,
        entry.text,
        entry.tax_code,
        entry.budget_code,
        entry.kind,
        entry.period,
        str(entry.id),
    )


def csv_of(entries: list[JournalEntry]) -> bytes:
    """The journal as CSV: UTF-8 with a byte order mark, by which spreadsheets know Cyrillic, a line per entry.

    Raises `NothingPayable` for no entries. A cell that a spreadsheet would compute is preceded by an apostrophe.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_written(cells_of(entry)) for entry in require_entries(entries))
    return text.getvalue().encode("utf-8-sig")


def _side(side: Side) -> Sequence[str]:
    kept = [f"{kind}: {value}" for kind, value in side.subconto.items()]
    return (side.account, *kept, *[""] * (SUBCONTOS - len(kept)))


def _written(cells: Iterable[str | date | Decimal]) -> list[str]:
    return [harmless(cell) if isinstance(cell, str) else str(cell) for cell in cells]
