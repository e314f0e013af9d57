"""Costs: which are deducted, which the law refuses, and which reduce taxable income afterwards."""

from __future__ import annotations

from typing import NamedTuple

from kztax.core.citation import Citation
from kztax.core.errors import MissingFact
from kztax.core.figure import Figure, lowest, total
from kztax.core.law import LawOn
from kztax.core.units import KZT
from kztax.core.working import Working
from kztax.rules.corporate_income_tax.facts import (
    CompanySize,
    CorporateIncomeTaxFacts,
    Expense,
    ExpenseCategory,
    ReductionGround,
    SaleVenue,
)
from kztax.rules.corporate_income_tax.income import NAME, Line

RULE_ON = {
    ExpenseCategory.MINING_POOL_SERVICES: "mining.pool_services_refused",
    ExpenseCategory.DIGITAL_MINING: "mining.income",
}
"""The rule whose first day decides how a cost of the category is treated."""


class Costs(NamedTuple):
    """Deductible costs with their activity, and what is refused."""

    deductible: list[Line]
    refused: list[Figure]


def costs(facts: CorporateIncomeTaxFacts, working: Working) -> Costs:
    """Every stated cost on its side."""
    _check_venue(facts, working)
    deductible: list[Line] = []
    refused: list[Figure] = []
    for position, expense in enumerate(facts.expenses):
        law = _law_of(expense, position, facts, working)
        amount = Figure(expense.amount, KZT, "fact", (), f"{NAME}.expense.{expense.category}", str(position + 1))
        refusal = _refusal(expense, facts, law, working)
        if refusal is None:
            deductible.append(Line(expense.activity, amount))
        else:
            refused.append(amount.named(f"{NAME}.expense.{expense.category}", str(position + 1), refusal))
    return Costs(deductible, refused)


def _check_venue(facts: CorporateIncomeTaxFacts, working: Working) -> None:
    last_day = working.law(facts.tax_period.last_day)
    asked = facts.mined_asset_sale_proceeds and last_day.has("disposal.off_exchange_cost_refused")
    if asked and facts.mined_asset_sale_venue is None:
        raise MissingFact("mined_sale_venue_missing", path=("mined_asset_sale_venue",))


def _law_of(expense: Expense, position: int, facts: CorporateIncomeTaxFacts, working: Working) -> LawOn:
    """The law of the cost's day; of the year where its rule did not change inside it."""
    first, last = working.law(facts.tax_period.first_day), working.law(facts.tax_period.last_day)
    if expense.on is not None:
        return working.law(expense.on)
    rule = RULE_ON.get(expense.category)
    if rule is not None and first.has(rule) != last.has(rule):
        raise MissingFact("expense_day_missing", path=("expenses", position, "on"))
    return last


def _refusal(expense: Expense, facts: CorporateIncomeTaxFacts, law: LawOn, working: Working) -> Citation | None:
    if expense.category is ExpenseCategory.UNRELATED_TO_INCOME:
        return law.cite("unrelated_refused")
    if expense.category is ExpenseCategory.MINING_POOL_SERVICES:
        return law.cite(RULE_ON[expense.category]) if law.has(RULE_ON[expense.category]) else None
    if expense.category is not ExpenseCategory.DIGITAL_MINING or not law.has(RULE_ON[expense.category]):
        return None
    if working.reading("mining_costs", law.day) == "document":
        return law.cite("mining.income")
    sold_elsewhere = facts.mined_asset_sale_proceeds and facts.mined_asset_sale_venue is SaleVenue.OTHER
    if sold_elsewhere and law.has("disposal.off_exchange_cost_refused"):
        working.note(f"{NAME}.off_exchange_mining_costs")
        if working.reading("off_aifc_costs_2023", law.day) == "all_costs_of_obtaining":
            return law.cite("disposal.off_exchange_cost_refused")
    return None


def reductions(facts: CorporateIncomeTaxFacts, taxable_income: Figure, law: LawOn, working: Working) -> Figure:
    """Donations within their cap, other reductions as stated; together never more than taxable income."""
    if not facts.reductions:
        return total([], KZT).named(f"{NAME}.reductions")
    stated = [
        (
            row.ground,
            Figure(row.amount, KZT, "fact", (), f"{NAME}.reduction.{row.ground}", row.reference or str(number)),
        )
        for number, row in enumerate(facts.reductions, start=1)
    ]
    donated = total([amount for ground, amount in stated if ground is ReductionGround.DONATIONS], KZT)
    parts = [amount for ground, amount in stated if ground is ReductionGround.OTHER]
    if donated.inputs:
        cap = law.figure(f"donations.cap.{_donor(facts, working)}")
        most = (taxable_income * cap).named(f"{NAME}.donations_cap", citation=cap.citation)
        parts.insert(0, lowest(donated.named(f"{NAME}.donations"), most).named(f"{NAME}.donations_allowed"))
    together = lowest(total(parts, KZT), taxable_income)
    return together.named(f"{NAME}.reductions", citation=law.cite("reductions"))


def _donor(facts: CorporateIncomeTaxFacts, working: Working) -> str:
    if facts.large_taxpayer_monitored is None and facts.size is CompanySize.LARGE:
        working.note(f"{NAME}.taken_as_monitored")
        return "large"
    return "large" if facts.large_taxpayer_monitored else "other"
