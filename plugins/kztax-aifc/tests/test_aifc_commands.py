"""`kztax prices` and `kztax value` from a shell, with the plugin installed."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
import sys
from datetime import date
from pathlib import Path

import aifc_server as server
import pytest
from kztax_aifc import PriceFeed

from kztax.cli import main
from kztax.evidence import EvidenceFromStores
from kztax.plugins import Plugins

TABLE = "Тикер;Дата;Стоимость\nBTC;13.03.2026;39788000,00\nETH;13.03.2026;1750000,25\n"
COLUMNS = ["--column=asset=Тикер", "--column=day=Дата", "--column=value=Стоимость", "--decimal-comma"]
OFFICIAL = ["--source", "the contractor's site", "--published-on", "2026-04-24", "--currency", "KZT", *COLUMNS]


@pytest.fixture(autouse=True)
def named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KZTAX_STORE", str(tmp_path / "store.sqlite"))
    monkeypatch.setenv("KZTAX_LOAD_PLUGINS", "aifc")
    for name in ("MARKETS", "LIVE", "QUOTE", "AT_PAR", "BYBIT_URL"):
        monkeypatch.delenv(f"KZTAX_AIFC_{name}", raising=False)
    return tmp_path


def table(place: Path, text: str = TABLE, name: str = "values.csv") -> str:
    file = place / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_table_is_imported_and_shown_in_three_forms(named: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prices", "import", table(named), *OFFICIAL]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:3] == ["2", "0", "0"]
    assert main(["prices", "show", "btc", "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["kind"], row["value"], row["source"]) == ("official", "39788000", "the contractor's site")
    assert (row["published_on"], len(row["digest"])) == ("2026-04-24", 64)
    assert main(["prices", "show", "--kind", "official", "--on", "2026-03-13", "--format", "csv"]) == 0
    assert [row["asset"] for row in csv.DictReader(io.StringIO(capsys.readouterr().out))] == ["BTC", "ETH"]
    assert main(["prices", "show", "--kind", "bybit"]) == 1
    assert main(["prices", "show"]) == 0
    assert "the contractor's site" in capsys.readouterr().out


def test_a_second_table_that_says_otherwise_is_refused_until_told_to_replace(
    named: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prices", "import", table(named), *OFFICIAL]) == 0
    other = table(named, TABLE.replace("39788000", "39788001"), "other.csv")
    assert main(["prices", "import", other, *OFFICIAL, "--locale", "kk"]) == 1
    said = capsys.readouterr().err
    assert "39788000 KZT" in said
    assert "39788001 KZT" in said
    assert main(["prices", "import", other, *OFFICIAL, "--replace"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:3] == ["0", "1", "1"]


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (TABLE, [*OFFICIAL[:4], *COLUMNS], "--currency"),
        (TABLE.replace("1750000,25", "0"), OFFICIAL, "values.csv.3.Стоимость: zero"),
        (TABLE, [*OFFICIAL[:2], "--published-on", "2099-01-01", *OFFICIAL[4:]], "not come yet"),
        (TABLE, [*OFFICIAL[:2], "--published-on", "2026-03-12", *OFFICIAL[4:]], "cannot have been published"),
        (TABLE, [*OFFICIAL, "--column=price=x"], "no column of this table"),
    ],
)
def test_a_table_with_one_bad_row_is_refused_whole(
    text: str, options: list[str], said: str, named: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prices", "import", table(named, text), *options]) == 2
    assert said in capsys.readouterr().err
    assert not (named / "store.sqlite").exists()


def test_prices_are_fetched_once_and_marked(named: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with server.serving(server.bybit) as exchange:
        fetch = ["prices", "fetch", "bybit", "btc", "ETH", "--from", "2026-03-12", "--to", "2026-03-13"]
        for count in ("4", "0"):
            assert main([*fetch, "--url", exchange.url]) == 0
            assert capsys.readouterr().out.splitlines()[1].split()[0] == count
        assert len(exchange.asked) == 2
        assert main([*fetch, "--url", exchange.url, "--again"]) == 0
        assert len(exchange.asked) == 4
    assert main(["prices", "show", "BTC", "--kind", "bybit", "--on", "2026-03-13", "--format", "json"]) == 0
    output = capsys.readouterr().out
    (row,) = json.loads(output[output.index("[") :])
    assert (row["kind"], row["value"], row["currency"]) == ("bybit.USDT", "80000.5", "USDT")


def test_what_an_exchange_does_not_know_is_an_error_after_the_rest_is_stored(
    named: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def only_the_13th(handler: server.Handler, query: dict[str, str]) -> None:
        from datetime import date

        handler.send_json(server.bybit_says([server.bybit_row(server.moment(date(2026, 3, 13)))]))

    with server.serving(only_the_13th) as exchange:
        days = ["--from", "2026-03-12", "--to", "2026-03-14", "--url", exchange.url]
        assert main(["prices", "fetch", "bybit", "BTC", *days]) == 1
    printed = capsys.readouterr()
    assert "no price of BTC on: 2026-03-12, 2026-03-14" in printed.err
    assert printed.out.splitlines()[1].split()[0] == "1"


def test_days_that_are_not_over_are_not_fetched(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prices", "fetch", "bybit", "BTC", "--on", "2099-01-01"]) == 2
    assert "not over yet" in capsys.readouterr().err
    assert main(["prices", "fetch", "bybit", "B/C", "--on", "2026-01-01"]) == 2


def test_progress_on_a_terminal_and_none_when_piped(named: Path) -> None:
    with server.serving(server.bybit) as exchange:
        command = [sys.executable, "-m", "kztax", "prices", "fetch", "bybit", "BTC", "ETH", "--on", "2026-03-13"]
        command += ["--url", exchange.url, "--again"]
        assert subprocess.run(command, capture_output=True, check=True).stderr == b""
        terminal, theirs = pty.openpty()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=theirs, check=True)
        os.close(theirs)
        assert "2 of 2 fetched" in os.read(terminal, 10_000).decode()
        os.close(terminal)


@pytest.mark.parametrize(
    ("locale", "last_line"),
    [
        ("en", "Official value of one unit: KZT 39,788,000.00"),
        ("ru", "Официальная стоимость единицы: 39\xa0788\xa0000,00\xa0₸"),
        ("kk", "Бір бірліктің ресми құны: 39\xa0788\xa0000,00\xa0₸"),
    ],
)
def test_value_of_a_saturday_with_its_working(
    locale: str, last_line: str, named: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prices", "import", table(named), *OFFICIAL]) == 0
    capsys.readouterr()
    assert main(["value", "BTC", "--on", "2026-03-14", "--locale", locale]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == last_line


def test_value_for_programs(named: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prices", "import", table(named), *OFFICIAL]) == 0
    capsys.readouterr()
    assert main(["value", "btc", "--on", "2026-03-14", "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["kind"], answer["outcome"]["value"]) == ("official_value", "39788000")
    assert main(["value", "BTC", "ETH", "--on", "2026-03-14", "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2
    assert main(["value", "BTC", "ETH", "--on", "2026-03-14", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["asset"], row["value"], row["notes"]) for row in rows] == [
        ("BTC", "39788000", "plugin_answer"),
        ("ETH", "1750000.25", "plugin_answer"),
    ]


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (["BTC", "--on", "2026-03-15"], 1, "store_error"),
        (["ETH", "--on", "2025-06-10"], 1, "missing_price"),
        (["BTC", "--on", "2024-01-10"], 1, "unknown_law"),
        (["BTC", "--on", "yesterday"], 2, "invalid_facts"),
        (["b-t-c", "--on", "2026-03-15"], 2, "invalid_facts"),
        (["BTC", "--on", "1800-01-01"], 2, "invalid_facts"),
    ],
)
def test_a_value_that_cannot_be_given(
    arguments: list[str], status: int, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["value", *arguments]) == status
    assert f"kztax: {code}: " in capsys.readouterr().err
    assert main(["value", *arguments, "--format", "json"]) == status
    assert json.loads(capsys.readouterr().err)["error"]["code"] == code


def test_the_plugin_is_listed() -> None:
    listed = subprocess.run([sys.executable, "-m", "kztax", "plugins"], capture_output=True, check=True, text=True)
    assert "aifc 0.1.0  ok  kztax_asset_price, kztax_at_store, kztax_commands" in listed.stdout


def test_a_value_comes_from_the_store_that_is_named(
    named: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prices", "import", table(named), *OFFICIAL]) == 0
    monkeypatch.setenv("KZTAX_STORE", str(named / "another.sqlite"))
    # Rates are asked of the same store, of the plugin that keeps them: it is not loaded here.
    assert main(["value", "BTC", "--on", "2026-03-13", "--store", str(named / "store.sqlite")]) == 0
    assert capsys.readouterr().out.endswith("39,788,000.00\n")
    assert main(["value", "BTC", "--on", "2026-03-13", "--store", str(named / "nowhere.sqlite")]) == 1
    assert "nowhere.sqlite" in capsys.readouterr().err


def test_a_feed_moves_to_the_store_that_an_engine_is_handed(named: Path) -> None:
    assert main(["prices", "import", table(named), *OFFICIAL]) == 0
    plugins = Plugins([PriceFeed(named / "another.sqlite", live=False)], discover=False)
    evidence = EvidenceFromStores(plugins, prices=named / "store.sqlite")
    answered = evidence.asset_price("BTC", date(2026, 3, 13))
    assert answered is not None
    assert answered.value == 39_788_000
