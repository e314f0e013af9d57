"""The law of sales on the days that it does not change: asked once, however many sales fall on them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import date, datetime

from kztax.core.clock import Clock
from kztax.core.errors import UnknownLaw, UnknownPeriod
from kztax.core.law import LawOn
from kztax.core.working import Working
from kztax.rules.digital_asset_gains.kinds import Holder

NAME = "digital_asset_gains"
GAIN = "base.gain"


class LawOfSales:
    """What the law of some days says; `cited` are the entries that an assessment rests on."""

    def __init__(self, law: LawOn, holder: Holder) -> None:
        self.law = law
        self.holder = holder
        self.cited: set[str] = set()
        self.read = False
        self.difference = f"{GAIN}.difference" if holder is Holder.INDIVIDUAL else "company.regime"
        """The entry by which the price less the cost is income."""
        self.mined = f"{GAIN}.mined" if holder is Holder.INDIVIDUAL else "company.mined"
        """The entry by which assets that were mined are not taxed again."""
        self.prescribed = law.has("method")
        self._regime = f"{GAIN}.regime" if holder is Holder.INDIVIDUAL else "company.regime"

    @property
    def regime(self) -> str:
        """The name of the regime; empty for days whose law was not read: what an exchange of then cost is asked too."""
        try:
            return self.law.text(self._regime)
        except (UnknownLaw, UnknownPeriod):
            return ""

    def cite(self, *names: str) -> None:
        """Remember what an assessment rests on."""
        self.cited.update(names)

    def known(self) -> None:
        """Raise `UnknownLaw` for days on which the law of sales was not read."""
        self.law.text(self._regime)
        self.cited.add(self.difference)
        if self.prescribed:
            self.cited.add("method")
        self.read = True


class Sales:
    """The law of sales by instant. Its days are parted where any of its entries changes."""

    def __init__(self, working: Working, clock: Clock, holder: Holder) -> None:
        prefixes = (f"{NAME}.", f"{GAIN}.")
        entries = [entry for name, entry in working.book.entries.items() if name.startswith(prefixes)]
        self._days: list[date] = sorted({item.first for entry in entries for item in entry.items})
        self._begin = [clock.begins(day) for day in self._days]
        self._law: list[LawOfSales | None] = [None] * len(self._days)
        self._of: Callable[[date], LawOfSales] = lambda day: LawOfSales(working.law(day), holder)

    def on(self, instant: datetime) -> tuple[LawOfSales, datetime]:
        """The law at an instant, and until when it holds. Before the first entry the first one's counts."""
        position = max(bisect_right(self._begin, instant) - 1, 0)
        found = self._law[position]
        if found is None:
            found = self._law[position] = self._of(self._days[position])
        return found, self._begin[position + 1] if position + 1 < len(self._begin) else datetime.max  # noqa: DTZ901

    def asked(self) -> list[LawOfSales]:
        """Those that were asked, in the order of time."""
        return [law for law in self._law if law is not None]
