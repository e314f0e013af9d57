"""Forms 100.00 and 300.00: line sheets worked out by hand, and what is refused or left to be written by hand."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kztax
from kztax.core.errors import ErrorCode, KztaxError
from kztax.explain.catalog import LOCALES
from kztax.forms.model import Acceptance

ROOT = Path(__file__).parent.parent
ENGINE = kztax.TaxEngine(discover=False)
MILLION = 10**6


def company(**fields: Any) -> dict[str, Any]:
    return {"kind": "corporate_income_tax", "tax_year": 2025, "taxpayer": "resident", **fields}


def establishment(amount: str) -> dict[str, Any]:
    return company(taxpayer="permanent_establishment", income=[{"amount": amount}])


def branch(amount: str, **fields: Any) -> dict[str, Any]:
    return {"kind": "branch_profits_tax", "tax_year": 2025, "taxable_income": amount, **fields}


def quarter(*turnover: tuple[str, str], period: str = "2025-Q2", **fields: Any) -> dict[str, Any]:
    rows = [{"nature": nature, "amount": amount} for nature, amount in turnover]
    return {"kind": "value_added_tax", "period": period, "registered": True, "turnover": rows, **fields}


def filled(form: str, *facts: Any, taxpayer: Any = None, engine: kztax.TaxEngine = ENGINE) -> kztax.Form:
    return engine.fill_form(form, facts, taxpayer)


def lines(form: kztax.Form) -> dict[str, Any]:
    return {number.removeprefix(f"{form.form}."): value for number, value in form.amounts.items()}


def notes(form: kztax.Form) -> set[str]:
    return {note.id for note in form.notes}


def by_hand(form: kztax.Form) -> list[str]:
    return [line.number.removeprefix(f"{form.form}.") for line in form.missing if line.field is None]


def refusal(form: str, *facts: Any, taxpayer: Any = None) -> KztaxError:
    with pytest.raises(KztaxError) as refused:
        filled(form, *facts, taxpayer=taxpayer)
    assert len({refused.value.message(locale) for locale in LOCALES}) == len(LOCALES)
    return refused.value


# --- 100.00 -----------------------------------------------------------------------------------------------------


def test_100_of_a_miner() -> None:
    """10.25 BTC × 38.5 m mined; sales of them come in and go out; donations up to 4 % of 164,625,000 are 6,585,000."""
    facts = json.loads((ROOT / "examples" / "forms" / "company-2025.json").read_text(encoding="utf-8"))
    form = filled("100.00", facts)
    assert {number: int(value) for number, value in lines(form).items()} == {
        "001": 20_000_000, "014": 833_625_000, "014 I": 394_625_000, "014 II": 430_000_000, "014 IV": 9_000_000,
        "015": 853_625_000, "016": 439_000_000, "016 I": 9_000_000, "016 II": 430_000_000, "018": 414_625_000,
        "040 I": 250_000_000, "040": 250_000_000, "044": 164_625_000, "047": 164_625_000, "052": 6_585_000,
        "053": 158_040_000, "054": 6_000_000, "055": 152_040_000, "056": 20, "057": 30_408_000, "058": 30_258_000,
        "058 V": 150_000, "059": 30_258_000, "062": 30_258_000,
    }  # fmt: skip
    assert by_hand(form) == ["019"]
    assert form.acceptance is Acceptance.DRAFT
    assert form.line("100.00.016 II").text == "241(1)(11-1)"
    assert form.line("100.00.014 I").text == "227-1(1)"
    assert form.line("100.00.014 IV").text is None
    assert {"withheld_taken_as_on_interest", "line_054_used_losses", "line_052_not_divided"} <= notes(form)
    for locale in LOCALES:
        assert "241(1)(11-1);" in form.write(locale)
    assert kztax.Form.model_validate_json(form.model_dump_json()) == form


def test_100_each_income_has_its_line() -> None:
    rows = [("1", "business"), ("20", "interest"), ("300", "dividends"), ("4000", "capital_gain"), ("50000", "other")]
    disposal = {"asset": "BTC", "quantity": "1", "disposed_on": "2025-05-05", "proceeds": "600000",
                "acquisition_cost": "500000"}  # fmt: skip
    fee = {"asset": "BTC", "quantity": "1", "received_on": "2025-05-05", "unit_value": "7000000"}
    income = [{"amount": amount, "category": category} for amount, category in rows]
    form = filled("100.00", company(income=income, digital_asset_disposals=[disposal], digital_asset_fees=[fee]))
    found = {number: int(value) for number, value in lines(form).items()}
    expected = {
        "001": 7_000_001, "002": 4_000, "014 III": 600_000, "014 IV": 300, "014 V": 50_020, "015": 7_654_321,
        "016": 300, "018": 7_654_021, "040": 500_000,
    }  # fmt: skip
    assert {number: found[number] for number in expected} == expected


def test_100_a_loss_is_carried_forward() -> None:
    form = filled("100.00", company(income=[{"amount": "10"}], expenses=[{"amount": "17.5"}]))
    found = lines(form)
    assert (found["044"], found["047"], found["051"]) == (Decimal("-7.5"), Decimal("-7.5"), Decimal("7.5"))
    assert (found["053"], found["055"]) == (0, 0)
    assert "057" not in found
    assert filled("100.00", company()).amounts == {"100.00.056": Decimal(20)}


def test_100_with_several_rates_and_relief() -> None:
    """10 m of agriculture at 10 % and 10 m at 20 %: no one rate, 3 m of tax. The social sphere: 20 m let off whole."""
    agriculture = {"amount": "10000000", "activity": "agriculture"}
    two = lines(filled("100.00", company(income=[{"amount": "10000000"}, agriculture])))
    assert "056" not in two
    assert (two["057"], two["062"]) == (3 * MILLION, 3 * MILLION)
    social = lines(filled("100.00", company(income=[{"amount": "100000000", "activity": "social"}])))
    assert (social["057"], social["059 I"], social["059"], social["062"]) == (20 * MILLION, 20 * MILLION, 0, 0)


def test_100_of_an_establishment_at_the_codes_rate_and_at_a_treatys() -> None:
    """Of 100 m: 20 m, net income 80 m; 15 % of it is 12 m; a Dutch one's 5 % on 50 m that were not reinvested 2.5 m."""
    facts = establishment("100000000")
    code = filled("100.00", facts, branch("100000000"))
    assert {number: lines(code)[number] for number in ("060", "061 I", "062")} == {
        "060": 80 * MILLION, "061 I": 12 * MILLION, "062": 32 * MILLION,
    }  # fmt: skip
    dutch = branch(
        "100000000",
        treaty_country="NL",
        residence_certificate=True,
        treaty_facts={"profit_in_treaty_currency": "200000", "reinvested_net_income": "30000000"},
    )
    treaty = filled("100.00", dutch, facts)
    assert (lines(treaty)["061 II"], lines(treaty)["062"]) == (Decimal(2_500_000), Decimal(22_500_000))
    assert treaty.line("100.00.061 III").text == "NL"
    assert "Нидерланд" in (treaty.line("100.00.061 IV").text or "")
    assert "line_062_misprint" in notes(treaty)
    assert treaty.line("100.00.061 II").source.assessment == 0
    for locale in LOCALES:
        assert "2025" in treaty.write(locale)
    without = filled("100.00", facts, branch("100000000", treaty_country="NL"))
    assert lines(without)["061 I"] == 12 * MILLION


def test_100_of_an_establishment_alone_leaves_the_second_tax_open() -> None:
    form = filled("100.00", establishment("100000000"))
    assert by_hand(form) == ["060", "061 I"]
    assert "062" not in lines(form)


def test_100_an_income_without_a_line_is_refused_not_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kztax.forms.form_100._lines_by_figure", lambda *_: {})
    error = refusal("100.00", company(income=[{"amount": "5"}]))
    assert (error.code, error.reason) == (ErrorCode.UNKNOWN_LAW, "form_line_of_figure")


def test_100_an_empty_cell_stays_empty() -> None:
    form = filled("100.00", company(income=[{"amount": "0", "category": "interest"}, {"amount": "7"}]))
    assert "014 V" not in lines(form)
    assert lines(form)["015"] == 7


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ([branch("1")], "form_without_assessment"),
        ([company(income=[{"amount": "5"}]), branch("5")], "branch_of_a_resident"),
        ([establishment("5"), branch("6")], "branch_differs"),
        ([establishment("5"), branch("5", corporate_income_tax="0.5")], "branch_differs"),
        ([establishment("5"), {**branch("5"), "tax_year": 2024}], "form_of_one_period"),
        ([company(), company()], "form_of_one_period"),
        ([{**company(), "tax_year": 2026}], "form_layout_unknown"),
        ([{**company(), "tax_year": 2022}], "form_layout_unknown"),
    ],
)
def test_100_refuses(facts: list[Any], reason: str) -> None:
    assert refusal("100.00", *facts).reason == reason


def test_100_is_of_a_company() -> None:
    person = {"iin": "850615350125", "name": "A", "tax_office": "6004"}
    assert refusal("100.00", company(), taxpayer=person).path == ("taxpayer", "bin")
    foreign = {
        "bin": "170640001250", "name": "B", "tax_office": "6004", "resident": False, "country": "NL",
        "foreign_tax_number": "NL1",
    }  # fmt: skip
    form = filled("100.00", establishment("5"), branch("5"), taxpayer=foreign)
    assert form.complete
    assert (form.line("100.00.residence").text, form.line("100.00.country").text) == ("non_resident", "NL")


# --- 300.00 -----------------------------------------------------------------------------------------------------


def test_300_in_proportion() -> None:
    """Taxable 10 m of 50 m: a fifth of 600,000 is credited, 1,200,000 − 120,000 = 1,080,000 is paid."""
    facts = json.loads((ROOT / "examples" / "vat-quarter.json").read_text(encoding="utf-8"))
    form = filled("300.00", facts)
    assert {number: int(value) for number, value in lines(form).items()} == {
        "001 A": 10_000_000, "001 B": 1_200_000, "005": 40_000_000, "006": 50_000_000, "006 I": 10_000_000, "007": 20,
        "012": 1_200_000, "013 B": 600_000, "014 A": 5_000_000, "023": 600_000, "025 I": 120_000, "026 I": 480_000,
        "030 I": 1_080_000,
    }  # fmt: skip
    assert form.line("300.00.method").text == "proportional"
    assert by_hand(form) == ["013 A"]
    outcome = ENGINE.assess(facts).outcome
    assert lines(form)["030 I"] == outcome.payable - outcome.reverse_charge_vat
    assert form.line("300.00.014 A").source.path == "turnover.2.amount"


def test_300_the_zero_rate_and_an_excess() -> None:
    """1 m at 12 % and 2 m of export: a third is 33.33 %, two thirds 66.67 %; 300,000 of input tax exceed by 180,000."""
    sold = (("goods_and_services", "1000000"), ("export", "2000000"), ("exempt_other", "0"))
    form = filled("300.00", quarter(*sold, input_vat=[{"amount": "300000"}]))
    found = lines(form)
    assert (found["002"], found["006"], found["007"], found["008"]) == (
        2 * MILLION, 3 * MILLION, 100, Decimal("66.67"),
    )  # fmt: skip
    assert (found["030 II"], "030 I" in found, "026 I" in found) == (180_000, False, True)


def test_300_accounts_kept_apart() -> None:
    sold = (("goods_and_services", "1000000"), ("exempt_other", "3000000"))
    rows = [{"amount": "50000", "used_for": "taxable"}, {"amount": "70000", "used_for": "exempt"}]
    apart = filled("300.00", quarter(*sold, input_vat=rows, input_vat_method="separate"))
    found = lines(apart)
    assert (found["013 B"], found["023"], found["025 II"], found["030 I"]) == (50_000, 50_000, 50_000, 70_000)
    assert apart.line("300.00.method").text == "separate"
    common = [*rows, {"amount": "40000", "used_for": "both"}, {"amount": "9", "used_for": "outside_scope"}]
    combined = filled("300.00", quarter(*sold, input_vat=common, input_vat_method="separate"))
    found = lines(combined)
    # A quarter of what is common: 10,000 of 40,000.
    assert (found["024 II"], found["024 III"], found["024"]) == (50_000, 40_000, 90_000)
    assert (found["025 III"], found["026 III"], found["030 I"]) == (60_000, 30_000, 60_000)
    assert by_hand(combined) == ["013 A", "013 B"]
    assert "input_vat_outside_scope_left_out" in notes(combined)


def test_300_whole_tenge() -> None:
    """100.50 rounds to 101, its tax of 12.06 to 12, input tax of 3.49 to 3: 9 are paid."""
    form = filled("300.00", quarter(("goods_and_services", "100.50"), input_vat=[{"amount": "3.49"}]))
    found = lines(form)
    assert (found["001 A"], found["001 B"], found["025 I"], found["030 I"]) == (101, 12, 3, 9)
    assert form.line("300.00.001 B").exact == Decimal("12.06")


def test_300_what_stands_outside() -> None:
    pool = filled("300.00", quarter(("mining_pool_distribution", "1000"), ("import", "50")))
    assert "outside_scope_left_out" in notes(pool)
    assert by_hand(pool) == ["016 I A"]
    assert not set(lines(pool)) & {"001 A", "006", "012"}
    aifc = filled("300.00", quarter(("goods_and_services", "1"), taxpayer="aifc_participant"))
    assert aifc.line("300.00.aifc").text == "aifc_participant"
    reading = {"value_added_tax.proportion_with_purchases": "with_purchases"}
    facts = quarter(
        ("goods_and_services", "100"), ("exempt_other", "100"), ("services_from_non_resident", "100"),
        input_vat=[{"amount": "90"}],
    )  # fmt: skip
    other = filled("300.00", facts, engine=kztax.TaxEngine(readings=reading, discover=False))
    assert lines(other)["025 I"] == 60
    assert "share_of_another_reading" in notes(other)


def test_300_editions_and_periods() -> None:
    sold = ("goods_and_services", "1000")
    assert filled("300.00", quarter(sold, period="2025-Q3")).edition.article == "125, 126"
    assert filled("300.00", quarter(sold, period="2025-Q4")).edition.article == "126-1, 126-2"
    for period in ("2022-Q4", "2026-Q1"):
        assert refusal("300.00", quarter(sold, period=period)).code is ErrorCode.UNKNOWN_LAW


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ([quarter(("goods_and_services", "1"), registered=False)], "form_not_due"),
        ([quarter(("electronic_services", "1"), taxpayer="foreign_e_seller", registered=True)], "form_not_due"),
        ([quarter(("goods_and_services", "1"))] * 2, "form_of_one_period"),
        ([quarter(("goods_and_services", "1000000000000"))], "form_cell_too_short"),
    ],
)
def test_300_refuses(facts: list[Any], reason: str) -> None:
    assert refusal("300.00", *facts).reason == reason


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["goods_and_services", "export", "exempt_other", "digital_asset_sale"]),
            st.decimals("0", "1000000000", places=2),
        ),
        max_size=6,
    ),
    st.lists(st.decimals("0", "100000000", places=2), max_size=4),
)
def test_300_always_comes_to_what_the_assessment_says(
    turnover: list[tuple[str, Decimal]], input_vat: list[Decimal]
) -> None:
    """Rounding each cell to whole tenge parts the form from the assessment by less than two."""
    rows = [(nature, f"{amount:f}") for nature, amount in turnover]
    facts = quarter(*rows, input_vat=[{"amount": f"{amount:f}"} for amount in input_vat])
    found = lines(filled("300.00", facts))
    outcome = ENGINE.assess(facts).outcome
    balance = found.get("030 I", Decimal(0)) - found.get("030 II", Decimal(0))
    assert abs(balance - (outcome.output_vat - outcome.deductible_input_vat)) < 2
    assert not {"030 I", "030 II"} <= set(found)
