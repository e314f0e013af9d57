"""Tax calendar: whose duty and of which period, and the days that follow."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from kztax.core.assessment import Outcome
from kztax.core.facts import Listed, SubjectFacts, fault
from kztax.core.period import PERIOD_TEXT, Period, period_of


class Obligation(StrEnum):
    """What is filed or paid."""

    MINING_LEVY = "mining_levy"
    VALUE_ADDED_TAX = "value_added_tax"
    ELECTRONIC_SERVICES_VAT = "electronic_services_vat"
    CORPORATE_INCOME_TAX = "corporate_income_tax"
    CORPORATE_INCOME_TAX_ADVANCE = "corporate_income_tax_advance"
    BRANCH_PROFITS_TAX = "branch_profits_tax"
    WITHHOLDING_TAX = "withholding_tax"
    WITHHOLDING_TAX_ON_RESIDENTS = "withholding_tax_on_residents"
    PERSONAL_INCOME_TAX = "personal_income_tax"
    PERSONAL_INCOME_TAX_AGENT = "personal_income_tax_agent"
    SOCIAL_TAX = "social_tax"
    INCOME_AND_PROPERTY_DECLARATION = "income_and_property_declaration"
    POOL_REPORT = "pool_report"
    SIMPLIFIED_REGIME = "simplified_regime"


class Filer(StrEnum):
    """Who files, where the day, the form or the budget code depends on it."""

    COMPANY = "company"
    LARGE_COMPANY = "large_company"
    INDIVIDUAL = "individual"
    SOLE_PROPRIETOR = "sole_proprietor"
    NON_RESIDENT_INDIVIDUAL = "non_resident_individual"


FILERS = {
    Obligation.CORPORATE_INCOME_TAX: (Filer.COMPANY, Filer.LARGE_COMPANY),
    Obligation.CORPORATE_INCOME_TAX_ADVANCE: (Filer.COMPANY, Filer.LARGE_COMPANY),
    Obligation.BRANCH_PROFITS_TAX: (Filer.COMPANY, Filer.LARGE_COMPANY),
    Obligation.PERSONAL_INCOME_TAX: (Filer.INDIVIDUAL, Filer.SOLE_PROPRIETOR, Filer.NON_RESIDENT_INDIVIDUAL),
    Obligation.SIMPLIFIED_REGIME: (Filer.SOLE_PROPRIETOR, Filer.COMPANY),
}
"""Who may file, where it matters; the first is the one assumed."""


class TaxCalendarFacts(SubjectFacts):
    """An obligation and its period: a year, a half-year, a quarter or a month, whichever the obligation has.

    >>> TaxCalendarFacts(obligation="value_added_tax", period="2026-Q1").tax_period.last_day.isoformat()
    '2026-03-31'
    """

    KIND: ClassVar[str] = "tax_calendar"
    kind: Literal["tax_calendar"] = "tax_calendar"
    obligation: Annotated[Obligation, Listed]
    period: Annotated[str, Field(pattern=PERIOD_TEXT)]
    filer: Annotated[Filer, Listed] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not 1900 <= int(self.period[:4]) <= 2100:
            raise fault("day_out_of_range", field="period")
        if self.filer is not None and self.filer not in FILERS.get(self.obligation, ()):
            known = ", ".join(FILERS.get(self.obligation, ())) or "—"
            raise fault("not_a_filer", field="filer", obligation=self.obligation, known=known)
        return self

    @property
    def tax_period(self) -> Period:
        """The period."""
        return period_of(self.period)[0]

    @property
    def whose(self) -> Filer | None:
        """The filer that is stated, else the one assumed; None where it makes no difference."""
        return self.filer or next(iter(FILERS.get(self.obligation, ())), None)


class TaxCalendarOutcome(Outcome):
    """When the return is due and the tax to be paid, under which form and budget code. None: there is none, or a note
    says that it is not known.

    `payments` are the days of all payments of the period, `payment_due` the first. `return_from` is the first day on
    which a return is taken; `early_return_due` the calculation of advance payments before the return of the year,
    `correction_due` the last day to correct advance payments.
    """

    UNSAID: ClassVar[frozenset[str]] = frozenset({"filer", "return_from", "early_return_due", "correction_due"})

    obligation: Obligation
    filer: Filer | None
    return_from: date | None
    early_return_due: date | None
    return_due: date | None
    correction_due: date | None
    payments: tuple[date, ...]
    payment_due: date | None
    form: str | None
    budget_code: str | None


FACTS = TaxCalendarFacts
OUTCOME = TaxCalendarOutcome
MAIN = "payment_due"
"""The field of the outcome that answers the question."""
