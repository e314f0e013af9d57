"""Beancount: a transaction an entry, marked for review (`!`), balanced, with the entry's id as a link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kztax.journal import JournalEntry, JournalLedger, require_entries

ROOTS = {
    "1": "Assets",
    "2": "Assets",
    "3": "Liabilities",
    "4": "Liabilities",
    "5": "Equity",
    "6": "Income",
    "7": "Expenses",
    "8": "Expenses",
}
"""What the sections of the chart of 2019 are; section 8 gathers the costs of production."""


def account_of(code: str, names: Mapping[str, str] | None = None) -> str:
    """The account of a code: the user's name for it, else its section and the code.

    >>> account_of("7710"), account_of("3310.01"), account_of("7710", {"7710": "Expenses:Tax:Income"})
    ('Expenses:7710', 'Liabilities:3310-01', 'Expenses:Tax:Income')
    """
    return (names or {}).get(code) or f"{ROOTS[code[0]]}:{code.replace('.', '-')}"


def text_of(entries: Sequence[JournalEntry], names: Mapping[str, str] | None = None) -> str:
    """The entries of the accounting ledger as Beancount writes them. Raises `NothingPayable` where there are none."""
    booked = [entry for entry in entries if entry.ledger is JournalLedger.ACCOUNTING]
    return "\n".join(_transaction(entry, names) for entry in require_entries(booked))


def _transaction(entry: JournalEntry, names: Mapping[str, str] | None) -> str:
    known = {
        "budget-code": entry.budget_code,
        "tax-code": entry.tax_code,
        "kind": entry.kind,
        "period": entry.period,
        **{f"debit-{number}": f"{kind}: {value}" for number, (kind, value) in _numbered(entry.debit.subconto)},
        **{f"credit-{number}": f"{kind}: {value}" for number, (kind, value) in _numbered(entry.credit.subconto)},
    }
    lines = [
        f"{entry.on.isoformat()} ! {_quoted(entry.text)} ^kztax-{entry.id}",
        *(f"  {name}: {_quoted(value)}" for name, value in known.items()),
        f"  {account_of(entry.debit.account, names)}  {entry.amount} KZT",
        f"  {account_of(entry.credit.account, names)}  -{entry.amount} KZT",
    ]
    return "\n".join(lines) + "\n"


def _numbered(subconto: Mapping[str, str]) -> list[tuple[int, tuple[str, str]]]:
    return list(enumerate(subconto.items(), start=1))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
