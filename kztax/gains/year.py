"""The part of a ledger that a year's gains are worked out from."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from kztax.core.clock import Clock, in_utc
from kztax.core.errors import InvalidFacts
from kztax.core.law import rule_book
from kztax.hooks import LedgerTrade
from kztax.ledger import Ledger
from kztax.ledger.model import Entry


class OfYear(NamedTuple):
    """A ledger up to the end of a year, and how many trades were left out before and after it.

    Those before are left out where the opening lots hold what came of them.
    """

    ledger: Ledger
    before: int
    after: int


def of_year(ledger: Ledger, year: int, *, opened: bool, miner: str | None) -> OfYear:
    """The trades of the year and of those before it; with `opened`, of the year alone. Days are Kazakhstan's."""
    clock = Clock(rule_book())
    entries = _of_miner(ledger, miner)
    first = bisect_left(entries, clock.begins(date(year, 1, 1)), key=lambda entry: in_utc(entry.at)) if opened else 0
    end = bisect_left(entries, clock.begins(date(year + 1, 1, 1)), key=lambda entry: in_utc(entry.at))
    kept = replace(
        ledger,
        entries=tuple(entries[first:end]),
        distributions=tuple(
            [row for row in ledger.distributions if row.received_on.year == year and miner in (None, row.miner)]
        ),
    )
    return OfYear(kept, _trades(entries[:first]), _trades(entries[end:]))


def _of_miner(ledger: Ledger, miner: str | None) -> list[Entry]:
    """The entries without those of other miners: a pool's report holds the rows of many."""
    named = sorted({row.miner for row in ledger.distributions if row.miner is not None})
    if miner is None and len(named) > 1:
        raise InvalidFacts("miner_wanted", path=("--miner",), known=", ".join(named))
    if miner is not None and miner not in named:
        raise InvalidFacts("miner_not_in_files", path=("--miner",), given=miner, known=", ".join(named) or "—")
    if miner is None:
        return list(ledger.entries)
    return [
        entry
        for entry in ledger.entries
        if not isinstance(entry.record, LedgerTrade) or entry.record.miner in (None, miner)
    ]


def _trades(entries: list[Entry]) -> int:
    return sum(isinstance(entry.record, LedgerTrade) for entry in entries)
