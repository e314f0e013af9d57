"""What every facts model is made of: frozen, strict, and exact to the digit.

Amounts are JSON strings that hold decimals, or integers; a float is refused because it has already lost
digits. Days are ISO 8601 dates between 1900 and 2100. Unknown fields are refused by name.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints
from pydantic_core import PydanticCustomError

from kztax.core.assessment import plain
from kztax.core.countries import COUNTRIES
from kztax.core.period import Period

_DECIMAL = re.compile(r"-?(\d{1,30})(\.\d{1,18})?", re.ASCII)
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_LARGEST = Decimal(10) ** 30
EARLIEST_DAY = date(1900, 1, 1)
LATEST_DAY = date(2100, 12, 31)


def fault(reason: str, **detail: str) -> PydanticCustomError:
    """A fault of one field or model, in our own words: `reason` is the message's id in the catalogs."""
    return PydanticCustomError(reason, reason, {**detail, "ours": True})


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        if isinstance(value, float):
            raise fault("float_amount")
        raise fault("amount_type")
    if isinstance(value, str):
        if _DECIMAL.fullmatch(value) is None:
            raise fault("amount_text")
        return Decimal(value)
    number = Decimal(value)
    if not number.is_finite():
        raise fault("amount_not_finite")
    exponent = number.as_tuple().exponent
    if abs(number) >= _LARGEST or (isinstance(exponent, int) and exponent < -18):
        raise fault("amount_text")
    return number


def not_negative(value: Any) -> Decimal:
    """A decimal of zero or more, from text, an integer or a decimal; a fault of the field otherwise."""
    number = _decimal(value)
    if number < 0:
        raise fault("negative_amount")
    return number


def _positive(value: Any) -> Decimal:
    number = not_negative(value)
    if number == 0:
        raise fault("zero_amount")
    return number


def _share(value: Any) -> Decimal:
    number = not_negative(value)
    if number > 1:
        raise fault("share_above_one")
    return number


def _day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        day: date | None = value
    elif isinstance(value, str):
        found = _ISO_DAY.fullmatch(value)
        try:
            day = date(*map(int, found.groups())) if found else None
        except ValueError:
            day = None
    else:
        day = None
    if day is None:
        raise fault("not_a_day")
    if not EARLIEST_DAY <= day <= LATEST_DAY:
        raise fault("day_out_of_range")
    return day


_PLAIN = r"^(\d{1,30})(\.\d{1,18})?$"


def _amount_schema(pattern: str) -> dict[str, Any]:
    return {"anyOf": [{"type": "string", "pattern": pattern}, {"type": "integer", "minimum": 0}]}


Amount = Annotated[
    Decimal,
    BeforeValidator(not_negative, json_schema_input_type=str | int),
    PlainSerializer(plain, return_type=str),
    Field(json_schema_extra=_amount_schema(_PLAIN)),
]
PositiveAmount = Annotated[
    Decimal,
    BeforeValidator(_positive, json_schema_input_type=str | int),
    PlainSerializer(plain, return_type=str),
    Field(json_schema_extra=_amount_schema(_PLAIN)),
]
SignedAmount = Annotated[
    Decimal,
    BeforeValidator(_decimal, json_schema_input_type=str | int),
    PlainSerializer(plain, return_type=str),
]
Share = Annotated[
    Decimal,
    BeforeValidator(_share, json_schema_input_type=str | int),
    PlainSerializer(plain, return_type=str),
    Field(json_schema_extra=_amount_schema(_PLAIN)),
]
Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=str)]


def _printable(value: str) -> str:
    """Text that cannot forge a line or turn the direction of one in an explanation."""
    if value.isascii() and value.isprintable():
        return value
    if any(unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs") for character in value):
        raise fault("control_characters")
    return value


def _country(value: str) -> str:
    if value not in COUNTRIES:
        raise fault("not_a_country")
    return value


Label = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_printable)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), AfterValidator(_country)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
AssetName = Annotated[str, StringConstraints(min_length=1, max_length=40), AfterValidator(_printable)]
TaxYear = Annotated[int, Field(ge=1900, le=2100)]
Listed = Field(strict=False)
"""Marks a list or an enumeration inside a strict model: JSON has neither tuples nor enums."""


class Facts(BaseModel):
    """Base of whatever a caller states. Frozen; unknown fields are refused."""

    # Validators are built with the first facts, not with the import: most programs use one kind of many.
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False, defer_build=True)


class RateKind(StrEnum):
    """Official rate of a day, market rate of a day, arithmetic mean of the official rates of a year."""

    OFFICIAL = "official"
    MARKET = "market"
    YEARLY_MEAN = "yearly_mean"


class IncomeSource(StrEnum):
    """Whether income is from sources in Kazakhstan."""

    KAZAKHSTAN = "kazakhstan"
    FOREIGN = "foreign"


class Source(StrEnum):
    """Where the sale of an asset has its source; `low_tax`: in a state with favourable taxation."""

    KAZAKHSTAN = "kazakhstan"
    FOREIGN = "foreign"
    LOW_TAX = "low_tax"


class ExchangeRate(Facts):
    """KZT for one unit of `currency`: on a day (official, market) or for a year (yearly mean)."""

    currency: Currency
    on: Day | None = None
    year: TaxYear | None = None
    rate: PositiveAmount
    kind: Annotated[RateKind, Listed]


class AssetPrice(Facts):
    """Price of one unit of an asset on a day, in `currency`; `source` says who published it."""

    asset: AssetName
    on: Day
    value: Amount
    currency: Currency
    source: str | None = None


class Evidence(Facts):
    """Prices and exchange rates that come with the facts; they are used before any plugin is asked."""

    asset_prices: Annotated[tuple[AssetPrice, ...], Listed] = ()
    exchange_rates: Annotated[tuple[ExchangeRate, ...], Listed] = ()

    @property
    def stated_prices(self) -> tuple[AssetPrice, ...]:
        """Every price that was stated: facts made of other facts add theirs."""
        return self.asset_prices

    @property
    def stated_rates(self) -> tuple[ExchangeRate, ...]:
        """Every exchange rate that was stated, likewise."""
        return self.exchange_rates


class SubjectFacts(Evidence):
    """Base of the facts of a kind. `kind` may be stated, and is then checked."""

    KIND: ClassVar[str]

    @property
    def tax_period(self) -> Period:
        """The quarter or year that the facts are of."""
        raise NotImplementedError
