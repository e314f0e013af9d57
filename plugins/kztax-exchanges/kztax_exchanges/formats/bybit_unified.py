"""Bybit, unified trading account (`AssetChangeDetails_uta_….csv`): one row a change of one coin, with the balance.

A spot trade is two rows of one second, one a coin. Times are UTC. Rows of derivatives are not trades of this ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from kztax.core.figure import EXACT
from kztax.hooks import LedgerRecord, Severity, TradeType
from kztax_exchanges.cells import EMPTY, Misread, asset, label, maybe, number, utc
from kztax_exchanges.format import Format
from kztax_exchanges.formats import bybit
from kztax_exchanges.lines import Row
from kztax_exchanges.movements import Leg, moved, swapped
from kztax_exchanges.table import Found, Table, Tally, header_at, unprocessed

CURRENT = (
    "Uid",
    "Currency",
    "Contract",
    "Type",
    "Direction",
    "Quantity",
    "Position",
    "Filled Price",
    "Funding",
    "Fee Paid",
    "Cash Flow",
    "Change",
    "Wallet Balance",
    "Action",
    "Time(UTC)",
)
OLDER = tuple(column for column in CURRENT if column not in ("Position", "Funding"))
_KINDS: dict[str, tuple[TradeType | None, TradeType | None]] = {
    "TRANSFER_IN": ("transfer_in", None),
    "TRANSFER_OUT": (None, "transfer_out"),
    "AIRDROP": ("airdrop", None),
}
CONVERSION = "--"
_DERIVATIVES = ("SETTLEMENT", "DELIVERY", "LIQUIDATION", "ADL")


class _Change(NamedTuple):
    leg: Leg
    uid: str
    contract: str
    type: str
    direction: str
    action: str
    fee: Decimal
    change: Decimal
    after: Decimal

    @property
    def told(self) -> tuple[str, Decimal, Decimal]:
        return self.leg.asset, self.change, self.after


def _recognise(head: Sequence[Row]) -> Found | None:
    return header_at(head, CURRENT, OLDER)


def _read(table: Table) -> Iterator[LedgerRecord]:
    places = {column: table.place(column) for column in table.found.columns}
    tally = Tally()
    time = places["Time(UTC)"]
    for _, rows in groupby(table.rows(), key=lambda row: row.cells[time] if isinstance(row, Row) else None):
        second: list[_Change] = []
        texts: set[str] = set()
        for row in rows:
            if not isinstance(row, Row):
                yield row
            elif row.text in texts:
                # The balance makes a row itself: the same text is the same row.
                tally.add("same_row_again", Severity.WARNING, row.line)
            else:
                texts.add(row.text)
                try:
                    second.append(_change(row, places))
                except Misread as misread:
                    yield unprocessed(row, misread)
        for change in second:
            name = bybit.account(change.uid, "Unified")
            yield bybit.balance(change.leg, change.change, change.after, name)
        yield from _second(second, tally)
    yield from tally.notes()


def _change(row: Row, places: dict[str, int]) -> _Change:
    def cell(column: str) -> str:
        return row.cells[places[column]].strip()

    fee = maybe(cell("Fee Paid"), "Fee Paid") or Decimal(0)
    flow = maybe(cell("Cash Flow"), "Cash Flow") or Decimal(0)
    funding = (maybe(cell("Funding"), "Funding") or Decimal(0)) if "Funding" in places else Decimal(0)
    change = number(cell("Change"), "Change")
    if EXACT.add(EXACT.add(flow, fee), funding) != change:
        raise Misread("sums_do_not_hold", given=f"{flow:f} + {fee:f} + {funding:f} ≠ {change:f}")
    return _Change(
        Leg(row, utc(cell("Time(UTC)"), "Time(UTC)"), asset(cell("Currency"), "Currency"), flow),
        cell("Uid"),
        cell("Contract"),
        cell("Type").upper(),
        cell("Direction").upper(),
        cell("Action").upper(),
        fee,
        change,
        number(cell("Wallet Balance"), "Wallet Balance"),
    )


def _second(changes: list[_Change], tally: Tally) -> Iterator[LedgerRecord]:
    together: dict[tuple[str, ...], list[_Change]] = {}
    for change in changes:
        if change.type == "TRADE" and change.action in EMPTY:
            together.setdefault((change.uid, "TRADE", change.contract, change.direction), []).append(change)
        elif change.type == CONVERSION:
            together.setdefault((change.uid, CONVERSION), []).append(change)
        else:
            together.setdefault((change.uid, str(change.leg.row.line)), []).append(change)
    for same in together.values():
        try:
            records = list(_records(same, tally))
        except Misread as misread:
            for change in same:
                yield unprocessed(change.leg.row, misread)
        else:
            yield from records


def _records(same: list[_Change], tally: Tally) -> Iterator[LedgerRecord]:
    first = same[0]
    account = bybit.account(first.uid, "Unified")
    key = bybit.key(account, first.leg.at, [change.told for change in same])
    if first.type == "TRADE" and first.action in EMPTY:
        legs = [leg for change in same for leg in _legs(change)]
        yield from swapped(legs, account, tally, key)
    elif first.type == CONVERSION:
        legs = [leg for change in same for leg in _legs(change)]
        signs = [{leg.asset for leg in legs if leg.quantity * sign > 0} for sign in (1, -1)]
        if any(len(assets) != 1 for assets in signs):
            # Rows without a type: one coin for another is a conversion, anything else nobody documents.
            raise Misread("several_trades" if all(signs) else "unknown_operation", given=CONVERSION)
        yield from swapped(legs, account, tally, key)
    elif first.type in _KINDS:
        if first.change == 0:
            tally.add("nothing_moved", Severity.INFO, first.leg.row.line)
        yield from moved(first.leg._replace(quantity=first.change), account, *_KINDS[first.type], key)
    elif first.type == "TRADE" or first.type in _DERIVATIVES:
        raise Misread("derivative", given=label(f"{first.contract} {first.type} {first.action}"))
    else:
        raise Misread("unknown_operation", given=label(first.type))


def _legs(change: _Change) -> Iterator[Leg]:
    if change.leg.quantity != 0:
        yield change.leg
    if change.fee != 0:
        yield change.leg._replace(quantity=change.fee, fee=True)


FORMAT = Format(name="Bybit, unified account", venue="Bybit Unified", recognise=_recognise, read=_read)
