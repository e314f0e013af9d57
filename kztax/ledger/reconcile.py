"""Opening + movements = closing, for every asset on every account, against the exchange's own balances."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal, localcontext
from itertools import groupby, pairwise
from typing import NamedTuple

from kztax.core.assessment import plain
from kztax.core.figure import EXACT
from kztax.hooks import LedgerCash, Severity
from kztax.ledger.balances import Trail
from kztax.ledger.model import Entry, Finding, Reconciled
from kztax.ledger.said import finding

_IN = frozenset({"buy", "mined", "reward", "staking", "airdrop", "gift_in", "inheritance", "transfer_in"})


class Held(NamedTuple):
    """An asset on an account; "" is that of records that name none."""

    account: str
    asset: str

    @property
    def place(self) -> str:
        """The account as people read it."""
        return self.account or "—"


class StatedBalances(NamedTuple):
    """The trail of one asset on one account in one file."""

    file: str
    held: Held
    trail: Trail


def movements(entry: Entry) -> Iterator[tuple[Held, Decimal]]:
    """What a record did to balances: quantities are before the fee, and the fee comes on top."""
    record = entry.record
    account = record.account or ""
    if isinstance(record, LedgerCash):
        yield Held(account, record.currency), record.quantity
        return
    incoming = record.type in _IN
    yield Held(account, record.asset), record.quantity if incoming else -record.quantity
    if record.counter_asset is not None and record.counter_quantity is not None:
        yield Held(account, record.counter_asset), -record.counter_quantity if incoming else record.counter_quantity
    elif record.type in ("buy", "sell") and record.currency is not None:
        paid = record.total if record.total is not None else (record.price or Decimal(0)) * record.quantity
        yield Held(account, record.currency), -paid if incoming else paid
    if record.fee is not None:
        yield Held(account, record.fee.asset), -record.fee.quantity


def reconcile(
    entries: Iterable[Entry], stated: Iterable[StatedBalances], unprocessed: int
) -> tuple[list[Reconciled], list[Finding]]:
    """Every balance, and what was found while following it. `entries` are in order of time."""
    with localcontext(EXACT):
        return _reconcile(entries, stated, unprocessed)


def _reconcile(
    entries: Iterable[Entry], stated: Iterable[StatedBalances], unprocessed: int
) -> tuple[list[Reconciled], list[Finding]]:
    trails: dict[Held, list[StatedBalances]] = defaultdict(list)
    for each in stated:
        trails[each.held].append(each)
    totals, lowest, money = _sums(entries)
    rows: list[Reconciled] = []
    found: list[Finding] = []
    for held in sorted({*totals, *trails}):
        files = sorted(trails.get(held, ()), key=_from)
        found += _breaks(files)
        found += _gaps(files)
        row = _row(held, totals.get(held, Decimal(0)), files)
        rows.append(row)
        if row.difference != 0:
            found.append(_difference(row, unprocessed))
        elif not row.stated and held.asset not in money and held in lowest and lowest[held].quantity < 0:
            low = lowest[held]
            found.append(
                finding(
                    Severity.WARNING,
                    "negative_balance",
                    file=low.entry.file,
                    line=low.entry.record.line,
                    account=held.place,
                    asset=held.asset,
                    quantity=plain(low.quantity),
                    at=low.entry.at.isoformat(),
                )
            )
    return rows, found + list(_summaries(rows))


class _Low(NamedTuple):
    quantity: Decimal
    entry: Entry


def _sums(entries: Iterable[Entry]) -> tuple[dict[Held, Decimal], dict[Held, _Low], set[str]]:
    """Sums, where each stood lowest at the end of a second, and what of it is money (which comes from elsewhere)."""
    totals: dict[Held, Decimal] = defaultdict(Decimal)
    lowest: dict[Held, _Low] = {}
    money: set[str] = set()
    for _, second in groupby(entries, key=lambda entry: entry.at):
        touched: dict[Held, Entry] = {}
        for entry in second:
            if entry.record.currency is not None:
                money.add(entry.record.currency)
            for held, quantity in movements(entry):
                totals[held] += quantity
                touched[held] = entry
        for held, entry in touched.items():
            if held not in lowest or totals[held] < lowest[held].quantity:
                lowest[held] = _Low(totals[held], entry)
    return dict(totals), lowest, money


def _from(stated: StatedBalances) -> datetime:
    first = stated.trail.first
    assert first is not None, "a trail begins with its first balance"
    return first.at


def _row(held: Held, moved: Decimal, files: list[StatedBalances]) -> Reconciled:
    if not files:
        return Reconciled(held.account, held.asset, Decimal(0), moved, moved, stated=False)
    firsts = [each.trail.first for each in files if each.trail.first is not None]
    lasts = [each.trail.last for each in files if each.trail.last is not None]
    opening = min(firsts, key=lambda span: span.at).opening
    closing = max(lasts, key=lambda span: span.at).closing
    return Reconciled(held.account, held.asset, opening, moved, closing, stated=True)


def _breaks(files: list[StatedBalances]) -> Iterator[Finding]:
    for stated in files:
        for broken in stated.trail.breaks:
            yield finding(
                Severity.ERROR,
                "balance_break",
                file=stated.file,
                line=broken.line,
                account=stated.held.place,
                asset=stated.held.asset,
                expected=plain(broken.expected),
                stated=plain(broken.stated),
            )


def _gaps(files: list[StatedBalances]) -> Iterator[Finding]:
    for earlier, later in pairwise(files):
        before, after = earlier.trail.last, later.trail.first
        if before is not None and after is not None and before.at < after.at and before.closing != after.opening:
            yield finding(
                Severity.WARNING,
                "gap_between_files",
                file=later.file,
                line=after.line,
                account=later.held.place,
                asset=later.held.asset,
                earlier=earlier.file,
                closing=plain(before.closing),
                opening=plain(after.opening),
            )


def _difference(row: Reconciled, unprocessed: int) -> Finding:
    return finding(
        Severity.ERROR,
        "does_not_reconcile",
        account=row.account or "—",
        asset=row.asset,
        opening=plain(row.opening),
        movements=plain(row.movements),
        closing=plain(row.closing),
        difference=plain(row.difference),
        unprocessed=unprocessed,
    )


def _summaries(rows: list[Reconciled]) -> Iterator[Finding]:
    agreed = sum(1 for row in rows if row.stated and row.difference == 0)
    if agreed:
        yield finding(Severity.INFO, "reconciled", balances=agreed)
    silent = sorted({row.account for row in rows if not row.stated} - {row.account for row in rows if row.stated})
    if silent:
        yield finding(Severity.INFO, "no_balances", accounts=", ".join(account or "—" for account in silent))
