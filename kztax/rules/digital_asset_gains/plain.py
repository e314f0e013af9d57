"""A quick way in for the rows that a long ledger is made of.

A row that states nothing out of the ordinary is kept as a tuple, at a tenth of what a model costs. What is not plain,
or does not fit, is left for the model, which reads it or says what is wrong: there is one authority on what a trade
is, and this is a shortcut to it (the tests hold both to the same answers).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any, NamedTuple

from kztax.core.facts import Source
from kztax.rules.digital_asset_gains.kinds import INCOMING, ORIGINS, OUTGOING, LotOrigin, TradeType

_DIGITS = re.compile(r"\d{1,30}(\.\d{1,18})?", re.ASCII).fullmatch
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII).fullmatch
_TYPES = {kind.value: kind for kind in INCOMING | OUTGOING}
_SOURCES = {source.value: source for source in Source}
_OFFSETS = {
    f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}": timedelta(minutes=minutes)
    for minutes in range(-12 * 60, 14 * 60 + 1, 15)
}
REMEMBERED = 4096
"""Quantities that a ledger repeats are read once; so many are kept in mind."""


class Rest(NamedTuple):
    """What fewer rows state; one for all that state nothing of it."""

    total: Decimal | None = None
    counter_asset: str | None = None
    counter_quantity: Decimal | None = None
    account: str | None = None


_NOTHING = Rest()


class _Fields(NamedTuple):
    type: TradeType
    instant: datetime
    asset: str
    quantity: Decimal
    id: str | None
    price: Decimal | None
    currency: str
    source: Source
    stated_at: str
    rest: Rest


class PlainTrade(_Fields):
    """What rules read of a trade, for one that states nothing else; `instant` is naive and in UTC."""

    __slots__ = ()
    counter_price = None
    fee = None
    lots = ()
    appraised_value = None
    appraised_on = None
    taxed_as_income = False
    for_property_abroad = False

    @property
    def total(self) -> Decimal | None:
        """What was stated for the whole quantity."""
        return self.rest.total

    @property
    def counter_asset(self) -> str | None:
        """What was got in an exchange."""
        return self.rest.counter_asset

    @property
    def counter_quantity(self) -> Decimal | None:
        """How much of it."""
        return self.rest.counter_quantity

    @property
    def account(self) -> str | None:
        """Where it happened."""
        return self.rest.account

    @property
    def at(self) -> datetime:
        """The instant as it was stated."""
        return datetime.fromisoformat(self.stated_at)

    @property
    def origin(self) -> LotOrigin:
        """How what came in with this trade was acquired."""
        return ORIGINS[self.type]


class _NotPlainError(ValueError):
    """Left for the model."""


def plain_trades(rows: Sequence[Any]) -> tuple[list[Any], list[int], set[str]]:
    """The rows, every plain one read, the places of the others, and the ids of those read, each once."""
    parse, make = datetime.fromisoformat, tuple.__new__
    types, offsets, kazakhstan = _TYPES, _OFFSETS, Source.KAZAKHSTAN
    exchange = TradeType.EXCHANGE
    digits, number = _DIGITS, Decimal
    usual = itemgetter("type", "at", "asset", "quantity", "id", "price")
    numbers: dict[str, Decimal] = {}
    assets: set[str] = set()
    names: set[str] = set()
    others: list[int] = []
    kept: list[Any] = []
    keep = kept.append
    for row in rows:
        try:
            try:
                word, stated_at, asset, text, name, worth = usual(row)
            except KeyError:
                word, stated_at, asset, text = row["type"], row["at"], row["asset"], row["quantity"]
                name, worth = row.get("id"), row.get("price")
            kind = types[word]
            ahead = offsets.get(stated_at[-6:])
            if ahead is not None:
                wall = stated_at[:-6]
                instant = parse(wall) - ahead
            else:
                wall = _before_z(stated_at)
                instant = parse(wall)
            quantity = numbers.get(text) or _number(text, numbers)
            if not quantity or len(wall) < 11 or instant.tzinfo is not None or not 1901 < instant.year < 2099:
                raise _NotPlainError
            if asset not in assets:
                assets.add(_label(asset, 40))
            stated = 4
            if name is not None:
                stated = 5
                if name in names or not name.isprintable() or not 0 < len(name) <= 200:
                    raise _NotPlainError
            price = None
            if worth is not None:
                stated += 1
                if digits(worth) is None:
                    raise _NotPlainError
                price = number(worth)
            if stated == len(row) and kind is not exchange:
                fields: tuple[Any, ...] = (
                    kind, instant, asset, quantity, name, price, "KZT", kazakhstan, stated_at, _NOTHING
                )  # fmt: skip
            else:
                fields = (kind, instant, asset, quantity, name, price, *_rest(row, kind, stated, numbers))
            keep(make(PlainTrade, fields))
            if name is not None:
                names.add(name)
        except (LookupError, TypeError, ValueError, AttributeError):
            others.append(len(kept))
            keep(row)
    return kept, others, names


def _before_z(stated_at: str) -> str:
    if stated_at[-1] != "Z":
        raise _NotPlainError
    return stated_at[:-1]


def _rest(
    row: dict[str, Any], kind: TradeType, stated: int, numbers: dict[str, Decimal]
) -> tuple[str, Source, str, Rest]:
    """The currency and the source, the instant as it was stated, and what fewer rows state."""
    readers: Mapping[str, Callable[[Any], Any]] = {
        "currency": _currency,
        "source": _SOURCES.__getitem__,
        "total": lambda text: _number(text, numbers),
        "counter_asset": lambda text: _label(text, 40),
        "counter_quantity": lambda text: _number(text, numbers),
        "account": lambda text: _label(text, 200),
    }
    given = {name: read(row[name]) for name, read in readers.items() if name in row}
    if stated + len(given) != len(row) or ("total" in given and "price" in row):
        raise _NotPlainError
    currency, source = given.pop("currency", "KZT"), given.pop("source", Source.KAZAKHSTAN)
    rest = Rest(**given)
    exchanged = kind is TradeType.EXCHANGE
    if exchanged is not (rest.counter_asset is not None) or exchanged is not (rest.counter_quantity is not None):
        raise _NotPlainError
    if rest.counter_quantity == 0 or rest.counter_asset == row["asset"]:
        raise _NotPlainError
    return currency, source, row["at"], rest


def _number(text: str, numbers: dict[str, Decimal]) -> Decimal:
    if _DIGITS(text) is None:
        raise _NotPlainError
    number = Decimal(text)
    if len(numbers) < REMEMBERED:
        numbers[text] = number
    return number


def _label(text: str, longest: int) -> str:
    if not text.isprintable() or not 0 < len(text) <= longest:
        raise _NotPlainError
    return text


def _currency(text: str) -> str:
    if _CURRENCY(text) is None:
        raise _NotPlainError
    return text
