"""The tutorial keeps its promises: each step runs in a shell, with the plugins installed, and shows what it says."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
ELLIPSIS = "…\n"


def steps() -> list[tuple[str, str]]:
    """The commands, each with what is shown after it."""
    found = []
    for block in re.findall(r"^```console with plugins\n(.*?)^```", TUTORIAL, re.MULTILINE | re.DOTALL):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command = re.match(r"(.*\\\n)*.*\n", step)
            assert command is not None
            found.append((command[0], step[command.end() :]))
    return found


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the shell shows at each step, one after another in one folder."""
    place = tmp_path_factory.mktemp("tutorial") / "year"
    shutil.copytree(ROOT / "examples" / "year", place)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KZTAX_")}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", "")])
    answers = []
    for command, _ in steps():
        run = subprocess.run(
            ["bash", "-c", command],
            cwd=place,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        status = re.search(r"# exit status (\d)", command)
        assert run.returncode == (int(status[1]) if status else 0), run.stdout
        answers.append(run.stdout.replace("\xa0", " "))
    return answers


@pytest.mark.parametrize("number", range(len(steps())), ids=lambda number: steps()[number][0].split("\n")[0][:60])
def test_a_step_shows_what_the_tutorial_says(number: int, shown: list[str]) -> None:
    expected, answer = steps()[number][1].replace("\xa0", " "), shown[number]
    *pieces, end = expected.split(ELLIPSIS)
    place = 0
    for piece in pieces:
        found = answer.find(piece, place)
        assert found >= 0, piece
        place = found + len(piece)
    assert answer[place:].endswith(end), "the tutorial shows the end of the answer"
    if not pieces:
        assert answer == end


def test_the_table_worked_out_by_hand_is_what_the_command_works_out(shown: list[str]) -> None:
    cells = [line.strip("| \n").split("|")[-1].strip(" *") for line in TUTORIAL.splitlines() if line.startswith("| ")]
    *gains, total = [Decimal(cell.replace(",", "")) for cell in cells if re.fullmatch(r"[\d,]+", cell)]
    assert sum(gains) == total
    (table,) = (answer for (command, _), answer in zip(steps(), shown, strict=True) if "--format csv" in command)
    rows = csv.DictReader(io.StringIO(table[table.index("trade,type") :]))
    assert [Decimal(row["gain"]) for row in rows] == gains


def test_the_table_in_the_text_is_the_file() -> None:
    (table,) = re.findall(r"^```text\n(.*?)^```", TUTORIAL, re.MULTILINE | re.DOTALL)
    assert table == (ROOT / "examples" / "year" / "by-hand.csv").read_text(encoding="utf-8")
