"""The file of a declaration as the taxpayer's cabinet (KNP) imports and exports it: JSON of one fixed shape a form.

Written from a form's lines by the keys of its layout; read back with every digit as it stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from kztax.core.assessment import plain
from kztax.core.errors import InvalidFacts, UnknownLaw, UnreadableInput
from kztax.core.period import Year
from kztax.forms.layout import DIRECTORY, ColumnLayout, Layout, LineLayout, TableLayout, layout_of
from kztax.forms.model import Form, FormLine

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_DAY = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})", re.ASCII)
_FORM_OF_TYPE = {"fno270": "270.00"}
_ROW_NUMBER = "A"
_INDEX = "index"


class Cell(NamedTuple):
    """Where a value stands: the line's number and, in a table, the row."""

    number: str
    row: int | None = None


def cabinet_text(form: Form) -> str:
    """The file that the cabinet imports.

    Raises `InvalidFacts` for a form of which no such file is known, or that is not complete; `UnknownLaw` for a choice
    whose code was not seen.
    """
    laid_out = layout_of(form.form, Year(int(form.period[:4])))
    if laid_out.cabinet is None:
        raise InvalidFacts("no_cabinet_file", path=("form",), form=form.form)
    if not form.complete:
        fields = ", ".join(sorted({line.field or line.number for line in form.missing}))
        raise InvalidFacts("form_not_complete", path=("taxpayer",), form=form.form, fields=fields)
    document = _empty(laid_out.cabinet)
    tables = {table.number: table for table in laid_out.tables}
    for line in form.lines:
        layout = laid_out.lines.get(line.number)
        if layout is not None:
            for key in layout.keys:
                _set(document, _steps(key, line.row), _written(layout, line, laid_out))
    for number, rows in _rows_of(form.lines, tables).items():
        written = [_row(tables[number], place, cells) for place, cells in rows.items()]
        _set(document, _steps(tables[number].key), written)
    _set(document, ("revisionUid",), form.revision)
    chosen = [f"application_{annex[-2:]}" for annex in form.annexes]
    _set(document, ("fnoContent", "commonInfo", "selectedApplications"), chosen)
    return json_text(document)


class CabinetFile:
    """A declaration read from the cabinet's file, checked against the shape of its form."""

    def __init__(self, document: Mapping[str, Any], laid_out: Layout) -> None:
        self.document = document
        self.layout = laid_out

    @classmethod
    def read(cls, content: bytes) -> CabinetFile:
        """A file that the cabinet exported, or one that is to be imported.

        Raises `UnreadableInput` for what is no JSON, `InvalidFacts` with the path for another shape, `UnknownLaw` for a
        year whose form was not seen.
        """
        document = _parsed(content)
        kind = document.get("fnoContent", {}).get("type") if isinstance(document.get("fnoContent"), dict) else None
        year = document.get("fnoYear")
        if kind not in _FORM_OF_TYPE or not isinstance(year, int) or not 1900 <= year <= 2100:
            raise InvalidFacts("not_a_cabinet_file", path=("fnoContent", "type"))
        laid_out = layout_of(_FORM_OF_TYPE[kind], Year(year))
        assert laid_out.cabinet is not None
        _check(document, _empty(laid_out.cabinet), (), {_steps(table.key): table for table in laid_out.tables})
        return cls(document, laid_out)

    @property
    def revision(self) -> str:
        """The id of the form's revision."""
        found = self.document["revisionUid"]
        if not isinstance(found, str) or not _UUID.fullmatch(found):
            raise InvalidFacts("revision_not_found", path=("revisionUid",))
        return found

    @property
    def year(self) -> int:
        """The year of the declaration."""
        year: int = self.document["fnoYear"]
        return year

    def cells(self) -> dict[Cell, Decimal | str]:
        """What is filled in: numbers as they stand, words, codes, days in ISO."""
        found: dict[Cell, Decimal | str] = {}
        for line in self.layout.lines.values():
            for key in line.keys[:1]:
                rows = range(13) if "*" in key else (None,)
                for row in rows:
                    _keep(found, Cell(line.number, row), _get(self.document, _steps(key, row)), line.unit)
        for table in self.layout.tables:
            for place, row in enumerate(_get(self.document, _steps(table.key)), start=1):
                for column in table.columns:
                    _keep(found, Cell(f"{table.number} {column.key}", place), row[column.key], column.unit)
        return found

    def text(self) -> str:
        """The file as the cabinet writes it."""
        return json_text(self.document)


def json_text(value: Any, depth: int = 0) -> str:
    """JSON as the cabinet indents it, numbers to the digit as they are held.

    >>> print(json_text({"a": [], "b": [Decimal("1.50")]}))
    {
     "a": [],
     "b": [
      1.50
     ]
    }
    """
    if isinstance(value, Decimal):
        return format(value, "f")
    if not isinstance(value, (dict, list)) or not value:
        return json.dumps(value, ensure_ascii=False)
    inner = " " * (depth + 1)
    if isinstance(value, dict):
        items = [f"{json.dumps(key, ensure_ascii=False)}: {json_text(each, depth + 1)}" for key, each in value.items()]
    else:
        items = [json_text(each, depth + 1) for each in value]
    opened, closed = "{}" if isinstance(value, dict) else "[]"
    return f"{opened}\n{inner}" + f",\n{inner}".join(items) + f"\n{' ' * depth}{closed}"


@lru_cache(maxsize=4)
def _template(name: str) -> str:
    return (DIRECTORY / name).read_text(encoding="utf-8")


def _empty(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_template(name))
    return document


def _steps(key: str, row: int | None = None) -> tuple[str | int, ...]:
    return tuple(row if step == "*" and row is not None else step for step in key.split("."))


def _get(document: Any, steps: Sequence[str | int]) -> Any:
    for step in steps:
        document = document[step]
    return document


def _set(document: Any, steps: Sequence[str | int], value: Any) -> None:
    _get(document, steps[:-1])[steps[-1]] = value


def _written(layout: LineLayout, line: FormLine, laid_out: Layout) -> Any:
    if line.value is not None:
        return int(line.value)
    assert line.text is not None
    if layout.unit == "period":
        return int(line.text)
    if layout.unit == "date":
        return _day_written(line.text)
    if layout.unit == "choice":
        if line.text not in laid_out.choices:
            raise UnknownLaw("cabinet_code_unknown", path=("taxpayer", layout.taxpayer or ""), choice=line.text)
        return [laid_out.choices[line.text]]
    return line.text


def _day_written(iso: str) -> str:
    return date.fromisoformat(iso).strftime("%d.%m.%Y")


def _rows_of(
    lines: Sequence[FormLine], tables: Mapping[str, TableLayout]
) -> Mapping[str, Mapping[int, Mapping[str, FormLine]]]:
    """Cells by table, row and column."""
    rows: dict[str, dict[int, dict[str, FormLine]]] = {}
    for line in lines:
        number, _, column = line.number.rpartition(" ")
        if number in tables and line.row is not None:
            rows.setdefault(number, {}).setdefault(line.row, {})[column] = line
    return rows


def _row(table: TableLayout, place: int, cells: Mapping[str, FormLine]) -> dict[str, Any]:
    row: dict[str, Any] = {_ROW_NUMBER: f"{place:08}"}
    for column in table.columns:
        row[column.key] = _cell(column, cells.get(column.key))
    row[_INDEX] = place - 1
    return row


def _cell(column: ColumnLayout, line: FormLine | None) -> Any:
    if line is None:
        return "" if column.unit == "text" and column.only is None else None
    if line.value is not None:
        number = Decimal(plain(line.value))
        return {"value": number, "manual": True} if column.unit == "converted" else number
    assert line.text is not None
    return _day_written(line.text) if column.unit == "date" else line.text


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise UnreadableInput("not_utf8", position=error.start) from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise UnreadableInput("not_json", problem=str(error)) from error
    if not isinstance(found, dict):
        raise InvalidFacts("not_a_cabinet_file")
    return found


def _no_constant(name: str) -> Any:
    raise UnreadableInput("not_json", problem=f"{name} is not JSON")


def _check(
    given: Any, model: Any, path: tuple[str | int, ...], tables: Mapping[tuple[str | int, ...], TableLayout]
) -> None:
    """Whether a document has the keys of the empty file, and values of their kind where the empty file shows it."""
    if isinstance(model, dict):
        if not isinstance(given, dict) or set(given) != set(model):
            other = sorted(set(given) ^ set(model)) if isinstance(given, dict) else ()
            raise InvalidFacts("cabinet_shape", path=path, fields=", ".join(map(str, other)))
        for key, inner in model.items():
            _check(given[key], inner, (*path, key), tables)
    elif path in tables:
        _check_table(given, tables[path], path)
    elif isinstance(model, list) and model and isinstance(model[0], dict):
        if not isinstance(given, list) or len(given) != len(model):
            raise InvalidFacts("cabinet_shape", path=path, fields="")
        for place, inner in enumerate(model):
            _check(given[place], inner, (*path, place), tables)
    elif isinstance(model, list) is not isinstance(given, list) or isinstance(given, dict):
        raise InvalidFacts("cabinet_shape", path=path, fields="")


def _check_table(given: Any, table: TableLayout, path: tuple[str | int, ...]) -> None:
    expected = {_ROW_NUMBER, _INDEX, *(column.key for column in table.columns)}
    for place, row in enumerate(_listed(given, path)):
        if not isinstance(row, dict) or set(row) != expected:
            other = sorted(set(row) ^ expected) if isinstance(row, dict) else ()
            raise InvalidFacts("cabinet_shape", path=(*path, place), fields=", ".join(other))


def _listed(given: Any, path: tuple[str | int, ...]) -> Iterator[Any]:
    if not isinstance(given, list):
        raise InvalidFacts("cabinet_shape", path=path, fields="")
    yield from given


def _keep(found: dict[Cell, Decimal | str], cell: Cell, value: Any, unit: str) -> None:
    if isinstance(value, dict):
        value = value.get("value")
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    if value is None or value == "":
        return
    if unit == "date" and isinstance(value, str) and (day := _DAY.fullmatch(value)):
        found[cell] = f"{day[3]}-{day[2]}-{day[1]}"
    elif isinstance(value, str):
        found[cell] = value
    else:
        found[cell] = Decimal(value)
