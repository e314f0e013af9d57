"""The journal for "Загрузка данных из табличного документа": a workbook or a CSV with headings for people."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from kztax.core.words import harmless
from kztax.explain.phrases import phrases
from kztax.journal import COLUMNS, JournalEntry, cells_of, require_entries
from kztax_1c.words import OneCError

MOST_ROWS = 1_048_575
LEDGER = COLUMNS.index("ledger")
WIDE = {"text": 60, "id": 38}


def workbook_of(entries: list[JournalEntry], locale: str) -> bytes:
    """The journal as XLSX: days are days, sums are numbers to the tiyn, and text is text, whatever it begins with."""
    if len(require_entries(entries)) > MOST_ROWS:
        raise OneCError("too_many_rows", limit=MOST_ROWS)
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "kztax"
    sheet.freeze_panes = "A2"
    for number, (column, heading) in enumerate(zip(COLUMNS, _headings(locale), strict=True), start=1):
        sheet.column_dimensions[get_column_letter(number)].width = WIDE.get(column, 16)
        _fill(sheet.cell(1, number), heading)
        sheet.cell(1, number).font = Font(bold=True)
    for line, entry in enumerate(entries, start=2):
        for number, value in enumerate(_cells(entry, locale), start=1):
            _fill(sheet.cell(line, number), value)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def csv_of(entries: list[JournalEntry], locale: str) -> bytes:
    """The journal as spreadsheets of the region write it: semicolons, decimal commas, days as 31.12.2025."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(_headings(locale))
    for entry in require_entries(entries):
        writer.writerow([_written(cell) for cell in _cells(entry, locale)])
    return text.getvalue().encode("utf-8-sig")


def _headings(locale: str) -> list[str]:
    return [phrases(locale).text(f"journal.column.{column}") for column in COLUMNS]


def _cells(entry: JournalEntry, locale: str) -> list[str | date | Decimal]:
    cells = list(cells_of(entry))
    cells[LEDGER] = phrases(locale).text(f"journal.ledger.{entry.ledger.value}")
    return cells


def _fill(cell: Any, value: str | date | Decimal) -> None:
    cell.value = value
    if isinstance(value, str):
        # A text that begins with "=" would be taken for a formula.
        cell.data_type = "s"
        cell.number_format = "@"
        cell.quotePrefix = True
    elif isinstance(value, Decimal):
        cell.number_format = "#,##0.00"
    else:
        cell.number_format = "dd.mm.yyyy"


def _written(cell: str | date | Decimal) -> str:
    if isinstance(cell, Decimal):
        return str(cell).replace(".", ",")
    return cell.strftime("%d.%m.%Y") if isinstance(cell, date) else harmless(cell)
