"""The working as a page: read by a real parser, it says what the text says, and every link leads to a step."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import kztax
from kztax.explain.catalog import LOCALES
from kztax.explain.page import page

ROOT = Path(__file__).resolve().parent.parent
ENGINE = kztax.TaxEngine(discover=False)


class Reader(HTMLParser):
    """What a browser would make of a page: its text, the ids and the links in it, and which elements stay open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag != "meta":
            self.open.append(tag)
        if "id" in given:
            self.ids.append(str(given["id"]))
        if tag == "a":
            self.links.append(str(given["href"]))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "title"} & set(self.open):
            self.text.append(data)


def examples() -> list[Any]:
    return [pytest.param(path, id=path.stem) for path in sorted((ROOT / "examples").glob("*.json"))]


def words(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("path", examples())
def test_a_page_says_what_the_text_says_and_its_links_lead_to_steps(path: Path, locale: str) -> None:
    facts = json.loads(path.read_text(encoding="utf-8"))
    assessments = [ENGINE.assess(each) for each in (facts if isinstance(facts, list) else [facts])]
    read = Reader(page(assessments, locale))
    assert read.open == []
    assert words("".join(read.text)) == words(" ".join(each.explain(locale) for each in assessments))
    assert len(set(read.ids)) == len(read.ids)
    inside = {link.removeprefix("#") for link in read.links if link.startswith("#")}
    assert inside <= set(read.ids)
    assert {link for link in read.links if not link.startswith("#")} <= {
        address.replace("/rus/", "/kaz/") if locale == "kk" else address
        for each in assessments
        for address in (citation.url for citation in each.citations)
    }


def test_a_label_cannot_write_into_the_page() -> None:
    label = '<script>alert("x")</script>[1] & [9]'
    facts = {"kind": "mining_levy", "period": "2025-Q1", "supplies": [{"label": label, "kwh": "1000"}]}
    written = page([ENGINE.assess(facts)], "en")
    assert "<script" not in written
    assert label in "".join(Reader(written).text)


def test_nothing_assessed_is_an_empty_page() -> None:
    assert Reader(page([], "ru")).ids == []
