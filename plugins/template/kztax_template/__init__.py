"""A plugin to copy. Each hook below is an example; leave those that you need, and change what they know."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from kztax import PluginRefusal, TaxEngine
from kztax.core.assessment import plain
from kztax.hooks import Command, ExchangeRateAnswer, hookimpl
from kztax.journal import AccountMap, journal_entries
from kztax.terminal import write

if TYPE_CHECKING:
    from kztax.core.assessment import Assessment

__version__ = "0.1.0"
KZTAX_INTERFACE = 1

FORMAT = "template-lines"
YEARLY_MEANS = {("USD", 2026): Decimal("500.25")}
SOURCE = "an example and no rate: replace it by your table"


class Refusal(PluginRefusal):
    """What this plugin refuses, in its own words: by reason, then by language."""

    WORDS: ClassVar = {
        "year_unknown": {
            "en": "the table has no rate for {year}",
            "ru": "в таблице нет курса за {year} год",
            "kk": "кестеде {year} жылғы бағам жоқ",
        }
    }


@hookimpl
def kztax_exchange_rate(currency: str, kind: str, year: int | None) -> ExchangeRateAnswer | None:
    """KZT for one unit of a currency; None for whatever the table does not have."""
    if kind != "yearly_mean" or year is None or (currency, year) not in YEARLY_MEANS:
        return None
    return ExchangeRateAnswer(rate=YEARLY_MEANS[currency, year], source=SOURCE)


@hookimpl
def kztax_export(
    format: str, assessments: Sequence[Assessment[Any]], accounts: AccountMap | None, locale: str
) -> bytes | None:
    """What is payable, a line an entry; None for any other format."""
    if format != FORMAT:
        return None
    entries = journal_entries(assessments, accounts, locale)
    lines = [f"{each.on} {each.debit.account} {each.credit.account} {each.amount} {each.text}" for each in entries]
    return "".join(line + "\n" for line in lines).encode("utf-8")


@hookimpl
def kztax_commands() -> list[Command]:
    """`kztax template`: what the table has."""
    return [Command("template", "yearly mean rates of the template's table", configure, run)]


def configure(parser: ArgumentParser) -> None:
    """The command's options; `--locale` is added to them."""
    parser.add_argument("year", type=int, metavar="YEAR")


def run(options: Namespace, engine: TaxEngine) -> int:  # noqa: ARG001 - a command is given the engine, needed or not
    """Print the rates of a year; 0 says that it was done."""
    rates = [f"{currency} {plain(rate)}\n" for (currency, year), rate in YEARLY_MEANS.items() if year == options.year]
    if not rates:
        raise Refusal("year_unknown", path=("YEAR",), year=options.year)
    write("".join(rates), None)
    return 0
