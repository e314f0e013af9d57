"""A form that is filled in: plain frozen data, each line traced to the figure and the article it is from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum

from kztax.core.assessment import Frozen, Note, Number, RuleBookRecord
from kztax.core.citation import Citation

FORMAT_VERSION = "1"


class Acceptance(StrEnum):
    """What is known of filing: whether the taxpayer's cabinet is known to take files of this very shape."""

    SEEN = "seen"
    DRAFT = "draft"


class SourceKind(StrEnum):
    """Where a line's value is from: a figure of an assessment, a stated fact, the form's arithmetic, the taxpayer."""

    FIGURE = "figure"
    FACT = "fact"
    FORMULA = "formula"
    TAXPAYER = "taxpayer"
    LAYOUT = "layout"


class Source(Frozen):
    """Where a value is from.

    `path` is a field of the outcome, of the facts or of the taxpayer's file, or the formula over other lines;
    `assessment` counts the form's assessments from zero, `figure` is the id of the figure in it, and `citation` the
    article that the figure rests on.
    """

    kind: SourceKind
    path: str
    assessment: int | None = None
    figure: str | None = None
    name: str | None = None
    citation: Citation | None = None


class Caption(Frozen):
    """What a line is called. `official` names the languages whose words are the form's own; the others are ours."""

    en: str
    ru: str
    kk: str
    official: tuple[str, ...] = ()

    def spoken(self, locale: str) -> str:
        """The caption in a language."""
        words: str = getattr(self, locale)
        return words


class FormLine(Frozen):
    """One cell: its number in the form, the sheet of the annex and the row of a table where there are several.

    A number stands in `value`, with its unit; text, a code or a day (ISO) in `text`. `exact` is the number before the
    form's rounding, where that changed it.
    """

    number: str
    sheet: int = 1
    row: int | None = None
    caption: Caption
    unit: str
    value: Number | None = None
    text: str | None = None
    exact: Number | None = None
    source: Source


class MissingLine(Frozen):
    """A cell that the assessments do not fill; `field` is what of the taxpayer's file would."""

    number: str
    sheet: int = 1
    caption: Caption
    field: str | None


class FormEdition(Frozen):
    """The edition of the form: its days, and the order that approved it."""

    act: str
    article: str
    in_force_from: date
    in_force_to: date
    evidence: str
    amended_by: str | None = None


class AssessmentRecord(Frozen):
    """An assessment that the form is filled from."""

    kind: str
    period: str
    facts_digest: str
    rule_book: RuleBookRecord


class Form(Frozen):
    """A form filled in.

    `complete` says whether the taxpayer's own data are in it; without them `missing` lists what is still to be written.
    """

    form: str
    title: Caption
    period: str
    acceptance: Acceptance
    edition: FormEdition
    annexes: tuple[str, ...]
    lines: tuple[FormLine, ...]
    missing: tuple[MissingLine, ...]
    notes: tuple[Note, ...]
    assessments: tuple[AssessmentRecord, ...]
    revision: str | None = None
    format_version: str = FORMAT_VERSION
    locale: str = "en"

    @property
    def complete(self) -> bool:
        """Whether nothing is left to be written in."""
        return not self.missing

    def line(self, number: str, *, sheet: int = 1, row: int | None = None) -> FormLine:
        """The line of a number ("880.01.001 F"); `KeyError` where it is empty."""
        for line in self.lines:
            if (line.number, line.sheet, line.row) == (number, sheet, row):
                return line
        raise KeyError(number)

    @property
    def amounts(self) -> Mapping[str, Decimal]:
        """The numbers of first sheets by the number of their line, rows of tables left out."""
        return {
            line.number: line.value
            for line in self.lines
            if line.value is not None and line.sheet == 1 and line.row is None
        }

    def cabinet_file(self) -> str:
        """The file that the taxpayer's cabinet imports (270.00). Raises `InvalidFacts` where there is none."""
        from kztax.forms.cabinet import cabinet_text

        return cabinet_text(self)

    def write(self, locale: str | None = None) -> str:
        """The form as text, in English, Russian or Kazakh; else in the language it was made in."""
        from kztax.forms.text import form_text

        return form_text(self, locale or self.locale)
