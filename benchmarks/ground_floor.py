"""What the ground floor costs, side by side with what it is built on, in one run.

usage: python benchmarks/ground_floor.py
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
import timeit
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import kztax

ROUNDS = 7


def best(function: Callable[[], object], number: int) -> float:
    """Microseconds a call: the best of several rounds, which other work on the machine disturbs least."""
    return min(timeit.repeat(function, number=number, repeat=ROUNDS)) / number * 1e6


def process(code: str) -> float:
    """Milliseconds of a whole fresh process: the median of several."""
    times = []
    for _ in range(2 * ROUNDS):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def bare(kwh: Decimal, rate: Decimal) -> Decimal:
    """The levy with nothing but its number."""
    return (kwh * rate).quantize(Decimal("0.01"))


def many_stays(count: int) -> kztax.IndividualResidencyFacts:
    first = date(2024, 1, 1)
    days = [first + timedelta(days=number % 700) for number in range(count)]
    stays = [{"arrived": day.isoformat(), "departed": (day + timedelta(days=2)).isoformat()} for day in days]
    return kztax.IndividualResidencyFacts.model_validate({"tax_year": 2025, "stays": stays})


def size_of(package: str) -> float:
    """Megabytes of an installed package, bytecode left out."""
    root = Path(__import__(package).__file__ or "").parent
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file() and path.suffix != ".pyc") / 1e6


def main() -> None:
    facts = kztax.MiningLevyFacts(period="2025-Q1", supplies=(kztax.Supply(label="grid", kwh=Decimal(2000000)),))
    text = json.dumps({"kind": "mining_levy", "period": "2025-Q1", "supplies": [{"label": "grid", "kwh": "2000000"}]})
    assessment = kztax.mining_levy(facts)
    kwh, rate = Decimal(2000000), Decimal(2)
    bare_time = best(lambda: bare(kwh, rate), 20000)
    rows = [
        ("levy, bare Decimal, no derivation", bare_time, "", 1.0),
        ("levy from facts, derivation live", best(lambda: kztax.mining_levy(facts), 2000), "≤ 60 µs", 0),
        ("levy from facts, derivation recorded", best(lambda: kztax.mining_levy(facts).figures, 2000), "", 0),
        (
            "levy, JSON text to JSON text",
            best(lambda: kztax.assess(json.loads(text)).model_dump_json(), 2000),
            "≤ 300 µs",
            0,
        ),
        ("explanation in Russian", best(lambda: assessment.explain("ru"), 50), "", 0),
    ]
    print("| what | µs | target | times bare |\n|---|---|---|---|")
    for what, micros, target, _ in rows:
        print(f"| {what} | {micros:.1f} | {target} | {micros / bare_time:.0f} |")
    thousand, ten = many_stays(1000), many_stays(10_000)
    small, large = (best(lambda f=f: kztax.individual_residency(f), 3) / 1e3 for f in (thousand, ten))  # type: ignore[misc]
    print(f"\nresidency: 1,000 stays {small:.1f} ms, 10,000 stays {large:.1f} ms: {large / small:.1f} times")
    nothing, pydantic = process("pass"), process("from pydantic import BaseModel, Field")
    ours = process("import kztax")
    used = process(
        "import kztax; kztax.assess({'kind': 'mining_levy', 'period': '2025-Q1', 'supplies': [{'kwh': '1'}]})"
    )
    print(
        f"\nprocess: interpreter {nothing:.0f} ms, pydantic {pydantic:.0f} ms, kztax {ours:.0f} ms "
        f"(pydantic + {ours - pydantic:.0f}; target + 30), with a first assessment {used:.0f} ms"
    )
    sizes = {name: size_of(name) for name in ("kztax", "pydantic", "pydantic_core", "babel", "dateutil", "pluggy")}
    print(
        f"\ninstalled: {sum(sizes.values()):.0f} MB (target ≤ 60): "
        + ", ".join(f"{name} {size:.1f}" for name, size in sizes.items())
    )


if __name__ == "__main__":
    main()
