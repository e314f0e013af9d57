"""The law of sales on the days that it does not change: asked once, however many sales fall on them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import date, datetime

from kztax.core.clock import Clock
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
        self.prescribed = law.has("method")
        individual = holder is Holder.INDIVIDUAL
        self.foreign_difference = law.has(f"{GAIN}.foreign_difference")
        self.foreign_whole_price = individual and law.has(f"{GAIN}.foreign_whole_price")
        self.low_tax_sale = individual and law.has("low_tax_sale")
        self.low_tax_acquisition = individual and law.has("low_tax_acquisition")
        self.mined = f"{GAIN}.mined" if individual else "company.mined"
        self.excludes_mined = law.has(self.mined)
        self.fixed_value = individual and law.has("fixed_value.units")
        self.no_sale_in_exchange = individual and law.has("fixed_value.given_in_exchange")
        self.no_sale_of_got = individual and law.has("fixed_value.got_in_exchange")
        self.prices_exchanges = individual and law.has("exchange")
        self.prices_without = individual and law.has(f"{GAIN}.price_of_the_day_before")
        self.appraised = individual and law.has(f"{GAIN}.appraised_inheritance")
        self.reward_value = individual and law.has(f"{GAIN}.exchange_reward")
        self.contract_nothing = individual and law.has(f"{GAIN}.blockchain_contract")
        self.taxed_as_income = not individual or law.has("taxed_as_income")

    def cite(self, *names: str) -> None:
        """Remember what an assessment rests on."""
        self.cited.update(names)

    def known(self) -> None:
        """Raise `UnknownLaw` for days on which the law of sales was not read."""
        self.law.text(f"{GAIN}.regime" if self.holder is Holder.INDIVIDUAL else "company.regime")
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
