"""What `kztax plugins` says, and how hooks come and go: a plugin of an old interface keeps working under a new one."""

from __future__ import annotations

import json
import warnings
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

import kztax
from kztax.cli import main
from kztax.core.facts import RateKind
from kztax.explain.catalog import LOCALES
from kztax.hooks import (
    INTERFACE_VERSION,
    OLDEST_INTERFACE,
    Command,
    Deprecation,
    ExchangeRateAnswer,
    HookDeprecated,
    HookSpecifications,
    hookimpl,
    hooks_of,
    hookspec,
)
from kztax.plugins import Health, Plugins

GOES = Deprecation(since="1.4", instead="kztax_rate", last_interface=1)


class Specifications:
    """Interface 2, as it might be: a hook goes, another comes in its place, a third is asked for more."""

    @hookspec(since=1, deprecated=GOES)
    def kztax_exchange_rate(self, currency: str, kind: str, on: date | None, year: int | None) -> None: ...

    @hookspec(since=2)
    def kztax_rate(self, currency: str, kind: str, venue: str) -> None: ...

    @hookspec(since=1)
    def kztax_asset_price(self, asset: str, on: date, venue: str) -> None: ...

    @hookspec(since=1)
    def kztax_commands(self) -> None: ...


@pytest.fixture
def second_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kztax.plugins.HookSpecifications", Specifications)
    monkeypatch.setattr("kztax.plugins.INTERFACE_VERSION", 2)


def old_rate(currency: str, kind: str, on: date | None, year: int | None) -> ExchangeRateAnswer:
    return ExchangeRateAnswer(rate=Decimal(500), source="an old plugin's table")


def old_price(asset: str, on: date) -> Any:
    return {"value": "7", "source": "an old plugin's price"}


def new_rate(currency: str, venue: str) -> None: ...


def plugin(name: str, interface: int | None = None, **hooks: Any) -> Any:
    made = SimpleNamespace(__name__=name, **{hook: hookimpl(function) for hook, function in hooks.items()})
    if interface is not None:
        made.KZTAX_INTERFACE = interface
    return made


@pytest.mark.usefixtures("second_interface")
@pytest.mark.parametrize("interface", [None, 1])
def test_a_plugin_of_the_first_interface_keeps_working_under_the_second(interface: int | None) -> None:
    old = plugin("old", interface, kztax_exchange_rate=old_rate, kztax_asset_price=old_price)
    plugins = Plugins([old], discover=False)
    with pytest.warns(
        HookDeprecated, match=r"kztax_exchange_rate is deprecated since kztax 1\.4: implement kztax_rate"
    ):
        answered = plugins.exchange_rate("USD", RateKind.YEARLY_MEAN, None, 2026)
    assert answered is not None
    assert answered.value == 500
    price = plugins.asset_price("BTC", date(2026, 5, 20))
    assert price is not None, "an argument that came later is not asked of a plugin that does not know it"
    assert price.value == 7


@pytest.mark.usefixtures("second_interface")
def test_each_interface_that_is_offered_is_taken_and_no_other() -> None:
    made = [plugin(f"of{asked}", asked, kztax_rate=new_rate) for asked in (0, 1, 2, 3)]
    assert [status.health for status in Plugins(made, discover=False).statuses()] == [
        Health.REFUSED,
        Health.OK,
        Health.OK,
        Health.REFUSED,
    ]
    with pytest.raises(kztax.PluginError, match=r"interface 3; this version offers 1–2"):
        Plugins(made[3:], discover=False).asset_price("BTC", date(2026, 5, 20))


def test_an_interface_that_is_offered_no_more_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("INTERFACE_VERSION", "OLDEST_INTERFACE"):
        monkeypatch.setattr(f"kztax.plugins.{name}", 2)
    (status,) = Plugins([plugin("old", 1, kztax_asset_price=old_price)], discover=False).statuses()
    assert str(status.refused) == "the plugin “old” asks for hook interface 1; this version offers 2"


def test_every_hook_says_since_when_it_is_and_what_replaces_it() -> None:
    hooks = hooks_of(HookSpecifications)
    assert list(hooks) == [name for name in vars(HookSpecifications) if name.startswith("kztax_")]
    for since, deprecated in hooks.values():
        assert 1 <= since <= INTERFACE_VERSION
        if deprecated is not None:
            assert OLDEST_INTERFACE <= deprecated.last_interface < hooks[deprecated.instead].since


def installed(monkeypatch: pytest.MonkeyPatch, *plugins: Any) -> None:
    """As if each were a distribution of version 1.2."""
    dist = SimpleNamespace(version="1.2")
    found = [SimpleNamespace(name=each.__name__, dist=dist, load=lambda each=each: each) for each in plugins]
    monkeypatch.setattr("kztax.plugins._entry_points", lambda: found)


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(["plugins", *arguments])
    return status, capsys.readouterr().out


@pytest.mark.usefixtures("second_interface")
def test_a_deprecated_hook_is_said_and_no_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed(monkeypatch, plugin("bank", 1, kztax_exchange_rate=old_rate))
    status, text = shown(capsys)
    assert (status, text.splitlines()) == (
        0,
        [
            "bank 1.2  ok  kztax_exchange_rate  interface 1",
            "  kztax_exchange_rate is deprecated since kztax 1.4; its author should implement kztax_rate",
        ],
    )
    (row,) = json.loads(shown(capsys, "--format", "json")[1])
    assert row == {
        "name": "bank",
        "version": "1.2",
        "health": "ok",
        "interface": 1,
        "hooks": ["kztax_exchange_rate"],
        "deprecated": [
            {"hook": "kztax_exchange_rate", "since": "1.4", "instead": "kztax_rate", "last_interface": 1},
        ],
        "refused": None,
    }
    said = {shown(capsys, "--locale", locale)[1] for locale in LOCALES}
    assert len(said) == len(LOCALES)


def counting(name: str) -> Any:
    def kztax_commands() -> list[Command]:
        return [Command(name, "counts", lambda parser: None, lambda options, engine: 0)]

    return kztax_commands


def failing() -> Any:
    raise ZeroDivisionError("oh")


@pytest.mark.parametrize(
    ("commands", "health", "words"),
    [
        ([counting("one"), counting("two"), lambda: None], ["ok", "ok", "ok"], ""),
        ([counting("one"), counting("one")], ["ok", "faulty"], "two commands are named one: p0, p1"),
        ([counting("assess"), counting("two")], ["faulty", "ok"], "two commands are named assess: kztax, p0"),
        ([failing], ["faulty"], "“p0” failed in kztax_commands: ZeroDivisionError: oh"),
        ([lambda: 7], ["faulty"], "cannot be true: 'int' object is not iterable"),
    ],
)
def test_commands_that_cannot_be_are_a_fault_of_their_plugin(
    commands: list[Any],
    health: list[str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    installed(monkeypatch, *(plugin(f"p{at}", 1, kztax_commands=each) for at, each in enumerate(commands)))
    status, text = shown(capsys)
    assert words in text
    assert [row["health"] for row in json.loads(shown(capsys, "--format", "json")[1])] == health
    assert status == ("faulty" in health)


def test_two_of_one_name_are_refused_as_they_are_when_they_are_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed(monkeypatch, plugin("twin", 1, kztax_asset_price=old_price), plugin("twin", 1, kztax_rate=new_rate))
    with pytest.raises(kztax.PluginError, match="“twin” could not be loaded"):
        Plugins().asset_price("BTC", date(2026, 5, 20))
    installed(monkeypatch, *[plugin("twin", 1, kztax_asset_price=old_price)] * 2)
    status, text = shown(capsys)
    assert (status, text.count("twin 1.2  ok"), text.count("twin 1.2  refused")) == (1, 1, 1)
    (_, refused) = json.loads(shown(capsys, "--format", "json", "--locale", "kk")[1])
    assert refused["refused"]["code"] == "plugin_error"
    assert refused["refused"]["message"].startswith("«twin» плагинін жүктеу мүмкін болмады")


def test_what_is_left_out_is_not_imported_and_what_is_misspelt_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = SimpleNamespace(name="broken", dist=None, load=failing)
    monkeypatch.setattr("kztax.plugins._entry_points", lambda: [broken])
    assert shown(capsys)[0] == 1
    monkeypatch.setenv("KZTAX_LOAD_PLUGINS", "")
    assert shown(capsys) == (0, "broken  not loaded\n")
    monkeypatch.setenv("KZTAX_LOAD_PLUGINS", "brocken")
    status, text = shown(capsys)
    assert (status, text.splitlines()) == (
        1,
        [
            "broken  not loaded",
            "brocken  not installed",
            "  no plugin named “brocken” is installed; correct KZTAX_LOAD_PLUGINS",
        ],
    )


def test_statuses_give_no_warning(second_interface: None) -> None:
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        (status,) = Plugins([plugin("old", 1, kztax_exchange_rate=old_rate)], discover=False).statuses()
    assert (given, status.deprecated) == ([], (("kztax_exchange_rate", GOES),))
