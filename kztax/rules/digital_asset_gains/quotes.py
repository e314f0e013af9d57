"""Prices of assets and rates of currencies, each looked for once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kztax.core.errors import MissingExchangeRate, MissingPrice
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
        self._missing: dict[tuple[str, date | int], MissingPrice | MissingExchangeRate] = {}

    def rate(self, currency: str, day: date, sold: date, sales: LawOfSales) -> Figure:
        """What the law of the sale names: the market rate before a day, or the mean rate of the year of the sale."""
        if sales.law.text(EXCHANGE_RATE) == RateKind.YEARLY_MEAN:
            return self._mean(currency, sold.year)
        return self.market(currency, day)

    def _mean(self, currency: str, year: int) -> Figure:
        found = self._rates.get((currency, year))
        if found is None:
            found = self._rates[currency, year] = self._rate_or_wanted(currency, RateKind.YEARLY_MEAN, year)
        return found

    def market(self, currency: str, day: date) -> Figure:
        """The market rate of the last working day before."""
        before = self._working_day_before.get(day)
        if before is None:
            before = self._working_day_before[day] = self._working.last_working_day_before(day)
        found = self._rates.get((currency, before))
        if found is None:
            found = self._rates[currency, before] = self._rate_or_wanted(currency, RateKind.MARKET, before)
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

    # --- what is missing ---

    def _rate_or_wanted(self, currency: str, kind: RateKind, when: date | int) -> Figure:
        """The rate; where there is none, one that stands in for it until all that is missing has been found."""
        on, year = (when, None) if isinstance(when, date) else (None, when)
        try:
            return self._working.exchange_rate(currency, kind, on=on, year=year)
        except MissingExchangeRate as error:
            self._missing[currency, when] = error
            return Figure(Decimal(1), f"{KZT}/{currency}", "fact", ())

    def wanted_price(self, asset: str, on: date) -> Figure:
        """A value that stands in for one that nobody stated, until all that is missing has been found."""
        error = MissingPrice("missing_price", path=("asset_prices",), asset=asset, on=on.isoformat())
        self._missing[asset, on] = error
        return Figure(Decimal(1), KZT, "fact", ())

    def refuse_if_missing(self) -> None:
        """Raise every price and rate that was wanted and not there, the first with the others."""
        errors = list(self._missing.values())
        if errors:
            errors[0].others = tuple(errors[1:])
            raise errors[0]
