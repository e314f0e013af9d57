"""The accounting journal: what assessments say is payable, as entries for accounting systems.

`journal_entries` makes them, `AccountMap` says on which accounts, `csv_of` writes the built-in table.
"""

from __future__ import annotations

from kztax.journal.accounts import AccountMap, ChargeAccounts, Correspondence, Side, read_accounts
from kztax.journal.entries import JournalEntry, JournalLedger, journal_entries, require_entries
from kztax.journal.table import COLUMNS, cells_of, csv_of

__all__ = [
    "COLUMNS",
    "AccountMap",
    "ChargeAccounts",
    "Correspondence",
    "JournalEntry",
    "JournalLedger",
    "Side",
    "cells_of",
    "csv_of",
    "journal_entries",
    "read_accounts",
    "require_entries",
]
