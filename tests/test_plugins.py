"""Plugins: a real installed one, and what happens when one fails or answers nonsense."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import kztax
from kztax.cli import main
from kztax.core.errors import KztaxError
from kztax.hooks import AssetPriceAnswer, Command, ExchangeRateAnswer, RateBasis, TreatyRateAnswer, hookimpl
from kztax.plugins import Plugins
from kztax.testing import Samples, assert_conforms

SAMPLE = Path(__file__).parent / "plugins" / "kztax-sample"
GAIN_IN_DOLLARS = {
    "kind": "personal_income_tax",
    "tax_year": 2026,
    "resident": True,
    "disposals": [
        {
            "asset": "BTC",
            "quantity": "1",
            "disposed_on": "2026-05-20",
            "proceeds": "75000",
            "acquisition_cost": "60000",
            "currency": "USD",
        }
    ],
}
FOREIGN_INCOME = {
    "kind": "personal_income_tax",
    "tax_year": 2026,
    "resident": True,
    "income": [{"amount": "20000000", "source": "foreign", "category": "foreign"}],
    "foreign_tax": [{"country": "CA", "income": "20000000", "tax_paid": "3600000"}],
}
SALE_WITHOUT_PRICE = {
    "kind": "personal_income_tax",
    "tax_year": 2025,
    "resident": True,
    "disposals": [{"asset": "TON", "quantity": "7", "disposed_on": "2025-06-02", "acquisition_cost": "2000"}],
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample plugin, built and installed by pip into a directory of its own."""
    target = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", target, SAMPLE], check=True)
    return target


def test_the_sample_does_what_is_expected_of_any_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(SAMPLE)
    (tmp_path / "meter.kwh").write_text("1000\n")
    (tmp_path / "torn.kwh").write_text("1000 or so\n")
    samples = Samples(
        treaty_rates=[("CA", "dividends", date(2026, 6, 1))],
        asset_prices=[("TON", date(2026, 6, 1))],
        exchange_rates=[("USD", "yearly_mean", None, 2026)],
        reads=[tmp_path / "meter.kwh"],
        exports=["payables"],
        unreadable=[tmp_path / "torn.kwh"],
    )
    assert_conforms(import_module("kztax_sample"), samples)


def run(installed: Path, *arguments: str, given: Any = None, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(installed), **environment}
    command = [sys.executable, "-m", "kztax", *arguments]
    text = json.dumps(given) if given is not None else None
    return subprocess.run(command, input=text, capture_output=True, text=True, env=env, check=False)


def test_an_installed_plugin_is_listed_with_version_hooks_and_health(installed: Path) -> None:
    listed = run(installed, "plugins")
    assert listed.returncode == 0
    assert listed.stdout.startswith("sample 1.2.3  ok  kztax_asset_price, kztax_exchange_rate, kztax_export")


@pytest.mark.parametrize(
    ("facts", "field", "expected", "answered"),
    [
        (GAIN_IN_DOLLARS, "gain_on_digital_assets", "7503750", "yearly_mean rate USD 2026"),
        (FOREIGN_INCOME, "foreign_tax_credit", "1000000", "treaty rate CA foreign"),
        (SALE_WITHOUT_PRICE, "gain_on_digital_assets", "5000", "price TON 2025-06-01"),
    ],
    ids=["exchange rate", "treaty rate", "price"],
)
def test_an_installed_plugin_supplies_what_the_facts_do_not_say(
    installed: Path, facts: Any, field: str, expected: str, answered: str
) -> None:
    answer = run(installed, "assess", "-", "--format", "json", given=facts)
    assert answer.returncode == 0, answer.stderr
    assessment = json.loads(answer.stdout)
    assert assessment["outcome"][field] == expected
    assert assessment["plugins"] == [{"name": "sample", "version": "1.2.3", "answered": answered}]
    explained = run(installed, "assess", "-", given=facts).stdout
    assert "Supplied by plugins" in explained
    assert "“sample”" in explained


def test_plugins_can_be_left_out(installed: Path) -> None:
    refused = run(installed, "assess", "-", given=GAIN_IN_DOLLARS, KZTAX_LOAD_PLUGINS="")
    assert refused.returncode == 1
    assert "missing_exchange_rate" in refused.stderr
    assert "not loaded" in run(installed, "plugins", KZTAX_LOAD_PLUGINS="another").stdout


def test_what_the_facts_say_comes_before_what_a_plugin_says(installed: Path) -> None:
    stated = {"exchange_rates": [{"currency": "USD", "year": 2026, "rate": "400", "kind": "yearly_mean"}]}
    answer = run(installed, "assess", "-", "--format", "json", given={**GAIN_IN_DOLLARS, **stated})
    assessment = json.loads(answer.stdout)
    assert assessment["outcome"]["gain_on_digital_assets"] == "6000000"
    assert assessment["plugins"] == []


def plugin(name: str, **hooks: Any) -> Any:
    made = SimpleNamespace(__name__=name)
    for hook, function in hooks.items():
        setattr(made, hook, hookimpl(function))
    return made


def rate(value: Any, priority: int = 0, source: str = "a table") -> Any:
    def kztax_exchange_rate(currency: str, kind: str, on: date | None, year: int | None) -> Any:
        return {"rate": value, "priority": priority, "source": source}

    return kztax_exchange_rate


def assess_with(*plugins: Any) -> kztax.Assessment[Any]:
    return kztax.TaxEngine(plugins=plugins, discover=False).assess(GAIN_IN_DOLLARS)


@pytest.mark.parametrize("nonsense", ["-1", "0", 500.25, "NaN", True, None], ids=str)
def test_an_answer_that_cannot_be_true_is_refused_and_the_plugin_named(nonsense: Any) -> None:
    with pytest.raises(kztax.PluginAnswerRefused, match="“careless”"):
        assess_with(plugin("careless", kztax_exchange_rate=rate(nonsense)))


def test_an_answer_built_without_validation_is_checked_all_the_same() -> None:
    def kztax_treaty_rate(country: str, income: str, on: date) -> TreatyRateAnswer:
        return TreatyRateAnswer.model_construct(rate=Decimal(5), source="unchecked", priority=0)

    with pytest.raises(kztax.PluginAnswerRefused, match="500"):
        kztax.TaxEngine(plugins=[plugin("500", kztax_treaty_rate=kztax_treaty_rate)], discover=False).assess(
            FOREIGN_INCOME
        )


def test_a_plugin_that_raises_is_named() -> None:
    def kztax_exchange_rate(currency: str, kind: str, on: date | None, year: int | None) -> Any:
        raise ConnectionError("no network")

    with pytest.raises(kztax.PluginError, match=r"“offline” failed in kztax_exchange_rate: ConnectionError"):
        assess_with(plugin("offline", kztax_exchange_rate=kztax_exchange_rate))


def test_two_plugins_that_disagree_are_a_conflict() -> None:
    with pytest.raises(kztax.PluginConflict, match=r"one, two|two, one"):
        assess_with(plugin("one", kztax_exchange_rate=rate("500")), plugin("two", kztax_exchange_rate=rate("501")))


def test_two_plugins_that_agree_are_not() -> None:
    answer = assess_with(plugin("one", kztax_exchange_rate=rate("500")), plugin("two", kztax_exchange_rate=rate("500")))
    assert answer.outcome.gain_on_digital_assets == 7_500_000


def test_the_higher_priority_wins() -> None:
    answer = assess_with(
        plugin("one", kztax_exchange_rate=rate("500")), plugin("two", kztax_exchange_rate=rate("600", priority=1))
    )
    assert answer.outcome.gain_on_digital_assets == 9_000_000
    assert [record.name for record in answer.plugins] == ["two"]


def test_a_treaty_rate_counts_on_its_days_only() -> None:
    def kztax_treaty_rate(country: str, income: str, on: date) -> TreatyRateAnswer:
        return TreatyRateAnswer(rate=Decimal("0.05"), source="a protocol", valid_from=date(2027, 1, 1))

    answer = kztax.TaxEngine(plugins=[plugin("late", kztax_treaty_rate=kztax_treaty_rate)], discover=False).assess(
        FOREIGN_INCOME
    )
    assert answer.outcome.foreign_tax_credit == 2_000_000
    assert answer.plugins == ()


def test_a_treaty_rate_limits_the_credit_and_is_shown_with_its_source() -> None:
    def kztax_treaty_rate(country: str, income: str, on: date) -> TreatyRateAnswer:
        return TreatyRateAnswer(rate=Decimal("0.05"), source="a ruling of 2026")

    answer = kztax.TaxEngine(plugins=[plugin("ruling", kztax_treaty_rate=kztax_treaty_rate)], discover=False).assess(
        FOREIGN_INCOME
    )
    assert answer.outcome.foreign_tax_credit == 1_000_000
    assert any("a ruling of 2026" in note.text for note in answer.notes)


BRANCH_OF_A_RUSSIAN_COMPANY = {
    "kind": "branch_profits_tax",
    "tax_year": 2026,
    "taxable_income": "100000000",
    "treaty_country": "RU",
    "residence_certificate": True,
}


def treaty_rate(answer: str, **fields: Any) -> Any:
    def kztax_treaty_rate(country: str, income: str, on: date) -> TreatyRateAnswer | None:
        asked = (country, income, on) == ("RU", "branch_profits", date(2026, 12, 31))
        return TreatyRateAnswer(rate=Decimal(answer), source="clause read by counsel", **fields) if asked else None

    return kztax_treaty_rate


def branch_with(*plugins: Any) -> Any:
    return kztax.TaxEngine(plugins=plugins, discover=False).assess(BRANCH_OF_A_RUSSIAN_COMPANY)


def test_a_plugin_supplies_a_treaty_clause_that_the_table_does_not_know() -> None:
    answer = branch_with(plugin("counsel", kztax_treaty_rate=treaty_rate("0.10")))
    assert (answer.outcome.rate, answer.outcome.tax) == (Decimal("0.10"), 8_000_000)
    explained = answer.explain()
    assert "counsel" in explained
    assert "clause read by counsel" in explained


def test_a_plugins_treaty_rate_never_raises_the_tax() -> None:
    answer = branch_with(plugin("counsel", kztax_treaty_rate=treaty_rate("0.20")))
    assert (answer.outcome.rate, answer.outcome.tax) == (Decimal("0.15"), 12_000_000)


def test_the_most_specific_of_treaty_rates_wins() -> None:
    always = plugin("always", kztax_treaty_rate=treaty_rate("0.10"))
    since = plugin("since", kztax_treaty_rate=treaty_rate("0.07", valid_from=date(2020, 1, 1)))
    year = {"valid_from": date(2026, 1, 1), "valid_to": date(2026, 12, 31)}
    of_the_year = plugin("of_the_year", kztax_treaty_rate=treaty_rate("0.05", **year))
    answer = branch_with(always, of_the_year, since)
    assert answer.outcome.rate == Decimal("0.05")
    assert [record.name for record in answer.plugins] == ["of_the_year"]
    louder = plugin("louder", kztax_treaty_rate=treaty_rate("0.06", priority=1))
    assert branch_with(of_the_year, louder).outcome.rate == Decimal("0.06")


def test_equally_specific_treaty_rates_that_differ_are_a_conflict() -> None:
    one, other = (plugin(name, kztax_treaty_rate=treaty_rate(rate)) for name, rate in (("a", "0.05"), ("b", "0.06")))
    with pytest.raises(kztax.PluginConflict, match="a, b"):
        branch_with(one, other)


@pytest.mark.parametrize(
    ("category", "income"),
    [
        ("dividends", "dividends"),
        ("interest_on_loans_and_debt_securities", "interest"),
        ("interest_other", "interest"),
        ("royalties", "royalties"),
        ("services", "services"),
    ],
)
def test_a_treaty_rate_limits_the_tax_withheld_from_its_kind_of_income(category: str, income: str) -> None:
    asked: list[tuple[str, str, date]] = []

    def kztax_treaty_rate(country: str, income: str, on: date) -> TreatyRateAnswer:
        asked.append((country, income, on))
        return TreatyRateAnswer(rate=Decimal("0.03"), source="a protocol of 2026")

    engine = kztax.TaxEngine(plugins=[plugin("protocol", kztax_treaty_rate=kztax_treaty_rate)], discover=False)
    payment = {
        "kind": "withholding_tax",
        "paid_on": "2026-06-15",
        "recipient": "company",
        "recipient_country": "KE",
        "category": category,
        "gross_income": "1000000",
        "treaty_country": "KE",
        "residence_certificate": True,
        "beneficial_owner": True,
    }
    assert engine.assess(payment).outcome.tax == 30_000
    assert asked == [("KE", income, date(2026, 6, 15))]


def test_a_plugin_for_a_newer_interface_is_refused_with_a_reason() -> None:
    newer = plugin("tomorrow")
    newer.KZTAX_INTERFACE = 2
    with pytest.raises(kztax.PluginError, match="interface 2; this version offers 1"):
        assess_with(newer)
    (status,) = Plugins([newer], discover=False).statuses()
    assert (status.health, status.refused is not None) == ("refused", True)


def test_a_hook_that_does_not_exist_is_refused() -> None:
    with pytest.raises(kztax.PluginError, match="“misspelt” could not be loaded"):
        assess_with(plugin("misspelt", kztax_exchange_rates=rate("500")))
    (status,) = Plugins([plugin("misspelt", kztax_exchange_rates=rate("500"))], discover=False).statuses()
    assert status.health == "refused"


@pytest.fixture
def broken_entry_point(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from importlib.metadata import EntryPoint

    broken = EntryPoint("broken", "no_such_module_anywhere", "kztax")
    monkeypatch.setattr("kztax.plugins._entry_points", lambda: [broken])
    return iter(())


@pytest.mark.usefixtures("broken_entry_point")
def test_an_installed_plugin_that_cannot_be_imported_is_named_not_passed_over() -> None:
    with pytest.raises(kztax.PluginError, match="“broken” could not be loaded: ModuleNotFoundError"):
        kztax.TaxEngine().assess(GAIN_IN_DOLLARS)
    (status,) = Plugins().statuses()
    assert status.health == "refused"


def test_readers_and_exporters(tmp_path: Path) -> None:
    def kztax_read(path: Path) -> Any:
        return [{"kind": "mining_levy"}] if path.suffix == ".mine" else None

    def kztax_export(format: str, assessments: Any) -> Any:
        return {"bytes": b"x", "text": "x"}.get(format)

    plugins = Plugins([plugin("files", kztax_read=kztax_read, kztax_export=kztax_export)], discover=False)
    assert plugins.read(tmp_path / "a.mine") == ("files", [{"kind": "mining_levy"}])
    assert plugins.read(tmp_path / "a.csv") is None
    assert plugins.export("bytes", []) == b"x"
    assert plugins.export("unknown", []) is None
    with pytest.raises(kztax.PluginAnswerRefused, match="str instead of bytes"):
        plugins.export("text", [])


def test_two_readers_or_exporters_of_one_thing_are_a_conflict(tmp_path: Path) -> None:
    def kztax_read(path: Path) -> Any:
        return []

    def kztax_export(format: str, assessments: Any) -> Any:
        return b""

    made = [plugin(name, kztax_read=kztax_read, kztax_export=kztax_export) for name in ("one", "two")]
    with pytest.raises(kztax.PluginConflict):
        Plugins(made, discover=False).read(tmp_path)
    with pytest.raises(kztax.PluginConflict):
        Plugins(made, discover=False).export("any", [])


def test_a_reader_that_answers_no_mappings_is_refused(tmp_path: Path) -> None:
    def kztax_read(path: Path) -> Any:
        return [1]

    with pytest.raises(kztax.PluginAnswerRefused, match="kztax_read"):
        Plugins([plugin("odd", kztax_read=kztax_read)], discover=False).read(tmp_path)


def test_errors_of_plugins_are_errors_of_the_package() -> None:
    assert issubclass(kztax.PluginConflict, KztaxError)
    assert AssetPriceAnswer(value=Decimal(1), source="x").currency == "KZT"
    assert ExchangeRateAnswer(rate=Decimal(1), source="x").priority == 0


def note_ids(assessment: kztax.Assessment[Any]) -> list[str]:
    return [note.id for note in assessment.notes if note.id.startswith(("price_", "rate_"))]


@pytest.mark.parametrize(
    ("basis", "notes"),
    [
        (RateBasis.PUBLISHED, []),
        (RateBasis.SECOND_HAND, ["rate_second_hand"]),
        (RateBasis.FROM_OFFICIAL, ["rate_from_official"]),
    ],
)
@pytest.mark.parametrize("locale", ["en", "ru", "kk"])
def test_how_a_rate_came_to_the_plugin_is_noted(basis: RateBasis, notes: list[str], locale: str) -> None:
    def kztax_exchange_rate(currency: str, kind: str, on: date | None, year: int | None) -> Any:
        return ExchangeRateAnswer(rate=Decimal(500), source="a table", basis=basis)

    bank = plugin("bank", kztax_exchange_rate=kztax_exchange_rate)
    engine = kztax.TaxEngine(plugins=[bank], discover=False, locale=locale)
    assert note_ids(engine.assess(GAIN_IN_DOLLARS)) == notes


@pytest.mark.parametrize(
    ("answer", "notes"),
    [
        ({"official": True}, []),
        ({}, ["price_not_official"]),
        ({"official_due": "2025-07-25"}, ["price_provisional"]),
        ({"official": True, "official_due": "2025-07-25"}, []),
    ],
)
@pytest.mark.parametrize("locale", ["en", "ru", "kk"])
def test_a_price_that_is_not_official_is_noted(answer: dict[str, Any], notes: list[str], locale: str) -> None:
    def kztax_asset_price(asset: str, on: date) -> Any:
        return {"value": "1000", "currency": "KZT", "source": "an exchange", **answer}

    exchange = plugin("exchange", kztax_asset_price=kztax_asset_price)
    assessment = kztax.TaxEngine(plugins=[exchange], discover=False, locale=locale).assess(SALE_WITHOUT_PRICE)
    assert note_ids(assessment) == notes
    assert "2025-07-25" not in assessment.explain(), "days are written as the language writes them"


def test_an_error_of_the_package_comes_through_as_it_is() -> None:
    def kztax_exchange_rate(currency: str, kind: str, on: date | None, year: int | None) -> Any:
        raise kztax.StoreError("store_busy", store="/somewhere")

    with pytest.raises(kztax.StoreError, match="/somewhere"):
        assess_with(plugin("busy", kztax_exchange_rate=kztax_exchange_rate))


def run_count(options: Any, engine: kztax.TaxEngine) -> int:
    if options.fail:
        raise {"theirs": ZeroDivisionError("oh"), "ours": kztax.StoreError("store_busy", store="x")}[options.fail]
    print(f"{options.number} {engine.locale}")
    return 0


def configure_count(parser: Any) -> None:
    parser.add_argument("number")
    parser.add_argument("--fail")


def nothing(*_: Any) -> Any:
    raise AssertionError("not to be called")


def with_commands(monkeypatch: pytest.MonkeyPatch, **answers: Any) -> None:
    def hook(answer: Any) -> Any:
        def kztax_commands() -> Any:
            return answer

        return kztax_commands

    installed = [
        SimpleNamespace(name=name, dist=None, load=partial(plugin, name, kztax_commands=hook(answer)))
        for name, answer in answers.items()
    ]
    monkeypatch.setattr("kztax.plugins._entry_points", lambda: installed)


COUNT = Command("count", "counts", configure_count, run_count)


def test_a_plugins_command_runs_with_an_engine_of_the_language(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_commands(monkeypatch, counter=[COUNT], silent=None)
    assert main(["count", "3", "--locale", "kk"]) == 0
    assert capsys.readouterr().out == "3 kk\n"
    assert main(["count", "3", "--fail", "ours"]) == 1
    assert "store_error: x is being written" in capsys.readouterr().err
    assert main(["count", "3", "--fail", "theirs"]) == 1
    assert "“counter” failed in kztax count: ZeroDivisionError: oh" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "counts" in capsys.readouterr().out


def test_sub_commands_take_the_language_where_it_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def configure(parser: Any) -> None:
        configure_count(parser.add_subparsers(required=True).add_parser("up"))

    with_commands(monkeypatch, counter=[COUNT._replace(configure=configure)])
    assert main(["count", "up", "3", "--locale", "ru"]) == 0
    assert capsys.readouterr().out == "3 ru\n"


def test_a_built_in_command_asks_no_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kztax.plugins.Plugins.commands", nothing)
    assert main(["law", "base.mci"]) == 0


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"one": [COUNT], "two": [COUNT]}, "plugin_conflict"),
        ({"one": [COUNT, COUNT]}, "plugin_conflict"),
        ({"one": [COUNT._replace(name="assess")]}, "plugin_conflict"),
        ({"one": 7}, "plugin_answer_refused"),
        ({"one": ["count"]}, "plugin_answer_refused"),
        ({"one": [COUNT._replace(name="Two words")]}, "plugin_answer_refused"),
        ({"one": [COUNT._replace(configure=nothing)]}, "plugin_error"),
    ],
)
def test_commands_that_cannot_be_are_refused_and_help_comes_all_the_same(
    answers: dict[str, Any], code: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_commands(monkeypatch, **answers)
    assert main(["count", "3"]) == 1
    assert f"kztax: {code}: " in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    printed = capsys.readouterr()
    assert "assess" in printed.out
    assert code in printed.err


def test_a_command_that_nobody_has(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["no-such-command"])
    assert stopped.value.code == 2
    assert "invalid choice" in capsys.readouterr().err
