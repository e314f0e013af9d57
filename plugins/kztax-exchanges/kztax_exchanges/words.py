"""What this plugin says to people, in English, Russian and Kazakh: `words.toml`, by the id that programs see."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from kztax.core.words import Words

WORDS: dict[str, dict[str, str]] = tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))


def said(id: str, **blanks: object) -> Words:
    """The words for an id, blanks filled in."""
    words = WORDS[id]
    return Words(en=words["en"].format(**blanks), ru=words["ru"].format(**blanks), kk=words["kk"].format(**blanks))
