"""What reading files of trades comes to: plain frozen data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from kztax.core.assessment import PluginRecord, plain
from kztax.core.figure import EXACT
from kztax.core.words import Words
from kztax.hooks import LedgerCash, LedgerDistribution, LedgerTrade, Severity

LONGEST_ID = 200


class Progress(NamedTuple):
    """Where the reading is: the file, its number among all of them, and the last line of it that was read."""

    file: str
    number: int
    files: int
    line: int


@dataclass(frozen=True, slots=True)
class LedgerFile:
    """One file: who read it, as what, how far, and how many of its records another file had told already."""

    name: str
    path: Path
    plugin: PluginRecord
    format: str
    venue: str | None
    lines: int
    records: int
    repeats: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something worth knowing. `id` is stable and for programs, `detail` holds what the words were filled with."""

    severity: Severity
    id: str
    words: Words
    file: str | None = None
    line: int | None = None

    @property
    def where(self) -> str:
        """File and line, as far as there are any."""
        return ":".join(str(part) for part in (self.file, self.line) if part is not None)

    def message(self, locale: str = "en") -> str:
        """The finding in words."""
        return self.words.spoken(locale)


@dataclass(frozen=True, slots=True)
class UnprocessedLine:
    """A line that was not understood, kept with its reason. `text` is the line, shortened and fit to be shown."""

    file: str
    line: int
    id: str
    words: Words
    text: str

    def message(self, locale: str = "en") -> str:
        """Why it was not understood."""
        return self.words.spoken(locale)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One asset on one account: opening + movements against the closing balance.

    `stated` says whether opening and closing are the exchange's own; without them the opening is taken as nothing and
    the closing follows, so that `difference` is zero.
    """

    account: str
    asset: str
    opening: Decimal
    movements: Decimal
    closing: Decimal
    stated: bool

    @property
    def difference(self) -> Decimal:
        """What the exchange says beyond what the movements come to."""
        return EXACT.subtract(EXACT.subtract(self.closing, self.opening), self.movements)


class Entry(NamedTuple):
    """A trade or a movement of money, and the file that told it first."""

    file: str
    record: LedgerTrade | LedgerCash

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.record.at

    @property
    def trade_id(self) -> str:
        """The id in the file, else file and line."""
        given = self.record.id if isinstance(self.record, LedgerTrade) else None
        return given or f"{self.file}:{self.record.line}"[-LONGEST_ID:]


@dataclass(frozen=True, slots=True)
class Ledger:
    """All files together. `entries` are in order of time; records of one second keep the order of their file."""

    files: tuple[LedgerFile, ...]
    entries: tuple[Entry, ...]
    distributions: tuple[LedgerDistribution, ...]
    unprocessed: tuple[UnprocessedLine, ...]
    findings: tuple[Finding, ...]
    reconciled: tuple[Reconciled, ...]

    @property
    def fit(self) -> bool:
        """Whether no finding is an error and no line was left unprocessed."""
        return not self.unprocessed and all(finding.severity is not Severity.ERROR for finding in self.findings)

    def trades(self) -> list[dict[str, Any]]:
        """The trades as `digital_asset_gains` takes them, each with an id that is its own."""
        return list(self.each_trade())

    def each_trade(self) -> Iterator[dict[str, Any]]:
        """The trades one by one, for ledgers too large to hold twice."""
        used: set[str] = set()
        for entry, trade in self.told_trades():
            wanted = free = entry.trade_id
            times = 1
            while free in used:
                times += 1
                free = f"{wanted[: LONGEST_ID - 12]} ({times})"
            used.add(free)
            yield _trade_facts(trade, free)

    def told_trades(self) -> Iterator[tuple[Entry, LedgerTrade]]:
        """The entries that are trades, in the order of `trades()`."""
        for entry in self.entries:
            if isinstance(entry.record, LedgerTrade):
                yield entry, entry.record

    def digital_assets_distributed(self, miner: str | None = None) -> list[dict[str, Any]]:
        """A pool's rows as `corporate_income_tax` takes them; `miner` is the IIN or BIN whose rows are wanted."""
        return [
            {
                "asset": row.asset,
                "quantity": plain(row.quantity),
                "pool_commission_quantity": plain(row.pool_commission_quantity),
                "received_on": row.received_on.isoformat(),
            }
            for row in self.distributions
            if miner in (None, row.miner)
        ]


_AMOUNTS = frozenset({"quantity", "counter_quantity", "price", "total", "counter_price", "appraised_value"})
_PLAIN = (
    "asset",
    "quantity",
    "counter_asset",
    "counter_quantity",
    "price",
    "total",
    "counter_price",
    "currency",
    "account",
    "source",
    "appraised_value",
)


def _trade_facts(trade: LedgerTrade, trade_id: str) -> dict[str, Any]:
    facts: dict[str, Any] = {"id": trade_id, "type": trade.type, "at": trade.at.isoformat()}
    for name in _PLAIN:
        value = getattr(trade, name)
        if value is not None:
            facts[name] = plain(value) if name in _AMOUNTS else value
    if trade.fee is not None:
        facts["fee"] = {"asset": trade.fee.asset, "quantity": plain(trade.fee.quantity)}
    if trade.appraised_on is not None:
        facts["appraised_on"] = trade.appraised_on.isoformat()
    return facts
