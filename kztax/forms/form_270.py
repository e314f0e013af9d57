"""Form 270.00, income and property of an individual: annex 270.01 from an assessment, tables from the taxpayer's file.

Annex 270.01 is of income that the individual declares himself: what an agent taxed is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from kztax.core.assessment import FigureRecord
from kztax.core.errors import InvalidFacts, MissingFact, UnknownLaw
from kztax.core.period import Period, Year
from kztax.core.units import KZT, NUMBER
from kztax.forms.case import Case
from kztax.forms.codes import code_lists
from kztax.forms.declarant import IncomeAndProperty
from kztax.forms.layout import ColumnLayout, TableLayout
from kztax.forms.model import FormLine, Source, SourceKind
from kztax.forms.sheet import Sheet

FORM = "270.00"
NAME = "personal_income_tax"
PROPERTY = "income_and_property"
APART = ("entrepreneur", "private_practice")
ZERO = Decimal(0)
ONE_TENGE = Decimal(1)
DECIMALS = {"quantity": 4, "money": 2, "converted": 2, "tenge": 0}
OF_OFFICIALS = ("270.05 B", "270.05 C")


def period_of(cases: Sequence[Case]) -> Period:
    """The year of the one assessment."""
    if len(cases) > 1:
        raise InvalidFacts("form_of_one_period", path=(1, "period"), form=FORM)
    return Year(int(cases[0].assessment.period))


def fill(sheet: Sheet) -> None:
    """Write annex 270.01 from the assessment, and what the taxpayer's file holds of property."""
    case = sheet.cases[0]
    if not case.facts.resident:
        raise UnknownLaw("form_270_of_non_resident", path=("resident",))
    stated = IncomeAndProperty() if sheet.taxpayer is None else sheet.taxpayer.income_and_property
    _header(sheet)
    _income(sheet, case, stated)
    if sheet.is_open("270.01 D") or sheet.is_written("270.01 D"):
        _exempt(sheet, case)
        _deductions(sheet, case, stated)
        _tax(sheet, case, stated)
    _private_practice(sheet, case, stated)
    _tables(sheet, case, stated)
    _annexes(sheet)


def _header(sheet: Sheet) -> None:
    sheet.write_header()
    sheet.write("270.00.3", str(sheet.period), Source(kind=SourceKind.LAYOUT, path="period"))
    taxpayer = sheet.taxpayer
    if taxpayer is None:
        for number, field in (("270.00.1", "iin"), ("270.00.2", "name"), ("270.00.date", "declaration_date")):
            sheet.need(number, field)
        return
    if taxpayer.iin is None:
        raise MissingFact("form_of_an_individual", path=("taxpayer", "iin"), form=FORM)
    if taxpayer.declaration_date is None:
        sheet.need("270.00.date", "declaration_date")
    names = {
        "270.00.2": taxpayer.name,
        "270.00.namekk": taxpayer.name_kk or taxpayer.name,
        "270.00.nameen": taxpayer.name_en or taxpayer.name,
        "270.00.head": taxpayer.head or taxpayer.name,
    }
    for number, name in names.items():
        sheet.write(number, name.upper(), Source(kind=SourceKind.TAXPAYER, path="name"))


def _income(sheet: Sheet, case: Case, stated: IncomeAndProperty) -> None:
    """Every income that no agent taxed, in its line; the gain on digital assets by where its source is."""
    by_line: dict[str, list[tuple[Decimal, str]]] = {}
    lines = _lines_by_source(sheet, "income.")
    _check_choices(sheet, case, stated)
    for place, income in enumerate(case.facts.income):
        if income.taxed_by_agent or income.category in APART:
            continue
        number = _line_of(sheet, place, income, lines, stated)
        if number is not None:
            by_line.setdefault(number, []).append((income.amount, f"income.{place}.amount"))
    gains = _gains(sheet, case, stated)
    for number, parts in by_line.items():
        amount, source = _together(case, parts)
        gain = gains.pop(number, None)
        if gain is not None:
            amount, source = amount + gain[0], source.model_copy(update={"path": f"{source.path} + {gain[1].path}"})
        sheet.put(number, amount, source)
    for number, (amount, source) in gains.items():
        sheet.put(number, amount, source)
    if any(income.category == "entrepreneur" for income in case.facts.income):
        sheet.note("entrepreneur_elsewhere")
    if any(income.taxed_by_agent for income in case.facts.income):
        sheet.note("agents_income_left_out")
    if case.outcome.must_declare is False:
        sheet.note("not_obliged_by_these_facts")


def _lines_by_source(sheet: Sheet, prefix: str) -> Mapping[str, str]:
    """The line of each source that the layout names, "income.foreign.dividends"."""
    return {
        name: line.number
        for line in sheet.layout.lines.values()
        for name in (line.outcome or "").split()
        if name.startswith(prefix)
    }


def _check_choices(sheet: Sheet, case: Case, stated: IncomeAndProperty) -> None:
    """Lines that the taxpayer chose: of income that is declared here, and lines that hold income."""
    for place, chosen in stated.income_lines.items():
        path = ("taxpayer", PROPERTY, "income_lines", place)
        known = place.isdecimal() and int(place) < len(case.facts.income)
        if not known or case.facts.income[int(place)].taxed_by_agent:
            raise InvalidFacts("form_no_such_income", path=path)
        if chosen not in _choosable(sheet):
            raise InvalidFacts("form_no_such_line", path=path, given=chosen[:20], known=", ".join(_choosable(sheet)))


def _choosable(sheet: Sheet) -> list[str]:
    start = "270.01 "
    return [
        line.number.removeprefix(start)
        for line in sheet.layout.lines.values()
        if line.number.startswith((f"{start}A.", f"{start}B.")) and line.formula is None
    ]


def _line_of(sheet: Sheet, place: int, income: Any, lines: Mapping[str, str], stated: IncomeAndProperty) -> str | None:
    chosen = stated.income_lines.get(str(place))
    if chosen is not None:
        return f"270.01 {chosen}"
    if income.category == "dividends" and not income.from_abroad:
        raise UnknownLaw("form_270_dividends_at_home", path=("income", place))
    number = lines.get(f"income.{income.source}.{income.category}")
    if number is None:
        _need_choice(sheet, place)
    elif not income.from_abroad:
        sheet.note("taken_as_b7", number=place + 1)
    return number


def _need_choice(sheet: Sheet, place: int) -> None:
    """Pay at home without an agent is in one of several lines; the facts do not say in which."""
    if sheet.taxpayer is not None:
        path = ("taxpayer", PROPERTY, "income_lines", str(place))
        raise MissingFact("income_line_missing", path=path, number=place + 1)
    sheet.need("270.01 B.3", f"{PROPERTY}.income_lines.{place}")


def _together(case: Case, parts: Sequence[tuple[Decimal, str]]) -> tuple[Decimal, Source]:
    return sum((amount for amount, _ in parts), ZERO), case.fact_source(" + ".join(path for _, path in parts))


def _gains(sheet: Sheet, case: Case, stated: IncomeAndProperty) -> dict[str, tuple[Decimal, Source]]:
    """The gain on digital assets: in Kazakhstan in line A.1 1), from abroad in line A.1 2)."""
    lines = _lines_by_source(sheet, "gain.")
    path = "gain_on_digital_assets"
    total = case.record(path)
    if not case.amount(path):
        return {}
    if case.facts.digital_asset_gain is not None:
        abroad = stated.gain_from_abroad
        if abroad is None:
            _need(sheet, "270.01 A.1 2)", "gain_from_abroad")
            return {}
        if abroad > case.amount(path):
            raise InvalidFacts("gain_abroad_over_gain", path=("taxpayer", PROPERTY, "gain_from_abroad"))
        parts = {lines["gain.kazakhstan"]: case.amount(path) - abroad, lines["gain.foreign"]: abroad}
        return {number: (amount, case.figure_source(path)) for number, amount in parts.items() if amount}
    found: dict[str, list[FigureRecord]] = {}
    of_sale = {_about(place, sale): sale for place, sale in enumerate(case.facts.disposals, start=1)}
    for record in case.inputs(total):
        found.setdefault(lines[f"gain.{of_sale[record.about].source}"], []).append(record)
    return {
        number: (_sum(records), case.figure_source(path, records[0] if len(records) == 1 else None))
        for number, records in found.items()
        if _sum(records)
    }


def _about(place: int, sale: Any) -> str:
    """What the assessment calls a sale."""
    return f"№{place} {sale.asset} {sale.disposed_on.isoformat()}"


def _sum(records: Sequence[FigureRecord]) -> Decimal:
    return sum((_number(record) for record in records), ZERO)


def _number(record: FigureRecord) -> Decimal:
    assert isinstance(record.value, Decimal)
    return record.value


def _exempt(sheet: Sheet, case: Case) -> None:
    """Exempt income stands in section E by the article that exempts it."""
    lines = _lines_by_source(sheet, "exempt.")
    found: dict[str, list[FigureRecord]] = {}
    for place, income in enumerate(case.facts.income):
        if income.exempt_ground is None or income.taxed_by_agent:
            continue
        name = f"{NAME}.exempt.{income.exempt_ground}"
        for record in case.assessment.figures:
            if (record.name, record.about) == (name, str(place + 1)):
                found.setdefault(_line_of_exemption(record, lines, place), []).append(record)
    for number, records in found.items():
        sheet.put(number, _sum(records), case.figure_source("exempt_income", records[0]))


def _line_of_exemption(record: FigureRecord, lines: Mapping[str, str], place: int) -> str:
    assert record.citation is not None
    rests_on = f"exempt.{record.citation.act}.{record.citation.article}"
    for source, number in lines.items():
        if rests_on == source or rests_on.startswith(f"{source}("):
            return number
    raise UnknownLaw("form_line_of_exemption", path=("income", place, "exempt_ground"), article=record.citation.article)


def _deductions(sheet: Sheet, case: Case, stated: IncomeAndProperty) -> None:
    """The year's deductions less those that agents used; standard ones apart from the others."""
    total = case.amount("deductions")
    if not total:
        return
    used = ZERO
    if any(income.taxed_by_agent and income.category != "dividends" for income in case.facts.income):
        if stated.deductions_used_by_agents is None:
            _need(sheet, "270.01 F.1", "deductions_used_by_agents")
            return
        used = stated.deductions_used_by_agents
        if used > total:
            raise InvalidFacts("deductions_used_over_all", path=("taxpayer", PROPERTY, "deductions_used_by_agents"))
    standard = sum((_number(record) for record in _standard(sheet, case)), ZERO)
    first = max(standard - used, ZERO)
    for number, amount in (("270.01 F.1", first), ("270.01 F.2", total - used - first)):
        if amount:
            sheet.put(number, amount, case.figure_source("deductions"))
    if total - used - first:
        sheet.note("other_deductions")


def _standard(sheet: Sheet, case: Case) -> Iterator[FigureRecord]:
    """The parts of the year's deductions that the form calls standard."""
    names = sheet.layout.lines["270.01 F.1"].figures
    left = [case.record("deductions")]
    while left:
        record = left.pop()
        if any(record.name == name or record.name.startswith(f"{name}.") for name in names):
            yield record
        else:
            left += case.inputs(record)


def _tax(sheet: Sheet, case: Case, stated: IncomeAndProperty) -> None:
    """The tax on what is declared: the year's, without business and practice, less what agents withheld."""
    outcome = case.outcome
    if sheet.is_open("270.01 G"):
        return
    tax = outcome.tax - outcome.entrepreneur_tax - outcome.private_practice_tax - outcome.withheld
    tax = max(tax, ZERO)
    sheet.put("270.01 H", tax, case.figure_source("tax"))
    if outcome.foreign_tax_credit:
        sheet.put("270.01 I", outcome.foreign_tax_credit, case.figure_source("foreign_tax_credit"))
    expected = sheet.amount("270.01 G") * outcome.brackets[0].rate
    if abs(expected - tax) > ONE_TENGE:
        path: tuple[str, ...] = ("taxpayer", PROPERTY, "deductions_used_by_agents")
        if stated.deductions_used_by_agents is None:
            path = ("income",)
        raise InvalidFacts("form_270_does_not_add_up", path=path, expected=expected, tax=tax)
    if sheet.amount("270.01 D") < sheet.amount("270.01 E") + sheet.amount("270.01 F"):
        sheet.note("deductions_over_income")
    if outcome.withheld:
        sheet.note("tax_less_withheld", tax=outcome.tax, withheld=outcome.withheld)


def _private_practice(sheet: Sheet, case: Case, stated: IncomeAndProperty) -> None:
    """Annex 270.03: months, which no assessment knows."""
    amounts = [income.amount for income in case.facts.income if income.category == "private_practice"]
    if not amounts:
        return
    if not stated.private_practice:
        _need(sheet, "270.03 B", "private_practice")
        return
    if sum((month.income for month in stated.private_practice), ZERO) != sum(amounts, ZERO):
        raise InvalidFacts("practice_differs", path=("taxpayer", PROPERTY, "private_practice"))
    for number, field in (("270.03 B", "income"), ("270.03 C", "tax")):
        months = [getattr(month, field) for month in stated.private_practice]
        for row, amount in enumerate((sum(months, ZERO), *months)):
            source = Source(kind=SourceKind.TAXPAYER, path=f"{PROPERTY}.private_practice")
            sheet.put_row(sheet.layout.lines[number], row, amount, source)


def _tables(sheet: Sheet, case: Case, stated: IncomeAndProperty) -> None:
    """The tables of property: as stated; `None` where the facts say that there is something is not enough."""
    for table in sheet.layout.tables:
        rows = getattr(stated, table.field.removeprefix(f"{PROPERTY}."))
        for place, row in enumerate(rows or (), start=1):
            for column in table.columns:
                _write_cell(sheet, table, column, row, place)
        if rows and table.inferred:
            sheet.draft("inferred_table", table=table.number)
    official = stated.acquisitions_of_official is not None or stated.disposals_of_official is not None
    if official and stated.movements_abroad:
        raise InvalidFacts("movements_of_official", path=("taxpayer", PROPERTY, "movements_abroad"))
    abroad = any(sale.source != "kazakhstan" for sale in case.facts.disposals) or bool(stated.gain_from_abroad)
    for told, rows, number in (
        (abroad and not official, stated.movements_abroad, "270.04 B"),
        (case.facts.foreign_bank_money > 0, stated.bank_money_abroad, "270.04 C"),
        (case.facts.owns_digital_assets_at_year_end, stated.property_abroad, "270.04 E"),
    ):
        if told and rows is None:
            sheet.need_table(next(table for table in sheet.layout.tables if table.number == number))


def _write_cell(sheet: Sheet, table: TableLayout, column: ColumnLayout, row: Any, place: int) -> None:
    value = getattr(row, column.field)
    path: tuple[str | int, ...] = ("taxpayer", *table.field.split("."), place - 1, column.field)
    if column.only is not None:
        field, code = column.only
        if (getattr(row, field) == code) != (value is not None):
            raise InvalidFacts("words_of_another_code", path=path, code=code, field=field)
    if value is None:
        return
    if column.codes is not None and value not in code_lists()[column.codes]:
        raise InvalidFacts("not_in_code_list", path=path, given=value, list=column.codes)
    number = value if isinstance(value, Decimal) else None
    if number is not None and number != round(number, DECIMALS[column.unit]):
        raise InvalidFacts("too_many_decimals", path=path, given=number, most=DECIMALS[column.unit])
    sheet.add_row(
        FormLine(
            number=f"{table.number} {column.key}",
            row=place,
            caption=column.caption,
            unit=_unit(column),
            value=number,
            text=None if number is not None else value if isinstance(value, str) else value.isoformat(),
            source=Source(kind=SourceKind.TAXPAYER, path=f"{table.field}.{place - 1}.{column.field}"),
        )
    )


def _unit(column: ColumnLayout) -> str:
    """The unit of a cell: amounts of a row are in the currency that the row names."""
    if column.codes is not None:
        return f"code.{column.codes}"
    if column.unit not in DECIMALS:
        return column.unit
    return KZT if column.unit == "tenge" else NUMBER


def _need(sheet: Sheet, number: str, field: str) -> None:
    sheet.need(number, f"{PROPERTY}.{field}")


def _annexes(sheet: Sheet) -> None:
    annexes = sheet.annexes()
    if annexes:
        sheet.write("270.00.8", ", ".join(annexes), Source(kind=SourceKind.LAYOUT, path="annexes"))
    sheet.note("annexes_by_hand")
