"""The catalogs of words, compiled by Babel from the .po files beside this module.

Message ids are the stable names of figures, notes, errors and units; English is a catalog like the others. The words
of a subject ("figure.mining_levy.kwh") are in the file of its name.
"""

from __future__ import annotations

import gettext
from functools import lru_cache
from pathlib import Path

from kztax.core.errors import InvalidFacts

LOCALES = ("en", "ru", "kk")
SHARED = "kztax"
SHARED_FAMILIES = frozenset({"tax", "choice", "error"})
"""Words that several subjects use, whatever they are named after: a tax in a list of taxes, a choice, an error."""
DIRECTORY = Path(__file__).resolve().parent / "locales"


class MissingTranslation(LookupError):
    """A catalog has no words for an id. A fault of the package, found by its tests."""


def known_locale(locale: str) -> str:
    """The locale, if there are words in it; `InvalidFacts` names those there are."""
    if locale not in LOCALES:
        raise InvalidFacts("unknown_locale", path=("locale",), locale=str(locale)[:40], known=", ".join(LOCALES))
    return locale


class Catalog:
    """The words of one language, blanks still open: one file of words shared by all, and one a subject.

    A subject's words are read with the first that is asked for.
    """

    def __init__(self, locale: str) -> None:
        self.locale = locale
        self._directory = DIRECTORY / locale / "LC_MESSAGES"
        self._subjects = frozenset(path.stem for path in self._directory.glob("*.mo")) - {SHARED}
        self._read: dict[str, gettext.GNUTranslations] = {}

    def has(self, message_id: str) -> bool:
        """Whether there are words for the id."""
        return self._found(message_id) != message_id

    def words(self, message_id: str) -> str:
        """The words for an id as they stand in the catalog."""
        words = self._found(message_id)
        if words == message_id:
            raise MissingTranslation(f"{self.locale}: {message_id}")
        return words

    def _found(self, message_id: str) -> str:
        family, _, rest = message_id.partition(".")
        subject = rest.partition(".")[0]
        own = subject in self._subjects and family not in SHARED_FAMILIES
        return self._words_of(subject if own else SHARED).gettext(message_id)

    def _words_of(self, name: str) -> gettext.GNUTranslations:
        found = self._read.get(name)
        if found is None:
            path = self._directory / f"{name}.mo"
            try:
                with path.open("rb") as compiled:
                    found = self._read[name] = gettext.GNUTranslations(compiled)
            except FileNotFoundError as missing:
                raise MissingTranslation(f"{path} is not compiled: install the package") from missing
        return found


@lru_cache(maxsize=len(LOCALES))
def catalog(locale: str) -> Catalog:
    """The catalog of a language, loaded once."""
    return Catalog(known_locale(locale))
