"""Corporate income tax, in the order of the Codes: income, what leaves it, deductions, reductions, losses, rates,
credits.
"""

from __future__ import annotations

from typing import Any

from kztax.core.figure import Condition, Figure, not_below_zero, total
from kztax.core.law import LawOn
from kztax.core.period import ONE_DAY, Year
from kztax.core.units import KZT, YES_NO
from kztax.core.working import Working
from kztax.rules.corporate_income_tax.activities import relieved_of_tax, tax_by_activity
from kztax.rules.corporate_income_tax.credit import foreign_tax_credit
from kztax.rules.corporate_income_tax.deductions import costs, reductions
from kztax.rules.corporate_income_tax.disposals import disposals
from kztax.rules.corporate_income_tax.facts import (
    Activity,
    CompanySize,
    CompanyTaxpayer,
    CorporateIncomeTaxFacts,
    CorporateIncomeTaxOutcome,
)
from kztax.rules.corporate_income_tax.income import (
    NAME,
    Line,
    fees_in_assets,
    mined_sales,
    mining_income,
    select,
    stated_income,
)
from kztax.rules.corporate_income_tax.losses import LossUse, use_losses


def corporate_income_tax(facts: CorporateIncomeTaxFacts, working: Working) -> CorporateIncomeTaxOutcome:
    """A year's tax (Tax Code 2017, articles 224, 302 and 313; Tax Code 2025, articles 236, 345 and 357)."""
    law = working.law(facts.tax_period.first_day)
    last_day = working.law(facts.tax_period.last_day)
    mined = mining_income(facts, working)
    sold = disposals(facts, law, working)
    income = [*stated_income(facts, law, working), *fees_in_assets(facts, working)]
    income += [Line(Activity.STANDARD, mined)] if facts.digital_assets_distributed else []
    income += [*mined_sales(facts, last_day, working), *sold.income]
    aggregate = _aggregate(facts, income, law)
    excluded = _excluded(income)
    adjusted = (aggregate - excluded).named(f"{NAME}.adjusted_income")
    spent = costs(facts, working)
    deductible = [*spent.deductible, *sold.costs]
    deductions = select(deductible).named(f"{NAME}.deductions", citation=law.cite("deduction"))
    balance = (adjusted - deductions).named(f"{NAME}.balance_of_income")
    taxable = not_below_zero(balance).named(f"{NAME}.taxable_income", citation=law.cite("taxable_income"))
    reduced = reductions(facts, taxable, law, working)
    income_left = (taxable - reduced).named(f"{NAME}.after_reductions")
    years = law.figure("losses.years")
    losses = use_losses(facts.losses_brought_forward, years, facts.tax_year, income_left, f"{NAME}.loss")
    if balance.value < 0 and _is_carried(income, aggregate, law, working):
        losses = losses.with_new(facts.tax_year, (deductions - adjusted).named(f"{NAME}.loss_of_year"))
    tax_base = (income_left - losses.used).named(f"{NAME}.tax_base")
    taxed = tax_by_activity(income, deductible, aggregate, tax_base, law, working)
    tax = total(row.tax for row in taxed).named(f"{NAME}.tax", citation=law.cite("tax"))
    credit = foreign_tax_credit(facts, income, taxed, tax, law, working)
    return working.outcome(
        CorporateIncomeTaxOutcome,
        aggregate_annual_income=aggregate,
        excluded_income=excluded,
        adjusted_aggregate_annual_income=adjusted,
        deductions=deductions,
        non_deductible=total([*spent.refused, *sold.refused], KZT).named(f"{NAME}.non_deductible"),
        mining_income=mined,
        digital_asset_gain=sold.gain,
        **_losses("digital_asset_loss", sold.losses, working),
        taxable_income=taxable,
        reductions=reduced,
        **_losses("loss", losses, working),
        tax_base=tax_base,
        rates=[{"activity": row.activity, "rate": row.rate, "tax_base": row.base, "tax": row.tax} for row in taxed],
        tax=tax,
        **_payment(facts, tax, credit, law, working),
        advances_required=_advances(facts, law, working),
        **_filing(facts, working),
    )


def _aggregate(facts: CorporateIncomeTaxFacts, income: list[Line], law: LawOn) -> Figure:
    resident = facts.taxpayer is CompanyTaxpayer.RESIDENT
    citation = law.cite("income" if resident else "establishment_income")
    return select(income).named(f"{NAME}.aggregate_annual_income", citation=citation)


def _excluded(income: list[Line]) -> Figure:
    return select(income, lambda line: line.excluded is not None).named(f"{NAME}.excluded_income")


def _is_carried(income: list[Line], aggregate: Figure, law: LawOn, working: Working) -> bool:
    """Whether the year's loss is open to later years: where the tax would be reduced to nothing, it is not."""
    relieved = relieved_of_tax(income, aggregate, law)
    if relieved is None or not relieved.value:
        return True
    working.note(f"{NAME}.loss_of_social_sphere")
    working.cite(law.cite("social.losses_not_carried"))
    return False


def _losses(kind: str, losses: LossUse, working: Working) -> dict[str, Any]:
    for carried in losses.left:
        amount = carried.amount.value
        working.note(f"{NAME}.{kind}_left", year=carried.tax_year, amount=amount, until=carried.usable_until)
    return {
        f"{kind}es_used": losses.used,
        f"{kind}es_expired": losses.expired,
        f"{kind}es_carried_forward": [carried._asdict() for carried in losses.left],
    }


def _payment(
    facts: CorporateIncomeTaxFacts, tax: Figure, credit: Figure, law: LawOn, working: Working
) -> dict[str, Figure]:
    """What is left to pay after the foreign credit and tax withheld; an excess of the latter is carried."""
    after_credit = (tax - credit).named(f"{NAME}.after_credit")
    stated = [Figure(facts.withheld_at_source, KZT, "fact", (), f"{NAME}.withheld_stated")] * bool(
        facts.withheld_at_source
    )
    withheld = total(stated, KZT).named(f"{NAME}.withheld")
    due = not_below_zero(after_credit - withheld).named(f"{NAME}.due", citation=law.cite("withheld"))
    excess = not_below_zero(withheld - after_credit).named(f"{NAME}.withheld_carried_forward")
    if excess.value:
        excess = excess.named(excess.name, citation=law.cite("withheld_carried"))
        working.note(f"{NAME}.withheld_is_carried", excess=excess.value)
    return {
        "foreign_tax_credit": credit,
        "withheld": withheld,
        "withheld_carried_forward": excess,
        "payable": working.paid(due, law).named(f"{NAME}.payable"),
    }


def _advances(facts: CorporateIncomeTaxFacts, law: LawOn, working: Working) -> Condition | None:
    """Whether the year's tax is paid in advance: a business with digital assets always, others over a threshold."""
    in_assets = any(
        (
            facts.digital_assets_distributed,
            facts.digital_asset_fees,
            facts.digital_asset_disposals,
            facts.mined_asset_sale_proceeds,
        )
    )
    name = f"{NAME}.advances_required"
    if in_assets and law.has("advances.digital_assets"):
        working.note(f"{NAME}.advances_set_off")
        condition = Condition.fact(True, f"{NAME}.condition.digital_asset_business")
        return Condition(True, YES_NO, "decided", (condition,), name, "", law.cite("advances.digital_assets"))
    stated = facts.aggregate_annual_income_two_years_before
    two_years_before = working.law(Year(facts.tax_year - 2).first_day)
    if stated is None:
        return None
    if not two_years_before.has("base.mci"):
        working.note(f"{NAME}.advances_not_known", year=facts.tax_year - 2)
        return None
    income = Figure(stated, KZT, "fact", (), f"{NAME}.income_two_years_before")
    threshold = law.figure("advances.threshold") * two_years_before.figure("base.mci")
    over = income > threshold.named(f"{NAME}.advances_threshold")
    if over.value:
        working.note(f"{NAME}.advances_set_off")
    citation = law.cite("advances.threshold")
    return Condition(over.value, YES_NO, "decided", (over,), name, "", citation)


def _filing(facts: CorporateIncomeTaxFacts, working: Working) -> dict[str, Any]:
    period = facts.tax_period
    filing = working.law_of_filing(period.last_day + ONE_DAY)
    return {
        "return_due": working.due(filing, "return_due", period),
        "payment_due": working.due(filing, "payment_due", period),
        "form": working.text(filing, "form"),
        "budget_code": working.text(filing, f"budget_code.{'large' if facts.size is CompanySize.LARGE else 'other'}"),
    }
