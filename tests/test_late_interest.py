"""Late interest beside its table of cases: gaps in the base rate are named, what is assumed is said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

import kztax
from kztax.cli import main
from kztax.core.entries import DatedItem

LATE = {"kind": "late_interest", "amount": "10000000", "due": "2026-10-20", "paid_on": "2026-11-24"}


def overlay(last: str) -> kztax.Overlay:
    """A base rate for the days after the last known one."""
    content = f"""
[base.base_rate]
unit = "1"
[[base.base_rate.in_force]]
from = 2026-10-26
to = {last}
value = "0.16"
cite = {{ act = "base_rate_decisions", article = "—" }}
evidence = "secondary"
"""
    return kztax.Overlay("a rate of mine", content)


def assessed(*law: kztax.Overlay, **facts: Any) -> kztax.Assessment[Any]:
    return kztax.TaxEngine(law=law, discover=False).assess({**LATE, **facts})


def test_a_gap_in_the_base_rate_is_named_by_its_days() -> None:
    with pytest.raises(kztax.UnknownLaw) as refused:
        assessed()
    assert refused.value.path == ("paid_on",)
    assert refused.value.detail == {"first": "2026-10-26", "last": "2026-11-24"}
    assert "from 26 October 2026 to 24 November 2026" in str(refused.value)


def test_an_overlay_fills_the_gap_and_what_is_left_of_it_is_named() -> None:
    outcome = assessed(overlay("2026-11-24")).outcome
    assert [(row.base_rate, row.days) for row in outcome.intervals] == [(Decimal("0.1625"), 5), (Decimal("0.16"), 30)]
    with pytest.raises(kztax.UnknownLaw) as refused:
        assessed(overlay("2026-11-20"))
    assert refused.value.detail == {"first": "2026-11-21", "last": "2026-11-24"}


def test_an_overlay_is_said_to_be_one() -> None:
    assessment = assessed(overlay("2026-11-24"))
    assert [note.params["entry"] for note in assessment.notes if note.id == "overlay"] == ["base.base_rate"]


def notes(**facts: Any) -> set[str]:
    found = {note.id.removeprefix("late_interest.") for note in assessed(**facts).notes}
    return found - {"rounded", "evidence_secondary", "evidence_inferred"}


def test_what_is_assumed_is_said() -> None:
    late = {"due": "2026-02-25", "paid_on": "2026-03-27"}
    assert notes(**late) == {"not_accrued"}
    assert notes(**late, multiple="0.65") == {"not_accrued", "multiple_stated"}
    assert notes(due="2026-02-22", paid_on="2026-03-27") == {"not_accrued", "due_day_not_worked"}
    assert notes(due="2026-03-27", paid_on="2026-03-27") == {"paid_in_time"}
    # No days off are known of 2017: nothing is said of a due day there.
    assert notes(due="2017-12-31", paid_on="2018-01-05") == {"not_accrued"}


def test_a_ground_that_some_days_do_not_know_is_said() -> None:
    over_both = {"due": "2025-12-25", "paid_on": "2026-02-10"}
    for ground in kztax.ReducedMultipleGround:
        assert f"ends_or_begins_with_the_code.{ground}" in notes(**over_both, reduced_multiple_ground=ground.value)
    monitored = {"due": "2026-02-25", "paid_on": "2026-03-27", "reduced_multiple_ground": "horizontal_monitoring"}
    assert notes(**monitored) == {"not_accrued"}


def test_days_of_two_codes_in_one_interval_cite_both() -> None:
    cited = {
        (citation.act, citation.article) for citation in assessed(due="2025-12-25", paid_on="2026-02-10").citations
    }
    assert {("tax_code_2017", "117(2)(2)"), ("tax_code_2025", "5 2)")} <= cited


def test_the_divisor_is_asked_for_only_in_leap_years() -> None:
    assert assessed(due="2025-12-25", paid_on="2026-02-10").readings == ()
    (reading,) = assessed(due="2023-12-25", paid_on="2024-01-10").readings
    assert (reading.id, reading.chosen) == ("late_interest.year_days", "365")
    assert [(other.name, other.tax) for other in reading.alternatives] == [("actual", Decimal("86154.00"))]


def items() -> tuple[DatedItem, ...]:
    return kztax.rule_book().entry("base.base_rate").items


def test_every_known_change_of_the_base_rate_says_where_it_is_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert items()[0].first == date(2018, 1, 1)
    assert all(item.source for item in items() if item.supply is None)
    assert [item.first for item in items() if item.supply] == [date(2026, 10, 26)]
    assert main(["law", "base.base_rate", "--on", "2025-10-13"]) == 0
    assert "source: decided on 2025-10-10" in capsys.readouterr().out


def test_json_names_the_days_of_an_interval_as_published() -> None:
    outcome = assessed(due="2026-02-25", paid_on="2026-03-27").outcome
    assert list(outcome.model_dump(mode="json")["intervals"][0])[:2] == ["from", "to"]
    assert kztax.LateInterestOutcome.model_validate_json(outcome.model_dump_json()) == outcome
