"""Foreign tax credit: country by country, the least of tax paid, tax by the treaty, tax at the Code's rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kztax.core.errors import MissingFact
from kztax.core.figure import ZERO, Figure, Step, lowest, total
from kztax.core.foreign_tax import credit_of_country, treaty_rate
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


Scales = Mapping[IncomeCategory, Scale]
GENERAL = IncomeCategory.OTHER
"""Stands for every category on the general scale."""


def scale_of(category: IncomeCategory) -> IncomeCategory:
    """The category that names the scale which income of a category is on."""
    apart = (IncomeCategory.DIVIDENDS, IncomeCategory.ENTREPRENEUR, IncomeCategory.PRIVATE_PRACTICE)
    return category if category in apart else GENERAL


def foreign_tax_credit(
    facts: PersonalIncomeTaxFacts, law: LawOn, working: Working, scales: Scales, tax: Figure
) -> Figure:
    """The credit of the year (KZT): country by country, on no scale more than its tax on income from abroad.

    Articles 303 and 359 of the Code of 2017; 346 and 413 of the Code of 2025.
    """
    if not facts.foreign_tax:
        return total([], KZT).named(f"{NAME}.foreign_tax_credit")
    working.note(f"{NAME}.credit_needs_certificate")
    of_scale: dict[IncomeCategory, list[Figure]] = {}
    for position, paid in enumerate(facts.foreign_tax):
        which = _scale_of_tax(facts, position)
        if scales[which].from_abroad.value == ZERO:
            working.note(f"{NAME}.no_foreign_income_to_credit", country=paid.country)
        of_scale.setdefault(which, []).append(_of_country(paid, law, working, scales[which]))
    citation = law.cite("foreign_tax_credit")
    limited = [
        lowest(total(countries), scales[which].from_abroad * _code_rate(scales[which])).named(
            f"{NAME}.credits_of_countries", citation=citation
        )
        for which, countries in of_scale.items()
    ]
    return lowest(total(limited), tax).named(f"{NAME}.foreign_tax_credit", citation=citation)


def _of_country(paid: ForeignTax, law: LawOn, working: Working, scale: Scale) -> Figure:
    category = paid.category or IncomeCategory.FOREIGN
    by_treaty = treaty_rate(paid, paid.treaty_limit, category.value, working)
    citation = law.cite("foreign_tax_credit")
    return credit_of_country(paid, by_treaty, scale.from_abroad, _code_rate(scale), citation, NAME)


def _code_rate(scale: Scale) -> Figure:
    """The one rate of a flat scale; of a rising one the average rate of the year."""
    if len(scale.steps) == 1 or scale.base.value == ZERO:
        return scale.steps[0].rate
    return (scale.tax / scale.base).named(f"{NAME}.average_rate")


def _scale_of_tax(facts: PersonalIncomeTaxFacts, position: int) -> IncomeCategory:
    """The scale that the country's income is on: as stated, else the only one with income from abroad."""
    category = facts.foreign_tax[position].category
    if category is not None:
        return scale_of(category)
    scales = {scale_of(income.category) for income in facts.income if income.from_abroad}
    if len(scales) > 1:
        raise MissingFact("category_of_foreign_tax_missing", path=("foreign_tax", position, "category"))
    return scales.pop() if scales else GENERAL
