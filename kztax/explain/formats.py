"""Amounts, units and days as each language writes them (CLDR, through Babel)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_DOWN, Decimal, localcontext
from typing import Literal

from babel import Locale
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


# What is stated has at most 18 decimals, a product of two 36: more come of a quotient that does not end.
MOST_DECIMALS = 36
DECIMALS_OF_A_QUOTIENT = 8
_LAST_DIGIT = re.compile(r"\d(?!.*\d)")


def _goes_on(write: Callable[[Decimal], str], value: Decimal) -> str:
    """The number as `write` writes it; one that does not end as far as a reader can follow, then "…"."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent <= MOST_DECIMALS:
        return write(value)
    shown = value.quantize(Decimal(1).scaleb(-DECIMALS_OF_A_QUOTIENT), ROUND_DOWN, ROUNDED)
    return _LAST_DIGIT.sub(lambda last: f"{last[0]}…", write(shown))


def _digits(value: Decimal, least: int) -> str:
    """A CLDR pattern with every decimal that the number has, and at least so many."""
    exponent = EXACT.normalize(value).as_tuple().exponent
    decimals = max(least, -exponent if isinstance(exponent, int) else 0)
    return "#,##0" + ("." + "0" * decimals if decimals else "")


def number(value: Decimal | str, locale: str) -> str:
    """All digits, grouped; of a quotient that does not end the first ones.

    >>> number("2000000.5", "en"), number(ROUNDED.divide(Decimal(7), Decimal(3)), "en")
    ('2,000,000.5', '2.33333333…')
    """
    with localcontext(ROUNDED):
        return _goes_on(
            lambda shown: format_decimal(shown, _digits(shown, 0), locale=CLDR[locale]), EXACT.normalize(Decimal(value))
        )


def money(value: Decimal | str, locale: str, currency: str = "KZT") -> str:
    """An amount with its currency; two decimals, and more where the exact amount has more.

    >>> money("4000000", "en")
    'KZT 4,000,000.00'
    """

    def written(shown: Decimal) -> str:
        pattern = _MONEY[locale].format(digits=_digits(shown, 2))
        return format_currency(shown, currency, pattern, locale=CLDR[locale], currency_digits=False)

    with localcontext(ROUNDED):
        return _goes_on(written, EXACT.normalize(Decimal(value)))


def percent(value: Decimal | str, locale: str) -> str:
    """A fraction as per cent.

    >>> percent("0.155", "en")
    '15.5%'
    """
    return _goes_on(
        lambda shown: format_percent(shown, locale=CLDR[locale], decimal_quantization=False), Decimal(value)
    )


def day(value: date | str, locale: str) -> str:
    """A day, spelled so that no country can misread it.

    >>> day("2024-05-27", "en")
    '27 May 2024'
    """
    moment = date.fromisoformat(value) if isinstance(value, str) else value
    pattern = "d MMMM y" if locale == "en" else "long"
    return str(format_date(moment, pattern, locale=CLDR[locale]))


def country(code: str, locale: str) -> str:
    """A country by its name; its code where CLDR has none.

    >>> country("NL", "en"), country("NL", "kk")
    ('Netherlands', 'Нидерланд')
    """
    return str(Locale.parse(locale).territories.get(code, code))


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
