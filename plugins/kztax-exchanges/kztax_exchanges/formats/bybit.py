"""What Bybit's two account exports share: the line above the header, the balance after every row, their keys."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from kztax.hooks import LedgerBalance
from kztax_exchanges.cells import label
from kztax_exchanges.movements import Leg


def account(uid: str, book: str) -> str:
    """The account's name. A person may have several: the exchange's number of it belongs to it."""
    return label(f"Bybit {uid.strip()} {book}")


def balance(leg: Leg, change: Decimal, after: Decimal, account: str) -> LedgerBalance:
    """What the row says the account then held."""
    return LedgerBalance(line=leg.row.line, at=leg.at, account=account, asset=leg.asset, change=change, after=after)


def key(account: str, at: datetime, rows: Iterable[tuple[str, Decimal, Decimal]]) -> str:
    """What makes rows themselves wherever they are exported: coin, change and the balance they led to."""
    told = ";".join(f"{coin} {change} {after}" for coin, change, after in sorted(rows))
    return f"{account}|{at.isoformat()}|{told}"
