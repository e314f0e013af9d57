"""What commands share: rows in three forms, days, files."""

from __future__ import annotations

import csv
import io
import json
import sys
from argparse import ArgumentParser, Namespace
from datetime import date
from pathlib import Path

import pytest

import kztax
from kztax.store import Added, Store
from kztax.terminal import (
    add_day_options,
    add_output_options,
    content_of,
    day_of,
    days_of,
    first_and_last,
    print_counts,
    print_rows,
)

ROWS = [{"asset": "BTC", "value": "80000", "digest": "d1"}, {"asset": "stETH", "value": "=1+1", "digest": "d2"}]


def options(*arguments: str) -> Namespace:
    parser = ArgumentParser()
    add_day_options(parser, required=False)
    add_output_options(parser)
    return parser.parse_args(arguments)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    print_rows(ROWS, ("asset", "value"), options(*arguments), unseen=("digest",))
    return capsys.readouterr().out


def test_rows_as_text_are_columns_under_headings(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys) == "asset  value\nBTC    80000\nstETH  =1+1\n"


def test_a_strangers_words_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([{"source": "evil\x1b[31m\n"}], ("source",), options())
    assert capsys.readouterr().out == "source\nevil\\x1b[31m\\n\n"


def test_rows_for_programs_have_every_column(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(printed(capsys, "--format", "json")) == ROWS
    read = list(csv.DictReader(io.StringIO(printed(capsys, "--format", "csv"))))
    assert [row["digest"] for row in read] == ["d1", "d2"]
    assert read[1]["value"] == "'=1+1", "no spreadsheet computes what a stranger wrote"


def test_rows_go_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "-o", str(tmp_path / "rows")) == ""
    assert (tmp_path / "rows").read_text().startswith("asset")
    with pytest.raises(kztax.UnreadableInput, match="cannot be written"):
        printed(capsys, "-o", str(tmp_path))


def test_counts_name_the_store(capsys: pytest.CaptureFixture[str]) -> None:
    print_counts(Added(3, 2, 1), Store("here.sqlite"), options("--format", "csv"))
    assert capsys.readouterr().out == "new,replaced,unchanged,store\n3,2,1,here.sqlite\n"


def test_days() -> None:
    assert days_of(options("--on", "2026-03-14")) == [date(2026, 3, 14)]
    assert len(days_of(options("--from", "2026-02-27", "--to", "2026-03-01"))) == 3
    assert first_and_last(options("--from", "2026-02-27")) == (date(2026, 2, 27), None)
    assert first_and_last(options()) == (None, None)
    for wrong in (
        ["--on", "2026-03-14", "--to", "2026-03-15"],
        ["--from", "2026-03-14", "--to", "2026-03-13"],
        ["--from", "2026-03-14"],
        ["--to", "2026-03-14"],
        ["--from", "1990-01-01", "--to", "2026-03-13"],
    ):
        with pytest.raises(kztax.InvalidFacts):
            days_of(options(*wrong))
    for wrong_day in ("tomorrow", "2026-02-30", "1066-10-14"):
        with pytest.raises(kztax.InvalidFacts):
            day_of(wrong_day, "--on")


def test_a_file_is_read_up_to_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"12345")
    assert content_of(str(file), 5) == content_of(str(file)) == b"12345"
    with pytest.raises(kztax.UnreadableInput, match="larger than 4"):
        content_of(str(file), 4)
    with pytest.raises(kztax.UnreadableInput, match="larger than 1000"):
        content_of("/dev/zero", 1000)
    with pytest.raises(kztax.UnreadableInput, match="cannot be read"):
        content_of(str(tmp_path / "nowhere"), 4)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"12345")))
    assert content_of("-", 5) == b"12345"
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(kztax.UnreadableInput, match="closed"):
        content_of("-")
