"""Binance, transaction history: one row a change of one coin on one account. No balances.

The older header says that its times are UTC. The current one has a column `Time` in the zone that was chosen for the
export; Binance writes it into the file's name, as in `…(UTC+5)….csv`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from kztax.core.errors import InvalidFacts
from kztax.hooks import LedgerFinding, LedgerRecord, LedgerUnreadable, Severity, TradeType
from kztax.ledger import zone_of
from kztax_exchanges.cells import Misread, NoZone, asset, label, moment, number
from kztax_exchanges.format import Format
from kztax_exchanges.lines import Row
from kztax_exchanges.movements import Leg, moved, swapped
from kztax_exchanges.table import Found, Table, Tally, header_at, note, unprocessed
from kztax_exchanges.words import said

OLDER = ("User_ID", "UTC_Time", "Account", "Operation", "Coin", "Change", "Remark")
CURRENT = ("User ID", "Time", "Account", "Operation", "Coin", "Change", "Remark")
_ZONE_IN_NAME = re.compile(r"\(UTC(?:([+-]{1,2})(\d{1,2})(?::?([0-5]\d))?)?\)", re.ASCII)
_LENT_COIN = re.compile(r"LD[A-Z0-9]{2,}", re.ASCII)
ONE_SECOND = timedelta(seconds=1)

_TRADE = (
    "buy",
    "sell",
    "fee",
    "transaction related",
    "transaction buy",
    "transaction spend",
    "transaction sold",
    "transaction revenue",
    "transaction fee",
)
_CONVERSIONS = (
    "binance convert",
    "large otc trading",
    "the easiest way to trade",
    "small assets exchange bnb",
    "stablecoins auto-conversion",
    "eth 2.0 staking",
    "token swap - redenomination/rebranding",
)
# With the money's row in the file a purchase has a price, without it none.
_PURCHASES = ("buy crypto with fiat", "buy crypto with card", "p2p trading")
_FAMILY = {
    **dict.fromkeys(_TRADE, "trade"),
    **{name: name for name in (*_CONVERSIONS, *_PURCHASES)},
}
_FEES = ("fee", "transaction fee")

_KINDS: dict[str, tuple[TradeType | None, TradeType | None]] = {
    **dict.fromkeys(
        (
            "commission history",
            "commission rebate",
            "commission fee shared with you",
            "referrer rebates",
            "referral kickback",
            "referral commission",
            "savings interest",
            "savings distribution",
            "simple earn flexible interest",
            "liquid swap rewards",
            "swap farming rewards",
            "bnb vault rewards",
            "launchpool earnings withdrawal",
            "strategy trading fee rebate",
        ),
        ("reward", None),
    ),
    **dict.fromkeys(
        (
            "pos savings interest",
            "staking rewards",
            "eth 2.0 staking rewards",
            "simple earn locked rewards",
            "dot slot auction rewards",
            "launchpool interest",
        ),
        ("staking", None),
    ),
    **dict.fromkeys(
        (
            "airdrop assets",
            "distribution",
            "cash voucher distribution",
            "simple earn flexible airdrop",
            "campaign related reward",
            "hodler airdrops distribution",
            "launchpool airdrop - system distribution",
            "launchpool airdrop - user claim distribution",
            "megadrop rewards",
        ),
        ("airdrop", None),
    ),
    **dict.fromkeys(("deposit", "fiat deposit"), ("transfer_in", None)),
    **dict.fromkeys(("withdraw", "fiat withdraw", "fiat withdrawal", "send"), (None, "transfer_out")),
    **dict.fromkeys(
        (
            "transfer_in",
            "transfer_out",
            "savings purchase",
            "savings principal redemption",
            "pos savings purchase",
            "pos savings redemption",
            "staking purchase",
            "staking redemption",
            "simple earn flexible subscription",
            "simple earn flexible redemption",
            "simple earn locked subscription",
            "simple earn locked redemption",
            "launchpool subscription/redemption",
            "main and funding transfer",
            "transfer between main and funding wallet",
            "transfer between main and funding account",
            "transfer between main and trading account",
            "transfer between spot and strategy account",
            "transfer between spot account and um futures account",
            "transfer between spot account and cm futures account",
            "transfer between main account/futures and margin account",
        ),
        ("transfer_in", "transfer_out"),
    ),
}
_LENDING = ("savings", "simple earn")
_FUTURES = ("futures",)


def _recognise(head: Sequence[Row]) -> Found | None:
    return header_at(head, OLDER, CURRENT)


@dataclass(slots=True)
class _Group:
    """Rows of one account, near enough in time to be one trade."""

    at: datetime
    account: str
    family: str
    legs: list[Leg] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether something came and something went."""
        signs = {leg.quantity > 0 for leg in self.legs if not leg.fee}
        return len(signs) == 2


class _Reader:
    def __init__(self, table: Table, zone: tzinfo | None) -> None:
        self.table = table
        self.zone = zone
        self.tally = Tally()
        self.groups: dict[tuple[str, str], _Group] = {}
        self.users: dict[str, int] = {}

    def records(self) -> Iterator[LedgerRecord]:
        for row in self.table.rows():
            if not isinstance(row, Row):
                yield row
                continue
            try:
                yield from self._row(row)
            except Misread as misread:
                yield unprocessed(row, misread)
            except NoZone as error:
                raise LedgerUnreadable(said("zone_wanted"), row.line) from error
        for group in list(self.groups.values()):
            yield from self._closed(group)
        yield from self.tally.notes()
        if len(self.users) > 1:
            yield note("several_users", Severity.WARNING, list(self.users.values())[1], users=", ".join(self.users))

    def _row(self, row: Row) -> Iterator[LedgerRecord]:
        user, time, account, operation, coin, change, _ = row.cells
        self.users.setdefault(label(user), row.line)
        at = moment(time, self.table.found.columns[1], self.zone)
        name = " ".join(operation.split()).lower()
        where = label(f"Binance {account.strip()}", "Binance")
        leg = Leg(row, at, asset(coin, "Coin"), number(change, "Change"), fee=name in _FEES)
        for group in [group for group in self.groups.values() if abs(group.at - at) > ONE_SECOND]:
            yield from self._closed(group)
        futures = any(word in account.lower() for word in _FUTURES)
        if name in _FAMILY and not futures:
            yield from self._grouped(leg, where, _FAMILY[name])
        elif name in _KINDS and (not futures or _KINDS[name] == ("transfer_in", "transfer_out")):
            if name.startswith(_LENDING) and _LENT_COIN.fullmatch(leg.asset):
                # Flexible savings show the coin lent out as a coin of its own, LD before its name.
                leg = leg._replace(asset=leg.asset[2:])
                where = "Binance Earn"
            if leg.quantity == 0:
                self.tally.add("nothing_moved", Severity.INFO, row.line)
            yield from moved(leg, where, *_KINDS[name])
        elif futures:
            raise Misread("derivative", given=label(f"{account.strip()}: {operation.strip()}"))
        else:
            raise Misread("unknown_operation", given=label(operation))

    def _grouped(self, leg: Leg, account: str, family: str) -> Iterator[LedgerRecord]:
        group = self.groups.get((account, family))
        if group is not None and group.at != leg.at and group.whole:
            yield from self._closed(group)
            group = None
        if group is None:
            group = self.groups[account, family] = _Group(leg.at, account, family)
        group.legs.append(leg)

    def _closed(self, group: _Group) -> Iterator[LedgerRecord]:
        del self.groups[group.account, group.family]
        try:
            if group.family in _PURCHASES and not group.whole:
                for leg in group.legs:
                    self.tally.add("no_price", Severity.WARNING, leg.row.line)
                records = [each for leg in group.legs for each in moved(leg, group.account, "buy", "sell")]
            else:
                records = list(swapped(group.legs, group.account, self.tally))
        except Misread as misread:
            for leg in group.legs:
                yield unprocessed(leg.row, misread)
        else:
            yield from records


def _read(table: Table) -> Iterator[LedgerRecord]:
    if table.found.columns == OLDER:
        yield from _Reader(table, UTC).records()
        return
    zone, notes = zone_of_export(table)
    yield from notes
    yield from _Reader(table, zone).records()


def zone_of_export(table: Table) -> tuple[tzinfo | None, list[LedgerFinding]]:
    """What the caller says, else what Binance wrote into the file's name, which is then said."""
    if table.zone is not None:
        return table.zone, []
    named = zone_in_name(table.source.path)
    if named is None:
        return None, []
    return named[1], [note("zone_from_name", Severity.INFO, table.found.line, zone=named[0])]


def zone_in_name(path: Path) -> tuple[str, tzinfo] | None:
    """The zone in a name like `Binance-Transaction-History-202604201017(UTC+5).csv`; minus may stand as `--`."""
    found = _ZONE_IN_NAME.search(path.name)
    if found is None:
        return None
    sign, hours, minutes = found.groups()
    text = f"UTC{sign[0]}{hours}:{minutes or '00'}" if sign else "UTC"
    try:
        return text, zone_of(text)
    except InvalidFacts:
        return None


FORMAT = Format(name="Binance, transaction history", venue="Binance", recognise=_recognise, read=_read)
