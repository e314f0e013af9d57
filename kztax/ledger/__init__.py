"""Files of trades become one ledger: read by the plugins that know them, without repeats, in order, reconciled.

    from kztax.ledger import read_ledger

    ledger = read_ledger(["binance-2025.csv", "bybit-2025.csv"], zone="Asia/Almaty")
    for finding in ledger.findings:
        print(finding.severity, finding.where, finding.message("ru"))
    facts = {"kind": "digital_asset_gains", "tax_year": 2025, "trades": ledger.trades()}

Nothing is dropped in silence: a line that no plugin understands stops the reading, or, with `keep_going`, stands in
`ledger.unprocessed`; a repeat is left out once and counted.
"""

from __future__ import annotations

from kztax.ledger.model import Finding, Ledger, LedgerFile, Progress, Reconciled, UnprocessedLine
from kztax.ledger.reader import read_ledger
from kztax.ledger.zones import zone_of

__all__ = [
    "Finding",
    "Ledger",
    "LedgerFile",
    "Progress",
    "Reconciled",
    "UnprocessedLine",
    "read_ledger",
    "zone_of",
]
