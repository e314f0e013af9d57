"""Gains from a ledger of trades, side by side with rp2, in one run: time, memory, and how time grows.

usage: python benchmarks/gains.py [--rp2 PYTHON] [--largest 1000000]

PYTHON is an interpreter of an environment of its own with `pip install rp2`. Both programs read the same rows, build
their own trades from them and compute every gain with its lots, each in a fresh process; neither writes a report.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SIZES = (10_000, 100_000, 1_000_000)
RP2_LARGEST = 100_000
ROUNDS = 3


def ledger(count: int) -> list[dict[str, str]]:
    """Buys and sells of BTC and ETH over a year, half and half; no sale exceeds what is held."""
    chance = random.Random(7)
    start, step = datetime(2025, 1, 1, 6, tzinfo=UTC), timedelta(days=360) / count
    held = {"BTC": 0, "ETH": 0}
    rows = []
    for number in range(count):
        asset, thousandths = chance.choice(("BTC", "ETH")), chance.randint(1, 900)
        sells = held[asset] >= thousandths and chance.random() < 0.5
        held[asset] += -thousandths if sells else thousandths
        rows.append(
            {
                "id": f"t{number}",
                "type": "sell" if sells else "buy",
                "at": (start + number * step).replace(microsecond=0).isoformat(),
                "asset": asset,
                "quantity": str(Decimal(thousandths) / 1000),
                "price": str(chance.randint(20_000_000, 60_000_000)),
            }
        )
    return rows


def one(path: str) -> None:
    """kztax's side, in a process of its own."""
    import kztax

    rows = json.loads(Path(path).read_text(encoding="utf-8"))
    kztax.assess({"kind": "digital_asset_gains", "tax_year": 2025, "trades": rows[:10]})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    facts = kztax.DigitalAssetGainsFacts.model_validate({"tax_year": 2025, "trades": rows})
    built = time.perf_counter()
    assessment = kztax.digital_asset_gains(facts)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    differences = sum((disposal.difference or 0 for disposal in assessment.outcome.disposals), Decimal(0))
    answer = {"seconds": seconds, "build": built - start, "before_mb": before / 1024, "peak_mb": peak / 1024}
    print(json.dumps({**answer, "gain": str(differences)}))


def best(command: list[str], rounds: int) -> dict[str, Any]:
    """The fastest of several fresh processes, which other work on the machine disturbs least."""
    answers = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(rounds)]
    return min(answers, key=lambda answer: float(answer["seconds"]))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rp2", help="an interpreter with rp2")
    parser.add_argument("--largest", type=int, default=SIZES[-1])
    parser.add_argument("--one", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        one(chosen.one)
        return
    print("| trades | program | seconds | trades/s | MB over the rows | MB at the peak | times rp2 |")
    print("|---|---|---|---|---|---|---|")
    seconds: dict[int, float] = {}
    for size in (size for size in SIZES if size <= chosen.largest):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(ledger(size), file)
            file.flush()
            programs = {"kztax": best([sys.executable, __file__, "--one", file.name], ROUNDS)}
            if chosen.rp2 and size <= RP2_LARGEST:
                rp2 = [chosen.rp2, str(HERE / "gains_rp2.py"), file.name]
                programs["rp2"] = best(rp2, ROUNDS if size < RP2_LARGEST else 2)
                assert Decimal(programs["rp2"]["gain"]) == Decimal(programs["kztax"]["gain"]), "the same gains"
        seconds[size] = programs["kztax"]["seconds"]
        for name, answer in programs.items():
            rate = size / answer["seconds"]
            against = programs.get("rp2", {}).get("seconds")
            ratio = f"{against / answer['seconds']:.0f}" if against and name == "kztax" else ""
            over = answer["peak_mb"] - answer["before_mb"]
            print(
                f"| {size:,} | {name} | {answer['seconds']:.2f} | {rate:,.0f} | {over:.0f} | {answer['peak_mb']:.0f} "
                f"| {ratio} |"
            )
    sizes = sorted(seconds)
    for smaller, larger in pairwise(sizes):
        print(f"\n{smaller:,} to {larger:,} trades: {seconds[larger] / seconds[smaller]:.1f} times the time")


if __name__ == "__main__":
    main()
