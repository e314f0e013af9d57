"""Prices of assets and rates of currencies, each looked for once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kztax.core.errors import MissingPrice
from kztax.core.facts import RateKind
from kztax.core.figure import Figure
from kztax.core.period import ONE_DAY
from kztax.core.units import KZT, NUMBER
from kztax.core.working import Working
from kztax.rules.digital_asset_gains.sales import GAIN, NAME, LawOfSales

EXCHANGE_RATE = f"{GAIN}.exchange_rate"


class Quotes:
    """Evidence of the facts, else of plugins, as figures."""

    def __init__(self, working: Working) -> None:
        self._working = working
        self._rates: dict[tuple[str, date | int], Figure] = {}
        self._working_day_before: dict[date, date] = {}
        self._prices: dict[tuple[str, date], Figure | None] = {}

    def rate(self, currency: str, day: date, sold: date, sales: LawOfSales) -> Figure:
        """What the law of the sale names: the market rate before a day, or the mean rate of the year of the sale."""
        if sales.law.text(EXCHANGE_RATE) == RateKind.YEARLY_MEAN:
            return self._mean(currency, sold.year)
        return self.market(currency, day)

    def _mean(self, currency: str, year: int) -> Figure:
        found = self._rates.get((currency, year))
        if found is None:
            found = self._working.exchange_rate(currency, RateKind.YEARLY_MEAN, year=year)
            self._rates[currency, year] = found
        return found

    def market(self, currency: str, day: date) -> Figure:
        """The market rate of the last working day before."""
        before = self._working_day_before.get(day)
        if before is None:
            before = self._working_day_before[day] = self._working.last_working_day_before(day)
        found = self._rates.get((currency, before))
        if found is None:
            found = self._working.exchange_rate(currency, RateKind.MARKET, on=before)
            self._rates[currency, before] = found
        return found

    def value(self, asset: str, quantity: Decimal, day: date, about: str) -> Figure | None:
        """So much of an asset at the price of a day, in the price's currency."""
        price = self._price(asset, day)
        if price is None:
            return None
        stated = Figure(quantity, NUMBER, "fact", (), f"{NAME}.quantity", about)
        return (price * stated).named(f"{NAME}.value", about)

    def value_of_the_day_before(self, asset: str, quantity: Decimal, day: date, about: str) -> Figure | None:
        """So much of an asset at the price of the day before, in tenge."""
        value = self.value(asset, quantity, day - ONE_DAY, about)
        if value is None or value.unit == KZT:
            return value
        return (value * self.market(value.unit, day)).named(f"{NAME}.value_in_tenge", about)

    def _price(self, asset: str, day: date) -> Figure | None:
        key = (asset, day)
        if key not in self._prices:
            try:
                self._prices[key] = self._working.asset_price(asset, day)
            except MissingPrice:
                self._prices[key] = None
        return self._prices[key]


def no_price(asset: str, on: date) -> MissingPrice:
    """That a price is wanted, and of which day."""
    return MissingPrice("missing_price", path=("asset_prices",), asset=asset, on=on.isoformat())
