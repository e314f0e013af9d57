"""Branch profits tax: net income, which is what corporate income tax leaves, at the Code's rate or a treaty's.

A treaty limits the tax on a base of its own; which base is an entry of the treaty (`branch_profits_regime`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from kztax.core.errors import MissingFact
from kztax.core.figure import ZERO, Case, Figure, choose, lowest, not_below_zero
from kztax.core.law import LawOn
from kztax.core.period import ONE_DAY
from kztax.core.treaties import TreatyOn
from kztax.core.units import KZT
from kztax.core.working import Working
from kztax.rules.branch_profits_tax.facts import BranchProfitsTaxFacts, BranchProfitsTaxOutcome, TreatyFacts

NAME = "branch_profits_tax"
STANDARD_RATE = "corporate_income_tax.rate.standard"


class Limit(NamedTuple):
    """What a treaty leaves: a rate, and the base it is taken on."""

    rate: Figure
    base: Figure


def branch_profits_tax(facts: BranchProfitsTaxFacts, working: Working) -> BranchProfitsTaxOutcome:
    """The year's tax on net income (Tax Code 2017, arts 652 and 670; Tax Code 2025, arts 689 and 713)."""
    period = facts.tax_period
    law = working.law(period.first_day)
    filing = working.law_of_filing(period.last_day + ONE_DAY)
    base = _tax_base(facts)
    income_tax = _corporate_income_tax(facts, base, law)
    net_income = (base - income_tax).named(f"{NAME}.net_income", citation=law.cite("net_income"))
    rate = law.figure("rate")
    tax = (net_income * rate).named(f"{NAME}.tax_by_code", citation=law.cite("rate"))
    limit = _limit(facts, working, law, net_income)
    if limit is not None:
        by_treaty = (limit.base * limit.rate).named(f"{NAME}.tax_by_treaty", citation=law.cite("treaty_relief"))
        rate = limit.rate if by_treaty.value <= tax.value else rate
        tax = lowest(tax, by_treaty)
    tax = tax.named(f"{NAME}.tax")
    total_tax = (income_tax + tax).named(f"{NAME}.total_tax")
    return working.outcome(
        BranchProfitsTaxOutcome,
        tax_base=base,
        corporate_income_tax=income_tax,
        net_income=net_income,
        treaty_base=None if limit is None else limit.base,
        rate=rate,
        tax=tax,
        total_tax=total_tax,
        effective_rate=(total_tax / base).named(f"{NAME}.effective_rate") if base.value else None,
        payable=working.paid(tax, law).named(f"{NAME}.payable"),
        return_due=working.due(filing, "return_due", period),
        payment_due=working.due(filing, "payment_due", period),
    )


def _tax_base(facts: BranchProfitsTaxFacts) -> Figure:
    income = Figure(facts.taxable_income, KZT, "fact", (), f"{NAME}.taxable_income")
    base = income
    for name, amount in (("reductions", facts.reductions), ("losses", facts.losses)):
        if amount:
            base = base - Figure(amount, KZT, "fact", (), f"{NAME}.{name}")
    return not_below_zero(base).named(f"{NAME}.tax_base")


def _corporate_income_tax(facts: BranchProfitsTaxFacts, base: Figure, law: LawOn) -> Figure:
    if facts.corporate_income_tax is not None:
        return Figure(facts.corporate_income_tax, KZT, "fact", (), f"{NAME}.corporate_income_tax")
    return (base * law.figure(STANDARD_RATE)).named(f"{NAME}.corporate_income_tax")


def _limit(facts: BranchProfitsTaxFacts, working: Working, law: LawOn, net_income: Figure) -> Limit | None:
    """What a plugin, else the treaty table, says of the clause; None where the Code's own rate stays."""
    country = facts.treaty_country
    if country is None:
        return None
    last_day = facts.tax_period.last_day
    answered = working.treaty_rate(country, "branch_profits", last_day)
    treaty = None
    if answered is None:
        treaty = working.treaty(country, last_day, ("treaty_country",))
        if not treaty.is_applied(since=law.day):
            working.note(f"{NAME}.treaty_not_yet_applied", country=country)
            return None
    if not facts.residence_certificate:
        working.note(f"{NAME}.no_certificate", country=country)
        working.cite(law.cite("treaty_relief_later"))
        return None
    if treaty is None:
        assert answered is not None
        return Limit(answered, net_income)
    stated = facts.treaty_facts or TreatyFacts()
    rate = treaty.limit("branch_profits")
    _note_facts_of_no_use(stated, treaty, working)
    base = CLAUSES[treaty.text("branch_profits_regime")](net_income, stated, treaty)
    return Limit(rate, _unless_free(base, stated, treaty))


def _note_facts_of_no_use(stated: TreatyFacts, treaty: TreatyOn, working: Working) -> None:
    """A fact that the clause does not turn on changes nothing; who stated it must hear that."""
    turns_on = {
        "reinvested_net_income": treaty.text("branch_profits_regime") == on_net_income_less_reinvested.__name__,
        "profit_in_treaty_currency": treaty.has("branch_profits_free_up_to"),
        "investment": treaty.has("branch_profits_insured_over"),
        "insured_investment": treaty.has("branch_profits_insured_over"),
    }
    for fact, is_of_use in turns_on.items():
        if getattr(stated, fact) is not None and not is_of_use:
            working.note(f"{NAME}.fact_of_no_use", fact=f"{NAME}.{fact}", country=treaty.country)


def on_net_income(net_income: Figure, stated: TreatyFacts, treaty: TreatyOn) -> Figure:
    """The clause takes the profits after corporate income tax, as the Code does."""
    return net_income


def on_share_of_net_income(net_income: Figure, stated: TreatyFacts, treaty: TreatyOn) -> Figure:
    """Austria: of the profits after tax only a part, a half, is taken."""
    return (net_income * treaty.limit("branch_profits_share")).named(f"{NAME}.share_of_net_income")


def on_net_income_less_reinvested(net_income: Figure, stated: TreatyFacts, treaty: TreatyOn) -> Figure:
    """The Netherlands, Switzerland: what is reinvested in the establishment is free; so is an insured share."""
    base = net_income
    if stated.reinvested_net_income is not None:
        reinvested = Figure(stated.reinvested_net_income, KZT, "fact", (), f"{NAME}.reinvested_net_income")
        base = not_below_zero(net_income - reinvested).named(f"{NAME}.not_reinvested")
    insurable = treaty.has("branch_profits_insured_over")
    if not insurable or stated.investment is None or stated.insured_investment is None:
        return base
    limit = treaty.limit("branch_profits_insured_over")
    investment = Figure(stated.investment, limit.unit, "fact", (), f"{NAME}.investment")
    insured = Figure(stated.insured_investment, limit.unit, "fact", (), f"{NAME}.insured_investment")
    over = (investment > limit).named(f"{NAME}.condition.large_investment", citation=treaty.cite("branch_profits"))
    uninsured = (base * ((investment - insured) / investment)).named(f"{NAME}.uninsured_part")
    chosen = choose([Case(over, uninsured, "insured")], base, "not_insured")
    return chosen.figure.named(f"{NAME}.base_after_insurance")


Clause = Callable[[Figure, TreatyFacts, TreatyOn], Figure]
CLAUSES: Mapping[str, Clause] = {
    clause.__name__: clause for clause in (on_net_income, on_share_of_net_income, on_net_income_less_reinvested)
}


def _unless_free(base: Figure, stated: TreatyFacts, treaty: TreatyOn) -> Figure:
    """Nothing where the year's profit does not exceed the clause's threshold."""
    if not treaty.has("branch_profits_free_up_to"):
        return base
    if stated.profit_in_treaty_currency is None:
        raise MissingFact(
            "treaty_profit_missing",
            path=("treaty_facts", "profit_in_treaty_currency"),
            country=treaty.country,
            currency=treaty.limit("branch_profits_free_up_to").unit,
        )
    limit = treaty.limit("branch_profits_free_up_to")
    profit = Figure(stated.profit_in_treaty_currency, limit.unit, "fact", (), f"{NAME}.profit_in_treaty_currency")
    within = (profit <= limit).named(f"{NAME}.condition.within_threshold", citation=treaty.cite("branch_profits"))
    nothing = Figure(ZERO, KZT, "constant", (), f"{NAME}.free_of_tax")
    return choose([Case(within, nothing, "free")], base, "taxed").figure.named(f"{NAME}.treaty_base")
