"""Binance, spot trades: one row a fill. Quantities may bear the coin's name, as in `0.18SOL`. No balances."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import NamedTuple

from kztax.hooks import LedgerFee, LedgerRecord
from kztax_exchanges.cells import EMPTY, Misread, asset, moment, number
from kztax_exchanges.format import Format
from kztax_exchanges.formats.binance import zone_of_export
from kztax_exchanges.lines import Row
from kztax_exchanges.movements import traded
from kztax_exchanges.table import Found, Table, header_at

OLDER = ("Date(UTC)", "Pair", "Side", "Price", "Executed", "Amount", "Fee")
OLDER_WITH_FEE_COIN = (*OLDER, "Fee Coin")
CURRENT = ("Time", "Pair", "Side", "Price", "Executed", "Amount", "Fee")
ACCOUNT = "Binance Spot"
_BARE = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?", re.ASCII)

# Coins and money that Binance's pairs are quoted in; a pair without names in its quantities is split by them.
_QUOTES = """
AEUR ARS AUD BIDR BKRW BNB BRL BTC BUSD BVND COP CZK DAI DOGE DOT ETH EUR EURI FDUSD GBP GYEN IDRT JPY KZT MXN NGN PAX
PLN RON RUB SOL TRX TRY TUSD UAH USDC USDP USDS USDT UST VAI XMR XRP ZAR
"""
QUOTES = tuple(_QUOTES.split())


class _Split(NamedTuple):
    quantity: Decimal
    coin: str


def _recognise(head: Sequence[Row]) -> Found | None:
    return header_at(head, OLDER, OLDER_WITH_FEE_COIN, CURRENT)


def _read(table: Table) -> Iterator[LedgerRecord]:
    zone: tzinfo | None = UTC
    if table.found.columns == CURRENT:
        zone, notes = zone_of_export(table)
        yield from notes
    yield from table.each(lambda row: _row(row, table.found.columns[0], zone))


def _row(row: Row, time_column: str, zone: tzinfo | None) -> Iterable[LedgerRecord]:
    time, pair, side, price, executed, amount, fee, *fee_coin = (cell.strip() for cell in row.cells)
    at = moment(time, time_column, zone)
    number(price, "Price")
    stated_fee_coin = fee_coin[0] if fee_coin else ""
    base, quote = _sides(pair.upper(), executed.upper(), amount.upper(), stated_fee_coin.upper())
    if base.quantity == 0 or quote.quantity == 0:
        raise Misread("not_above_zero", column="Executed, Amount", given=f"{executed}, {amount}")
    paid = _fee(fee.upper(), stated_fee_coin, (base.coin, quote.coin))
    one, other = (base.coin, base.quantity), (quote.coin, quote.quantity)
    if side.upper() == "BUY":
        return traded(row.line, at, other, one, paid, ACCOUNT)
    if side.upper() == "SELL":
        return traded(row.line, at, one, other, paid, ACCOUNT)
    raise Misread("unknown_operation", given=side)


def _sides(pair: str, executed: str, amount: str, fee_coin: str) -> tuple[_Split, _Split]:
    """Base and quote. Where the quantities bear names these make the pair; else the pair is split by its quote."""
    ways = [
        (base, quote)
        for place in range(1, len(pair))
        if (base := _without(executed, pair[:place])) and (quote := _without(amount, pair[place:]))
    ]
    if len(ways) == 1:
        ((base, quote),) = ways
        return (
            _Split(number(base, "Executed"), asset(executed[len(base) :], "Executed")),
            _Split(number(quote, "Amount"), asset(amount[len(quote) :], "Amount")),
        )
    if not ways and _BARE.fullmatch(executed) and _BARE.fullmatch(amount):
        quotes = [quote for quote in QUOTES if pair.endswith(quote) and len(pair) > len(quote)]
        if len(quotes) > 1 and fee_coin:
            quotes = [quote for quote in quotes if fee_coin in (quote, pair.removesuffix(quote))] or quotes
        if len(quotes) == 1:
            return (
                _Split(number(executed, "Executed"), asset(pair.removesuffix(quotes[0]), "Pair")),
                _Split(number(amount, "Amount"), asset(quotes[0], "Pair")),
            )
    raise Misread("unclear_pair", given=f"{pair} {executed} {amount}")


def _without(text: str, coin: str) -> str | None:
    """The number before a coin's name; coins like 1INCH begin with a digit themselves, so the name is taken whole."""
    if not text.endswith(coin):
        return None
    digits = text[: -len(coin)].rstrip()
    return digits if _BARE.fullmatch(digits) else None


def _fee(fee: str, stated_coin: str, coins: tuple[str, str]) -> LedgerFee | None:
    if fee in EMPTY:
        return None
    if _BARE.fullmatch(fee):
        quantity, coin = number(fee, "Fee"), stated_coin
        if quantity and not coin:
            raise Misread("fee_without_asset", given=fee)
    else:
        coin = next((each for each in (*coins, "BNB") if _without(fee, each)), "")
        if not coin:
            raise Misread("unclear_pair", given=fee)
        quantity = number(fee.removesuffix(coin), "Fee")
    return LedgerFee(asset=asset(coin, "Fee Coin"), quantity=quantity) if quantity else None


FORMAT = Format(name="Binance, spot trades", venue="Binance", recognise=_recognise, read=_read)
