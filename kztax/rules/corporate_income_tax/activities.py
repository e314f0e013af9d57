"""The tax base by activity, each at its rate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from kztax.core.errors import UnknownLaw
from kztax.core.figure import Case, Condition, Figure, choose, total
from kztax.core.law import LawOn
from kztax.core.units import KZT
from kztax.core.working import Working
from kztax.rules.corporate_income_tax.facts import Activity
from kztax.rules.corporate_income_tax.income import NAME, Line


class Taxed(NamedTuple):
    """One activity: its rate, its share of the base, the tax on that."""

    activity: Activity
    rate: Figure
    base: Figure
    tax: Figure


def about(activity: Activity) -> str:
    """How steps of an activity are told apart: by the choice's own words."""
    return f"choice.{activity}"


def line_of(activity: Activity, law: LawOn) -> Activity:
    """The activity under whose line of the year's law another falls: the standard one, where it has none."""
    has_line = law.has(f"rate.{activity}") or (activity is Activity.SOCIAL and law.has("social.relief"))
    return activity if has_line else Activity.STANDARD


def tax_by_activity(
    income: list[Line], deductible: list[Line], aggregate: Figure, tax_base: Figure, law: LawOn, working: Working
) -> list[Taxed]:
    """The base shared over activities (Tax Code 2025, articles 210, 345 and 357; 2017, articles 302 and 313)."""
    results = _results(income, deductible, law)
    rates = {activity: _rate(activity, income, aggregate, law) for activity in results}
    if len(results) > 1:
        _check_signs(results, rates)
        working.note(f"{NAME}.activities_apart")
    bases = _bases(results, tax_base, law)
    relieved = relieved_of_tax(income, aggregate, law)
    return [_taxed(activity, rates[activity], base, relieved, law) for activity, base in bases.items()]


def relieved_of_tax(income: list[Line], aggregate: Figure, law: LawOn) -> Condition | None:
    """Whether the whole computed tax is reduced, as that of the social sphere was to 2025 (Tax Code 2017, art. 290)."""
    if not law.has("social.relief") or all(line.activity is not Activity.SOCIAL for line in income):
        return None
    return _is_social(income, aggregate, law)


def _results(income: list[Line], deductible: list[Line], law: LawOn) -> dict[Activity, Figure]:
    """Income less deductions of each line of the law, in the law's order of activities."""
    counted = [line for line in income if line.excluded is None]
    present = {line_of(line.activity, law) for line in (*counted, *deductible)}
    results: dict[Activity, Figure] = {}
    for activity in Activity:
        if activity in present:
            gross = _of(counted, activity, law).named(f"{NAME}.activity_income", about(activity))
            spent = _of(deductible, activity, law).named(f"{NAME}.activity_deductions", about(activity))
            results[activity] = (gross - spent).named(f"{NAME}.activity_result", about(activity))
    return results or {Activity.STANDARD: total([], KZT).named(f"{NAME}.activity_result", about(Activity.STANDARD))}


def _of(lines: Iterable[Line], activity: Activity, law: LawOn) -> Figure:
    return total([line.amount for line in lines if line_of(line.activity, law) is activity], KZT)


def _check_signs(results: Mapping[Activity, Figure], rates: Mapping[Activity, Figure]) -> None:
    """A loss at one rate against income at another: no article says which of them it reduces."""
    pools: dict[Decimal, list[Figure]] = {}
    for activity, result in results.items():
        pools.setdefault(rates[activity].value, []).append(result)
    signs = {total(pool).value > 0 for pool in pools.values() if total(pool).value}
    if len(signs) > 1:
        raise UnknownLaw("activity_at_a_loss", path=("expenses",))


def _bases(results: dict[Activity, Figure], tax_base: Figure, law: LawOn) -> dict[Activity, Figure]:
    """The whole base for one activity; for several their own results, or shares of what reductions and losses left."""
    if len(results) == 1:
        return dict.fromkeys(results, tax_base)
    gainful = {activity: result for activity, result in results.items() if result.value > 0}
    together = total(gainful.values(), KZT).named(f"{NAME}.gainful_activities")
    if together.value == tax_base.value:
        return gainful or {next(iter(results)): tax_base}
    bases: dict[Activity, Figure] = {}
    left = tax_base
    for activity, result in gainful.items():
        last = activity == next(reversed(gainful))
        share = left if last else tax_base * result / together
        bases[activity] = share.named(f"{NAME}.activity_base", about(activity), law.cite("activities_apart"))
        left = left - bases[activity]
    return bases or {next(iter(results)): tax_base}


def _rate(activity: Activity, income: list[Line], aggregate: Figure, law: LawOn) -> Figure:
    standard = law.figure("rate.standard")
    if not law.has(f"rate.{activity}"):
        return standard
    rate = law.figure(f"rate.{activity}")
    if activity is not Activity.SOCIAL:
        return rate
    cases = [Case(_is_social(income, aggregate, law), rate, "social")]
    return choose(cases, standard, "standard").figure.named(f"{NAME}.rate_of_social_sphere")


def _is_social(income: list[Line], aggregate: Figure, law: LawOn) -> Condition:
    """Social activities make up the least share of aggregate annual income, or more."""
    social = _of(income, Activity.SOCIAL, law).named(f"{NAME}.social_income")
    needed = (aggregate * law.figure("social.least_share")).named(f"{NAME}.social_income_needed")
    return (social >= needed).named(f"{NAME}.condition.social_sphere", citation=law.cite("social.least_share"))


def _taxed(activity: Activity, rate: Figure, base: Figure, relieved: Condition | None, law: LawOn) -> Taxed:
    tax = (base * rate).named(f"{NAME}.activity_tax", about(activity))
    if relieved is not None:
        relief = law.figure("social.relief")
        rest = (tax - tax * relief).named(f"{NAME}.social_tax_relieved", about(activity), relief.citation)
        chosen = choose([Case(relieved, rest, "relieved")], tax, "full")
        tax = chosen.figure.named(f"{NAME}.social_tax", about(activity))
    return Taxed(activity, rate, base, tax)
