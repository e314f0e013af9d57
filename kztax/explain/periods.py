"""A tax period as each language writes it."""

from __future__ import annotations

import re
from datetime import date

from babel.dates import format_skeleton

from kztax.explain.formats import CLDR
from kztax.explain.phrases import Phrases

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH = re.compile(r"\d{2}")


def period_text(period: str, words: Phrases) -> str:
    """A year, half-year, quarter, month or day, written out.

    >>> from kztax.explain.phrases import phrases
    >>> [period_text(period, phrases("en")) for period in ("2026", "2026-H1", "2026-Q1", "2026-03", "2026-03-10")]
    ['2026', 'half-year 1 of 2026', 'quarter 1 of 2026', 'March 2026', '10 March 2026']
    """
    if _DAY.fullmatch(period):
        return words.text("period.day", day=period)
    year, _, part = period.partition("-")
    if _MONTH.fullmatch(part):
        return str(format_skeleton("yMMMM", date(int(year), int(part), 1), locale=CLDR[words.locale]))
    kind = {"Q": "quarter", "H": "half_year"}.get(part[:1], "year")
    return words.text(f"period.{kind}", year=year, quarter=part[1:], half=part[1:])
