"""`kztax rates` from a shell, with the plugin installed."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import nbk_server as server
import pytest

from kztax.cli import main

TABLE = "day;currency;units;rate\n14.03.2026;USD;1;497.35\n2026-03-14;AMD;10;12.34\n"


@pytest.fixture(autouse=True)
def named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KZTAX_STORE", str(tmp_path / "store.sqlite"))
    monkeypatch.setenv("KZTAX_LOAD_PLUGINS", "nbk")
    monkeypatch.delenv("KZTAX_NBK_URL", raising=False)
    return tmp_path


def table(place: Path, text: str = TABLE, name: str = "rates.csv") -> str:
    file = place / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, str]]:
    capsys.readouterr()
    assert main(["rates", "show", *arguments, "--format", "json"]) == 0
    rows: list[dict[str, str]] = json.loads(capsys.readouterr().out)
    return rows


OFFICIAL = ["--kind", "official", "--source", "the Bank's site", "--published-on", "2026-03-13"]


def test_a_table_is_imported_and_shown_in_three_forms(named: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rates", "import", table(named), *OFFICIAL]) == 0
    assert capsys.readouterr().out.split()[:4] == ["new", "replaced", "unchanged", "store"]
    usd, amd = sorted(shown(capsys), key=lambda row: row["currency"], reverse=True)
    assert usd == {
        "day": "2026-03-14", "currency": "USD", "kind": "official", "rate": "497.35", "source": "the Bank's site",
        "published_on": "2026-03-13", "digest": usd["digest"],
    }  # fmt: skip
    assert (amd["rate"], len(amd["digest"])) == ("1.234", 64)
    assert main(["rates", "show", "USD", "--on", "2026-03-14", "--format", "csv"]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row["rate"] == "497.35"
    assert main(["rates", "show", "usd"]) == 0
    assert "497.35  the Bank's site  2026-03-13" in capsys.readouterr().out


def test_a_second_import_that_says_otherwise_is_refused_with_both_named(
    named: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rates", "import", table(named), *OFFICIAL]) == 0
    assert main(["rates", "import", table(named), *OFFICIAL]) == 0, "the same again is no conflict"
    other = table(named, TABLE.replace("497.35", "498"), "other.csv")
    assert main(["rates", "import", other, *OFFICIAL[:2], "--source", "a newspaper"]) == 1
    said = capsys.readouterr().err
    assert "497.35 KZT (the Bank's site)" in said
    assert "498 KZT (a newspaper)" in said
    assert [row["rate"] for row in shown(capsys, "USD")] == ["497.35"]
    assert main(["rates", "import", other, *OFFICIAL[:2], "--source", "a newspaper", "--replace"]) == 0
    assert [row["rate"] for row in shown(capsys, "USD")] == ["498"]


def test_a_mean_of_a_year_and_headings_of_another_language(named: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "Год;Валюта;Курс\n2026;USD;500,25\n"
    columns = [f"--column={pair}" for pair in ("year=год", "currency=Валюта", "rate=Курс")]
    options = ["--kind", "yearly_mean", "--source", "a table", "--decimal-comma", *columns]
    assert main(["rates", "import", table(named, text), *options]) == 0
    (row,) = shown(capsys, "--kind", "yearly_mean", "--from", "2026-01-01")
    assert (row["day"], row["rate"]) == ("2026-12-31", "500.25")


def test_means_are_shown_without_a_store(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("KZTAX_STORE")
    (row,) = shown(capsys, "USD", "--kind", "yearly_mean", "--on", "2024-12-31")
    assert row["rate"] == "469.44"
    assert main(["rates", "show", "USD"]) == 1
    assert "set KZTAX_STORE" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "options", "status", "said"),
    [
        (TABLE, ["--kind", "official"], 2, "--source"),
        (TABLE, ["--source", "x"], 2, "--kind"),
        (TABLE.replace("497.35", "0"), OFFICIAL, 2, "rates.csv.2.rate: zero"),
        (TABLE.replace("497.35", "497,35"), OFFICIAL, 2, "--decimal-comma"),
        (TABLE.replace("497.35", "about 500"), OFFICIAL, 2, "not a number above zero"),
        (TABLE.replace("14.03.2026", "03/14/2026"), OFFICIAL, 2, "not a day"),
        (TABLE.replace("14.03.2026", "31.02.2026"), OFFICIAL, 2, "not a day"),
        (TABLE.replace("USD", "dollar"), OFFICIAL, 2, "not a currency"),
        (TABLE.replace("USD;1;", "USD;7;"), OFFICIAL, 2, "none of: 1, 10"),
        (TABLE.replace("rate", "price"), OFFICIAL, 2, "no column “rate”"),
        (TABLE, ["--kind", "yearly_mean", "--source", "x"], 2, "either a day or"),
        ("day;currency;rate\n", OFFICIAL, 2, "no rows"),
        ("", OFFICIAL, 2, "no column"),
        ("<html></html>", OFFICIAL, 1, "<html> instead of <rates>"),
        (TABLE, [*OFFICIAL[:4], "--published-on", "2099-01-01"], 2, "not come yet"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_whole(
    text: str, options: list[str], status: int, said: str, named: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rates", "import", table(named, text), *options]) == status
    assert said in capsys.readouterr().err
    assert not (named / "store.sqlite").exists() or main(["rates", "show"]) == 1


def test_days_are_fetched_once_and_shown_by_currency(named: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with server.serving(server.good) as feed:
        days = ["--from", "2026-03-13", "--to", "2026-03-15", "--url", feed.url]
        assert main(["rates", "fetch", *days]) == 0
        assert "9    0         0" in capsys.readouterr().out
        assert main(["rates", "fetch", *days, "--currency", "USD", "--format", "json"]) == 0
        assert [row["rate"] for row in json.loads(capsys.readouterr().out)] == ["497.35"] * 3
        assert len(feed.asked) == 3
        assert main(["rates", "fetch", *days, "--currency", "XYZ"]) == 1
        assert "no rate of XYZ" in capsys.readouterr().err
        assert main(["rates", "fetch", *days, "--again"]) == 0
        assert len(feed.asked) == 6


def test_a_saved_document_is_imported(named: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = table(named, server.DOCUMENT.format(day="14.03.2026", usd="497.35"), "get_rates.xml")
    assert main(["rates", "import", file]) == 0
    assert [row["rate"] for row in shown(capsys)] == ["1.234", "0.0105", "497.35"]


def test_an_interrupted_fetch_keeps_the_days_before(named: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def good_until_the_15th(handler: server.Handler, day: str) -> None:
        (server.html if day == "15.03.2026" else server.good)(handler, day)

    with server.serving(good_until_the_15th) as feed:
        days = ["--from", "2026-03-13", "--to", "2026-03-16", "--url", feed.url]
        assert main(["rates", "fetch", *days, "--locale", "ru"]) == 1
        assert "веб-страницей" in capsys.readouterr().err
    assert {row["day"] for row in shown(capsys)} == {"2026-03-13", "2026-03-14"}


@pytest.mark.parametrize(
    "days", [["--on", "2099-01-01"], ["--from", "2026-01-02", "--to", "2026-01-01"], ["--from", "2026-01-01"]]
)
def test_days_that_make_no_sense(days: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rates", "fetch", *days]) == 2
    assert capsys.readouterr().err


def test_progress_on_a_terminal_and_none_when_piped(named: Path) -> None:
    with server.serving(server.good) as feed:
        days = ["--from", "2026-03-13", "--to", "2026-03-15", "--url", feed.url, "--again"]
        command = [sys.executable, "-m", "kztax", "rates", "fetch", *days]
        assert subprocess.run(command, capture_output=True, check=True).stderr == b""
        terminal, theirs = pty.openpty()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=theirs, check=True)
        os.close(theirs)
        assert "3 of 3 fetched" in os.read(terminal, 10_000).decode()
        os.close(terminal)


def test_the_plugin_is_listed() -> None:
    listed = subprocess.run([sys.executable, "-m", "kztax", "plugins"], capture_output=True, check=True, text=True)
    assert "nbk 0.1.0  ok  kztax_at_store, kztax_commands, kztax_exchange_rate" in listed.stdout
