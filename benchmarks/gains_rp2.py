"""rp2's side of `gains.py`, run by an interpreter that has rp2: a ledger in, time, memory and gain out.

usage: python gains_rp2.py LEDGER.json
"""

from __future__ import annotations

import json
import logging
import resource
import sys
import tempfile
import time
from pathlib import Path

from prezzemolo.avl_tree import AVLTree
from rp2.accounting_engine import AccountingEngine
from rp2.configuration import MAX_DATE, MIN_DATE, Configuration
from rp2.entry_types import EntrySetType
from rp2.in_transaction import InTransaction
from rp2.input_data import InputData
from rp2.out_transaction import OutTransaction
from rp2.plugin.accounting_method.fifo import AccountingMethod
from rp2.plugin.country.us import US
from rp2.rp2_decimal import ZERO, RP2Decimal
from rp2.tax_engine import compute_tax
from rp2.transaction_set import TransactionSet

CONFIGURATION = """
[general]
assets = BTC, ETH
exchanges = Exchange
holders = Holder
[in_header]
timestamp = 0
asset = 1
exchange = 2
holder = 3
transaction_type = 4
spot_price = 5
crypto_in = 6
[out_header]
timestamp = 0
asset = 1
exchange = 2
holder = 3
transaction_type = 4
spot_price = 5
crypto_out_no_fee = 6
crypto_fee = 7
[intra_header]
timestamp = 0
asset = 1
from_exchange = 2
from_holder = 3
to_exchange = 4
to_holder = 5
spot_price = 6
crypto_sent = 7
crypto_received = 8
"""


def computed(configuration: Configuration, asset: str, rows: list[dict[str, str]]) -> RP2Decimal:
    sets = {
        kind: TransactionSet(configuration, kind.value, asset, MIN_DATE, MAX_DATE)
        for kind in (EntrySetType.IN, EntrySetType.OUT, EntrySetType.INTRA)
    }
    for number, row in enumerate(rows, start=1):
        price, quantity = RP2Decimal(row["price"]), RP2Decimal(row["quantity"])
        where = (configuration, row["at"], asset, "Exchange", "Holder", row["type"], price, quantity)
        if row["type"] == "buy":
            sets[EntrySetType.IN].add_entry(InTransaction(*where, row=number, unique_id=row["id"]))
        else:
            sets[EntrySetType.OUT].add_entry(OutTransaction(*where, ZERO, row=number, unique_id=row["id"]))
    data = InputData(asset, sets[EntrySetType.IN], sets[EntrySetType.OUT], sets[EntrySetType.INTRA])
    methods: AVLTree[int, AccountingMethod] = AVLTree()
    methods.insert_node(MIN_DATE.year, AccountingMethod())
    tax = compute_tax(configuration, AccountingEngine(years_2_methods=methods), data)
    return sum((entry.fiat_gain for entry in tax.gain_loss_set), ZERO)


def main(path: str) -> None:
    logging.disable(logging.CRITICAL)
    rows = json.loads(Path(path).read_text(encoding="utf-8"))
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
        file.write(CONFIGURATION)
        file.flush()
        configuration = Configuration(file.name, US())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    gain = sum(
        (computed(configuration, asset, [row for row in rows if row["asset"] == asset]) for asset in ("BTC", "ETH")),
        ZERO,
    )
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "before_mb": before / 1024, "peak_mb": peak / 1024, "gain": str(gain)}))


if __name__ == "__main__":
    main(sys.argv[1])
