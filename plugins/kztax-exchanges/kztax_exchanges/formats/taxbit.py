"""TaxBit's interchange columns, as wallets and chain tools write them. No balances.

Times are written with their zone (`2025-03-01T10:00:00Z`); for times without one the caller says it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from kztax.hooks import LedgerCash, LedgerFee, LedgerRecord, LedgerTrade, Severity, TradeType
from kztax_exchanges.cells import Misread, asset, is_money, label, maybe, moment, positive
from kztax_exchanges.format import Format
from kztax_exchanges.lines import Row
from kztax_exchanges.movements import Leg, moved, traded
from kztax_exchanges.table import Found, Table, Tally, header_at

HEADER = (
    "Date and Time",
    "Transaction Type",
    "Sent Quantity",
    "Sent Currency",
    "Sending Source",
    "Received Quantity",
    "Received Currency",
    "Receiving Destination",
    "Fee",
    "Fee Currency",
    "Exchange Transaction ID",
    "Blockchain Transaction Hash",
)
_KINDS: dict[str, tuple[TradeType | None, TradeType | None]] = {
    "transfer in": ("transfer_in", None),
    "transfer out": (None, "transfer_out"),
    "income": ("reward", None),
    "expense": (None, "spend"),
    "gift": ("gift_in", "gift_out"),
    "gifts": ("gift_in", "gift_out"),
}
_TRADES = ("buy", "sale", "trade")


def _recognise(head: Sequence[Row]) -> Found | None:
    return header_at(head, HEADER)


def _read(table: Table) -> Iterator[LedgerRecord]:
    tally = Tally()
    yield from table.each(lambda row: _row(row, table, tally))
    yield from tally.notes()


def _row(row: Row, table: Table, tally: Tally) -> Iterator[LedgerRecord]:
    time, kind, sent, sent_coin, sender, received, received_coin, receiver, fee, fee_coin, trade_id, tx_hash = row.cells
    name = " ".join(kind.replace("-", " ").split()).lower()
    at = moment(time, HEADER[0], table.zone)
    went = _side(sent, sent_coin, "Sent Quantity", "Sent Currency")
    came = _side(received, received_coin, "Received Quantity", "Received Currency")
    paid = fee_of(fee, fee_coin, "Fee", "Fee Currency")
    told = label(trade_id) or label(tx_hash) or None
    sending, receiving = label(sender), label(receiver)
    if name in _TRADES:
        if went is None or came is None:
            raise Misread("other_half")
        account = sending or receiving or "TaxBit"
        yield from traded(row.line, at, went, came, paid, account, id=told)
        if sending and receiving and sending != receiving:
            # Given here and received there: what was received moved on at once.
            for place, quantity in ((account, -came[1]), (receiving, came[1])):
                yield from moved(Leg(row, at, came[0], quantity), place, "transfer_in", "transfer_out")
        return
    if name not in _KINDS:
        raise Misread("unknown_operation", given=label(kind))
    incoming, outgoing = _KINDS[name]
    if (came if incoming else went) is None and (went if outgoing else came) is None:
        raise Misread("missing_cell", column="Received Quantity" if incoming else "Sent Quantity", given=label(kind))
    side, account = (came, receiving) if came is not None and incoming is not None else (went, sending)
    if side is None or (came is not None and went is not None):
        raise Misread("two_sides", given=label(kind))
    if name == "income":
        tally.add("income_as_reward", Severity.WARNING, row.line)
    signed = side[1] if side is came else -side[1]
    yield from with_fee(Leg(row, at, side[0], signed), account or "TaxBit", incoming, outgoing, paid, told)


def _side(quantity: str, coin: str, quantity_column: str, coin_column: str) -> tuple[str, Decimal] | None:
    amount = maybe(quantity, quantity_column)
    if amount is None or amount == 0:
        return None
    return asset(coin, coin_column), positive(quantity, quantity_column)


def fee_of(quantity: str, coin: str, quantity_column: str, coin_column: str) -> LedgerFee | None:
    """A fee with its asset; nothing and zero are no fee."""
    amount = maybe(quantity, quantity_column)
    if amount is None or amount == 0:
        return None
    return LedgerFee(asset=asset(coin, coin_column), quantity=positive(quantity, quantity_column))


def with_fee(
    leg: Leg,
    account: str,
    incoming: TradeType | None,
    outgoing: TradeType | None,
    fee: LedgerFee | None,
    id: str | None,
) -> Iterator[LedgerRecord]:
    """A change that stands for itself, with the fee that was paid for it and the id it has."""
    for record in moved(leg, account, incoming, outgoing):
        if isinstance(record, LedgerTrade):
            yield replace(record, fee=fee, id=id)
        else:
            yield record
            if fee is not None and is_money(fee.asset):
                yield LedgerCash(
                    line=leg.row.line, at=leg.at, currency=fee.asset, quantity=-fee.quantity, account=account
                )
            elif fee is not None:
                yield from moved(Leg(leg.row, leg.at, fee.asset, -fee.quantity), account, None, "fee")


FORMAT = Format(name="TaxBit, interchange", recognise=_recognise, read=_read)
