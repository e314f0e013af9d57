"""What an answer says of the treaty that its facts name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import kztax


def notes(facts: dict[str, Any]) -> list[tuple[str, Mapping[str, str]]]:
    return [(note.id, note.params) for note in kztax.TaxEngine(discover=False).assess(facts).notes]


@pytest.mark.parametrize(
    ("country", "stated", "of_no_use"),
    [
        ("NL", {"profit_in_treaty_currency": "100001", "investment": "900000", "insured_investment": "1"}, []),
        (
            "CH",
            {"profit_in_treaty_currency": "100001", "investment": "900000", "insured_investment": "1"},
            ["investment", "insured_investment"],
        ),
        ("GB", {"profit_in_treaty_currency": "1", "reinvested_net_income": "5"}, ["reinvested_net_income"]),
        ("CA", {"profit_in_treaty_currency": "0"}, ["profit_in_treaty_currency"]),
        ("AT", {}, []),
    ],
)
def test_a_fact_that_the_clause_does_not_turn_on_is_named(
    country: str, stated: dict[str, str], of_no_use: list[str]
) -> None:
    facts = {
        "kind": "branch_profits_tax",
        "tax_year": 2025,
        "taxable_income": "100",
        "treaty_country": country,
        "residence_certificate": True,
        "treaty_facts": stated,
    }
    said = [params["fact"] for note, params in notes(facts) if note == "branch_profits_tax.fact_of_no_use"]
    assert said == [f"branch_profits_tax.{fact}" for fact in of_no_use]


@pytest.mark.parametrize(("country", "known"), [("NL", True), ("RU", True), ("HK", False), ("KZ", True)])
def test_residency_by_a_treaty_that_nobody_knows_is_said(country: str, known: bool) -> None:
    facts = {
        "kind": "entity_residency",
        "on": "2026-06-01",
        "incorporated_in": "KZ",
        "effective_management_in": "KZ",
        "treaty_residence": country,
    }
    assert (("entity_residency.treaty_not_known", {"country": country}) not in notes(facts)) == known


def test_a_country_is_named_as_the_language_names_it() -> None:
    facts = {
        "kind": "branch_profits_tax",
        "tax_year": 2020,
        "taxable_income": "100",
        "treaty_country": "CY",
        "residence_certificate": True,
    }
    assert "The treaty (Cyprus) is in force" in kztax.assess(facts).explain("en")
    assert "Договор (Кипр) вступил в силу" in kztax.assess(facts).explain("ru")
    paid = {"country": "TR", "income": "1000", "tax_paid": "300"}
    credited = {
        "kind": "personal_income_tax",
        "tax_year": 2025,
        "resident": True,
        "income": [{"amount": "1000", "source": "foreign", "category": "foreign"}],
        "foreign_tax": [paid],
    }
    assert "Уплаченный иностранный налог, Турция: 300" in kztax.assess(credited).explain("ru")
    labelled = {"kind": "mining_levy", "period": "2025-Q1", "supplies": [{"kwh": "1", "label": "TR"}]}
    assert "Electricity by meter, TR: 1 kWh" in kztax.assess(labelled).explain("en")
    limit = {**facts, "tax_year": 2025, "treaty_country": "GB", "treaty_facts": {"profit_in_treaty_currency": "70001"}}
    assert "Таза кіріс бойынша шарттың шекті мөлшерлемесі, Ұлыбритания: 5%" in kztax.assess(limit).explain("kk")
