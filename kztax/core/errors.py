"""One tree of typed errors. Every refusal says what is wrong, where, and what to supply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, ClassVar

from kztax.core.words import speaker

Path = tuple[str | int, ...]


class ErrorCode(StrEnum):
    """The stable codes a caller may branch on."""

    UNREADABLE_INPUT = "unreadable_input"
    INVALID_FACTS = "invalid_facts"
    MISSING_FACT = "missing_fact"
    UNKNOWN_PERIOD = "unknown_period"
    UNKNOWN_LAW = "unknown_law"
    MISSING_PRICE = "missing_price"
    MISSING_EXCHANGE_RATE = "missing_exchange_rate"
    UNKNOWN_TREATY_RATE = "unknown_treaty_rate"
    INSUFFICIENT_HOLDINGS = "insufficient_holdings"
    PLUGIN_ERROR = "plugin_error"
    PLUGIN_CONFLICT = "plugin_conflict"
    PLUGIN_ANSWER_REFUSED = "plugin_answer_refused"
    FEED_ERROR = "feed_error"
    STORE_ERROR = "store_error"
    NOTHING_PAYABLE = "nothing_payable"


class KztaxError(Exception):
    """Base of every error this package raises on purpose.

    `reason` names the message in the catalogs and `detail` fills its blanks, so that the same error can be
    read in any language; `str(error)` is English. `path` leads to the field, as in `("supplies", 3, "kwh")`.
    """

    code: ErrorCode
    others: tuple[KztaxError, ...] = ()

    def __init__(self, reason: str, *, path: Iterable[str | int] = (), **detail: Any) -> None:
        self.reason = reason
        self.path: Path = tuple(path)
        self.detail: Mapping[str, Any] = detail
        super().__init__(reason)

    def message(self, locale: str = "en") -> str:
        """What went wrong and what to do, in `locale` (en, ru or kk)."""
        return speaker().error(self.reason, dict(self.detail), locale)

    def __str__(self) -> str:
        where = ".".join(map(str, self.path))
        return f"{where}: {self.message()}" if where else self.message()

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross process boundaries in batches; keyword-only arguments need saying how.
        return (_rebuild, (type(self), self.reason, self.path, dict(self.detail), self.others))

    def as_json(self, locale: str = "en") -> dict[str, Any]:
        """The error as the command line prints it under `--format json`."""
        detail = {key: _plain(value) for key, value in self.detail.items()}
        if self.others:
            detail["others"] = [
                {"code": other.code.value, "message": other.message(locale), "path": list(other.path)}
                for other in self.others
            ]
        return {
            "code": self.code.value,
            "message": self.message(locale),
            "path": list(self.path),
            "detail": detail,
        }


def _rebuild(
    kind: type[KztaxError], reason: str, path: Path, detail: dict[str, Any], others: tuple[KztaxError, ...]
) -> KztaxError:
    error = kind(reason, path=path, **detail)
    error.others = others
    return error


def _plain(value: Any) -> Any:
    if isinstance(value, (str, int, bool)) or value is None:
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value)


class UnreadableInput(KztaxError):
    """The input is not text, not JSON, or JSON of a shape nobody sends on purpose."""

    code = ErrorCode.UNREADABLE_INPUT


class InvalidFacts(KztaxError):
    """A fact does not fit its field, or two facts contradict each other. `others` holds further ones."""

    code = ErrorCode.INVALID_FACTS


class Refused(KztaxError):
    """The facts fit, but the answer cannot be given from what is known."""


class MissingFact(Refused):
    """The law of the period needs a fact that was not stated."""

    code = ErrorCode.MISSING_FACT


class UnknownPeriod(Refused):
    """The rule book does not cover the date; the message names what it covers."""

    code = ErrorCode.UNKNOWN_PERIOD


class UnknownLaw(Refused):
    """The law on this point was not read, or says nothing; the message says what to supply."""

    code = ErrorCode.UNKNOWN_LAW


class MissingPrice(Refused):
    """No price of an asset on a day, neither in the facts nor from a plugin."""

    code = ErrorCode.MISSING_PRICE


class MissingExchangeRate(Refused):
    """No exchange rate of a currency, neither in the facts nor from a plugin."""

    code = ErrorCode.MISSING_EXCHANGE_RATE


class UnknownTreatyRate(Refused):
    """The treaty table has no answer for the country and the kind of income."""

    code = ErrorCode.UNKNOWN_TREATY_RATE


class InsufficientHoldings(Refused):
    """More of an asset was given away than was ever acquired. `others` holds further assets."""

    code = ErrorCode.INSUFFICIENT_HOLDINGS


class PluginError(Refused):
    """A plugin raised, could not be loaded, or asks for a newer interface."""

    code = ErrorCode.PLUGIN_ERROR


class PluginConflict(Refused):
    """Two plugins claim the same answer and neither declares precedence."""

    code = ErrorCode.PLUGIN_CONFLICT


class PluginAnswerRefused(Refused):
    """A plugin answered something that cannot be true."""

    code = ErrorCode.PLUGIN_ANSWER_REFUSED


class FeedError(Refused):
    """A publisher's feed cannot be reached, or answers what cannot be used."""

    code = ErrorCode.FEED_ERROR


class StoreError(Refused):
    """The store of observations is not named, not ours, damaged, in use, or holds another value."""

    code = ErrorCode.STORE_ERROR


class NothingPayable(Refused):
    """Nothing is payable, so there is nothing to write: an empty file would be mistaken for a finished import."""

    code = ErrorCode.NOTHING_PAYABLE


class PluginRefusal(PluginError):
    """A plugin's own refusal, in its own words: a subclass sets `WORDS`, by reason and then by language.

    `WORDS = {"no_such_base": {"en": "{url} is no base", "ru": "…", "kk": "…"}}`; the blanks are filled from the detail.
    """

    WORDS: ClassVar[Mapping[str, Mapping[str, str]]]

    def message(self, locale: str = "en") -> str:
        """What went wrong and what to do, in `locale`, from the plugin's own words."""
        return self.WORDS[self.reason][locale].format(**self.detail)


class LawError(Exception):
    """The rule book itself is malformed. Raised while loading, never while assessing."""
