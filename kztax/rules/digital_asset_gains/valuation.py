"""What a disposal brings and what its lots cost, by the law of its day.

The plain case, a sale for money of lots bought for money of the same currency, is worked out at once. All others go
through `Valuation.dispose`: parts of a disposal that the law treats differently are parted, each lot's cost is asked
of the law by where the lot came from, and amounts in different currencies are brought to tenge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from kztax.core.clock import Clock
from kztax.core.errors import MissingExchangeRate, MissingFact, MissingPrice, UnknownLaw
from kztax.core.facts import RateKind, Source
from kztax.core.figure import EXACT, ZERO, Figure
from kztax.core.period import ONE_DAY
from kztax.core.units import KZT, NUMBER
from kztax.core.working import Working
from kztax.rules.digital_asset_gains.facts import DigitalAssetGainsFacts, Lot
from kztax.rules.digital_asset_gains.kinds import Holder, LotOrigin, TradeType, Treatment
from kztax.rules.digital_asset_gains.matching import Held, Piece, Position, Settled, Taken, pieces_of, share
from kztax.rules.digital_asset_gains.sales import GAIN, NAME, LawOfSales, Sales

RETURN_DUE = "personal_income_tax.return_due"
AS_PAID_FOR = (LotOrigin.PURCHASE, LotOrigin.EXCHANGE)
FROM_CONTRACTS = (LotOrigin.STAKING, LotOrigin.AIRDROP)


# Members of enumerations are looked up once, not a million times.
_SELL, _KAZAKHSTAN = TradeType.SELL, Source.KAZAKHSTAN


class Disposed(NamedTuple):
    """A disposal, or the part of one that the law treats alike, as it is kept.

    `rule` is the entry by which the difference, or the whole price, is income. `worth` is what the whole trade brings
    and `deducted` what the law lets deduct of each piece: None in the plain case, where the price is the trade's and
    the cost each piece's own. `rates` are the exchange rates that were used.
    """

    trade: Any
    kind: TradeType
    asset: str
    quantity: Decimal
    pieces: list[Piece]
    treatment: Treatment
    currency: str
    proceeds: Decimal | None
    cost: Decimal | None
    gain: Decimal
    rule: str
    sales: LawOfSales
    worth: Worth | None = None
    deducted: tuple[Deducted, ...] | None = None
    rates: Mapping[str, Figure] | None = None

    @classmethod
    def of(cls, kept: Any) -> Disposed:
        """The row that was kept: a plain one is its trade, the law, and what was taken."""
        if isinstance(kept, cls):
            return kept
        trade, sales, *taken = kept
        named = pieces_of(taken)
        paid = ZERO
        for piece in named:
            paid = EXACT.add(paid, piece.cost or ZERO)
        proceeds = EXACT.multiply(trade.price, trade.quantity)
        gain = EXACT.subtract(proceeds, paid) if proceeds > paid else ZERO
        sold, asset, rule = TradeType.SELL, trade.asset, sales.difference
        return cls(trade, sold, asset, trade.quantity, named, Treatment.GAIN, KZT, proceeds, paid, gain, rule, sales)

    @property
    def lost(self) -> bool:
        """Whether the cost was more than the price."""
        return self.treatment is Treatment.GAIN and (self.cost or ZERO) > (self.proceeds or ZERO)

    def counted(self, holder: Holder) -> Decimal:
        """What it adds to the year: an individual's gain; a company's difference, losses too."""
        if holder is Holder.INDIVIDUAL or self.treatment is not Treatment.GAIN:
            return self.gain
        return EXACT.subtract(self.proceeds or ZERO, self.cost or ZERO)


class Worth(NamedTuple):
    """What a whole trade brings: a quantity, and its price as a figure in a currency."""

    quantity: Decimal
    figure: Figure

    @property
    def currency(self) -> str:
        """The currency of the price."""
        return self.figure.unit


class Deducted(NamedTuple):
    """What the law lets deduct of a piece. `rule` is the entry by which that is nothing or another value than was paid,
    `figure` that value."""

    cost: Decimal
    currency: str
    rule: str | None = None
    figure: Figure | None = None


class Valuation:
    """Values the disposals of a year, and the lots that exchanges bring. `rows` are the disposals."""

    def __init__(self, facts: DigitalAssetGainsFacts, working: Working, clock: Clock, sales: Sales) -> None:
        self.facts = facts
        self.working = working
        self.clock = clock
        self.sales = sales
        self.names = Names(facts)
        self.rows: list[Any] = []
        self.losses = 0
        self.said: Counter[str] = Counter()
        self.first_said: dict[str, str] = {}
        self._rates: dict[tuple[str, date | int], Figure] = {}
        self._working_day_before: dict[date, date] = {}
        self._prices: dict[tuple[str, date], Figure | None] = {}
        self._missing: dict[tuple[str, date | int], MissingPrice | MissingExchangeRate] = {}
        self._individual = facts.holder is Holder.INDIVIDUAL
        self._found: dict[int, tuple[Held, Figure]] = {}
        self._issued = frozenset(facts.kazakh_issued_assets)
        reading = working.book.reading(f"{NAME}.issuer_2023_2024")
        self._issuer_open = facts.holder is Holder.INDIVIDUAL and reading.first <= facts.tax_period.first_day <= (
            reading.last or date.max
        )

    # --- disposals ---

    def value(
        self,
        trade: Any,
        kind: TradeType,
        position: Position,
        quantity: Decimal,
        taken: Taken,
        paid: Decimal | None,
        sales: LawOfSales,
    ) -> None:
        """A disposal of the year. `paid` is the cost where all its lots were bought for tenge."""
        if not sales.read:
            sales.known()
        price = trade.price
        if (
            paid is None
            or price is None
            or kind is not _SELL
            or not position.plain
            or trade.source is not _KAZAKHSTAN
            or trade.currency != KZT
        ):
            self._part(trade, kind, position, quantity, pieces_of(taken), sales)
            return
        gain = price * quantity - paid
        if gain < ZERO:
            self.losses += 1
            if self._individual:
                gain = ZERO
        position.gain += gain
        position.disposals += 1
        self.rows.append((trade, sales, *taken))

    def _part(
        self,
        trade: Any,
        kind: TradeType,
        position: Position,
        quantity: Decimal,
        pieces: list[Piece],
        sales: LawOfSales,
    ) -> None:
        """Any disposal: one row for each way in which the law treats a part of it."""
        parts: dict[Treatment, list[Piece]] = {}
        for piece in pieces:
            parts.setdefault(self._treatment(trade, kind, position.asset, piece.held, sales), []).append(piece)
        worth: Worth | None = None
        for treatment, alike in parts.items():
            part = sum((piece.quantity for piece in alike), ZERO)
            row = Disposed(
                trade, kind, position.asset, part, alike, treatment, KZT, None, None, ZERO, sales.difference, sales
            )
            if treatment is Treatment.GAIN or not self._individual:
                if worth is None:
                    worth = self._worth(trade, kind, position.asset, quantity, sales)
                proceeds = share(worth.figure.value, part, quantity)
                row = self._valued(row._replace(proceeds=proceeds, currency=worth.currency, worth=worth))
            else:
                row = self._untaxed(row)
            self.losses += row.lost
            position.gain += row.counted(self.facts.holder)
            position.disposals += 1
            self.rows.append(row)

    def _treatment(self, trade: Any, kind: TradeType, asset: str, held: Held, sales: LawOfSales) -> Treatment:
        origin = held.lot.origin
        if origin is LotOrigin.MINING and sales.excludes_mined:
            return Treatment.ALREADY_TAXED_AS_MINING
        if asset in self.facts.fixed_value_assets:
            for_another = kind is TradeType.EXCHANGE or (kind is TradeType.SPEND and trade.for_property_abroad)
            if sales.no_sale_in_exchange and for_another:
                return Treatment.NOT_A_SALE
            if sales.no_sale_of_got and origin is LotOrigin.EXCHANGE:
                return Treatment.NOT_A_SALE
        return Treatment.GAIN

    def _untaxed(self, row: Disposed) -> Disposed:
        """No sale, or mined: what was stated is shown, nothing is asked for."""
        sales = row.sales
        if row.treatment is Treatment.ALREADY_TAXED_AS_MINING:
            rule = sales.mined
            self.say("mined_not_taxed_again", row.trade)
        else:
            got = row.kind is not TradeType.EXCHANGE and not row.trade.for_property_abroad
            rule = "fixed_value.got_in_exchange" if got else "fixed_value.given_in_exchange"
        sales.cite(rule)
        currencies = {piece.held.currency for piece in row.pieces}
        cost = None
        if len(currencies) == 1 and all(piece.cost is not None for piece in row.pieces):
            cost = sum((piece.cost or ZERO for piece in row.pieces), ZERO)
        return row._replace(rule=rule, cost=cost, currency=currencies.pop() if len(currencies) == 1 else KZT)

    def _valued(self, row: Disposed) -> Disposed:
        """Proceeds less what the law lets deduct of each lot, never below zero, in tenge."""
        sales = row.sales
        if row.treatment is Treatment.ALREADY_TAXED_AS_MINING:
            sales.cite(sales.mined)
            self.say("mined_not_taxed_again", row.trade)
            nothing = Deducted(ZERO, row.currency, sales.mined)
            return row._replace(cost=ZERO, deducted=(nothing,) * len(row.pieces), rule=sales.mined)
        rule = self._whole_price(row) or self._difference(row)
        if rule in (f"{GAIN}.foreign_whole_price", "low_tax_sale"):
            deducted = [Deducted(ZERO, row.currency, rule) for _ in row.pieces]
        else:
            deducted = [self._deducted(row, piece) for piece in row.pieces]
            reasons = {each.rule for each in deducted}
            if len(reasons) == 1 and deducted[0].rule is not None and not any(each.cost for each in deducted):
                rule = deducted[0].rule
            sales.cite(*(reason for reason in reasons if reason is not None))
        sales.cite(rule)
        return self._in_one_currency(row._replace(rule=rule), deducted)

    def _in_one_currency(self, row: Disposed, deducted: list[Deducted]) -> Disposed:
        proceeds, currency = row.proceeds or ZERO, row.currency
        rates: dict[str, Figure] = {}
        if other := [each.currency for each in deducted if each.currency != currency and each.cost]:
            if not self._individual:
                raise self._company_currency(row.trade, other[0])
            self.say("two_currencies", row.trade)
            if currency != KZT:
                rates["proceeds"] = rate = self.rate(currency, row.trade.instant, row.sales)
                proceeds, currency = EXACT.multiply(proceeds, rate.value), KZT
            for place, (piece, each) in enumerate(zip(row.pieces, deducted, strict=True)):
                if each.currency != KZT and each.cost:
                    rates[f"lot {place}"] = self._rate_of_cost(row, piece, each.currency)
        converted = row._replace(deducted=tuple(deducted), rates=rates)
        cost = sum((cost_of(converted, place) for place in range(len(deducted))), ZERO)
        gain = proceeds - cost if proceeds > cost else ZERO
        if currency != KZT and gain:
            rates["gain"] = rate = self.rate(currency, row.trade.instant, row.sales)
            gain = EXACT.multiply(gain, rate.value)
        return converted._replace(currency=currency, proceeds=proceeds, cost=cost, gain=gain)

    # --- what is deducted ---

    def _whole_price(self, row: Disposed) -> str | None:
        """The entry by which nothing is deducted, whatever the lots."""
        source, sales = self._source(row), row.sales
        if source is Source.LOW_TAX and sales.low_tax_sale:
            return "low_tax_sale"
        if source is Source.FOREIGN and sales.foreign_whole_price and not sales.foreign_difference:
            return f"{GAIN}.foreign_whole_price"
        return None

    def _difference(self, row: Disposed) -> str:
        if self._source(row) is Source.FOREIGN and row.sales.foreign_whole_price and row.sales.foreign_difference:
            self.say("three_documents", row.trade)
            return f"{GAIN}.foreign_difference"
        return row.sales.difference

    def _source(self, row: Disposed) -> Source:
        """Where the sale has its source; by one reading of 2023 and 2024, abroad for assets without a Kazakh issuer."""
        source: Source = row.trade.source
        if not self._issuer_open or source is not Source.KAZAKHSTAN or row.asset in self._issued:
            return source
        chosen = self.working.reading("issuer_2023_2024", self.facts.tax_period.last_day)
        return Source.FOREIGN if chosen == "kazakh_issuer" else source

    def _deducted(self, row: Disposed, piece: Piece) -> Deducted:
        held, sales = piece.held, row.sales
        lot, origin = held.lot, held.lot.origin
        if lot.source is Source.LOW_TAX and sales.low_tax_acquisition:
            return Deducted(ZERO, row.currency, "low_tax_acquisition")
        if origin in AS_PAID_FOR:
            if piece.cost is not None:
                return Deducted(piece.cost, held.currency)
            self.say("cost_not_documented", row.trade)
            return Deducted(ZERO, row.currency, f"{GAIN}.whole_price" if sales.holder is Holder.INDIVIDUAL else None)
        if lot.taxed_as_income and sales.taxed_as_income and piece.cost is not None:
            return Deducted(piece.cost, held.currency, "taxed_as_income" if sales.holder is Holder.INDIVIDUAL else None)
        if sales.holder is Holder.COMPANY:
            self.say("company_without_cost", row.trade)
            return Deducted(ZERO, row.currency)
        if origin is LotOrigin.INHERITANCE and sales.appraised:
            return self._appraised(row, piece)
        if origin is LotOrigin.EXCHANGE_REWARD and sales.reward_value:
            return self._reward(row, piece)
        if origin in FROM_CONTRACTS and sales.contract_nothing:
            return Deducted(ZERO, row.currency, f"{GAIN}.blockchain_contract")
        given = origin in (LotOrigin.GIFT, LotOrigin.INHERITANCE)
        return Deducted(ZERO, row.currency, f"{GAIN}.free_of_charge" if given else f"{GAIN}.whole_price")

    def _appraised(self, row: Disposed, piece: Piece) -> Deducted:
        """Market value, if the appraisal was made no later than the declaration of the year is due."""
        lot, sales = piece.held.lot, row.sales
        nothing = Deducted(ZERO, row.currency, f"{GAIN}.free_of_charge")
        if lot.appraised_value is None:
            self.say("inheritance_not_appraised", row.trade)
            return nothing
        period = self.facts.tax_period
        filing = self.working.law_of_filing(period.last_day + ONE_DAY)
        due = self.working.due(filing, RETURN_DUE, period)
        if lot.appraised_on is None:
            self.say("appraisal_taken_as_in_time", row.trade)
        elif due is not None and lot.appraised_on > due.value:
            self.working.note(f"{NAME}.appraised_too_late", disposal=self.names.of(row.trade), due=due.value)
            return nothing
        about = self.about(lot, row.asset, self.acquired(lot))
        cited = sales.law.cite(f"{GAIN}.appraised_inheritance")
        whole = Figure(lot.appraised_value, lot.currency, "fact", (), f"{NAME}.appraised_value", about)
        figure = part_figure(whole, piece.quantity, lot.quantity, about).named(f"{NAME}.lot_cost", about, cited)
        return Deducted(figure.value, lot.currency, f"{GAIN}.appraised_inheritance", figure)

    def _reward(self, row: Disposed, piece: Piece) -> Deducted:
        """The value on the day of receipt: stated, else by the price of the day before."""
        if piece.cost is not None:
            return Deducted(piece.cost, piece.held.currency, f"{GAIN}.exchange_reward")
        day = self.acquired(piece.held.lot)
        about = self.about(piece.held.lot, row.asset, day)
        figure = self._value_of_the_day_before(row.asset, piece.quantity, day, about)
        if figure is None:
            figure = self._wanted_price(row.asset, day - ONE_DAY)
        figure = figure.named(f"{NAME}.reward_value", about, row.sales.law.cite(f"{GAIN}.exchange_reward"))
        return Deducted(figure.value, KZT, f"{GAIN}.exchange_reward", figure)

    # --- what a disposal brings ---

    def _worth(self, trade: Any, kind: TradeType, asset: str, quantity: Decimal, sales: LawOfSales) -> Worth:
        about = self.about(trade, asset, self.clock.day(trade.instant))
        if kind is TradeType.GIFT_OUT:
            self.say("given_free_of_charge", trade)
            rule = "gift_out" if sales.prices_exchanges else "realisation"
            sales.cite(rule)
            stated = Figure(quantity, NUMBER, "fact", (), f"{NAME}.quantity", about)
            given = Figure(ZERO, KZT, "given_away", (stated,), f"{NAME}.given_away", about, sales.law.cite(rule))
            return Worth(quantity, given)
        if kind is not TradeType.SELL:
            sales.cite("realisation")
        if sales.prices_exchanges:
            return Worth(quantity, self._by_article_332_1(trade, kind, asset, quantity, sales, about))
        return Worth(quantity, self._allowed(trade, self._agreed(trade, kind, asset, quantity, about)))

    def _by_article_332_1(
        self, trade: Any, kind: TradeType, asset: str, quantity: Decimal, sales: LawOfSales, about: str
    ) -> Figure:
        """2025: units of a fixed-value asset, else the average price of the day before; for money, the deal's sum."""
        day = self.clock.day(trade.instant)
        stated = stated_worth(trade, kind, asset, quantity, about)
        if kind is TradeType.EXCHANGE and trade.counter_asset in self.facts.fixed_value_assets:
            return self._units(trade.counter_asset, trade.counter_quantity, day, sales, about)
        priced_by_law = kind is TradeType.EXCHANGE or (
            kind is TradeType.SPEND and trade.source is not Source.KAZAKHSTAN
        )
        if stated is not None and not priced_by_law:
            return stated
        if asset in self.facts.fixed_value_assets:
            return self._units(asset, quantity, day, sales, about)
        sales.cite("exchange" if priced_by_law else f"{GAIN}.price_of_the_day_before")
        return self._average_or_stated(trade, asset, quantity, day, stated, about)

    def _average_or_stated(
        self, trade: Any, asset: str, quantity: Decimal, day: date, stated: Figure | None, about: str
    ) -> Figure:
        found = self._value_of_the_day_before(asset, quantity, day, about)
        if found is not None:
            return found
        if stated is None:
            return self._wanted_price(asset, day - ONE_DAY)
        self.say("deal_price_for_the_average", trade)
        return stated

    def _agreed(self, trade: Any, kind: TradeType, asset: str, quantity: Decimal, about: str) -> Figure:
        """Where the law has no price of its own: the agreed one, else the value of what was got, else the day's."""
        stated = stated_worth(trade, kind, asset, quantity, about)
        if stated is not None:
            return stated
        if kind is TradeType.SELL:
            path = ("trades", self.names.position(trade), "price")
            raise MissingFact("sale_price_missing", path=path, trade=self.names.of(trade))
        exchanged = kind is TradeType.EXCHANGE
        for pegged, units in ((trade.counter_asset, trade.counter_quantity),) * exchanged + ((asset, quantity),):
            if pegged in self.facts.fixed_value_assets:
                self.say("peg_taken_for_the_price", trade)
                currency = self.facts.fixed_value_assets[pegged]
                return Figure(units, currency, "fact", (), f"{NAME}.fixed_value_units", about)
        day = self.clock.day(trade.instant)
        price = self._price(asset, day)
        if price is None:
            return self._wanted_price(asset, day)
        self.say("market_price_taken", trade)
        return self._times(price, quantity, about)

    def _allowed(self, trade: Any, worth: Figure) -> Figure:
        if not self._individual and worth.unit != KZT:
            raise self._company_currency(trade, worth.unit)
        return worth

    def _company_currency(self, trade: Any, currency: str) -> UnknownLaw:
        path = ("trades", self.names.position(trade))
        return UnknownLaw("company_currency", path=path, trade=self.names.of(trade), currency=currency)

    # --- what an exchange brings in ---

    def settle(self, held: Held) -> None:
        """The cost of a lot got in an exchange, by the law of that day."""
        trade: Any = held.lot
        day = self.clock.day(trade.instant)
        sales, _ = self.sales.on(trade.instant)
        about = self.about(trade, trade.counter_asset, day)
        held.settled = Settled.YES
        if sales.prices_exchanges:
            figure = self._cost_by_article_332_1(trade, day, sales, about)
        else:
            found = self._agreed(trade, TradeType.EXCHANGE, trade.asset, trade.quantity, about)
            figure = self._allowed(trade, found)
        held.currency = figure.unit
        self._found[id(held)] = held, figure
        held.cost = share(figure.value, held.quantity, trade.counter_quantity)

    def _cost_by_article_332_1(self, trade: Any, day: date, sales: LawOfSales, about: str) -> Figure:
        for asset, quantity in ((trade.asset, trade.quantity), (trade.counter_asset, trade.counter_quantity)):
            if asset in self.facts.fixed_value_assets:
                return self._units(asset, quantity, day, sales, about)
        stated = stated_worth(trade, TradeType.EXCHANGE, trade.asset, trade.quantity, about)
        sales.cite("exchange")
        return self._average_or_stated(trade, trade.counter_asset, trade.counter_quantity, day, stated, about)

    # --- prices and rates ---

    def rate(self, currency: str, instant: datetime, sales: LawOfSales) -> Figure:
        """The rate that the law of the sale names: the market's before the day, or the mean of the year."""
        rate_law = f"{GAIN}.exchange_rate"
        sales.cite(rate_law)
        day = self.clock.day(instant)
        if sales.law.text(rate_law) == RateKind.YEARLY_MEAN:
            return self._mean(currency, day.year)
        return self._market(currency, day)

    def _rate_of_cost(self, row: Disposed, piece: Piece, currency: str) -> Figure:
        if row.sales.law.text(f"{GAIN}.exchange_rate") == RateKind.YEARLY_MEAN:
            return self._mean(currency, self.clock.day(row.trade.instant).year)
        return self._market(currency, self.acquired(piece.held.lot))

    def _mean(self, currency: str, year: int) -> Figure:
        found = self._rates.get((currency, year))
        if found is None:
            found = self._rates[currency, year] = self._rate_or_wanted(currency, RateKind.YEARLY_MEAN, year)
        return found

    def _market(self, currency: str, day: date) -> Figure:
        before = self._working_day_before.get(day)
        if before is None:
            before = self._working_day_before[day] = self.working.last_working_day_before(day)
        found = self._rates.get((currency, before))
        if found is None:
            found = self._rates[currency, before] = self._rate_or_wanted(currency, RateKind.MARKET, before)
        return found

    def _units(self, asset: str, quantity: Decimal, day: date, sales: LawOfSales, about: str) -> Figure:
        """One unit of a fixed-value asset is one of its currency, at the market rate before the day."""
        currency = self.facts.fixed_value_assets[asset]
        sales.cite("fixed_value.units")
        units = Figure(quantity, currency, "fact", (), f"{NAME}.fixed_value_units", about)
        worth = units * self._market(currency, day)
        return worth.named(f"{NAME}.fixed_value_worth", about, sales.law.cite("fixed_value.units"))

    def _value_of_the_day_before(self, asset: str, quantity: Decimal, day: date, about: str) -> Figure | None:
        price = self._price(asset, day - ONE_DAY)
        if price is None:
            return None
        value = self._times(price, quantity, about)
        if price.unit == KZT:
            return value
        return (value * self._market(price.unit, day)).named(f"{NAME}.value_in_tenge", about)

    def _times(self, price: Figure, quantity: Decimal, about: str) -> Figure:
        stated = Figure(quantity, NUMBER, "fact", (), f"{NAME}.quantity", about)
        return (price * stated).named(f"{NAME}.value", about)

    def _price(self, asset: str, day: date) -> Figure | None:
        key = (asset, day)
        if key not in self._prices:
            try:
                self._prices[key] = self.working.asset_price(asset, day)
            except MissingPrice:
                self._prices[key] = None
        return self._prices[key]

    # --- what is missing ---

    def _rate_or_wanted(self, currency: str, kind: RateKind, when: date | int) -> Figure:
        """The rate; where there is none, one that stands in for it until all that is missing has been found."""
        on, year = (when, None) if isinstance(when, date) else (None, when)
        try:
            return self.working.exchange_rate(currency, kind, on=on, year=year)
        except MissingExchangeRate as error:
            self._missing[currency, when] = error
            return Figure(Decimal(1), f"{KZT}/{currency}", "fact", ())

    def _wanted_price(self, asset: str, on: date) -> Figure:
        """A value that stands in for one that nobody stated."""
        error = MissingPrice("missing_price", path=("asset_prices",), asset=asset, on=on.isoformat())
        self._missing[asset, on] = error
        return Figure(Decimal(1), KZT, "fact", ())

    def refuse_if_missing(self) -> None:
        """Raise every price and rate that was wanted and not there, the first with the others."""
        errors = list(self._missing.values())
        if errors:
            errors[0].others = tuple(errors[1:])
            raise errors[0]

    # --- notes ---

    def is_plain(self, asset: str) -> bool:
        """Whether no rule of its own is for sales of the asset."""
        return not self._issuer_open and asset not in self.facts.fixed_value_assets

    def found(self, held: Held) -> Figure | None:
        """How the cost of a lot was found that was got in an exchange."""
        return self._found[id(held)][1] if id(held) in self._found else None

    def about(self, stated: Any, asset: str, day: date) -> str:
        """What tells the figures of one trade or lot from those of another."""
        return f"{self.names.of(stated)} {asset} {day.isoformat()}"

    def acquired(self, lot: Any) -> date:
        """The day on which a lot was acquired."""
        return lot.acquired if isinstance(lot, Lot) else self.clock.day(lot.instant)

    def say(self, note: str, trade: Any) -> None:
        """A note that is said once, with the first trade it is about and how many."""
        self.said[note] += 1
        if note not in self.first_said:
            self.first_said[note] = self.names.of(trade)


class Names:
    """What trades and lots are called: by their ids, else by their places in the facts."""

    def __init__(self, facts: DigitalAssetGainsFacts) -> None:
        self._facts = facts
        self._places: dict[int, str] | None = None

    def of(self, stated: Any) -> str:
        """The name of a trade or a lot."""
        name: str | None = stated.id
        if name is not None:
            return name
        if self._places is None:
            self._places = {id(lot): f"opening-{number}" for number, lot in enumerate(self._facts.opening_lots, 1)}
            self._places |= {id(trade): f"trade-{number}" for number, trade in enumerate(self._facts.kept, 1)}
        return self._places[id(stated)]

    def position(self, trade: Any) -> int:
        """The place of a trade in the facts."""
        return next(place for place, kept in enumerate(self._facts.kept) if kept is trade)


def stated_worth(trade: Any, kind: TradeType, asset: str, quantity: Decimal, about: str) -> Figure | None:
    """What the trade itself says that so much of the asset was worth."""
    price, name, units = trade.price, "price", quantity
    if kind is TradeType.FEE and trade.type is not TradeType.FEE and asset != trade.asset:
        price, name = trade.counter_price if asset == trade.counter_asset else None, "counter_price"
    elif price is None and trade.total is not None:
        total = Figure(trade.total, trade.currency, "fact", (), f"{NAME}.total", about)
        return part_figure(total, quantity, trade.quantity, about)
    elif price is None and kind is TradeType.EXCHANGE:
        price, name, units = trade.counter_price, "counter_price", trade.counter_quantity
    if price is None:
        return None
    stated = Figure(units, NUMBER, "fact", (), f"{NAME}.{'quantity' if name == 'price' else 'counter_quantity'}", about)
    return Figure(price, trade.currency, "fact", (), f"{NAME}.{name}", about) * stated


def part_figure(whole: Figure, part: Decimal, quantity: Decimal, about: str) -> Figure:
    """So much of an amount as one quantity is of another, as a step."""
    if part == quantity:
        return whole
    taken = Figure(part, NUMBER, "fact", (), f"{NAME}.part_quantity", about)
    of = Figure(quantity, NUMBER, "fact", (), f"{NAME}.whole_quantity", about)
    return Figure(share(whole.value, part, quantity), whole.unit, "share", (whole, taken, of))


def cost_of(row: Disposed, place: int) -> Decimal:
    """What the law lets deduct for a piece, in the disposal's currency."""
    if row.deducted is None:
        return row.pieces[place].cost or ZERO
    cost = row.deducted[place].cost
    rate = (row.rates or {}).get(f"lot {place}")
    return cost if rate is None else EXACT.multiply(cost, rate.value)


def asset_of(lot: Any) -> str:
    """What a lot is of: of an exchange, what it brought."""
    got: str | None = None if isinstance(lot, Lot) else lot.counter_asset
    return got or lot.asset
