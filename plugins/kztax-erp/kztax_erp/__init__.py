"""The journal in other systems: Beancount as a format of `kztax export`, Tryton through its client, Odoo's ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kztax.hooks import hookimpl

if TYPE_CHECKING:
    from kztax.core.assessment import Assessment
    from kztax.journal import AccountMap

__version__ = "0.1.0"
KZTAX_INTERFACE = 1


@hookimpl
def kztax_export(
    format: str, assessments: Sequence[Assessment[Any]], accounts: AccountMap | None, locale: str
) -> bytes | None:
    """The journal as `beancount`; None for any other format."""
    if format != "beancount":
        return None
    from kztax.journal import journal_entries
    from kztax_erp.beancount import text_of

    return text_of(journal_entries(assessments, accounts, locale)).encode("utf-8")
