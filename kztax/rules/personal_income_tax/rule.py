"""Personal income tax of a year.

A resident's income goes four ways: the general scale, dividends, business, private practice. To 2025 all
rates were flat, so that an agent's pay may stand in the year's base beside the tax the agent withheld; from
2026 it joins the base only where the year's income exceeds the test of article 411(1).
"""

from __future__ import annotations

from typing import NamedTuple

from kztax.core.facts import Source
from kztax.core.figure import Bracket, Case, Figure, Step, brackets, choose, lowest, not_below_zero, total
from kztax.core.law import LawOn
from kztax.core.units import KZT
from kztax.core.working import Working
from kztax.rules.personal_income_tax.credit import GENERAL, Scale, foreign_tax_credit
from kztax.rules.personal_income_tax.declaration import APART, declaration
from kztax.rules.personal_income_tax.deductions import deductions_of, social_deduction_of
from kztax.rules.personal_income_tax.exempt import Line, lines_of, select
from kztax.rules.personal_income_tax.facts import (
    IncomeCategory,
    PersonalIncomeTaxFacts,
    PersonalIncomeTaxOutcome,
)
from kztax.rules.personal_income_tax.gains import gain_of
from kztax.rules.personal_income_tax.non_resident import tax_of_non_resident

NAME = "personal_income_tax"
MCI = "base.mci"


class GeneralBase(NamedTuple):
    """What the general scale is applied to: income that joins it, deductions left for it, tax computed by agents."""

    income: Figure
    deductions: Figure
    withheld: Figure
    from_abroad: Figure


def personal_income_tax(facts: PersonalIncomeTaxFacts, working: Working) -> PersonalIncomeTaxOutcome:
    """An individual's tax of a year (Tax Code 2017, section 8; Tax Code 2025, section 6)."""
    gain, foreign_gain = _gain(facts, working)
    if not facts.resident:
        return tax_of_non_resident(facts, working, gain)
    law = working.law(facts.tax_period.first_day)
    lines = lines_of(facts, law, working)
    deductions = deductions_of(facts.deductions, law, working)
    free_dividends = _exempt_dividends(lines, law)
    on_dividends = _social_deduction_on_dividends(facts, lines, free_dividends, law)
    if on_dividends is not None:
        deductions = (deductions - on_dividends).named(f"{NAME}.deductions_but_on_dividends")
    base = _general_base(lines, gain, foreign_gain, deductions, law, working)
    taxable = not_below_zero(base.income - base.deductions).named(f"{NAME}.taxable_income", citation=law.cite("base"))
    left = not_below_zero(base.deductions - base.income).named(f"{NAME}.deductions_left")
    scale = law.steps("rate.general", MCI)
    rows = brackets(taxable, scale, NAME)
    general_tax = total(row.tax for row in rows).named(f"{NAME}.general_tax")
    taken_off = [*free_dividends, *([on_dividends] if on_dividends is not None else [])]
    dividends, left = _dividends(lines, taken_off, left, law)
    earned = total(_taxed(select(lines, lambda income: income.category is IncomeCategory.ENTREPRENEUR)), KZT)
    business = _business(earned, left, law)
    practice = _private_practice(lines, not_below_zero(left - earned), law)
    tax = total((general_tax, dividends.tax, business, practice)).named(f"{NAME}.tax", citation=law.cite("tax"))
    scales = {
        GENERAL: Scale(scale, taxable, general_tax, base.from_abroad),
        IncomeCategory.DIVIDENDS: dividends,
        IncomeCategory.ENTREPRENEUR: Scale(
            law.steps("rate.entrepreneur", MCI), earned, business, _abroad(lines, IncomeCategory.ENTREPRENEUR)
        ),
        IncomeCategory.PRIVATE_PRACTICE: Scale(
            law.steps("rate.private_practice"), practice, practice, _abroad(lines, IncomeCategory.PRIVATE_PRACTICE)
        ),
    }
    credit = foreign_tax_credit(facts, law, working, scales, tax)
    _note_monthly_payment(lines, law, working)
    withheld = total((base.withheld, _withheld(select(lines, _is_dividend)))).named(f"{NAME}.withheld")
    due = not_below_zero(tax - credit - withheld).named(f"{NAME}.due", citation=law.cite("tax"))
    declared = declaration(facts, working, lines, gain)
    _note_excess(tax, credit, withheld, working)
    if due.value > 0 and not declared["must_declare"].value:
        working.note(f"{NAME}.due_without_declaration", due=due.value)
    exempt = [line.exempt for line in lines if line.exempt is not None]
    return working.outcome(
        PersonalIncomeTaxOutcome,
        total_income=total([*(line.amount for line in lines), gain]).named(f"{NAME}.total_income"),
        gain_on_digital_assets=gain,
        exempt_income=total([*exempt, *free_dividends], KZT).named(f"{NAME}.exempt_income"),
        deductions=base.deductions,
        taxable_income=taxable,
        brackets=[{"rate": row.rate, "income": row.income, "tax": row.tax} for row in _filled(rows)],
        dividends_tax=dividends.tax,
        entrepreneur_tax=business,
        private_practice_tax=practice,
        tax=tax,
        foreign_tax_credit=credit,
        withheld=withheld,
        **declared,
        payable=working.paid(due, law).named(f"{NAME}.payable"),
    )


def _gain(facts: PersonalIncomeTaxFacts, working: Working) -> tuple[Figure, Figure]:
    """The year's gain on digital assets, stated or that of the disposals, and what of it is from abroad."""
    name = f"{NAME}.gain_on_digital_assets"
    if facts.digital_asset_gain is not None:
        stated = Figure(facts.digital_asset_gain, KZT, "fact", (), name)
        if facts.digital_asset_gain:
            working.cite(working.law(facts.tax_period.last_day).cite("base.gain.regime"))
            if facts.foreign_tax:
                working.note(f"{NAME}.gain_may_be_from_abroad")
        return stated, stated
    gains = [(disposal.source, gain_of(facts, working, place)) for place, disposal in enumerate(facts.disposals)]
    taxed = [(source, gain) for source, gain in gains if gain is not None]
    foreign = [gain for source, gain in taxed if source is not Source.KAZAKHSTAN]
    return total((gain for _, gain in taxed), KZT).named(name), total(foreign, KZT).named(f"{NAME}.gain_from_abroad")


def _general_base(
    lines: list[Line], gain: Figure, foreign_gain: Figure, deductions: Figure, law: LawOn, working: Working
) -> GeneralBase:
    general = select(lines, lambda income: income.category not in APART)
    own = [line for line in general if not line.stated.taxed_by_agent]
    by_agents = [line for line in general if line.stated.taxed_by_agent]
    own_income = total([*_taxed(own), gain]).named(f"{NAME}.self_assessed_income")
    agent_income = total(_taxed(by_agents), KZT).named(f"{NAME}.agent_income")
    joined = (own_income + agent_income).named(f"{NAME}.joined_income", citation=law.cite("base"))
    withheld = _withheld(by_agents)
    if not law.has("gross_test"):
        if by_agents:
            working.note(f"{NAME}.agent_pay_in_the_base")
        return GeneralBase(
            joined, deductions.named(f"{NAME}.deductions"), withheld, _from_abroad(general, foreign_gain)
        )
    over = _gross(lines, gain, law, working) > law.multiple("gross_test", of=MCI)
    over = over.named(f"{NAME}.condition.over_gross_test", citation=law.cite("gross_test"))
    unused = (deductions - _used_by_agents(deductions, agent_income, withheld, law)).named(
        f"{NAME}.deductions_unused_by_agents", citation=law.cite("unused_deductions")
    )
    nothing = total([], KZT).named(f"{NAME}.not_in_the_base")
    abroad = _from_abroad(general, foreign_gain)
    return GeneralBase(
        choose([Case(over, joined, "joined")], own_income, "apart").figure.named(f"{NAME}.base_income"),
        choose([Case(over, deductions, "joined")], unused, "apart").figure.named(f"{NAME}.deductions"),
        choose([Case(over, withheld, "joined")], nothing, "apart").figure.named(f"{NAME}.withheld_on_base"),
        choose([Case(over, abroad, "joined")], _from_abroad(own, foreign_gain), "apart").figure,
    )


def _used_by_agents(deductions: Figure, agent_income: Figure, withheld: Figure, law: LawOn) -> Figure:
    """What agents deducted follows from the tax they computed: below the test all of it is at the first rate."""
    taxed = (withheld / law.steps("rate.general", MCI)[0].rate).named(f"{NAME}.taxed_by_agents")
    used = not_below_zero(agent_income - taxed).named(f"{NAME}.deducted_by_agents")
    return lowest(deductions, used).named(f"{NAME}.deductions_used_by_agents")


def _gross(lines: list[Line], gain: Figure, law: LawOn, working: Working) -> Figure:
    """All income of the year before exemptions; what is no income at all is left out."""
    no_income = law.text("not_income").split()
    counted = select(lines, lambda income: income.exempt_ground not in no_income)
    apart = (IncomeCategory.DIVIDENDS, IncomeCategory.ENTREPRENEUR)
    matters = any(line.stated.category in apart for line in counted)
    if matters and working.reading("gross_test_2026", law.day) == "without_dividends_and_entrepreneur":
        counted = select(counted, lambda income: income.category not in apart)
    return total([*(line.amount for line in counted), gain]).named(f"{NAME}.gross_income")


def _dividends(lines: list[Line], taken_off: list[Figure], left: Figure, law: LawOn) -> tuple[Scale, Figure]:
    """Tax on dividends, and the deductions still left.

    From those of Kazakhstan the exempt amount and what their payer deducted is taken off. To 2025 foreign ones
    are self-assessed, less what the general scale left of the deductions; from 2026 all are on one scale.
    """
    steps = law.steps("rate.dividends", MCI)
    at_home = total(_taxed(select(lines, lambda income: _is_dividend(income) and not income.from_abroad)), KZT)
    abroad = total(_taxed(select(lines, lambda income: _is_dividend(income) and income.from_abroad)), KZT)
    if not (at_home.inputs or abroad.inputs):
        return Scale(steps, at_home, at_home.named(f"{NAME}.dividends_tax"), abroad), left
    at_home, abroad = at_home.named(f"{NAME}.dividends_at_home"), abroad.named(f"{NAME}.dividends_abroad")
    for part in taken_off:
        at_home = not_below_zero(at_home - part).named(f"{NAME}.dividends_taxed")
    if not law.has("rate.foreign_dividends"):
        base = (at_home + abroad).named(f"{NAME}.dividends")
        tax = total(row.tax for row in brackets(base, steps, f"{NAME}.dividends"))
        return Scale(steps, base, tax.named(f"{NAME}.dividends_tax"), abroad), left
    foreign_steps = law.steps("rate.foreign_dividends")
    taxed_abroad = abroad
    if abroad.inputs:
        taxed_abroad = not_below_zero(abroad - left).named(f"{NAME}.dividends_abroad_taxed", citation=law.cite("base"))
        left = not_below_zero(left - abroad)
    tax = total((at_home * steps[0].rate, taxed_abroad * foreign_steps[0].rate)).named(f"{NAME}.dividends_tax")
    return Scale(foreign_steps, taxed_abroad, tax, abroad), left


def _taxed_by(tax: Figure, scale: tuple[Step, ...]) -> Figure:
    """The income that bears a tax on a scale of one step or two: the scale read backwards."""
    first = scale[0]
    if first.up_to is None:
        return tax / first.rate
    within = first.up_to * first.rate
    return lowest(tax, within) / first.rate + not_below_zero(tax - within) / scale[1].rate


def _social_deduction_on_dividends(
    facts: PersonalIncomeTaxFacts, lines: list[Line], exempt: list[Figure], law: LawOn
) -> Figure | None:
    """What the payer of dividends deducted of the social deduction: it follows from the tax that it computed."""
    paid = select(lines, lambda income: _is_dividend(income) and income.taxed_by_agent)
    social = social_deduction_of(facts.deductions, law)
    if social is None or not _taxed(paid):
        return None
    taxed = _taxed_by(_withheld(paid), law.steps("rate.dividends", MCI)).named(f"{NAME}.dividends_taxed_by_agents")
    at_home = total(_taxed(paid))
    for part in exempt:
        at_home = not_below_zero(at_home - part)
    deducted = lowest(social, not_below_zero(at_home - taxed))
    return deducted.named(f"{NAME}.social_deduction_on_dividends", citation=law.cite("deduction_on_dividends"))


def _from_abroad(lines: list[Line], foreign_gain: Figure) -> Figure:
    """Income from abroad on the general scale that is taxed here."""
    foreign = select(lines, lambda income: income.from_abroad)
    return total([*_taxed(foreign), foreign_gain]).named(f"{NAME}.income_from_abroad")


def _abroad(lines: list[Line], category: IncomeCategory) -> Figure:
    return total(_taxed(select(lines, lambda income: income.from_abroad and income.category is category)), KZT)


def _exempt_dividends(lines: list[Line], law: LawOn) -> list[Figure]:
    at_home = _taxed(select(lines, lambda income: _is_dividend(income) and not income.from_abroad))
    if not at_home or not law.has("dividend_exemption"):
        return []
    exempt = lowest(total(at_home), law.multiple("dividend_exemption", MCI))
    return [exempt.named(f"{NAME}.dividends_exempt", citation=law.cite("dividend_exemption"))]


def _business(income: Figure, deductions_left: Figure, law: LawOn) -> Figure:
    """A sole proprietor's tax: the business's taxable income less what deductions the general scale left."""
    if not income.inputs:
        return income.named(f"{NAME}.entrepreneur_tax")
    income = income.named(f"{NAME}.business_income_stated")
    base = not_below_zero(income - deductions_left).named(f"{NAME}.business_income")
    rows = brackets(base, law.steps("rate.entrepreneur", MCI), f"{NAME}.business")
    return total(row.tax for row in rows).named(f"{NAME}.entrepreneur_tax")


def _private_practice(lines: list[Line], deductions_left: Figure, law: LawOn) -> Figure:
    income = total(_taxed(select(lines, lambda income: income.category is IncomeCategory.PRIVATE_PRACTICE)), KZT)
    if not income.inputs:
        return income.named(f"{NAME}.private_practice_tax")
    income = income.named(f"{NAME}.practice_income")
    if law.has("private_practice_takes_deductions"):
        income = not_below_zero(income - deductions_left).named(f"{NAME}.practice_income_taxed")
    return (income * law.steps("rate.private_practice")[0].rate).named(f"{NAME}.private_practice_tax")


def _is_dividend(income: object) -> bool:
    return bool(getattr(income, "category", None) is IncomeCategory.DIVIDENDS)


def _taxed(lines: list[Line]) -> list[Figure]:
    return [line.amount for line in lines if line.exempt is None]


def _withheld(lines: list[Line]) -> Figure:
    return total(
        (
            Figure(line.stated.withheld, KZT, "fact", (), f"{NAME}.withheld_by_agent", line.amount.about)
            for line in lines
            if line.stated.withheld
        ),
        KZT,
    ).named(f"{NAME}.withheld_by_agents")


def _filled(rows: tuple[Bracket, ...]) -> list[Bracket]:
    """The brackets that income fell in, the first one always."""
    return [row for position, row in enumerate(rows) if position == 0 or row.income.value]


def _note_excess(tax: Figure, credit: Figure, withheld: Figure, working: Working) -> None:
    excess = (credit + withheld - tax).value
    if excess > 0:
        working.note(f"{NAME}.withheld_too_much", excess=excess)


def _note_monthly_payment(lines: list[Line], law: LawOn, working: Working) -> None:
    practice = select(lines, lambda income: income.category is IncomeCategory.PRIVATE_PRACTICE)
    if practice and law.has("private_practice_monthly_payment"):
        working.note(f"{NAME}.private_practice_is_paid_monthly")
        working.cite(law.cite("private_practice_monthly_payment"))
