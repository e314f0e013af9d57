"""The one place where the kernel asks for words. Who speaks is said from above: the kernel imports no output."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any, Protocol

LONGEST = 500
_SPEAKS_NO_LINE = ("Cc", "Cf", "Zl", "Zp", "Cs")


@dataclass(frozen=True, slots=True)
class Words:
    """What is said to people, in each language that the speaker has; English stands in for a language it has not.

    Text from a file may be part of it: what would forge a line or drive a terminal is shown as its code.

    >>> Words(en="no such coin", ru="нет такой монеты").spoken("kk")
    'no such coin'
    """

    en: str
    ru: str = ""
    kk: str = ""

    def __post_init__(self) -> None:
        for locale in ("en", "ru", "kk"):
            object.__setattr__(self, locale, shown(getattr(self, locale)))

    def spoken(self, locale: str) -> str:
        """The words in a language."""
        return {"ru": self.ru, "kk": self.kk}.get(locale, "") or self.en

    def __str__(self) -> str:
        return self.en


def shown(text: str, longest: int = LONGEST) -> str:
    """Text of a stranger, fit to be shown: one line, no signs that cannot be seen, not longer than `longest`.

    >>> shown("BTC\\x1b[31m")
    'BTC\\\\x1b[31m'
    """
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    if cut.isascii() and cut.isprintable():
        return cut
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in _SPEAKS_NO_LINE
        else character
        for character in cut
    )


_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(cell: str) -> str:
    """Text that a spreadsheet shows instead of computing: an apostrophe stands before what would begin a formula.

    >>> harmless("=HYPERLINK(1)"), harmless("7710")
    ("'=HYPERLINK(1)", '7710')
    """
    return f"'{cell}" if cell.lstrip(" ").startswith(_STARTS_A_FORMULA) else cell


class Speaker(Protocol):
    """Puts errors and assessments into words."""

    def error(self, reason: str, detail: dict[str, Any], locale: str) -> str:
        """An error's message."""

    def explanation(self, assessment: Any, locale: str) -> str:
        """An assessment's working."""


_speakers: list[Speaker] = []


def speak_through(speaker: Speaker) -> None:
    """Let `speaker` find the words from now on."""
    _speakers[:] = [speaker]


def speaker() -> Speaker:
    """Who finds the words."""
    return _speakers[0]
