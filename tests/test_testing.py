"""The conformance suite finds what it is for: each fault is found in a plugin that has it, and in no other."""

from __future__ import annotations

import contextlib
import pickle
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

import kztax
from kztax.core.words import Words
from kztax.hooks import Command, Deprecation, LedgerAnswer, LedgerUnprocessed, hookimpl, hookspec
from kztax.testing import (
    Samples,
    assert_conforms,
    conformance,
    engine_with,
    faults_of,
    gain_in,
    income_taxed_in,
    levy_on,
    sale_without_price,
)

USD = ("USD", "yearly_mean", None, 2026)


def plugin(**hooks: Any) -> Any:
    made = SimpleNamespace(__name__="made", KZTAX_INTERFACE=1)
    for name, value in hooks.items():
        setattr(made, name, hookimpl(value) if name.startswith("kztax_") else value)
    return made


def rate(currency: str, kind: str, on: date | None, year: int | None) -> Any:
    return {"rate": "500.25", "source": "a table"} if (currency, kind, on, year) == USD else None


def read(path: Path) -> Any:
    if path.suffix != ".kwh":
        return None
    return [{"kind": "mining_levy", "period": "2025-Q1", "supplies": [{"kwh": path.read_text().strip()}]}]


def ledger(path: Path, zone: Any) -> Any:
    if path.suffix != ".trades":
        return None
    return LedgerAnswer(source="trades", records=lines(path))


def lines(path: Path) -> Iterator[LedgerUnprocessed]:
    with path.open() as file:
        for line in file:
            yield LedgerUnprocessed(line=1, id="odd", words=Words(en="odd"), text=line)


def export(format: str, assessments: Any, accounts: Any, locale: str) -> Any:
    return b"".join(str(each.outcome.payable).encode() for each in assessments) if format == "mine" else None


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("what")


def commands() -> Any:
    return [Command("mine", "mine", configure, lambda options, engine: 0)]


class GoodWords(kztax.PluginRefusal):
    WORDS: ClassVar = {"no": {"en": "no {x}", "ru": "нет {x}", "kk": "жоқ {x}"}}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "a.kwh").write_text("1000")
    (tmp_path / "bad.kwh").write_text("many")
    (tmp_path / "a.trades").write_text("x\n")
    (tmp_path / "empty.trades").write_text("")
    return tmp_path


def test_a_good_plugin_has_no_fault(files: Path) -> None:
    made = plugin(
        kztax_exchange_rate=rate, kztax_read=read, kztax_ledger=ledger, kztax_export=export, kztax_commands=commands
    )
    samples = Samples(
        exchange_rates=[USD],
        reads=[files / "a.kwh"],
        ledgers=[files / "a.trades"],
        exports=["mine"],
        unreadable=[files / "bad.kwh", files / "a.trades"],
        refusals=[GoodWords],
    )
    assert_conforms(made, samples)


def words(**changed: str) -> type[kztax.PluginRefusal]:
    class BadWords(kztax.PluginRefusal):
        WORDS: ClassVar = {"no": {**GoodWords.WORDS["no"], **changed}}

    return BadWords


COUNTED = iter(range(1, 1000))


def rate_of_the_moment(currency: str) -> Any:
    return {"rate": next(COUNTED), "source": "x"} if currency == "USD" else None


def export_anything(format: str) -> bytes:
    return b"any"


def fail(parser: ArgumentParser) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("hooks", "samples", "check", "problem"),
    [
        ({}, Samples(), "loads", "no hook"),
        ({"kztax_exchange_rates": rate}, Samples(), "loads", "could not be loaded"),
        ({"kztax_exchange_rate": rate, "KZTAX_INTERFACE": None}, Samples(), "loads", "interface"),
        (
            {"kztax_exchange_rate": lambda currency: {"rate": "1", "source": "a guess"}},
            Samples(),
            "kztax_exchange_rate of what it does not know",
            "not None",
        ),
        (
            {"kztax_treaty_rate": lambda country: {}[country]},
            Samples(),
            "kztax_treaty_rate of what it does not know",
            "raises PluginError",
        ),
        (
            {"kztax_asset_price": lambda asset: {"value": "1", "source": "a guess"}},
            Samples(),
            "kztax_asset_price of what it does not know",
            "not None",
        ),
        ({"kztax_read": lambda path: [{}]}, Samples(), "kztax_read of what it does not know", "not None"),
        (
            {"kztax_ledger": lambda path: LedgerAnswer(source="any", records=[])},
            Samples(),
            "kztax_ledger of what it does not know",
            "not None",
        ),
        ({"kztax_export": export_anything}, Samples(), "kztax_export of what it does not know", "not None"),
        ({"kztax_exchange_rate": lambda: None}, Samples(exchange_rates=[USD]), f"kztax_exchange_rate {USD}", "None"),
        (
            {"kztax_exchange_rate": rate_of_the_moment},
            Samples(exchange_rates=[USD]),
            f"kztax_exchange_rate {USD}",
            "differs",
        ),
        (
            {"kztax_exchange_rate": lambda currency: {"rate": "1", "source": "a\nb"} if currency == "USD" else None},
            Samples(exchange_rates=[USD]),
            f"kztax_exchange_rate {USD}",
            "printable",
        ),
        ({"kztax_export": export}, Samples(exports=["yours"]), "kztax_export yours kk", "nothing"),
        (
            {"kztax_commands": lambda: [Command("assess", "mine", configure, lambda options, engine: 0)]},
            Samples(),
            "kztax_commands",
            "assess",
        ),
        (
            {"kztax_commands": lambda: [Command("mine", "mine", fail, lambda options, engine: 0)]},
            Samples(),
            "kztax_commands",
            "ZeroDivisionError",
        ),
        (
            {"kztax_commands": lambda: [Command("mine", "", configure, lambda options, engine: 0)]},
            Samples(),
            "kztax mine",
            "says nothing",
        ),
        ({"kztax_export": export}, Samples(refusals=[words(kk=" ")]), "BadWords no", "not said in kk"),
        ({"kztax_export": export}, Samples(refusals=[words(ru="нет {y}")]), "BadWords no", "other blanks"),
    ],
    ids=lambda value: "" if isinstance(value, (dict, Samples)) else str(value)[:40],
)
def test_each_fault_is_found(hooks: Any, samples: Samples, check: str, problem: str) -> None:
    found = faults_of(plugin(**hooks), samples)
    assert any(fault.check == check and problem in fault.problem for fault in found), found
    with pytest.raises(AssertionError, match=problem):
        assert_conforms(plugin(**hooks), samples)


def test_an_interface_that_is_not_said_is_a_fault() -> None:
    made = plugin(kztax_export=export)
    del made.KZTAX_INTERFACE
    (fault,) = faults_of(made, Samples())
    assert (fault.check, "KZTAX_INTERFACE = 1" in fault.problem) == ("interface", True)


def test_files_that_the_plugin_should_know(files: Path) -> None:
    made = plugin(kztax_read=read, kztax_ledger=ledger)
    samples = Samples(reads=[files / "bad.kwh", files / "a.trades"], ledgers=[files / "empty.trades", files / "a.kwh"])
    assert [(fault.check, fault.problem.partition(":")[0]) for fault in faults_of(made, samples)] == [
        ("kztax_read bad.kwh", "raises InvalidFacts"),
        ("kztax_read a.trades", "no facts of its own"),
        ("kztax_ledger empty.trades", "no records of its own"),
        ("kztax_ledger a.kwh", "no records of its own"),
    ]


def rate_after(do: Callable[[], object]) -> Any:
    def kztax_exchange_rate(currency: str, kind: str, on: date | None, year: int | None) -> Any:
        found = rate(currency, kind, on, year)
        if found is not None:
            do()
        return found

    return kztax_exchange_rate


def reach() -> None:
    with socket.socket() as opened, contextlib.suppress(OSError):
        opened.connect(("192.0.2.1", 80))


def look_up() -> None:
    with contextlib.suppress(OSError):
        socket.create_connection(("rates.example", 443), timeout=1)


def problems(made: Any, **samples: Any) -> list[str]:
    return [fault.problem for fault in faults_of(made, Samples(**samples))]


@pytest.mark.parametrize(
    ("do", "problem"),
    [
        (lambda: print("asked"), "prints: 'asked"),
        (lambda: sys.stderr.write("asked"), "prints: 'asked"),
        (reach, "reaches for the network, though it is not said to: ('192.0.2.1', 80)"),
        (look_up, "reaches for the network, though it is not said to: rates.example"),
    ],
)
def test_what_is_done_beside_the_answer_is_found(do: Callable[[], object], problem: str) -> None:
    found = problems(plugin(kztax_exchange_rate=rate_after(do)), exchange_rates=[USD])
    assert found
    assert all(problem in each for each in found)
    assert problems(plugin(kztax_exchange_rate=rate_after(do))) == [], "it is done for that question alone"


def test_a_network_that_is_declared_is_left_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def ask() -> None:
            socket.create_connection(server.getsockname()).close()

        made = plugin(kztax_exchange_rate=rate_after(ask))
        assert problems(made, exchange_rates=[USD], network=True) == []
        assert problems(made, exchange_rates=[USD])[0].startswith("raises PluginError")


def test_answers_that_several_threads_mix_up_are_found() -> None:
    asked: list[str] = []

    def mix_up(currency: str, kind: str, on: date | None, year: int | None) -> Any:
        if currency != "USD":
            return None
        asked.append(currency)
        time.sleep(0.05)
        number = len(asked)
        asked.clear()
        return {"rate": number + 1, "source": "a table"}

    assert problems(plugin(kztax_exchange_rate=mix_up), exchange_rates=[USD]) == [
        "differs when several threads ask at once"
    ]


def whole(path: Path) -> Any:
    return LedgerAnswer(source="trades", records=list(lines(path))) if path.suffix == ".trades" else None


def never_closed(path: Path) -> Any:
    def records(path: Path) -> Iterator[LedgerUnprocessed]:
        file = path.open()
        kept.append(file)
        for line in file:
            yield LedgerUnprocessed(line=1, id="odd", words=Words(en="odd"), text=line)

    return LedgerAnswer(source="trades", records=records(path)) if path.suffix == ".trades" else None


kept: list[Any] = []


def test_readers_that_hold_a_file_whole_or_open_are_found(files: Path) -> None:
    assert problems(plugin(kztax_ledger=whole), ledgers=[files / "a.trades"]) == [
        "its records are all in memory: give a generator, so that a large file need not be"
    ]
    (problem,) = problems(plugin(kztax_ledger=never_closed), ledgers=[files / "a.trades"])
    assert problem == f"leaves a file open: {files / 'a.trades'}"
    for file in kept:
        file.close()


class Torn(kztax.PluginRefusal):
    WORDS: ClassVar = {"no": GoodWords.WORDS["no"]}

    def __init__(self, x: str) -> None:
        super().__init__("no", x=x)


def read_torn(path: Path) -> Any:
    if path.suffix == ".kwh":
        raise Torn("meter")


def read_carelessly(path: Path) -> Any:
    return [{"kwh": int(path.read_text())}] if path.suffix == ".kwh" else None


def test_a_file_that_must_be_refused_is_refused_in_words(files: Path) -> None:
    bad = {"unreadable": [files / "bad.kwh"]}
    (careless,) = problems(plugin(kztax_read=read_carelessly), **bad)
    assert careless.startswith("raises PluginError: the plugin “made” failed in kztax_read: ValueError")
    with pytest.raises(TypeError):
        pickle.loads(pickle.dumps(Torn("meter")))
    (torn,) = problems(plugin(kztax_read=read_torn), **bad)
    assert torn.startswith("raises TypeError")
    assert problems(plugin(kztax_ledger=ledger), **bad) == ["is read, or said to be another's"]
    assert problems(plugin(kztax_read=read), unreadable=[files / "a.kwh"]) == ["is read, or said to be another's"]


def test_a_format_that_names_the_moment_may_differ() -> None:
    def dated(format: str) -> Any:
        return str(next(COUNTED)).encode() if format == "mine" else None

    assert problems(plugin(kztax_export=dated), dated_exports=["mine"]) == []
    assert "differs when asked twice" in problems(plugin(kztax_export=dated), exports=["mine"])


def test_a_function_without_its_mark_and_a_wrapper_are_found() -> None:
    made = plugin(kztax_export=export)
    made.kztax_read = lambda path: None
    assert problems(made) == ["kztax_read is not marked with @hookimpl: it is never asked"]

    @hookimpl(wrapper=True)
    def kztax_export(format: str) -> Any:
        return (yield)

    wrapping = SimpleNamespace(__name__="made", KZTAX_INTERFACE=1, kztax_export=kztax_export)
    assert problems(wrapping)[0].startswith("wraps the hook")


class Interface2:
    @hookspec(since=1)
    def kztax_commands(self) -> None: ...

    @hookspec(since=1, deprecated=Deprecation("1.4", "kztax_new", 1))
    def kztax_read(self, path: Path) -> None: ...

    @hookspec(since=2)
    def kztax_new(self, path: Path) -> None: ...


@pytest.mark.parametrize(
    ("interface", "hook", "expected"),
    [
        (1, "kztax_read", []),
        (2, "kztax_new", []),
        (1, "kztax_new", ["kztax_new came with interface 2: KZTAX_INTERFACE = 2"]),
        (2, "kztax_read", ["interface 2 is without kztax_read: implement kztax_new"]),
    ],
)
def test_hooks_of_another_interface_than_the_one_that_is_said(
    interface: int, hook: str, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("kztax.plugins", "kztax.testing.conformance"):
        monkeypatch.setattr(f"{module}.HookSpecifications", Interface2)
        monkeypatch.setattr(f"{module}.INTERFACE_VERSION", 2)
    made = plugin(**{hook: lambda path: None})
    made.KZTAX_INTERFACE = interface
    assert [fault.problem for fault in conformance._loads(made)] == expected


def configure_badly(parser: ArgumentParser) -> None:
    parser.add_argument("--share", help="100% of it")


def test_help_that_cannot_be_shown_is_found() -> None:
    made = plugin(kztax_commands=lambda: [Command("mine", "mine", configure_badly, lambda options, engine: 0)])
    (fault,) = faults_of(made, Samples())
    # Later Pythons say it when the option is added, earlier ones when help is wanted.
    assert fault.check in ("kztax mine --help", "kztax_commands")


def test_facts_for_tests_ask_what_they_say() -> None:
    asked: list[tuple[Any, ...]] = []

    def kztax_exchange_rate(currency: str, kind: str, on: date | None, year: int | None) -> Any:
        asked.append((currency, kind, year))
        return {"rate": "500.25", "source": "a table"}

    def kztax_asset_price(asset: str, on: date) -> Any:
        asked.append((asset, on))
        return {"value": "1000", "source": "a table"}

    def kztax_treaty_rate(country: str, income: str, on: date) -> Any:
        asked.append((country, income))
        return {"rate": "0.05", "source": "a table"}

    hooks = (kztax_exchange_rate, kztax_asset_price, kztax_treaty_rate)
    engine = engine_with(plugin(**{hook.__name__: hook for hook in hooks}), locale="kk")
    assert engine.locale == "kk"
    gain = engine.assess(gain_in("USD", date(2026, 5, 20))).outcome
    assert gain.gain_on_digital_assets == 7_503_750  # 15,000 at 500.25
    sale = engine.assess(sale_without_price("TON", date(2025, 6, 2))).outcome
    assert sale.gain_on_digital_assets == 5000  # 7 at 1,000, less 2,000
    assert engine.assess(income_taxed_in("CA", 2026)).outcome.foreign_tax_credit == 1_000_000  # 5 % of 20,000,000
    assert engine.assess(levy_on("1000", "2025-Q1")).outcome.payable == 2000  # 2 KZT a kWh
    assert [question[0] for question in asked] == ["USD", "TON", "CA"]


def test_a_plugin_at_another_store_is_the_same_plugin() -> None:
    def moved(store: Path) -> Any:
        return plugin(kztax_exchange_rate=rate)

    (problem,) = problems(plugin(kztax_exchange_rate=rate, kztax_at_store=moved))
    assert "has other hooks than the plugin" in problem
    made: Any = plugin(kztax_exchange_rate=rate, kztax_at_store=lambda store: made)
    assert problems(made) == []


def asked_from_a_shell(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kztax.testing", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_an_installed_plugin_is_asked_from_a_shell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = asked_from_a_shell("absent")
    assert (absent.returncode, absent.stdout) == (1, "absent: loads: no plugin of this name is installed\n")
    assert asked_from_a_shell().returncode == 2
    from kztax.testing.__main__ import main

    made = {"good": plugin(kztax_export=export), "bad": plugin(kztax_export=export_anything)}
    monkeypatch.setattr(
        "kztax.testing.__main__.entry_points", lambda group, name: [SimpleNamespace(load=lambda: made[name])]
    )
    assert [main([name]) for name in ("good", "bad", "torn")] == [0, 1, 1]
    assert capsys.readouterr().out.splitlines() == [
        "bad: kztax_export of what it does not know: not None",
        "torn: loads: raises KeyError: 'torn'",
    ]
