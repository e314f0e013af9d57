"""2025: fixed-value assets, an exchange at average prices, a cost by where a lot came from (Tax Code 2017, 332-1)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kztax.core.facts import Source
from kztax.core.figure import ZERO, Figure
from kztax.core.period import ONE_DAY
from kztax.core.units import KZT
from kztax.rules.digital_asset_gains.disposed import Deducted, Disposed, Given
from kztax.rules.digital_asset_gains.kinds import LotOrigin, TradeType, Treatment
from kztax.rules.digital_asset_gains.matching import Held, Piece
from kztax.rules.digital_asset_gains.regimes.regime import Regime
from kztax.rules.digital_asset_gains.sales import GAIN, NAME

FROM_CONTRACTS = (LotOrigin.STAKING, LotOrigin.AIRDROP)


class ByOrigin(Regime):
    """What is not said here is as before: for money the deal's sum, for a purchase its documented price."""

    rule_of_a_gift = "gift_out"

    # --- whether it is taxed ---

    def treatment(self, given: Given, held: Held) -> Treatment:
        """Giving a fixed-value asset in exchange is no sale, nor is selling one that was got so (332-1(4), (5))."""
        found = super().treatment(given, held)
        if found is Treatment.GAIN and given.asset in self.facts.fixed_value_assets:
            got = held.lot.origin is LotOrigin.EXCHANGE
            return Treatment.NOT_A_SALE if got or _in_exchange(given.kind, given.trade) else found
        return found

    def why_untaxed(self, row: Disposed) -> str:
        """The entry by which a part is no income."""
        if row.treatment is Treatment.ALREADY_TAXED_AS_MINING:
            return super().why_untaxed(row)
        how = "given_in_exchange" if _in_exchange(row.kind, row.trade) else "got_in_exchange"
        self.sales.cite(f"fixed_value.{how}")
        return f"fixed_value.{how}"

    # --- what a disposal brings ---

    def price(self, given: Given) -> Figure:
        """Units of a fixed-value asset, else the average price of the day before; for money the deal's sum (9)."""
        trade, exchanged = given.trade, given.kind is TradeType.EXCHANGE
        if exchanged and trade.counter_asset in self.facts.fixed_value_assets:
            return self._units(trade.counter_asset, trade.counter_quantity, given.day, given.about)
        priced_by_law = exchanged or (given.kind is TradeType.SPEND and trade.source is not Source.KAZAKHSTAN)
        stated = given.worth()
        if stated is not None and not priced_by_law:
            return stated
        if given.asset in self.facts.fixed_value_assets:
            return self._units(given.asset, given.quantity, given.day, given.about)
        self.sales.cite("exchange" if priced_by_law else f"{GAIN}.price_of_the_day_before")
        return self._average_or_stated(given, given.asset, given.quantity, stated)

    def cost_of_exchange(self, given: Given) -> Figure:
        """What was got, by the same prices (10)."""
        trade = given.trade
        for asset, quantity in ((trade.asset, trade.quantity), (trade.counter_asset, trade.counter_quantity)):
            if asset in self.facts.fixed_value_assets:
                return self._units(asset, quantity, given.day, given.about)
        self.sales.cite("exchange")
        return self._average_or_stated(given, trade.counter_asset, trade.counter_quantity, given.worth())

    def _average_or_stated(self, given: Given, asset: str, quantity: Decimal, stated: Figure | None) -> Figure:
        found = self.quotes.value_of_the_day_before(asset, quantity, given.day, given.about)
        if found is not None:
            return found
        if stated is None:
            return self.quotes.wanted_price(asset, given.day - ONE_DAY)
        self.notes.say("deal_price_for_the_average", given.trade)
        return stated

    def _units(self, asset: str, quantity: Decimal, day: date, about: str) -> Figure:
        """One unit of a fixed-value asset is one of its currency, at the market rate before the day (2), (3)."""
        self.sales.cite("fixed_value.units")
        currency = self.facts.fixed_value_assets[asset]
        units = Figure(quantity, currency, "fact", (), f"{NAME}.fixed_value_units", about)
        worth = units * self.quotes.market(currency, day)
        return worth.named(f"{NAME}.fixed_value_worth", about, self.sales.law.cite("fixed_value.units"))

    # --- what is deducted ---

    def received(self, row: Disposed, piece: Piece) -> Deducted:
        """A reward of an exchange has its value on the day of receipt, yields of contracts and gifts none (10)."""
        origin = piece.held.lot.origin
        if origin is LotOrigin.EXCHANGE_REWARD:
            return self._reward(row, piece)
        if origin in FROM_CONTRACTS:
            return Deducted(ZERO, row.currency, f"{GAIN}.blockchain_contract")
        return super().received(row, piece)

    def _reward(self, row: Disposed, piece: Piece) -> Deducted:
        """As stated, else by the price of the day before."""
        rule = f"{GAIN}.exchange_reward"
        if piece.cost is not None:
            return Deducted(piece.cost, piece.held.currency, rule)
        day = self.names.acquired(piece.held.lot)
        about = self.names.about(piece.held.lot, row.asset, day)
        figure = self.quotes.value_of_the_day_before(row.asset, piece.quantity, day, about)
        if figure is None:
            figure = self.quotes.wanted_price(row.asset, day - ONE_DAY)
        figure = figure.named(f"{NAME}.reward_value", about, self.sales.law.cite(rule))
        return Deducted(figure.value, KZT, rule, figure)


def _in_exchange(kind: TradeType, trade: object) -> bool:
    """Whether it was given for another asset, or for property that a foreign state registers."""
    return kind is TradeType.EXCHANGE or (kind is TradeType.SPEND and getattr(trade, "for_property_abroad", False))
