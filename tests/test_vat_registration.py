"""The duty to register: what the answer says beside the days."""

from __future__ import annotations

from typing import Any

import kztax


def notes(year: int, *rows: dict[str, Any]) -> dict[str, Any]:
    facts = {"kind": "vat_registration", "year": year, "turnover": list(rows)}
    assessment = kztax.TaxEngine(discover=False).assess(facts)
    return {note.id.removeprefix("vat_registration."): note.params for note in assessment.notes}


def row(on: str, amount: str, nature: str = "goods_and_services") -> dict[str, Any]:
    return {"on": on, "amount": amount, "nature": nature}


def test_turnover_that_was_stated_and_does_not_count_is_named_by_its_amount() -> None:
    left_out = [row("2026-01-05", "2.5", "digital_asset_sale"), row("2026-01-05", "2.5", "digital_asset_sale")]
    assert notes(2026, *left_out, row("2026-01-05", "7", "import"))["not_counted"] == {"amount": "12"}
    assert "not_counted" not in notes(2026, row("2026-01-05", "7"))


def test_whom_the_duty_concerns_is_said_once_it_arises_and_special_regimes_while_they_mattered() -> None:
    assert "whom_it_concerns" not in notes(2026, row("2026-01-05", "43250000"))
    for year, special in ((2018, False), (2019, True), (2025, True), (2026, False)):
        said = notes(year, row(f"{year}-01-15", "100000000"))
        assert "whom_it_concerns" in said
        assert ("special_regimes" in said) == special


def test_a_last_day_in_a_year_whose_days_off_may_still_move_says_so() -> None:
    assert notes(2026, row("2026-12-31", "43250001"))["due_day_provisional"] == {
        "entry": "vat_registration.apply_by",
        "day": "2027-01-12",
    }
    assert "due_day_provisional" not in notes(2026, row("2026-12-01", "43250001"))
