"""The plugin: it answers with the limit of the day, and says from where it has it."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from kztax.hooks import TreatyRateAnswer, hookimpl
from kztax_dtt.table import TreatyTable, read_table

NAMED_BY = "KZTAX_DTT"


class TreatyOverrides:
    """Limits from a file: the one given, else the one that `KZTAX_DTT` names when a limit is asked for.

    A file is read with the first question and not again. Without a file the plugin knows nothing and says so.

    >>> import kztax
    >>> engine = kztax.TaxEngine(plugins=[TreatyOverrides("client.toml")])
    """

    KZTAX_INTERFACE = 1

    def __init__(self, path: str | Path | None = None) -> None:
        self._path = path
        self._tables: dict[str, TreatyTable] = {}
        # Beside the installed plugin, one given to an engine has a name of its own.
        self.__name__ = "dtt" if path is None else f"dtt:{Path(path).name}"

    @hookimpl
    def kztax_treaty_rate(self, country: str, income: str, on: date) -> TreatyRateAnswer | None:
        """The limit of the day: the highest priority, then the one that is valid for the shortest time."""
        table = self._table()
        found = table and table.best(country, income, on)
        if table is None or found is None:
            return None
        row, passed = found
        return TreatyRateAnswer(
            rate=row.limit.rate,
            source=table.trail(row, passed),
            valid_from=row.limit.valid_from,
            valid_to=row.limit.valid_to,
            priority=row.limit.priority,
        )

    def _table(self) -> TreatyTable | None:
        path = str(self._path or os.environ.get(NAMED_BY, ""))
        if not path:
            return None
        if path not in self._tables:
            self._tables[path] = read_table(path)
        return self._tables[path]
