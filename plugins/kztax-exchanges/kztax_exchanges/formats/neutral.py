"""The neutral table: the columns of kztax itself, for whatever has no format of its own.

`type`, `at`, `asset` and `quantity` are wanted, the others may be there, in any order. Separated by commas, or by
semicolons, and then with a decimal comma or point. A time without zone is in the zone that the caller says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal, get_args

from kztax.core.figure import EXACT
from kztax.hooks import (
    LedgerBalance,
    LedgerCash,
    LedgerFee,
    LedgerRecord,
    LedgerTrade,
    LedgerUnreadable,
    TradeType,
)
from kztax_exchanges.cells import EMPTY, Misread, asset, day, is_money, label, maybe, moment, number, positive
from kztax_exchanges.format import Format
from kztax_exchanges.lines import Row
from kztax_exchanges.table import Found, Table
from kztax_exchanges.words import said

WANTED = ("type", "at", "asset", "quantity")
OPTIONAL = (
    "counter_asset",
    "counter_quantity",
    "price",
    "total",
    "counter_price",
    "currency",
    "fee_asset",
    "fee_quantity",
    "account",
    "id",
    "source",
    "appraised_value",
    "appraised_on",
    "balance",
    "note",
)
TYPES: tuple[TradeType, ...] = get_args(TradeType)
Source = Literal["kazakhstan", "foreign", "low_tax"]
SOURCES: tuple[Source, ...] = get_args(Source)
_IN = ("buy", "mined", "reward", "staking", "airdrop", "gift_in", "inheritance", "transfer_in")


def _recognise(head: Sequence[Row]) -> Found | None:
    for row in head[:1]:
        for separator in ",;":
            cells = row.cells if separator == "," else [cell.strip().strip('"') for cell in row.text.split(separator)]
            names = tuple(cell.strip().lower() for cell in cells)
            if set(WANTED) <= set(names):
                return Found(row.line, names, separator)
    return None


def _read(table: Table) -> Iterator[LedgerRecord]:
    columns = table.found.columns
    unknown = [column for column in columns if column not in (*WANTED, *OPTIONAL)]
    if unknown:
        known = ", ".join((*WANTED, *OPTIONAL))
        raise LedgerUnreadable(said("unknown_column", column=unknown[0], known=known), table.found.line)
    if len(set(columns)) < len(columns):
        again = next(column for column in columns if columns.count(column) > 1)
        raise LedgerUnreadable(said("column_twice", column=again), table.found.line)
    yield from table.each(lambda row: _row(row, table))


def _row(row: Row, table: Table) -> Iterator[LedgerRecord]:
    cells = dict(zip(table.found.columns, (cell.strip() for cell in row.cells), strict=True))
    comma = None if table.found.separator == "," else True

    def text(column: str) -> str:
        given = cells.get(column, "")
        return "" if given in EMPTY else given

    def amount(column: str) -> Decimal | None:
        value = maybe(cells.get(column, ""), column, comma=comma)
        if value is not None and value < 0:
            raise Misread("not_above_zero", column=column, given=cells[column])
        return value

    at = moment(cells["at"], "at", table.zone)
    coin = asset(cells["asset"], "asset")
    quantity = positive(cells["quantity"], "quantity", comma=comma)
    account = label(text("account"))
    kind = _type(cells["type"])
    counter = text("counter_asset")
    fee = None
    if amount("fee_quantity"):
        fee = LedgerFee(
            asset=asset(cells.get("fee_asset", ""), "fee_asset"),
            quantity=positive(cells["fee_quantity"], "fee_quantity", comma=comma),
        )
    if is_money(coin) and kind in ("transfer_in", "transfer_out", "fee") and fee is None and not counter:
        change = quantity if kind == "transfer_in" else -quantity
        yield LedgerCash(line=row.line, at=at, currency=coin, quantity=change, account=account or None)
    else:
        if is_money(coin):
            raise Misread("money_as_asset", given=coin)
        priced = any(amount(column) is not None for column in ("price", "total", "counter_price"))
        if kind == "exchange" and not (counter and amount("counter_quantity")):
            raise Misread("missing_cell", column="counter_asset, counter_quantity", given=kind)
        if amount("price") is not None and amount("total") is not None:
            raise Misread("price_and_total")
        trade = LedgerTrade(
            line=row.line,
            type=kind,
            at=at,
            asset=coin,
            quantity=quantity,
            counter_asset=asset(counter, "counter_asset") if counter else None,
            counter_quantity=positive(cells.get("counter_quantity", ""), "counter_quantity", comma=comma)
            if counter
            else None,
            price=amount("price"),
            total=amount("total"),
            counter_price=amount("counter_price"),
            currency=_currency(text("currency")) if text("currency") or priced else None,
            fee=fee,
            account=account or None,
            id=label(text("id")) or None,
            source=_source(text("source")),
            appraised_value=amount("appraised_value"),
            appraised_on=day(text("appraised_on"), "appraised_on") if text("appraised_on") else None,
        )
        yield trade
        change = quantity if kind in _IN else -quantity
        if fee is not None and fee.asset == coin:
            change = EXACT.subtract(change, fee.quantity)
    if text("balance"):
        after = number(cells["balance"], "balance", comma=comma)
        yield LedgerBalance(line=row.line, at=at, account=account or None, asset=coin, change=change, after=after)


def _type(cell: str) -> TradeType:
    for kind in TYPES:
        if cell.lower() == kind:
            return kind
    raise Misread("unknown_operation", given=label(cell))


def _currency(cell: str) -> str:
    name = cell.upper() or "KZT"
    if not is_money(name):
        raise Misread("not_money", given=label(cell))
    return name


def _source(cell: str) -> Source | None:
    for source in SOURCES:
        if cell.lower() == source:
            return source
    if cell:
        raise Misread("unknown_operation", given=label(cell))
    return None


FORMAT = Format(name="kztax, neutral table", recognise=_recognise, read=_read)
