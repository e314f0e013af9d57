"""A form being filled in: cells are put, the form's arithmetic fills the others, what is left is named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from kztax.core.assessment import Note, plain
from kztax.core.errors import MissingFact
from kztax.core.figure import Figure, not_below_zero
from kztax.core.period import Period
from kztax.core.units import KZT
from kztax.explain.phrases import phrases
from kztax.forms import formula
from kztax.forms.case import Case
from kztax.forms.declarant import Declarant
from kztax.forms.layout import Layout, LineLayout, TableLayout
from kztax.forms.model import Acceptance, Form, FormLine, MissingLine, Source, SourceKind

WHOLE_TENGE = Figure(Decimal(1), KZT, "constant", (), "form.tenge")


class Sheet:
    """The sheet that one form is worked out on.

    Its arithmetic is on figures, so that units are checked and no digit is lost; a form that asks for whole tenge has
    every amount rounded where it enters, and sums what it shows.
    """

    def __init__(self, layout: Layout, period: Period, cases: Sequence[Case], taxpayer: Declarant | None) -> None:
        self.layout = layout
        self.period = period
        self.cases = cases
        self.taxpayer = taxpayer
        self.acceptance = layout.acceptance
        self.revision: str | None = None
        self.notes: dict[tuple[str, tuple[tuple[str, str], ...]], None] = {}
        self._figures: dict[tuple[int, str], Figure] = {}
        self._texts: dict[tuple[int, str], str] = {}
        self._sources: dict[tuple[int, str], Source] = {}
        self._exact: dict[tuple[int, str], Decimal] = {}
        self._needed: dict[tuple[int, str], str | None] = {}
        self._rows: list[FormLine] = []
        self._needed_tables: list[TableLayout] = []
        self._sheets: dict[str, int] = {}

    def put(self, number: str, value: Decimal, source: Source, sheet: int = 1) -> None:
        """Write a number into a cell."""
        line = self.layout.lines[number]
        self._put(line, Figure(value, line.unit, "fact", (), number), source, sheet)

    def put_text(self, number: str, value: Decimal, text: str, source: Source) -> None:
        """Write a number into a cell with the words that stand beside it: a sum and the provision that it rests on."""
        self.put(number, value, source)
        self._texts[1, number] = text

    def write(self, number: str, text: str | date, source: Source, sheet: int = 1) -> None:
        """Write words, a code or a day into a cell."""
        line = self.layout.lines[number]
        self._seen(line, sheet)
        self._texts[sheet, number] = text.isoformat() if isinstance(text, date) else text
        self._sources[sheet, number] = source

    def add_row(self, line: FormLine) -> None:
        """Write a cell of a table."""
        self._rows.append(line)

    def need(self, number: str, field: str | None, sheet: int = 1) -> None:
        """Say that a cell is to be filled from a field of the taxpayer's file, or (None) by hand."""
        self._seen(self.layout.lines[number], sheet)
        self._needed[sheet, number] = field

    def put_row(self, line: LineLayout, row: int, value: Decimal, source: Source) -> None:
        """Write a number into a row of a cell that has many."""
        exact = Figure(value, line.unit, "fact", (), line.number)
        written = self._as_asked(exact)
        self._rows.append(
            FormLine(
                number=line.number,
                row=row,
                caption=line.caption,
                unit=line.unit,
                value=written.value,
                exact=None if written.value == value else value,
                source=source,
            )
        )

    def need_table(self, table: TableLayout) -> None:
        """Say that a table is to be filled from the taxpayer's file, be it with the word that there is nothing."""
        self._needed_tables.append(table)

    def is_open(self, number: str, sheet: int = 1) -> bool:
        """Whether a cell, or one that it is computed from, is still to be filled."""
        if (sheet, number) in self._figures:
            return False
        line = self.layout.lines[number]
        if (sheet, number) in self._needed:
            return True
        return (
            any(self.is_open(name, sheet) for name in formula.names_of(line.formula, number)) if line.formula else False
        )

    def draft(self, note_id: str, **blanks: Any) -> None:
        """Say that the form is a draft after all, and why."""
        self.acceptance = Acceptance.DRAFT
        self.note(note_id, **blanks)

    def annexes(self) -> list[str]:
        """The annexes in which something is written."""
        for line in self.layout.lines.values():
            for sheet in range(1, self._sheets.get(line.annex, 0) + 1):
                if line.formula is not None:
                    self._figure(line.number, sheet)
        parts = {line.annex for line in self.layout.lines.values()} | {table.annex for table in self.layout.tables}
        return [part for part in sorted(parts) if part != self.layout.form and self._is_used(part)]

    def note(self, note_id: str, **blanks: Any) -> None:
        """Say something once."""
        spelled = [(key, plain(value) if isinstance(value, Decimal) else str(value)) for key, value in blanks.items()]
        self.notes[note_id, tuple(spelled)] = None

    def write_header(self) -> None:
        """Fill the cells that are the taxpayer's own, from the taxpayer's file."""
        for line in self.layout.lines.values():
            if line.constant is not None:
                self.write(line.number, line.constant, Source(kind=SourceKind.LAYOUT, path="constant"))
            elif line.taxpayer is not None and line.holds_text:
                self._write_own(line, line.taxpayer)

    def _write_own(self, line: LineLayout, field: str) -> None:
        if self.taxpayer is None:
            if field in Declarant.REQUIRED:
                self.need(line.number, field)
            return
        value = self.taxpayer.field(field)
        if value is not None:
            self.write(line.number, value, Source(kind=SourceKind.TAXPAYER, path=field))

    def amount(self, number: str, sheet: int = 1) -> Decimal:
        """The number in a cell, computed by now where the form computes it; nothing written counts as zero."""
        figure = self._figure(number, sheet)
        return Decimal(0) if figure is None else figure.value

    def is_written(self, number: str, sheet: int = 1) -> bool:
        """Whether a cell holds a number."""
        return self._figure(number, sheet) is not None

    def form(self, locale: str) -> Form:
        """The form with all that was put and computed.

        Raises `MissingFact`, with every field, where a taxpayer's file is given and a cell still needs something of it.
        """
        annexes = self.annexes()
        self._check_needed()
        lines = [line for layout in self.layout.lines.values() for line in self._written(layout)]
        words = phrases(locale)
        return Form(
            form=self.layout.form,
            title=self.layout.title,
            period=str(self.period),
            acceptance=self.acceptance,
            edition=self.layout.edition(self.period.last_day),
            annexes=tuple(annexes),
            lines=(*lines, *self._rows),
            missing=tuple(self._missing()),
            notes=tuple(
                Note(id=note, text=words.text(f"form.note.{note}", **dict(blanks)), params=dict(blanks))
                for note, blanks in self.notes
            ),
            assessments=tuple(case.as_record() for case in self.cases),
            revision=self.revision,
            locale=locale,
        )

    def _is_used(self, annex: str) -> bool:
        if any(line.number.startswith(annex) for line in self._rows):
            return True
        written = {number for _, number in (*self._figures, *self._texts)}
        return any(number.startswith(annex) and self.layout.lines[number].constant is None for number in written)

    def _written(self, layout: LineLayout) -> Iterable[FormLine]:
        number = layout.number
        for sheet in range(1, self._sheets.get(layout.annex, 0) + 1):
            key = (sheet, number)
            if key not in self._sources:
                continue
            figure = self._figures.get(key)
            yield FormLine(
                number=number,
                sheet=sheet,
                caption=layout.caption,
                unit=layout.unit,
                value=None if figure is None else figure.value,
                text=self._texts.get(key),
                exact=self._exact.get(key),
                source=self._sources[key],
            )
            if layout.note is not None:
                self.note(layout.note)

    def _missing(self) -> Iterable[MissingLine]:
        for number, layout in self.layout.lines.items():
            for sheet in range(1, self._sheets.get(layout.annex, 0) + 1):
                if (sheet, number) in self._needed and (sheet, number) not in self._sources:
                    field = self._needed[sheet, number]
                    yield MissingLine(number=number, sheet=sheet, caption=layout.caption, field=field)
        for table in self._needed_tables:
            yield MissingLine(number=table.number, caption=table.caption, field=table.field)

    def _check_needed(self) -> None:
        if self.taxpayer is None:
            return
        errors = [
            MissingFact("form_field_missing", path=_path(line.field), line=line.number, caption=line.caption.en)
            for line in self._missing()
            if line.field is not None
        ]
        if errors:
            errors[0].others = tuple(errors[1:])
            raise errors[0]

    def _seen(self, line: LineLayout, sheet: int) -> None:
        self._sheets[line.annex] = max(sheet, self._sheets.get(line.annex, 0))

    def _put(self, line: LineLayout, figure: Figure, source: Source, sheet: int) -> Figure:
        self._seen(line, sheet)
        key = (sheet, line.number)
        written = self._as_asked(figure)
        if written.value != figure.value:
            self._exact[key] = figure.value
        self._figures[key] = written
        self._sources[key] = source
        return written

    def _as_asked(self, figure: Figure) -> Figure:
        """The figure as the form wants it written: some forms take whole tenge."""
        return figure.rounded(WHOLE_TENGE) if self.layout.whole_tenge and figure.unit == KZT else figure

    def _figure(self, number: str, sheet: int) -> Figure | None:
        found = self._figures.get((sheet, number))
        if found is not None:
            return found
        line = self.layout.lines[number]
        if line.formula is None or self.is_open(number, sheet):
            return None

        def look_up(name: str) -> list[Figure]:
            sheets = [sheet] if name[:6] == line.annex else range(1, self._sheets.get(name[:6], 0) + 1)
            return [figure for each in sheets if (figure := self._figure(name, each)) is not None]

        figure = formula.computed(line.formula, number, look_up)
        if figure is None:
            return None
        if line.floor == "empty" and figure.value <= 0:
            return None
        if line.floor is not None:
            figure = not_below_zero(figure)
        assert figure.unit == line.unit, number
        source = Source(kind=SourceKind.FORMULA, path=line.formula)
        return self._put(line, figure, source, sheet)


def _path(field: str | None) -> tuple[str | int, ...]:
    return ("taxpayer", *(int(part) if part.isdigit() else part for part in (field or "").split(".")))
