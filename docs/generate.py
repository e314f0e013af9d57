"""Writes the pages that follow from the data: the doubts about the law, and the JSON Schemas of every kind.

usage: python docs/generate.py           write them
       python docs/generate.py --check   exit 1 if one is out of date
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import kztax
from kztax.cli import schema_of
from kztax.core.citation import Evidence
from kztax.engine import KINDS
from kztax.explain.phrases import phrases

DOCS = Path(__file__).resolve().parent


def doubts() -> Iterator[str]:
    """Every doubt in the rule book, readings first, then entry by entry."""
    book, words = kztax.rule_book(), phrases("en")
    yield "# Where the law is in doubt\n"
    yield "Generated from the rule book by `docs/generate.py`. An assessment that rests on any of these says so.\n"
    yield "## Read in more than one way\n"
    yield "The caller may choose with `--reading ID=NAME`; the tax under the others is shown.\n"
    for reading in sorted(book.readings.values(), key=lambda reading: reading.id):
        yield f"### `{reading.id}`\n"
        yield f"{reading.doubt}\n"
        for name in reading.choices:
            default = " (default)" if name == reading.default else ""
            yield f"- `{name}`{default}: {words.text(f'reading.{reading.id}.{name}')}"
        places = "; ".join(f"{book.acts[act].titles['en']}, {article}" for act, article in reading.cites)
        yield f"- {places}; from {reading.first}{f' to {reading.last}' if reading.last else ''}\n"
    yield "## Entries that are not the plain text of an act, or that the text leaves open\n"
    for name in book.names():
        for item in book.entry(name).items:
            if item.evidence is Evidence.TEXT and item.doubt is None:
                continue
            what = item.doubt or (f"To be supplied: {item.supply}." if item.supply else "Known at second hand.")
            where = f"{book.acts[item.act].titles['en']}, {item.article}"
            yield f"- `{name}` {item.first}…{item.last or ''} [{item.evidence}] ({where}): {what}"


def pages() -> Iterator[tuple[Path, str]]:
    """Each generated file and its text."""
    yield DOCS / "law-doubts.md", "\n".join(doubts()) + "\n"
    for name in KINDS:
        schema = json.dumps(schema_of(name), indent=2, ensure_ascii=False)
        yield DOCS / "schemas" / f"{name}.json", schema + "\n"


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` only compare them."""
    stale = [path for path, text in pages() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in arguments:
        sys.stderr.writelines(f"out of date: {path.name}; run docs/generate.py\n" for path in stale)
        return bool(stale)
    (DOCS / "schemas").mkdir(exist_ok=True)
    for path, text in pages():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
