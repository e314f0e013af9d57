"""One country's double tax treaty on one day: whether it stands and is applied, and what it limits."""

from __future__ import annotations

from datetime import date

from kztax.core.citation import Citation
from kztax.core.entries import DatedValue
from kztax.core.errors import InvalidFacts, Path, UnknownLaw, UnknownPeriod, UnknownTreatyRate
from kztax.core.figure import Figure
from kztax.core.law import RuleBook
from kztax.core.treaty_names import PREFIX


def knows_treaty(book: RuleBook, country: str) -> bool:
    """Whether the table has a double tax treaty with the country, in force or not."""
    return f"{PREFIX}.{country}.in_force" in book.entries


class TreatyOn:
    """The treaty with `country` as it stands on a day. `path` is the fact that names the country.

    Raises `InvalidFacts` where there is no such treaty, or it was not yet in force; `UnknownTreatyRate` where its
    entry into force was not seen.
    """

    def __init__(self, book: RuleBook, country: str, day: date, path: Path) -> None:
        self.book = book
        self.country = country
        self.day = day
        self.path = path
        if not knows_treaty(book, country):
            raise InvalidFacts("no_treaty", path=path, country=country)
        try:
            self._value("in_force")
        except UnknownPeriod as not_yet:
            raise InvalidFacts("treaty_not_in_force", path=path, country=country, on=day.isoformat()) from not_yet

    def is_applied(self, since: date) -> bool:
        """Whether the treaty covers a tax period that began on `since`."""
        return self._has("applied", since)

    def has(self, name: str) -> bool:
        """Whether the treaty has such a clause on the day, seen or not."""
        return self._has(name, self.day)

    def _has(self, name: str, day: date) -> bool:
        entry = self.book.entries.get(f"{PREFIX}.{self.country}.{name}")
        return entry is not None and any(item.covers(day) and item.absent is None for item in entry.items)

    def limit(self, name: str) -> Figure:
        """A limit as a figure with its citation. Raises `UnknownTreatyRate` for a clause that was not seen."""
        dated = self._value(name)
        return Figure(dated.value, dated.unit, "law", (), f"{PREFIX}.{name}", self.country, dated.citation)

    def text(self, name: str) -> str:
        """What the treaty says in a word: how shares are held, on which base a tax is taken."""
        return str(self._value(name).value)

    def cite(self, name: str) -> Citation:
        """The clause."""
        return self._value(name).citation

    def _value(self, name: str) -> DatedValue:
        try:
            return self.book.value(f"{PREFIX}.{self.country}.{name}", self.day)
        except UnknownLaw as unknown:
            raise unknown_treaty_rate(self.country, name, self.day, self.path) from unknown


def unknown_treaty_rate(country: str, income: str, day: date, path: Path) -> UnknownTreatyRate:
    """The refusal that says which clause of which treaty to supply."""
    return UnknownTreatyRate("unknown_treaty_rate", path=path, country=country, income=income, on=day.isoformat())
