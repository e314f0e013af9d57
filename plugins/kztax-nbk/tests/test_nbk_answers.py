"""What the plugin answers an engine: three kinds of rate, kept apart, each with what must be known of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import nbk_server as server
import pytest
from kztax_nbk import NationalBank
from kztax_nbk.yearly_means import shipped

import kztax
from kztax.core.facts import RateKind
from kztax.evidence import EvidenceFromStores
from kztax.plugins import Plugins
from kztax.store import Observation, Store

GAIN_OF_2024 = {
    "kind": "personal_income_tax",
    "tax_year": 2026,
    "resident": True,
    "disposals": [
        {
            "asset": "BTC",
            "quantity": "1",
            "disposed_on": "2026-05-20",
            "proceeds": "75000",
            "acquisition_cost": "60000",
            "currency": "USD",
        }
    ],
}
FRIDAY, MONDAY = date(2025, 8, 15), date(2025, 8, 18)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KZTAX_STORE", "KZTAX_NBK_LIVE", "KZTAX_NBK_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store.sqlite")


def rate(kind: str, day: date, value: str, currency: str = "USD") -> Observation:
    return Observation(f"rate.{kind}", currency, day, Decimal(value), "KZT", "the test's table", day, "digest")


def ask(bank: NationalBank, kind: RateKind, on: date | None = None, year: int | None = None) -> Any:
    return Plugins([bank], discover=False).exchange_rate("USD", kind, on, year)


def test_a_mean_that_comes_with_the_plugin_is_marked_second_hand_in_every_language() -> None:
    answered = ask(NationalBank(), RateKind.YEARLY_MEAN, year=2025)
    assert answered.value == Decimal("521.59")
    assert [note for note, _ in answered.caveats] == ["rate_second_hand"]


def test_a_stored_mean_comes_before_the_one_that_comes_with_the_plugin(store: Store) -> None:
    store.add([rate("yearly_mean", date(2025, 12, 31), "521.60"), rate("yearly_mean", date(2026, 12, 31), "500.25")])
    answered = ask(NationalBank(store.path), RateKind.YEARLY_MEAN, year=2025)
    assert (answered.value, answered.caveats) == (Decimal("521.60"), ())
    for locale in ("en", "ru", "kk"):
        engine = kztax.TaxEngine(plugins=[NationalBank(store.path)], discover=False, locale=locale)
        assessment = engine.assess(GAIN_OF_2024)
        assert assessment.outcome.gain_on_digital_assets == Decimal("7503750.00")
        assert any("the test's table" in note.text for note in assessment.notes)


def test_the_three_kinds_are_different_things(store: Store) -> None:
    store.add(
        [
            rate("official", FRIDAY, "540.10"),
            rate("market", FRIDAY, "541.20"),
            rate("yearly_mean", date(2025, 12, 31), "521.6"),
        ]
    )
    bank = NationalBank(store.path)
    assert ask(bank, RateKind.OFFICIAL, FRIDAY).value == Decimal("540.10")
    assert ask(bank, RateKind.MARKET, FRIDAY).value == Decimal("541.20")
    assert ask(bank, RateKind.YEARLY_MEAN, year=2025).value == Decimal("521.6")
    assert ask(bank, RateKind.OFFICIAL, MONDAY) is None


def test_a_market_rate_is_the_official_one_of_the_next_working_day_and_says_so(store: Store) -> None:
    store.add([rate("official", FRIDAY, "539.00"), rate("official", MONDAY, "540.00")])
    bank = NationalBank(store.path)
    answered = ask(bank, RateKind.MARKET, FRIDAY)
    assert answered.value == Decimal("540.00")
    assert [note for note, _ in answered.caveats] == ["rate_from_official"]
    assert ask(bank, RateKind.MARKET, date(2025, 8, 16)) is None, "nothing is traded on a Saturday"
    assert ask(bank, RateKind.MARKET, date(2040, 8, 16)) is None, "days off of that year are not known"


def test_nothing_is_fetched_unless_switched_on(store: Store) -> None:
    with server.serving(server.good) as feed:
        store.add([rate("official", MONDAY, "540.00")])
        assert ask(NationalBank(store.path, address=feed.url), RateKind.OFFICIAL, FRIDAY) is None
        assert feed.asked == []


def test_a_day_is_fetched_once_and_then_stored(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with server.serving(server.good) as feed:
        monkeypatch.setenv("KZTAX_NBK_LIVE", "1")
        monkeypatch.setenv("KZTAX_NBK_URL", feed.url)
        monkeypatch.setenv("KZTAX_STORE", str(store.path))
        bank = NationalBank()
        for _ in range(2):
            answered = ask(bank, RateKind.OFFICIAL, FRIDAY)
            assert answered.value == Decimal("497.35")
            assert "fdate=15.08.2025" in answered.source
        assert bank.kztax_exchange_rate("XYZ", "official", FRIDAY, None) is None
        assert len(feed.asked) == 1


def test_a_day_to_come_is_not_asked_for(store: Store) -> None:
    with server.serving(server.good) as feed:
        bank = NationalBank(store.path, live=True, address=feed.url, today=lambda: FRIDAY)
        assert ask(bank, RateKind.OFFICIAL, MONDAY) is None
        assert feed.asked == []


def test_live_without_a_store_says_what_to_set() -> None:
    with pytest.raises(kztax.StoreError, match="KZTAX_STORE"):
        ask(NationalBank(live=True), RateKind.OFFICIAL, FRIDAY)


def test_a_feed_that_fails_is_named_by_its_own_error(store: Store) -> None:
    with server.serving(server.html) as feed, pytest.raises(kztax.FeedError, match="web page"):
        ask(NationalBank(store.path, live=True, address=feed.url), RateKind.OFFICIAL, FRIDAY)
    assert not store.exists


def test_a_corrupted_store_is_an_error_that_names_it(store: Store) -> None:
    store.path.write_bytes(b"this is not a store" * 100)
    with pytest.raises(kztax.StoreError, match=r"store\.sqlite is damaged"):
        ask(NationalBank(store.path), RateKind.OFFICIAL, FRIDAY)


def test_an_unknown_question_is_not_answered() -> None:
    bank = NationalBank()
    assert bank.kztax_exchange_rate("USD", "yearly_mean", FRIDAY, None) is None
    assert bank.kztax_exchange_rate("USD", "forward", FRIDAY, None) is None


def test_the_means_that_come_with_the_plugin_hold_together() -> None:
    means = shipped()
    assert {year for _, year in means} == set(range(2015, 2026))
    assert means["IRR", 2024].value == means["IRR", 2024].value.normalize() < Decimal("0.02"), "per unit, not per 1000"
    assert means["THB", 2019].value == Decimal("12.34")
    assert means["TRY", 2019].value == Decimal("67.57")
    assert ("NZD", 2023) not in means, "it was computed from a foreign exchange, not by the Bank"
    assert ("BYN", 2016) not in means, "two roubles in one year"
    for (currency, year), mean in means.items():
        before = means.get((currency, year - 1))
        assert before is None or Decimal("0.5") < mean.value / before.value < 2, (currency, year)


def test_a_rate_imported_by_hand_does_not_stand_for_the_days_document(store: Store) -> None:
    store.add([rate("official", FRIDAY, "0.01", "IRR")])
    with server.serving(server.good) as feed:
        bank = NationalBank(store.path, live=True, address=feed.url)
        with pytest.raises(kztax.StoreError, match=r"holds 0\.01 KZT"):
            ask(bank, RateKind.OFFICIAL, FRIDAY)
        store.add([rate("official", FRIDAY, "0.0105", "IRR")], replace=True)
        assert ask(bank, RateKind.OFFICIAL, FRIDAY).value == Decimal("497.35")


def test_the_bank_moves_to_the_store_that_an_engine_is_handed(store: Store, tmp_path: Path) -> None:
    store.add([rate("market", FRIDAY, "540")])
    plugins = Plugins([NationalBank(tmp_path / "another.sqlite", live=False)], discover=False)
    evidence = EvidenceFromStores(plugins, rates=store.path)
    answered = evidence.exchange_rate("USD", RateKind.MARKET, FRIDAY, None)
    assert answered is not None
    assert answered.value == 540
