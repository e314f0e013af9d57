"""What the plugin answers an engine, and the official value worked out on it by the law of each day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import aifc_server as server
import pytest
from kztax_aifc import PriceFeed
from kztax_aifc.value_command import OFFICIAL_VALUE, OfficialValueFacts, OfficialValueOutcome

import kztax
from kztax.hooks import hookimpl
from kztax.plugins import Plugins
from kztax.store import Observation, Store

FRIDAY, SATURDAY = date(2026, 3, 13), date(2026, 3, 14)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STORE", "AIFC_MARKETS", "AIFC_LIVE", "AIFC_QUOTE", "AIFC_AT_PAR", "AIFC_BYBIT_URL"):
        monkeypatch.delenv(f"KZTAX_{name}", raising=False)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store.sqlite")


def price(kind: str, value: str, day: date = FRIDAY, asset: str = "BTC", currency: str = "USD") -> Observation:
    return Observation(kind, asset, day, Decimal(value), currency, f"source of {kind}", None, "digest")


def ask(feed: PriceFeed, asset: str = "BTC", on: date = FRIDAY) -> Any:
    return Plugins([feed], discover=False).asset_price(asset, on)


def test_the_published_value_comes_first_then_the_sites_then_an_exchanges(store: Store) -> None:
    feed = PriceFeed(store.path, markets=["binance", "bybit"], at_par="USD")
    store.add([price("price.bybit.USDT", "1", currency="USDT")])
    assert ask(feed).value == 1
    store.add([price("price.binance.USDT", "2", currency="USDT")])
    assert (ask(feed).value, ask(feed).currency) == (2, "USD")
    assert "one USDT taken for one USD" in ask(feed).source
    assert [note for note, _ in ask(feed).caveats] == ["price_provisional"]
    assert ask(feed).caveats[0][1] == {"due": date(2026, 4, 25)}
    store.add([price("value.coinmarketcap", "3")])
    assert (ask(feed).value, [note for note, _ in ask(feed).caveats]) == (3, ["price_provisional"])
    store.add([price("value.official", "4")])
    assert (ask(feed).value, ask(feed).caveats) == (4, ())
    assert ask(feed, "btc").value == 4, "letters of either case"


def test_an_exchange_does_not_answer_unless_switched_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add([price("price.bybit.USDT", "1", currency="USDT")])
    assert ask(PriceFeed(store.path)) is None
    monkeypatch.setenv("KZTAX_STORE", str(store.path))
    monkeypatch.setenv("KZTAX_AIFC_MARKETS", "bybit")
    with pytest.raises(kztax.MissingPrice, match=r"in USDT, not in money.*KZTAX_AIFC_AT_PAR"):
        ask(PriceFeed())
    monkeypatch.setenv("KZTAX_AIFC_AT_PAR", "USD")
    assert ask(PriceFeed()).value == 1
    monkeypatch.setenv("KZTAX_AIFC_MARKETS", "mtgox")
    with pytest.raises(kztax.InvalidFacts, match="mtgox"):
        ask(PriceFeed())


def test_a_price_in_money_needs_no_par(store: Store) -> None:
    store.add([price("price.bybit.KZT", "39000000", currency="KZT")])
    assert ask(PriceFeed(store.path, markets=["bybit"], quote="kzt")).currency == "KZT"


def test_a_day_is_fetched_once_where_live_is_switched_on(store: Store) -> None:
    with server.serving(server.bybit) as exchange:
        how: dict[str, Any] = {"markets": ["bybit"], "at_par": "USD", "addresses": {"bybit": exchange.url}}
        assert ask(PriceFeed(store.path, live=True, today=lambda: FRIDAY, **how)) is None, "the day is not over"
        with pytest.raises(kztax.StoreError, match="import or fetch first"):
            ask(PriceFeed(store.path, **how))
        assert exchange.asked == []
        for _ in range(2):
            assert ask(PriceFeed(store.path, live=True, **how)).value == Decimal("80000.5")
        assert len(exchange.asked) == 1
        assert ask(PriceFeed(live=True, store=None, markets=[])) is None
        with pytest.raises(kztax.StoreError, match="KZTAX_STORE"):
            ask(PriceFeed(live=True, **how))


@pytest.mark.parametrize(
    ("answer", "reason"), [(server.html, "feed_answers_html"), (server.bybit_rows(), "feed_without_price")]
)
def test_an_exchange_that_fails_is_named(answer: server.Answer, reason: str, store: Store) -> None:
    with server.serving(answer) as exchange:
        feed = PriceFeed(store.path, markets=["bybit"], live=True, addresses={"bybit": exchange.url})
        with pytest.raises(kztax.FeedError) as refused:
            ask(feed)
        assert refused.value.reason == reason
    assert not store.exists


def test_a_corrupted_store_is_an_error_that_names_it(store: Store) -> None:
    store.add([price("value.official", "80000.5")])
    store.path.write_bytes(store.path.read_bytes().replace(b"80000.5", b"80090.5"))
    with pytest.raises(kztax.StoreError, match=r"store\.sqlite is damaged.*value\.official BTC 2026-03-13"):
        ask(PriceFeed(store.path))


def test_without_a_store_nothing_is_known() -> None:
    assert ask(PriceFeed()) is None
    assert ask(PriceFeed(), "no ticker!") is None


class Rates:
    """A rate for every day, of the kind that is asked for."""

    @hookimpl
    def kztax_exchange_rate(self, currency: str, kind: str, on: date | None, year: int | None) -> Any:
        rates = {("USD", "market", SATURDAY): "497.35", ("USD", "official", date(2025, 6, 10)): "510"}
        rate = rates.get((currency, kind, on))  # type: ignore[arg-type]
        return rate and {"rate": rate, "source": "the test's table"}


def value(store: Store, asset: str, received_on: date, locale: str = "en") -> kztax.Assessment[Any]:
    engine = kztax.TaxEngine(plugins=[PriceFeed(store.path), Rates()], discover=False, locale=locale)
    return engine.assess_kind(OFFICIAL_VALUE, OfficialValueFacts(asset=asset, received_on=received_on))


@pytest.mark.parametrize("locale", ["en", "ru", "kk"])
def test_a_day_off_takes_the_value_of_the_day_worked_before_and_the_rate_of_its_own(store: Store, locale: str) -> None:
    store.add([price("value.official", "80000")])
    assessment = value(store, "BTC", SATURDAY, locale)
    assert assessment.outcome.value == Decimal(39788000)
    explained = assessment.explain()
    assert "531" in explained
    assert "source of value.official" in explained
    assert (
        kztax.Assessment[OfficialValueOutcome].model_validate_json(assessment.model_dump_json()).explain() == explained
    )


def test_the_order_of_the_day_says_which_assets_have_a_value(store: Store) -> None:
    listed_then = date(2025, 6, 10)
    store.add(
        [
            price("value.official", "0.2", listed_then, "DOGE"),
            price("value.coinmarketcap", "0.3", date(2026, 6, 10), "DOGE", "KZT"),
            price("value.official", "3000", date(2026, 6, 10), "ETH", "KZT"),
        ]
    )
    assert value(store, "DOGE", listed_then).outcome.value == 102
    assert {note.id for note in value(store, "DOGE", date(2026, 6, 10)).notes} >= {
        "base.official_value.fallback",
        "price_not_official",
    }
    assert value(store, "ETH", date(2026, 6, 10)).outcome.value == 3000
    with pytest.raises(kztax.MissingPrice):
        value(store, "ETH", listed_then)
    with pytest.raises(kztax.UnknownLaw):
        value(store, "BTC", date(2024, 4, 14))


def test_before_the_day_of_publication_a_value_is_provisional(store: Store) -> None:
    store.add([price("value.coinmarketcap", "39000000", date(2026, 11, 20), "BTC", "KZT")])
    (note,) = (note for note in value(store, "BTC", date(2026, 11, 20)).notes if note.id == "price_provisional")
    assert "25 December 2026" in note.text
