"""Each format from an export with its published header: what it tells, by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import kztax_exchanges
import pytest
from kztax_exchanges.lines import Source

from kztax.hooks import LedgerCash, LedgerTrade
from kztax.ledger import Ledger, read_ledger
from kztax.plugins import Plugins

FILES = Path(__file__).parent / "files"


def read(*names: str, **options: Any) -> Ledger:
    options.setdefault("zone", "+05:00")
    return read_ledger([FILES / name for name in names], plugins=Plugins([kztax_exchanges], discover=False), **options)


def told(ledger: Ledger) -> list[str]:
    """Each entry as one line that is easy to write by hand."""
    lines = []
    for entry in ledger.entries:
        record = entry.record
        if isinstance(record, LedgerCash):
            lines.append(f"cash {record.quantity.normalize():f} {record.currency} on {record.account}")
            continue
        assert isinstance(record, LedgerTrade)
        line = f"{record.type} {record.quantity.normalize():f} {record.asset}"
        if record.counter_quantity is not None:
            line += f" for {record.counter_quantity.normalize():f} {record.counter_asset}"
        if record.total is not None:
            line += f" total {record.total.normalize():f} {record.currency}"
        if record.price is not None:
            line += f" at {record.price.normalize():f} {record.currency}"
        if record.fee is not None:
            line += f" fee {record.fee.quantity.normalize():f} {record.fee.asset}"
        lines.append(f"{line} on {record.account}")
    return lines


def ids(ledger: Ledger) -> set[str]:
    return {finding.id for finding in ledger.findings}


def test_binance_history() -> None:
    ledger = read("binance-history.csv")
    assert ledger.files[0].format == "Binance, transaction history"
    assert told(ledger) == [
        "transfer_in 1000 USDT on Binance Spot",
        "exchange 500 USDT for 0.005 BTC fee 0.000005 BTC on Binance Spot",
        "exchange 200 USDT for 0.08 ETH on Binance Spot",
        "transfer_out 100 USDT on Binance Spot",
        "transfer_in 100 USDT on Binance Earn",
        "reward 0.01 USDT on Binance Earn",
        "airdrop 1.5 LDO on Binance Spot",
        "transfer_out 0.001 BTC on Binance Spot",
    ]
    # UTC is documented by the header: 23:30 on the 6th is the 7th in Kazakhstan, which the rules see to.
    assert ledger.trades()[-1]["at"] == "2025-02-06T23:30:00+00:00"
    assert ledger.fit


def test_binance_history_of_the_current_header_is_in_the_zone_of_its_name() -> None:
    name = "Binance-Transaction-History-202604201017(UTC+5).csv"
    ledger = read(name, zone=None)
    assert told(ledger) == [
        "transfer_in 100 USDT on Binance Spot",
        "exchange 60 USDT for 0.5 SOL fee 0.0001 BNB on Binance Spot",
    ]
    assert ledger.trades()[0]["at"] == "2026-04-01T02:00:00+05:00"
    assert "zone_from_name" in ids(ledger)
    stated = read(name, zone="+03:00")
    assert stated.trades()[0]["at"] == "2026-04-01T02:00:00+03:00"
    assert "zone_from_name" not in ids(stated)


def test_binance_spot_trades_with_coins_in_their_quantities() -> None:
    assert told(read("binance-spot.csv")) == [
        "exchange 0.18 SOL for 19.8054 BUSD fee 0.0198054 BUSD on Binance Spot",
        "exchange 125 USDT for 500 1INCH fee 0.5 1INCH on Binance Spot",
        "buy 0.05 BTC total 2100 EUR fee 0.00005 BTC on Binance Spot",
    ]


def test_binance_spot_trades_with_a_column_for_the_fees_coin() -> None:
    assert told(read("binance-spot-fee-coin.csv")) == [
        "buy 0.1 BTC total 4000 EUR on Binance Spot",
        "sell 100 ENA total 50 EUR fee 0.05 EUR on Binance Spot",
    ]


def test_bybit_unified() -> None:
    ledger = read("bybit-unified.csv")
    assert told(ledger) == [
        "transfer_in 0.002 BTC on Bybit 7654321 Unified",
        "cash 17 EUR on Bybit 7654321 Unified",
        "buy 0.00007 BTC total 3.771152 EUR fee 0.000000175 BTC on Bybit 7654321 Unified",
        "exchange 0.00202 BTC for 181.8 USDT fee 0.1818 USDT on Bybit 7654321 Unified",
        "transfer_out 181.6182 USDT on Bybit 7654321 Unified",
    ]
    assert {row.asset: (f"{row.closing.normalize():f}", row.stated) for row in ledger.reconciled} == {
        "BTC": ("0.000049825", True),
        "EUR": ("13.228848", True),
        "USDT": ("0", True),
    }
    assert ledger.fit


def test_bybit_funding() -> None:
    ledger = read("bybit-funding.csv")
    assert told(ledger) == [
        "airdrop 0.000000004 SOL on Bybit 7654321 Funding",
        "transfer_in 0.0019998 BTC on Bybit 7654321 Funding",
        "reward 0.0000002 BTC on Bybit 7654321 Funding",
        "transfer_out 0.002 BTC on Bybit 7654321 Funding",
        "transfer_in 181.6182 USDT on Bybit 7654321 Funding",
        "exchange 0.000000004 SOL for 0.00000055 MNT on Bybit 7654321 Funding",
        "transfer_out 181.6182 USDT on Bybit 7654321 Funding",
    ]
    assert ids(ledger) == {"reconciled"}


def test_both_accounts_of_bybit_agree_with_each_other() -> None:
    ledger = read("bybit-unified.csv", "bybit-funding.csv")
    # What moved between the two cancels out; the deposit came from outside.
    assert ids(ledger) == {"reconciled", "from_elsewhere"}
    (elsewhere,) = (finding for finding in ledger.findings if finding.id == "from_elsewhere")
    assert elsewhere.message().startswith("0.0019998 BTC more")
    assert ledger.fit


def test_taxbit() -> None:
    ledger = read("taxbit.csv")
    assert told(ledger) == [
        "transfer_in 0.5 DASH on DASH Wallet",
        "exchange 0.2 DASH for 0.0001 BTC fee 0.001 RUNE on THOR Wallet",
        "transfer_out 0.0001 BTC on THOR Wallet",
        "transfer_in 0.0001 BTC on BTC Wallet",
        "reward 1.25 RUNE on THOR Wallet",
        "spend 0.1 DASH fee 0.0001 DASH on DASH Wallet",
        "buy 0.1 DASH total 5000 KZT on Exchange",
    ]
    assert [trade["id"] for trade in ledger.trades()][:2] == ["dd07f79a", "T-1"]
    assert "income_as_reward" in ids(ledger)


def test_bittytax() -> None:
    ledger = read("bittytax.csv")
    assert told(ledger) == [
        "cash 1000 GBP on Exchange",
        "buy 0.02 BTC total 800 GBP fee 0.00002 BTC on Exchange",
        "staking 0.5 ETH total 900 GBP on Ledger",
        "gift_out 0.1 ETH total 200 GBP fee 0.0001 ETH on Ledger",
    ]
    assert ledger.trades()[1]["at"] == "2025-07-01T10:00:00+01:00"


def test_smp1() -> None:
    ledger = read("pool-smp1.csv")
    assert ledger.digital_assets_distributed() == [
        {"asset": "BTC", "quantity": "0.51", "pool_commission_quantity": "0.0051", "received_on": "2026-06-01"},
        {"asset": "BTC", "quantity": "0.25", "pool_commission_quantity": "0.0025", "received_on": "2026-06-02"},
    ]
    assert {row.miner for row in ledger.distributions} == {"090140001234"}
    assert ledger.distributions[0].received_on == date(2026, 6, 1)
    assert told(ledger) == [
        "mined 0.51 BTC on 090140001234 bc1qsynthetic",
        "mined 0.25 BTC on 090140001234 bc1qsynthetic",
    ]
    assert ledger.trades()[0]["at"] == "2026-06-01T00:00:00+05:00"
    assert {"day_of_distribution", "commission_in_money"} <= ids(ledger)


def test_the_neutral_table() -> None:
    ledger = read("neutral.csv", zone="Asia/Almaty")
    assert told(ledger) == [
        "buy 0.1 BTC total 4500000 KZT fee 4500 KZT on Broker",
        "exchange 0.05 BTC for 1.5 ETH fee 0.0001 BTC on Broker",
        "sell 0.0499 BTC at 50000000 KZT on Broker",
        "cash 100000 KZT on Broker",
    ]
    assert [trade["at"] for trade in ledger.trades()] == [
        "2026-01-05T12:00:00+05:00",
        "2026-02-05T12:00:00+05:00",
        "2026-03-05T12:00:00+05:00",
    ]
    assert [trade.get("source") for trade in ledger.trades()] == ["kazakhstan", "foreign", None]
    assert [trade["id"] for trade in ledger.trades()] == ["N-1", "N-2", "N-3"]
    (bitcoin,) = (row for row in ledger.reconciled if row.asset == "BTC")
    assert bitcoin.stated
    assert bitcoin.closing == bitcoin.difference == Decimal(0)


@pytest.mark.skipif(not list(entry_points(group="kztax", name="exchanges")), reason="the plugin is not installed")
def test_the_installed_plugin_is_found() -> None:
    assert read_ledger([FILES / "binance-spot.csv"]).files[0].plugin.name == "exchanges"


def test_every_format_knows_its_own_files_and_no_other() -> None:
    names = {name.name: read(name.name).files[0].format for name in sorted(FILES.iterdir())}
    assert set(names.values()) == {known.name for known in kztax_exchanges.FORMATS}
    for path in FILES.iterdir():
        head = Source(path).head()
        assert sum(known.recognise(head) is not None for known in kztax_exchanges.FORMATS) == 1, path


@pytest.mark.parametrize("name", [path.name for path in sorted(FILES.iterdir())])
def test_bom_line_ends_and_quotation_marks_change_nothing(name: str, tmp_path: Path) -> None:
    expected = told(read(name))
    text = (FILES / name).read_text(encoding="utf-8-sig")
    variants = {"bom": b"\xef\xbb\xbf" + text.encode(), "crlf": text.replace("\n", "\r\n").encode()}
    separator = ";" if "smp1" in name else ","
    if '"' not in text:
        quoted = [
            separator.join(f'"{cell}"' for cell in line.split(separator)) if not line.startswith("UID:") else line
            for line in text.splitlines()
        ]
        variants["quoted"] = "\n".join(quoted).encode() + b"\n"
    for variant, content in variants.items():
        path = tmp_path / variant / name
        path.parent.mkdir()
        path.write_bytes(content)
        ledger = read_ledger([path], plugins=Plugins([kztax_exchanges], discover=False), zone="+05:00")
        assert told(ledger) == expected, variant
