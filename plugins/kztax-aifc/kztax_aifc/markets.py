"""Daily prices of exchanges: what is asked, what comes back, and what of it is believed.

The price of a day is what was paid that day over what was bought, on that exchange alone. It is not the official value,
which is an average of another site. Days are days of UTC, as the exchanges count them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal
from typing import Any, NamedTuple

from kztax.core.errors import FeedError, InvalidFacts
from kztax.fetching import Fetcher, Limits, address, is_loopback, printable
from kztax.store import Observation

MOST_DAYS_ASKED = 1000
CONNECT_SECONDS = 10.0
SIGNIFICANT = Context(prec=16)
LARGEST_DEVIATION = Decimal("0.001")
_TICKER = re.compile(r"[A-Z0-9]{1,20}", re.ASCII)
_NUMBER = re.compile(r"\d{1,24}(\.\d{1,18})?", re.ASCII)
_ONE_DAY = timedelta(days=1)


class Candle(NamedTuple):
    """A day's trade: lowest and highest price, how much was bought, and what was paid for it."""

    day: date
    low: Decimal
    high: Decimal
    volume: Decimal
    turnover: Decimal


class Market(NamedTuple):
    """An exchange: where it is asked and how."""

    name: str
    title: str
    address: str
    address_named_by: str
    path: str
    parameters: Callable[[str, int, int], Mapping[str, str]]
    rows: Callable[[Any], Sequence[Any]]
    turnover_at: int


def _bybit_parameters(symbol: str, first: int, last: int) -> Mapping[str, str]:
    limit = str(MOST_DAYS_ASKED)
    return {
        "category": "spot", "symbol": symbol, "interval": "D", "start": str(first), "end": str(last), "limit": limit,
    }  # fmt: skip


def _bybit_rows(answer: Any) -> Sequence[Any]:
    if answer["retCode"] != 0:
        raise ValueError(f"{answer['retCode']}: {answer['retMsg']}")
    rows: Sequence[Any] = answer["result"]["list"]
    return rows


def _binance_parameters(symbol: str, first: int, last: int) -> Mapping[str, str]:
    limit = str(MOST_DAYS_ASKED)
    return {"symbol": symbol, "interval": "1d", "startTime": str(first), "endTime": str(last), "limit": limit}


def _binance_rows(answer: Any) -> Sequence[Any]:
    if not isinstance(answer, list):
        raise TypeError("no list")
    return answer


# Who is licensed is a matter of the AIFC's register, and of the day: a name here says only how its prices are read.
MARKETS = {
    market.name: market
    for market in (
        Market(
            "bybit", "Bybit Kazakhstan", "https://api.bybit.kz", "KZTAX_AIFC_BYBIT_URL", "/v5/market/kline",
            _bybit_parameters, _bybit_rows, turnover_at=6,
        ),
        Market(
            "binance", "Binance", "https://api.binance.com", "KZTAX_AIFC_BINANCE_URL", "/api/v3/klines",
            _binance_parameters, _binance_rows, turnover_at=7,
        ),
    )
}  # fmt: skip


def market_named(name: str) -> Market:
    """The exchange of that name; `InvalidFacts` that names those there are."""
    if name not in MARKETS:
        raise InvalidFacts("market_unknown", given=printable(name), known=", ".join(MARKETS))
    return MARKETS[name]


def ticker(given: str) -> str:
    """A ticker in capital letters; `InvalidFacts` for what cannot be one."""
    folded = given.strip().upper()
    if _TICKER.fullmatch(folded) is None:
        raise InvalidFacts("not_an_asset", given=printable(given))
    return folded


def kind_of_price(market: str, quote: str) -> str:
    """Under which kind the store keeps an exchange's prices in another asset or a currency."""
    return f"price.{market}.{quote}"


class MarketFeed:
    """An exchange's daily prices over HTTP. Close it, or use it in a `with`."""

    def __init__(self, market: Market, base: str | None = None, limits: Limits = Limits()) -> None:  # noqa: B008 - frozen
        import httpx

        self.market = market
        self.base = address(base or market.address, market.address_named_by)
        self._client = httpx.Client(
            timeout=httpx.Timeout(limits.seconds, connect=min(CONNECT_SECONDS, limits.seconds)),
            follow_redirects=False,
            headers={"accept": "application/json", "accept-encoding": "identity"},
            trust_env=not is_loopback(self.base),
        )
        self._fetcher = Fetcher(self._client, httpx.HTTPError, limits)

    def prices(self, asset: str, quote: str, first: date, last: date) -> list[Observation]:
        """The prices of the days that the exchange knows, oldest first. The days must be over.

        Raises `FeedError` for an answer that cannot be: another day, a price outside the day's own range.
        """
        found: dict[date, Candle] = {}
        begin = first
        while begin <= last:
            end = min(last, begin + _ONE_DAY * (MOST_DAYS_ASKED - 1))
            for candle in self._candles(asset, quote, begin, end):
                found[candle.day] = candle
            begin = end + _ONE_DAY
        return [self._observation(asset, quote, found[day]) for day in sorted(found)]

    def _candles(self, asset: str, quote: str, first: date, last: date) -> Iterator[Candle]:
        url = self.base + self.market.path
        asked = self.market.parameters(asset + quote, _moment(first), _moment(last + _ONE_DAY) - 1)
        content = self._fetcher.get(url, asked)
        seen: set[date] = set()
        try:
            for row in self.market.rows(json.loads(content)):
                candle = _candle(row, self.market.turnover_at, seen, (first, last))
                seen.add(candle.day)
                yield candle
        except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
            problem = printable(f"{type(error).__name__}: {error}")
            raise FeedError("feed_unreadable", url=url, problem=problem) from error

    def _observation(self, asset: str, quote: str, candle: Candle) -> Observation:
        paid = candle.volume and SIGNIFICANT.divide(candle.turnover, candle.volume)
        lowest, highest = candle.low * (1 - LARGEST_DEVIATION), candle.high * (1 + LARGEST_DEVIATION)
        if not 0 < candle.low <= candle.high or not lowest <= paid <= highest:
            raise FeedError(
                "feed_price_impossible",
                url=self.base + self.market.path,
                asset=asset,
                on=candle.day.isoformat(),
                problem=f"{candle.turnover} / {candle.volume} = {paid}, {candle.low}…{candle.high}",
            )
        said = " ".join(str(value) for value in (self.market.name, asset, quote, *candle))
        return Observation(
            kind_of_price(self.market.name, quote),
            asset,
            candle.day,
            round(paid, 18) if paid else paid,
            quote,
            f"{self.market.title}, {self.base}, {asset}{quote}, average of the UTC day weighted by trade",
            None,
            hashlib.sha256(said.encode()).hexdigest(),
        )

    def __enter__(self) -> MarketFeed:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()


def _candle(row: Sequence[Any], turnover_at: int, seen: set[date], asked: tuple[date, date]) -> Candle:
    opened = datetime.fromtimestamp(int(row[0]) / 1000, UTC)
    if opened.time() != time() or not asked[0] <= opened.date() <= asked[1] or opened.date() in seen:
        raise ValueError(f"a day that begins at {opened.isoformat()}")
    high, low, volume, turnover = (_number(row[place]) for place in (2, 3, 5, turnover_at))
    return Candle(opened.date(), low, high, volume, turnover)


def _number(given: Any) -> Decimal:
    # Prices are strings in both formats; a number would have gone through binary fractions.
    if not isinstance(given, str) or _NUMBER.fullmatch(given) is None:
        raise ValueError(f"number {str(given)[:40]!r}")
    return Decimal(given)


def _moment(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp()) * 1000
