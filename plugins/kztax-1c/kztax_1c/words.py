"""What this plugin says to people, in English, Russian and Kazakh: `words.toml`, by reason."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import ClassVar

from kztax.core.errors import PluginRefusal

WORDS: dict[str, dict[str, str]] = tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))


class OneCError(PluginRefusal):
    """A refusal of this plugin; `reason` is the id in `words.toml`."""

    WORDS: ClassVar = WORDS


def said(reason: str, locale: str, **blanks: object) -> str:
    """The words for an id in a language, blanks filled in."""
    return WORDS[reason][locale].format(**blanks)
