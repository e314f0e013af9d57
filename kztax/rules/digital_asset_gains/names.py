"""What trades and lots are called, and what an assessment says of them aloud."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from kztax.core.clock import Clock
from kztax.rules.digital_asset_gains.facts import DigitalAssetGainsFacts, Lot


class Names:
    """Trades and lots by their ids, else by their places in the facts."""

    def __init__(self, facts: DigitalAssetGainsFacts, clock: Clock) -> None:
        self._facts = facts
        self._clock = clock
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

    def about(self, stated: Any, asset: str, day: date) -> str:
        """What tells the figures of one trade or lot from those of another."""
        return f"{self.of(stated)} {asset} {day.isoformat()}"

    def about_lot(self, lot: Any, asset: str) -> str:
        """The same of a lot, by the day on which it was acquired."""
        return self.about(lot, asset, self.acquired(lot))

    def acquired(self, lot: Any) -> date:
        """The day on which a lot was acquired."""
        return lot.acquired if isinstance(lot, Lot) else self._clock.day(lot.instant)


class Notes:
    """Notes that are said once, each with the first trade it is about and how many there are."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._counts: Counter[str] = Counter()
        self._first: dict[str, str] = {}

    def say(self, note: str, trade: Any) -> None:
        """Say it of a trade."""
        self._counts[note] += 1
        if note not in self._first:
            self._first[note] = self._names.of(trade)

    def __iter__(self) -> Iterator[tuple[str, str, int]]:
        """Note, name of the first trade, how many."""
        return ((note, self._first[note], count) for note, count in self._counts.items())


def asset_of(lot: Any) -> str:
    """What a lot is of: of an exchange, what it brought."""
    got: str | None = None if isinstance(lot, Lot) else lot.counter_asset
    return got or lot.asset
