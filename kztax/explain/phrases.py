"""Phrases: a catalog's words with their blanks filled in as the language writes them.

A blank may say how its value is written: `{day:day}`, `{amount:money}`, `{rate:number}`, `{of:country}`,
`{of:period}`, or, for another id's words, under which heading they stand: `{entry:figure}`,
`{venue:word.trade_compliance}`.
"""

from __future__ import annotations

import string
from functools import lru_cache
from typing import Any

from kztax.core.treaty_names import country_of, figure_name
from kztax.core.words import Words
from kztax.explain.catalog import LOCALES, Catalog, catalog


class Phrases(string.Formatter):
    """The phrases of one language."""

    def __init__(self, words: Catalog) -> None:
        self._catalog = words
        self.locale = words.locale

    def has(self, message_id: str) -> bool:
        """Whether there are words for the id."""
        return self._catalog.has(message_id)

    def text(self, message_id: str, **blanks: Any) -> str:
        """The words for an id, blanks filled in."""
        words = self._catalog.words(message_id)
        return self.vformat(words, (), blanks) if blanks else words

    def of_entry(self, what: str, entry: str) -> str:
        """The words for an entry of the law ("figure", "supply"); a treaty's with its country."""
        words = self.text(f"{what}.{figure_name(entry)}")
        country = country_of(entry)
        return f"{words}, {self._country(country)}" if country else words

    def format_field(self, value: Any, format_spec: str) -> str:
        """A blank written as its language writes it."""
        if format_spec in ("figure", "supply"):
            return self.of_entry(format_spec, value)
        if format_spec in ("choice", "kind", "reading") or "." in format_spec:
            return self.text(f"{format_spec}.{value}")
        if isinstance(value, Words):
            return value.spoken(self.locale)
        written = str(value)
        if format_spec == "country":
            return self._country(written)
        if format_spec == "period":
            from kztax.explain.periods import period_text

            return period_text(written, self)
        if format_spec in ("day", "money", "number"):
            # CLDR data is loaded with the first amount or day that is written.
            from kztax.explain import formats

            if format_spec == "day":
                return formats.day(written, self.locale)
            return (
                formats.money(written, self.locale) if format_spec == "money" else formats.number(written, self.locale)
            )
        return written

    def _country(self, code: str) -> str:
        from kztax.explain import formats

        return formats.country(code, self.locale)


@lru_cache(maxsize=len(LOCALES))
def phrases(locale: str) -> Phrases:
    """The phrases of a language."""
    return Phrases(catalog(locale))
