"""Prices and exchange rates from stores that the caller names, for an engine that is to use these and no others."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from kztax.core.errors import PluginError, StoreError
from kztax.core.facts import RateKind
from kztax.core.working import Answered
from kztax.plugins import Plugins
from kztax.store import Store

PRICES_BY, RATES_BY = "kztax-aifc", "kztax-nbk"
"""The distributions of the project that keep prices and rates in a store."""


class EvidenceFromStores:
    """What the plugins answer, with `prices` and `rates` from the stores that are named.

    Without a name a plugin answers as it does otherwise. Raises `PluginError` where no plugin reads such a store, and
    `StoreError` where there is none.

        engine = kztax.TaxEngine(evidence=EvidenceFromStores(prices="prices.sqlite", rates="rates.sqlite"))
    """

    def __init__(
        self,
        plugins: Plugins | None = None,
        *,
        prices: str | os.PathLike[str] | None = None,
        rates: str | os.PathLike[str] | None = None,
    ) -> None:
        self._plugins = plugins or Plugins()
        self._prices = self._at(prices, "kztax_asset_price", PRICES_BY)
        self._rates = self._at(rates, "kztax_exchange_rate", RATES_BY)

    def _at(self, store: str | os.PathLike[str] | None, hook: str, distribution: str) -> Plugins:
        if store is None:
            return self._plugins
        if not self._plugins.implements("kztax_at_store", hook):
            raise PluginError("plugin_for_store_missing", store=str(store), distribution=distribution)
        if not Store(store).exists:
            raise StoreError("store_empty", store=str(store))
        return self._plugins.at_store(Path(store))

    def asset_price(self, asset: str, on: date) -> Answered | None:
        """Price of one unit of an asset on a day."""
        return self._prices.asset_price(asset, on)

    def exchange_rate(self, currency: str, kind: RateKind, on: date | None, year: int | None) -> Answered | None:
        """KZT for one unit of a currency."""
        return self._rates.exchange_rate(currency, kind, on, year)

    def treaty_rate(self, country: str, income: str, on: date) -> Answered | None:
        """A treaty's limit, as a fraction."""
        return self._plugins.treaty_rate(country, income, on)
