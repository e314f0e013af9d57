"""Prices of exchanges: their documented answers, and everything else that a server may say."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import aifc_server as server
import pytest
from kztax_aifc.markets import MARKETS, MarketFeed, market_named, ticker

import kztax
from kztax.fetching import Limits

DAY = date(2026, 3, 13)
QUICK = Limits(size=300_000, seconds=0.6, attempts=2, pause=0.01)
BYBIT, BINANCE = MARKETS["bybit"], MARKETS["binance"]


def test_bybit_is_asked_at_its_kazakh_host_as_documented() -> None:
    assert BYBIT.address == "https://api.bybit.kz"
    with server.serving(server.bybit) as exchange, MarketFeed(BYBIT, exchange.url) as feed:
        (price,) = feed.prices("BTC", "USDT", DAY, DAY)
        begin = server.moment(DAY)
        pair = "category=spot&symbol=BTCUSDT&interval=D"
        assert exchange.asked == [f"/v5/market/kline?{pair}&start={begin}&end={begin + 86_399_999}&limit=1000"]
    assert (price.kind, price.key, price.day, price.currency) == ("price.bybit.USDT", "BTC", DAY, "USDT")
    assert price.value == Decimal("80000.5"), "160001 paid for 2"
    assert exchange.url in price.source


def test_binance_is_asked_as_documented() -> None:
    with server.serving(server.binance) as exchange, MarketFeed(BINANCE, exchange.url) as feed:
        prices = feed.prices("BTC", "USDT", DAY, DAY + timedelta(2))
        begin = server.moment(DAY)
        asked = f"startTime={begin}&endTime={begin + 3 * 86_400_000 - 1}"
        assert exchange.asked == [f"/api/v3/klines?symbol=BTCUSDT&interval=1d&{asked}&limit=1000"]
        assert [price.day for price in prices] == [DAY, DAY + timedelta(1), DAY + timedelta(2)]
        assert prices[0].value == Decimal(80001)
        with pytest.raises(kztax.FeedError, match=r"status 400.*Invalid symbol"):
            feed.prices("NOSUCH", "USDT", DAY, DAY)


def test_more_days_than_an_answer_holds_are_asked_for_in_parts() -> None:
    with server.serving(server.bybit) as exchange, MarketFeed(BYBIT, exchange.url) as feed:
        prices = feed.prices("BTC", "USDT", DAY - timedelta(1500), DAY)
        assert (len(prices), len(exchange.asked)) == (1501, 2)
        assert len({price.day for price in prices}) == 1501


def test_an_average_that_does_not_end_is_cut_far_below_the_tiyn() -> None:
    answer = server.bybit_with(volume="3", turnover="240001")
    with server.serving(answer) as exchange, MarketFeed(BYBIT, exchange.url) as feed:
        (price,) = feed.prices("BTC", "USDT", DAY, DAY)
    assert price.value == Decimal("80000.33333333333")


@pytest.mark.parametrize(
    ("answer", "reason", "asked"),
    [
        (server.html, "feed_answers_html", 1),
        (server.truncated, "feed_unreachable", 2),
        (server.truncated_silently, "feed_unreadable", 1),
        (server.huge, "feed_too_large", 1),
        (server.slow, "feed_unreachable", 2),
        (server.drop_by_drop, "feed_too_slow", 2),
        (server.moved, "feed_moved", 1),
        (server.busy, "feed_status", 2),
        (server.says([]), "feed_unreadable", 1),
        (server.says({}), "feed_unreadable", 1),
        (server.says(None), "feed_unreadable", 1),
        (server.says({"retCode": 10001, "retMsg": "Not supported symbols", "result": {}}), "feed_unreadable", 1),
        (server.says({"retCode": 0, "result": {"list": 7}}), "feed_unreadable", 1),
        (server.says({"retCode": 0, "result": {"list": [[]]}}), "feed_unreadable", 1),
        (server.bybit_rows(server.bybit_row(server.moment(DAY) + 3_600_000)), "feed_unreadable", 1),
        (server.bybit_rows(server.bybit_row(server.moment(DAY - timedelta(1)))), "feed_unreadable", 1),
        (server.bybit_rows(*[server.bybit_row(server.moment(DAY))] * 2), "feed_unreadable", 1),
        (server.bybit_rows(server.bybit_row(10**18)), "feed_unreadable", 1),
        (server.bybit_with(low="NaN"), "feed_unreadable", 1),
        (server.bybit_with(volume="-2"), "feed_unreadable", 1),
        (server.bybit_with(volume="0", turnover="0"), "feed_price_impossible", 1),
        (server.bybit_with(turnover="0"), "feed_price_impossible", 1),
        (server.bybit_with(turnover="1600010"), "feed_price_impossible", 1),
        (server.bybit_with(low="82000"), "feed_price_impossible", 1),
        (server.bybit_with(low="0"), "feed_price_impossible", 1),
    ],
)
def test_an_answer_that_cannot_be_is_refused(answer: server.Answer, reason: str, asked: int) -> None:
    with server.serving(answer) as exchange, MarketFeed(BYBIT, exchange.url, QUICK) as feed:
        with pytest.raises(kztax.FeedError) as refused:
            feed.prices("BTC", "USDT", DAY, DAY)
        assert (refused.value.reason, len(exchange.asked)) == (reason, asked)
    for locale in ("en", "ru", "kk"):
        assert "127.0.0.1" in refused.value.message(locale)


def test_a_price_as_a_number_is_refused_because_it_lost_digits() -> None:
    row = [server.moment(DAY), *(79000.1, 81000.0, 78000.0, 80500.0, 2.0, 160001.0)]
    refused = pytest.raises(kztax.FeedError, match="number")
    with server.serving(server.bybit_rows(row)) as exchange, MarketFeed(BYBIT, exchange.url) as feed, refused:
        feed.prices("BTC", "USDT", DAY, DAY)


def test_days_without_trade_are_simply_not_there() -> None:
    with server.serving(server.bybit_rows()) as exchange, MarketFeed(BYBIT, exchange.url) as feed:
        assert feed.prices("BTC", "USDT", DAY, DAY) == []


def test_names() -> None:
    assert market_named("bybit") is BYBIT
    with pytest.raises(kztax.InvalidFacts, match="bybit, binance"):
        market_named("mtgox")
    assert ticker(" stEth ") == "STETH"
    for wrong in ("", "BTC/USD", "BTC&limit=1", "Б", "A" * 21):
        with pytest.raises(kztax.InvalidFacts):
            ticker(wrong)
