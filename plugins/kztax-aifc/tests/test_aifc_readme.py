"""The README keeps its promises: its examples run."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest

from kztax.cli import main

README = Path(__file__).resolve().parent.parent / "README.md"


def test_python_examples_run() -> None:
    failed, tried = doctest.testfile(str(README), module_relative=False)
    assert (failed, tried > 0) == (0, True)


def test_what_is_shown_of_the_shell_is_what_the_shell_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = README.read_text(encoding="utf-8")
    for name, content in re.findall(r"^```text (\S+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KZTAX_LOAD_PLUGINS", "aifc")
    monkeypatch.setenv("KZTAX_STORE", "store.sqlite")
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = step.partition("\n")
            program, *arguments = shlex.split(command)
            assert program == "kztax"
            assert main(arguments) == 0
            shown = capsys.readouterr().out
            for piece in expected.split("…\n"):
                assert piece in shown
