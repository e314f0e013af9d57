"""The working as a page of HTML: the lines of the text, each step linked wherever it is used.

The page stands alone (no script, nothing loaded from elsewhere) and prints as it looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from kztax.explain.phrases import phrases
from kztax.explain.text import Explanation

if TYPE_CHECKING:
    from kztax.core.assessment import Assessment

UNBROKEN = 1_000_000
_STEP = re.compile(r"  (?:(?P<number>\d+)\.|\[(?P<letter>[a-z]+)\]) ")
_REFERENCE = re.compile(r"\[(\d+|[a-z]+)\]")
_ADDRESS = re.compile(r"https?://[^\s<>&\"]+(?:&amp;[^\s<>&\"]+)*")
_STYLE = """
body { font: 15px/1.45 Georgia, "Times New Roman", serif; color: #111 }
body { max-width: 50em; margin: 2em auto; padding: 0 1em }
h1 { font-size: 1.5em } h2 { font-size: 1.05em; margin: 1.6em 0 .4em; border-bottom: 1px solid #ccc }
p { margin: .15em 0 } article + article { margin-top: 4em } a { color: #054d9b; text-decoration: none }
:target { background: #fff3b0 } .answer { font-weight: bold; font-size: 1.1em; margin-top: .6em }
@media print { body { margin: 0; max-width: none } a { color: inherit } article { break-after: page } }
"""


def page(assessments: Sequence[Assessment[Any]], locale: str) -> str:
    """A whole page with one article an assessment, in English, Russian or Kazakh."""
    articles = [Article(assessment, locale, number) for number, assessment in enumerate(assessments, start=1)]
    title = escape(articles[0].title) if articles else "kztax"
    head = f'<meta charset="utf-8">\n<title>{title}</title>\n<style>{_STYLE}</style>'
    body = "\n".join("\n".join(article.lines()) for article in articles)
    return f'<!doctype html>\n<html lang="{locale}">\n<head>\n{head}\n</head>\n<body>\n{body}\n</body>\n</html>\n'


class Article:
    """One assessment on its way to a page; `number` keeps its steps apart from those of the others."""

    def __init__(self, assessment: Assessment[Any], locale: str, number: int) -> None:
        self.explanation = Explanation(assessment, phrases(locale), width=UNBROKEN)
        self.title = self.explanation.title()
        self.number = number

    def lines(self) -> Iterator[str]:
        """Line by line."""
        yield f"<article>\n<h1>{escape(self.title)}</h1>"
        for heading, lines in self.explanation.sections():
            yield f'<section class="{heading}">\n<h2>{escape(self.explanation.words.text(f"heading.{heading}"))}</h2>'
            for line in lines:
                yield self._paragraph(line, is_answer=heading == "result" and line == lines[-1])
            yield "</section>"
        yield "</article>"

    def _paragraph(self, line: str, *, is_answer: bool) -> str:
        indent = (len(line) - len(line.lstrip(" "))) / 2
        found = _STEP.match(line)
        anchor = f' id="{self._anchor(found["number"] or found["letter"])}"' if found else ""
        written = escape(line.strip())
        # A step's own number is no link to itself.
        start = len(escape(found[0].strip())) if found else 0
        written = written[:start] + _REFERENCE.sub(self._link, written[start:])
        written = _ADDRESS.sub(lambda address: f'<a href="{address[0]}">{address[0]}</a>', written)
        style = ' class="answer"' if is_answer else f' style="margin-left: {indent:g}em"'
        return f"<p{anchor}{style}>{written}</p>"

    def _anchor(self, step: str) -> str:
        return f"a{self.number}-{step}"

    def _link(self, reference: re.Match[str]) -> str:
        known = f"[{reference[1]}]" in self.explanation.references.values()
        return f'<a href="#{self._anchor(reference[1])}">{reference[0]}</a>' if known else reference[0]
