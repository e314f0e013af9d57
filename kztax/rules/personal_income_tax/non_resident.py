"""A non-resident's income from Kazakhstan: rates by category, no deductions."""

from __future__ import annotations

from itertools import groupby

from kztax.core.errors import MissingFact
from kztax.core.figure import Bracket, Figure, brackets, not_below_zero, total
from kztax.core.law import LawOn
from kztax.core.units import KZT
from kztax.core.working import Working
from kztax.rules.personal_income_tax.declaration import agents_of, declaration
from kztax.rules.personal_income_tax.exempt import Line, lines_of, select
from kztax.rules.personal_income_tax.facts import (
    Deductions,
    IncomeCategory,
    PersonalIncomeTaxFacts,
    PersonalIncomeTaxOutcome,
)

NAME = "personal_income_tax"
NET_BASIS = (IncomeCategory.ENTREPRENEUR, IncomeCategory.PRIVATE_PRACTICE)


def tax_of_non_resident(facts: PersonalIncomeTaxFacts, working: Working, gain: Figure) -> PersonalIncomeTaxOutcome:
    """Tax by category on gross income from Kazakhstan (Tax Code 2017, arts 646, 655; Tax Code 2025, arts 682, 692)."""
    law = working.law(facts.tax_period.first_day)
    lines = lines_of(facts, law, working)
    _check(facts, law, working, lines)
    at_home = select(lines, lambda income: not income.from_abroad)
    pay = [line for line in at_home if line.stated.category is IncomeCategory.EMPLOYMENT and line.exempt is None]
    rows = _on_pay(facts, pay, law)
    taxes = [row.tax for row in rows]
    for line in at_home:
        if line.exempt is None and line not in pay:
            interest = line.stated.category is IncomeCategory.INTEREST
            rate = law.steps("non_resident.rate.interest" if interest else "non_resident.rate.other")[0].rate
            taxes.append((line.amount * rate).named(f"{NAME}.tax_at_source", line.amount.about))
    if gain.value > 0 and working.reading("non_resident_gain", law.day) == "document":
        rate = law.steps("non_resident.rate.document")[0].rate
        taxes.append((gain * rate).named(f"{NAME}.tax_on_gain"))
    exempt = [line.exempt for line in lines if line.exempt is not None]
    tax = total(taxes, KZT).named(f"{NAME}.tax", citation=law.cite("non_resident.source"))
    nothing = total([], KZT)
    withheld = total((_withheld(line) for line in at_home if line.exempt is None and line.stated.withheld), KZT).named(
        f"{NAME}.withheld"
    )
    due = not_below_zero(tax - withheld).named(f"{NAME}.due")
    return working.outcome(
        PersonalIncomeTaxOutcome,
        total_income=total([*(line.amount for line in lines), gain], KZT).named(f"{NAME}.total_income"),
        gain_on_digital_assets=gain,
        exempt_income=total(exempt, KZT).named(f"{NAME}.exempt_income"),
        deductions=nothing.named(f"{NAME}.deductions"),
        taxable_income=total((row.income for row in rows), KZT).named(f"{NAME}.taxable_income"),
        brackets=[{"rate": row.rate, "income": row.income, "tax": row.tax} for row in rows],
        dividends_tax=nothing.named(f"{NAME}.dividends_tax"),
        entrepreneur_tax=nothing.named(f"{NAME}.entrepreneur_tax"),
        private_practice_tax=nothing.named(f"{NAME}.private_practice_tax"),
        tax=tax,
        foreign_tax_credit=nothing.named(f"{NAME}.foreign_tax_credit"),
        withheld=withheld,
        **declaration(facts, working, lines, gain),
        payable=working.paid(due, law).named(f"{NAME}.payable"),
    )


def _on_pay(facts: PersonalIncomeTaxFacts, pay: list[Line], law: LawOn) -> list[Bracket]:
    """Each agent applies the scale from 1 January to what it paid; the bands of two agents are never joined."""
    scale = law.steps("non_resident.rate.employment", of="base.mci" if law.has("gross_test") else None)
    rows: list[Bracket] = []
    if len(scale) > 1 and pay:
        agents_of(facts, pay)
    by_agent = sorted(pay, key=lambda line: line.stated.agent or "")
    for agent, group in groupby(by_agent, key=lambda line: line.stated.agent or ""):
        paid = total(line.amount for line in group).named(f"{NAME}.pay_of_agent", agent)
        rows += [row for row in brackets(paid, scale, NAME) if row.income.value or len(scale) == 1]
    return rows


def _withheld(line: Line) -> Figure:
    return Figure(line.stated.withheld, KZT, "fact", (), f"{NAME}.withheld_by_agent", line.amount.about)


def _check(facts: PersonalIncomeTaxFacts, law: LawOn, working: Working, lines: list[Line]) -> None:
    for position, line in enumerate(lines):
        if line.stated.from_abroad:
            working.note(f"{NAME}.foreign_income_of_non_resident")
            continue
        if line.exempt is not None:
            continue
        category = line.stated.category
        unknown_rate = category is IncomeCategory.INTEREST and not law.has("non_resident.rate.interest")
        if category is IncomeCategory.DIVIDENDS or unknown_rate:
            path = ("income", position, "category")
            raise MissingFact("facts_of_withholding_tax_needed", path=path, category=category.value)
        if category in NET_BASIS:
            working.note(f"{NAME}.no_net_basis_for_non_residents")
    if facts.deductions != Deductions():
        working.note(f"{NAME}.no_deductions_for_non_residents")
    if facts.foreign_tax:
        working.note(f"{NAME}.no_credit_for_non_residents")
