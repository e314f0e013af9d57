"""What the plugin answers: the published value of a day, else, where the caller switched it on, an exchange's price."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from kztax.core.errors import FeedError, InvalidFacts, MissingPrice
from kztax.core.law import rule_book
from kztax.core.official_value import published_by
from kztax.hooks import AssetPriceAnswer, Command, hookimpl
from kztax.store import NAMED_BY, Observation, Store
from kztax_aifc.markets import Market, MarketFeed, kind_of_price, market_named, ticker
from kztax_aifc.official import COINMARKETCAP, OFFICIAL

MARKETS_NAMED_BY = "KZTAX_AIFC_MARKETS"
LIVE_NAMED_BY = "KZTAX_AIFC_LIVE"
QUOTE_NAMED_BY = "KZTAX_AIFC_QUOTE"
AT_PAR_NAMED_BY = "KZTAX_AIFC_AT_PAR"
QUOTE = "USDT"
CURRENCY_LETTERS = 3


def today_in_utc() -> date:
    """Today as the exchanges count days."""
    return datetime.now(UTC).date()


class PriceFeed:
    """The plugin. What is not said here is read from the environment with each question.

    `store` is the file that `kztax prices` fills (`KZTAX_STORE`). `markets` are the exchanges whose prices may answer
    where no value was published, the first that knows one (`KZTAX_AIFC_MARKETS=bybit,binance`; none unless stated);
    `live` lets a price that is not stored be fetched and stored (`KZTAX_AIFC_LIVE=1`). Prices are in `quote`
    (`KZTAX_AIFC_QUOTE`, USDT unless stated); one unit of it counts as one unit of the currency `at_par`
    (`KZTAX_AIFC_AT_PAR=USD`), and the source then says so.
    """

    KZTAX_INTERFACE = 1
    __name__ = "aifc"

    def __init__(
        self,
        store: str | os.PathLike[str] | None = None,
        *,
        markets: Sequence[str] | None = None,
        live: bool | None = None,
        quote: str | None = None,
        at_par: str | None = None,
        addresses: dict[str, str] | None = None,
        today: Callable[[], date] = today_in_utc,
    ) -> None:
        self._store = store
        self._markets = markets
        self._live = live
        self._quote = quote
        self._at_par = at_par
        self._addresses = addresses or {}
        self._today = today

    @hookimpl
    def kztax_asset_price(self, asset: str, on: date) -> AssetPriceAnswer | None:
        """The price of one unit on a day: official, else shown by the site the orders name, else an exchange's."""
        try:
            key = ticker(asset)
        except InvalidFacts:
            return None  # a name that no table and no exchange has
        known = self._stored(key, on, OFFICIAL, COINMARKETCAP)
        if known is not None:
            return _answer(known, known.value, known.currency, known.source)
        for market in self._switched_on():
            price = self._of_market(market, key, on)
            if price is not None:
                return self._in_money(price)
        return None

    @hookimpl
    def kztax_at_store(self, store: Path) -> PriceFeed:
        """The same, with prices from that store."""
        return PriceFeed(
            store,
            markets=self._markets,
            live=self._live,
            quote=self._quote,
            at_par=self._at_par,
            addresses=self._addresses,
            today=self._today,
        )

    @hookimpl
    def kztax_commands(self) -> list[Command]:
        """`kztax prices` and `kztax value`."""
        from kztax_aifc.commands import PRICES
        from kztax_aifc.value_command import VALUE

        return [PRICES, VALUE]

    def _of_market(self, market: Market, key: str, on: date) -> Observation | None:
        stored = self._stored(key, on, kind_of_price(market.name, self._quote_asset()))
        if stored is not None or not self._is_live() or on >= self._today():
            return stored
        store = self._named_store() or Store.named()
        with MarketFeed(market, self._addresses.get(market.name) or os.environ.get(market.address_named_by)) as feed:
            found = feed.prices(key, self._quote_asset(), on, on)
            if not found:
                url = feed.base + market.path
                raise FeedError("feed_without_price", url=url, asset=key, days=on.isoformat())
        store.add(found)
        return found[0]

    def _in_money(self, price: Observation) -> AssetPriceAnswer:
        if len(price.currency) == CURRENCY_LETTERS:
            return _answer(price, price.value, price.currency, price.source)
        at_par = self._at_par or os.environ.get(AT_PAR_NAMED_BY)
        if not at_par:
            raise MissingPrice(
                "price_in_another_asset",
                asset=price.key,
                on=price.day.isoformat(),
                quote=price.currency,
                option=AT_PAR_NAMED_BY,
            )
        return _answer(price, price.value, at_par, f"{price.source}; one {price.currency} taken for one {at_par}")

    def _stored(self, key: str, on: date, *kinds: str) -> Observation | None:
        store = self._named_store()
        if store is None or (self._is_live() and not store.exists):
            return None
        return store.find(key, on, *kinds)

    def _switched_on(self) -> list[Market]:
        named = self._markets
        if named is None:
            named = [name.strip() for name in os.environ.get(MARKETS_NAMED_BY, "").split(",") if name.strip()]
        return [market_named(name) for name in named]

    def _named_store(self) -> Store | None:
        named = self._store or os.environ.get(NAMED_BY)
        return Store(named) if named else None

    def _quote_asset(self) -> str:
        return ticker(self._quote or os.environ.get(QUOTE_NAMED_BY) or QUOTE)

    def _is_live(self) -> bool:
        return os.environ.get(LIVE_NAMED_BY) == "1" if self._live is None else self._live


def _answer(known: Observation, value: object, currency: str, source: str) -> AssetPriceAnswer:
    official = known.kind == OFFICIAL
    return AssetPriceAnswer.model_validate(
        {
            "value": value,
            "currency": currency,
            "source": source,
            "published_on": known.published_on,
            "official": official,
            "official_due": None if official else published_by(rule_book(), known.key, known.day),
        }
    )
