"""Bad input from a shell: exit status, code, path and advice; never a traceback, never a number."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kztax.cli import main

LEVY: dict[str, Any] = {"kind": "mining_levy", "period": "2025-Q1"}
RESIDENCY: dict[str, Any] = {"kind": "individual_residency", "tax_year": 2025}
TAX: dict[str, Any] = {"kind": "personal_income_tax", "tax_year": 2025, "resident": True}
ASSET: dict[str, Any] = json.loads((Path(__file__).parent.parent / "examples" / "asset.json").read_text("utf-8"))
TRADE: dict[str, Any] = {
    "kind": "trade_compliance", "on": "2026-06-01", "actor": "individual", "operation": "buy",
    "asset": "unsecured_digital_asset", "venue": "aifc_exchange",
}  # fmt: skip


def supply(**fields: Any) -> dict[str, Any]:
    return {**LEVY, "supplies": [fields]}


def stay(arrived: Any, departed: Any, **fields: Any) -> dict[str, Any]:
    return {**RESIDENCY, "stays": [{"arrived": arrived, "departed": departed}], **fields}


def sale(**fields: Any) -> dict[str, Any]:
    whole = {"asset": "BTC", "quantity": "1", "disposed_on": "2025-05-05", "proceeds": "10", "acquisition_cost": "1"}
    return {**TAX, "disposals": [{**whole, **fields}]}


def vat(row: dict[str, Any], **fields: Any) -> dict[str, Any]:
    sold = {"amount": "10", "nature": "goods_and_services", **row}
    return {"kind": "value_added_tax", "period": "2025-Q2", "registered": True, "turnover": [sold], **fields}


DOES_NOT_FIT = [
    ("unknown field", {**supply(kwh="1"), "colour": "red"}, ["colour"]),
    ("negative kWh", supply(kwh="-1"), ["supplies", 0, "kwh"]),
    ("float amount", supply(kwh=1.5), ["supplies", 0, "kwh"]),
    ("an amount of 10^400 as text", supply(kwh="1" + "0" * 400), ["supplies", 0, "kwh"]),
    ("an exponent", supply(kwh="1e5"), ["supplies", 0, "kwh"]),
    ("NaN as text", supply(kwh="NaN"), ["supplies", 0, "kwh"]),
    ("infinity as text", supply(kwh="Infinity"), ["supplies", 0, "kwh"]),
    ("yes as an amount", supply(kwh=True), ["supplies", 0, "kwh"]),
    ("a list as an amount", supply(kwh=[1]), ["supplies", 0, "kwh"]),
    ("other digits", supply(kwh="١٢"), ["supplies", 0, "kwh"]),
    ("text for yes or no", supply(kwh="1", renewable="yes"), ["supplies", 0, "renewable"]),
    ("a generation that does not exist", supply(kwh="1", generation="stolen"), ["supplies", 0, "generation"]),
    ("purchased supply from an own plant", supply(kwh="1", generation="own", price_per_kwh="5"),
     ["supplies", 0, "price_per_kwh"]),
    ("more hours than the quarter has", supply(meter="absent", maximum_load_kw="1", hours="2161"),
     ["supplies", 0, "hours"]),
    ("a label that forges a line", supply(kwh="1", label="x\nLevy to pay: KZT 0.00"), ["supplies", 0, "label"]),
    ("a label that turns the text around", supply(kwh="1", label="x\u202ey"), ["supplies", 0, "label"]),
    ("no hours at all", supply(meter="absent", maximum_load_kw="1", hours="0"), ["supplies", 0, "hours"]),
    ("other digits in the period", {**supply(kwh="1"), "period": "٢٠٢٥-Q1"}, ["period"]),
    ("a country that does not exist", stay("2025-01-01", "2025-02-01", treaty_residence="ZZ"), ["treaty_residence"]),
    ("no supply", {**LEVY, "supplies": []}, ["supplies"]),
    ("a fifth quarter", {**supply(kwh="1"), "period": "2025-Q5"}, ["period"]),
    ("a year beyond every calendar", {**supply(kwh="1"), "period": "9999-Q1"}, ["period"]),
    ("a stay that ends before it starts", stay("2025-03-05", "2025-03-01"), ["stays", 0, "departed"]),
    ("the year 1500", stay("1500-01-01", "2025-03-01"), ["stays", 0, "arrived"]),
    ("30 February", stay("2025-02-30", "2025-03-01"), ["stays", 0, "arrived"]),
    ("a week date", stay("2025-W10-1", "2025-03-01"), ["stays", 0, "arrived"]),
    ("a time for a day", stay("2025-03-01T00:00:00", "2025-03-05"), ["stays", 0, "arrived"]),
    ("a number for a day", stay(20250301, "2025-03-05"), ["stays", 0, "arrived"]),
    ("a stay after the year", stay("2026-01-01", "2026-02-01"), ["stays", 0, "arrived"]),
    ("a stay that ends after the year", stay("2025-12-01", "2026-02-01"), ["stays", 0, "departed"]),
    ("as_of after the year", stay("2025-12-01", None, as_of="2026-01-01"), ["as_of"]),
    ("an arrival after as_of", stay("2025-12-01", None, as_of="2025-11-01"), ["stays", 0, "arrived"]),
    ("a citizen as AIFC investor", stay("2025-01-01", "2025-02-01", citizen=True, aifc_investment_resident=True),
     ["aifc_investment_resident"]),
    ("a citizen without citizenship",
     stay("2025-01-01", "2025-02-01", citizen=True,
          vital_interests={"citizenship_or_residence_permit": False, "family_resides": True, "home_available": True}),
     ["vital_interests", "citizenship_or_residence_permit"]),
    ("a family of another kind",
     stay("2025-01-01", "2025-02-01",
          vital_interests={"citizenship_or_residence_permit": True, "family_resides": "maybe", "home_available": True}),
     ["vital_interests", "family_resides"]),
    ("a country in words", stay("2025-01-01", "2025-02-01", treaty_residence="Canada"), ["treaty_residence"]),
    ("gain stated twice", {**sale(), "digital_asset_gain": "1"}, ["digital_asset_gain"]),
    ("a sale of another year", sale(disposed_on="2024-12-31"), ["disposals", 0, "disposed_on"]),
    ("nothing sold", sale(quantity="0"), ["disposals", 0, "quantity"]),
    ("acquired after sold", sale(acquired_on="2025-05-06"), ["disposals", 0, "acquired_on"]),
    ("an appraised purchase", sale(appraised_value="5"), ["disposals", 0, "appraised_value"]),
    ("an appraisal day alone", sale(acquired_by="inheritance", appraised_on="2025-05-06"),
     ["disposals", 0, "appraised_on"]),
    ("thirteen months", {**TAX, "deductions": {"standard_months": 13}}, ["deductions", "standard_months"]),
    ("half a month", {**TAX, "deductions": {"standard_months": 1.5}}, ["deductions", "standard_months"]),
    ("persons without a carer", {**TAX, "deductions": {"social_ground": "veteran", "social_persons": 2}},
     ["deductions", "social_persons"]),
    ("withheld by nobody", {**TAX, "income": [{"amount": "9", "category": "employment", "withheld": "1"}]},
     ["income", 0, "withheld"]),
    ("withheld more than paid",
     {**TAX, "income": [{"amount": "9", "category": "employment", "withheld": "10", "taxed_by_agent": True}]},
     ["income", 0, "withheld"]),
    ("an agent of a sole proprietor",
     {**TAX, "income": [{"amount": "9", "category": "entrepreneur", "taxed_by_agent": True}]},
     ["income", 0, "taxed_by_agent"]),
    ("foreign tax paid at home", {**TAX, "foreign_tax": [{"country": "KZ", "income": "2", "tax_paid": "1"}]},
     ["foreign_tax", 0, "country"]),
    ("foreign tax over income", {**TAX, "foreign_tax": [{"country": "CA", "income": "2", "tax_paid": "3"}]},
     ["foreign_tax", 0, "tax_paid"]),
    ("a country twice", {**TAX, "foreign_tax": [{"country": "CA", "income": "2", "tax_paid": "1"}] * 2},
     ["foreign_tax", 1, "country"]),
    ("a treaty rate of 150 %",
     {**TAX, "foreign_tax": [{"country": "CA", "income": "2", "tax_paid": "1", "treaty_limit": "1.5"}]},
     ["foreign_tax", 0, "treaty_limit"]),
    ("a deposit that pays wages",
     {**TAX, "income": [{"amount": "9", "category": "employment", "exempt_ground": "bank_deposit"}]},
     ["income", 0, "exempt_ground"]),
    ("foreign income from Kazakhstan",
     {**TAX, "income": [{"amount": "9", "category": "interest", "exempt_ground": "aifc_investor_foreign_income"}]},
     ["income", 0, "source"]),
    ("a turnover of the quarter before", vat({"on": "2025-03-31"}), ["turnover", 0, "on"]),
    ("a turnover of the quarter after", vat({"on": "2025-07-01"}), ["turnover", 0, "on"]),
    ("a nature nobody knows", vat({"nature": "barter"}), ["turnover", 0, "nature"]),
    ("a service of the AIFC by an outsider", vat({"aifc_service": True}), ["turnover", 0, "aifc_service"]),
    ("an import by a foreign company", vat({"nature": "import"}, taxpayer="foreign_e_seller"),
     ["turnover", 0, "nature"]),
    ("input tax below zero", vat({}, input_vat=[{"amount": "-1"}]), ["input_vat", 0, "amount"]),
    ("nothing said of registration", {**vat({}), "registered": None}, ["registered"]),
    ("a quarter of the year 1800", {**vat({}), "period": "1800-Q1"}, ["period"]),
    ("kind missing", {"period": "2025-Q1"}, ["kind"]),
    ("kind a list", {"kind": ["mining_levy"]}, ["kind"]),
    ("kind unknown", {"kind": "window_tax"}, ["kind"]),
    ("two rates for one day", {**TAX, "tax_year": 2026, "disposals": [
        {"asset": "BTC", "quantity": "1", "disposed_on": "2026-05-05", "proceeds": "9", "currency": "USD"}],
        "exchange_rates": [{"currency": "USD", "year": 2026, "rate": value, "kind": "yearly_mean"}
                           for value in ("1", "2")]}, ["exchange_rates"]),
    ("rights that are missing and met", {**ASSET, "secured_requirements_met": True, "certifies_rights": False},
     ["certifies_rights"]),
    ("money that meets the requirements of secured assets",
     {**ASSET, "secured_requirements_met": True, "monetary_unit_or_legal_tender": True},
     ["monetary_unit_or_legal_tender"]),
    ("a claim to money that nobody owes", {**ASSET, "registered_on_platform": True, "issuer_obligation": False},
     ["issuer_obligation"]),
    ("a function that does not exist", {**ASSET, "functions": ["store_of_value", "speculation"]}, ["functions", 1]),
    ("one function without a list", {**ASSET, "functions": "store_of_value"}, ["functions"]),
    ("perhaps on a ledger", {**ASSET, "distributed_ledger": None}, ["distributed_ledger"]),
    ("a base asset that does not exist", {**ASSET, "base_asset": "gold"}, ["base_asset"]),
    ("a secured asset when there are none", {**TRADE, "asset": "secured_digital_asset"}, ["asset"]),
    ("a quantity that is not sold", {**TRADE, "quantity": "1"}, ["quantity"]),
    ("a sale of nothing", {**TRADE, "operation": "sell", "quantity": "0"}, ["quantity"]),
    ("an operation that does not exist", {**TRADE, "operation": "lend"}, ["operation"]),
    ("nowhere", {**TRADE, "venue": None}, ["venue"]),
    ("not an object", [5], [0]),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "path"), [row[1:] for row in DOES_NOT_FIT], ids=[row[0] for row in DOES_NOT_FIT])
def test_facts_that_do_not_fit_are_named(
    facts: Any, path: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(facts), encoding="utf-8")
    assert main(["assess", str(file), "--format", "json"]) == 2
    printed = capsys.readouterr()
    error = json.loads(printed.err)["error"]
    assert (error["code"], error["path"]) == ("invalid_facts", path)
    assert error["message"]
    assert printed.out == ""
    for locale in ("en", "ru", "kk"):
        assert main(["assess", str(file), "--locale", locale]) == 2
        assert "Traceback" not in capsys.readouterr().err


UNREADABLE = [
    ("an empty file", b""),
    ("white space", b" \n\t "),
    ("not UTF-8", b"\xff\xfe{}"),
    ("not JSON", b"{'kind': 1}"),
    ("NaN", b'{"kind": NaN}'),
    ("infinity", b'{"kind": -Infinity}'),
    ("an integer of 10^400", b'{"kind": 1' + b"0" * 400 + b"}"),
    ("five thousand deep", b"[" * 5000 + b"]" * 5000),
    ("sixty deep", b"[" * 60 + b"]" * 60),
    ("a field twice", b'{"kind": "mining_levy", "kind": "mining_levy"}'),
    ("a bare number", b"5"),
    ("cut off", b'{"kind": "mining_levy"'),
    ("a broken line among lines", b'{"kind": "mining_levy"}\n{"kind"\n'),
]


@pytest.mark.parametrize("content", [row[1] for row in UNREADABLE], ids=[row[0] for row in UNREADABLE])
def test_input_that_cannot_be_read(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "facts.json"
    file.write_bytes(content)
    assert main(["assess", str(file), "--format", "json"]) == 2
    printed = capsys.readouterr()
    assert json.loads(printed.err)["error"]["code"] == "unreadable_input"
    assert printed.out == ""


REFUSED = [
    ("a miner of 2026 without a word on the licence",
     {"kind": "mining_levy", "period": "2026-Q1", "supplies": [{"kwh": "1"}]}, "missing_fact", ["licensed"]),
    ("purchased power of 2023 without a price",
     {"kind": "mining_levy", "period": "2023-Q1", "supplies": [{"kwh": "1"}]}, "missing_fact",
     ["supplies", 0, "price_per_kwh"]),
    ("a metered supply without kWh", {**LEVY, "supplies": [{}]}, "missing_fact", ["supplies", 0, "kwh"]),
    ("no meter and no maximum load", supply(meter="absent", kwh="5"), "missing_fact",
     ["supplies", 0, "maximum_load_kw"]),
    ("no meter in 2022 and no kWh",
     {"kind": "mining_levy", "period": "2022-Q1", "supplies": [{"meter": "absent", "maximum_load_kw": "5"}]},
     "missing_fact", ["supplies", 0, "kwh"]),
    ("a levy before there was one",
     {"kind": "mining_levy", "period": "2021-Q4", "supplies": [{"kwh": "1"}]}, "unknown_period", []),
    ("a year that the book was not read for",
     {"kind": "mining_levy", "period": "2027-Q1", "supplies": [{"kwh": "1"}]}, "unknown_period", []),
    ("an open stay without as_of", stay("2025-12-01", None), "missing_fact", ["as_of"]),
    ("residency before 2018", {**stay("2016-12-01", "2017-01-01"), "tax_year": 2017}, "unknown_period", []),
    ("a sale before 2023", {**sale(disposed_on="2022-05-05"), "tax_year": 2022}, "unknown_law", []),
    ("a gain before 2023", {**TAX, "tax_year": 2021, "digital_asset_gain": "1"}, "unknown_law", []),
    ("a gain in dollars without a rate", {**sale(currency="USD", disposed_on="2026-05-05"), "tax_year": 2026},
     "missing_exchange_rate", ["exchange_rates"]),
    ("a sale of 2026 without a price", {**sale(proceeds=None, disposed_on="2026-05-05"), "tax_year": 2026},
     "missing_fact", ["disposals", 0, "proceeds"]),
    ("a sale of 2025 without a price that anybody knows", sale(proceeds=None), "missing_price", ["asset_prices"]),
    ("a reward without value or day", sale(acquired_by="exchange_reward", acquisition_cost=None), "missing_fact",
     ["disposals", 0, "acquisition_cost"]),
    ("foreign tax on income of two scales",
     {**TAX, "income": [{"amount": "5", "category": "dividends", "source": "foreign"},
                        {"amount": "5", "category": "foreign"}],
      "foreign_tax": [{"country": "CA", "income": "2", "tax_paid": "1"}]}, "missing_fact",
     ["foreign_tax", 0, "category"]),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "code", "path"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_refusal_says_what_to_supply(
    facts: Any, code: str, path: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(facts), encoding="utf-8")
    assert main(["assess", str(file), "--format", "json"]) == 1
    printed = capsys.readouterr()
    error = json.loads(printed.err)["error"]
    assert (error["code"], error["path"]) == (code, path)
    assert printed.out == ""
    for locale in ("ru", "kk"):
        assert main(["assess", str(file), "--locale", locale]) == 1


def test_every_fault_of_one_object_is_named_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps({**supply(kwh=1.5, colour="red"), "payer": "nobody"}), encoding="utf-8")
    assert main(["assess", str(file)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[2] for line in lines] == ["payer", "supplies.0.kwh", "supplies.0.colour"]


def test_in_a_list_every_object_is_tried_and_the_highest_status_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, refused, bad = supply(kwh="1"), {**supply(kwh="1"), "period": "2021-Q1"}, supply(kwh="-1")
    file = tmp_path / "facts.json"
    file.write_text(json.dumps([good, refused, bad, good]), encoding="utf-8")
    assert main(["assess", str(file), "--format", "json"]) == 2
    printed = capsys.readouterr()
    assert len(json.loads(printed.out)) == 2
    assert [json.loads(line)["error"]["path"][0] for line in printed.err.splitlines()] == [1, 2]
