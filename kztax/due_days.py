"""Every obligation's days in a year, from the engine: what a calendar shows.

A day belongs to the year in which it falls: a return of the last quarter stands in the next year's calendar.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import product
from typing import NamedTuple

from kztax.core.citation import Citation
from kztax.core.deadlines import why_not_worked
from kztax.core.errors import UnknownLaw, UnknownPeriod
from kztax.core.figure import Node
from kztax.core.law import RuleBook
from kztax.core.period import Period, PeriodKind, Year
from kztax.core.working import Working
from kztax.engine import TaxEngine
from kztax.rules.tax_calendar.facts import FILERS, Filer, Obligation, TaxCalendarFacts, TaxCalendarOutcome
from kztax.rules.tax_calendar.rule import day_of_law, tax_calendar_so_far
from kztax.rules.tax_overview.facts import Applies, Tax, TaxLine, Taxpayer

EVENTS = {
    "return_from": "return_from",
    "early_return_due": "early_return",
    "return_due": "return",
    "correction_due": "correction",
    "payments": "payment",
}
"""What a day of the outcome is of."""


class DueDay(NamedTuple):
    """One day: what is due, of which period, where the law puts it, which days it passed over, each with the reason.

    `stands` marks a day that is not worked and all the same not moved; `settled` is False where it may still move.
    """

    day: date
    obligation: Obligation
    filer: Filer | None
    event: str
    period: str
    statutory: date
    passed: tuple[tuple[str, str], ...]
    citation: Citation
    form: str | None
    budget_code: str | None
    settled: bool
    stands: bool


class NotKnown(NamedTuple):
    """A period whose days the law that was read does not give."""

    obligation: Obligation
    period: str
    error: UnknownLaw


class Calendar(NamedTuple):
    """A year's days in order, and what is not known of it."""

    year: int
    days: tuple[DueDay, ...]
    not_known: tuple[NotKnown, ...]


class Duty(NamedTuple):
    """An obligation, and who files where that makes a difference."""

    obligation: Obligation
    filer: Filer | None = None


def all_duties(obligations: Iterable[Obligation] = Obligation) -> list[Duty]:
    """Each obligation once, personal income tax once for each kind of filer, as their days differ."""
    duties: list[Duty] = []
    for obligation in obligations:
        differ = obligation is Obligation.PERSONAL_INCOME_TAX
        duties += [Duty(obligation, filer) for filer in (FILERS[obligation] if differ else (None,))]
    return duties


def duties_of(engine: TaxEngine, taxpayer: Taxpayer, year: int) -> list[Duty]:
    """What concerns a kind of taxpayer in the general regime, by the overview of taxes of the year's first day."""
    facts = {"kind": "tax_overview", "on": Year(year).first_day, "taxpayer": taxpayer}
    taxes = engine.assess(facts).outcome.taxes
    return [duty for duty in all_duties() if _concerns(duty, taxpayer, taxes)]


def _concerns(duty: Duty, taxpayer: Taxpayer, taxes: Mapping[Tax, TaxLine]) -> bool:
    obligation = duty.obligation
    if obligation in ONLY_OF:
        return taxpayer is ONLY_OF[obligation]
    if (obligation, taxpayer) in NOT_OF:
        return False
    tax = TAX_OF.get(obligation) or Tax(obligation)
    if obligation in WITHHELD:
        return taxes[tax].applies is Applies.AS_AGENT
    if obligation is Obligation.PERSONAL_INCOME_TAX:
        proprietor = taxpayer is Taxpayer.SOLE_PROPRIETOR
        return taxes[tax].applies is Applies.YES and duty.filer is FILER[proprietor]
    return taxes[tax].applies in (Applies.YES, Applies.IF_OBJECT, Applies.OVER_THRESHOLD)


FILER = {True: Filer.SOLE_PROPRIETOR, False: Filer.INDIVIDUAL}
WITHHELD = (Obligation.WITHHOLDING_TAX, Obligation.WITHHOLDING_TAX_ON_RESIDENTS, Obligation.PERSONAL_INCOME_TAX_AGENT)
ONLY_OF = {
    Obligation.ELECTRONIC_SERVICES_VAT: Taxpayer.NON_RESIDENT_WITHOUT_PE,
    Obligation.POOL_REPORT: Taxpayer.MINING_POOL,
    Obligation.SIMPLIFIED_REGIME: None,  # no part of the general regime, which the overview describes
}
# A foreign company without a place of business pays VAT on what it sells over the internet alone.
NOT_OF = {(Obligation.VALUE_ADDED_TAX, Taxpayer.NON_RESIDENT_WITHOUT_PE)}
# Who withholds from non-residents withholds from residents and employees as well.
TAX_OF = {
    Obligation.CORPORATE_INCOME_TAX_ADVANCE: Tax.CORPORATE_INCOME_TAX,
    Obligation.INCOME_AND_PROPERTY_DECLARATION: Tax.PERSONAL_INCOME_TAX,
    **dict.fromkeys(WITHHELD, Tax.WITHHOLDING_TAX),
}


def calendar_of(engine: TaxEngine, year: int, duties: Iterable[Duty]) -> Calendar:
    """The days of the duties that fall in a year.

    `UnknownPeriod` for a year whose law was not read or whose days off are not known.
    """
    book, first_day = engine.rule_book, Year(year).first_day
    if first_day > book.known_until:
        raise UnknownPeriod("period_not_read", period=str(year), until=book.known_until.isoformat())
    book.working_days(first_day)
    days: dict[tuple[str, ...], DueDay] = {}
    not_known: list[NotKnown] = []
    for duty, each in product(duties, (year - 1, year)):
        try:
            for due in _days(engine, duty, each):
                # A quarter's return is found with each of its months.
                days[due.obligation, due.filer or "", due.event, due.period] = due
        except UnknownLaw as error:
            not_known.append(NotKnown(duty.obligation, str(each), error))
    order = list(Obligation)
    of_year = [due for due in days.values() if due.day.year == year]
    of_year.sort(key=lambda due: (due.day, order.index(due.obligation), due.filer or "", due.event, due.period))
    return Calendar(year, tuple(of_year), tuple(not_known))


def _days(engine: TaxEngine, duty: Duty, year: int) -> Iterator[DueDay]:
    """Every day of the duty's periods of a year, wherever it falls."""
    for period in _periods(engine.rule_book, duty.obligation, year):
        facts = TaxCalendarFacts(obligation=duty.obligation, period=str(period), filer=duty.filer)
        working = engine.sheet(facts)
        outcome = tax_calendar_so_far(facts, working)
        for path, moment in working.results.items():
            event = EVENTS.get(path.partition(".")[0])
            if event is not None:
                yield _due_day(duty, event, moment, working, outcome)


def _periods(book: RuleBook, obligation: Obligation, year: int) -> Iterator[Period]:
    """The periods of a year that the obligation has: of the longest kind, where it has several."""
    for kind in PeriodKind:
        for period in kind.periods_of(year):
            law = book.on("tax_calendar", min(day_of_law(obligation, period), book.known_until))
            entry = f"period.{obligation}"
            if period.first_day <= book.known_until and law.has(entry) and law.text(entry).split()[0] == kind:
                yield period


def _due_day(duty: Duty, event: str, moment: Node, working: Working, outcome: TaxCalendarOutcome) -> DueDay:
    moved = moment.operation == "next_working_day"
    statutory = moment.inputs[0] if moved else moment
    assert statutory.citation is not None, "every day rests on an article"
    provisional = ("due_day_provisional", (("entry", moment.name), ("day", moment.value.isoformat())))
    return DueDay(
        day=moment.value,
        obligation=duty.obligation,
        filer=duty.filer,
        event=event,
        period=moment.about,
        statutory=statutory.value,
        passed=_passed(moment) if moved else (),
        citation=statutory.citation,
        form=outcome.form,
        budget_code=outcome.budget_code,
        settled=provisional not in working.notes,
        stands=event == "return" and not moved and why_not_worked(working.book, moment.value) is not None,
    )


def _passed(moment: Node) -> tuple[tuple[str, str], ...]:
    pairs = (reason.partition(" ") for reason in moment.detail)
    return tuple((day, why) for day, _, why in pairs)
