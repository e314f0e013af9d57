"""The documents keep their promises: every example in them runs, every generated page follows from the data."""

from __future__ import annotations

import doctest
import importlib.util
import json
import re
import shlex
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kztax.cli import main, schema_of
from kztax.engine import KINDS
from kztax.hooks import Deprecation, hookspec

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "plugins" / "README.md"])
STEP_BY_STEP = ROOT / "docs" / "plugin-tutorial.md"  # which test_authors_kit.py runs
ELLIPSIS = "…"


def consoles() -> list[Any]:
    return [
        pytest.param(block, id=f"{path.name}: {block.splitlines()[0]}")
        for path in DOCUMENTS
        if path != STEP_BY_STEP
        for block in re.findall(r"^```console\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    ]


@pytest.mark.parametrize("block", consoles())
def test_what_a_document_shows_of_the_shell_is_what_the_shell_shows(
    block: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    command, *expected = block.splitlines()
    program, *arguments = shlex.split(command.removeprefix("$ "))
    assert program == "kztax"
    assert main(arguments) == 0
    shown = capsys.readouterr().out.replace("\xa0", " ")
    *pieces, end = "\n".join(expected).replace("\xa0", " ").split(f"{ELLIPSIS}\n")
    place = 0
    for piece in pieces:
        found = shown.find(piece, place)
        assert found >= 0, piece
        place = found + len(piece)
    assert shown[place:].rstrip("\n").endswith(end), "the document shows the end of the answer"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_python_examples_run(path: Path) -> None:
    failed, _ = doctest.testfile(str(path), module_relative=False, optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    assert failed == 0


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def shape(schema: Any) -> Any:
    """What a caller relies on: names of fields, which are required, which may not be added."""
    if isinstance(schema, list):
        return [shape(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = ("properties", "required", "additionalProperties", "enum", "items", "$defs", "$ref", "facts", "answer")
    return {
        key: {name: shape(field) for name, field in value.items()} if key in ("properties", "$defs") else shape(value)
        for key, value in schema.items()
        if key in kept
    }


@pytest.mark.parametrize("kind", KINDS)
def test_published_schemas_are_those_of_the_models(kind: str) -> None:
    published = json.loads((ROOT / "docs" / "schemas" / f"{kind}.json").read_text(encoding="utf-8"))
    assert shape(published) == shape(schema_of(kind))


@pytest.fixture
def generate(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(ROOT / "docs")
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    return generate


def test_the_pages_of_doubts_treaties_and_hooks_follow_from_the_data(generate: Any) -> None:
    assert (ROOT / "docs" / "law-doubts.md").read_text(encoding="utf-8") == "\n".join(generate.doubts()) + "\n"
    assert (ROOT / "docs" / "treaties.md").read_text(encoding="utf-8") == "\n".join(generate.treaties()) + "\n"
    assert (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8") == "\n".join(generate.hook_reference()) + "\n"


def test_the_page_of_hooks_says_what_goes_away(generate: Any) -> None:
    class Specifications:
        @hookspec(since=1, deprecated=Deprecation("1.4", "kztax_new", 2))
        def kztax_old(self, asset: str, on: date | None) -> None:
            """Asked of old."""

        @hookspec(since=3)
        def kztax_new(self) -> None:
            """Asked anew."""

    page = "\n".join(generate.hook_reference(Specifications))
    assert "kztax_old(asset: str, on: date | None) -> None" in page
    assert "**Deprecated** since kztax 1.4: implement `kztax_new`. Interface\n2 is the last that has it." in page
    assert page.count("Deprecated") == 1
    assert "Asked anew.\n\nSince interface 3." in page


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.json")), ids=lambda path: path.name)
@pytest.mark.parametrize("locale", ["en", "ru", "kk"])
def test_every_example_is_assessed_in_every_language(path: Path, locale: str) -> None:
    assert main(["assess", str(path), "--locale", locale]) == 0
