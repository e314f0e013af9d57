"""Odoo: the accounts of its Kazakh chart (`l10n_kz`), whose codes are those of the chart of 2019."""

from __future__ import annotations

from importlib.resources import files

CODES = frozenset(files(__package__).joinpath("l10n_kz.txt").read_text(encoding="utf-8").split())
"""The codes that Odoo's chart has, the headings of its groups left out."""
CASH_IN_TRANSIT = {"1020": "l10nkz_chart_template_liquidity_transfer"}


def external_id(code: str) -> str | None:
    """The id of an account in the template of `l10n_kz`; None for a code that it does not have.

    >>> external_id("3110"), external_id("3131")
    ('kz3110', None)
    """
    return CASH_IN_TRANSIT.get(code, f"kz{code}") if code in CODES else None
