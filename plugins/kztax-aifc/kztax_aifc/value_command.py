"""`kztax value`: the official value of an asset received on a day, by the law of that day, with its working."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any, ClassVar

from kztax import Assessment, SubjectFacts, TaxEngine
from kztax.core.assessment import Number, Outcome, plain
from kztax.core.facts import AssetName, Day
from kztax.core.official_value import official_value
from kztax.core.period import SingleDay
from kztax.core.working import Working
from kztax.engine import Kind
from kztax.evidence import EvidenceFromStores
from kztax.hooks import Command
from kztax.plugins import Plugins
from kztax.store import NAMED_BY
from kztax.terminal import add_output_options, day_of, print_rows, write
from kztax_aifc.markets import ticker

SHOWN = ("asset", "received_on", "value", "currency", "notes")


class OfficialValueFacts(SubjectFacts):
    """An asset, and the day on which it was received."""

    KIND: ClassVar[str] = "official_value"
    asset: AssetName
    received_on: Day

    @property
    def tax_period(self) -> SingleDay:
        """The day of receipt."""
        return SingleDay(self.received_on)


class OfficialValueOutcome(Outcome):
    """KZT for one unit."""

    value: Number


def official_value_of_one_unit(facts: OfficialValueFacts, working: Working) -> OfficialValueOutcome:
    """The value of the day that counts, at the rate that the order of the day of receipt names."""
    value = official_value(working, facts.asset, facts.received_on)
    return working.outcome(OfficialValueOutcome, value=value)


OFFICIAL_VALUE = Kind(OfficialValueFacts, OfficialValueOutcome, official_value_of_one_unit, "value")


def configure(parser: ArgumentParser) -> None:
    """The options of `kztax value`."""
    parser.add_argument("asset", nargs="+", metavar="ASSET", help="tickers: BTC ETH")
    parser.add_argument("--on", required=True, metavar="DATE", help="the day of receipt, YYYY-MM-DD")
    parser.add_argument("--store", metavar="FILE", help=f"of values and of exchange rates; {NAMED_BY} unless stated")
    add_output_options(parser)


def run(options: Namespace, engine: TaxEngine) -> int:
    """Value each asset; a refusal of one is the answer."""
    day = day_of(options.on, "--on")
    if options.store is not None:
        engine = TaxEngine(locale=engine.locale, evidence=_evidence(options.store))
    found = [
        (asset, engine.assess_kind(OFFICIAL_VALUE, OfficialValueFacts(asset=asset, received_on=day)))
        for asset in map(ticker, options.asset)
    ]
    if options.format == "csv":
        print_rows([_row(asset, options.on, assessment) for asset, assessment in found], SHOWN, options)
    elif options.format == "json":
        parts = ",\n".join(assessment.model_dump_json() for _, assessment in found)
        write(f"[{parts}]\n" if len(found) > 1 else f"{parts}\n", options.output)
    else:
        write("\n\n".join(assessment.explain() for _, assessment in found) + "\n", options.output)
    return 0


VALUE = Command("value", "the official value of a digital asset received on a day, with its working", configure, run)


def _evidence(store: str) -> EvidenceFromStores:
    """Values of the store, and its exchange rates where a plugin is there to read them: not every value needs one."""
    plugins = Plugins()
    rates = store if plugins.implements("kztax_at_store", "kztax_exchange_rate") else None
    return EvidenceFromStores(plugins, prices=store, rates=rates)


def _row(asset: str, day: str, assessment: Assessment[Any]) -> dict[str, str]:
    return {
        "asset": asset,
        "received_on": day,
        "value": plain(assessment.outcome.value),
        "currency": "KZT",
        "notes": " ".join(note.id for note in assessment.notes),
    }
