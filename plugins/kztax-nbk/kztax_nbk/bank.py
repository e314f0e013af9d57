"""What the plugin answers: a rate from the store, else from the feed where the caller switched it on."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from kztax.core.deadlines import why_not_worked
from kztax.core.errors import UnknownPeriod
from kztax.core.law import rule_book
from kztax.hooks import Command, ExchangeRateAnswer, RateBasis, hookimpl
from kztax.store import NAMED_BY, Observation, Store
from kztax.terminal import now_in_kazakhstan
from kztax_nbk.feed import ADDRESS, ADDRESS_NAMED_BY, OFFICIAL, Feed, days_fetched
from kztax_nbk.yearly_means import YEARLY_MEAN, shipped

MARKET = "rate.market"
LIVE_NAMED_BY = "KZTAX_NBK_LIVE"
ONE_DAY = timedelta(days=1)


def today_in_kazakhstan() -> date:
    """Today where the Bank is."""
    return now_in_kazakhstan().date()


class NationalBank:
    """The plugin. What is not said here is read from the environment with each question.

    `store` is the file that `kztax rates` fills (`KZTAX_STORE`); `live` lets a rate that is not stored be fetched and
    stored (`KZTAX_NBK_LIVE=1`); `address` is a mirror of the feed (`KZTAX_NBK_URL`).
    """

    KZTAX_INTERFACE = 1
    __name__ = "nbk"

    def __init__(
        self,
        store: str | os.PathLike[str] | None = None,
        *,
        live: bool | None = None,
        address: str | None = None,
        today: Callable[[], date] = today_in_kazakhstan,
    ) -> None:
        self._store = store
        self._live = live
        self._address = address
        self._today = today

    @hookimpl
    def kztax_exchange_rate(
        self, currency: str, kind: str, on: date | None, year: int | None
    ) -> ExchangeRateAnswer | None:
        """KZT for one unit of a currency: official or market of a day, mean of a year."""
        if kind == "yearly_mean" and year is not None:
            return self._yearly_mean(currency, year)
        if kind == "market" and on is not None:
            return self._market(currency, on)
        if kind == "official" and on is not None:
            return self._official(currency, on, RateBasis.PUBLISHED)
        return None

    @hookimpl
    def kztax_at_store(self, store: Path) -> NationalBank:
        """The same, with rates from that store."""
        return NationalBank(store, live=self._live, address=self._address, today=self._today)

    @hookimpl
    def kztax_commands(self) -> list[Command]:
        """`kztax rates`."""
        from kztax_nbk.commands import RATES

        return [RATES]

    def _yearly_mean(self, currency: str, year: int) -> ExchangeRateAnswer | None:
        stored = self._stored(currency, date(year, 12, 31), YEARLY_MEAN)
        if stored is not None:
            return _answer(stored, RateBasis.PUBLISHED)
        copied = shipped().get((currency, year))
        return _answer(copied, RateBasis.SECOND_HAND) if copied is not None else None

    def _market(self, currency: str, on: date) -> ExchangeRateAnswer | None:
        stored = self._stored(currency, on, MARKET)
        if stored is not None:
            return _answer(stored, RateBasis.PUBLISHED)
        next_day = _working_day_after(on)
        return self._official(currency, next_day, RateBasis.FROM_OFFICIAL) if next_day is not None else None

    def _official(self, currency: str, on: date, basis: RateBasis) -> ExchangeRateAnswer | None:
        known = self._stored(currency, on, OFFICIAL)
        if known is None and self._is_live() and on <= self._today():
            known = next((each for each in self._fetched(on) if each.key == currency), None)
        return _answer(known, basis) if known is not None else None

    def _fetched(self, on: date) -> list[Observation]:
        """The day's rates from the feed, stored; none where the day is stored already: it never changes."""
        store = self._named_store() or Store.named()
        if on in days_fetched(store, on, on):
            return []
        with Feed(self._address or os.environ.get(ADDRESS_NAMED_BY) or ADDRESS) as feed:
            observations = feed.day(on).observations(feed.source(on))
        store.add(observations)
        return observations

    def _stored(self, currency: str, day: date, kind: str) -> Observation | None:
        store = self._named_store()
        if store is None or (self._is_live() and not store.exists):
            return None
        return store.find(currency, day, kind)

    def _named_store(self) -> Store | None:
        named = self._store or os.environ.get(NAMED_BY)
        return Store(named) if named else None

    def _is_live(self) -> bool:
        return os.environ.get(LIVE_NAMED_BY) == "1" if self._live is None else self._live


def _working_day_after(on: date) -> date | None:
    """The next working day; None where the day itself is not worked (nothing is traded), or the year is not known."""
    book = rule_book()
    try:
        if why_not_worked(book, on) is not None:
            return None
        day = on + ONE_DAY
        while why_not_worked(book, day) is not None:
            day += ONE_DAY
    except UnknownPeriod:
        return None
    return day


def _answer(known: Observation, basis: RateBasis) -> ExchangeRateAnswer:
    return ExchangeRateAnswer(rate=known.value, source=known.source, published_on=known.published_on, basis=basis)
