"""What a format is: a name, how a file of it is recognised, and how its rows become records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kztax.hooks import LedgerRecord
from kztax_exchanges.lines import Row
from kztax_exchanges.table import Found, Table


@dataclass(frozen=True, slots=True)
class Format:
    """One format. `recognise` is asked with the first rows of a file; `read` with the table below its header.

    `venue` is the book that the file is of: two formats of one venue that tell of the same days tell the same trades.
    """

    name: str
    recognise: Callable[[Sequence[Row]], Found | None]
    read: Callable[[Table], Iterator[LedgerRecord]]
    venue: str | None = None
