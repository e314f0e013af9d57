"""Form 100.00, corporate income tax: a company's year, and for a permanent establishment the tax on its net income."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from kztax.core.assessment import FigureRecord
from kztax.core.errors import InvalidFacts, MissingFact, UnknownLaw
from kztax.core.law import known_act
from kztax.core.period import Period, Year
from kztax.forms.case import Case
from kztax.forms.model import Source, SourceKind
from kztax.forms.sheet import Sheet

FORM = "100.00"
COMPANY, BRANCH = "corporate_income_tax", "branch_profits_tax"
CODES_RATE = "branch_profits_tax.rate"
HUNDRED = Decimal(100)
ZERO = Decimal(0)
# Rows where the provision of the Code stands beside the sum, and the assessment rests on that very provision.
WITH_PROVISION = ("014 I", "016 I", "016 II")


def period_of(cases: Sequence[Case]) -> Period:
    """The year, one and the same for the company and its establishment."""
    kinds = [case.assessment.kind for case in cases]
    if COMPANY not in kinds:
        raise MissingFact("form_without_assessment", form=FORM, kinds=COMPANY)
    years = {case.assessment.period for case in cases}
    if len(years) > 1 or len(kinds) > len(set(kinds)):
        raise InvalidFacts("form_of_one_period", path=(1, "period"), form=FORM)
    return Year(int(years.pop()))


def fill(sheet: Sheet) -> None:
    """Write the lines that the outcome leads to (rules of filling in, points 15 to 21)."""
    by_kind = {case.assessment.kind: case for case in sheet.cases}
    company, branch = by_kind[COMPANY], by_kind.get(BRANCH)
    if sheet.taxpayer is not None and sheet.taxpayer.bin is None:
        raise MissingFact("form_of_a_company", path=("taxpayer", "bin"), form=FORM)
    sheet.write_header()
    sheet.write(f"{FORM}.period", str(sheet.period), Source(kind=SourceKind.LAYOUT, path="period"))
    _income(sheet, company)
    _base(sheet, company)
    _tax(sheet, company)
    _net_income(sheet, company, branch)
    _note(sheet, company)


def _line(number: str) -> str:
    return f"{FORM}.{number}"


def _put(sheet: Sheet, number: str, case: Case, path: str) -> None:
    """An amount of the outcome, unless there is none: an empty cell stays empty."""
    if case.amount(path):
        sheet.put(_line(number), case.amount(path), case.figure_source(path))


def _income(sheet: Sheet, case: Case) -> None:
    """Incomes in their lines by what the assessment calls them; what leaves aggregate income again in line 016."""
    for path, prefix in (("aggregate_annual_income", ("001", "002", "014")), ("excluded_income", ("016",))):
        by_line: dict[str, list[FigureRecord]] = {}
        lines = _lines_by_figure(sheet, prefix)
        for record in case.inputs(case.record(path)):
            if record.name not in lines:
                raise UnknownLaw("form_line_of_figure", path=(path,), form=FORM, figure=record.name)
            by_line.setdefault(lines[record.name], []).append(record)
        for number, records in by_line.items():
            _put_records(sheet, case, number, records, path)
    assert sheet.amount(_line("015")) == case.outcome.aggregate_annual_income
    assert sheet.amount(_line("018")) == case.outcome.adjusted_aggregate_annual_income


def _put_records(sheet: Sheet, case: Case, number: str, records: Sequence[FigureRecord], path: str) -> None:
    amount = sum((_number(record) for record in records), ZERO)
    source = case.figure_source(path, records[0])
    if not amount:
        return
    if number.removeprefix(f"{FORM}.") in WITH_PROVISION and source.citation is not None:
        sheet.put_text(number, amount, source.citation.article, source)
    else:
        sheet.put(number, amount, source)


def _lines_by_figure(sheet: Sheet, prefixes: Sequence[str]) -> Mapping[str, str]:
    return {
        name: line.number
        for line in sheet.layout.lines.values()
        if line.number.startswith(tuple(map(_line, prefixes)))
        for name in line.figures
    }


def _number(record: FigureRecord) -> Decimal:
    assert isinstance(record.value, Decimal)
    return record.value


def _base(sheet: Sheet, case: Case) -> None:
    """Deductions, reductions and losses down to the tax base."""
    if case.amount("deductions"):
        sheet.need(_line("019"), None)
    _put(sheet, "040 I", case, "deductions")
    _put(sheet, "052", case, "reductions")
    _put(sheet, "054", case, "losses_used")
    balance = sheet.amount(_line("047"))
    if balance < 0 and any(loss.tax_year == case.facts.tax_year for loss in case.outcome.losses_carried_forward):
        sheet.put(_line("051"), -balance, case.figure_source("taxable_income"))
    assert sheet.amount(_line("055")) == case.outcome.tax_base


def _tax(sheet: Sheet, case: Case) -> None:
    """The tax before credits at every rate; what reduces it stands in lines of its own."""
    rates = case.outcome.rates
    if len(rates) == 1:
        sheet.put(_line("056"), rates[0].rate * HUNDRED, case.figure_source("rates.0.rate"))
    before = sum((row.tax_base * row.rate for row in rates), ZERO)
    if before:
        sheet.put(_line("057"), before, case.figure_source("tax"))
    if before != case.outcome.tax:
        sheet.put(_line("059 I"), before - case.outcome.tax, case.figure_source("tax"))
    _put(sheet, "058 I", case, "foreign_tax_credit")
    _put(sheet, "058 V", case, "withheld")
    if case.outcome.withheld:
        sheet.note("withheld_taken_as_on_interest")


def _net_income(sheet: Sheet, company: Case, branch: Case | None) -> None:
    """The tax on what corporate income tax leaves of an establishment's income, at the Code's rate or a treaty's."""
    establishment = company.facts.taxpayer == "permanent_establishment"
    if branch is None:
        if establishment:
            sheet.need(_line("060"), None)
            sheet.need(_line("061 I"), None)
        return
    if not establishment:
        raise InvalidFacts("branch_of_a_resident", path=(branch.number, "kind"))
    for field, theirs, ours in (
        ("taxable_income", branch.outcome.tax_base, company.outcome.tax_base),
        ("corporate_income_tax", branch.outcome.corporate_income_tax, company.outcome.tax),
    ):
        if theirs != ours:
            raise InvalidFacts("branch_differs", path=(branch.number, field), branch=theirs, company=ours)
    _put(sheet, "060", branch, "net_income")
    if branch.record("rate").name == CODES_RATE:
        _put(sheet, "061 I", branch, "tax")
        return
    _put(sheet, "061 II", branch, "tax")
    country = branch.facts.treaty_country
    act = known_act(f"treaty_{country.lower()}")
    sheet.write(_line("061 III"), country, branch.fact_source("treaty_country"))
    if act is not None:
        sheet.write(_line("061 IV"), act.titles["ru"], branch.fact_source("treaty_country"))
    sheet.note("line_062_misprint")


def _note(sheet: Sheet, case: Case) -> None:
    sheet.note("income_rows_are_ours")
    if case.outcome.losses_used:
        sheet.note("line_054_used_losses")
    if case.outcome.reductions:
        sheet.note("line_052_not_divided")
    sheet.note("rounding_not_seen")
