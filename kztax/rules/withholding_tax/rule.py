"""Withholding tax: gross income times the rate of its line, or the treaty's limit where that is lower.

Which lines there are, and when a holding lowers the rate of dividends, are dated entries of the law.
"""

from __future__ import annotations

from kztax.core.facts import RateKind
from kztax.core.figure import Case, Condition, Figure, Moment, brackets, lowest, total
from kztax.core.law import LawOn
from kztax.core.units import KZT
from kztax.core.working import Working
from kztax.rules.withholding_tax.dividends import REGIMES, Line, Terms, one_rate
from kztax.rules.withholding_tax.facts import (
    PaymentCategory,
    RateGround,
    WithholdingTaxFacts,
    WithholdingTaxOutcome,
)
from kztax.rules.withholding_tax.low_tax import registered_in_low_tax
from kztax.rules.withholding_tax.treaty import treaty_limit

NAME = "withholding_tax"
OF_ASTANA_HUB = (PaymentCategory.DIVIDENDS, PaymentCategory.CAPITAL_GAINS)
EXEMPT_AT_ASTANA_HUB = (PaymentCategory.SERVICES, PaymentCategory.ROYALTIES)


def withholding_tax(facts: WithholdingTaxFacts, working: Working) -> WithholdingTaxOutcome:
    """The tax on one payment (Tax Code 2017, arts 644-648, 655; Tax Code 2025, arts 679-685, 692)."""
    law = working.law(facts.paid_on)
    income = _in_tenge(facts, working, law)
    low_tax = registered_in_low_tax(facts, working, law)
    terms = _terms(facts, working, law, low_tax)
    rows = brackets(income, terms.scale, NAME)
    domestic = total(row.tax for row in rows) if len(rows) > 1 else rows[0].tax
    domestic = domestic.named(f"{NAME}.domestic_tax", citation=law.cite(f"{facts.recipient}.no_deductions"))
    limit = treaty_limit(facts, working, law, low_tax.value)
    tax = _lower(domestic, income, limit, law)
    _note_what_is_taken(facts, working, law)
    return working.outcome(
        WithholdingTaxOutcome,
        gross_income=income,
        ground=terms.ground,
        rate=rows[0].rate if len(rows) == 1 else None,
        brackets=[row._asdict() for row in rows] if len(rows) > 1 else [],
        domestic_tax=domestic,
        treaty_limit=limit,
        tax=tax,
        payment_due=working.due(law, f"{facts.recipient}.payment_due", facts.month),
        return_due=_return_due(facts, working, law),
        form=working.text(law, f"{facts.recipient}.form"),
        budget_code=working.text(law, f"{facts.recipient}.budget_code"),
        payable=working.paid(tax, law).named(f"{NAME}.payable"),
    )


def _terms(facts: WithholdingTaxFacts, working: Working, law: LawOn, low_tax: Condition) -> Terms:
    """The Code's rate: low-tax registration before every line, then Astana Hub, then the category's own line."""
    category = f"rate.{facts.category}"
    rate = law.figure(category if law.has(category) else "rate.other")
    hub: tuple[Case, ...] = ()
    if facts.category in OF_ASTANA_HUB and law.has("rate.astana_hub"):
        participant = Condition.fact(facts.payer_is_astana_hub_participant, f"{NAME}.condition.astana_hub")
        hub = (Case(participant, law.figure("rate.astana_hub"), RateGround.ASTANA_HUB),)
    line = Line(rate, Case(low_tax, law.figure("rate.low_tax"), RateGround.LOW_TAX), hub)
    if facts.category is PaymentCategory.DIVIDENDS:
        return REGIMES[law.text("dividends_regime")](facts, working, law, line)
    return one_rate([line.low_tax, *hub], rate)


def _lower(domestic: Figure, income: Figure, limit: Figure | None, law: LawOn) -> Figure:
    """A treaty's rate is a right of the taxpayer: it never raises the tax."""
    if limit is None:
        return total([domestic]).named(f"{NAME}.tax")
    by_treaty = (income * limit).named(f"{NAME}.treaty_tax")
    return lowest(domestic, by_treaty).named(f"{NAME}.tax", citation=law.cite("treaty.right"))


def _in_tenge(facts: WithholdingTaxFacts, working: Working, law: LawOn) -> Figure:
    """Gross income in KZT, converted once at the rate that the period's law names."""
    gross = Figure(facts.gross_income, facts.currency, "fact", (), f"{NAME}.gross_income")
    if facts.currency == KZT:
        return gross
    entry = f"{facts.recipient}.exchange_rate"
    if law.text(entry) == RateKind.MARKET:
        day, kind = working.last_working_day_before(facts.paid_on), RateKind.MARKET
    else:
        day, kind = facts.paid_on, RateKind.OFFICIAL
    rate = working.exchange_rate(facts.currency, kind, on=day)
    return (gross * rate).named(f"{NAME}.gross_income_in_tenge", citation=law.cite(entry))


def _return_due(facts: WithholdingTaxFacts, working: Working, law: LawOn) -> Moment | None:
    """By quarter; a company's last quarter of the year has a day of its own."""
    of_last_quarter = f"{facts.recipient}.return_due_of_last_quarter"
    ends_the_year = facts.quarter.last_day == facts.quarter.last_day.replace(month=12, day=31)
    if ends_the_year and law.has(of_last_quarter):
        return working.due(law, of_last_quarter, facts.quarter)
    return working.due(law, f"{facts.recipient}.return_due", facts.quarter)


def _note_what_is_taken(facts: WithholdingTaxFacts, working: Working, law: LawOn) -> None:
    working.note(f"{NAME}.taken_as_taxable")
    working.cite(law.cite("source"))
    working.cite(law.cite(f"{facts.recipient}.exemptions"))
    if facts.category in (PaymentCategory.CAPITAL_GAINS, PaymentCategory.OTHER):
        working.note(f"{NAME}.digital_assets_not_named")
    if facts.payer_is_astana_hub_participant and facts.category in EXEMPT_AT_ASTANA_HUB:
        working.note(f"{NAME}.exempt_at_astana_hub")
    if facts.agent_bears_tax:
        working.note(f"{NAME}.agent_bears_tax")
        working.cite(law.cite("own_funds"))
