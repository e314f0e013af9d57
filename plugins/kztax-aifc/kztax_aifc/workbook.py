"""A table in a workbook (XLSX): values only, nothing run, nothing followed, no bomb unpacked."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from kztax.core.errors import UnreadableInput
from kztax.fetching import printable

BEGINS = b"PK\x03\x04"
MOST_PARTS = 2000
LARGEST_UNPACKED = 300_000_000
MOST_COLUMNS = 200


def is_workbook(content: bytes) -> bool:
    """Whether bytes are a ZIP archive, as a workbook is."""
    return content.startswith(BEGINS)


def workbook_cells(content: bytes, file: str, sheet: str | None = None, sign: str = ".") -> Iterator[list[str]]:
    """The cells of a sheet, row by row; of the first sheet where none is named.

    A number is read with the fifteen digits that a spreadsheet keeps and written with the decimal `sign` that the
    table's words have, a formula as the result that was stored with it.
    """
    import openpyxl

    if not openpyxl.DEFUSEDXML:
        raise _unreadable(file, "OPENPYXL_DEFUSEDXML switches the safe reading of XML off")
    _check_size(content, file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            rows = _sheet(book, file, sheet)
            rows.reset_dimensions()
            for row in rows.iter_rows(values_only=True, max_col=MOST_COLUMNS):
                yield [_words(cell, sign) for cell in row]
            book.close()
    except UnreadableInput:
        raise
    except Exception as error:
        raise _unreadable(file, f"{type(error).__name__}: {error}") from error


def _check_size(content: bytes, file: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise _unreadable(file, str(error)) from error
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        raise UnreadableInput("file_too_large", path=(file,), limit=LARGEST_UNPACKED)


def _sheet(book: Any, file: str, sheet: str | None) -> Any:
    if sheet is None:
        return book.worksheets[0]
    if sheet not in book.sheetnames:
        raise UnreadableInput("sheet_unknown", path=(file,), given=sheet, known=", ".join(book.sheetnames))
    return book[sheet]


def _words(cell: Any, sign: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    if isinstance(cell, float):
        return f"{Decimal(f'{cell:.15g}'):f}".replace(".", sign)
    return str(cell)


def _unreadable(file: str, problem: str) -> UnreadableInput:
    return UnreadableInput("table_unreadable", path=(file,), problem=printable(problem))
