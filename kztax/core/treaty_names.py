"""How entries of treaties are named: `treaty.AT.dividends`. All treaties share the words of an entry."""

from __future__ import annotations

PREFIX = "treaty"


def figure_name(entry: str) -> str:
    """The name under which an entry has its words: one for a limit, whichever the treaty.

    >>> figure_name("treaty.AT.dividends"), figure_name("base.mci")
    ('treaty.dividends', 'base.mci')
    """
    return f"{PREFIX}.{entry.split('.', 2)[2]}" if entry.startswith(f"{PREFIX}.") else entry


def country_of(entry: str) -> str:
    """The country of a treaty's entry; empty for any other."""
    return entry.split(".", 2)[1] if entry.startswith(f"{PREFIX}.") else ""
