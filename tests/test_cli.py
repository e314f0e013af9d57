"""The command line: what it prints, where, and with which exit status."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from kztax.cli import main

QUARTER = {"kind": "mining_levy", "period": "2024-Q1", "supplies": [{"kwh": "500000"}]}
OFF_GRID = {
    "kind": "mining_levy",
    "period": "2024-Q1",
    "supplies": [{"kwh": "500000", "connected_to_unified_power_system": False}],
}


@pytest.fixture
def quarter(tmp_path: Path) -> str:
    file = tmp_path / "quarter.json"
    file.write_text(json.dumps(QUARTER), encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    ("locale", "last_line"),
    [
        ("en", "Levy to pay: KZT 1,000,000.00"),
        ("ru", "Плата к уплате: 1\xa0000\xa0000,00\xa0₸"),
        ("kk", "Төленуге жататын төлемақы: 1\xa0000\xa0000,00\xa0₸"),
    ],
)
def test_the_last_line_is_the_answer_in_each_language(
    locale: str, last_line: str, quarter: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["assess", quarter, "--locale", locale]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == last_line


def test_json_has_the_contracts_shape(quarter: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assess", quarter, "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["outcome"]["levy"] == "1000000"
    assert {
        "kind", "period", "outcome", "figures", "citations", "notes", "readings",
        "rule_book", "facts_digest", "plugins", "format_version",
    } <= set(answer)  # fmt: skip
    assert {"id", "name", "value", "unit", "formula", "inputs", "citation"} <= set(answer["figures"][0])
    assert {"act", "article", "in_force_from", "in_force_to", "url", "evidence"} <= set(answer["citations"][0])
    assert set(answer["rule_book"]) >= {"version", "digest"}


def test_standard_input_json_lines_and_several_files(
    quarter: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = f"{json.dumps(QUARTER)}\n\n{json.dumps(OFF_GRID)}\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines.encode())))
    assert main(["assess", "-", quarter, "--format", "json"]) == 0
    assert [answer["outcome"]["levy"] for answer in json.loads(capsys.readouterr().out)] == ["1000000"] * 3


def test_one_object_answers_with_one_a_list_with_a_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "facts.json"
    for content, kind in ((QUARTER, dict), ([QUARTER], list), ([], list)):
        file.write_text(json.dumps(content), encoding="utf-8")
        assert main(["assess", str(file), "--format", "json"]) == 0
        assert isinstance(json.loads(capsys.readouterr().out), kind)


def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(QUARTER), encoding="utf-8-sig")
    assert main(["assess", str(file)]) == 0


def test_the_answer_goes_to_a_file(quarter: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "out.txt"
    assert main(["assess", quarter, "-o", str(target)]) == 0
    assert target.read_text(encoding="utf-8").endswith("Levy to pay: KZT 1,000,000.00\n")
    assert capsys.readouterr().out == ""
    assert main(["assess", quarter, "-o", str(tmp_path / "no" / "such" / "folder")]) == 2


def test_a_reading_is_chosen_and_the_others_tax_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(OFF_GRID), encoding="utf-8")
    for choice, levy, other in (("own_station", "1000000", "500000"), ("any_owner", "500000", "1000000")):
        assert main(["assess", str(file), "--format=json", f"--reading=mining_levy.off_grid_units={choice}"]) == 0
        answer = json.loads(capsys.readouterr().out)
        (reading,) = answer["readings"]
        assert (answer["outcome"]["levy"], reading["chosen"], reading["alternatives"][0]["tax"]) == (
            levy,
            choice,
            other,
        )


@pytest.mark.parametrize("reading", ["nonsense", "no.such=reading", "mining_levy.off_grid_units=nobody"])
def test_a_reading_that_does_not_exist(reading: str, quarter: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assess", quarter, "--reading", reading]) == 2
    assert "invalid_facts" in capsys.readouterr().err


def test_html_is_one_page_for_all_that_was_assessed(quarter: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assess", quarter, quarter, "--format", "html", "--locale", "kk"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("<!doctype html>")
    assert (page.count("<html"), page.count("<article>")) == (1, 2)


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assess", "nowhere.json"]) == 2
    assert (
        capsys.readouterr().err == "kztax: unreadable_input: nowhere.json: cannot be read: No such file or directory\n"
    )


def test_law_lists_entries_and_shows_one_with_its_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["law"]) == 0
    assert "base.mci" in capsys.readouterr().out
    assert main(["law", "base.mci", "--on", "2020-04-01", "--locale", "ru"]) == 0
    shown = capsys.readouterr().out
    assert "2778 KZT/MCI" in shown
    assert "[text]" in shown
    assert "2651" not in shown
    for name in ("mining_levy.rate.by_price", "mining_levy.form", "base.working_days", "personal_income_tax.loss"):
        assert main(["law", name]) == 0
    capsys.readouterr()
    assert main(["law", "value_added_tax.rate.standard"]) == 0
    assert "  2026-01-01…  0.16\n" in capsys.readouterr().out
    assert main(["law", "base.mci", "--on", "2017-01-01"]) == 1
    assert main(["law", "base.mci", "--on", "yesterday"]) == 2
    assert main(["law", "no.such.entry"]) == 1


def test_readings_are_listed_with_default_and_article(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["readings"]) == 0
    shown = capsys.readouterr().out
    assert "mining_levy.off_grid_units" in shown
    assert "own_station (default)" in shown
    assert "606-3(2)" in shown


def test_schema_of_a_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "mining_levy"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["facts"]["additionalProperties"] is False
    assert "figures" in schema["answer"]["properties"]
    assert main(["schema", "window_tax"]) == 2


def test_no_plugins(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("kztax.plugins._entry_points", list)
    assert main(["plugins"]) == 0
    assert capsys.readouterr().out == "No plugins are installed.\n"


def test_help_shows_commands_by_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_of_help:
        main(["--help"])
    assert exit_of_help.value.code == 0
    assert "kztax assess quarter.json --locale ru" in capsys.readouterr().out


def test_a_long_list_shows_progress_on_a_terminal_and_none_when_piped(tmp_path: Path) -> None:
    file = tmp_path / "many.json"
    file.write_text(json.dumps([QUARTER] * 400), encoding="utf-8")
    command = [sys.executable, "-m", "kztax", "assess", str(file), "--format", "json"]
    piped = subprocess.run(command, capture_output=True, check=True)
    assert piped.stderr == b""
    terminal, theirs = pty.openpty()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=theirs, check=True)
    os.close(theirs)
    shown = os.read(terminal, 10_000).decode()
    os.close(terminal)
    assert "400 of 400 assessed" in shown


def test_json_lines_part_at_line_feeds_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = {"kind": "vat_registration", "year": 2026, "turnover": []}
    lines = f'{{"kind": "window_tax", "name": "a\u2028b"}}\n{json.dumps(facts)}\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines.encode())))
    assert main(["assess", "-", "--format", "json"]) == 2
    printed = capsys.readouterr()
    assert "invalid_facts" in printed.err
    assert len(json.loads(printed.out)) == 1


@pytest.mark.parametrize("encoding", ["ascii", "cp1251", "latin-1"])
def test_a_terminal_that_cannot_show_a_sign_loses_no_answer(encoding: str, quarter: str) -> None:
    command = [sys.executable, "-m", "kztax", "assess", quarter, "--locale", "ru"]
    done = subprocess.run(command, capture_output=True, check=True, env={**os.environ, "PYTHONIOENCODING": encoding})
    assert done.stderr == b""
    assert b"000,00" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("redirection", "status"), [(">&-", 2), ("> /dev/full", 2), ("- <&-", 2), ("2>&- >/dev/null", 0)]
)
def test_closed_and_full_streams_end_with_a_status_not_a_traceback(redirection: str, status: int, quarter: str) -> None:
    facts = "" if redirection.startswith("-") else quarter
    shell = f"{sys.executable} -m kztax assess {facts} {redirection}"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, check=False, text=True)
    assert (done.returncode, "Traceback" in done.stderr) == (status, False)


def test_law_of_a_day_lists_what_is_in_force(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["law", "--on", "2022-07-01"]) == 0
    shown = capsys.readouterr().out
    assert "mining_levy.rate.standard" in shown
    assert "mining_levy.rate.penal" not in shown


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    file = tmp_path / "many.json"
    file.write_text(json.dumps([QUARTER] * 200), encoding="utf-8")
    shell = f"{sys.executable} -m kztax assess {file} --format json | head -c 1"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {shell}"], capture_output=True, check=False)
    assert done.stderr == b""


MINER = {
    "bin": "170640001250",
    "name": "Miner",
    "tax_office": "6007",
    "meter_readings": [{"supply": 1, "start": "0", "end": "500000"}],
}


def test_a_form_is_filled_in_from_facts_and_the_taxpayers_file(
    quarter: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taxpayer, target = tmp_path / "miner.json", tmp_path / "form.json"
    taxpayer.write_text(json.dumps(MINER), encoding="utf-8")
    assert main(["form", "880.00", quarter, "--locale", "ru"]) == 0
    assert "ЧЕРНОВИК" in capsys.readouterr().out
    command = ["form", "880.00", quarter, "--taxpayer", str(taxpayer), "--format", "json", "-o", str(target)]
    assert main(command) == 0
    form = json.loads(target.read_text(encoding="utf-8"))
    assert (form["form"], form["acceptance"], form["missing"]) == ("880.00", "draft", [])
    assert {line["number"]: line["value"] for line in form["lines"]}["880.00.003"] == "1000000"


def test_a_form_is_filled_in_from_a_stored_assessment_beside_its_facts(
    quarter: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = tmp_path / "assessment.json"
    assert main(["assess", quarter, "--format", "json", "-o", str(stored)]) == 0
    assert main(["form", "880.00", quarter, str(stored)]) == 0
    assert "880.00.003  Fee to be paid: KZT 1,000,000.00" in capsys.readouterr().out
    assert main(["form", "880.00", str(stored)]) == 1


@pytest.mark.parametrize(
    ("content", "status"), [("[]", 2), ("nonsense", 2), ('{"bin": "170640001251"}', 2), (json.dumps(MINER), 0)]
)
def test_a_taxpayers_file_that_is_none(content: str, status: int, quarter: str, tmp_path: Path) -> None:
    file = tmp_path / "taxpayer.json"
    file.write_text(content, encoding="utf-8")
    assert main(["form", "880.00", quarter, "--taxpayer", str(file)]) == status


def test_schema_of_the_taxpayers_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "taxpayer"]) == 0
    assert json.loads(capsys.readouterr().out)["additionalProperties"] is False


def test_the_cabinets_file_goes_to_a_file_and_what_is_known_of_it_to_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, target = Path(__file__).parent.parent, tmp_path / "270.json"
    examples, export = root / "examples" / "forms", root / "tests" / "forms" / "270.00-2025-empty.json"
    command = ["form", "270.00", str(examples / "trader-2025.json"), "--format", "knp", "-o", str(target)]
    assert main(command) == 2
    taxpayer = ["--taxpayer", str(examples / "trader-taxpayer.json")]
    assert main([*command, *taxpayer, "--revision", str(export), "--locale", "ru"]) == 0
    assert "принимает, но известно это из вторых рук" in capsys.readouterr().err
    assert json.loads(target.read_text(encoding="utf-8"))["fnoContent"]["application_01"]["_K"] == 238942
