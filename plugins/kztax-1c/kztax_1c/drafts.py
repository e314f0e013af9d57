"""Entries become draft documents "Отражение налоговой отчётности в регл. учёте": written once, read back, compared.

A document's key follows from the organisation and the entry, so the same entry is the same document however often it is
sent. A draft is not posted unless that is asked for; what stands in the base otherwise is never changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from kztax.journal import JournalEntry, JournalLedger
from kztax_1c import names
from kztax_1c.base import Base, Resolved
from kztax_1c.client import Client, NoAnswer
from kztax_1c.money import as_double, same_sum
from kztax_1c.words import OneCError

MIDNIGHT = "T00:00:00"
NAMESPACE = UUID("e45911c2-9634-4f76-a99b-4f1d9cf06cf1")
"""Of the keys of documents. It never changes: a base knows a document again by its key."""


class Done(StrEnum):
    """What became of an entry."""

    WRITTEN = "draft_written"
    FOUND = "draft_found"
    POSTED = "draft_posted"


class Result(NamedTuple):
    """An entry and its document."""

    entry: JournalEntry
    key: str
    done: Done


def key_of(entry: JournalEntry, organisation_bin: str) -> str:
    """The key of an entry's document in the books of an organisation."""
    return str(uuid5(NAMESPACE, f"{organisation_bin}\n{entry.id}"))


def write_drafts(
    client: Client, base: Base, entries: Iterable[JournalEntry], organisation_bin: str, *, post: bool = False
) -> Iterator[Result]:
    """Write a document for each entry of the accounting ledger.

    Every entry is resolved before the first is written. Raises `OneCError`; what was written before stays, and the same
    call made again goes on from there.
    """
    documents = [
        (entry, document_of(entry, base.resolve(entry, for_tax), base.organisation, organisation_bin))
        for entry, for_tax in _pairs(entries)
    ]
    for entry, document in documents:
        done = _write(client, document)
        if post:
            _post(client, document)
            done = Done.POSTED
        yield Result(entry, document["Ref_Key"], done)


def document_of(entry: JournalEntry, resolved: Resolved, organisation: str, organisation_bin: str) -> dict[str, Any]:
    """A document as JSON carries it: names of the published metadata, and nothing that is not known."""
    amount = as_double(entry.amount)
    day = entry.on.isoformat() + MIDNIGHT
    row: dict[str, Any] = {
        "LineNumber": "1",
        "Период": day,
        "ВидНалога_Key": resolved.tax,
        "КодБК": resolved.budget_code,
        "СчетЗатратБУ_Key": resolved.debit,
        "СчетНалогаБУ_Key": resolved.credit,
        "Сумма": amount,
        "Содержание": entry.text,
    }
    for number, subconto in enumerate(resolved.debit_subconto, start=1):
        row[f"СубконтоЗатратБУ{number}"] = subconto.key
        row[f"СубконтоЗатратБУ{number}_Type"] = f"StandardODATA.{subconto.entity_set}"
    known = {
        "СчетЗатратНУ_Key": resolved.tax_debit,
        "СчетНалогаНУ_Key": resolved.tax_credit,
        "ВидПлатежаВБюджет": resolved.payment_kind,
    }
    row |= {field: value for field, value in known.items() if value is not None}
    return {
        "Ref_Key": key_of(entry, organisation_bin),
        "Date": day,
        "Организация_Key": organisation,
        "СуммаДокумента": amount,
        "Комментарий": f"kztax {entry.id}",
        names.ROWS: [row],
    }


def differences(document: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """The fields in which what the base holds is not what was sent."""
    ours, theirs = dict(document), dict(found)
    rows, their_rows = ours.pop(names.ROWS), theirs.get(names.ROWS)
    differing = [field for field, value in ours.items() if not _same(value, theirs.get(field))]
    if not isinstance(their_rows, list) or len(their_rows) != len(rows):
        return [*differing, names.ROWS]
    for row, their_row in zip(rows, their_rows, strict=True):
        differing += [f"{names.ROWS}.{field}" for field, value in row.items() if not _same(value, their_row.get(field))]
    return differing + ["DeletionMark"] * bool(theirs.get("DeletionMark"))


def _same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, float):
        return same_sum(Decimal(repr(ours)).quantize(Decimal("0.01")), theirs)
    return str(ours).lower() == str(theirs).strip().lower()


def _pairs(entries: Iterable[JournalEntry]) -> list[tuple[JournalEntry, JournalEntry | None]]:
    """Each entry of the accounting ledger with the one of the tax ledger that stands beside it."""
    listed = list(entries)
    for_tax = {
        (each.kind, each.period, each.charge, each.text): each for each in listed if each.ledger is JournalLedger.TAX
    }
    return [
        (each, for_tax.get((each.kind, each.period, each.charge, each.text)))
        for each in listed
        if each.ledger is JournalLedger.ACCOUNTING
    ]


def _write(client: Client, document: dict[str, Any]) -> Done:
    if _found(client, document, "exists_differently"):
        return Done.FOUND
    key = document["Ref_Key"]
    try:
        client.create(names.DOCUMENT, document)
    except NoAnswer:
        # It may have been written all the same. Whoever asks by the key learns it; sending again would be a guess.
        if not _found(client, document, "written_differently"):
            raise OneCError("not_confirmed", ref=key) from None
        return Done.WRITTEN
    if not _found(client, document, "written_differently"):
        raise OneCError("not_confirmed", ref=key)
    return Done.WRITTEN


def _found(client: Client, document: dict[str, Any], otherwise: str) -> dict[str, Any] | None:
    """The document as the base holds it, or None. Raises `OneCError` where it holds something else."""
    key = document["Ref_Key"]
    rows = client.rows(names.DOCUMENT, f"Ref_Key eq guid'{key}'")
    if not rows:
        return None
    differing = differences(document, rows[0])
    if differing:
        raise OneCError(otherwise, ref=key, fields=", ".join(differing))
    return rows[0]


def _post(client: Client, document: dict[str, Any]) -> None:
    found = _found(client, document, "written_differently")
    if found is not None and found.get("Posted") is not True:
        with suppress(NoAnswer):  # whether it was posted is read from the base, below
            client.post(names.DOCUMENT, document["Ref_Key"])
        found = _found(client, document, "written_differently")
    if found is None or found.get("Posted") is not True:
        raise OneCError("not_posted", ref=document["Ref_Key"])
