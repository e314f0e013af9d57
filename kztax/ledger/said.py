"""Findings of the ledger itself, said from the package's catalogs in every language."""

from __future__ import annotations

from typing import Any

from kztax.core.words import Words
from kztax.explain.catalog import LOCALES
from kztax.explain.phrases import phrases
from kztax.hooks import Severity
from kztax.ledger.model import Finding


def finding(severity: Severity, id: str, *, file: str | None = None, line: int | None = None, **blanks: Any) -> Finding:
    """A finding whose words are `finding.<id>`."""
    words = {locale: phrases(locale).text(f"finding.{id}", **blanks) for locale in LOCALES}
    return Finding(severity, id, Words(**words), file, line)
