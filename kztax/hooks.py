"""What a plugin may answer. Stable: a hook changes its meaning only with a new interface version.

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

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import pluggy
from pydantic import Field

from kztax.core.facts import Currency, Day, Facts, Listed, PositiveAmount, Share

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from kztax.core.assessment import Assessment
    from kztax.engine import TaxEngine

PROJECT = "kztax"
INTERFACE_VERSION = 1

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


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


class HookSpecifications:
    """The hooks of interface version 1. Every hook may be implemented by any number of plugins."""

    @hookspec
    def kztax_treaty_rate(self, country: str, income: str, on: date) -> TreatyRateAnswer | None:
        """The limit that a double tax treaty sets on tax at the source.

        `country` is ISO 3166 alpha-2, `income` the category ("dividends", "interest", "branch_profits", "foreign" …),
        `on` the last day of the tax period. It goes before the built-in table. Of answers of one priority the one
        valid for the shortest time wins.
        Example: `return TreatyRateAnswer(rate=Decimal("0.05"), source="Protocol of 2019")`.
        """

    @hookspec
    def kztax_asset_price(self, asset: str, on: date) -> AssetPriceAnswer | None:
        """The price of one unit of a digital asset on a day.

        Example: `return AssetPriceAnswer(value=Decimal(48000000), currency="KZT", source="the exchange's close")`.
        """

    @hookspec
    def kztax_exchange_rate(
        self, currency: str, kind: str, on: date | None, year: int | None
    ) -> ExchangeRateAnswer | None:
        """KZT for one unit of `currency`; `kind` is "official" or "market" with `on`, "yearly_mean" with `year`."""

    @hookspec
    def kztax_commands(self) -> Iterable[Command] | None:
        """Commands beside the built-in ones; asked when the command is not a built-in one, and for help.

        Example: `return [Command("rates", "exchange rates: import, fetch, show", configure, run)]`. A name that is
        built in, or another plugin's, is a conflict.
        """

    @hookspec
    def kztax_read(self, path: Path) -> Iterable[dict[str, Any]] | None:
        """Facts read from a file of the plugin's own format, one mapping with `kind` for each assessment.

        Answer None for a file that is not the plugin's own. The mappings are validated like JSON input.
        Example: `return [{"kind": "mining_levy", "period": "2025-Q1", "supplies": [...]}]`.
        """

    @hookspec
    def kztax_export(self, format: str, assessments: Sequence[Assessment[Any]]) -> bytes | None:
        """A file made of assessments, for an accounting system or an office. None for an unknown format.

        Example: `return render(assessments) if format == "my-journal" else None`.
        """
