"""A year's gains as rows of a table and as data for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kztax.core.assessment import Assessment, plain
from kztax.gains.year import OfYear
from kztax.rules.digital_asset_gains.facts import DigitalAssetGainsOutcome

COLUMNS = (
    "trade",
    "type",
    "disposed_on",
    "asset",
    "quantity",
    "lot",
    "acquired",
    "cost",
    "currency",
    "proceeds",
    "gain",
    "treatment",
)


def lot_rows(outcome: DigitalAssetGainsOutcome) -> Iterator[dict[str, str]]:
    """One row a lot that a disposal took. What the whole disposal brought stands on its first row, so that every
    column adds up.
    """
    for disposal in outcome.disposals:
        proceeds = "" if disposal.proceeds is None else plain(disposal.proceeds)
        whole = {"proceeds": proceeds, "gain": plain(disposal.gain)}
        for lot in disposal.lots:
            yield {
                "trade": disposal.trade,
                "type": disposal.type.value,
                "disposed_on": disposal.disposed_on.isoformat(),
                "asset": disposal.asset,
                "quantity": plain(lot.quantity),
                "lot": lot.id,
                "acquired": lot.acquired.isoformat(),
                "cost": "" if lot.cost is None else plain(lot.cost),
                "currency": disposal.currency,
                **whole,
                "treatment": disposal.treatment.value,
            }
            whole = {"proceeds": "", "gain": ""}


def as_json(year: OfYear, assessment: Assessment[DigitalAssetGainsOutcome] | None, locale: str) -> str:
    """The ledger's findings and the assessment; null where the ledger's errors forbid one."""
    ledger = year.ledger
    told: dict[str, Any] = {
        "files": [
            {
                "file": file.name,
                "format": file.format,
                "plugin": file.plugin.name,
                "lines": file.lines,
                "records": file.records,
                "repeats": file.repeats,
            }
            for file in ledger.files
        ],
        "findings": [
            {
                "severity": found.severity.value,
                "id": found.id,
                "file": found.file,
                "line": found.line,
                "message": found.message(locale),
            }
            for found in ledger.findings
        ],
        "unprocessed": [
            {"file": line.file, "line": line.line, "id": line.id, "message": line.message(locale), "text": line.text}
            for line in ledger.unprocessed
        ],
        "reconciled": [
            {
                "account": row.account,
                "asset": row.asset,
                "opening": plain(row.opening),
                "movements": plain(row.movements),
                "closing": plain(row.closing),
                "difference": plain(row.difference),
                "stated": row.stated,
            }
            for row in ledger.reconciled
        ],
        "left_out": {"before_the_year": year.before, "after_the_year": year.after},
    }
    answer = "null" if assessment is None else assessment.model_dump_json()
    return f'{json.dumps(told, ensure_ascii=False)[:-1]}, "assessment": {answer}}}\n'
