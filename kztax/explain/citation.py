"""An article of law as lawyers of each language write it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kztax.core.law import known_act
from kztax.explain import formats

if TYPE_CHECKING:
    from kztax.core.citation import Citation
    from kztax.explain.phrases import Phrases

# "606-3(1)(2)" is article, paragraph, subparagraph; "363 1)" is an article whose subparagraphs stand alone.
_PLACE = re.compile(
    r"(?P<article>[\d-]+)(?: (?P<alone>[\d-]+)\)|(?:\((?P<paragraph>[^)]+)\))?(?:\((?P<subparagraph>[^)]+)\))?)"
)
NO_ARTICLE = "—"


def citation_text(citation: Citation, words: Phrases) -> str:
    """Act, article, days in force, amending law, and how sure it is where it is not the text itself.

    An overlay's act may be known to its author alone; its id is then its name.
    """
    locale = words.locale
    parts = [act_title(citation.act, locale)]
    if article := article_text(citation, words):
        parts.append(article)
    first = formats.day(citation.in_force_from, locale)
    if citation.in_force_to is None:
        parts.append(words.text("cite.since", first=first))
    else:
        parts.append(words.text("cite.between", first=first, last=formats.day(citation.in_force_to, locale)))
    if citation.amended_by:
        parts.append(words.text("cite.amended_by", law=citation.amended_by))
    if citation.evidence.value != "text":
        parts.append(words.text(f"cite.{citation.evidence.value}"))
    if citation.overlay:
        parts.append(words.text("cite.overlay", overlay=citation.overlay))
    return "; ".join(parts)


def article_text(citation: Citation, words: Phrases) -> str:
    """The article alone; empty where the whole act is meant."""
    return "" if citation.article == NO_ARTICLE else places_text(citation.article, words)


def places_text(article: str, words: Phrases) -> str:
    """Places in an act, "657, 658", each as lawyers of the language write it."""
    return ", ".join(_place(place, words) for place in article.split(", "))


def act_title(act_id: str, locale: str) -> str:
    """Title, number and date of an act, where they are known; its id where the package's book does not know it."""
    act = known_act(act_id)
    if act is None:
        return act_id
    known = [f"№ {act.number}"] * bool(act.number)
    if act.adopted is not None:
        known.append(formats.day(act.adopted, locale))
    return f"{act.titles[locale]} ({', '.join(known)})" if known else act.titles[locale]


def _place(place: str, words: Phrases) -> str:
    found = _PLACE.fullmatch(place)
    if found is None:
        return place
    parts = [words.text("cite.article", article=found["article"])]
    if found["paragraph"]:
        parts.append(words.text("cite.paragraph", paragraph=found["paragraph"]))
    if subparagraph := found["subparagraph"] or found["alone"]:
        parts.append(words.text("cite.subparagraph", subparagraph=subparagraph))
    return " ".join(parts)
