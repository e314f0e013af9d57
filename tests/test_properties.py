"""What holds for all facts, not only for the cases of the tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kztax
from kztax.core.deadlines import why_not_worked
from kztax.core.figure import EXACT
from kztax.core.period import PeriodKind, period_of
from kztax.explain import formats

ENGINE = kztax.TaxEngine(discover=False)
ONE_DAY = timedelta(days=1)
OUTCOMES: dict[str, Any] = {
    "mining_levy": kztax.Assessment[kztax.MiningLevyOutcome],
    "individual_residency": kztax.Assessment[kztax.IndividualResidencyOutcome],
    "personal_income_tax": kztax.Assessment[kztax.PersonalIncomeTaxOutcome],
    "withholding_tax": kztax.Assessment[kztax.WithholdingTaxOutcome],
    "value_added_tax": kztax.Assessment[kztax.ValueAddedTaxOutcome],
    "late_interest": kztax.Assessment[kztax.LateInterestOutcome],
    "tax_calendar": kztax.Assessment[kztax.TaxCalendarOutcome],
    "asset_qualification": kztax.Assessment[kztax.AssetQualificationOutcome],
    "trade_compliance": kztax.Assessment[kztax.TradeComplianceOutcome],
    "corporate_income_tax": kztax.Assessment[kztax.CorporateIncomeTaxOutcome],
    "branch_profits_tax": kztax.Assessment[kztax.BranchProfitsTaxOutcome],
    "self_audit": kztax.Assessment[kztax.SelfAuditOutcome],
}
Facts = dict[str, Any]


@pytest.fixture(autouse=True, scope="module")
def exact() -> Iterator[None]:
    """Sums to the last digit: shares of a tax base have fifty."""
    with localcontext(prec=200):
        yield


def amounts(most: int = 10**9, places: int = 3) -> st.SearchStrategy[Decimal]:
    return st.integers(0, most * 10**places).map(lambda units: Decimal(units).scaleb(-places))


def text(amount: Decimal) -> str:
    return format(amount, "f")


@st.composite
def metered_supplies(draw: st.DrawFn) -> Facts:
    """A supply with a working meter and everything that any year may ask of it."""
    own = draw(st.booleans())
    supply: Facts = {
        "generation": "own" if own else "purchased",
        "renewable": draw(st.booleans()),
        "plant_in_kazakhstan": draw(st.booleans()),
        "connected_to_unified_power_system": draw(st.booleans()),
        "kwh": text(draw(amounts())),
    }
    return supply if own else {**supply, "price_per_kwh": text(draw(amounts(30)))}


@st.composite
def supplies(draw: st.DrawFn) -> Facts:
    """Any supply, metered or by its load."""
    supply = draw(metered_supplies())
    if draw(st.booleans()):
        supply |= {"meter": draw(st.sampled_from(["absent", "faulty"])), "maximum_load_kw": text(draw(amounts(10**5)))}
    return supply


@st.composite
def levies(draw: st.DrawFn) -> Facts:
    return {
        "kind": "mining_levy",
        "period": f"{draw(st.integers(2022, 2026))}-Q{draw(st.integers(1, 4))}",
        "licensed": draw(st.booleans()),
        "payer": draw(st.sampled_from(["miner", "hosting_provider"])),
        "supplies": draw(st.lists(supplies(), min_size=1, max_size=4)),
    }


@st.composite
def residencies(draw: st.DrawFn) -> Facts:
    """Stays of the year and of the year before it, overlapping, of one day, or still open."""
    year = draw(st.integers(2018, 2026))
    last_day = date(year, 12, 31)
    stays: list[Facts] = []
    for _ in range(draw(st.integers(0, 5))):
        arrived = draw(st.dates(date(year - 2, 10, 1), last_day))
        departed = min(arrived + timedelta(days=draw(st.integers(0, 220))), last_day)
        stays.append({"arrived": arrived.isoformat(), "departed": departed.isoformat()})
    facts: Facts = {"kind": "individual_residency", "tax_year": year, "stays": stays}
    if draw(st.booleans()) and stays:
        latest = max(date.fromisoformat(stay["departed"]) for stay in stays)
        facts["as_of"] = draw(st.dates(latest, last_day)).isoformat()
        stays[draw(st.integers(0, len(stays) - 1))]["departed"] = None
    facts["aifc_investment_resident"] = draw(st.booleans())
    return facts


@st.composite
def income_taxes(draw: st.DrawFn) -> Facts:
    """A resident's year with pay, dividends, other income, a gain and deductions."""
    year = draw(st.integers(2018, 2026))
    pay = draw(amounts(80_000_000, 2))
    facts: Facts = {
        "kind": "personal_income_tax",
        "tax_year": year,
        "resident": True,
        "citizen": draw(st.booleans()),
        "income": [
            {"amount": text(pay), "category": "employment", "taxed_by_agent": True, "withheld": text(pay / 10)},
            {"amount": text(draw(amounts(10**9, 2))), "category": "dividends"},
            {"amount": text(draw(amounts(10**8, 2))), "category": "other"},
        ],
        "owns_digital_assets_at_year_end": draw(st.booleans()),
        "deductions": draw(deductions()),
    }
    return facts if year < 2023 else facts | {"digital_asset_gain": text(draw(amounts(10**8, 2)))}


@st.composite
def deductions(draw: st.DrawFn) -> Facts:
    grounds = ["disability_1_or_2", "disability_3", "veteran", "carer_of_disabled"]
    return {
        "standard_months": draw(st.integers(0, 12)),
        "social_payments": text(draw(amounts(5_000_000, 2))),
        "social_ground": draw(st.none() | st.sampled_from(grounds)),
        "other": [{"ground": "medicine", "amount": text(draw(amounts(1_000_000, 2)))}],
    }


@st.composite
def value_added_taxes(draw: st.DrawFn) -> Facts:
    """A payer's quarter with turnover of natures that every year's law treats, and input tax of any use."""
    natures = [
        "goods_and_services",
        "digital_asset_sale",
        "mining_pool_fee",
        "export",
        "medicine",
        "exempt_other",
        "services_from_non_resident",
        "import",
    ]
    turnover = [
        {"amount": text(draw(amounts())), "nature": draw(st.sampled_from(natures))}
        for _ in range(draw(st.integers(0, 5)))
    ]
    uses = ["taxable", "exempt", "both", "outside_scope"]
    return {
        "kind": "value_added_tax",
        "period": f"{draw(st.integers(2020, 2026))}-Q{draw(st.integers(1, 4))}",
        "registered": draw(st.booleans()),
        "turnover": turnover,
        "input_vat": [
            {"amount": text(draw(amounts(10**7))), "used_for": draw(st.sampled_from(uses))}
            for _ in range(draw(st.integers(0, 3)))
        ],
        "input_vat_method": draw(st.sampled_from(["proportional", "separate"])),
    }


KINDS_BY_DATE = {
    date(2023, 4, 1): {"secured_digital_asset", "unsecured_digital_asset", "digital_asset_of_neither_kind"},
    date(2025, 1, 8): {"secured_digital_asset", "unsecured_digital_asset"},
    date(2026, 5, 1): {"digital_financial_asset", "unsecured_digital_asset"},
}
DEFINITION = ("electronic_digital_form", "digital_code", "distributed_ledger")


def days_of_digital_assets() -> st.SearchStrategy[str]:
    """Days that the law on digital assets covers, its turning points among them."""
    first, *later = KINDS_BY_DATE
    turns = st.sampled_from([first, *later, *(turn - ONE_DAY for turn in later)])
    days = turns | st.dates(first, date(2026, 12, 31))
    return days.map(date.isoformat)


@st.composite
def assets(draw: st.DrawFn) -> Facts:
    """An asset with every fact stated, and none that contradicts another."""
    yes_or_no = (
        *DEFINITION,
        "monetary_unit_or_legal_tender",
        "certifies_rights",
        "registered_on_platform",
        "secured_requirements_met",
        "consensus_reward",
        "issuer_obligation",
        "tradable_on_exchange",
        "digitally_tradable",
        "government_issued_or_guaranteed",
        "exchangeable_for_fiat",
        "community_agreement",
        "electronic_money",
    )
    facts: Facts = {"kind": "asset_qualification", "on": draw(days_of_digital_assets())}
    facts |= {fact: draw(st.booleans()) for fact in yes_or_no}
    facts["base_asset"] = draw(st.sampled_from(["money", "property_or_rights", "financial_instrument", "none"]))
    facts["functions"] = draw(st.lists(st.sampled_from(["medium_of_exchange", "store_of_value"]), max_size=2))
    if facts["secured_requirements_met"]:
        facts |= {"certifies_rights": True, "monetary_unit_or_legal_tender": False}
    if facts["base_asset"] == "money":
        facts["issuer_obligation"] = True
    return facts


@st.composite
def operations(draw: st.DrawFn) -> Facts:
    """Any operation with an asset of a kind that its day knows; the licence is stated."""
    on = draw(days_of_digital_assets())
    known = next(kinds for first, kinds in reversed(KINDS_BY_DATE.items()) if first <= date.fromisoformat(on))
    return {
        "kind": "trade_compliance",
        "on": on,
        "actor": draw(st.sampled_from(kztax.Trader)),
        "operation": draw(st.sampled_from(kztax.TradeOperation)),
        "asset": draw(st.sampled_from(sorted(known | {"not_a_digital_asset"}))),
        "venue": draw(st.sampled_from(kztax.TradeVenue)),
        "licensed": draw(st.booleans()),
    }


@st.composite
def payments(draw: st.DrawFn) -> Facts:
    """A payment to a non-resident with everything that any category and year may ask of it."""
    paid_on = draw(st.dates(date(2018, 1, 1), date(2026, 12, 31)))
    facts: Facts = {
        "kind": "withholding_tax",
        "paid_on": paid_on.isoformat(),
        "recipient": draw(st.sampled_from(["company", "individual"])),
        "category": draw(st.sampled_from(list(kztax.PaymentCategory))).value,
        "gross_income": text(draw(amounts(3 * 10**9, 2))),
        "ownership_share": draw(st.sampled_from(["0.10", "0.25", "1"])),
        "held_since": (paid_on - timedelta(days=draw(st.integers(0, 3000)))).isoformat(),
        "qualifying_conditions_met": draw(st.booleans()),
        "payer_is_astana_hub_participant": draw(st.booleans()),
        "agent_bears_tax": draw(st.booleans()),
    }
    country, territory = draw(st.sampled_from([("DE", None), ("PA", None), ("US", "US-WY"), ("US", "none")]))
    return {**facts, "recipient_country": country, "low_tax_territory": territory}


@st.composite
def payments_under_treaties(draw: st.DrawFn) -> Facts:
    """A payment whose recipient is resident in a treaty state."""
    return {
        **draw(payments()),
        "treaty_country": "US",
        "residence_certificate": draw(st.booleans()),
        "beneficial_owner": draw(st.booleans()),
        "related_party": draw(st.booleans()),
        "treaty_changed_by_mli": draw(st.booleans()),
        "taxed_at_15_percent_or_more": draw(st.booleans()),
        "treaty_limit": text(draw(amounts(1, 2))),
    }


VENUES = ["aifc_exchange", "other"]


def company_facts(year: int, **facts: Any) -> Facts:
    return {"kind": "corporate_income_tax", "tax_year": year, "taxpayer": "resident", **facts}


def company_sale(year: int, proceeds: str, cost: str, venue: str = "aifc_exchange") -> Facts:
    sold = {"asset": "BTC", "quantity": "1", "disposed_on": f"{year}-06-01", "venue": venue}
    return {**sold, "proceeds": proceeds, "acquisition_cost": cost}


def standard_rate_activities(year: int) -> list[str]:
    line = ["standard", "lending_to_business"]
    return line if year >= 2026 else [*line, "banking", "gambling", "agricultural_cooperative"]


@st.composite
def earlier_losses(draw: st.DrawFn, year: int) -> list[Facts]:
    years = draw(st.lists(st.integers(year - 12, year - 1), unique=True, max_size=4))
    return [{"tax_year": loss_year, "amount": text(draw(amounts(10**8, 2)))} for loss_year in years]


@st.composite
def companies(draw: st.DrawFn) -> Facts:
    """A company's year; all of its activities have income, or all are at a loss."""
    year = draw(st.integers(2018, 2026))
    gainful = draw(st.booleans())
    income: list[Facts] = []
    expenses: list[Facts] = []
    for activity in draw(st.lists(st.sampled_from([*kztax.Activity]), unique=True, min_size=1, max_size=3)):
        earned, part = draw(amounts(10**9, 2)), draw(amounts(10**8, 2))
        spent = min(earned, part) if gainful else earned + part
        income.append({"amount": text(earned), "activity": activity.value})
        expenses.append({"amount": text(spent), "activity": activity.value})
    income.append({"amount": text(draw(amounts(10**9, 2))), "category": "dividends"})
    facts = company_facts(
        year,
        size=draw(st.sampled_from([*kztax.CompanySize])).value,
        income=income,
        expenses=expenses,
        losses_brought_forward=draw(earlier_losses(year)),
        reductions=[{"amount": text(draw(amounts(10**8, 2))), "ground": draw(st.sampled_from(["donations", "other"]))}],
        withheld_at_source=text(draw(amounts(10**7, 2))),
        aggregate_annual_income_two_years_before=draw(st.none() | amounts(10**10, 2).map(text)),
    )
    return {**facts, **draw(digital_assets(year))} if gainful else facts


@st.composite
def digital_assets(draw: st.DrawFn, year: int) -> Facts:
    """Coins sold at no loss where a loss would be an ordinary one; coins that a pool distributed."""
    facts: Facts = {}
    cost = draw(amounts(10**8, 2))
    proceeds = cost + draw(amounts(10**8, 2)) if year < 2026 else draw(amounts(10**8, 2))
    if draw(st.booleans()):
        facts["digital_asset_disposals"] = [
            company_sale(year, text(proceeds), text(cost), venue=draw(st.sampled_from(VENUES)))
        ]
    elif year >= 2023 and draw(st.booleans()):
        mined = {"asset": "BTC", "quantity": "0.5", "received_on": f"{year}-09-06", "unit_value": text(cost + 1)}
        facts["digital_assets_distributed"] = [mined]
        facts["mined_asset_sale_proceeds"] = text(proceeds)
        facts["mined_asset_sale_venue"] = draw(st.sampled_from(VENUES))
    return facts


def countries_with_a_known_clause() -> list[str]:
    book = kztax.rule_book()
    found: list[str] = []
    for name in book.names():
        if name.startswith("treaty.") and name.endswith(".branch_profits"):
            try:
                book.value(name, date(2026, 12, 31))
            except kztax.UnknownLaw:
                continue
            found.append(name.split(".")[1])
    return found


KNOWN_CLAUSES = countries_with_a_known_clause()


@st.composite
def branches(draw: st.DrawFn) -> Facts:
    """An establishment's year, with or without a treaty whose clause is known."""
    facts: Facts = {
        "kind": "branch_profits_tax",
        "tax_year": draw(st.integers(2021, 2026)),
        "taxable_income": text(draw(amounts(10**9, 2))),
        "losses": text(draw(amounts(10**8, 2))),
        "residence_certificate": draw(st.booleans()),
    }
    if draw(st.booleans()):
        facts["treaty_country"] = draw(st.sampled_from(KNOWN_CLAUSES))
        facts["treaty_facts"] = {"profit_in_treaty_currency": text(draw(amounts(10**6, 2)))}
    return facts


@st.composite
def late_payments(draw: st.DrawFn) -> Facts:
    """An amount paid late or in time, over one Code or both, on days whose base rate is known."""
    due = draw(st.dates(date(2020, 12, 31), date(2026, 10, 24)))
    facts: Facts = {
        "kind": "late_interest",
        "amount": text(draw(amounts(10**9, 2))),
        "due": due.isoformat(),
        "paid_on": min(due + timedelta(days=draw(st.integers(-5, 900))), date(2026, 10, 25)).isoformat(),
    }
    ground = draw(st.sampled_from([None, "additional_return", "horizontal_monitoring"]))
    return facts if ground is None else {**facts, "reduced_multiple_ground": ground}


PERIODS = {
    "mining_levy": PeriodKind.QUARTER,
    "value_added_tax": PeriodKind.QUARTER,
    "electronic_services_vat": PeriodKind.QUARTER,
    "corporate_income_tax": PeriodKind.YEAR,
    "corporate_income_tax_advance": PeriodKind.MONTH,
    "branch_profits_tax": PeriodKind.YEAR,
    "withholding_tax": PeriodKind.MONTH,
    "withholding_tax_on_residents": PeriodKind.MONTH,
    "personal_income_tax": PeriodKind.YEAR,
    "personal_income_tax_agent": PeriodKind.MONTH,
    "social_tax": PeriodKind.MONTH,
    "income_and_property_declaration": PeriodKind.YEAR,
    "simplified_regime": PeriodKind.HALF_YEAR,
}


@st.composite
def duties(draw: st.DrawFn) -> Facts:
    """An obligation and a period that it has."""
    obligation = draw(st.sampled_from(sorted(PERIODS)))
    period = draw(st.sampled_from(PERIODS[obligation].periods_of(draw(st.integers(2024, 2026)))))
    return {"kind": "tax_calendar", "obligation": obligation, "period": str(period)}


@st.composite
def audits(draw: st.DrawFn) -> Facts:
    """A levy and a payment to a non-resident, held against amounts of anybody's invention, in time or late."""
    # The last quarter of 2026 is over on a day that the book does not know: nothing can be held against it yet.
    levy = draw(levies().filter(lambda facts: bool(facts["period"] != "2026-Q4")))
    payment = draw(payments())
    periods = [date.fromisoformat(payment["paid_on"]), period_of(levy["period"])[0].last_day + ONE_DAY]
    on = draw(st.dates(max(periods), date(2026, 12, 31)))
    declared = {kind: text(draw(amounts(10**7, 2))) for kind in ("mining_levy", "withholding_tax")}
    return {
        "kind": "self_audit",
        "on": on.isoformat(),
        "declared": declared,
        "facts": [levy, payment],
        "taxpayer": draw(st.sampled_from(["small_company", "medium_company", "large_company", None])),
    }


ANY_FACTS = (
    levies()
    | residencies()
    | income_taxes()
    | companies()
    | branches()
    | value_added_taxes()
    | assets()
    | operations()
    | payments()
    | payments_under_treaties()
    | late_payments()
    | duties()
    | audits()
)


def naive_days(stays: list[Facts], as_of: str | None, year: int) -> tuple[int, date, date]:
    """Most days of presence in twelve months ending in the year, counted one by one; the earliest of equals."""
    present: set[date] = set()
    for stay in stays:
        day, last = date.fromisoformat(stay["arrived"]), date.fromisoformat(stay["departed"] or as_of or "")
        while day <= last:
            present.add(day)
            day += ONE_DAY
    best = (-1, date.min, date.min)
    end = date(year, 1, 1)
    while end.year == year:
        leap_day = (end.month, end.day) == (2, 29)
        start = date(year - 1, 3, 1) if leap_day else end.replace(year=year - 1) + ONE_DAY
        days = sum(start <= day <= end for day in present)
        if days > best[0]:
            best = (days, start, end)
        end += ONE_DAY
    return best


@settings(deadline=None, max_examples=60)
@given(residencies())
def test_days_of_presence_are_those_of_a_count_day_by_day(facts: Facts) -> None:
    outcome = ENGINE.assess(facts).outcome
    days, start, end = naive_days(facts["stays"], facts.get("as_of"), facts["tax_year"])
    assert (outcome.days_present, outcome.window_start, outcome.window_end) == (days, start, end)
    needed = 90 if facts["aifc_investment_resident"] and facts["tax_year"] >= 2021 else 183
    assert outcome.resident == (days >= needed)


@settings(deadline=None, max_examples=100)
@given(
    year=st.integers(2022, 2026),
    licensed=st.booleans(),
    supply=metered_supplies(),
    more=amounts(),
    beside=st.lists(supplies(), max_size=2),
    whole_quarter=st.booleans(),
)
def test_splitting_a_metered_supply_changes_no_levy(
    year: int, licensed: bool, supply: Facts, more: Decimal, beside: list[Facts], whole_quarter: bool
) -> None:
    reading = "whole_quarter" if whole_quarter else "per_supply"
    engine = kztax.TaxEngine(readings={"mining_levy.several_grounds_2023": reading}, discover=False)
    facts = {"kind": "mining_levy", "period": f"{year}-Q2", "licensed": licensed}
    joined = {**supply, "kwh": text(Decimal(supply["kwh"]) + more)}
    split = [supply, {**supply, "kwh": text(more)}]
    whole = engine.assess({**facts, "supplies": [joined, *beside]}).outcome
    parts = engine.assess({**facts, "supplies": [*split, *beside]}).outcome
    assert (whole.levy, whole.electricity_kwh) == (parts.levy, parts.electricity_kwh)


@settings(deadline=None, max_examples=60)
@given(levies())
def test_a_levy_is_never_negative_and_is_paid_to_the_tiyn_half_up(facts: Facts) -> None:
    outcome = ENGINE.assess(facts).outcome
    assert outcome.levy >= 0
    assert outcome.levy == sum(supply.levy for supply in outcome.supplies)
    assert outcome.payable == outcome.levy.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


@settings(deadline=None, max_examples=150)
@given(
    year=st.integers(2023, 2026),
    pay=amounts(60_000_000, 2),
    gain=amounts(60_000_000, 2),
    more=amounts(60_000_000, 2),
    deducted=deductions(),
)
def test_tax_never_falls_when_the_gain_grows(
    year: int, pay: Decimal, gain: Decimal, more: Decimal, deducted: Facts
) -> None:
    facts = {
        "kind": "personal_income_tax",
        "tax_year": year,
        "resident": True,
        "income": [{"amount": text(pay), "category": "employment", "taxed_by_agent": True}],
        "deductions": deducted,
    }
    smaller = ENGINE.assess({**facts, "digital_asset_gain": text(gain)}).outcome
    larger = ENGINE.assess({**facts, "digital_asset_gain": text(gain + more)}).outcome
    assert smaller.tax <= larger.tax
    assert larger.tax - smaller.tax <= larger.total_income


@st.composite
def disposals(draw: st.DrawFn, year: int) -> Facts:
    return {
        "asset": draw(st.sampled_from(["BTC", "ETH", "TON"])),
        "quantity": "1",
        "disposed_on": draw(st.dates(date(year, 1, 1), date(year, 12, 31))).isoformat(),
        "proceeds": text(draw(amounts(10**8, 2))),
        "acquisition_cost": text(draw(amounts(10**8, 2))),
    }


@settings(deadline=None, max_examples=80)
@given(data=st.data(), year=st.integers(2023, 2026), loss=amounts(10**8, 2), place=st.integers(0, 3))
def test_a_loss_changes_nothing_of_the_others_tax(data: st.DataObject, year: int, loss: Decimal, place: int) -> None:
    others = data.draw(st.lists(disposals(year), max_size=3))
    sold = data.draw(disposals(year))
    losing = {**sold, "acquisition_cost": text(Decimal(sold["proceeds"]) + loss)}
    facts = {"kind": "personal_income_tax", "tax_year": year, "resident": True}
    before = ENGINE.assess({**facts, "disposals": others}).outcome
    after = ENGINE.assess({**facts, "disposals": [*others[:place], losing, *others[place:]]}).outcome
    assert (after.gain_on_digital_assets, after.tax) == (before.gain_on_digital_assets, before.tax)


@settings(deadline=None, max_examples=100)
@given(facts=value_added_taxes(), more=amounts(), place=st.integers(0, 4))
def test_splitting_a_turnover_changes_no_tax(facts: Facts, more: Decimal, place: int) -> None:
    first, *others = facts["turnover"] or [{"amount": "1", "nature": "goods_and_services"}]
    joined = {**first, "amount": text(Decimal(first["amount"]) + more)}
    whole = ENGINE.assess({**facts, "turnover": [joined, *others]}).outcome
    split = [first, *others[:place], {**first, "amount": text(more)}, *others[place:]]
    parts = ENGINE.assess({**facts, "turnover": split}).outcome
    assert whole.model_dump(exclude={"items"}) == parts.model_dump(exclude={"items"})


@settings(deadline=None, max_examples=100)
@given(value_added_taxes())
def test_value_added_tax_is_made_of_its_parts(facts: Facts) -> None:
    outcome = ENGINE.assess(facts).outcome
    untaxed = [item for item in outcome.items if item.treatment in ("exempt", "outside_scope")]
    assert all(item.vat == 0 and item.rate is None for item in untaxed)
    apart = ("services_from_non_resident", "import")
    assert outcome.output_vat == sum(item.vat for item in outcome.items if item.nature not in apart)
    with localcontext(EXACT):
        stated = sum(Decimal(row["amount"]) for row in facts["input_vat"])
        assert 0 <= outcome.deductible_input_vat <= stated
        assert outcome.deductible_input_vat + outcome.non_deductible_input_vat == stated
        balance = outcome.output_vat - outcome.deductible_input_vat
        assert outcome.excess == max(-balance, Decimal(0))
        due = max(balance, Decimal(0)) + outcome.reverse_charge_vat
    paid = due.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    assert outcome.payable == (paid if outcome.reverse_charge_vat or not outcome.excess else balance)


@settings(deadline=None, max_examples=60)
@given(value_added_taxes())
def test_who_sells_nothing_but_taxable_turnover_is_allowed_all_that_serves_it(facts: Facts) -> None:
    sales = [{**row, "nature": "goods_and_services"} for row in facts["turnover"]]
    serving = [{**row, "used_for": "taxable"} for row in facts["input_vat"]]
    outcome = ENGINE.assess({**facts, "registered": True, "turnover": sales, "input_vat": serving}).outcome
    assert outcome.deductible_input_vat == sum(Decimal(row["amount"]) for row in facts["input_vat"])


@settings(deadline=None, max_examples=150)
@given(assets())
def test_an_asset_is_never_of_a_kind_that_its_day_does_not_know(facts: Facts) -> None:
    outcome = ENGINE.assess(facts).outcome
    day = date.fromisoformat(facts["on"])
    known = next(kinds for first, kinds in reversed(KINDS_BY_DATE.items()) if first <= day)
    assert outcome.state_law in known | {"not_a_digital_asset"}


@settings(deadline=None, max_examples=150)
@given(assets())
def test_an_asset_is_a_digital_asset_if_and_only_if_the_whole_definition_fits(facts: Facts) -> None:
    outcome = ENGINE.assess(facts).outcome
    fits = all(facts[fact] for fact in DEFINITION)
    if facts["on"] >= "2025-01-08":
        fits = fits and not facts["monetary_unit_or_legal_tender"]
    assert (outcome.state_law != "not_a_digital_asset") == fits


@settings(deadline=None, max_examples=150)
@given(assets())
def test_the_criteria_account_for_both_answers(facts: Facts) -> None:
    outcome = ENGINE.assess(facts).outcome
    met = {criterion.id: criterion.met for criterion in outcome.criteria}
    assert len(met) == len(outcome.criteria)
    assert outcome.aifc == all(held for name, held in met.items() if name.startswith("aifc."))
    for kind, definition in (("secured_digital_asset", "secured."), ("digital_financial_asset", "financial.")):
        conditions = [held for name, held in met.items() if name.startswith(definition)]
        assert (outcome.state_law == kind) == (bool(conditions) and all(conditions))


@settings(deadline=None, max_examples=100)
@given(facts=assets(), fact=st.sampled_from(["certifies_rights", "registered_on_platform", "base_asset"]))
def test_a_fact_left_out_is_asked_for_or_changes_nothing(facts: Facts, fact: str) -> None:
    whole = ENGINE.assess(facts).outcome.state_law
    without = {name: value for name, value in facts.items() if name != fact}
    asked_for: list[tuple[str | int, ...]] = []
    try:
        answer = ENGINE.assess(without).outcome.state_law
    except kztax.MissingFact as missing:
        answer = whole
        asked_for.append(missing.path)
    assert answer == whole
    assert asked_for in ([], [(fact,)])


@settings(deadline=None, max_examples=150)
@given(operations())
def test_a_licence_never_makes_an_operation_less_lawful(facts: Facts) -> None:
    degree = {False: 0, None: 1, True: 2}
    with_it, without = (ENGINE.assess({**facts, "licensed": licensed}).outcome.lawful for licensed in (True, False))
    assert degree[with_it] >= degree[without]


@settings(deadline=None, max_examples=150)
@given(operations())
def test_to_april_2026_unsecured_assets_circulate_in_the_aifc_alone(facts: Facts) -> None:
    outcome = ENGINE.assess({**facts, "asset": "unsecured_digital_asset"}).outcome
    outside = facts["venue"] != "aifc_exchange" and facts["operation"] != "mine"
    if facts["on"] <= "2026-04-30" and outside:
        assert outcome.lawful is False
    if facts["venue"] == "aifc_exchange" and facts["operation"] == "sell":
        assert outcome.lawful is True


@settings(deadline=None, max_examples=150)
@given(facts=operations(), quantity=amounts(10**6, 8).filter(bool))
def test_a_share_is_forced_on_miners_who_sell_and_on_nobody_else(facts: Facts, quantity: Decimal) -> None:
    outcome = ENGINE.assess(facts).outcome
    sells = facts["actor"] == "miner" and facts["operation"] == "sell" and facts["asset"] != "not_a_digital_asset"
    if not sells or not "2024-01-01" <= facts["on"] <= "2026-01-17":
        assert outcome.mandatory_sale_share == 0
    elif facts["asset"] != "secured_digital_asset":
        assert outcome.mandatory_sale_share in (Decimal("0.5"), Decimal("0.75"))
    sold = ENGINE.assess({**facts, "operation": "sell", "quantity": text(quantity)}).outcome
    assert sold.mandatory_sale_quantity == sold.mandatory_sale_share * quantity


@settings(deadline=None, max_examples=100)
@given(payments_under_treaties())
def test_a_treaty_never_raises_the_tax(facts: Facts) -> None:
    without = {name: value for name, value in facts.items() if not name.startswith("treaty_")}
    under_treaty, under_code = ENGINE.assess(facts).outcome, ENGINE.assess(without).outcome
    assert under_treaty.domestic_tax == under_code.tax
    limit = Decimal(1) if under_treaty.treaty_limit is None else under_treaty.treaty_limit
    assert under_treaty.tax == min(under_code.tax, under_treaty.gross_income * limit)


@settings(deadline=None, max_examples=100)
@given(payments())
def test_the_brackets_of_a_payment_make_up_its_income_and_its_tax(facts: Facts) -> None:
    outcome = ENGINE.assess(facts).outcome
    assert Decimal(0) <= outcome.tax <= outcome.gross_income
    rows = outcome.brackets
    if rows:
        assert outcome.rate is None
        assert sum(row.income for row in rows) == outcome.gross_income
        assert sum(row.tax for row in rows) == outcome.domestic_tax
    else:
        assert outcome.domestic_tax == outcome.gross_income * outcome.rate


@settings(deadline=None, max_examples=100)
@given(first=amounts(2 * 10**9, 2), second=amounts(2 * 10**9, 2))
def test_dividends_in_two_payments_of_a_year_bear_the_tax_of_one(first: Decimal, second: Decimal) -> None:
    engine = kztax.TaxEngine(readings={"withholding_tax.dividend_limit": "per_year"}, discover=False)

    def tax(amount: Decimal, earlier: Decimal) -> Decimal:
        facts = {
            "kind": "withholding_tax",
            "paid_on": "2026-06-15",
            "recipient": "company",
            "recipient_country": "DE",
            "category": "dividends",
            "gross_income": text(amount),
            "paid_earlier_this_year": text(earlier),
            "ownership_share": "0.25",
            "qualifying_conditions_met": True,
        }
        exact: Decimal = engine.assess(facts).outcome.tax
        return exact

    assert tax(first, Decimal(0)) + tax(second, first) == tax(first + second, Decimal(0))


@settings(deadline=None, max_examples=80)
@given(duties())
def test_a_due_day_is_worked_and_only_days_not_worked_lie_before_it(facts: Facts) -> None:
    assessment = ENGINE.assess(facts)
    moved = [figure for figure in assessment.figures if figure.operation == "next_working_day"]
    assert moved
    for figure in moved:
        (statutory,) = [source for source in assessment.figures if source.id == figure.inputs[0]]
        assert isinstance(figure.value, date)
        assert isinstance(statutory.value, date)
        assert why_not_worked(kztax.rule_book(), figure.value) is None
        passed = [statutory.value + ONE_DAY * step for step in range((figure.value - statutory.value).days)]
        assert all(why_not_worked(kztax.rule_book(), day) for day in passed)
        assert [reason.split()[0] for reason in figure.detail if reason] == [day.isoformat() for day in passed]
        assert figure.value > first_day_of(facts)


def first_day_of(facts: Facts) -> date:
    return period_of(facts["period"])[0].first_day


def naive_interest(facts: Facts, by_calendar: bool) -> Fraction:
    """Late interest day by day, in fractions: nothing is rounded on the way."""
    book, interest = kztax.rule_book(), Fraction(0)
    day, last = date.fromisoformat(facts["due"]) + ONE_DAY, date.fromisoformat(facts["paid_on"])
    lower = facts.get("reduced_multiple_ground")
    while day <= last:
        has_lower = lower == ("additional_return" if day < date(2026, 1, 1) else "horizontal_monitoring")
        rate = Fraction(str(book.value("base.base_rate", day).value)) * (
            Fraction(13, 20) if has_lower else Fraction(5, 4)
        )
        interest += Fraction(facts["amount"]) * rate / (366 if by_calendar and day.year % 4 == 0 else 365)
        day += ONE_DAY
    return interest


@settings(deadline=None, max_examples=80)
@given(late_payments(), st.booleans())
def test_late_interest_is_that_of_its_days_one_by_one(facts: Facts, by_calendar: bool) -> None:
    readings = {"late_interest.year_days": "actual" if by_calendar else "365"}
    outcome = kztax.TaxEngine(readings=readings, discover=False).assess(facts).outcome
    assert outcome.interest == Decimal(int(naive_interest(facts, by_calendar) * 100 + Fraction(1, 2))).scaleb(-2)
    assert outcome.days == sum(interval.days for interval in outcome.intervals)
    for interval in outcome.intervals:
        assert interval.days == (interval.last - interval.first).days + 1
    for before, after in zip(outcome.intervals, outcome.intervals[1:], strict=False):
        assert before.last + ONE_DAY == after.first
        assert (before.base_rate, before.multiple) != (after.base_rate, after.multiple) or by_calendar


@settings(deadline=None, max_examples=60)
@given(ANY_FACTS)
def test_the_last_line_of_an_explanation_is_the_answer(facts: Facts) -> None:
    assessment = ENGINE.assess(facts)
    answer = getattr(assessment.outcome, assessment.main)
    last_line = assessment.explain("en").splitlines()[-1]
    _, _, written = last_line.rpartition(": ")
    if isinstance(answer, bool):
        assert written == ("yes" if answer else "no")
    elif isinstance(answer, date):
        assert written == formats.day(answer, "en")
    elif answer is None and assessment.kind == "tax_calendar":
        assert written == "none"
    elif answer is None:
        assert written == "not addressed by the law that was read"
    elif isinstance(answer, kztax.DigitalAssetKind):
        assert written.replace(" ", "_") == answer
    elif "…" in written:
        # A quotient without end is shown as far as a reader can follow; what is shown are its own digits.
        shown = re.sub(r"[^\d.-]", "", written)
        assert format(answer, "f").startswith(shown)
    else:
        assert Decimal(re.sub(r"[^\d.-]", "", written)) == answer


@settings(deadline=None, max_examples=80)
@given(ANY_FACTS)
def test_every_citation_is_in_force_on_its_day(facts: Facts) -> None:
    assessment = ENGINE.assess(facts)
    cited = [*assessment.citations, *(reading.citation for reading in assessment.readings)]
    cited += [figure.citation for figure in assessment.figures if figure.citation is not None]
    assert cited
    for citation in cited:
        assert citation.in_force_from <= citation.on <= (citation.in_force_to or date.max), citation


@settings(deadline=None, max_examples=40)
@given(ANY_FACTS)
def test_the_same_facts_give_the_same_bytes(facts: Facts) -> None:
    another = kztax.TaxEngine(discover=False)
    assert ENGINE.assess(facts).model_dump_json() == another.assess(facts).model_dump_json()


@settings(deadline=None, max_examples=40)
@given(ANY_FACTS)
def test_an_assessment_reads_back_from_json_as_it_was(facts: Facts) -> None:
    made = ENGINE.assess(facts)
    stored = made.model_dump_json()
    read = OUTCOMES[made.kind].model_validate_json(stored)
    assert type(read.outcome) is type(made.outcome)
    assert read.model_dump_json() == stored
    assert read.explain("en") == made.explain("en")


def test_some_clauses_are_known() -> None:
    assert set(KNOWN_CLAUSES) >= {"AT", "CA", "CH", "ES", "GB", "IN", "IT", "NL", "SE", "SK"}


@settings(deadline=None, max_examples=100)
@given(data=st.data(), year=st.integers(2018, 2026), whole=amounts(10**9, 2))
def test_splitting_income_over_rows_and_activities_of_one_rate_changes_no_tax(
    data: st.DataObject, year: int, whole: Decimal
) -> None:
    part = min(data.draw(amounts(10**9, 2)), whole)
    first, second = (data.draw(st.sampled_from(standard_rate_activities(year))) for _ in range(2))
    beside: list[Facts] = [{"amount": text(data.draw(amounts(10**9, 2))), "activity": "agriculture"}]
    carried_in = data.draw(earlier_losses(year))
    joined = [{"amount": text(whole)}, *beside]
    split = [{"amount": text(part), "activity": first}, {"amount": text(whole - part), "activity": second}, *beside]
    one = ENGINE.assess(company_facts(year, income=joined, losses_brought_forward=carried_in)).outcome
    other = ENGINE.assess(company_facts(year, income=split, losses_brought_forward=carried_in)).outcome
    assert one.payable == other.payable
    assert one.tax_base == other.tax_base == sum(row.tax_base for row in other.rates)


def never_more(build: Callable[[Decimal], Facts], smaller: Decimal, more: Decimal) -> None:
    before = ENGINE.assess(build(smaller)).outcome
    after = ENGINE.assess(build(smaller + more)).outcome
    assert 0 <= after.tax <= before.tax
    assert 0 <= after.payable <= before.payable
    assert after.tax_base >= 0


@settings(deadline=None, max_examples=100)
@given(facts=companies(), place=st.integers(1, 10), loss=amounts(10**8, 2), more=amounts(10**9, 2))
def test_more_of_an_old_loss_never_raises_the_tax(facts: Facts, place: int, loss: Decimal, more: Decimal) -> None:
    year = facts["tax_year"] - place
    others = [other for other in facts["losses_brought_forward"] if other["tax_year"] != year]
    never_more(
        lambda lost: {**facts, "losses_brought_forward": [*others, {"tax_year": year, "amount": text(lost)}]},
        loss,
        more,
    )


@settings(deadline=None, max_examples=100)
@given(
    year=st.integers(2018, 2026),
    income=amounts(10**9, 2),
    old=st.data(),
    loss=amounts(10**9, 2),
    more=amounts(10**9, 2),
)
def test_a_larger_loss_of_the_year_never_raises_the_tax(
    year: int, income: Decimal, old: st.DataObject, loss: Decimal, more: Decimal
) -> None:
    carried_in = old.draw(earlier_losses(year))

    def with_cost(cost: Decimal) -> Facts:
        expenses = [{"amount": text(cost)}]
        return company_facts(
            year, income=[{"amount": text(income)}], expenses=expenses, losses_brought_forward=carried_in
        )

    def with_coins(cost: Decimal) -> Facts:
        return company_facts(
            year,
            income=[{"amount": text(income)}],
            losses_brought_forward=carried_in,
            digital_asset_disposals=[
                company_sale(year, "100000000", text(cost)),
                company_sale(year, "50000000", "20000000"),
            ],
        )

    never_more(with_cost, loss, more)
    never_more(with_coins, loss, more)


@settings(deadline=None, max_examples=150)
@given(companies())
def test_the_years_figures_hang_together(facts: Facts) -> None:
    outcome = ENGINE.assess(facts).outcome
    year = facts["tax_year"]
    assert outcome.adjusted_aggregate_annual_income == outcome.aggregate_annual_income - outcome.excluded_income
    balance = outcome.adjusted_aggregate_annual_income - outcome.deductions
    of_year = [loss.amount for loss in outcome.losses_carried_forward if loss.tax_year == year]
    assert outcome.taxable_income == max(balance, 0)
    assert of_year in ([], [-balance])
    assert not (of_year and outcome.taxable_income)
    assert outcome.tax_base == outcome.taxable_income - outcome.reductions - outcome.losses_used >= 0
    assert outcome.tax == sum(row.tax for row in outcome.rates)
    assert outcome.tax_base == sum(row.tax_base for row in outcome.rates)
    due = outcome.tax - outcome.foreign_tax_credit - outcome.withheld
    assert outcome.payable == max(due, Decimal(0)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    assert outcome.withheld_carried_forward == max(-due, 0)


@settings(deadline=None, max_examples=150)
@given(companies())
def test_losses_brought_forward_are_used_expire_or_are_left(facts: Facts) -> None:
    outcome = ENGINE.assess(facts).outcome
    year = facts["tax_year"]
    available = outcome.taxable_income - outcome.reductions
    stated = sorted((loss["tax_year"], Decimal(loss["amount"])) for loss in facts["losses_brought_forward"])
    used, expired, with_the_year = Decimal(0), Decimal(0), Decimal(0)
    left: list[tuple[int, Decimal, date]] = []
    for loss_year, amount in stated:
        if loss_year + 10 < year:
            expired += amount
            continue
        taken = min(amount, available - used)
        used += taken
        if loss_year + 10 == year:
            with_the_year += amount - taken
        elif amount > taken:
            left.append((loss_year, amount - taken, date(loss_year + 10, 12, 31)))
    assert (outcome.losses_used, outcome.losses_expired) == (used, expired)
    earlier = [loss for loss in outcome.losses_carried_forward if loss.tax_year < year]
    assert [(loss.tax_year, loss.amount, loss.usable_until) for loss in earlier] == left
    in_all = used + expired + with_the_year + sum((amount for _, amount, _ in left), Decimal(0))
    assert in_all == sum((amount for _, amount in stated), Decimal(0))


@settings(deadline=None, max_examples=150)
@given(
    country=st.sampled_from(KNOWN_CLAUSES),
    certificate=st.booleans(),
    income=amounts(10**9, 2).filter(bool),
    profit=amounts(10**6, 2),
    reinvested=st.none() | amounts(10**9, 2),
)
def test_both_taxes_of_an_establishment_are_between_20_and_32_per_cent_and_a_treaty_never_adds(
    country: str, certificate: bool, income: Decimal, profit: Decimal, reinvested: Decimal | None
) -> None:
    facts = {**company_facts(2026, income=[{"amount": text(income)}]), "taxpayer": "permanent_establishment"}
    income_tax = ENGINE.assess(facts).outcome
    branch = {
        "kind": "branch_profits_tax",
        "tax_year": 2026,
        "taxable_income": text(income_tax.taxable_income),
        "corporate_income_tax": text(income_tax.tax),
    }
    stated = {"profit_in_treaty_currency": text(profit)}
    if reinvested is not None:
        stated["reinvested_net_income"] = text(reinvested)
    treaty = {"treaty_country": country, "residence_certificate": certificate, "treaty_facts": stated}
    without = ENGINE.assess(branch).outcome
    outcome = ENGINE.assess({**branch, **treaty}).outcome
    assert outcome.tax <= without.tax
    assert certificate or outcome.tax == without.tax
    total = income_tax.tax + outcome.tax
    assert total == outcome.total_tax
    assert Decimal("0.20") * income <= total <= Decimal("0.32") * income
