"""Foreign tax credit: country by country, the least of tax paid, tax by the treaty, tax at the Code's rate."""

from __future__ import annotations

from typing import NamedTuple

from kztax.core.errors import MissingFact
from kztax.core.figure import ZERO, Figure, Step, lowest, total
from kztax.core.law import LawOn
from kztax.core.units import KZT
from kztax.core.working import Working
from kztax.rules.personal_income_tax.facts import ForeignTax, IncomeCategory, PersonalIncomeTaxFacts

NAME = "personal_income_tax"


class Scale(NamedTuple):
    """What was taxed on one scale, the tax on it, what of it is from abroad, and the scale itself."""

    steps: tuple[Step, ...]
    base: Figure
    tax: Figure
    from_abroad: Figure


def foreign_tax_credit(
    facts: PersonalIncomeTaxFacts, law: LawOn, working: Working, general: Scale, dividends: Scale, tax: Figure
) -> Figure:
    """The credit of the year (KZT), never more than the tax (articles 303, 359; 346, 413)."""
    of_countries = [
        _of_country(paid, law, working, dividends if _is_dividends(facts, position) else general)
        for position, paid in enumerate(facts.foreign_tax)
    ]
    if not of_countries:
        return total([], KZT).named(f"{NAME}.foreign_tax_credit")
    working.note(f"{NAME}.credit_needs_certificate")
    citation = law.cite("foreign_tax_credit")
    together = total(of_countries).named(f"{NAME}.credits_of_countries")
    return lowest(together, tax).named(f"{NAME}.foreign_tax_credit", citation=citation)


def _of_country(paid: ForeignTax, law: LawOn, working: Working, scale: Scale) -> Figure:
    country = paid.country
    citation = law.cite("foreign_tax_credit")
    income = Figure(paid.income, KZT, "fact", (), f"{NAME}.foreign_income", country)
    limits = [Figure(paid.tax_paid, KZT, "fact", (), f"{NAME}.foreign_tax_paid", country)]
    treaty_rate = _treaty_rate(paid, working)
    if treaty_rate is not None:
        limits.append((income * treaty_rate).named(f"{NAME}.foreign_tax_by_treaty", country))
    taxed_here = lowest(income, scale.from_abroad).named(f"{NAME}.foreign_income_taxed_here", country)
    limits.append((taxed_here * _code_rate(scale)).named(f"{NAME}.code_tax_on_foreign_income", country))
    return lowest(*limits).named(f"{NAME}.credit_of_country", country, citation)


def _treaty_rate(paid: ForeignTax, working: Working) -> Figure | None:
    if paid.treaty_limit is not None:
        return Figure(paid.treaty_limit, "1", "fact", (), f"{NAME}.treaty_limit", paid.country)
    category = paid.category or IncomeCategory.FOREIGN
    rate = working.treaty_rate(paid.country, category.value, working.facts.tax_period.last_day)
    if rate is None:
        working.note(f"{NAME}.no_treaty_limit", country=paid.country)
    return rate


def _code_rate(scale: Scale) -> Figure:
    """The one rate of a flat scale; of a rising one the average rate of the year."""
    if len(scale.steps) == 1 or scale.base.value == ZERO:
        return scale.steps[0].rate
    return (scale.tax / scale.base).named(f"{NAME}.average_rate")


def _is_dividends(facts: PersonalIncomeTaxFacts, position: int) -> bool:
    category = facts.foreign_tax[position].category
    if category is not None:
        return category is IncomeCategory.DIVIDENDS
    kinds = {income.category is IncomeCategory.DIVIDENDS for income in facts.income if income.from_abroad}
    if len(kinds) > 1:
        raise MissingFact("category_of_foreign_tax_missing", path=("foreign_tax", position, "category"))
    return kinds == {True}
