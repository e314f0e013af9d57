"""Form 880.00, the fee for digital mining: annex 880.01 for electricity that was bought, 880.02 for own stations.

A metered supply is a row; what is counted by load has a section of its own. More supplies than an annex has rows take
another sheet of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from kztax.core.assessment import FigureRecord
from kztax.core.errors import InvalidFacts, MissingFact, UnknownLaw
from kztax.core.period import Period, Quarter, Year
from kztax.forms.case import Case
from kztax.forms.declarant import MeterReadings
from kztax.forms.layout import whole_years_of
from kztax.forms.model import Source, SourceKind
from kztax.forms.sheet import Sheet

FORM = "880.00"
BY_LOAD = "mining_levy.kwh_by_load"


class Section(NamedTuple):
    """The rows of an annex that supplies of one kind fill, and the columns of rate, readings, electricity and price."""

    first: str
    rows: int
    rate: str
    start: str
    end: str
    kwh: str
    price: str | None = None


BOUGHT = Section("880.01.001", 10, "B", "C", "D", "E", "A")
OWN = Section("880.02.001", 5, "A", "B", "C", "D")
OWN_RENEWABLE = Section("880.02.007", 5, "A", "B", "C", "D")
BOUGHT_BY_LOAD = Section("880.01.012", 1, "A", "", "", "D")
OWN_BY_LOAD = Section("880.02.013", 1, "A", "", "", "D")


class Supply(NamedTuple):
    """A supply of one of the assessments."""

    case: Case
    place: int

    def path(self, field: str) -> str:
        """A field of the supply, in facts and outcome alike."""
        return f"supplies.{self.place}.{field}"


def period_of(cases: Sequence[Case]) -> Period:
    """The form's period: the quarter, or a year that is declared as a whole, whose four quarters must all be given."""
    periods = [Quarter.parse(case.assessment.period) for case in cases]
    years = {period.year for period in periods}
    if len(years) == 1 and years <= whole_years_of(FORM):
        return _whole_year(years.pop(), [period.number for period in periods])
    if len(cases) > 1:
        raise InvalidFacts("form_of_one_period", path=(1, "period"), form=FORM)
    return periods[0]


def _whole_year(year: int, numbers: Sequence[int]) -> Year:
    if len(numbers) > len(set(numbers)):
        raise InvalidFacts("quarter_given_twice", path=(len(numbers) - 1, "period"))
    for number in range(1, 5):
        if number not in numbers:
            raise MissingFact("quarter_of_form_missing", path=("period",), form=FORM, quarter=f"{year}-Q{number}")
    return Year(year)


def fill(sheet: Sheet) -> None:
    """Write the lines of the fee (rules of filling in, points 15 to 28)."""
    if any(case.outcome.form is None for case in sheet.cases):
        raise UnknownLaw("form_not_due", path=("period",), form=FORM, period=str(sheet.period))
    sheet.write_header()
    supplies = [Supply(case, place) for case in sheet.cases for place in range(len(case.facts.supplies))]
    for section, filled in _by_section(supplies):
        for count, supply in enumerate(filled):
            copy, row = divmod(count, section.rows)
            _fill_row(sheet, section, row, copy + 1, supply)
    levy = sum((case.outcome.levy for case in sheet.cases), Decimal(0))
    assert sheet.amount("880.00.003") == levy, "the form adds up to the levy"
    _write_period_and_annexes(sheet)
    _note(sheet, levy)


def _by_section(supplies: Sequence[Supply]) -> Iterator[tuple[Section, list[Supply]]]:
    sections: dict[Section, list[Supply]] = {}
    for supply in supplies:
        sections.setdefault(_section(supply), []).append(supply)
    yield from sections.items()


def _section(supply: Supply) -> Section:
    stated = supply.case.facts.supplies[supply.place]
    own = stated.generation == "own"
    if supply.case.record(supply.path("kwh")).name == BY_LOAD:
        return OWN_BY_LOAD if own else BOUGHT_BY_LOAD
    if not own:
        return BOUGHT
    return OWN_RENEWABLE if stated.renewable else OWN


def _fill_row(sheet: Sheet, section: Section, row: int, copy: int, supply: Supply) -> None:
    number = f"{section.first[:-3]}{int(section.first[-3:]) + row:03}"
    case, stated = supply.case, supply.case.facts.supplies[supply.place]
    rate = supply.path("rate_per_kwh")
    sheet.put(f"{number} {section.rate}", case.amount(rate), case.figure_source(rate), copy)
    if not section.start:
        _fill_load(sheet, number, copy, supply)
        return
    if section.price is not None and stated.price_per_kwh is not None:
        source = case.fact_source(supply.path("price_per_kwh"))
        sheet.put(f"{number} {section.price}", stated.price_per_kwh, source, copy)
    _fill_readings(sheet, f"{number} {section.start}", f"{number} {section.end}", copy, supply)
    kwh = supply.path("kwh")
    sheet.put(f"{number} {section.kwh}", case.amount(kwh), case.figure_source(kwh), copy)


def _fill_load(sheet: Sheet, number: str, copy: int, supply: Supply) -> None:
    """Hours and power, as the assessment multiplied them."""
    kwh = supply.path("kwh")
    load, hours = supply.case.inputs(supply.case.record(kwh))
    for column, figure in (("B", hours), ("C", load)):
        sheet.put(f"{number} {column}", _number(figure), supply.case.figure_source(kwh, figure), copy)


def _number(record: FigureRecord) -> Decimal:
    assert isinstance(record.value, Decimal)
    return record.value


def _fill_readings(sheet: Sheet, start: str, end: str, copy: int, supply: Supply) -> None:
    taxpayer = sheet.taxpayer
    if taxpayer is None or not taxpayer.meter_readings:
        sheet.need(start, "meter_readings", copy)
        sheet.need(end, "meter_readings", copy)
        return
    place, readings = _readings_of(sheet, taxpayer.meter_readings, supply)
    if readings is None:
        raise MissingFact(
            "meter_readings_missing",
            path=("taxpayer", "meter_readings"),
            supply=supply.place + 1,
            quarter=supply.case.assessment.period,
        )
    shown, used = readings.end - readings.start, supply.case.amount(supply.path("kwh"))
    if shown != used:
        path = ("taxpayer", "meter_readings", place, "end")
        raise InvalidFacts("meter_differs", path=path, supply=supply.place + 1, shown=shown, used=used)
    source = Source(kind=SourceKind.TAXPAYER, path=f"meter_readings.{place}")
    sheet.put(start, readings.start, source, copy)
    sheet.put(end, readings.end, source, copy)


def _readings_of(sheet: Sheet, stated: Sequence[MeterReadings], supply: Supply) -> tuple[int, MeterReadings | None]:
    """The readings of a supply; where there are several quarters, they name theirs."""
    quarter = supply.case.assessment.period
    named = (quarter,) if len(sheet.cases) > 1 else (quarter, None)
    for place, readings in enumerate(stated):
        if readings.supply == supply.place + 1 and readings.quarter in named:
            return place, readings
    return 0, None


def _write_period_and_annexes(sheet: Sheet) -> None:
    from_layout = Source(kind=SourceKind.LAYOUT, path="period")
    sheet.write("880.00.3", str(sheet.period), from_layout)
    annexes = [number[:6] for number in ("880.01.013", "880.02.014") if sheet.is_written(number)]
    sheet.write("880.00.8", ", ".join(annexes), Source(kind=SourceKind.LAYOUT, path="annexes"))


def _note(sheet: Sheet, levy: Decimal) -> None:
    payable = sum((case.outcome.payable for case in sheet.cases), Decimal(0))
    if payable != levy:
        sheet.note("not_rounded", exact=levy, payable=payable)
    by_load = any(sheet.is_written(number) for number in ("880.01.012 A", "880.02.013 A"))
    grounds = {supply.ground for case in sheet.cases for supply in case.outcome.supplies}
    if by_load and "no_meter" not in grounds:
        sheet.note("no_penal_rate_then")
    if sheet.taxpayer is not None and sheet.taxpayer.licence is None:
        sheet.note("no_licence_stated")
    if isinstance(sheet.period, Year):
        sheet.note("whole_year", year=sheet.period)
