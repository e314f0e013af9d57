"""Observations on disk: prices and exchange rates that were imported or fetched, each with where it is from.

One SQLite file that the caller names; nothing is written anywhere else. A write is one transaction: an import that is
killed leaves the store as it was. What was stored is never changed silently, neither by a second import that says
otherwise nor by a disk that lost a digit: both are a `StoreError`.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal, NamedTuple

from kztax.core.assessment import plain
from kztax.core.errors import StoreError

NAMED_BY = "KZTAX_STORE"
APPLICATION_ID = 0x6B7A7478
SCHEMA_VERSION = 1
BUSY_SECONDS = 5.0
MOST_CONFLICTS_NAMED = 20

_COLUMNS = "kind, key, day, value, currency, source, published_on, digest, row_check"
_SCHEMA = """\
CREATE TABLE observation (
    kind TEXT NOT NULL, key TEXT NOT NULL, day TEXT NOT NULL,
    value TEXT NOT NULL, currency TEXT NOT NULL,
    source TEXT NOT NULL, published_on TEXT, digest TEXT NOT NULL, row_check TEXT NOT NULL,
    PRIMARY KEY (kind, key, day)
) WITHOUT ROWID, STRICT"""


@dataclass(frozen=True)
class Observation:
    """What somebody published about one thing on one day.

    `kind` says what the value is ("rate.official"), `key` of what ("USD"), `value` is in `currency`; `digest` is the
    SHA-256 of the document it was read from. A value of a whole year stands on the year's last day.
    """

    kind: str
    key: str
    day: date
    value: Decimal
    currency: str
    source: str
    published_on: date | None
    digest: str


class Added(NamedTuple):
    """How many observations were new, replaced another value, or were stored already."""

    new: int
    replaced: int
    unchanged: int


class Store:
    """The observations in one file.

    >>> import tempfile
    >>> place = tempfile.TemporaryDirectory()
    >>> store = Store(Path(place.name) / "observations.sqlite")
    >>> rate = Observation("rate.official", "USD", date(2026, 3, 14), Decimal("497.35"), "KZT", "a table", None, "")
    >>> store.add([rate]).new
    1
    >>> store.find("USD", date(2026, 3, 14), "rate.official").value
    Decimal('497.35')
    >>> place.cleanup()
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._found_whole = False

    @classmethod
    def named(cls, given: str | None = None) -> Store:
        """The store the caller names, else the one that `KZTAX_STORE` names; `StoreError` where neither does."""
        path = given or os.environ.get(NAMED_BY)
        if not path:
            raise StoreError("store_not_named", variable=NAMED_BY)
        return cls(path)

    @property
    def exists(self) -> bool:
        """Whether the file is there."""
        return self.path.exists()

    def find(self, key: str, day: date, *kinds: str) -> Observation | None:
        """What is known of a thing on a day: the first of the kinds that is stored."""
        with self._open("rw") as connection:
            for kind in kinds:
                query = f"SELECT {_COLUMNS} FROM observation WHERE kind = ? AND key = ? AND day = ?"  # noqa: S608
                row = connection.execute(query, (kind, key, day.isoformat())).fetchone()
                if row is not None:
                    return self._observation(row)
        return None

    def observations(
        self, kinds: Sequence[str], *, keys: Sequence[str] = (), first: date | None = None, last: date | None = None
    ) -> list[Observation]:
        """What is stored of the kinds ("price.*" is every kind that begins so), by day, key and kind; of every key
        where none is named.
        """
        of_kinds = " OR ".join(["kind GLOB ?"] * len(kinds))
        conditions = [f"({of_kinds})", "day >= ?", "day <= ?"]
        values = [*kinds, (first or date.min).isoformat(), (last or date.max).isoformat()]
        if keys:
            conditions.append(f"key IN ({_marks(keys)})")
            values += keys
        query = f"SELECT {_COLUMNS} FROM observation WHERE {' AND '.join(conditions)} ORDER BY day, key, kind"  # noqa: S608
        with self._open("rw") as connection:
            return [self._observation(row) for row in connection.execute(query, values)]

    def add(self, observations: Iterable[Observation], *, replace: bool = False) -> Added:
        """Store all of them, or none: an observation that says otherwise than the stored one is refused.

        Raises `StoreError` that names both values, the further ones in `others`; `replace` lets the new value stand,
        but never one of two that the observations themselves give for the same day.
        """
        new = replaced = unchanged = 0
        conflicts: list[StoreError] = []
        told: dict[tuple[str, str, date], Observation] = {}
        with self._open("rwc") as connection, _transaction(connection):
            self._check_whole(connection)
            for given in observations:
                earlier = told.setdefault((given.kind, given.key, given.day), given)
                if (earlier.value, earlier.currency) != (given.value, given.currency):
                    # Which of the two would replace what is stored, nobody has said.
                    conflicts.append(self._conflict("store_told_twice", earlier, given))
                    continue
                query = f"SELECT {_COLUMNS} FROM observation WHERE kind = ? AND key = ? AND day = ?"  # noqa: S608
                row = connection.execute(query, (given.kind, given.key, given.day.isoformat())).fetchone()
                stored = self._observation(row) if row is not None else None
                if stored is not None and (stored.value, stored.currency) == (given.value, given.currency):
                    unchanged += 1
                    continue
                if stored is not None and not replace:
                    conflicts.append(self._conflict("store_value_differs", stored, given))
                    continue
                connection.execute(f"REPLACE INTO observation ({_COLUMNS}) VALUES ({_marks(_row(given))})", _row(given))  # noqa: S608
                new, replaced = new + (stored is None), replaced + (stored is not None)
            if conflicts:
                conflicts[0].others = tuple(conflicts[1:MOST_CONFLICTS_NAMED])
                raise conflicts[0]
        return Added(new, replaced, unchanged)

    @contextmanager
    def _open(self, mode: Literal["rw", "rwc"]) -> Iterator[sqlite3.Connection]:
        if mode == "rw" and not self.exists:
            raise StoreError("store_empty", store=str(self.path))
        address = f"{self.path.absolute().as_uri()}?mode={mode}"
        try:
            connection = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
            with closing(connection):
                self._check_version(connection, create=mode == "rwc")
                yield connection
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def _check_version(self, connection: sqlite3.Connection, *, create: bool) -> None:
        if not self._is_blank(connection):
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if application != APPLICATION_ID:
                raise StoreError("store_foreign", store=str(self.path))
            if version != SCHEMA_VERSION:
                raise StoreError("store_version", store=str(self.path), version=version, known=SCHEMA_VERSION)
            return
        if not create:
            raise StoreError("store_empty", store=str(self.path))
        with _transaction(connection):
            if self._is_blank(connection):  # nobody was quicker
                connection.execute(_SCHEMA)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _is_blank(self, connection: sqlite3.Connection) -> bool:
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        return (tables, application) == (0, 0)

    def _check_whole(self, connection: sqlite3.Connection) -> None:
        if self._found_whole:
            return
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise StoreError("store_corrupted", store=str(self.path), problem=verdict)
        self._found_whole = True

    def _observation(self, row: tuple[str, ...]) -> Observation:
        *fields, row_check = row
        kind, key, day, value, currency, source, published_on, digest = fields
        if row_check != _check(fields):
            raise StoreError("store_corrupted", store=str(self.path), problem=f"{kind} {key} {day}")
        try:
            published = date.fromisoformat(published_on) if published_on else None
            return Observation(kind, key, date.fromisoformat(day), Decimal(value), currency, source, published, digest)
        except (ValueError, InvalidOperation) as error:
            raise StoreError("store_corrupted", store=str(self.path), problem=f"{kind} {key} {day}") from error

    def _conflict(self, reason: str, stored: Observation, given: Observation) -> StoreError:
        return StoreError(
            reason,
            store=str(self.path),
            what=f"{given.kind} {given.key} {given.day.isoformat()}",
            stored=f"{plain(stored.value)} {stored.currency}",
            stored_source=stored.source,
            given=f"{plain(given.value)} {given.currency}",
            given_source=given.source,
        )

    def _fault(self, error: sqlite3.Error) -> StoreError:
        primary = (getattr(error, "sqlite_errorcode", None) or sqlite3.SQLITE_ERROR) & 0xFF
        if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return StoreError("store_busy", store=str(self.path))
        if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR):
            return StoreError("store_corrupted", store=str(self.path), problem=str(error))
        return StoreError("store_unusable", store=str(self.path), problem=str(error))


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _row(given: Observation) -> tuple[str | None, ...]:
    published = given.published_on.isoformat() if given.published_on else None
    fields = (
        given.kind, given.key, given.day.isoformat(), plain(given.value),
        given.currency, given.source, published, given.digest,
    )  # fmt: skip
    return (*fields, _check(fields))


def _check(fields: Iterable[str | None]) -> str:
    """What a row's fields add up to: SQLite notices a torn page, not a digit that changed inside a value."""
    return hashlib.sha256("\x1f".join(field or "" for field in fields).encode()).hexdigest()[:16]


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
