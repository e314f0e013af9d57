"""The engine from Python: what may be handed over, kept, compared and sent to another process."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

import kztax

LEVY = kztax.MiningLevyFacts(period="2025-Q1", supplies=(kztax.Supply(label="grid", kwh=Decimal(1000)),))


def test_an_assessment_can_be_pickled_copied_and_compared() -> None:
    assessment = kztax.mining_levy(LEVY)
    for again in (pickle.loads(pickle.dumps(assessment)), copy.deepcopy(assessment), copy.copy(assessment)):
        assert again == assessment
        assert again.explain("kk") == assessment.explain("kk")
    assert kztax.mining_levy(LEVY) == assessment
    assert hash(kztax.mining_levy(LEVY)) == hash(assessment)
    other = kztax.MiningLevyFacts(period="2025-Q1", supplies=(kztax.Supply(kwh=Decimal(1001)),))
    assert kztax.mining_levy(other) != assessment
    assert assessment != "an assessment"


def test_an_error_can_be_pickled_with_all_that_it_says() -> None:
    with pytest.raises(kztax.InvalidFacts) as raised:
        kztax.assess({"kind": "mining_levy", "period": "2025-Q1", "supplies": [{"kwh": "-1", "colour": "red"}]})
    again = pickle.loads(pickle.dumps(raised.value))
    assert str(again) == str(raised.value) == "supplies.0.kwh: must not be negative"
    assert [str(error) for error in again.others] == [str(error) for error in raised.value.others] != []


def test_facts_of_another_kind_are_refused() -> None:
    engine: Any = kztax.TaxEngine(discover=False)
    with pytest.raises(kztax.InvalidFacts, match="personal_income_tax takes its own facts model"):
        engine.personal_income_tax(LEVY)
    with pytest.raises(kztax.InvalidFacts, match="use assess"):
        engine.mining_levy({"period": "2025-Q1"})


def test_an_engine_explains_in_its_own_language() -> None:
    assessment = kztax.TaxEngine(locale="ru", discover=False).mining_levy(LEVY)
    assert assessment.explain() == assessment.explain("ru") != assessment.explain("en")


def test_facts_and_assessments_are_frozen() -> None:
    assessment: Any = kztax.mining_levy(LEVY)
    facts: Any = LEVY
    for frozen, name in ((assessment, "kind"), (assessment.outcome, "levy"), (facts, "period")):
        with pytest.raises(ValueError, match="frozen"):
            setattr(frozen, name, None)


def test_threads_share_an_engine() -> None:
    engine = kztax.TaxEngine(discover=False)
    with ThreadPoolExecutor(8) as threads:
        answers = {answer.model_dump_json() for answer in threads.map(engine.mining_levy, [LEVY] * 200)}
    assert len(answers) == 1


def test_a_doubt_of_the_law_is_said() -> None:
    facts = {"kind": "personal_income_tax", "tax_year": 2025, "resident": True,
             "disposals": [{"asset": "BTC", "quantity": "1", "disposed_on": "2025-05-05", "proceeds": "9",
                            "acquisition_cost": "1"}]}  # fmt: skip
    assessment = kztax.assess(facts)
    assert any(note.id == "doubt" and note.params["name"].endswith("gain.difference") for note in assessment.notes)
    assert any(citation.doubt and "issuers" in citation.doubt for citation in assessment.citations)


def test_models_and_verbs_are_all_there() -> None:
    for name in kztax.__all__:
        assert getattr(kztax, name) is not None
    assert set(kztax.__all__) <= set(dir(kztax))
    with pytest.raises(AttributeError, match="no attribute 'window_tax'"):
        _ = kztax.window_tax
    for kind in kztax.KINDS:
        assert callable(getattr(kztax, kind))


def test_an_overlay_that_begins_inside_the_period_says_so() -> None:
    draft = kztax.Overlay(
        "draft",
        """
        [mining_levy.rate.standard]
        unit = "KZT/kWh"
        [[mining_levy.rate.standard.in_force]]
        from = 2025-02-10
        to = 2025-12-31
        value = "3"
        cite = { act = "tax_code_2017", article = "606-3(1)" }
        evidence = "text"
        """,
    )
    engine = kztax.TaxEngine(law=[draft], discover=False)
    assessment = engine.mining_levy(LEVY)
    assert assessment.outcome.levy == 2000
    assert [note.id for note in assessment.notes if note.id.startswith("overlay")] == ["overlay_inside_period"]
    second = engine.mining_levy(kztax.MiningLevyFacts(period="2025-Q2", supplies=LEVY.supplies))
    assert second.outcome.levy == 3000
    assert second.rule_book.overlays == ("draft",)
