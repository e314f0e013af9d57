"""Tax calendar: the days of an obligation's period, from the law of the tax itself, moved past days not worked.

A day, a form, a code stands in the law of one subject alone; the table below names it there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

from kztax.core.deadlines import statutory_day
from kztax.core.errors import InvalidFacts
from kztax.core.figure import Moment
from kztax.core.law import LawOn
from kztax.core.period import ONE_DAY, Month, Period, PeriodKind, Quarter, Year, period_of
from kztax.core.working import Working
from kztax.rules.tax_calendar.facts import Filer, Obligation, TaxCalendarFacts, TaxCalendarOutcome

NAME = "tax_calendar"
COMPANY_CODES = {
    Filer.COMPANY: "corporate_income_tax.budget_code.other",
    Filer.LARGE_COMPANY: "corporate_income_tax.budget_code.large",
}


DueOn = Callable[[LawOn, str, Period], Moment | None]


class Entries(NamedTuple):
    """Where the law of an obligation stands. An empty name: it has no such thing."""

    return_due: str = ""
    payment_due: str = ""
    form: str = ""
    budget_code: str | Mapping[Filer, str] = ""
    return_from: str = ""
    early_return_due: str = ""
    correction_due: str = ""
    after_the_year: bool = False  # filed under the law of the day after the period


def _of(subject: str, form: str | None = None, budget_code: str | Mapping[Filer, str] = "", **more: Any) -> Entries:
    """The usual names of a subject's entries."""
    return Entries(f"{subject}.return_due", f"{subject}.payment_due", form or f"{subject}.form", budget_code, **more)


def _personal_income_tax(prefix: str, code: str) -> Entries:
    subject = f"personal_income_tax.{prefix}"
    code = f"personal_income_tax.budget_code.{code}"
    return Entries(f"{subject}return_due", f"{subject}payment_due", f"{subject}form", code, after_the_year=True)


AGENTS_FORM = "withholding_tax.individual.form"
PERSONAL_INCOME_TAX = {
    Filer.INDIVIDUAL: _personal_income_tax("", "citizen"),
    Filer.SOLE_PROPRIETOR: _personal_income_tax("entrepreneur_", "citizen"),
    Filer.NON_RESIDENT_INDIVIDUAL: _personal_income_tax("non_resident_", "foreigner"),
}
ENTRIES = {
    Obligation.MINING_LEVY: _of("mining_levy", budget_code="mining_levy.budget_code"),
    Obligation.VALUE_ADDED_TAX: _of(
        "value_added_tax",
        budget_code="value_added_tax.budget_code.turnover",
        return_from="value_added_tax.return_from",
    ),
    Obligation.ELECTRONIC_SERVICES_VAT: Entries(
        payment_due="value_added_tax.e_seller_payment_due", budget_code="value_added_tax.budget_code.e_seller"
    ),
    Obligation.CORPORATE_INCOME_TAX: _of("corporate_income_tax", budget_code=COMPANY_CODES, after_the_year=True),
    Obligation.CORPORATE_INCOME_TAX_ADVANCE: _of(
        "corporate_income_tax_advance",
        budget_code=COMPANY_CODES,
        early_return_due="corporate_income_tax_advance.early_return_due",
        correction_due="corporate_income_tax_advance.correction_due",
    ),
    Obligation.BRANCH_PROFITS_TAX: _of(
        "branch_profits_tax", form="corporate_income_tax.form", budget_code=COMPANY_CODES, after_the_year=True
    ),
    Obligation.WITHHOLDING_TAX: _of("withholding_tax.company", budget_code="withholding_tax.company.budget_code"),
    Obligation.WITHHOLDING_TAX_ON_RESIDENTS: _of(
        "withholding_tax_on_residents", budget_code="withholding_tax_on_residents.budget_code"
    ),
    Obligation.PERSONAL_INCOME_TAX_AGENT: _of(
        "personal_income_tax_agent", form=AGENTS_FORM, budget_code="withholding_tax.individual.budget_code"
    ),
    Obligation.SOCIAL_TAX: _of("social_tax", form=AGENTS_FORM, budget_code="social_tax.budget_code"),
    Obligation.INCOME_AND_PROPERTY_DECLARATION: PERSONAL_INCOME_TAX[Filer.INDIVIDUAL]._replace(
        payment_due="", budget_code=""
    ),
    Obligation.POOL_REPORT: Entries("pool_report.return_due", form="pool_report.form"),
    Obligation.SIMPLIFIED_REGIME: _of(
        "simplified_regime",
        budget_code={
            Filer.SOLE_PROPRIETOR: "simplified_regime.budget_code.sole_proprietor",
            Filer.COMPANY: "simplified_regime.budget_code.company",
        },
    ),
}

NOTES = (
    (Obligation.MINING_LEVY, "mining_levy.annual_form_of_2022", "mining_levy.annual_form_of_2022"),
    (Obligation.MINING_LEVY, "mining_levy.last_quarter_of_2022", "mining_levy.last_quarter_of_2022"),
    (
        Obligation.CORPORATE_INCOME_TAX_ADVANCE,
        "corporate_income_tax.advances.digital_assets",
        f"{NAME}.digital_assets_always_pay",
    ),
    (
        Obligation.CORPORATE_INCOME_TAX_ADVANCE,
        "corporate_income_tax_advance.assessed_by_the_authority",
        f"{NAME}.first_quarter_is_assessed",
    ),
    (Obligation.BRANCH_PROFITS_TAX, "branch_profits_tax.return_due", f"{NAME}.branch_has_no_form_of_its_own"),
    (Obligation.WITHHOLDING_TAX, "withholding_tax.company.return_due", f"{NAME}.of_companies_paid"),
    (
        Obligation.INCOME_AND_PROPERTY_DECLARATION,
        "personal_income_tax.declare.digital_assets_owned",
        f"{NAME}.digital_assets_owned",
    ),
)
"""What a reader must know of an obligation, where the law of the day has the entry that it rests on."""


def tax_calendar(facts: TaxCalendarFacts, working: Working) -> TaxCalendarOutcome:
    """The days of one period. `UnknownPeriod` where one falls in a year whose days off are not known."""
    return _days(facts, working, working.known_due)


def tax_calendar_so_far(facts: TaxCalendarFacts, working: Working) -> TaxCalendarOutcome:
    """The same without the days that fall in such a year: a calendar of an earlier year does not hold them anyway."""
    return _days(facts, working, working.due)


def _days(facts: TaxCalendarFacts, working: Working, due: DueOn) -> TaxCalendarOutcome:
    """By the law of the period's last day; what is filed after the year by that of the day after."""
    entries, period = _entries(facts), facts.tax_period
    day = day_of_law(facts.obligation, period)
    law = working.law_of_filing(day) if entries.after_the_year else working.law(day)
    kinds = _known_kinds(facts, working, law)
    of_year = entries if isinstance(period, Year) else Entries()
    payments = [due(law, entries.payment_due, each) for each in _payment_periods(facts, entries, kinds)]
    payments = [payment for payment in payments if payment is not None]
    first_day = entries.return_from
    _note(facts, working, law)
    return working.outcome(
        TaxCalendarOutcome,
        obligation=facts.obligation,
        filer=facts.whose,
        return_from=_unmoved(law, first_day, period) if first_day and law.has(first_day) else None,
        early_return_due=_where_there_is(due, law, of_year.early_return_due, period),
        return_due=_return_due(facts, working, law, entries, due),
        correction_due=_where_there_is(due, law, of_year.correction_due, period),
        payments=payments,
        payment_due=payments[0] if payments else None,
        form=working.text(law, entries.form) if entries.form else None,
        budget_code=_budget_code(facts, working, law, entries),
    )


def day_of_law(obligation: Obligation, period: Period) -> date:
    """The day whose law says when something is due for a period."""
    after = obligation is Obligation.PERSONAL_INCOME_TAX or ENTRIES[obligation].after_the_year
    return period.last_day + ONE_DAY if after else period.last_day


def _entries(facts: TaxCalendarFacts) -> Entries:
    if facts.obligation is Obligation.PERSONAL_INCOME_TAX:
        assert facts.whose is not None, "somebody is always assumed"
        return PERSONAL_INCOME_TAX[facts.whose]
    return ENTRIES[facts.obligation]


def _known_kinds(facts: TaxCalendarFacts, working: Working, law: LawOn) -> list[str]:
    """The kinds of period that the obligation has on this day; `InvalidFacts` where the stated one is another."""
    entry = f"period.{facts.obligation}"
    kinds = law.text(entry).split()
    if period_of(facts.period)[1] not in kinds:
        expected = "_or_".join(kinds)
        raise InvalidFacts("period_of_another_kind", path=("period",), obligation=facts.obligation, expected=expected)
    working.cite(law.cite(entry))
    return kinds


def _payment_periods(facts: TaxCalendarFacts, entries: Entries, kinds: list[str]) -> list[Period]:
    """What is paid by the month has twelve payments in a year."""
    if not entries.payment_due:
        return []
    period = facts.tax_period
    return PeriodKind.MONTH.periods_of(period.year) if isinstance(period, Year) and "month" in kinds else [period]


def _where_there_is(due: DueOn, law: LawOn, name: str, period: Period) -> Moment | None:
    return due(law, name, period) if name and law.has(name) else None


def _unmoved(law: LawOn, name: str, period: Period) -> Moment:
    return statutory_day(law, name, period).named(law.full_name(name), str(period))


def _return_due(facts: TaxCalendarFacts, working: Working, law: LawOn, entries: Entries, due: DueOn) -> Moment | None:
    """The return of the period, or of the quarter where what is paid by the month is filed by the quarter."""
    name, period, by = entries.return_due, facts.tax_period, f"return_period.{facts.obligation}"
    if isinstance(period, Month):
        if law.has(by):
            working.cite(law.cite(by))
            return _where_there_is(due, law, _of_quarter(law, name, period.quarter), period.quarter)
        if entries.correction_due:
            working.note(f"{NAME}.calculations_by_the_year")
            return None
    unmoved = f"{facts.obligation}.not_shifted"
    if law.has(unmoved):
        day = _unmoved(law, name, period)
        working.cite(law.cite(unmoved))
        worked = working.worked_day_from(day.value)
        if worked != day.value:
            working.note(f"{NAME}.not_shifted", day=day.value, worked=worked)
        return day
    return _where_there_is(due, law, name, period)


def _of_quarter(law: LawOn, name: str, quarter: Quarter) -> str:
    """A return of the last quarter of a year may have a day of its own."""
    of_last = f"{name}_of_last_quarter"
    return of_last if quarter.last_day == Year(quarter.year).last_day and law.has(of_last) else name


def _budget_code(facts: TaxCalendarFacts, working: Working, law: LawOn, entries: Entries) -> str | None:
    code = entries.budget_code
    if not isinstance(code, str):
        assert facts.whose is not None, "codes by filer are of obligations that have several"
        code = code[facts.whose]
    return working.text(law, code) if code else None


def _note(facts: TaxCalendarFacts, working: Working, law: LawOn) -> None:
    if facts.filer is None and facts.whose is not None:
        working.note(f"{NAME}.filer_assumed", filer=facts.whose)
    for obligation, entry, note in NOTES:
        if facts.obligation is obligation and law.has(entry):
            working.note(note)
            working.cite(law.cite(entry))
