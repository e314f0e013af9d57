"""Form 300.00, value added tax: a quarter's turnover by its treatment, input tax by the method of crediting it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from kztax.core.errors import InvalidFacts, UnknownLaw
from kztax.core.figure import Figure
from kztax.core.period import Period, Quarter
from kztax.core.units import NUMBER
from kztax.forms.case import Case
from kztax.forms.model import Source, SourceKind
from kztax.forms.sheet import Sheet

FORM = "300.00"
ZERO = Decimal(0)
NON_RESIDENT, IMPORT = "services_from_non_resident", "import"
WITH_PURCHASES = ("value_added_tax.proportion_with_purchases", "with_purchases")
HUNDREDTH = Figure(Decimal("0.01"), NUMBER, "constant")
PERCENT = Figure(Decimal(100), NUMBER, "constant")
LONGEST = Decimal(10) ** 12


def period_of(cases: Sequence[Case]) -> Period:
    """The quarter of the one assessment."""
    if len(cases) > 1:
        raise InvalidFacts("form_of_one_period", path=(1, "period"), form=FORM)
    return Quarter.parse(cases[0].assessment.period)


def fill(sheet: Sheet) -> None:
    """Write the lines that the outcome leads to (rules of filling in, points 15 to 18)."""
    case = sheet.cases[0]
    if case.outcome.form is None:
        raise UnknownLaw("form_not_due", path=("registered",), form=FORM, period=str(sheet.period))
    sheet.write_header()
    method = _method(case)
    for number, text in (("period", str(sheet.period)), ("method", method)):
        sheet.write(_line(number), text, Source(kind=SourceKind.LAYOUT, path=number))
    if case.facts.taxpayer in ("aifc_participant", "aifc_exchange"):
        sheet.write(_line("aifc"), "aifc_participant", case.fact_source("taxpayer"))
    _turnover(sheet, case)
    _shares(sheet)
    _input_tax(sheet, case, method)
    _note(sheet, case)


def _line(number: str) -> str:
    return f"{FORM}.{number}"


def _method(case: Case) -> str:
    """In proportion, apart, or apart with a common part in proportion."""
    if case.facts.input_vat_method == "proportional":
        return "proportional"
    return "combined" if any(row.used_for == "both" for row in case.facts.input_vat) else "separate"


def _turnover(sheet: Sheet, case: Case) -> None:
    sold = [
        (place, item.treatment)
        for place, item in enumerate(case.outcome.items)
        if item.nature not in (NON_RESIDENT, IMPORT)
    ]
    for number, treatments in (
        ("001 A", ("standard", "reduced")),
        ("002", ("zero_rated",)),
        ("005", ("exempt",)),
    ):
        _put(sheet, number, case, [place for place, treatment in sold if treatment in treatments])
    if any(treatment == "outside_scope" for _, treatment in sold):
        sheet.note("outside_scope_left_out")
    if case.amount("output_vat"):
        sheet.put(_line("001 B"), case.amount("output_vat"), case.figure_source("output_vat"))
    bought = [place for place, item in enumerate(case.outcome.items) if item.nature == NON_RESIDENT]
    _put(sheet, "014 A", case, bought)
    if bought:
        sheet.note("line_014_b", tax=case.outcome.reverse_charge_vat)
    if any(item.nature == IMPORT for item in case.outcome.items):
        sheet.need(_line("016 I A"), None)


def _put(sheet: Sheet, number: str, case: Case, places: Iterable[int]) -> None:
    """The turnovers at some places of the facts together; nothing where there is none."""
    found = list(places)
    amount = sum((case.facts.turnover[place].amount for place in found), ZERO)
    if amount:
        _put_amount(sheet, number, amount, case.fact_source(" + ".join(f"turnover.{place}.amount" for place in found)))


def _put_amount(sheet: Sheet, number: str, amount: Decimal, source: Source) -> None:
    if amount >= LONGEST:
        raise InvalidFacts("form_cell_too_short", path=(source.path,), line=_line(number), digits=12)
    sheet.put(_line(number), amount, source)


def _shares(sheet: Sheet) -> None:
    """Shares of turnover in per cent, as the form divides what it shows."""
    for number, part, whole in (("007", "006 I", "006"), ("008", "002", "006 I")):
        if sheet.is_written(_line(part)) and sheet.amount(_line(whole)):
            above = Figure(sheet.amount(_line(part)), NUMBER, "line")
            below = Figure(sheet.amount(_line(whole)), NUMBER, "line")
            share = (above * PERCENT / below).rounded(HUNDREDTH)
            sheet.put(_line(number), share.value, Source(kind=SourceKind.FORMULA, path=_share(part, whole)))
            sheet.note("share_rounded")


def _share(part: str, whole: str) -> str:
    return f"{_line(part)} / {_line(whole)} × 100 %"


def _input_tax(sheet: Sheet, case: Case, method: str) -> None:
    """Input tax in the lines of its method, and what of it is credited."""
    rows = case.facts.input_vat
    if any(row.used_for == "outside_scope" for row in rows):
        sheet.note("input_vat_outside_scope_left_out")
    if method == "combined":
        sheet.need(_line("013 B"), None)
        _put_input(sheet, "024 II", case, ("taxable",))
        _put_input(sheet, "024 III", case, ("both",))
    else:
        _put_input(sheet, "013 B", case, ("taxable", "exempt", "both") if method == "proportional" else ("taxable",))
    if sheet.is_written(_line("013 B")) or method == "combined":
        sheet.need(_line("013 A"), None)
    credited = {"proportional": "025 I", "separate": "025 II", "combined": "025 III"}[method]
    if case.amount("deductible_input_vat"):
        source = case.figure_source("deductible_input_vat")
        _put_amount(sheet, credited, case.amount("deductible_input_vat"), source)


def _put_input(sheet: Sheet, number: str, case: Case, uses: Sequence[str]) -> None:
    places = [place for place, row in enumerate(case.facts.input_vat) if row.used_for in uses]
    amount = sum((case.facts.input_vat[place].amount for place in places), ZERO)
    if amount:
        source = case.fact_source(" + ".join(f"input_vat.{place}.amount" for place in places))
        _put_amount(sheet, number, amount, source)


def _note(sheet: Sheet, case: Case) -> None:
    readings = {(reading.id, reading.chosen) for reading in case.assessment.readings}
    if WITH_PURCHASES in readings:
        sheet.note("share_of_another_reading")
    sheet.note("lines_of_facts_only")
