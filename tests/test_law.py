"""The law, case by case: tables of facts and of what the articles make of them, worked out by hand."""

from __future__ import annotations

import json
import tomllib
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest

import kztax

TABLES = sorted((Path(__file__).parent / "law").glob("*.toml"))


def cases_of(table: Path) -> list[dict[str, Any]]:
    """The rows of one table."""
    rows: list[dict[str, Any]] = tomllib.loads(table.read_text(encoding="utf-8"))["case"]
    return rows


def rows() -> list[Any]:
    """Every row of every table, under an id that a reader can find."""
    return [
        pytest.param(case, id=f"{table.stem} {number}: {case.get('article')}: {case.get('says')}")
        for table in TABLES
        for number, case in enumerate(cases_of(table), start=1)
    ]


def found(outcome: Any, path: str) -> Any:
    """The value at a dotted path ("supplies.0.levy") of an outcome as JSON."""
    for step in path.split("."):
        outcome = outcome[int(step)] if isinstance(outcome, list) else outcome[step]
    return outcome


def comparable(value: Any) -> Any:
    """Numbers by their value, however they are written; None as "null", for TOML has no null."""
    if value is None:
        return "null"
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return value
    try:
        return Decimal(value)
    except InvalidOperation:
        return value


@pytest.mark.parametrize("case", rows())
def test_the_law_says(case: dict[str, Any]) -> None:
    engine = kztax.TaxEngine(readings=case.get("readings"), discover=False)
    facts = json.loads(case["facts"])
    if "refuse" in case:
        with pytest.raises(kztax.KztaxError) as refused:
            engine.assess(facts)
        assert refused.value.code == case["refuse"]
        return
    outcome = engine.assess(facts).outcome.model_dump(mode="json")
    answered = {path: comparable(found(outcome, path)) for path in case["expect"]}
    assert answered == {path: comparable(value) for path, value in case["expect"].items()}


@pytest.mark.parametrize("kind", kztax.KINDS)
def test_every_kind_has_a_table_of_cases(kind: str) -> None:
    (table,) = [table for table in TABLES if table.stem == kind]
    cases = cases_of(table)
    assert cases
    for case in cases:
        assert case["article"]
        assert case["says"]
        assert json.loads(case["facts"])["kind"] == kind
        assert ("refuse" in case) != bool(case.get("expect"))
        assert set(case) <= {"article", "says", "facts", "readings", "expect", "refuse"}
