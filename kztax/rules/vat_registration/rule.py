"""VAT registration: turnover that counts, added up day by day, against so many MCI of 1 January."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import reduce

from dateutil.relativedelta import relativedelta

from kztax.core.figure import EXACT, ZERO, Figure, Moment, total
from kztax.core.law import LawOn
from kztax.core.turnover import PARTICIPANT_SERVICE, RENDERED_IN_AIFC, treatment_entry
from kztax.core.units import DATE, KZT
from kztax.core.working import Working
from kztax.rules.vat_registration.facts import Turnover, VatRegistrationFacts, VatRegistrationOutcome

NAME = "vat_registration"


def vat_registration(facts: VatRegistrationFacts, working: Working) -> VatRegistrationOutcome:
    """When a year's turnover obliges to register (Tax Code 2017, art. 82; Tax Code 2025, arts 99, 101)."""
    law = working.law(facts.tax_period.first_day)
    threshold = law.multiple("threshold", of="base.mci")
    rows = [row for row in sorted(facts.turnover, key=lambda row: row.on) if _counts(row, working)]
    _note_what_does_not_count(facts, rows, working)
    crossed = _crossing(rows, threshold.value)
    to_day = [row for row in rows if crossed is None or row.on <= crossed]
    turnover = _turnover(to_day, law)
    if crossed is None:
        working.note(f"{NAME}.not_crossed", turnover=turnover.value)
        return working.outcome(
            VatRegistrationOutcome, threshold=threshold, turnover=turnover, apply_by=None, crossed_on=None
        )
    _note_whom_it_concerns(law, working)
    over = (turnover > threshold).named(f"{NAME}.condition.over_threshold", "", law.cite("threshold"))
    moment = Moment(crossed, DATE, "crossed", (over,), f"{NAME}.crossed_on")
    before_deal = law.has("before_the_deal") and any(row.single_deal for row in rows if row.on == crossed)
    return working.outcome(
        VatRegistrationOutcome,
        threshold=threshold,
        turnover=turnover,
        apply_by=_before_the_deal(moment, law, working) if before_deal else _apply_by(moment, law, working),
        crossed_on=moment,
    )


def _crossing(rows: list[Turnover], threshold: Decimal) -> date | None:
    """The first day whose turnover, added to all before it, exceeds the threshold."""
    turnover = ZERO
    for row in rows:
        turnover = EXACT.add(turnover, row.amount)
        if turnover > threshold:
            return row.on
    return None


def _turnover(rows: list[Turnover], law: LawOn) -> Figure:
    amounts = [Figure(row.amount, KZT, "fact", (), f"turnover.{row.nature}", row.on.isoformat()) for row in rows]
    return total(amounts, KZT).named(f"{NAME}.turnover_to_day", "", law.cite("turnover"))


def _counts(row: Turnover, working: Working) -> bool:
    """Whether the law of the day counts turnover that is treated so."""
    law = working.law(row.on)
    entry = treatment_entry(row.nature, in_aifc=row.aifc_service)
    if row.aifc_service and row.nature in RENDERED_IN_AIFC:
        entry = PARTICIPANT_SERVICE
    treatment = law.text(entry)
    working.cite(law.cite(entry))
    if treatment == "zero_rated":
        working.cite(law.cite("zero_rated_counts"))
    return treatment in law.text("counted").split()


def _note_what_does_not_count(facts: VatRegistrationFacts, counted: list[Turnover], working: Working) -> None:
    """What was stated and left out must be seen, or the sum cannot be checked by hand."""
    left_out = EXACT.subtract(_amount(facts.turnover), _amount(counted))
    if left_out:
        working.note(f"{NAME}.not_counted", amount=left_out)


def _amount(rows: Iterable[Turnover]) -> Decimal:
    return reduce(EXACT.add, (row.amount for row in rows), ZERO)


def _note_whom_it_concerns(law: LawOn, working: Working) -> None:
    working.note(f"{NAME}.whom_it_concerns")
    working.cite(law.cite("whom_it_concerns"))
    if law.has("special_regimes"):
        working.note(f"{NAME}.special_regimes")
        working.cite(law.cite("special_regimes"))


def _apply_by(crossed: Moment, law: LawOn, working: Working) -> Moment:
    """So many working days after the day, or after the end of its month."""
    days = law.figure("apply.working_days")
    start = crossed.value
    if law.text("apply.counted_from") == "end_of_month":
        start += relativedelta(day=31)
    last_day: date = working.working_days_after(start, int(days.value))
    if not working.book.working_days(last_day)[1]:
        working.note("due_day_provisional", entry=f"{NAME}.apply_by", day=last_day)
    detail = (start.isoformat(), str(days.value))
    citation = law.cite("apply.working_days")
    return Moment(last_day, DATE, "working_days_after", (crossed, days), f"{NAME}.apply_by", "", citation, detail)


def _before_the_deal(crossed: Moment, law: LawOn, working: Working) -> Moment:
    working.note(f"{NAME}.before_the_deal", day=crossed.value)
    return Moment(
        crossed.value, DATE, "before_the_deal", (crossed,), f"{NAME}.apply_by", "", law.cite("before_the_deal")
    )
