"""Bybit, funding account (`AssetChangeDetails_fund_….csv`): one row a change of one coin, with the balance. UTC."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from kztax.hooks import LedgerRecord, Severity, TradeType
from kztax_exchanges.cells import Misread, asset, is_money, label, number, utc
from kztax_exchanges.format import Format
from kztax_exchanges.formats import bybit
from kztax_exchanges.lines import Row
from kztax_exchanges.movements import Leg, moved, swapped
from kztax_exchanges.table import Found, Table, Tally, header_at, unprocessed

HEADER = ("Uid", "Date & Time(UTC)", "Coin", "QTY", "Type", "Account Balance", "Description")
ONE_SECOND = timedelta(seconds=1)
Kinds = tuple[TradeType | None, TradeType | None]
_TRANSFER: Kinds = ("transfer_in", "transfer_out")
_KINDS: dict[str, Kinds] = {
    "deposit": ("transfer_in", None),
    "withdraw": (None, "transfer_out"),
    "withdrawal": (None, "transfer_out"),
    "transfer in": ("transfer_in", None),
    "transfer out": (None, "transfer_out"),
    "airdrop": ("airdrop", None),
    "rewards": ("reward", None),
}
_EARN: tuple[tuple[str, Kinds], ...] = (
    ("interest distribution", ("reward", None)),
    ("rewards distribution", ("reward", None)),
    ("subscription", _TRANSFER),
    ("redemption", _TRANSFER),
    ("auto-earn", _TRANSFER),
)


class _Change(NamedTuple):
    leg: Leg
    account: str
    key: str
    after: Decimal


def _recognise(head: Sequence[Row]) -> Found | None:
    return header_at(head, HEADER)


class _Reader:
    def __init__(self, table: Table) -> None:
        self.table = table
        self.tally = Tally()
        self.conversion: list[_Change] = []
        self.seen: tuple[str, set[str]] = ("", set())

    def records(self) -> Iterator[LedgerRecord]:
        for row in self.table.rows():
            if not isinstance(row, Row):
                yield row
            elif self._again(row):
                self.tally.add("same_row_again", Severity.WARNING, row.line)
            else:
                try:
                    yield from self._row(row)
                except Misread as misread:
                    yield unprocessed(row, misread)
        yield from self._converted()
        yield from self.tally.notes()

    def _again(self, row: Row) -> bool:
        """The balance makes a row itself: the same text in the same second is the same row."""
        time, texts = self.seen
        if row.cells[1] != time:
            texts = set()
            self.seen = (row.cells[1], texts)
        if row.text in texts:
            return True
        texts.add(row.text)
        return False

    def _row(self, row: Row) -> Iterator[LedgerRecord]:
        uid, time, coin, quantity, kind, after, description = (cell.strip() for cell in row.cells)
        leg = Leg(row, utc(time, HEADER[1]), asset(coin, "Coin"), number(quantity, "QTY"))
        account = bybit.account(uid, "Funding")
        held = number(after, "Account Balance")
        key = bybit.key(account, leg.at, [(leg.asset, leg.quantity, held)])
        yield bybit.balance(leg, leg.quantity, held, account)
        if self.conversion and abs(self.conversion[-1].leg.at - leg.at) > ONE_SECOND:
            yield from self._converted()
        if leg.quantity == 0:
            self.tally.add("nothing_moved", Severity.INFO, row.line)
        elif kind.lower() == "convert":
            self.conversion.append(_Change(leg, account, key, held))
        else:
            yield from moved(leg, account, *self._kinds(leg, kind, description), key)

    def _kinds(self, leg: Leg, type: str, description: str) -> Kinds:
        name, words = type.lower(), description.lower()
        if name in _KINDS:
            return _KINDS[name]
        if name == "earn":
            for part, kinds in _EARN:
                if part in words:
                    return kinds
        if name == "fiat" and words == "deposit" and is_money(leg.asset):
            return _TRANSFER
        if name == "fiat" and words in ("buy crypto with card", "p2p sale"):
            self.tally.add("no_price", Severity.WARNING, leg.row.line)
            return ("buy", None) if words == "buy crypto with card" else (None, "sell")
        if name == "bybit card":
            # The coin sold for the payment is spent; rows in money are the card's own bookkeeping.
            return _TRANSFER if is_money(leg.asset) else (None, "spend")
        raise Misread("unknown_operation", given=label(f"{type}: {description}"))

    def _converted(self) -> Iterator[LedgerRecord]:
        changes, self.conversion = self.conversion, []
        if not changes:
            return
        key = "+".join(change.key for change in changes)
        try:
            records = list(swapped([change.leg for change in changes], changes[0].account, self.tally, key))
        except Misread as misread:
            for change in changes:
                yield unprocessed(change.leg.row, misread)
        else:
            yield from records


def _read(table: Table) -> Iterator[LedgerRecord]:
    return _Reader(table).records()


FORMAT = Format(name="Bybit, funding account", venue="Bybit Funding", recognise=_recognise, read=_read)
