"""Amounts, units and days as each language writes them (CLDR, through Babel)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, localcontext
from typing import Literal

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent
from babel.units import format_unit

from kztax.core import units
from kztax.core.figure import EXACT, ROUNDED
from kztax.explain.catalog import catalog

# Plain "ru" and "kk" know no sign for the tenge.
CLDR = {"en": "en", "ru": "ru_KZ", "kk": "kk_KZ"}
_MEASURES = {
    "kWh": "energy-kilowatt-hour",
    "kW": "power-kilowatt",
    "h": "duration-hour",
    "day": "duration-day",
    "year": "duration-year",
}
# A sign is never parted from its amount at the end of a line; English keeps a plain space, easier to search.
_MONEY = {"en": "¤¤ {digits}", "ru": "{digits}\u00a0¤", "kk": "{digits}\u00a0¤"}


def _digits(value: Decimal, least: int) -> str:
    """A CLDR pattern with every decimal that the number has, and at least so many."""
    exponent = EXACT.normalize(value).as_tuple().exponent
    decimals = max(least, -exponent if isinstance(exponent, int) else 0)
    return "#,##0" + ("." + "0" * decimals if decimals else "")


def number(value: Decimal | str, locale: str) -> str:
    """All digits, grouped.

    >>> number("2000000.5", "en")
    '2,000,000.5'
    """
    exact = Decimal(value)
    with localcontext(ROUNDED):
        return format_decimal(exact, _digits(exact, 0), locale=CLDR[locale])


def money(value: Decimal | str, locale: str, currency: str = "KZT") -> str:
    """An amount with its currency; two decimals, and more where the exact amount has more.

    >>> money("4000000", "en")
    'KZT 4,000,000.00'
    """
    exact = Decimal(value)
    pattern = _MONEY[locale].format(digits=_digits(exact, 2))
    with localcontext(ROUNDED):
        return format_currency(exact, currency, pattern, locale=CLDR[locale], currency_digits=False)


def percent(value: Decimal | str, locale: str) -> str:
    """A fraction as per cent.

    >>> percent("0.155", "en")
    '15.5%'
    """
    return format_percent(Decimal(value), locale=CLDR[locale], decimal_quantization=False)


def day(value: date | str, locale: str) -> str:
    """A day, spelled so that no country can misread it.

    >>> day("2024-05-27", "en")
    '27 May 2024'
    """
    moment = date.fromisoformat(value) if isinstance(value, str) else value
    pattern = "d MMMM y" if locale == "en" else "long"
    return str(format_date(moment, pattern, locale=CLDR[locale]))


def quantity(value: bool | date | Decimal, unit: str, locale: str) -> str:
    """A figure's value with its unit.

    >>> quantity(Decimal("10800000"), "kWh", "en"), quantity(Decimal(2), "KZT/kWh", "en")
    ('10,800,000 kWh', 'KZT 2.00/kWh')
    """
    if isinstance(value, bool):
        return catalog(locale).words("word.yes" if value else "word.no")
    if isinstance(value, date):
        return day(value, locale)
    if unit in _MEASURES:
        # The plural form follows the number; where CLDR has no long form it has a short one.
        length: Literal["long", "short"] = "long" if unit in ("day", "h", "year") and locale != "kk" else "short"
        with localcontext(ROUNDED):
            return str(format_unit(EXACT.normalize(value), _MEASURES[unit], length, locale=CLDR[locale]))
    if unit == units.NUMBER:
        return number(value, locale)
    above, _, below = unit.partition("/")
    written = money(value, locale, above) if _is_currency(above) else number(value, locale)
    if not _is_currency(above):
        written = f"{written} {catalog(locale).words(f'unit.{above}')}"
    if not below:
        return written
    return f"{written}/{below if _is_currency(below) else catalog(locale).words(f'unit.{below}')}"


def _is_currency(unit: str) -> bool:
    return len(unit) == 3 and unit.isupper() and unit != "MCI"
