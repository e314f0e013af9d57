"""Official forms, filled in from assessments: lines as data, each traced to its figure and its article.

A form knows the outcome of a kind by the names of its fields, and no rule. What a form asks beside the tax comes from
the taxpayer's own file. What was not seen of a form is not in it: a period without a layout is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from kztax.core.errors import InvalidFacts, MissingFact
from kztax.forms.cabinet import CabinetFile
from kztax.forms.case import Case
from kztax.forms.declarant import Declarant
from kztax.forms.layout import forms, kinds_of, layout_of
from kztax.forms.model import Form
from kztax.forms.sheet import Sheet

if TYPE_CHECKING:
    from kztax.core.period import Period

__all__ = ["CabinetFile", "Declarant", "Form", "fill", "forms", "kinds_of"]


def fill(
    form: str,
    cases: Sequence[Case],
    taxpayer: Declarant | None = None,
    *,
    revision: bytes | None = None,
    locale: str = "en",
) -> Form:
    """A form filled in from assessments of the kinds that it takes.

    Without a taxpayer's file it holds what follows from the assessments, and names what is still to be written; with
    it, `MissingFact` names every field that is not there. `revision` is a file of the same form and year that the
    cabinet exported: its id of the form's revision goes before the one known here. Raises `UnknownLaw` for a period
    whose form was not seen, `InvalidFacts` for assessments of another kind, of several periods, or that contradict
    each other.
    """
    kinds = kinds_of(form)
    for case in cases:
        given = case.assessment.kind
        if given not in kinds:
            path = (case.number, "kind")
            raise InvalidFacts("form_of_other_kinds", path=path, form=form, kinds=", ".join(kinds), given=given)
    if not cases:
        raise MissingFact("form_without_assessment", form=form, kinds=", ".join(kinds))
    module: Any = import_module(f"kztax.forms.form_{form.partition('.')[0]}")
    period: Period = module.period_of(cases)
    sheet = Sheet(layout_of(form, period), period, cases, taxpayer)
    _set_revision(sheet, revision)
    module.fill(sheet)
    return sheet.form(locale)


def _set_revision(sheet: Sheet, content: bytes | None) -> None:
    """The revision's id: of a file that the cabinet exported, else the one that was seen."""
    if content is None:
        sheet.revision = sheet.layout.revision
        if sheet.revision is not None:
            sheet.note("revision_inferred", revision=sheet.revision)
        return
    if sheet.layout.cabinet is None:
        raise InvalidFacts("no_cabinet_file", path=("revision",), form=sheet.layout.form)
    exported = CabinetFile.read(content)
    if str(exported.year) != str(sheet.period):
        raise InvalidFacts("revision_of_another_year", path=("revision", "fnoYear"), year=exported.year)
    sheet.revision = exported.revision
