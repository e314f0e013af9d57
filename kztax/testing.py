"""For authors of plugins: one call that finds what a plugin does otherwise than kztax expects.

    from kztax.testing import Samples, assert_conforms

    def test_it_conforms() -> None:
        assert_conforms(my_plugin, Samples(exchange_rates=[("USD", "yearly_mean", None, 2026)]))

It asks every hook that the plugin implements about things nobody knows (the answer must be None), about the samples
that the author names (the answer must be there, fit, and be the same twice), and looks at the words for people.
"""

from __future__ import annotations

import argparse
import json
import string
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from kztax.cli import BUILT_IN, add_command
from kztax.core.errors import KztaxError, PluginRefusal
from kztax.core.facts import RateKind
from kztax.engine import TaxEngine
from kztax.explain.catalog import LOCALES
from kztax.hooks import INTERFACE_VERSION
from kztax.journal import AccountMap
from kztax.plugins import Plugins

NOBODY_KNOWS = "no-such-thing"
LONG_AGO = date(1900, 1, 1)
STRANGE_FILES = {
    "empty": b"",
    "text.txt": b"no such header\r\n1;2;3\r\n",
    "facts.json": json.dumps({"kind": NOBODY_KNOWS}).encode(),
    "binary.bin": bytes(range(256)) * 16,
}
EXPORTED: tuple[dict[str, Any], ...] = (
    {"kind": "mining_levy", "period": "2025-Q1", "supplies": [{"kwh": "1000.255"}]},
    {"kind": "corporate_income_tax", "tax_year": 2025, "taxpayer": "resident", "income": [{"amount": "1000000"}]},
)
"""The facts whose assessments an exporter is given: 2,000.51 and 200,000 KZT are payable."""
EXPORT_ACCOUNTS = {"mining_levy": {"debit": "8410", "credit": "3230"}}


Ask = Callable[[], Any]


class Fault(NamedTuple):
    """What a plugin does otherwise than it should: which check found it, and what it found."""

    check: str
    problem: str


@dataclass(frozen=True, kw_only=True)
class Samples:
    """What the plugin knows, as far as its author wants it checked; the arguments of its hooks.

    `refusals` are the plugin's subclasses of `PluginRefusal`: their words are checked.
    """

    treaty_rates: Sequence[tuple[str, str, date]] = ()
    asset_prices: Sequence[tuple[str, date]] = ()
    exchange_rates: Sequence[tuple[str, str, date | None, int | None]] = ()
    reads: Sequence[Path] = ()
    ledgers: Sequence[Path] = ()
    exports: Sequence[str] = ()
    refusals: Sequence[type[PluginRefusal]] = ()


def assert_conforms(plugin: object, samples: Samples | None = None) -> None:
    """Raises `AssertionError` that names every fault."""
    faults = faults_of(plugin, samples or Samples())
    assert not faults, "\n".join(f"{fault.check}: {fault.problem}" for fault in faults)


def faults_of(plugin: object, samples: Samples) -> list[Fault]:
    """What is wrong with a plugin; empty where nothing is."""
    found = list(_loads(plugin))
    if not found:
        plugins = Plugins([plugin], discover=False)
        for check in (_strangers, _answers, _files, _exports, _commands):
            found += check(plugins, samples)
    return [*found, *(fault for refusal in samples.refusals for fault in _words(refusal))]


def _loads(plugin: object) -> Iterator[Fault]:
    (status,) = Plugins([plugin], discover=False).statuses()
    if status.refused is not None:
        yield Fault("loads", status.refused.message())
    elif not status.hooks:
        yield Fault("loads", "implements no hook: are its functions marked with @hookimpl?")
    elif not isinstance(getattr(plugin, "KZTAX_INTERFACE", None), int):
        yield Fault("interface", f"does not say for which interface it is: KZTAX_INTERFACE = {INTERFACE_VERSION}")


def _strangers(plugins: Plugins, samples: Samples) -> Iterator[Fault]:  # noqa: ARG001 - every check takes the same
    """Questions whose answer is None: a plugin that guesses, or raises, would stand in every other plugin's way."""
    with _strange_files() as files:
        asked: list[tuple[str, Ask]] = [
            ("kztax_treaty_rate", partial(plugins.treaty_rate, "AQ", NOBODY_KNOWS, LONG_AGO)),
            ("kztax_asset_price", partial(plugins.asset_price, NOBODY_KNOWS, LONG_AGO)),
            ("kztax_exchange_rate", partial(plugins.exchange_rate, "XXX", RateKind.OFFICIAL, LONG_AGO, None)),
            ("kztax_exchange_rate", partial(plugins.exchange_rate, "XXX", RateKind.YEARLY_MEAN, None, 1900)),
            ("kztax_export", partial(plugins.export, NOBODY_KNOWS, [], AccountMap.standard(), "kk")),
            *(("kztax_read", partial(plugins.read, file)) for file in files),
            *(("kztax_ledger", partial(plugins.ledger, file, None)) for file in files),
        ]
        for hook, ask in asked:
            yield from _expected(f"{hook} of what it does not know", ask, _is_none, "not None")


def _answers(plugins: Plugins, samples: Samples) -> Iterator[Fault]:
    questions: list[tuple[str, Ask]] = [
        *((f"kztax_treaty_rate {each}", partial(plugins.treaty_rate, *each)) for each in samples.treaty_rates),
        *((f"kztax_asset_price {each}", partial(plugins.asset_price, *each)) for each in samples.asset_prices),
        *(
            (f"kztax_exchange_rate {each}", partial(plugins.exchange_rate, each[0], RateKind(each[1]), *each[2:]))
            for each in samples.exchange_rates
        ),
    ]
    for name, ask in questions:
        yield from _expected(name, ask, _is_some, "None")
        yield from _expected(name, partial(_twice, ask), _are_equal, "differs when asked twice")
        yield from _expected(name, ask, _has_printable_source, "its source is not one printable line")


def _files(plugins: Plugins, samples: Samples) -> Iterator[Fault]:
    for path in samples.reads:
        yield from _expected(f"kztax_read {path.name}", partial(_facts, plugins, path), bool, "no facts of its own")
    for path in samples.ledgers:
        yield from _expected(f"kztax_ledger {path.name}", partial(_drawn, plugins, path), bool, "no records of its own")


def _exports(plugins: Plugins, samples: Samples) -> Iterator[Fault]:
    accounts = AccountMap.of(EXPORT_ACCOUNTS)
    for format_name in samples.exports:
        for locale in LOCALES:
            engine = TaxEngine(locale=locale, discover=False)
            assessments = [engine.assess(facts) for facts in EXPORTED]
            export = partial(plugins.export, format_name, assessments, accounts, locale)
            yield from _expected(f"kztax_export {format_name} {locale}", export, bool, "nothing")


def _commands(plugins: Plugins, samples: Samples) -> Iterator[Fault]:  # noqa: ARG001 - every check takes the same
    try:
        for name, command in plugins.commands(BUILT_IN):
            commands = argparse.ArgumentParser().add_subparsers()
            add_command(commands, name, command)
            if not command.help:
                yield Fault(f"kztax {command.name}", "says nothing of itself in `kztax --help`")
    except KztaxError as error:
        yield Fault("kztax_commands", str(error))


def _words(refusal: type[PluginRefusal]) -> Iterator[Fault]:
    for reason, words in refusal.WORDS.items():
        name = f"{refusal.__name__} {reason}"
        missing = [locale for locale in LOCALES if not words.get(locale, "").strip()]
        if missing:
            yield Fault(name, f"not said in {', '.join(missing)}")
        elif len({frozenset(_blanks(words[locale])) for locale in LOCALES}) > 1:
            yield Fault(name, "the languages have other blanks")


def _blanks(text: str) -> Iterator[str]:
    return (name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def _expected(name: str, ask: Ask, fits: Callable[[Any], bool], problem: str) -> Iterator[Fault]:
    try:
        answer = ask()
    except Exception as error:  # noqa: BLE001 - whatever a plugin raises is the finding here
        yield Fault(name, f"raises {type(error).__name__}: {error}")
        return
    if not fits(answer):
        yield Fault(name, problem)


def _is_none(answer: Any) -> bool:
    return answer is None


def _is_some(answer: Any) -> bool:
    return answer is not None


def _twice(ask: Ask) -> tuple[Any, Any]:
    return ask(), ask()


def _are_equal(both: Any) -> bool:
    return bool(both[0] == both[1])


def _has_printable_source(answer: Any) -> bool:
    return bool(answer is None or (answer.source.isprintable() and answer.source.strip()))


def _facts(plugins: Plugins, path: Path) -> list[Any]:
    read = plugins.read(path)
    engine = TaxEngine(discover=False)
    return [] if read is None else [engine.facts_of(row) for row in read[1]]


def _drawn(plugins: Plugins, path: Path) -> list[Any]:
    claimed = plugins.ledger(path, None)
    return [] if claimed is None else list(claimed.records)


@contextmanager
def _strange_files() -> Iterator[list[Path]]:
    with tempfile.TemporaryDirectory() as directory:
        for name, content in STRANGE_FILES.items():
            Path(directory, name).write_bytes(content)
        yield sorted(Path(directory).iterdir())
