"""Writes the pages that follow from the data: doubts about the law, the treaty table, the schemas.

usage: python docs/generate.py           write them
       python docs/generate.py --check   exit 1 if one is out of date
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from hook_reference import hook_reference

import kztax
from kztax.cli import TAXPAYER, schema_of, schema_of_taxpayer
from kztax.core.citation import Evidence
from kztax.core.treaty_names import country_of
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
    yield "Those of double tax treaties are in [treaties.md](treaties.md).\n"
    for name in book.names():
        for item in book.entry(name).items if not country_of(name) else ():
            if item.evidence is Evidence.TEXT and item.doubt is None:
                continue
            what = item.doubt or (f"To be supplied: {item.supply}." if item.supply else "Known at second hand.")
            where = f"{book.acts[item.act].titles['en']}, {item.article}"
            yield f"- `{name}` {item.first}…{item.last or ''} [{item.evidence}] ({where}): {what}"


LIMITS = ("dividends", "qualified_dividends", "interest", "royalties", "branch_profits")


def treaties() -> Iterator[str]:
    """One row a treaty: its days, its limits, what is in doubt."""
    book = kztax.rule_book()
    countries = sorted({country for name in book.names() if (country := country_of(name))})
    yield "# Double tax treaties\n"
    yield "Generated from the rule book by `docs/generate.py`.\n"
    yield f"{len(countries)} treaties in force; Egypt and Kuwait are signed or drafted only. `?` was not seen."
    yield "A limit is of the gross payment, for branches of net income. Those read in the treaty's own text are in"
    yield "**bold**; the others are from a firm's table of 2020, and protocols or the multilateral instrument may have"
    yield "changed them: a plugin's answer goes first. A treaty never raises a tax.\n"
    yield "| treaty | in force | applied | dividends | of a large holding | interest | royalties | branch | doubt |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for country in countries:
        name = book.acts[f"treaty_{country.lower()}"].titles["en"].removeprefix("Double tax treaty: ")
        days = [book.entry(f"treaty.{country}.{what}").items[-1].first for what in ("in_force", "applied")]
        limits = [_limit(f"treaty.{country}.{limit}") for limit in LIMITS]
        doubts = dict.fromkeys(
            f"Branch: {item.doubt}" if limit == "branch_profits" else item.doubt
            for limit in (*LIMITS, "in_force")
            for item in getattr(book.entries.get(f"treaty.{country}.{limit}"), "items", ())
            if item.doubt
        )
        known = "?" if book.entry(f"treaty.{country}.in_force").items[0].supply else str(days[0])
        cells = (f"{country} {name}", known, str(days[1]), *limits, " ".join(doubts))
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield "From which share a holding is large, how it is held, thresholds: `kztax law treaty.NL.qualified_share` …"


def _limit(name: str) -> str:
    entry = kztax.rule_book().entries.get(name)
    if entry is None:
        return "—"
    item = entry.items[-1]
    if not isinstance(item.value, Decimal):
        return "?"
    percent = f"{(item.value * 100).normalize():f} %"
    return f"**{percent}**" if item.evidence is Evidence.TEXT else percent


def pages() -> Iterator[tuple[Path, str]]:
    """Each generated file and its text."""
    yield DOCS / "law-doubts.md", "\n".join(doubts()) + "\n"
    yield DOCS / "treaties.md", "\n".join(treaties()) + "\n"
    yield DOCS / "hooks.md", "\n".join(hook_reference()) + "\n"
    for name in KINDS:
        schema = json.dumps(schema_of(name), indent=2, ensure_ascii=False)
        yield DOCS / "schemas" / f"{name}.json", schema + "\n"
    taxpayer = json.dumps(schema_of_taxpayer(), indent=2, ensure_ascii=False)
    yield DOCS / "schemas" / f"{TAXPAYER}.json", taxpayer + "\n"


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
