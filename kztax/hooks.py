"""What a plugin may answer. Stable: a hook never changes its meaning.

Another meaning is another hook, of the next interface version; the old hook is marked with a `Deprecation`, and is
asked as long as its interface is offered. What is only added, an argument or a field with a default, changes nothing
for a plugin that does not know it.

A plugin is any installed distribution with an entry point in the group `kztax`, naming a module or object
whose functions are marked with `@kztax.hooks.hookimpl`:

    import kztax.hooks

    KZTAX_INTERFACE = 1

    @kztax.hooks.hookimpl
    def kztax_exchange_rate(currency, kind, on, year):
        if (currency, kind, year) == ("USD", "yearly_mean", 2026):
            return kztax.hooks.ExchangeRateAnswer(rate=Decimal("500.25"), source="National Bank, yearly table")

Answer None for what the plugin does not know. An answer may be the model or a mapping of its fields; it is
validated, and a plugin that raises or answers nonsense is named in the error. Two plugins that answer the
same question differently are a `PluginConflict`, unless one declares precedence by a higher `priority`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import date, tzinfo
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Self, TypeVar

import pluggy
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

from kztax.core.facts import (
    Amount,
    AssetName,
    Currency,
    Day,
    Facts,
    Label,
    Listed,
    PositiveAmount,
    Share,
    SignedAmount,
)
from kztax.core.words import Words

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from kztax.core.assessment import Assessment
    from kztax.engine import TaxEngine
    from kztax.journal.accounts import AccountMap

PROJECT = "kztax"
INTERFACE_VERSION = 1
OLDEST_INTERFACE = 1
"""The oldest interface that is still offered: a plugin written for it keeps working."""

hookimpl = pluggy.HookimplMarker(PROJECT)
_specification = pluggy.HookspecMarker(PROJECT)
_HISTORY = "kztax_history"
F = TypeVar("F", bound=Callable[..., Any])


class HookDeprecated(DeprecationWarning):
    """Given where a plugin implements a hook that goes away; `kztax plugins` says it too."""


class Deprecation(NamedTuple):
    """A hook goes away: since which release that is said ("0.4"), the hook to implement instead, and the last
    interface that has the old one. It is asked as long as that interface is offered.
    """

    since: str
    instead: str
    last_interface: int


class HookHistory(NamedTuple):
    """Since which interface there is a hook, and whether it goes away."""

    since: int
    deprecated: Deprecation | None


def hookspec(*, since: int, deprecated: Deprecation | None = None) -> Callable[[F], F]:
    """Mark a function as the specification of a hook."""

    def mark(function: F) -> F:
        warning = None
        if deprecated is not None:
            warning = HookDeprecated(
                f"the hook {function.__name__} is deprecated since kztax {deprecated.since}: implement "
                f"{deprecated.instead}; interface {deprecated.last_interface} is the last that has it"
            )
        setattr(function, _HISTORY, HookHistory(since, deprecated))
        return _specification(warn_on_impl=warning)(function)

    return mark


def hooks_of(specifications: type) -> dict[str, HookHistory]:
    """Every hook that a class specifies, with its history, in the order in which they stand there."""
    return {name: getattr(found, _HISTORY) for name, found in vars(specifications).items() if hasattr(found, _HISTORY)}


class Answer(Facts):
    """Base of what plugins answer. `source` says where the answer is from; it is shown in the explanation.

    `priority` decides between plugins that answer the same question: the higher one wins.
    """

    source: Annotated[str, Field(min_length=1, max_length=500)]
    priority: int = 0


class TreatyRateAnswer(Answer):
    """A treaty's limit as a fraction between 0 and 1, and the days on which it may be used."""

    rate: Share
    valid_from: Day | None = None
    valid_to: Day | None = None


class AssetPriceAnswer(Answer):
    """Price of one unit of the asset in `currency`, and whether the authority itself published it.

    A price that is not official is noted in the assessment; `official_due` is the day by which the official one is
    to be published, and the note then calls the price provisional until then.
    """

    value: PositiveAmount
    currency: Currency = "KZT"
    published_on: Day | None = None
    official: bool = False
    official_due: Day | None = None


class RateBasis(StrEnum):
    """How a rate came to the plugin; anything but PUBLISHED is noted in the assessment.

    SECOND_HAND: from a copy of the publisher's table. FROM_OFFICIAL: a market rate taken from the official rate of the
    next working day, which is how the market rate becomes official.
    """

    PUBLISHED = "published"
    SECOND_HAND = "second_hand"
    FROM_OFFICIAL = "from_official"


class ExchangeRateAnswer(Answer):
    """KZT for one unit of the currency."""

    rate: PositiveAmount
    published_on: Day | None = None
    basis: Annotated[RateBasis, Listed] = RateBasis.PUBLISHED


class Command(NamedTuple):
    """A command of the shell: `kztax NAME …`. `--locale` is added to its options.

    `configure` adds its options to a parser; `run` does the work with an engine of the language asked for and returns
    the exit status: 0 done, 1 refused, 2 the input does not fit. A `KztaxError` that it raises is shown like any other.
    `kztax.terminal` prints rows and shows progress.
    """

    name: str
    help: str
    configure: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, TaxEngine], int]


class Severity(StrEnum):
    """How much a finding weighs: an error makes the ledger unfit for a return, a warning wants a look."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


# The parts of a ledger are many: slots and no bookkeeping of fields keep a million of them small.
_RECORD = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, defer_build=True)
Line = Annotated[int, Field(ge=1)]
"""The line of the file that a record was read from, counted from one; the first of several."""

TradeType = Literal[
    "buy",
    "sell",
    "exchange",
    "spend",
    "mined",
    "reward",
    "staking",
    "airdrop",
    "gift_in",
    "gift_out",
    "inheritance",
    "transfer_in",
    "transfer_out",
    "fee",
]


@dataclass(frozen=True, slots=True, config=_RECORD)
class LedgerFee:
    """What was paid besides the quantities of the trade, in a digital asset or in money."""

    asset: AssetName
    quantity: PositiveAmount


@dataclass(frozen=True, slots=True, kw_only=True, config=_RECORD)
class LedgerTrade:
    """One trade in the shape that the kind `digital_asset_gains` takes.

    Quantities are those before the fee, which comes on top. In an `exchange` `asset` is given away and
    `counter_asset` received. `price` is of one unit of `asset`, `total` of the whole quantity, both in `currency`.

    `key` is whatever makes the event itself (the exchange's own id; a row with its running balance): two trades
    with one key are one event. Without a key two equal trades in two files are one event, two in one file are two.
    `miner` is whose it is, in a file that holds the rows of many.
    """

    line: Line = field(compare=False)
    type: TradeType
    at: AwareDatetime
    asset: AssetName
    quantity: PositiveAmount
    counter_asset: AssetName | None = None
    counter_quantity: PositiveAmount | None = None
    price: Amount | None = None
    total: Amount | None = None
    counter_price: Amount | None = None
    currency: Currency | None = None
    fee: LedgerFee | None = None
    account: Label | None = None
    id: Label | None = None
    source: Literal["kazakhstan", "foreign", "low_tax"] | None = None
    appraised_value: Amount | None = None
    appraised_on: Day | None = None
    miner: Label | None = None
    key: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.counter_asset is None) != (self.counter_quantity is None):
            raise ValueError("counter_asset and counter_quantity come together")
        if self.type == "exchange" and self.counter_asset is None:
            raise ValueError("an exchange has a counter_asset")
        if self.currency is None and not (self.price is None and self.total is None and self.counter_price is None):
            raise ValueError("a price has a currency")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=_RECORD)
class LedgerCash:
    """Money that came (a positive quantity) or went without a digital asset: no trade, but a balance needs it."""

    line: Line = field(compare=False)
    at: AwareDatetime
    currency: AssetName
    quantity: SignedAmount
    account: Label | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_RECORD)
class LedgerBalance:
    """What the file itself says an account held of an asset after a row, and by how much the row changed it."""

    line: Line
    at: AwareDatetime
    account: Label | None = None
    asset: AssetName
    change: SignedAmount
    after: SignedAmount


@dataclass(frozen=True, slots=True, kw_only=True, config=_RECORD)
class LedgerDistribution:
    """A row of a mining pool's report, as `corporate_income_tax.digital_assets_distributed` takes it.

    `miner` is the IIN or BIN that the row belongs to: a pool's report holds the rows of many.
    """

    line: Line = field(compare=False)
    asset: AssetName
    quantity: PositiveAmount
    received_on: Day
    pool_commission_quantity: Amount = Decimal(0)
    miner: Label | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_RECORD)
class LedgerFinding:
    """Something worth knowing about the file or one line of it, in the plugin's own words; `id` is for programs."""

    severity: Severity
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    words: Words
    line: Line | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_RECORD)
class LedgerUnprocessed:
    """A line that the plugin does not understand, with the reason. It stops the reading unless the caller goes on."""

    line: Line
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    words: Words
    text: str


LedgerRecord = LedgerTrade | LedgerCash | LedgerBalance | LedgerDistribution | LedgerFinding | LedgerUnprocessed
LEDGER_RECORDS = (LedgerTrade, LedgerCash, LedgerBalance, LedgerDistribution, LedgerFinding, LedgerUnprocessed)


class LedgerUnreadable(Exception):
    """Raised by a reader for a file that is its own and yet cannot be read at all: no zone for its times, for one."""

    def __init__(self, words: Words, line: int | None = None) -> None:
        super().__init__(str(words))
        self.words = words
        self.line = line


def _records(value: Any) -> Any:
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise ValueError("records must be an iterable of ledger records")  # noqa: TRY004 - pydantic turns it into its own
    return value


class LedgerAnswer(Answer):
    """A file of trades. `source` names the format; `records` are drawn one by one, so a generator reads a large file.

    `venue` is the book that the file is of: two formats of one venue that tell of the same days tell of the same
    trades, which is an error of whoever gave both.
    """

    venue: Label | None = None
    records: Annotated[Any, AfterValidator(_records)]


class HookSpecifications:
    """The hooks. Each may be implemented by any number of plugins."""

    @hookspec(since=1)
    def kztax_treaty_rate(self, country: str, income: str, on: date) -> TreatyRateAnswer | None:
        """The limit that a double tax treaty sets on tax at the source.

        `country` is ISO 3166 alpha-2, `income` the category ("dividends", "interest", "branch_profits", "foreign" …),
        `on` the last day of the tax period. It goes before the built-in table. Of answers of one priority the one
        valid for the shortest time wins.
        Example: `return TreatyRateAnswer(rate=Decimal("0.05"), source="Protocol of 2019")`.
        """

    @hookspec(since=1)
    def kztax_asset_price(self, asset: str, on: date) -> AssetPriceAnswer | None:
        """The price of one unit of a digital asset on a day.

        Example: `return AssetPriceAnswer(value=Decimal(48000000), currency="KZT", source="the exchange's close")`.
        """

    @hookspec(since=1)
    def kztax_exchange_rate(
        self, currency: str, kind: str, on: date | None, year: int | None
    ) -> ExchangeRateAnswer | None:
        """KZT for one unit of `currency`; `kind` is "official" or "market" with `on`, "yearly_mean" with `year`.

        Example: `return ExchangeRateAnswer(rate=Decimal("500.25"), source="National Bank, yearly table")`.
        """

    @hookspec(since=1)
    def kztax_at_store(self, store: Path) -> object | None:
        """The same plugin, answering from the store in that file whatever the environment names.

        For plugins that keep what they know in a `kztax.store`: a caller then says for one run where prices and rates
        are. Example: `return NationalBank(store)`.
        """

    @hookspec(since=1)
    def kztax_commands(self) -> Iterable[Command] | None:
        """Commands beside the built-in ones; asked when the command is not a built-in one, and for help.

        Example: `return [Command("rates", "exchange rates: import, fetch, show", configure, run)]`. A name that is
        built in, or another plugin's, is a conflict.
        """

    @hookspec(since=1)
    def kztax_read(self, path: Path) -> Iterable[dict[str, Any]] | None:
        """Facts read from a file of the plugin's own format, one mapping with `kind` for each assessment.

        Answer None for a file that is not the plugin's own. The mappings are validated like JSON input.
        Example: `return [{"kind": "mining_levy", "period": "2025-Q1", "supplies": [...]}]`.
        """

    @hookspec(since=1)
    def kztax_ledger(self, path: Path, zone: tzinfo | None) -> LedgerAnswer | None:
        """Trades, balances and a pool's rows read from a file of the plugin's own format.

        Answer None for a file that is not the plugin's own; look at its first lines only, as every plugin is asked.
        `zone` is what the caller says of times that bear no zone; where it is None and the format documents none
        either, raise `LedgerUnreadable`. Nothing is dropped: a line that is not understood is a `LedgerUnprocessed`.
        Example: `return LedgerAnswer(source="My exchange, history", venue="My exchange", records=rows(path))`.
        """

    @hookspec(since=1)
    def kztax_export(
        self, format: str, assessments: Sequence[Assessment[Any]], accounts: AccountMap | None, locale: str
    ) -> bytes | None:
        """A file made of assessments, for an accounting system or an office. None for an unknown format.

        `accounts` is the user's account map and `locale` the language of texts, for
        `kztax.journal.journal_entries(assessments, accounts, locale)`; an implementation may leave out what it does not
        need. Example: `return render(assessments) if format == "my-journal" else None`.
        """
