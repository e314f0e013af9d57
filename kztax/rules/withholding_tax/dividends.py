"""Dividends: lower rates for long or large holdings. One function a regime of the law."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from kztax.core.errors import MissingFact
from kztax.core.figure import Case, Condition, Figure, Moment, Step, choose, not_below_zero
from kztax.core.law import LawOn
from kztax.core.period import Year
from kztax.core.units import DATE, KZT, YES_NO
from kztax.core.working import Working
from kztax.rules.withholding_tax.facts import RateGround, WithholdingTaxFacts

NAME = "withholding_tax"


class Terms(NamedTuple):
    """What the Code asks of a payment: a scale of one rate or several, and why."""

    scale: tuple[Step, ...]
    ground: str


class Line(NamedTuple):
    """The payment's own line of the law, and what comes before it: low-tax registration, Astana Hub."""

    rate: Figure
    low_tax: Case
    astana_hub: tuple[Case, ...]


Regime = Callable[[WithholdingTaxFacts, Working, LawOn, Line], Terms]


def one_rate(cases: Sequence[Case], otherwise: Figure) -> Terms:
    """The first case that holds, else the rate of the category."""
    chosen = choose(cases, otherwise, RateGround.CATEGORY)
    return Terms((Step(None, chosen.figure.named(f"{NAME}.rate")),), chosen.label)


def exempt_when_long_held(facts: WithholdingTaxFacts, working: Working, law: LawOn, line: Line) -> Terms:
    """To 2022: exempt on shares held over three years, before any rate (Tax Code 2017, arts 645(9)(4), 654(4))."""
    held = () if line.low_tax.condition.value else _long_holding(facts, working, law)
    return one_rate([line.low_tax, *held, *line.astana_hub], line.rate)


def reduced_when_long_held(facts: WithholdingTaxFacts, working: Working, law: LawOn, line: Line) -> Terms:
    """2023 to 2025: a lower rate on shares held over three years (Tax Code 2017, art. 646(4))."""
    before = [line.low_tax, *line.astana_hub]
    held = () if _decided(before) else _long_holding(facts, working, law)
    return one_rate([*before, *held], line.rate)


def scale_for_large_holder(facts: WithholdingTaxFacts, working: Working, law: LawOn, line: Line) -> Terms:
    """From 2026: two brackets for who holds a quarter of the capital (Tax Code 2025, art. 682(1)(6))."""
    before = [line.low_tax, *line.astana_hub]
    large = None if _decided(before) else _large_holding(facts, working, law)
    if large is None:
        return one_rate(before, line.rate)
    if large.value and "paid_earlier_this_year" not in facts.model_fields_set:
        working.note(f"{NAME}.paid_earlier_not_stated")
    # The limit is in MCI of 1 January.
    steps = working.law(Year(law.day.year).first_day).steps("rate.large_holding", of="base.mci")
    rates = [one_rate([*before, Case(large, step.rate, RateGround.LARGE_HOLDING)], line.rate) for step in steps]
    if not large.value:
        return rates[0]
    limits = [None if step.up_to is None else _room(facts, working, law, step.up_to) for step in steps]
    scale = [
        Step(limit, terms.scale[0].rate.named(f"{NAME}.rate", str(number)))
        for number, (limit, terms) in enumerate(zip(limits, rates, strict=True), start=1)
    ]
    return Terms(tuple(scale), RateGround.LARGE_HOLDING)


REGIMES: Mapping[str, Regime] = {
    rule.__name__: rule for rule in (exempt_when_long_held, reduced_when_long_held, scale_for_large_holder)
}


def _decided(cases: Sequence[Case]) -> bool:
    return any(case.condition.value for case in cases)


def _long_holding(facts: WithholdingTaxFacts, working: Working, law: LawOn) -> tuple[Case, ...]:
    """More than so many years on the day of accrual: held exactly so long is not more."""
    from dateutil.relativedelta import relativedelta

    rate = f"{facts.recipient}.rate.long_holding"
    if facts.held_since is None:
        working.note(f"{NAME}.held_since_not_stated")
        return ()
    since, years = Moment.fact(facts.held_since, f"{NAME}.held_since"), law.figure("long_holding.years")
    full = facts.held_since + relativedelta(years=int(years.value))
    reached = Moment(full, DATE, "years_after", (since, years), f"{NAME}.years_reached", detail=(str(years.value),))
    if facts.accrued_on is None:
        day = Moment.fact(facts.paid_on, f"{NAME}.paid_on")
    else:
        day = Moment.fact(facts.accrued_on, f"{NAME}.accrued_on")
    longer = Condition(full < day.value, YES_NO, "compared", (reached, day), detail=("<",))
    if longer.value and facts.accrued_on is None:
        working.note(f"{NAME}.accrual_day_not_stated")
    condition = longer & _qualifying(facts, law, longer, rate)
    return (Case(condition, law.figure(rate), RateGround.LONG_HOLDING),)


def _large_holding(facts: WithholdingTaxFacts, working: Working, law: LawOn) -> Condition | None:
    if facts.share is None:
        working.note(f"{NAME}.share_not_stated")
        return None
    enough = facts.share >= law.figure("large_holding.least_share")
    return enough & _qualifying(facts, law, enough, "rate.large_holding")


def _qualifying(facts: WithholdingTaxFacts, law: LawOn, holding: Condition, rate: str) -> Condition:
    """The conditions that are not the holding's are the caller's to know; asked once the holding would qualify."""
    if holding.value and facts.qualifying_conditions_met is None:
        path = ("qualifying_conditions_met",)
        raise MissingFact("qualifying_conditions_missing", path=path, entry=law.full_name(rate))
    return Condition.fact(facts.qualifying_conditions_met is True, f"{NAME}.condition.qualifying")


def _room(facts: WithholdingTaxFacts, working: Working, law: LawOn, limit: Figure) -> Figure:
    """What is left of a bracket: all of it for each payment, or what the year's earlier payments left."""
    if not facts.paid_earlier_this_year or working.reading("dividend_limit", law.day) == "per_payment":
        return limit
    earlier = Figure(facts.paid_earlier_this_year, KZT, "fact", (), f"{NAME}.paid_earlier")
    return not_below_zero(limit - earlier).named(f"{NAME}.room")
