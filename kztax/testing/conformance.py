"""What is asked of a plugin, and what its answers should be."""

from __future__ import annotations

import argparse
import json
import pickle
import string
import tempfile
from collections.abc import Callable, Iterator, Sequence, Sized
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from kztax.cli import BUILT_IN, add_command, leaves
from kztax.core.errors import KztaxError, PluginRefusal
from kztax.core.facts import RateKind
from kztax.engine import TaxEngine
from kztax.explain.catalog import LOCALES
from kztax.hooks import INTERFACE_VERSION, PROJECT, HookSpecifications, LedgerUnreadable, hooks_of
from kztax.journal import AccountMap
from kztax.ledger import read_ledger
from kztax.plugins import Health, Plugins
from kztax.testing.watching import watching

NOBODY_KNOWS = "no-such-thing"
LONG_AGO = date(1900, 1, 1)
THREADS = 4
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

    `dated_exports` are formats that name the moment of their making: those alone may differ when asked twice.
    `unreadable` are files of the plugin's own that it must refuse, by an error of kztax. `refusals` are its subclasses
    of `PluginRefusal`: their words are checked. `network` says that its answers may come over the network.
    """

    treaty_rates: Sequence[tuple[str, str, date]] = ()
    asset_prices: Sequence[tuple[str, date]] = ()
    exchange_rates: Sequence[tuple[str, str, date | None, int | None]] = ()
    reads: Sequence[Path] = ()
    ledgers: Sequence[Path] = ()
    exports: Sequence[str] = ()
    dated_exports: Sequence[str] = ()
    unreadable: Sequence[Path] = ()
    refusals: Sequence[type[PluginRefusal]] = ()
    network: bool = False


def assert_conforms(plugin: object, samples: Samples | None = None) -> None:
    """Raises `AssertionError` that names every fault."""
    faults = faults_of(plugin, samples or Samples())
    assert not faults, "\n".join(f"{fault.check}: {fault.problem}" for fault in faults)


def faults_of(plugin: object, samples: Samples) -> list[Fault]:
    """What is wrong with a plugin; empty where nothing is."""
    found = list(_loads(plugin))
    if not found:
        asking = _Asking(Plugins([plugin], discover=False), samples)
        for check in (_strangers, _answers, _reads, _ledgers, _exports, _stores, _unreadable, _commands):
            found += check(asking)
    return [*found, *(fault for refusal in samples.refusals for fault in _words(refusal))]


def _loads(plugin: object) -> Iterator[Fault]:
    (status,) = Plugins([plugin], discover=False).statuses()
    if status.health is Health.REFUSED and status.refused is not None:
        yield Fault("loads", status.refused.message())
        return
    for name in dir(plugin):
        if name.startswith(f"{PROJECT}_") and callable(getattr(plugin, name)) and name not in status.hooks:
            yield Fault("loads", f"{name} is not marked with @hookimpl: it is never asked")
    if not status.hooks:
        yield Fault("loads", "implements no hook: are its functions marked with @hookimpl?")
        return
    if not isinstance(getattr(plugin, "KZTAX_INTERFACE", None), int):
        yield Fault("interface", f"does not say for which interface it is: KZTAX_INTERFACE = {INTERFACE_VERSION}")
    for name in status.hooks:
        yield from _hook(plugin, name, status.interface or 1)


def _hook(plugin: object, name: str, interface: int) -> Iterator[Fault]:
    marked = getattr(getattr(plugin, name), f"{PROJECT}_impl", {})
    if marked.get("wrapper") or marked.get("hookwrapper"):
        yield Fault(name, "wraps the hook: kztax asks each plugin by itself, there is nothing to wrap")
    since, deprecated = hooks_of(HookSpecifications)[name]
    if since > interface:
        yield Fault("interface", f"{name} came with interface {since}: KZTAX_INTERFACE = {since}")
    if deprecated is not None and interface > deprecated.last_interface:
        yield Fault("interface", f"interface {interface} is without {name}: implement {deprecated.instead}")


@dataclass(frozen=True, slots=True)
class _Asking:
    """Asks, and looks on meanwhile."""

    plugins: Plugins
    samples: Samples

    def expect(self, name: str, ask: Ask, fits: Callable[[Any], bool], problem: str) -> Iterator[Fault]:
        """A fault where the answer does not fit, where there is none, and where the plugin did more than answer."""
        with watching(network=self.samples.network) as seen:
            try:
                answer = ask()
            except Exception as error:  # noqa: BLE001 - whatever a plugin raises is the finding here
                found = f"raises {type(error).__name__}: {error}"
            else:
                found = "" if fits(answer) else problem
        yield from (Fault(name, each) for each in (found, *seen.problems()) if each)

    def expect_same(self, name: str, ask: Ask) -> Iterator[Fault]:
        """A fault where a second answer is another, or one of those that several threads get: an engine is shared."""
        yield from self.expect(name, partial(_twice, ask), _are_equal, "differs when asked twice")
        yield from self.expect(name, partial(_at_once, ask), _are_equal, "differs when several threads ask at once")


def _strangers(asking: _Asking) -> Iterator[Fault]:
    """Questions whose answer is None: a plugin that guesses, or raises, would stand in every other plugin's way."""
    plugins = asking.plugins
    with _strange_files() as files:
        asked: list[tuple[str, Ask]] = [
            ("kztax_treaty_rate", partial(plugins.treaty_rate, "AQ", NOBODY_KNOWS, LONG_AGO)),
            ("kztax_asset_price", partial(plugins.asset_price, NOBODY_KNOWS, LONG_AGO)),
            ("kztax_exchange_rate", partial(plugins.exchange_rate, "XXX", RateKind.OFFICIAL, LONG_AGO, None)),
            ("kztax_exchange_rate", partial(plugins.exchange_rate, "XXX", RateKind.MARKET, LONG_AGO, None)),
            ("kztax_exchange_rate", partial(plugins.exchange_rate, "XXX", RateKind.YEARLY_MEAN, None, 1900)),
            ("kztax_export", partial(plugins.export, NOBODY_KNOWS, [], AccountMap.standard(), "kk")),
            *(("kztax_read", partial(plugins.read, file)) for file in files),
            *(("kztax_ledger", partial(plugins.ledger, file, None)) for file in files),
        ]
        for hook, ask in asked:
            yield from asking.expect(f"{hook} of what it does not know", ask, _is_none, "not None")


def _answers(asking: _Asking) -> Iterator[Fault]:
    plugins, samples = asking.plugins, asking.samples
    questions: list[tuple[str, Ask]] = [
        *((f"kztax_treaty_rate {each}", partial(plugins.treaty_rate, *each)) for each in samples.treaty_rates),
        *((f"kztax_asset_price {each}", partial(plugins.asset_price, *each)) for each in samples.asset_prices),
        *(
            (f"kztax_exchange_rate {each}", partial(plugins.exchange_rate, each[0], RateKind(each[1]), *each[2:]))
            for each in samples.exchange_rates
        ),
    ]
    for name, ask in questions:
        faults = list(asking.expect(name, ask, _is_some, "None"))
        yield from faults
        if not faults:
            yield from asking.expect_same(name, ask)
            yield from asking.expect(name, ask, _has_printable_source, "its source is not one printable line")


def _reads(asking: _Asking) -> Iterator[Fault]:
    for path in asking.samples.reads:
        name, ask = f"kztax_read {path.name}", partial(_facts, asking.plugins, path)
        faults = list(asking.expect(name, ask, bool, "no facts of its own"))
        yield from faults or asking.expect_same(name, ask)


def _ledgers(asking: _Asking) -> Iterator[Fault]:
    for path in asking.samples.ledgers:
        name, ask = f"kztax_ledger {path.name}", partial(_drawn, asking.plugins, path)
        faults = list(asking.expect(name, ask, bool, "no records of its own"))
        yield from faults
        if not faults:
            yield from asking.expect_same(name, ask)
            whole = "its records are all in memory: give a generator, so that a large file need not be"
            yield from asking.expect(name, partial(_claimed, asking.plugins, path), _is_drawn_one_by_one, whole)
            # Whoever stops early must not leave the file open: expect() looks.
            yield from asking.expect(name, partial(_first_drawn, asking.plugins, path), _is_some, "no first record")


def _exports(asking: _Asking) -> Iterator[Fault]:
    accounts = AccountMap.of(EXPORT_ACCOUNTS)
    for format_name in (*asking.samples.exports, *asking.samples.dated_exports):
        for locale in LOCALES:
            engine = TaxEngine(locale=locale, discover=False)
            assessments = [engine.assess(facts) for facts in EXPORTED]
            name = f"kztax_export {format_name} {locale}"
            ask = partial(asking.plugins.export, format_name, assessments, accounts, locale)
            faults = list(asking.expect(name, ask, bool, "nothing"))
            yield from faults
            if not faults and format_name not in asking.samples.dated_exports:
                yield from asking.expect_same(name, ask)


def _stores(asking: _Asking) -> Iterator[Fault]:
    if not asking.plugins.implements("kztax_at_store"):
        return
    with tempfile.TemporaryDirectory() as directory:
        # Plugins refuse an answer that is another plugin.
        moved = partial(asking.plugins.at_store, Path(directory, "store.sqlite"))
        yield from asking.expect("kztax_at_store", moved, _is_some, "answers nothing")


def _unreadable(asking: _Asking) -> Iterator[Fault]:
    """What a user meets with a bad file: a refusal in words, not a plugin that fails."""
    for path in asking.samples.unreadable:
        refused = partial(_refused, asking.plugins, path)
        yield from asking.expect(f"unreadable {path.name}", refused, _is_some, "is read, or said to be another's")


def _commands(asking: _Asking) -> Iterator[Fault]:
    try:
        for name, command in asking.plugins.commands(BUILT_IN):
            shell = argparse.ArgumentParser(prog=PROJECT)
            commands = shell.add_subparsers()
            add_command(commands, name, command)
            if not command.help:
                yield Fault(f"kztax {command.name}", "says nothing of itself in `kztax --help`")
            for parser in (shell, *leaves(commands.choices[command.name])):
                yield from asking.expect(f"{parser.prog} --help", parser.format_help, bool, "no help")
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


def _is_none(answer: Any) -> bool:
    return answer is None


def _is_some(answer: Any) -> bool:
    return answer is not None


def _twice(ask: Ask) -> tuple[Any, Any]:
    return ask(), ask()


def _at_once(ask: Ask) -> tuple[Any, ...]:
    with ThreadPoolExecutor(THREADS) as threads:
        return tuple(each.result() for each in [threads.submit(ask) for _ in range(THREADS)])


def _are_equal(answers: Any) -> bool:
    return all(answer == answers[0] for answer in answers)


def _has_printable_source(answer: Any) -> bool:
    return bool(answer is None or (answer.source.isprintable() and answer.source.strip()))


def _facts(plugins: Plugins, path: Path) -> list[Any]:
    read = plugins.read(path)
    engine = TaxEngine(discover=False)
    return [] if read is None else [engine.facts_of(row) for row in read[1]]


def _claimed(plugins: Plugins, path: Path) -> Any:
    # Times that bear no zone need one: that the user has to say it is no fault of the plugin.
    claimed = plugins.ledger(path, UTC)
    return None if claimed is None else claimed.answer.records


def _is_drawn_one_by_one(records: Any) -> bool:
    return not isinstance(records, Sized)


def _drawn(plugins: Plugins, path: Path) -> list[Any]:
    claimed = plugins.ledger(path, UTC)
    return [] if claimed is None else list(claimed.records)


def _first_drawn(plugins: Plugins, path: Path) -> Any:
    claimed = plugins.ledger(path, UTC)
    if claimed is None:
        return None
    with closing(claimed.records) as records:
        return next(records, None)


def _refused(plugins: Plugins, path: Path) -> KztaxError | LedgerUnreadable | None:
    """The error that refuses a file; raises what is none of kztax, and what cannot be said or sent elsewhere."""
    try:
        _facts(plugins, path)
        if plugins.ledger(path, UTC) is not None:
            read_ledger([path], plugins=plugins, zone=UTC)
    except LedgerUnreadable as error:
        return error
    except KztaxError as error:
        if error.reason == "plugin_failed":
            raise
        _check_that_it_travels(error)
        return error
    return None


def _check_that_it_travels(error: KztaxError) -> None:
    """Batches are worked off by several processes, and read in three languages."""
    sent = pickle.loads(pickle.dumps(error))  # noqa: S301 - what was pickled the moment before
    for locale in LOCALES:
        if sent.message(locale) != error.message(locale):
            raise TypeError(f"{type(error).__name__} is another once it was pickled: {sent.message(locale)}")


@contextmanager
def _strange_files() -> Iterator[list[Path]]:
    with tempfile.TemporaryDirectory() as directory:
        for name, content in STRANGE_FILES.items():
            Path(directory, name).write_bytes(content)
        yield sorted(Path(directory).iterdir())
