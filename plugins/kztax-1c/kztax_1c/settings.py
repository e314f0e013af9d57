"""What the plugin must be told of the company: nothing secret, so an ordinary TOML file."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from kztax.core.errors import InvalidFacts, UnreadableInput
from kztax.core.facts import Facts, Label
from kztax.core.invalid import invalid_facts
from kztax.journal import AccountMap
from kztax_1c.identity import is_bin_or_iin, is_iik
from kztax_1c.words import OneCError

NAMED_BY = "KZTAX_1C_SETTINGS"
LARGEST_BYTES = 1_000_000

TwelveDigits = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
SetName = Annotated[str, StringConstraints(pattern=r"^Catalog_\w{1,80}$")]


class Organisation(Facts):
    """The company whose books these are, known in the base by its BIN (IIN)."""

    bin: TwelveDigits


class BaseTax(Facts):
    """Which row of the base's list of taxes a charge is, by code or description; else it is found by its budget code.

    `payment_kind` is what the base's document calls the kind of payment (ВидПлатежаВБюджет), in its own words.
    """

    code: Label | None = None
    description: Label | None = None
    payment_kind: Label | None = None


class Party(Facts):
    """Payer or beneficiary of a payment order."""

    name: Label
    bin: TwelveDigits
    kbe: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]
    iik: Annotated[str, StringConstraints(pattern=r"^KZ[0-9A-Z]{18}$")]
    bank: Label
    bic: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{8}([0-9A-Z]{3})?$")]
    bank_bin: TwelveDigits | None = None


class Payments(Facts):
    """Payment orders: who pays whom, the code of the purpose (KNP) and the number of the first order."""

    payer: Party
    beneficiary: Party
    purpose_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")]
    first_number: Annotated[int, Field(ge=1, le=999_999_999)] = 1


class Settings(Facts):
    """The whole file."""

    organisation: Organisation
    taxes: dict[Label, BaseTax] = {}  # noqa: RUF012 - pydantic copies defaults
    subconto: dict[Label, SetName] = {}  # noqa: RUF012
    payments: Payments | None = None

    @property
    def stated_payments(self) -> Payments:
        """The payments, which orders need."""
        if self.payments is None:
            raise OneCError("settings_missing", path=("payments",), table="payments")
        return self.payments


def read_settings(path: str | Path | None = None) -> Settings:
    """The settings in a TOML file: the one given, else the one that `KZTAX_1C_SETTINGS` names.

    Raises `OneCError`, `UnreadableInput`, or `InvalidFacts` that names each field that does not fit.
    """
    named = str(path or os.environ.get(NAMED_BY, ""))
    if not named:
        raise OneCError("settings_not_named", path=(NAMED_BY,))
    try:
        with Path(named).open("rb") as file:
            content = file.read(LARGEST_BYTES)
    except OSError as error:
        raise UnreadableInput("cannot_read", path=(named,), problem=error.strerror or str(error)) from error
    try:
        return settings_of(tomllib.loads(content.decode("utf-8")))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnreadableInput("not_toml", path=(named,), problem=str(error)) from error


def settings_of(stated: dict[str, Any]) -> Settings:
    """Settings from a mapping, checked."""
    try:
        settings = Settings.model_validate(stated)
    except ValidationError as error:
        raise invalid_facts(error) from error
    _check(settings)
    return settings


def _check(settings: Settings) -> None:
    _check_bin(settings.organisation.bin, "organisation", "bin")
    for charge, tax in settings.taxes.items():
        if charge not in AccountMap.model_fields:
            raise InvalidFacts("field_unknown", path=("taxes", charge), given=charge)
        if tax.code is not None and tax.description is not None:
            raise OneCError("tax_by_one", path=("taxes", charge))
    if settings.payments is None:
        return
    for name in ("payer", "beneficiary"):
        party: Party = getattr(settings.payments, name)
        _check_bin(party.bin, "payments", name, "bin")
        if party.bank_bin is not None:
            _check_bin(party.bank_bin, "payments", name, "bank_bin")
        if not is_iik(party.iik):
            raise OneCError("iik_check", path=("payments", name, "iik"), given=party.iik)


def _check_bin(number: str, *path: str) -> None:
    if not is_bin_or_iin(number):
        raise OneCError("check_digit", path=path, given=number)
