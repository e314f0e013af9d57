"""What each format tells, taken through the gains of its year by the installed plugin, and worked out by hand.

Quantities are before the fee and the fee comes on top: it is what this would get wrong.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import kztax_exchanges
import pytest

import kztax
from kztax.cli import main

FILES = Path(__file__).parent / "files"
PEGS = {"USDT": "USD", "BUSD": "USD"}


def lot(asset: str, quantity: str, cost: str, currency: str = "KZT") -> dict[str, str]:
    return {"asset": asset, "quantity": quantity, "cost": cost, "currency": currency, "acquired": "2024-12-02"}


def market(currency: str, on: str, rate: str) -> dict[str, Any]:
    return {"currency": currency, "on": on, "rate": rate, "kind": "market"}


def mean(currency: str, rate: str) -> dict[str, Any]:
    return {"currency": currency, "year": 2026, "rate": rate, "kind": "yearly_mean"}


def price(asset: str, on: str, value: str, currency: str = "KZT") -> dict[str, str]:
    return {"asset": asset, "on": on, "value": value, "currency": currency}


class Case(NamedTuple):
    file: str
    year: int
    gain: str
    closing: dict[str, str]
    opening: Sequence[dict[str, str]] = ()
    prices: Sequence[dict[str, str]] = ()
    rates: Sequence[dict[str, Any]] = ()


CASES = [
    # 500 USDT at 520 are what 0.005 BTC cost: 52,000,000 each. The fee of 0.000005 BTC at 53,000,000: 265 − 260 = 5.
    # Giving a fixed-value asset in exchange is no sale in 2025.
    Case(
        "binance-history.csv",
        2025,
        "5",
        {"USDT": "300.01", "BTC": "0.004995", "ETH": "0.08", "LDO": "1.5"},
        [lot("USDT", "1000", "500000")],
        [price("BTC", "2025-01-31", "53000000")],
        [market("USD", "2025-01-31", "520")],
    ),
    # In 2026 60 USDT are sold for what cost 60 USD; the fee of 0.0001 BNB: (0.06 − 0.05) USD at 500.
    Case(
        "Binance-Transaction-History-202604201017(UTC+5).csv",
        2026,
        "5",
        {"USDT": "40", "SOL": "0.5", "BNB": "0.0009"},
        [lot("USDT", "100", "100", "USD"), lot("BNB", "0.001", "0.5", "USD")],
        [price("BNB", "2026-04-01", "600", "USD")],
        [mean("USD", "500")],
    ),
    # 19.8054 BUSD at 600 are 11,883.24, less 0.18 SOL at 60,000: 1,083.24. The fee in BUSD got so is no sale.
    # 500 1INCH cost 125 USDT at 600, 150 each; the fee of 0.5 at 160: 80 − 75 = 5. The fee of 0.00005 BTC is worth
    # what was paid for it, 2.10 EUR.
    Case(
        "binance-spot.csv",
        2025,
        "1088.24",
        {"SOL": "0.82", "BUSD": "19.7855946", "USDT": "75", "1INCH": "499.5", "BTC": "0.04995"},
        [lot("SOL", "1", "60000"), lot("USDT", "200", "100000")],
        [price("1INCH", "2025-03-27", "160")],
        [market("USD", "2025-03-27", "600")],
    ),
    # 50 EUR less 40 EUR at 560; the fee in money changes nothing.
    Case(
        "binance-spot-fee-coin.csv",
        2026,
        "5600",
        {"BTC": "0.1"},
        [lot("ENA", "100", "40", "EUR")],
        rates=[mean("EUR", "560")],
    ),
    # The fee of 0.000000175 BTC is worth 0.00942788 EUR, and comes from the first lot, at 0.0105 USD:
    # 5.2796128 − 5.25 = 0.0296128. The exchange: 181.8 USD at 500, less what is left of the first lot,
    # 119.9895 USD at 500, and 0.000020175 of the second, 1.08689988 EUR at 560: 30,296.5860672.
    Case(
        "bybit-unified.csv",
        2026,
        "30296.61568",
        {"BTC": "0.000049825", "USDT": "181.6182"},
        [lot("BTC", "0.002", "120", "USD")],
        rates=[mean("USD", "500"), mean("EUR", "560")],
    ),
    # An airdrop has no cost: 0.000000004 SOL at 100,000.
    Case(
        "bybit-funding.csv",
        2026,
        "0.0004",
        {"MNT": "0.00000055", "BTC": "0.0000002"},
        prices=[price("SOL", "2026-03-02", "100000")],
    ),
    # Exchange 0.2 × (12,000 − 10,000) and its fee 0.001 × (700 − 600); spending 0.1 × (11,000 − 10,000) and its fee,
    # 0.0001 of the same.
    Case(
        "taxbit.csv",
        2025,
        "500.2",
        {"DASH": "0.2999", "BTC": "0.0001", "RUNE": "1.259"},
        [lot("DASH", "0.5", "5000"), lot("RUNE", "0.01", "6")],
        [
            price("DASH", "2025-05-01", "12000"),
            price("BTC", "2025-05-01", "50000000"),
            price("RUNE", "2025-05-01", "700"),
            price("DASH", "2025-05-03", "11000"),
        ],
    ),
    # A gift brings nothing; its fee of 0.0001 ETH is worth 0.20 GBP and cost nothing, as staking brought it: at 650.
    Case(
        "bittytax.csv",
        2025,
        "130",
        {"BTC": "0.01998", "ETH": "0.3999"},
        rates=[market("GBP", "2025-07-01", "650")],
    ),
    Case("pool-smp1.csv", 2026, "0", {"BTC": "0.76"}),
    # Exchange 0.05 × (60,000,000 − 45,000,000), its fee 0.0001 of the same, sale 0.0499 × (50,000,000 − 45,000,000).
    Case(
        "neutral.csv",
        2026,
        "1001000",
        {"ETH": "1.5"},
        prices=[price("BTC", "2026-02-05", "60000000")],
    ),
]


@pytest.fixture(autouse=True)
def only_this_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KZTAX_LOAD_PLUGINS", "exchanges")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_the_gains_of_a_format(case: Case) -> None:
    ledger = kztax.read_ledger([FILES / case.file], zone="+05:00")
    assert ledger.files[0].plugin.name == "exchanges"
    facts = {
        "kind": "digital_asset_gains",
        "tax_year": case.year,
        "trades": ledger.trades(),
        "method": "fifo",
        "opening_lots": case.opening,
        "fixed_value_assets": PEGS,
        "asset_prices": case.prices,
        "exchange_rates": case.rates,
    }
    outcome = kztax.assess(facts).outcome
    assert outcome.gain == Decimal(case.gain)
    closing = {asset: totals.closing_quantity for asset, totals in outcome.by_asset.items() if totals.closing_quantity}
    assert closing == {asset: Decimal(quantity) for asset, quantity in case.closing.items()}


def test_every_format_is_taken_through() -> None:
    taken = {kztax.read_ledger([FILES / case.file], zone="+05:00").files[0].format for case in CASES}
    assert taken == {known.name for known in kztax_exchanges.FORMATS}
    assert {case.file for case in CASES} == {path.name for path in FILES.iterdir()}


def test_a_pools_rows_come_to_the_miner_that_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (FILES / "pool-smp1.csv").read_text(encoding="utf-8")
    other = tmp_path / "pool.csv"
    other.write_text(text + text.splitlines()[-1].replace("090140001234", "180240005678") + "\n", encoding="utf-8")
    command = ["gains", str(other), "--year", "2026", "--holder", "company", "--facts-for", "corporate_income_tax"]
    assert main(command) == 2
    assert "090140001234, 180240005678" in capsys.readouterr().err
    assert main([*command, "--miner", "090140001234"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert [row["quantity"] for row in facts["digital_assets_distributed"]] == ["0.51", "0.25"]
    assert main([*command[:4], "--miner", "180240005678", "--format", "json"]) == 0
    outcome = json.loads(capsys.readouterr().out)["assessment"]["outcome"]
    assert [lot["quantity"] for lot in outcome["closing_lots"]] == ["0.25"]
