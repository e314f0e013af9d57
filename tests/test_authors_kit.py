"""What an author of a plugin is told works: the tutorial from first step to last, and the template once copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fresh_environment import Step, check, steps_of

ROOT = Path(__file__).resolve().parent.parent


def test_the_tutorial_runs_from_nothing_to_an_installed_plugin(tmp_path: Path) -> None:
    check(steps_of(ROOT / "docs" / "plugin-tutorial.md"), tmp_path)


def test_the_template_is_copied_renamed_built_installed_and_tested_as_it_says(tmp_path: Path) -> None:
    template = ROOT / "plugins" / "template"
    shutil.copytree(template, tmp_path / "plugins" / "template", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    environment = [Step("python3 -m venv .venv"), Step(". .venv/bin/activate")]
    check([*environment, *steps_of(template / "README.md"), Step("grep -ri template . || true")], tmp_path)


def test_a_page_that_shows_what_is_not_shown_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ echo one; echo two\n…\ntwo\n$ echo three\n…\nfour\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="echo three"):
        check(steps_of(page), tmp_path)
    with pytest.raises(AssertionError, match=r"false\n"):
        check([Step("true"), Step("false"), Step("true")], tmp_path)


def test_every_plugin_of_the_project_is_in_the_list_of_plugins() -> None:
    listed = (ROOT / "plugins" / "README.md").read_text(encoding="utf-8")
    for made in sorted((ROOT / "plugins").glob("*/pyproject.toml")):
        assert f"]({made.parent.name}/README.md)" in listed
        assert f"{made.parent.name.removeprefix('kztax-')}: pytest " in (ROOT / "tox.ini").read_text(encoding="utf-8")
