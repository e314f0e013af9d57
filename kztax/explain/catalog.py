"""The catalogs of words, compiled by Babel from the .po files beside this module.

Message ids are the stable names of figures, notes, errors and units; English is a catalog like the others.
"""

from __future__ import annotations

import gettext
from functools import lru_cache
from pathlib import Path

from kztax.core.errors import InvalidFacts

LOCALES = ("en", "ru", "kk")
DOMAIN = "kztax"
DIRECTORY = Path(__file__).resolve().parent / "locales"


class MissingTranslation(LookupError):
    """A catalog has no words for an id. A fault of the package, found by its tests."""


def known_locale(locale: str) -> str:
    """The locale, if there are words in it; `InvalidFacts` names those there are."""
    if locale not in LOCALES:
        raise InvalidFacts("unknown_locale", path=("locale",), locale=str(locale)[:40], known=", ".join(LOCALES))
    return locale


class Catalog:
    """The words of one language, blanks still open."""

    def __init__(self, locale: str) -> None:
        path = DIRECTORY / locale / "LC_MESSAGES" / f"{DOMAIN}.mo"
        try:
            with path.open("rb") as compiled:
                self._translations = gettext.GNUTranslations(compiled)
        except FileNotFoundError as missing:
            raise MissingTranslation(f"{path} is not compiled: install the package") from missing
        self.locale = locale

    def has(self, message_id: str) -> bool:
        """Whether there are words for the id."""
        return self._translations.gettext(message_id) != message_id

    def words(self, message_id: str) -> str:
        """The words for an id as they stand in the catalog."""
        words = self._translations.gettext(message_id)
        if words == message_id:
            raise MissingTranslation(f"{self.locale}: {message_id}")
        return words


@lru_cache(maxsize=len(LOCALES))
def catalog(locale: str) -> Catalog:
    """The catalog of a language, loaded once."""
    return Catalog(known_locale(locale))
