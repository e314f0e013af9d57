"""Companies: years after the book, what a reader is told, treaty rates of plugins."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

import kztax
from kztax.core.law import RuleBook, sources
from kztax.core.treaty_reader import treaty_of
from kztax.hooks import TreatyRateAnswer, hookimpl

Facts = dict[str, Any]
ENGINE = kztax.TaxEngine(discover=False)
LATER = kztax.TaxEngine(law=[kztax.Overlay("later years", "[book]\nknown_until = 2035-12-31\n")], discover=False)
DRAFT = """
[book]
known_until = 2027-12-31
[act.draft]
number = "draft"
date = 2026-11-01
from = 2027-01-01
url = "https://example.org/draft"
[act.draft.titles]
en = "Draft law"
ru = "Законопроект"
kk = "Заң жобасы"
[corporate_income_tax.rate.standard]
unit = "1"
[[corporate_income_tax.rate.standard.in_force]]
from = 2027-01-01
value = "0.18"
cite = { act = "draft", article = "1" }
evidence = "text"
"""


def company(year: int, **facts: Any) -> Facts:
    return {"kind": "corporate_income_tax", "tax_year": year, "taxpayer": "resident", **facts}


def sale(year: int, proceeds: str, cost: str, **fields: Any) -> Facts:
    day = date(year, 6, 1).isoformat()
    sold = {"asset": "BTC", "quantity": "1", "disposed_on": day, "proceeds": proceeds, "acquisition_cost": cost}
    return {**sold, **fields}


def contribution(year: int, value: str, cost: str) -> Facts:
    return sale(year, value, cost, way="contribution_to_capital", paid_up_amount=value)


def carried(losses: tuple[kztax.CarriedLoss, ...]) -> list[tuple[int, Decimal | int, str]]:
    """Year, amount, last day."""
    return [(loss.tax_year, loss.amount, loss.usable_until.isoformat()) for loss in losses]


# --- years after the book ---


def test_next_years_rates_are_an_edit_of_the_law_alone() -> None:
    engine = kztax.TaxEngine(law=[kztax.Overlay("draft of 2027", DRAFT)], discover=False)
    income = [{"amount": "100000000"}, {"amount": "900000000", "activity": "social"}]
    outcome = engine.assess(company(2027, income=income)).outcome
    # 100 at the draft's 18 %, 900 at the 10 % that the Code sets for the social sphere from 2027
    assert [(row.activity, row.rate, row.tax) for row in outcome.rates] == [
        ("standard", Decimal("0.18"), 18_000_000),
        ("social", Decimal("0.10"), 90_000_000),
    ]
    assert outcome.tax == 108_000_000
    branch = {"kind": "branch_profits_tax", "tax_year": 2027, "taxable_income": "100000000"}
    assert engine.assess(branch).outcome.total_tax == 18_000_000 + Decimal("0.15") * 82_000_000
    assert engine.assess(company(2026, income=income[:1])).outcome.tax == 20_000_000


def test_the_social_sphere_pays_twice_as_much_from_2027() -> None:
    facts = company(2027, income=[{"amount": "40000000", "activity": "social"}])
    assert LATER.assess(facts).outcome.tax == 4_000_000


def test_what_2026_left_of_a_loss_is_used_in_2027() -> None:
    facts = company(
        2027, income=[{"amount": "70000000"}], losses_brought_forward=[{"tax_year": 2025, "amount": "33600000"}]
    )
    assert LATER.assess(facts).outcome.tax == 7_280_000


@pytest.mark.parametrize(("income", "required"), [("2359200000", False), ("2359200001", True)])
def test_advances_of_2027_turn_on_the_income_and_the_index_of_2025(income: str, required: bool) -> None:
    facts = company(2027, aggregate_annual_income_two_years_before=income)
    assert LATER.assess(facts).outcome.advances_required is required


# Disposals of a year, a loss of 20 million from 2026, and what is used of it, left of it (until when), expired.
GAIN_12 = sale(2027, "52000000", "40000000")
LOSS_BASKETS = [
    ("gains on sales", 2027, "small", [GAIN_12], 12, 0, 8, 0),
    ("not gains on contributions", 2027, "small", [GAIN_12, contribution(2027, "90000000", "60000000")], 12, 30, 8, 0),
    (
        "a loss of the year comes off the contribution first: 12 + 30 - 35",
        2027,
        "small",
        [GAIN_12, contribution(2027, "90000000", "60000000"), sale(2027, "5000000", "40000000")],
        7,
        0,
        13,
        0,
    ),
    ("the third year, and with it the rest goes", 2029, "small", [sale(2029, "52000000", "40000000")], 12, 0, 0, 0),
    ("the fourth year", 2030, "medium", [sale(2030, "52000000", "40000000")], 0, 12, 0, 20),
    ("the fifth year of a large business", 2031, "large", [sale(2031, "52000000", "40000000")], 12, 0, 0, 0),
    ("its sixth year", 2032, "large", [sale(2032, "52000000", "40000000")], 0, 12, 0, 20),
    ("no sales at all", 2027, "small", [], 0, 0, 20, 0),
]


@pytest.mark.parametrize(
    ("year", "size", "sold", "used", "gain", "left", "expired"),
    [case[1:] for case in LOSS_BASKETS],
    ids=[case[0] for case in LOSS_BASKETS],
)
def test_earlier_losses_on_digital_assets_come_off_gains_on_sales_within_their_years(
    year: int, size: str, sold: list[Facts], used: int, gain: int, left: int, expired: int
) -> None:
    facts = company(
        year,
        size=size,
        income=[{"amount": "50000000"}],
        digital_asset_disposals=sold,
        digital_asset_losses_brought_forward=[{"tax_year": 2026, "amount": "20000000"}],
    )
    outcome = LATER.assess(facts).outcome
    until = "2031-12-31" if size == "large" else "2029-12-31"
    assert outcome.digital_asset_losses_used == used * 10**6
    assert outcome.digital_asset_gain == gain * 10**6
    assert outcome.digital_asset_losses_expired == expired * 10**6
    assert carried(outcome.digital_asset_losses_carried_forward) == ([(2026, left * 10**6, until)] if left else [])
    assert outcome.taxable_income == (50 + gain) * 10**6


def test_losses_on_digital_assets_wait_while_their_owner_mines() -> None:
    mined = {"asset": "BTC", "quantity": "1", "received_on": "2027-06-10", "unit_value": "40000000"}
    facts = company(
        2027,
        digital_assets_distributed=[mined],
        digital_asset_disposals=[sale(2027, "52000000", "40000000")],
        digital_asset_losses_brought_forward=[{"tax_year": 2026, "amount": "20000000"}],
    )
    outcome = LATER.assess(facts).outcome
    assert outcome.taxable_income == 52_000_000
    assert outcome.digital_asset_losses_used == 0
    assert carried(outcome.digital_asset_losses_carried_forward) == [(2026, 20_000_000, "2029-12-31")]


def test_an_activity_alone_has_one_line() -> None:
    outcome = ENGINE.assess(company(2026, income=[{"amount": "10", "activity": "agriculture"}])).outcome
    assert [row.activity for row in outcome.rates] == ["agriculture"]
    loss = [{"amount": "30", "activity": "agriculture"}]
    outcome = ENGINE.assess(company(2026, income=[{"amount": "10", "activity": "agriculture"}], expenses=loss)).outcome
    assert [(row.activity, row.tax_base) for row in outcome.rates] == [("agriculture", 0)]


# --- what a reader is told ---


def noted(facts: Facts, engine: kztax.TaxEngine = ENGINE) -> set[str]:
    return {note.id.removeprefix("corporate_income_tax.") for note in engine.assess(facts).notes}


def establishment(*income: Facts) -> Facts:
    return {**company(2026, income=[*income]), "taxpayer": "permanent_establishment"}


def price(asset: str) -> Facts:
    return {"asset": asset, "on": "2025-12-31", "value": "1", "currency": "KZT"}


FEE = {"asset": "ETH", "quantity": "1", "received_on": "2026-01-01"}
GIFT = [{"amount": "1", "ground": "donations"}]
FOREIGN = {"amount": "100", "source": "foreign"}
TAXED_ABROAD = {"country": "BR", "income": "100", "tax_paid": "18"}
SOCIAL = {"amount": "1", "activity": "social"}
NOTES: list[tuple[str, Facts]] = [
    ("taken_as_monitored", company(2026, size="large", income=[{"amount": "90"}], reductions=GIFT)),
    ("no_treaty_limit", company(2026, income=[FOREIGN], foreign_tax=[TAXED_ABROAD])),
    ("credit_needs_certificate", company(2026, income=[FOREIGN], foreign_tax_credit="1")),
    ("withheld_is_carried", company(2026, withheld_at_source="1")),
    ("advances_not_known", company(2019, aggregate_annual_income_two_years_before="1")),
    ("value_stated", company(2026, digital_asset_fees=[{**FEE, "unit_value": "1"}])),
    ("not_connected", establishment(FOREIGN)),
    ("dividends_taken_as_unlisted", establishment({"amount": "1", "category": "dividends"})),
    ("loss_of_social_sphere", company(2025, income=[SOCIAL], expenses=[{**SOCIAL, "amount": "2"}])),
    ("loss_left", company(2026, expenses=[{"amount": "1"}])),
    ("digital_asset_loss_left", company(2026, digital_asset_disposals=[sale(2026, "1", "2")])),
    ("advances_set_off", company(2026, aggregate_annual_income_two_years_before="2215200001")),
    ("activities_apart", company(2026, income=[{"amount": "1"}, {"amount": "1", "activity": "gambling"}])),
    ("base.official_value.not_valued_then", company(2026, digital_asset_fees=[FEE], asset_prices=[price("ETH")])),
    (
        "base.official_value.fallback",
        company(2026, digital_asset_fees=[{**FEE, "asset": "DOGE"}], asset_prices=[price("DOGE")]),
    ),
    (
        "base.official_value.rate_in_effect",
        company(
            2026,
            digital_asset_fees=[{**FEE, "unit_value": "1", "currency": "USD"}],
            exchange_rates=[{"currency": "USD", "on": "2025-12-31", "rate": "500", "kind": "market"}],
        ),
    ),
]


@pytest.mark.parametrize(("note", "facts"), NOTES, ids=[note for note, _ in NOTES])
def test_what_an_accountant_should_know_is_said(note: str, facts: Facts) -> None:
    assert note in noted(facts)
    assert note not in noted(company(2026, income=[{"amount": "1"}]))


# --- treaties ---


def answering(rate: str) -> kztax.TaxEngine:
    def kztax_treaty_rate(country: str, income: str, on: date) -> TreatyRateAnswer:
        return TreatyRateAnswer(rate=Decimal(rate), source=f"ruling on {income}")

    ruling = SimpleNamespace(kztax_treaty_rate=hookimpl(kztax_treaty_rate))
    return kztax.TaxEngine(plugins=[ruling], discover=False)


def test_a_plugins_treaty_rate_limits_the_foreign_credit() -> None:
    facts = company(2026, income=[FOREIGN], foreign_tax=[TAXED_ABROAD])
    assert answering("0.07").assess(facts).outcome.foreign_tax_credit == 7
    assert "no_treaty_limit" not in noted(facts, answering("0.07"))


BRANCH: Facts = {"kind": "branch_profits_tax", "tax_year": 2026, "taxable_income": "100000000", "treaty_country": "RU"}


@pytest.mark.parametrize(
    ("rate", "certificate", "tax"),
    [("0.06", True, 4_800_000), ("0.06", False, 12_000_000), ("0.30", True, 12_000_000)],
    ids=["a lower rate", "no certificate", "a higher rate"],
)
def test_a_plugins_rate_stands_before_a_clause_that_was_not_seen(rate: str, certificate: bool, tax: int) -> None:
    outcome = answering(rate).assess({**BRANCH, "residence_certificate": certificate}).outcome
    assert outcome.tax == tax


def test_a_treaty_counts_from_the_year_after_it_came_into_force_where_its_first_year_was_not_seen() -> None:
    _, entries = treaty_of("XX", {"titles": {}, "url": "", "evidence": "secondary", "in_force": date(2021, 5, 5)})
    first = {entry.name.removeprefix("treaty.XX."): entry.items[0].first for entry in entries}
    assert (first["in_force"], first["applied"]) == (date(2021, 5, 5), date(2022, 1, 1))


def test_a_treaty_table_with_a_misspelt_key_is_refused() -> None:
    with pytest.raises(kztax.LawError, match=r"treaty\.XX: unknown key dividend"):
        treaty_of("XX", {"titles": {}, "url": "", "evidence": "text", "dividend": "0.05"})
    misspelt = ("treaty", b'[XX]\ndividend = "0.05"\n')
    with pytest.raises(kztax.LawError, match=r"treaty\.XX"):
        RuleBook.load([*sources(), misspelt])
