"""Value added tax beyond its table: law laid over the book, what notes say, one law for both subjects of VAT."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

import kztax

Facts = dict[str, Any]
READ_ON = kztax.Overlay("2027 as enacted", "[book]\nknown_until = 2027-12-31\n")
RATE_IN_MAY = kztax.Overlay(
    "rate in May",
    """
[value_added_tax.rate.standard]
unit = "1"
[[value_added_tax.rate.standard.in_force]]
from = 2026-05-15
value = "0.20"
cite = { act = "tax_code_2025", article = "503(1)" }
evidence = "text"
""",
)


def quarter(period: str, *natures: str, **fields: Any) -> Facts:
    turnover = [{"amount": "1000000", "nature": nature} for nature in natures]
    return {"kind": "value_added_tax", "period": period, "registered": True, "turnover": turnover, **fields}


def engine(*law: kztax.Overlay) -> kztax.TaxEngine:
    return kztax.TaxEngine(law=law, discover=False)


def notes(facts: Facts) -> set[str]:
    found: Iterable[str] = (note.id for note in engine().assess(facts).notes)
    return {note.removeprefix("value_added_tax.") for note in found if note.startswith("value_added_tax.")}


@pytest.mark.parametrize(("period", "tax"), [("2026-Q4", "50000"), ("2027-Q1", "100000")])
def test_medicine_bears_ten_per_cent_from_2027_once_that_year_is_read(period: str, tax: str) -> None:
    assert engine(READ_ON).assess(quarter(period, "medicine")).outcome.payable == Decimal(tax)


def test_where_the_law_changes_inside_the_quarter_the_day_is_asked_for() -> None:
    changed = engine(RATE_IN_MAY)
    with pytest.raises(kztax.MissingFact) as asked:
        changed.assess(quarter("2026-Q2", "exempt_other", "goods_and_services"))
    assert asked.value.path == ("turnover", 1, "on")
    days = ("2026-05-14", "2026-05-15")
    turnover = [{"amount": "1000000", "nature": "goods_and_services", "on": day} for day in days]
    outcome = changed.assess(quarter("2026-Q2", turnover=turnover)).outcome
    assert [item.vat for item in outcome.items] == [Decimal(160_000), Decimal(200_000)]
    assert changed.assess(quarter("2026-Q2", "exempt_other")).outcome.payable == 0
    assert changed.assess(quarter("2026-Q3", "goods_and_services")).outcome.payable == 200_000


BOTH = [{"amount": "9"}]
NOTES = [
    (quarter("2025-Q2", "goods_and_services"), set()),
    (quarter("2026-Q2", "goods_and_services"), {"return_from"}),
    (quarter("2025-Q2", "export"), {"unconfirmed_zero_rate"}),
    (quarter("2025-Q2", "import"), {"import_apart"}),
    (quarter("2025-Q2", "services_from_non_resident"), {"reverse_charge_credit"}),
    (quarter("2025-Q2", input_vat=BOTH), {"excess"}),
    (
        quarter("2025-Q2", "services_from_non_resident", input_vat=BOTH),
        {"reverse_charge_credit", "excess", "excess_kept_apart"},
    ),
    (quarter("2026-Q2", "goods_and_services", "digital_asset_sale", input_vat=BOTH), {"return_from", "no_key"}),
    (
        quarter(
            "2025-Q2",
            "goods_and_services",
            "mining_pool_distribution",
            input_vat=[{"amount": "9", "used_for": "taxable"}],
            input_vat_method="separate",
        ),
        set(),
    ),
    (
        quarter("2025-Q2", "goods_and_services", input_vat=[{"amount": "9", "used_for": "exempt"}]),
        {"use_not_counted"},
    ),
    (quarter("2025-Q2", "goods_and_services", input_vat=[{"amount": "9", "used_for": "taxable"}]), set()),
    (quarter("2025-Q2", registered=False), {"not_registered"}),
    (quarter("2025-Q2", registered=False, input_vat=BOTH), {"not_registered", "nothing_credited"}),
    (quarter("2025-Q2", "services_from_non_resident", registered=False), {"not_registered"}),
    (
        quarter("2026-Q2", "services_from_non_resident", registered=False),
        {"not_registered", "turnover_before_registration", "simplified_regime"},
    ),
    (quarter("2025-Q2", taxpayer="foreign_e_seller"), {"e_seller_files_nothing"}),
    (
        quarter("2026-Q2", taxpayer="foreign_e_seller", registered=False),
        {"e_seller_files_nothing", "e_seller_registration"},
    ),
]


@pytest.mark.parametrize(("facts", "expected"), NOTES)
def test_notes_say_what_is_taken_for_granted_and_no_more(facts: Facts, expected: set[str]) -> None:
    assert notes(facts) == expected


def test_a_service_of_the_aifc_list_is_taken_from_the_facts_and_said() -> None:
    row = {"amount": "5", "nature": "goods_and_services", "aifc_service": True}
    assert "aifc_list" in notes(quarter("2025-Q2", taxpayer="aifc_participant", turnover=[row]))


def test_the_first_day_of_a_return_is_said_from_2026() -> None:
    for period, day in (("2026-Q1", "2026-04-15"), ("2026-Q4", "2027-01-15")):
        (note,) = [note for note in engine().assess(quarter(period)).notes if note.id.endswith("return_from")]
        assert note.params == {"day": day}


@pytest.mark.parametrize("nature", list(kztax.TurnoverNature))
@pytest.mark.parametrize("year", [2024, 2026])
def test_what_counts_towards_registration_is_what_a_payer_would_be_taxed_on(year: int, nature: str) -> None:
    sold = {"amount": "1000000000", "nature": nature, "on": f"{year}-02-01"}
    registering: Facts = {"kind": "vat_registration", "year": year, "turnover": [sold]}
    if (year, nature) == (2024, "press"):
        with pytest.raises(kztax.UnknownLaw):
            engine().assess(registering)
        return
    crossed = engine().assess(registering).outcome.crossed_on is not None
    outcome = engine().assess(quarter(f"{year}-Q1", turnover=[sold])).outcome
    assert crossed == (outcome.taxable_turnover > 0 or outcome.reverse_charge_vat > 0)


def test_without_input_tax_no_step_parts_it() -> None:
    sale = {"amount": "10", "nature": "goods_and_services"}
    text = engine().assess(quarter("2025-Q2", turnover=[sale])).explain("en")
    assert "Input VAT allowed:" not in text.partition("\nResult\n")[0]
