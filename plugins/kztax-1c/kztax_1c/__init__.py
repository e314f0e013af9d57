"""1C:Accounting for Kazakhstan: formats of `kztax export`, and `kztax onec` for drafts over OData."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kztax.hooks import Command, hookimpl

if TYPE_CHECKING:
    from kztax.core.assessment import Assessment
    from kztax.journal import AccountMap

__version__ = "0.1.0"
KZTAX_INTERFACE = 1

XLSX, CSV, PAYMENTS = "1c-xlsx", "1c-csv", "1c-payments"


@hookimpl
def kztax_commands() -> list[Command]:
    """`kztax onec`: drafts in a base, payment orders."""
    from kztax_1c.commands import ONEC

    return [ONEC]


@hookimpl
def kztax_export(
    format: str, assessments: Sequence[Assessment[Any]], accounts: AccountMap | None, locale: str
) -> bytes | None:
    """The journal as `1c-xlsx` or `1c-csv`, or payment orders as `1c-payments`; None for any other format."""
    if format not in (XLSX, CSV, PAYMENTS):
        return None
    from kztax.journal import journal_entries

    entries = journal_entries(assessments, accounts, locale)
    if format == PAYMENTS:
        from kztax_1c.payments import orders_of
        from kztax_1c.settings import read_settings

        return orders_of(entries, read_settings().stated_payments)
    from kztax_1c import tables

    return tables.workbook_of(entries, locale) if format == XLSX else tables.csv_of(entries, locale)
