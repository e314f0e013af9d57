"""The table of rules on trade: every row is well formed, has words, and decides some operation."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import pytest

import kztax
from kztax.explain.catalog import LOCALES
from kztax.explain.phrases import phrases
from kztax.rules.trade_compliance.rule import row_of

DAYS = ("2023-06-01", "2025-06-01", "2026-03-01", "2026-06-01", "2027-06-01")
LATER = kztax.Overlay("later", "[book]\nknown_until = 2027-12-31\n")
FIELDS = {
    "actor": tuple(kztax.Trader),
    "operation": tuple(kztax.TradeOperation),
    "asset": tuple(kztax.DigitalAssetKind),
    "venue": tuple(kztax.TradeVenue),
}
ROWS = [name for name in kztax.rule_book().names() if name.startswith("trade_compliance.rule.")]


def answered() -> dict[str, Any]:
    """By row, one answer that it decided, over every operation on days of every wording."""
    engine = kztax.TaxEngine(law=[LATER], discover=False)
    decided: dict[str, Any] = {}
    for on, licensed, *operation in product(DAYS, (True, False), *FIELDS.values()):
        facts = dict(zip(FIELDS, operation, strict=True))
        try:
            outcome = engine.assess({"kind": "trade_compliance", "on": on, "licensed": licensed, **facts}).outcome
        except kztax.InvalidFacts as refused:
            decided.setdefault(refused.reason, refused)
        else:
            decided.setdefault(outcome.reasons[0].id, outcome)
    return decided


def test_every_row_decides_some_operation_and_no_operation_is_left_out() -> None:
    assert set(answered()) == {*(name.rpartition(".")[2] for name in ROWS), "no_such_kind_then"}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_names_facts_and_values_that_there_are_and_has_words(name: str) -> None:
    for item in kztax.rule_book().entry(name).items:
        assert isinstance(item.value, str)
        for fact, values in row_of(item.value).takes_in:
            assert values <= set(FIELDS[fact]), (fact, values)
    for locale in LOCALES:
        assert phrases(locale).text(f"reason.trade_compliance.{name.rpartition('.')[2]}")


@pytest.mark.parametrize("text", ["perhaps", "lawful weather=fair", "lawful licensed=maybe"])
def test_a_row_that_says_something_else_is_an_error_of_the_law(text: str) -> None:
    with pytest.raises(kztax.LawError, match=text):
        row_of(text)


def test_the_rows_stand_in_the_order_of_the_law_file() -> None:
    law = kztax.rule_book().on("trade_compliance", date(2026, 6, 1))
    rows = law.under("rule")
    assert (rows[0], rows[-1]) == ("rule.not_a_digital_asset", "rule.not_addressed")
    assert "rule.ban_outside_aifc" not in rows


def test_in_alatau_its_own_act_goes_before_the_law_of_the_country_from_2027() -> None:
    facts = {"actor": "individual", "operation": "pay_for_goods", "asset": "unsecured_digital_asset", "venue": "alatau"}
    engine = kztax.TaxEngine(law=[LATER], discover=False)
    before, after = (
        engine.assess({"kind": "trade_compliance", "on": on, **facts}) for on in ("2026-12-31", "2027-01-01")
    )
    assert (before.outcome.lawful, after.outcome.lawful) == (False, None)
    assert [note.params for note in before.notes if note.id == "trade_compliance.alatau_not_yet"] == [
        {"first": "2027-01-01"}
    ]
    assert all(note.id != "trade_compliance.alatau_not_yet" for note in after.notes)
    assert after.explain("en").splitlines()[-1] == "Lawful: not addressed by the law that was read"


def test_the_limit_of_retail_clients_is_said_where_it_is_known() -> None:
    facts = {"actor": "individual", "operation": "buy", "asset": "unsecured_digital_asset", "venue": "aifc_exchange"}
    engine = kztax.TaxEngine(discover=False)
    for on, noted in (("2023-09-09", 0), ("2023-09-10", 1)):
        notes = engine.assess({"kind": "trade_compliance", "on": on, **facts}).notes
        assert sum(note.id == "trade_compliance.aifc_retail_limit" for note in notes) == noted


def test_notes_of_a_miners_sale_speak_of_the_share_only_while_there_is_one() -> None:
    facts = {"actor": "miner", "operation": "sell", "asset": "unsecured_digital_asset", "venue": "aifc_exchange"}
    for on, share in (("2023-12-31", False), ("2024-01-01", True), ("2026-01-17", True), ("2026-01-18", False)):
        notes = {note.id for note in kztax.assess({"kind": "trade_compliance", "on": on, **facts}).notes}
        assert "trade_compliance.taken_as_mined" in notes
        assert ("trade_compliance.share_of_what_is_sold" in notes) == share


def test_the_open_point_of_deals_abroad_is_not_said_of_deals_at_home() -> None:
    facts = {"on": "2025-06-01", "actor": "individual", "operation": "buy", "asset": "unsecured_digital_asset"}
    for venue, said in (("foreign_exchange", True), ("peer_to_peer", False)):
        assessment = kztax.assess({"kind": "trade_compliance", "venue": venue, **facts})
        assert assessment.outcome.lawful is False
        assert any(note.id == "doubt" for note in assessment.notes) == said
