"""What people give that does not fit: each is named with file, line and reason, and nothing is lost."""

from __future__ import annotations

import contextlib
import re
import string
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import kztax_exchanges
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kztax_exchanges.cells import Misread, number
from kztax_exchanges.formats import binance, binance_spot, bybit_funding, bybit_unified, smp1, taxbit
from kztax_exchanges.words import WORDS

import kztax
from kztax.ledger import Ledger, read_ledger
from kztax.plugins import Plugins

HISTORY = ",".join(binance.OLDER)
CURRENT = ",".join(binance.CURRENT)
SPOT = ",".join(binance_spot.OLDER)
SPOT_COIN = ",".join(binance_spot.OLDER_WITH_FEE_COIN)
UNIFIED = ",".join(bybit_unified.CURRENT)
OLDER_UNIFIED = ",".join(bybit_unified.OLDER)
FUNDING = ",".join(bybit_funding.HEADER)
TAXBIT = ",".join(taxbit.HEADER)
BITTYTAX = (
    "Type,Buy Quantity,Buy Asset,Buy Value,Sell Quantity,Sell Asset,Sell Value,Fee Quantity,Fee Asset,Fee Value,"
    "Wallet,Timestamp,Note"
)
SMP1 = ",".join(smp1.NUMBERS)
NEUTRAL = "type,at,asset,quantity,counter_asset,counter_quantity,total,price,currency,balance"
DEPOSIT = "1,2025-02-01 09:00:00,Spot,Deposit,BTC,1,"

Read = Callable[..., Ledger]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def call(*contents: Any, name: str = "export", **options: Any) -> Ledger:
        paths = []
        for place, content in enumerate(contents, start=1):
            path = tmp_path / f"{name}{place if len(contents) > 1 else ''}.csv"
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            paths.append(path)
        return read_ledger(paths, plugins=Plugins([kztax_exchanges], discover=False), **options)

    return call


def lines(*rows: str) -> str:
    return "\n".join(rows) + "\n"


def ids(ledger: Ledger) -> set[str]:
    return {finding.id for finding in ledger.findings}


def types(ledger: Ledger) -> list[str]:
    return [trade["type"] for trade in ledger.trades()]


def unified(*cells: str, time: str = "2026-03-02 01:00:00") -> str:
    """A row of Bybit's unified account: currency, contract, type, direction, fee, flow, change, balance, action."""
    currency, contract, kind, direction, fee, flow, change, after, action = cells
    return f"1,{currency},{contract},{kind},{direction},0,0,0,0,{fee},{flow},{change},{after},{action},{time}"


ODD_LINES = [
    ("cut", HISTORY, "1,2025-02-01 09:00:00,Spot,Depo", "another_width"),
    ("too many cells", HISTORY, DEPOSIT + ",,", "another_width"),
    ("unclosed quote", HISTORY, '1,2025-02-01 09:00:00,Spot,Deposit,BTC,1,"', "unclosed_quote"),
    ("broken quotes", HISTORY, '1,2025-02-01 09:00:00,Spot,"Depo"sit,BTC,1,', "not_cells"),
    ("no day at all", SMP1, "1,090140001234,M,L,2025-01-15,w,yesterday,BTC,1,1,,,,,", "not_a_day"),
    ("earned how", FUNDING, "1,2026-03-01 00:00:00,USDT,5.0,Earn,5.0,Lucky Wheel", "unknown_operation"),
    ("source", NEUTRAL + ",source", "buy,2026-01-05T12:00:00Z,BTC,1,,,5,,KZT,,Mars", "unknown_operation"),
    ("unknown operation", HISTORY, "1,2025-02-01 09:00:00,Spot,Moon Landing,BTC,1,", "unknown_operation"),
    ("doubtful operation", HISTORY, "1,2025-02-01 09:00:00,Pool,Pool Distribution,BTC,1,", "unknown_operation"),
    ("number", HISTORY, "1,2025-02-01 09:00:00,Spot,Deposit,BTC,1O,", "not_a_number"),
    ("formula", HISTORY, "1,2025-02-01 09:00:00,Spot,Deposit,BTC,=1+1,", "not_a_number"),
    ("formula as a coin", HISTORY, '1,2025-02-01 09:00:00,Spot,Deposit,"=HYPERLINK(1)",1,', "not_an_asset"),
    ("decimal comma", HISTORY, '1,2025-02-01 09:00:00,Spot,Deposit,BTC,"0,5",', "not_a_number"),
    ("not a number", HISTORY, "1,2025-02-01 09:00:00,Spot,Deposit,BTC,NaN,", "not_a_number"),
    ("endless number", HISTORY, f"1,2025-02-01 09:00:00,Spot,Deposit,BTC,{'9' * 500},", "not_a_number"),
    ("huge exponent", HISTORY, "1,2025-02-01 09:00:00,Spot,Deposit,BTC,1e40,", "not_a_number"),
    ("decimals", HISTORY, "1,2025-02-01 09:00:00,Spot,Deposit,BTC,0.1234567890123456789,", "too_many_decimals"),
    ("other digits", HISTORY, "1,2025-02-01 09:00:00,Spot,Deposit,BTC,١٢,", "not_a_number"),
    ("no coin", HISTORY, "1,2025-02-01 09:00:00,Spot,Deposit,,1,", "not_an_asset"),
    ("time", HISTORY, "1,01/02/2025 09:00,Spot,Deposit,BTC,1,", "not_a_time"),
    ("no such day", HISTORY, "1,2025-02-30 09:00:00,Spot,Deposit,BTC,1,", "not_a_time"),
    ("before coins", HISTORY, "1,1999-02-01 09:00:00,Spot,Deposit,BTC,1,", "not_a_time"),
    ("deposit that takes", HISTORY, "1,2025-02-01 09:00:00,Spot,Deposit,BTC,-1,", "wrong_sign"),
    ("half a trade", HISTORY, "1,2025-02-01 09:00:00,Spot,Transaction Buy,BTC,1,", "other_half"),
    ("futures", HISTORY, "1,2025-02-01 09:00:00,USD-M Futures,Funding Fee,USDT,-1,", "derivative"),
    ("side", SPOT, "2025-02-01 09:00:00,BTCEUR,HOLD,1,1BTC,1EUR,0BTC", "unknown_operation"),
    ("pair", SPOT, "2025-02-01 09:00:00,BTCXYZ,BUY,1,1,1,0", "unclear_pair"),
    ("two ways", SPOT, "2025-02-01 09:00:00,ENAEUR,BUY,1,1,1,0", "unclear_pair"),
    ("quantity", SPOT, "2025-02-01 09:00:00,BTCEUR,BUY,1,oneBTC,1EUR,0BTC", "unclear_pair"),
    ("nothing executed", SPOT, "2025-02-01 09:00:00,BTCEUR,BUY,1,0BTC,0EUR,0BTC", "not_above_zero"),
    ("fee in nothing", SPOT, "2025-02-01 09:00:00,BTCEUR,BUY,1,1,1,0.5", "fee_without_asset"),
    ("fee in what", SPOT, "2025-02-01 09:00:00,BTCEUR,BUY,1,1BTC,1EUR,0.5XYZ", "unclear_pair"),
    ("sums", UNIFIED, unified("BTC", "", "TRANSFER_IN", "--", "0", "1", "2", "2", "--"), "sums_do_not_hold"),
    ("type", UNIFIED, unified("BTC", "", "LOTTERY", "--", "0", "1", "1", "1", "--"), "unknown_operation"),
    ("no type", UNIFIED, unified("BTC", "", "--", "--", "0", "1", "1", "1", "--"), "unknown_operation"),
    ("position", UNIFIED, unified("USDT", "BTCUSDT", "TRADE", "SELL", "-1", "9", "8", "8", "CLOSE"), "derivative"),
    (
        "settled",
        UNIFIED,
        unified("USDT", "BTCUSDT", "SETTLEMENT", "BUY", "-1", "--", "-1", "8", "SETTLEMENT"),
        "derivative",
    ),
    ("one leg", UNIFIED, unified("BTC", "BTCUSDT", "TRADE", "BUY", "0", "1", "1", "1", "--"), "other_half"),
    ("peer to peer", FUNDING, "1,2026-03-01 00:00:00,USDT,5.0,P2P,5.0,P2P Buy", "unknown_operation"),
    ("cancelled", FUNDING, "1,2026-03-01 00:00:00,USDT,5.0,Fiat,5.0,Canceled P2P Sale", "unknown_operation"),
    ("lone conversion", FUNDING, "1,2026-03-01 00:00:00,USDT,5.0,Convert,5.0,Convert", "other_half"),
    ("card paid back", FUNDING, "1,2026-03-01 00:00:00,USDT,5.0,Bybit Card,5.0,Refund", "wrong_sign"),
    ("taxbit type", TAXBIT, "2025-05-01T10:00:00Z,Fork,,,,0.5,DASH,W,,,,", "unknown_operation"),
    ("taxbit half", TAXBIT, "2025-05-01T10:00:00Z,Trade,,,,0.5,DASH,W,,,,", "other_half"),
    ("taxbit empty", TAXBIT, "2025-05-01T10:00:00Z,Income,,,,,DASH,W,,,,", "missing_cell"),
    ("taxbit both", TAXBIT, "2025-05-01T10:00:00Z,Gift,1,BTC,W,0.5,DASH,W,,,,", "two_sides"),
    (
        "lost coins",
        BITTYTAX,
        "Lost,,,,1,BTC,,,,,W,2025-01-10 09:00:00,",
        "unknown_operation",
    ),
    (
        "bittytax half",
        BITTYTAX,
        "Trade,1,BTC,,,,,,,,W,2025-01-10 09:00:00,",
        "other_half",
    ),
    (
        "bittytax empty",
        BITTYTAX,
        "Mining,,,,,,,,,,W,2025-01-10 09:00:00,",
        "missing_cell",
    ),
    (
        "bittytax both",
        BITTYTAX,
        "Spend,1,BTC,,1,BTC,,,,,W,2025-01-10 09:00:00,",
        "two_sides",
    ),
    ("pool quantity", SMP1, "1,090140001234,M,L,2025-01-15,w,31.05.2026,BTC,x,1,,,,,", "not_a_number"),
    ("miner's name", SMP1, "1,ТОО,M,L,2025-01-15,w,31.05.2026,BTC,1,1,,,,,", "not_a_miner"),
    ("day", SMP1, "1,090140001234,M,L,2025-01-15,w,31.02.2026,BTC,1,1,,,,,", "not_a_day"),
    ("total row", SMP1, "Итого,,,,,,,,1,1,,,,,", "not_a_miner"),
    ("neutral type", NEUTRAL, "borrow,2026-01-05T12:00:00Z,BTC,1,,,,,,", "unknown_operation"),
    ("no quantity", NEUTRAL, "buy,2026-01-05T12:00:00Z,BTC,0,,,,,,", "not_above_zero"),
    ("exchange of nothing", NEUTRAL, "exchange,2026-01-05T12:00:00Z,BTC,1,,,,,,", "missing_cell"),
    ("two prices", NEUTRAL, "buy,2026-01-05T12:00:00Z,BTC,1,,,5,5,KZT,", "price_and_total"),
    ("negative price", NEUTRAL, "buy,2026-01-05T12:00:00Z,BTC,1,,,-5,,KZT,", "not_above_zero"),
    ("price in coins", NEUTRAL, "buy,2026-01-05T12:00:00Z,BTC,1,,,5,,USDT,", "not_money"),
    ("money bought", NEUTRAL, "buy,2026-01-05T12:00:00Z,KZT,1,,,5,,KZT,", "money_as_asset"),
]


@pytest.mark.parametrize(
    ("header", "row", "reason"), [case[1:] for case in ODD_LINES], ids=[case[0] for case in ODD_LINES]
)
def test_a_line_that_is_not_understood_stops_with_its_place_or_is_kept(
    read: Read, header: str, row: str, reason: str
) -> None:
    with pytest.raises(kztax.UnreadableInput, match=r"^export\.csv, line 2: ") as refused:
        read(lines(header, row))
    assert len({refused.value.message(locale) for locale in ("en", "ru", "kk")}) == 3
    ledger = read(lines(header, row), keep_going=True)
    (kept,) = ledger.unprocessed
    assert (kept.line, kept.id) == (2, reason)
    assert kept.text.startswith(row[:30])
    assert ledger.entries == ()
    assert not ledger.fit


def test_bytes_that_are_no_text_are_kept_line_by_line(read: Read) -> None:
    content = (
        HISTORY.encode()
        + b"\n"
        + DEPOSIT.encode()
        + b"\n1,2025-02-01 09:00:00,Spot,Dep\0sit,BTC,1,\n"
        + b"1,2025-02-01 09:00:00,Spot,Deposit,BTC,1,\xcf\xf0\n"
        + b"1,2025-02-01 09:00:00,Spot,Deposit,BTC,1,"
        + b"x" * 200_000
        + b"\n"
        + DEPOSIT.encode().replace(b"09:", b"10:")
        + b"\n"
    )
    ledger = read(content, keep_going=True)
    assert [(each.line, each.id) for each in ledger.unprocessed] == [(3, "nul_byte"), (4, "not_utf8"), (5, "huge_line")]
    assert [entry.record.line for entry in ledger.entries] == [2, 6]
    assert max(len(each.text) for each in ledger.unprocessed) <= 500
    with pytest.raises(kztax.UnreadableInput, match=r"line 3: a NUL byte"):
        read(content)


def test_a_huge_line_without_end_ends_the_file_and_not_the_memory(read: Read) -> None:
    ledger = read(HISTORY.encode() + b"\n" + b"x" * 300_000, keep_going=True)
    assert [each.id for each in ledger.unprocessed] == ["huge_line"]
    assert "no_line_end" in ids(ledger)


def test_a_quotation_mark_that_nothing_closes_costs_only_its_own_line(read: Read) -> None:
    rows = [HISTORY, DEPOSIT + '"', *(DEPOSIT.replace("09:", f"{hour}:") for hour in range(10, 24))]
    ledger = read(lines(*rows), keep_going=True)
    assert [(each.line, each.id) for each in ledger.unprocessed] == [(2, "unclosed_quote")]
    assert [entry.record.line for entry in ledger.entries] == list(range(3, 17))


def test_two_stray_quotation_marks_do_not_swallow_the_lines_between_them(read: Read) -> None:
    hours = [DEPOSIT.replace("09:", f"{hour}:") for hour in range(10, 14)]
    ledger = read(lines(HISTORY, DEPOSIT + '"', *hours, DEPOSIT + '"'), keep_going=True)
    assert [(each.line, each.id) for each in ledger.unprocessed] == [(2, "unclosed_quote"), (7, "unclosed_quote")]
    assert [entry.record.line for entry in ledger.entries] == [3, 4, 5, 6]
    nul = lines(HISTORY, DEPOSIT + '"', "\0", DEPOSIT)
    assert [each.line for each in read(nul, keep_going=True).unprocessed] == [2, 3]


def test_a_note_may_run_over_lines(read: Read) -> None:
    rows = [
        HISTORY,
        '1,2025-02-01 09:00:00,Spot,Deposit,BTC,1,"first',
        'and ""second"" line"',
        DEPOSIT.replace("09:", "10:"),
    ]
    assert [entry.record.line for entry in read(lines(*rows)).entries] == [2, 4]


def test_a_truncated_export_is_named(read: Read) -> None:
    whole = lines(HISTORY, DEPOSIT, DEPOSIT.replace("09:", "10:"))
    ledger = read(whole[:-12], keep_going=True)
    assert [(each.line, each.id) for each in ledger.unprocessed] == [(3, "another_width")]
    assert "no_line_end" in ids(ledger)
    assert "no_line_end" not in ids(read(whole))


def test_files_of_other_programs_are_no_ones(read: Read) -> None:
    for header in ("Date(UTC),Pair,Side,Price,Executed", "Uid,Currency,Contract", "Timestamp,Transaction Type,Asset"):
        with pytest.raises(kztax.UnreadableInput, match="no installed plugin knows this file"):
            read(lines(header, "1,2,3"))


@pytest.mark.parametrize("separator", [";", "\t"])
def test_an_export_that_a_spreadsheet_saved_again_is_refused_with_the_reason(read: Read, separator: str) -> None:
    with pytest.raises(kztax.UnreadableInput, match="saved again by a spreadsheet"):
        read(lines(HISTORY, "1,01.02.2025 9:00,Spot,Deposit,BTC,1,").replace(",", separator))


def test_a_header_alone_is_said(read: Read) -> None:
    for header in (HISTORY, SPOT, UNIFIED, FUNDING, TAXBIT, BITTYTAX, SMP1, NEUTRAL):
        assert ids(read(lines(header))) == {"no_rows"}


def test_times_without_zone_want_one_where_no_format_documents_it(read: Read) -> None:
    naive = [
        lines(CURRENT, "1,26-04-01 02:00:00,Spot,Deposit,USDT,100,"),
        lines("Time,Pair,Side,Price,Executed,Amount,Fee", "25-10-11 01:01:13,BTCUSDT,BUY,6,1BTC,6USDT,0BTC"),
        lines(TAXBIT, "2025-05-01T10:00:00,Income,,,,1,DASH,W,,,,"),
        lines(NEUTRAL, "buy,2026-01-05T12:00:00,BTC,1,,,,,,"),
    ]
    for content in naive:
        for keep_going in (False, True):
            with pytest.raises(kztax.UnreadableInput, match=r"export\.csv, line 2: the times bear no zone"):
                read(content, keep_going=keep_going)
        assert read(content, zone="Asia/Almaty").trades()[0]["at"].endswith("+05:00")


@pytest.mark.parametrize(
    ("name", "offset"),
    [
        ("H(UTC+5)", "+05:00"),
        ("H(UTC--6)_a", "-06:00"),
        ("H(UTC)", "+00:00"),
        ("H(UTC+5:30)", "+05:30"),
        ("H", None),
        ("H(UTC+25)", None),
    ],
)
def test_the_zone_in_binances_file_names(name: str, offset: str | None) -> None:
    zone = binance.zone_in_name(Path(f"{name}.csv"))
    assert (zone and str(zone[1])) == (offset and f"UTC{offset}".replace("UTC+00:00", "UTC"))


def test_overlapping_exports_of_binance_count_once(read: Read) -> None:
    first = lines(HISTORY, DEPOSIT, DEPOSIT.replace("09:", "10:"))
    second = lines(HISTORY, DEPOSIT.replace("09:", "10:"), DEPOSIT.replace("09:", "11:"))
    ledger = read(first, second)
    assert [entry.at.hour for entry in ledger.entries] == [9, 10, 11]
    assert "repeats_left_out" in ids(ledger)


def test_overlapping_exports_of_bybit_count_once_and_reconcile(read: Read) -> None:
    rows = [
        unified("BTC", "", "TRANSFER_IN", "--", "0", "1", "1", str(after), "--", time=f"2026-03-0{after} 00:00:00")
        for after in (1, 2, 3)
    ]
    ledger = read(lines(UNIFIED, *rows[:2]), lines(UNIFIED, *rows[1:]))
    assert types(ledger) == ["transfer_in"] * 3
    (bitcoin,) = ledger.reconciled
    assert [f"{each:f}" for each in (bitcoin.opening, bitcoin.closing, bitcoin.difference)] == ["0", "3", "0"]
    gap = read(lines(UNIFIED, rows[0]), lines(UNIFIED, rows[2]))
    assert {"gap_between_files", "does_not_reconcile"} <= ids(gap)


def test_a_row_that_stands_twice_with_its_balance_counts_once(read: Read) -> None:
    row = unified("BTC", "", "TRANSFER_IN", "--", "0", "1", "1", "1", "--")
    fund = "1,2026-03-01 00:00:00,USDT,5.0,Deposit,5.0,Deposit"
    for content in (lines(UNIFIED, row, row), lines(FUNDING, fund, fund)):
        ledger = read(content)
        assert types(ledger) == ["transfer_in"]
        assert ids(ledger) == {"same_row_again", "reconciled", "from_elsewhere"}


def test_exports_put_one_after_another_are_said(read: Read) -> None:
    ledger = read(lines(HISTORY, DEPOSIT, HISTORY, DEPOSIT))
    assert [entry.record.line for entry in ledger.entries] == [2, 4]
    assert {"header_again", "alike_in_one_file"} <= ids(ledger)


def test_the_history_and_the_spot_trades_of_one_exchange_are_not_both_wanted(read: Read) -> None:
    history = lines(
        HISTORY, "1,2025-02-01 09:00:00,Spot,Buy,BTC,1,", "1,2025-02-01 09:00:00,Spot,Transaction Related,USDT,-9,"
    )
    fills = [f"2025-02-01 09:00:00,BTCUSDT,BUY,9,{base}BTC,{quote}USDT,0BTC" for base, quote in ((1, 9), (0.4, 3.6))]
    assert types(read(history, lines(SPOT, fills[0]))) == ["exchange"]
    assert "told_twice" in ids(read(history, lines(SPOT, fills[1], fills[1])))


def test_several_fills_of_one_second_are_one_trade_whatever_their_order(read: Read) -> None:
    time = "1,2025-02-01 09:00:00,Spot,"
    rows = [
        "Buy,BTC,0.1,",
        "Buy,BTC,0.2,",
        "Sell,USDT,-3000,",
        "Sell,USDT,-6000,",
        "Fee,BNB,-0.001,",
        "Fee,BNB,-0.002,",
    ]
    for order in (rows, [rows[0], rows[2], rows[4], rows[1], rows[3], rows[5]]):
        (trade,) = read(lines(HISTORY, *(time + row for row in order))).trades()
        assert (trade["quantity"], trade["counter_quantity"], trade["fee"]["quantity"]) == ("9000", "0.3", "0.003")


def test_a_fee_alone_is_a_fee(read: Read) -> None:
    assert types(read(lines(HISTORY, "1,2025-02-01 09:00:00,Spot,Fee,BNB,-0.001,"))) == ["fee"]
    assert types(read(lines(SPOT, "2025-02-01 09:00:00,BTCUSDT,BUY,9,1BTC,9USDT,--"))) == ["exchange"]


def test_fees_in_two_coins_stand_for_themselves(read: Read) -> None:
    time = "1,2025-02-01 09:00:00,Spot,"
    rows = ["Buy,BTC,0.1,", "Sell,USDT,-3000,", "Fee,BNB,-0.001,", "Fee,BTC,-0.002,"]
    assert types(read(lines(HISTORY, *(time + row for row in rows)))) == ["exchange", "fee", "fee"]


def test_trades_of_one_second_are_paired_by_order_where_that_is_certain_enough_and_said(read: Read) -> None:
    time = "1,2025-02-01 09:00:00,Spot,"
    pairs = ["Buy,BTC,0.1,", "Sell,USDT,-3000,", "Buy,ETH,1,", "Sell,USDT,-2000,"]
    ledger = read(lines(HISTORY, *(time + row for row in pairs)))
    assert [(trade["counter_asset"], trade["quantity"]) for trade in ledger.trades()] == [
        ("BTC", "3000"),
        ("ETH", "2000"),
    ]
    assert "paired_by_order" in ids(ledger)
    mixed = [pairs[0], pairs[2], pairs[1], pairs[3]]
    kept = read(lines(HISTORY, *(time + row for row in mixed)), keep_going=True)
    assert [(each.line, each.id) for each in kept.unprocessed] == [(line, "several_trades") for line in (2, 3, 4, 5)]


def test_a_trade_across_two_seconds_is_one_and_two_trades_in_a_row_are_two(read: Read) -> None:
    def row(second: int, operation: str, coin: str, change: str) -> str:
        return f"1,2025-02-01 09:00:0{second},Spot,{operation},{coin},{change},"

    across = read(lines(HISTORY, row(1, "Binance Convert", "ETH", "1"), row(2, "Binance Convert", "USDT", "-9")))
    assert types(across) == ["exchange"]
    two = [
        row(second, operation, coin, change)
        for second in (1, 2)
        for operation, coin, change in (("Buy", "BTC", "1"), ("Sell", "USDT", "-9"))
    ]
    assert types(read(lines(HISTORY, *two))) == ["exchange", "exchange"]


def test_purchases_without_their_price_are_told(read: Read) -> None:
    bought = read(lines(HISTORY, "1,2025-02-01 09:00:00,Funding,P2P Trading,USDT,250,P2P"))
    assert types(bought) == ["buy"]
    assert "total" not in bought.trades()[0]
    assert "no_price" in ids(bought)
    both = lines(
        HISTORY,
        "1,2025-02-01 09:00:00,Spot,Buy Crypto With Fiat,BTC,0.1,",
        "1,2025-02-01 09:00:00,Spot,Buy Crypto With Fiat,KZT,-5000000,",
    )
    (trade,) = read(both).trades()
    assert (trade["type"], trade["total"], trade["currency"]) == ("buy", "5000000", "KZT")
    card = lines(FUNDING, "1,2026-03-01 00:00:00,BTC,0.1,Fiat,0.1,Buy Crypto with Card")
    assert types(read(card)) == ["buy"]
    sold = lines(FUNDING, "1,2026-03-01 00:00:00,USDT,-5,Fiat,0,P2P Sale")
    assert types(read(sold)) == ["sell"]
    spent = lines(
        FUNDING, "1,2026-03-01 00:00:00,USDT,-5,Bybit Card,0,Sale", "1,2026-03-01 00:00:00,USD,5,Bybit Card,5,Purchase"
    )
    assert types(read(spent)) == ["spend"]


def test_money_for_money_is_no_trade(read: Read) -> None:
    free = read(lines(SPOT, "2025-02-01 09:00:00,EURTRY,SELL,30,10EUR,300TRY,0TRY"))
    assert [each.record.line for each in free.entries] == [2, 2]
    deposit = read(lines(FUNDING, "1,2026-03-01 00:00:00,EUR,17.43,Fiat,17.43,Deposit"))
    assert deposit.trades() == []
    assert [(row.asset, f"{row.closing:f}") for row in deposit.reconciled] == [("EUR", "17.43")]
    ledger = read(lines(SPOT, "2025-02-01 09:00:00,EURTRY,SELL,30,10EUR,300TRY,0.3TRY"))
    assert ledger.trades() == []
    assert [(entry.record.quantity, getattr(entry.record, "currency", "")) for entry in ledger.entries] == [
        (Decimal(-10), "EUR"),
        (Decimal(300), "TRY"),
        (Decimal("-0.3"), "TRY"),
    ]


def test_bybits_conversions_rebates_and_older_header(read: Read) -> None:
    converted = lines(
        UNIFIED,
        unified("ETH", "", "--", "--", "0", "-1", "-1", "0", "--"),
        unified("USDT", "", "--", "--", "0", "9", "9", "9", "--"),
    )
    assert types(read(converted)) == ["exchange"]
    several = lines(UNIFIED, *converted.splitlines()[1:], unified("BTC", "", "--", "--", "0", "-1", "-1", "0", "--"))
    assert {each.id for each in read(several, keep_going=True).unprocessed} == {"several_trades"}
    rebate = lines(
        UNIFIED,
        unified("BTC", "BTCUSDT", "TRADE", "BUY", "0", "1", "1", "1", "--"),
        unified("USDT", "BTCUSDT", "TRADE", "BUY", "0.1", "-9", "-8.9", "0", "--"),
    )
    assert types(read(rebate)) == ["exchange", "reward"]
    older = lines(OLDER_UNIFIED, "1,BTC,,TRANSFER_IN,--,0,0,0,1,1,1,--,2026-03-02 01:00:00")
    assert types(read(older)) == ["transfer_in"]


def test_rows_of_zero_are_told(read: Read) -> None:
    for content in (
        lines(HISTORY, "1,2025-02-01 09:00:00,Spot,Deposit,BTC,0,"),
        lines(FUNDING, "1,2026-03-01 00:00:00,USDT,0,Deposit,5.0,Deposit"),
        lines(UNIFIED, unified("BTC", "", "TRANSFER_IN", "--", "0", "0", "0", "1", "--")),
    ):
        assert "nothing_moved" in ids(read(content))


def test_rows_of_several_users_are_told(read: Read) -> None:
    ledger = read(lines(HISTORY, DEPOSIT, "2" + DEPOSIT[1:]))
    assert "several_users" in ids(ledger)


def test_values_without_a_currency_are_not_used_and_said(read: Read) -> None:
    mined = "Mining,1,BTC,500,,,,,,,W,2025-01-10 09:00:00,"
    ledger = read(lines(BITTYTAX, mined))
    assert "total" not in ledger.trades()[0]
    assert "value_not_used" in ids(ledger)
    swap = "Trade,1,ETH,,1,BTC,700,,,,W,2025-01-10 09:00:00,"
    named = BITTYTAX.replace("Value", "Value in KZT")
    for unused in (
        "Trade,1,ETH,700,1,BTC,,,,,W,2025-01-10 09:00:00,",
        "Trade,1,ETH,,700,KZT,700,,,,W,2025-01-10 09:00:00,",
        "Deposit,1,ETH,700,,,,,,,W,2025-01-10 09:00:00,",
        "Spend,,,,1,ETH,,0.1,ETH,70,W,2025-01-10 09:00:00,",
    ):
        assert "value_not_used" in ids(read(lines(named, unused))), unused
    assert read(lines(named, swap)).trades()[0]["total"] == "700"


def test_fees_of_records_of_money_stand_for_themselves(read: Read) -> None:
    deposit = "2025-05-01T10:00:00Z,Transfer In,,,,100,EUR,W,{fee},{coin},,"
    money = read(lines(TAXBIT, deposit.format(fee=1, coin="EUR")))
    assert [entry.record.quantity for entry in money.entries] == [100, -1]
    assert types(read(lines(TAXBIT, deposit.format(fee=1, coin="BNB")))) == ["fee"]


def test_a_pools_commission_in_another_asset_is_left_out_and_said(read: Read) -> None:
    row = "1,090140001234,M,L,2025-01-15,w,31.05.2026,BTC,1,1,01.06.2026,{coin},{fee},,"
    ledger = read(lines(SMP1, row.format(coin="LTC", fee="0.1")))
    assert ledger.digital_assets_distributed()[0]["pool_commission_quantity"] == "0"
    assert "commission_in_another_asset" in ids(ledger)
    (kept,) = read(lines(SMP1, row.format(coin="BTC", fee="-0.1")), keep_going=True).unprocessed
    assert kept.id == "not_above_zero"


def test_semicolons_go_with_decimal_commas_in_the_neutral_table(read: Read) -> None:
    ledger = read(lines("type;at;asset;quantity;total;currency", "buy;2026-01-05T12:00:00Z;BTC;0,5;22500000,50;KZT"))
    assert (ledger.trades()[0]["quantity"], ledger.trades()[0]["total"]) == ("0.5", "22500000.5")


@pytest.mark.parametrize("cell", ["1,500", "0,500", "-1,500", "0,5"])
def test_a_comma_between_commas_is_no_thousand_for_sure(read: Read, cell: str) -> None:
    row = f'sell,2026-01-05T12:00:00Z,BTC,"{cell}"'
    with pytest.raises(kztax.UnreadableInput, match=r"export\.csv, line 2: quantity: " + cell):
        read(lines("type,at,asset,quantity", row))
    with pytest.raises(kztax.UnreadableInput, match=r"export\.csv, line 2: 9: " + cell):
        read(lines(SMP1, f'1,090140001234,,,,w,15.03.2026,BTC,"{cell}",,16.03.2026,,,,'))


def test_thousands_that_can_be_nothing_else_are_read(read: Read) -> None:
    rows = [f'buy,2026-01-05T12:00:0{place}Z,BTC,"{cell}"' for place, cell in enumerate(("1,500.00", "1,500,000"))]
    ledger = read(lines("type,at,asset,quantity", *rows))
    assert [row["quantity"] for row in ledger.trades()] == ["1500", "1500000"]
    assert number("1,500", "Executed") == 1500
    with pytest.raises(Misread):
        number("0,500", "Executed")


def test_a_neutral_table_reconciles_without_an_account(read: Read) -> None:
    rows = ["buy,2026-01-05T12:00:00Z,BTC,1,1", "sell,2026-01-06T12:00:00Z,BTC,0.4,0.6"]
    ledger = read(lines("type,at,asset,quantity,balance", *rows))
    assert ledger.fit
    assert [(row.asset, row.stated, row.difference) for row in ledger.reconciled] == [("BTC", True, Decimal(0))]


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("type,at,asset,quantity,colour", "“colour” is not known"),
        ("type,at,asset,quantity,type", "“type” stands twice"),
    ],
)
def test_columns_of_the_neutral_table_that_are_not_known_or_stand_twice(read: Read, header: str, says: str) -> None:
    with pytest.raises(kztax.UnreadableInput, match=rf"export\.csv, line 1: the column {says}"):
        read(lines(header, "buy,2026-01-05T12:00:00Z,BTC,1,x"), keep_going=True)


@settings(deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=18, min_value=-(10**11), max_value=10**11))
def test_numbers_keep_every_digit(value: Decimal) -> None:
    for text in (f"{value:f}", f"{value:E}", f"{value:f}00", f" {value:,f} "):
        assert number(text, "x") == value


@settings(deadline=None)
@given(st.text(alphabet=string.printable + "٣−…\u202e\0", max_size=30))
def test_anything_else_is_no_number_and_no_crash(text: str) -> None:
    with contextlib.suppress(Misread):
        assert number(text, "x") == Decimal(text.strip().replace(",", ""))


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from([HISTORY, SPOT, UNIFIED, FUNDING, TAXBIT, BITTYTAX, SMP1, NEUTRAL]))
def test_no_bytes_below_a_header_crash_or_vanish(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, header: str
) -> None:
    path = tmp_path_factory.mktemp("any") / "any.csv"
    content = content.replace(b'"', b"")  # a quoted cell may hold line ends, and then lines are not rows
    path.write_bytes(header.encode() + b"\n" + content)
    plugins = Plugins([kztax_exchanges], discover=False)
    ledger = read_ledger([path], plugins=plugins, keep_going=True, zone="UTC")
    filled = {line for line, raw in enumerate(content.split(b"\n"), start=2) if raw.strip(b" \t\r")}
    told = {each.line for each in ledger.unprocessed} | {entry.record.line for entry in ledger.entries}
    assert told == filled


def test_the_words_are_there_in_every_language_with_the_same_blanks() -> None:
    for name, words in WORDS.items():
        assert set(words) == {"en", "ru", "kk"}, name
        blanks = [
            {name for _, name, _, _ in string.Formatter().parse(words[locale]) if name} for locale in ("en", "ru", "kk")
        ]
        assert blanks[0] == blanks[1] == blanks[2], name
        assert len(set(words.values())) == 3, name


def test_every_reason_that_is_said_has_words() -> None:

    folder = Path(kztax_exchanges.__file__).parent
    code = "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    used = set(re.findall(r'(?:Misread|said|note|_bad|add)\(\s*(?:[a-z.]+, )?"([a-z0-9_]+)"', code))
    used |= {"several_trades", "unknown_operation"}
    assert used == set(WORDS)
