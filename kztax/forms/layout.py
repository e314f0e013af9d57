"""Layouts of forms: numbers, captions, units, formulas and where values are from, as data beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from kztax.core.errors import InvalidFacts, LawError, UnknownLaw
from kztax.core.law import known_act
from kztax.core.period import Period
from kztax.forms.model import Acceptance, Caption, FormEdition

DIRECTORY = Path(__file__).resolve().parent / "layouts"
TEXTS = frozenset({"text", "choice", "date", "code", "period"})
"""Units of cells that hold no number."""
_LINE = frozenset(
    {
        "number", "to", "unit", "caption", "official", "formula", "outcome", "figures", "taxpayer", "constant", "keys",
        "note", "floor",
    }
)  # fmt: skip
_COLUMN = frozenset({"key", "field", "unit", "list", "only", "caption", "official"})


class LineLayout(NamedTuple):
    """One cell of a form. `outcome` and `figures` name what of the assessment it is from, `taxpayer` what of the
    taxpayer's file; `formula` is the form's own arithmetic over other lines, `keys` its places in the cabinet's file.
    Where a formula gives less than nothing, `floor` writes "0" or leaves the cell "empty".
    """

    number: str
    unit: str
    caption: Caption
    formula: str | None = None
    outcome: str | None = None
    figures: tuple[str, ...] = ()
    taxpayer: str | None = None
    constant: str | None = None
    keys: tuple[str, ...] = ()
    note: str | None = None
    floor: str | None = None

    @property
    def annex(self) -> str:
        """The part of the form that the line stands in ("880.01")."""
        return self.number[:6]

    @property
    def holds_text(self) -> bool:
        """Whether the cell takes words, a code or a day instead of a number."""
        return self.unit in TEXTS


class ColumnLayout(NamedTuple):
    """A column of a table: its key in the cabinet's file, the field of the taxpayer's rows, the list of its codes.

    `only`: the column is of rows that have that code in that field, and of no others.
    """

    key: str
    field: str
    unit: str
    caption: Caption
    codes: str | None
    only: tuple[str, str] | None


class TableLayout(NamedTuple):
    """A table with as many rows as are stated; `field` holds them in the taxpayer's file.

    `inferred`: which cell holds what was worked out, not seen in a file.
    """

    number: str
    key: str
    field: str
    caption: Caption
    columns: tuple[ColumnLayout, ...]
    inferred: bool

    @property
    def annex(self) -> str:
        """The annex that the table stands in."""
        return self.number[:6]


class Layout(NamedTuple):
    """A form as approved for some days."""

    form: str
    kinds: tuple[str, ...]
    first: date
    last: date
    acceptance: Acceptance
    title: Caption
    whole_tenge: bool
    revision: str | None
    cabinet: str | None
    choices: Mapping[str, str]
    whole_years: tuple[int, ...]
    editions: tuple[FormEdition, ...]
    lines: Mapping[str, LineLayout]
    tables: tuple[TableLayout, ...]

    def edition(self, day: date) -> FormEdition:
        """The edition in force on a day of the layout."""
        return next(each for each in self.editions if each.in_force_from <= day <= each.in_force_to)


def forms() -> tuple[str, ...]:
    """The numbers of the forms there are."""
    return tuple(sorted({layout.form for layout in _layouts()}))


def kinds_of(form: str) -> tuple[str, ...]:
    """The kinds of assessment that a form is filled from. Raises `InvalidFacts` for a form that is not here."""
    for layout in _layouts():
        if layout.form == form:
            return layout.kinds
    raise InvalidFacts("no_such_form", path=("form",), form=form[:40], known=", ".join(forms()))


def whole_years_of(form: str) -> frozenset[int]:
    """The years of which a form of quarters is filed once, for the whole of them."""
    return frozenset(year for layout in _layouts() if layout.form == form for year in layout.whole_years)


def layout_of(form: str, period: Period) -> Layout:
    """The layout of a form for a period. Raises `UnknownLaw`, which says what to supply, where it was not seen."""
    known = [layout for layout in _layouts() if layout.form == form]
    for layout in known:
        if layout.first <= period.first_day and period.last_day <= layout.last:
            return layout
    covered = ", ".join(f"{layout.first.isoformat()}…{layout.last.isoformat()}" for layout in known)
    raise UnknownLaw("form_layout_unknown", path=("period",), form=form, period=str(period), covered=covered)


@lru_cache(maxsize=1)
def _layouts() -> tuple[Layout, ...]:
    return tuple(layout_from(path.read_text(encoding="utf-8"), path.name) for path in sorted(DIRECTORY.glob("*.toml")))


def layout_from(content: str, name: str) -> Layout:
    """A layout from its TOML; every fault is a `LawError` that names the line."""
    table = tomllib.loads(content)
    official = tuple(table["official"])
    lines: dict[str, LineLayout] = {}
    for row in table.get("line", ()):
        if set(row) - _LINE:
            raise LawError(f"{name}: {row['number']}: unknown {', '.join(sorted(set(row) - _LINE))}")
        for line in _lines(row, official):
            if line.number in lines:
                raise LawError(f"{name}: {line.number} stands twice")
            lines[line.number] = line
    return Layout(
        form=table["form"],
        kinds=tuple(table["kinds"]),
        first=table["from"],
        last=table["to"],
        acceptance=Acceptance(table["acceptance"]),
        title=Caption(**table["title"]),
        whole_tenge=table.get("whole_tenge", False),
        revision=table.get("revision"),
        cabinet=table.get("cabinet"),
        choices=table.get("choices", {}),
        whole_years=tuple(table.get("whole_years", ())),
        editions=tuple(_edition(row, name) for row in table["edition"]),
        lines=lines,
        tables=tuple(_table(row, official, name) for row in table.get("table", ())),
    )


def _edition(row: Mapping[str, Any], name: str) -> FormEdition:
    if known_act(row["act"]) is None:
        raise LawError(f"{name}: no act {row['act']}")
    return FormEdition(
        act=row["act"],
        article=row["article"],
        in_force_from=row["from"],
        in_force_to=row["to"],
        evidence=row["evidence"],
        amended_by=row.get("amended_by"),
    )


def _lines(row: Mapping[str, Any], official: tuple[str, ...]) -> Iterator[LineLayout]:
    """The line, or each of the rows that are filled in alike: "880.01.001 A" to "010"."""
    number, _, column = row["number"].partition(" ")
    start = number.rpartition(".")[2]
    for place in range(int(start), int(row.get("to", start)) + 1) if start.isdigit() else (None,):
        each = number if place is None else f"{number.removesuffix(start)}{place:0{len(start)}}"
        yield LineLayout(
            number=f"{each} {column}".rstrip(),
            unit=row["unit"],
            caption=_caption(row, official),
            formula=row.get("formula"),
            outcome=row.get("outcome"),
            figures=tuple(row.get("figures", ())),
            taxpayer=row.get("taxpayer"),
            constant=row.get("constant"),
            keys=tuple(row.get("keys", ())),
            note=row.get("note"),
            floor=row.get("floor"),
        )


def _table(row: Mapping[str, Any], official: tuple[str, ...], name: str) -> TableLayout:
    columns: list[ColumnLayout] = []
    for column in row["column"]:
        if set(column) - _COLUMN:
            raise LawError(f"{name}: {row['number']}: unknown {', '.join(sorted(set(column) - _COLUMN))}")
        only = column.get("only")
        columns.append(
            ColumnLayout(
                column["key"],
                column["field"],
                column["unit"],
                _caption(column, tuple(row.get("official", official))),
                column.get("list"),
                None if only is None else (only["field"], only["code"]),
            )
        )
    caption = _caption(row, official)
    return TableLayout(row["number"], row["key"], row["field"], caption, tuple(columns), row.get("inferred", False))


def _caption(row: Mapping[str, Any], official: tuple[str, ...]) -> Caption:
    return Caption(**row["caption"], official=tuple(row.get("official", official)))
