"""Cells to values: numbers, times, assets. A cell that is none raises `Misread` and is never guessed at."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache

from kztax.core.figure import EXACT
from kztax.core.words import shown
from kztax_exchanges.words import said

EMPTY = frozenset({"", "-", "--", "—"})
LONGEST_ASSET = 40
MOST_DECIMALS = 18
LARGEST = Decimal(10) ** 30
_NUMBER = re.compile(r"[+-]?\d{1,30}(?:\.(\d{0,40}))?([eE][+-]?\d{1,2})?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?", re.ASCII)
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_TIME = re.compile(
    r"(\d{4}|\d{2})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?"
    r"\s?(Z|UTC|GMT|BST|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_DAY = re.compile(r"(?:(\d{4})-(\d{2})-(\d{2})|(\d{2})\.(\d{2})\.(\d{4}))", re.ASCII)
_ASSET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._$-]{0,39}", re.ASCII)
_OFFSETS = {"Z": "+00:00", "UTC": "+00:00", "GMT": "+00:00", "BST": "+01:00"}
EARLIEST, LATEST = 2009, 2100

# Money that exchanges keep accounts in. Anything else is a digital asset; no coin has one of these names.
_MONEY = """
AED AMD ARS AUD AZN BGN BRL BYN CAD CHF CLP CNY COP CZK DKK EGP EUR GBP GEL GHS HKD HUF IDR ILS INR JPY KES KGS KRW KZT
MDL MXN MYR NGN NOK NZD PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TJS TRY TWD UAH UGX USD UYU UZS VND XAF XOF ZAR
"""
MONEY = frozenset(_MONEY.split())


class Misread(Exception):
    """A row that is not understood; `words` say why."""

    def __init__(self, id: str, **blanks: object) -> None:
        super().__init__(id)
        self.id = id
        self.words = said(id, **blanks)


def number(cell: str, column: str, *, comma: bool | None = False) -> Decimal:
    """A number, with its sign. `comma` says whether a comma may stand for the decimal point.

    Exports write thousands with it (False); files separated by semicolons, decimals (True); in other tables that
    people make nobody knows (None), and `1,500` is refused.
    """
    text = cell.strip()
    if "," in text:
        if comma is None and _EITHER.fullmatch(text):
            raise Misread("comma_either", column=column, given=shown(cell, 60))
        if comma and text.count(",") == 1 and "." not in text:
            text = text.replace(",", ".")
        elif not comma and _THOUSANDS.fullmatch(text):
            text = text.replace(",", "")
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise Misread("not_a_number", column=column, given=shown(cell, 60))
    value = Decimal(text)
    if found[2] or len(found[1] or "") > MOST_DECIMALS:
        # Exports pad with zeros beyond what a digit of theirs can mean, and write small numbers with an exponent.
        value = EXACT.normalize(value)
        exponent = value.as_tuple().exponent
        if value and isinstance(exponent, int) and exponent < -MOST_DECIMALS:
            raise Misread("too_many_decimals", column=column, given=shown(cell, 60))
        if abs(value) >= LARGEST:
            raise Misread("not_a_number", column=column, given=shown(cell, 60))
    return value or Decimal(0)


def positive(cell: str, column: str, *, comma: bool | None = False) -> Decimal:
    """A number above zero."""
    value = number(cell, column, comma=comma)
    if value <= 0:
        raise Misread("not_above_zero", column=column, given=shown(cell, 60))
    return value


def maybe(cell: str, column: str, *, comma: bool | None = False) -> Decimal | None:
    """A number, or None for an empty cell; exports write `--` for empty."""
    return None if cell.strip() in EMPTY else number(cell, column, comma=comma)


def asset(cell: str, column: str) -> str:
    """The name of a coin or of money, in capitals."""
    text = cell.strip()
    if _ASSET.fullmatch(text) is None:
        raise Misread("not_an_asset", column=column, given=shown(cell, 60))
    return _same(text.upper())


@lru_cache(maxsize=4096)
def _same(text: str) -> str:
    """One object for a name that a million rows repeat."""
    return text


def is_money(name: str) -> bool:
    """Whether the name is money's."""
    return name in MONEY


def label(cell: str, default: str = "") -> str:
    """Text for people: one line, no signs that cannot be seen, not longer than a label may be."""
    return _same(shown(cell.strip(), 150) or default)


class NoZone(Exception):
    """A time without zone where neither the format nor the caller says one."""


def moment(cell: str, column: str, zone: tzinfo | None) -> datetime:
    """A time. The zone it bears counts; one without is in `zone`. A year of two digits is of this century."""
    at = _time(cell, column)
    if at.tzinfo is not None:
        return at
    if zone is None:
        raise NoZone
    return at.replace(tzinfo=zone)


@lru_cache(maxsize=2048)
def _time(cell: str, column: str) -> datetime:
    found = _TIME.fullmatch(cell.strip())
    if found is None:
        raise Misread("not_a_time", column=column, given=shown(cell, 60))
    year, month, day, hour, minute, second, fraction, stated = found.groups()
    full = year if len(year) == 4 else f"20{year}"
    offset = _OFFSETS.get(stated or "", stated or "")
    part = f".{fraction[:6]:0<6}" if fraction else ""
    try:
        at = datetime.fromisoformat(f"{full}-{month}-{day}T{hour}:{minute}:{second or '00'}{part}{offset}")
    except ValueError as error:
        raise Misread("not_a_time", column=column, given=shown(cell, 60)) from error
    if not EARLIEST <= at.year < LATEST:
        raise Misread("not_a_time", column=column, given=shown(cell, 60))
    return at


@lru_cache(maxsize=2048)
def utc(cell: str, column: str) -> datetime:
    """A time of a column that is documented as UTC."""
    return moment(cell, column, UTC)


def day(cell: str, column: str) -> date:
    """A day, as 2026-03-31 or 31.03.2026."""
    found = _DAY.fullmatch(cell.strip())
    if found is not None:
        year, month, of_month = (found[1], found[2], found[3]) if found[1] else (found[6], found[5], found[4])
        try:
            return date(int(year), int(month), int(of_month))
        except ValueError:
            pass
    raise Misread("not_a_day", column=column, given=shown(cell, 60))
