"""Whether a double tax treaty limits the tax: what the agent must have in hand, and the treaty's rate."""

from __future__ import annotations

from kztax.core.errors import MissingFact
from kztax.core.figure import Case, Condition, Figure, choose
from kztax.core.law import LawOn
from kztax.core.treaties import TreatyOn, unknown_treaty_rate
from kztax.core.units import NUMBER
from kztax.core.working import Working
from kztax.rules.withholding_tax.facts import PaymentCategory, Recipient, WithholdingTaxFacts

NAME = "withholding_tax"
COUNTRY = ("treaty_country",)
TREATY_INCOME = {
    PaymentCategory.DIVIDENDS: "dividends",
    PaymentCategory.INTEREST_ON_LOANS_AND_DEBT_SECURITIES: "interest",
    PaymentCategory.INTEREST_OTHER: "interest",
    PaymentCategory.ROYALTIES: "royalties",
}
"""Passive income, by the names treaties have for it."""


def treaty_limit(facts: WithholdingTaxFacts, working: Working, law: LawOn, low_tax: bool) -> Figure | None:
    """The treaty's rate where the agent may apply it; None, with a note why, where the Code's tax stands.

    Tax Code 2017, arts 660, 661, 666, 667; Tax Code 2025, arts 698, 705, 706. Raises `MissingFact` for what the
    period's procedure asks, `InvalidFacts` where there is no such treaty, `UnknownTreatyRate` for a clause not seen.
    """
    country = facts.treaty_country
    if country is None:
        if facts.residence_certificate:
            working.note(f"{NAME}.certificate_without_treaty")
        return None
    limit = _before_the_table(facts, working, country)
    treaty = None if limit is not None else working.treaty(country, facts.paid_on, COUNTRY)
    obstacle = _obstacle(facts, law) if treaty is None or _is_applied(facts, treaty) else "not_yet_applied"
    if obstacle is not None:
        working.note(f"{NAME}.no_treaty.{obstacle}", country=country)
        if obstacle != "not_yet_applied":
            working.cite(law.cite(f"treaty.{obstacle}"))
        return None
    _cite_procedure(facts, working, law)
    if low_tax and working.reading("treaty_of_low_tax_recipient", law.day) == "code":
        return None
    if facts.treaty_limit is not None:
        working.note(f"{NAME}.treaty_limit_stated", country=country)
    if country != facts.recipient_country:
        working.note(f"{NAME}.registered_elsewhere", registered=facts.recipient_country, resident=country)
    if limit is None:
        assert treaty is not None
        limit = _of_table(facts, working, treaty)
    return limit


def _cite_procedure(facts: WithholdingTaxFacts, working: Working, law: LawOn) -> None:
    working.cite(law.cite("treaty.certificate"))
    if facts.category in TREATY_INCOME:
        working.cite(law.cite("treaty.owner_of_passive_income"))


def _is_applied(facts: WithholdingTaxFacts, treaty: TreatyOn) -> bool:
    """A treaty in force may reach payments only later: limits at the source have a first day of their own."""
    income = TREATY_INCOME.get(facts.category)
    return treaty.is_applied(facts.paid_on) if income is None else treaty.has(income)


def _obstacle(facts: WithholdingTaxFacts, law: LawOn) -> str | None:
    """What keeps the agent from applying the treaty, in the order in which an agent would look."""
    passive = facts.category in TREATY_INCOME
    if facts.agent_bears_tax and law.has("treaty.own_funds"):
        return "own_funds"
    if facts.category is PaymentCategory.CAPITAL_GAINS:
        return "gains_by_refund"
    if not facts.residence_certificate:
        return "certificate"
    if passive and not _stated(facts, "beneficial_owner"):
        return "owner_of_passive_income"
    test = f"rate_test_of_{'passive' if passive else 'active'}_income"
    if facts.related_party and law.has(f"treaty.{test}") and _stated(facts, "treaty_changed_by_mli"):
        return None if _stated(facts, "taxed_at_15_percent_or_more") else test
    asked = not passive and _asks_owner_of_active_income(facts, law)
    return "owner_of_active_income" if asked and not _stated(facts, "beneficial_owner") else None


def _asks_owner_of_active_income(facts: WithholdingTaxFacts, law: LawOn) -> bool:
    """Of any party or of related ones alone, by period; from 2026 of nobody."""
    entry = "treaty.owner_of_active_income"
    return law.has(entry) and (facts.related_party or law.text(entry) == "any_party")


def _stated(facts: WithholdingTaxFacts, field: str) -> bool:
    """A yes or no that the period's procedure turns on, and that is not to be guessed."""
    answer: bool | None = getattr(facts, field)
    if answer is None:
        raise MissingFact(f"{field}_missing", path=(field,))
    return answer


def _before_the_table(facts: WithholdingTaxFacts, working: Working, country: str) -> Figure | None:
    """The treaty's rate as the caller states it, else as a plugin does; both know of what the table does not."""
    if facts.treaty_limit is not None:
        return Figure(facts.treaty_limit, NUMBER, "fact", (), f"{NAME}.treaty_limit", country)
    return working.treaty_rate(country, TREATY_INCOME.get(facts.category, facts.category.value), facts.paid_on)


def _of_table(facts: WithholdingTaxFacts, working: Working, treaty: TreatyOn) -> Figure:
    """The limit on dividends, interest or royalties; what treaties say of other income is not in the table."""
    income = TREATY_INCOME.get(facts.category)
    if income is None:
        raise unknown_treaty_rate(treaty.country, facts.category.value, facts.paid_on, COUNTRY)
    large = _large_holding(facts, working, treaty) if income == "dividends" else None
    limit = treaty.limit("qualified_dividends" if large is not None and large.value else income)
    cases = [] if large is None else [Case(large, limit, "of_large_holding")]
    return choose(cases, limit, "general").figure.named(f"{NAME}.treaty_limit", treaty.country)


def _large_holding(facts: WithholdingTaxFacts, working: Working, treaty: TreatyOn) -> Condition | None:
    """Whether a company holds as much as the treaty's lower limit on dividends asks, and as it asks."""
    if facts.recipient is Recipient.INDIVIDUAL or not treaty.has("qualified_dividends"):
        return None
    if facts.share is None:
        working.note(f"{NAME}.treaty_share_not_stated", country=treaty.country)
        return None
    enough = facts.share >= treaty.limit("qualified_share")
    if enough.value and treaty.text("qualified_of") == "voting_power":
        working.note(f"{NAME}.treaty_counts_votes", country=treaty.country)
    if not enough.value or treaty.text("qualified_held") == "direct_or_indirect":
        return enough
    if facts.held_directly is None:
        working.note(f"{NAME}.taken_as_held_directly", country=treaty.country)
    return enough & Condition.fact(facts.held_directly is not False, f"{NAME}.condition.held_directly")
