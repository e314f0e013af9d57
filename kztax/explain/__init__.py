"""Words, amounts and days for people: catalogs, formats, and the working as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kztax.core.assessment import Assessment


class CatalogSpeaker:
    """Speaks from the gettext catalogs. Catalogs and formats are loaded with the first word."""

    def error(self, reason: str, detail: dict[str, Any], locale: str) -> str:
        """An error's message in a language."""
        from kztax.explain.phrases import phrases

        return phrases(locale).text(f"error.{reason}", **detail)

    def explanation(self, assessment: Assessment[Any], locale: str) -> str:
        """An assessment's working in a language."""
        from kztax.explain.text import explanation

        return explanation(assessment, locale)
