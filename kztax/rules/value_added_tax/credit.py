"""Input tax: how much of it is credited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kztax.core.figure import Figure, total
from kztax.core.law import LawOn
from kztax.core.units import KZT
from kztax.core.working import Working
from kztax.rules.value_added_tax.facts import InputVatMethod, UsedFor, ValueAddedTaxFacts

NAME = "value_added_tax"


class Turnovers(NamedTuple):
    """The sums that the proportion is made of, and what was bought from non-residents and what is no turnover."""

    taxable: Figure
    non_taxable: Figure
    purchased: Figure
    outside: Figure


class Credit(NamedTuple):
    """Input tax, and the part of it that is credited."""

    deductible: Figure
    non_deductible: Figure


def credit(facts: ValueAddedTaxFacts, turnovers: Turnovers, pays: bool, working: Working) -> Credit:
    """What is credited by the method of the accounting policy (Tax Code 2017, art. 408, 409; 2025, art. 488, 489)."""
    law = working.law(facts.tax_period.first_day)
    stated = _stated(facts)
    everything = total([figure for figures in stated.values() for figure in figures], KZT)
    # Without input tax nothing is parted: steps over zeros would say nothing.
    deductible = _by_method(facts, stated, turnovers, working) if pays and facts.input_vat else total([], KZT)
    deductible = deductible.named(f"{NAME}.deductible_input_vat")
    rest = (everything - deductible).named(f"{NAME}.non_deductible_input_vat", "", law.cite("input_vat"))
    if facts.input_vat:
        _note_credit(facts, turnovers, pays, working)
    return Credit(deductible, rest)


def _by_method(
    facts: ValueAddedTaxFacts, stated: Mapping[UsedFor, list[Figure]], turnovers: Turnovers, working: Working
) -> Figure:
    """In proportion, whatever a purchase serves; or by accounts kept apart, only the common part in proportion."""
    law = working.law(facts.tax_period.first_day)
    if facts.input_vat_method is InputVatMethod.PROPORTIONAL:
        served = [*stated[UsedFor.TAXABLE], *stated[UsedFor.EXEMPT], *stated[UsedFor.BOTH]]
        return _in_proportion(total(served, KZT), turnovers, law, working)
    common = _in_proportion(total(stated[UsedFor.BOTH], KZT), turnovers, law, working)
    credited = total([*stated[UsedFor.TAXABLE], common.named(f"{NAME}.in_proportion")], KZT)
    return credited.named("", "", law.cite("apart"))


def _stated(facts: ValueAddedTaxFacts) -> Mapping[UsedFor, list[Figure]]:
    stated: dict[UsedFor, list[Figure]] = {used_for: [] for used_for in UsedFor}
    for number, row in enumerate(facts.input_vat, start=1):
        about = str(number) if len(facts.input_vat) > 1 else ""
        stated[row.used_for].append(Figure(row.amount, KZT, "fact", (), f"{NAME}.input.{row.used_for}", about))
    return stated


def _in_proportion(tax: Figure, turnovers: Turnovers, law: LawOn, working: Working) -> Figure:
    """Tax times taxable turnover over all turnover; the whole of it where nothing was sold."""
    sold = turnovers.taxable + turnovers.non_taxable
    if not sold.value:
        return tax.named("", "", law.cite("proportion"))
    taxable = turnovers.taxable
    # The readings part only where both sums and the tax are there to be parted.
    matters = all(figure.value for figure in (tax, turnovers.non_taxable, turnovers.purchased))
    if matters and working.reading("proportion_with_purchases", law.day) == "with_purchases":
        taxable = (taxable + turnovers.purchased).named(f"{NAME}.taxable_with_purchases")
    everything = (taxable + turnovers.non_taxable).named(f"{NAME}.all_turnover")
    return (tax * taxable / everything).named("", "", law.cite("proportion"))


def _note_credit(facts: ValueAddedTaxFacts, turnovers: Turnovers, pays: bool, working: Working) -> None:
    """Say where nothing is credited, where the use of a purchase did not count, and where the text has no key."""
    law = working.law(facts.tax_period.first_day)
    used = {row.used_for for row in facts.input_vat}
    proportional = facts.input_vat_method is InputVatMethod.PROPORTIONAL
    if not pays:
        working.note(f"{NAME}.nothing_credited")
        return
    if proportional and (UsedFor.EXEMPT in used or (UsedFor.TAXABLE in used and turnovers.non_taxable.value)):
        working.note(f"{NAME}.use_not_counted")
    common = used - {UsedFor.OUTSIDE_SCOPE} if proportional else used & {UsedFor.BOTH}
    if turnovers.outside.value and common:
        working.note(f"{NAME}.no_key")
        working.cite(law.cite("no_key"))
