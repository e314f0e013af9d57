"""The conformance suite finds what it is for: each fault is found in a plugin that has it, and in no other."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

import kztax
from kztax.core.words import Words
from kztax.hooks import Command, LedgerAnswer, LedgerUnprocessed, hookimpl
from kztax.testing import Samples, assert_conforms, faults_of

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
    rows = [
        LedgerUnprocessed(line=1, id="odd", words=Words(en="odd"), text=line) for line in path.read_text().splitlines()
    ]
    return LedgerAnswer(source="trades", records=rows)


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
