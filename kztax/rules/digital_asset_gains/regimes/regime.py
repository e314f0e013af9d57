"""What every regime of the law answers, and what they have in common."""

from __future__ import annotations

from typing import NamedTuple

from kztax.core.errors import MissingFact
from kztax.core.facts import Source
from kztax.core.figure import ZERO, Figure
from kztax.core.units import KZT, NUMBER
from kztax.core.working import Working
from kztax.rules.digital_asset_gains.disposed import Deducted, Disposed, Given
from kztax.rules.digital_asset_gains.facts import DigitalAssetGainsFacts
from kztax.rules.digital_asset_gains.kinds import AS_PAID_FOR, LotOrigin, TradeType, Treatment
from kztax.rules.digital_asset_gains.matching import Held, Piece
from kztax.rules.digital_asset_gains.names import Names, Notes
from kztax.rules.digital_asset_gains.quotes import Quotes
from kztax.rules.digital_asset_gains.sales import GAIN, NAME, LawOfSales

FREE_OF_CHARGE = (LotOrigin.GIFT, LotOrigin.INHERITANCE)


class Materials(NamedTuple):
    """What a regime works with, whatever the day."""

    facts: DigitalAssetGainsFacts
    working: Working
    names: Names
    notes: Notes
    quotes: Quotes


class Regime:
    """The law of sales on some days. This one has what regimes share: a price as agreed, a cost as documented.

    A sale with a source abroad has a rule of its own in some years, one to a state with favourable taxation too.
    """

    rule_of_a_gift = "realisation"
    """The entry that makes a gift on the way out a sale at nothing."""

    def __init__(self, materials: Materials, sales: LawOfSales) -> None:
        self.facts, self.working, self.names, self.notes, self.quotes = materials
        self.sales = sales
        law = sales.law
        self._low_tax_acquisition = law.has("low_tax_acquisition")
        self._low_tax_sale = law.has("low_tax_sale")
        self._foreign_whole_price = law.has(f"{GAIN}.foreign_whole_price")
        self._foreign_difference = law.has(f"{GAIN}.foreign_difference")
        self._excludes_mined = law.has(sales.mined)

    def is_plain(self, asset: str) -> bool:
        """Whether no rule of its own is for sales of the asset."""
        return asset not in self.facts.fixed_value_assets

    # --- whether it is taxed ---

    def treatment(self, given: Given, held: Held) -> Treatment:
        """What the law makes of giving away a part of a lot."""
        if held.lot.origin is LotOrigin.MINING and self._excludes_mined:
            return Treatment.ALREADY_TAXED_AS_MINING
        return Treatment.GAIN

    def untaxed(self, row: Disposed) -> Disposed:
        """A part that is no income: what was stated of it is shown, nothing is asked for."""
        currencies = {piece.held.currency for piece in row.pieces}
        cost = None
        if len(currencies) == 1 and all(piece.cost is not None for piece in row.pieces):
            cost = sum((piece.cost or ZERO for piece in row.pieces), ZERO)
        currency = currencies.pop() if len(currencies) == 1 else KZT
        return row._replace(rule=self.why_untaxed(row), cost=cost, currency=currency)

    def why_untaxed(self, row: Disposed) -> str:
        """The entry by which a part is no income."""
        self.sales.cite(self.sales.mined)
        self.notes.say("mined_not_taxed_again", row.trade)
        return self.sales.mined

    # --- what a disposal brings ---

    def worth(self, given: Given) -> Figure:
        """What the whole trade brings."""
        if given.kind is TradeType.GIFT_OUT:
            self.notes.say("given_free_of_charge", given.trade)
            rule = self.rule_of_a_gift
            self.sales.cite(rule)
            stated = Figure(given.quantity, NUMBER, "fact", (), f"{NAME}.quantity", given.about)
            cited = self.sales.law.cite(rule)
            return Figure(ZERO, KZT, "given_away", (stated,), f"{NAME}.given_away", given.about, cited)
        if given.kind is not TradeType.SELL:
            self.sales.cite("realisation")
        return self.price(given)

    def price(self, given: Given) -> Figure:
        """Where the law has no price of its own: the agreed one, else the value of what was got, else the day's."""
        stated = given.worth()
        if stated is not None:
            return stated
        trade = given.trade
        if given.kind is TradeType.SELL:
            path = ("trades", self.names.position(trade), "price")
            raise MissingFact("sale_price_missing", path=path, trade=self.names.of(trade))
        pegged = self._pegged(given)
        if pegged is not None:
            self.notes.say("peg_taken_for_the_price", trade)
            return pegged
        value = self.quotes.value(given.asset, given.quantity, given.day, given.about)
        if value is None:
            return self.quotes.wanted_price(given.asset, given.day)
        self.notes.say("market_price_taken", trade)
        return value

    def _pegged(self, given: Given) -> Figure | None:
        """Units of a fixed-value asset that was got, or given."""
        got = [(given.trade.counter_asset, given.trade.counter_quantity)] if given.kind is TradeType.EXCHANGE else []
        for asset, units in (*got, (given.asset, given.quantity)):
            currency = self.facts.fixed_value_assets.get(asset)
            if currency is not None:
                return Figure(units, currency, "fact", (), f"{NAME}.fixed_value_units", given.about)
        return None

    def cost_of_exchange(self, given: Given) -> Figure:
        """What the assets cost that an exchange brought: the price of what was given."""
        return self.price(given)

    # --- what is deducted ---

    def source(self, row: Disposed) -> Source:
        """Where the sale has its source."""
        source: Source = row.trade.source
        return source

    def whole_price(self, row: Disposed) -> str | None:
        """The entry by which nothing is deducted, whatever the lots."""
        source = self.source(row)
        if source is Source.LOW_TAX and self._low_tax_sale:
            return "low_tax_sale"
        if source is Source.FOREIGN and self._foreign_whole_price and not self._foreign_difference:
            return f"{GAIN}.foreign_whole_price"
        return None

    def difference(self, row: Disposed) -> str:
        """The entry by which the price less the cost is income."""
        if self.source(row) is Source.FOREIGN and self._foreign_difference:
            self.notes.say("three_documents", row.trade)
            return f"{GAIN}.foreign_difference"
        return self.sales.difference

    def deducted(self, row: Disposed, piece: Piece) -> Deducted:
        """What the law lets deduct of a piece of a lot."""
        lot = piece.held.lot
        if lot.source is Source.LOW_TAX and self._low_tax_acquisition:
            return Deducted(ZERO, row.currency, "low_tax_acquisition")
        if lot.origin not in AS_PAID_FOR:
            return self.received(row, piece)
        if piece.cost is not None:
            return Deducted(piece.cost, piece.held.currency)
        self.notes.say("cost_not_documented", row.trade)
        return Deducted(ZERO, row.currency, f"{GAIN}.whole_price")

    def received(self, row: Disposed, piece: Piece) -> Deducted:
        """The same of a lot that was not paid for: nothing."""
        given = piece.held.lot.origin in FREE_OF_CHARGE
        return Deducted(ZERO, row.currency, f"{GAIN}.free_of_charge" if given else f"{GAIN}.whole_price")

    # --- amounts in different currencies ---

    def compare(self, row: Disposed, currency: str) -> None:
        """Price and cost are in two currencies: they are compared in tenge, which no law says how to do."""
        self.notes.say("two_currencies", row.trade)
