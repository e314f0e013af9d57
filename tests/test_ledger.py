"""The ledger: files read through plugins, without repeats, in order, reconciled; what does not fit is named."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kztax
from kztax.core.words import Words, shown
from kztax.explain.catalog import LOCALES
from kztax.hooks import (
    LedgerAnswer,
    LedgerBalance,
    LedgerCash,
    LedgerDistribution,
    LedgerFee,
    LedgerFinding,
    LedgerTrade,
    LedgerUnprocessed,
    LedgerUnreadable,
    Severity,
    hookimpl,
)
from kztax.ledger import Finding, Ledger, Progress, read_ledger, zone_of
from kztax.plugins import Plugins

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def trade(line: int = 2, seconds: int = 0, **fields: Any) -> LedgerTrade:
    given = {"type": "buy", "asset": "BTC", "quantity": Decimal(1), "account": "A", **fields}
    return LedgerTrade(line=line, at=at(seconds), **given)


def balance(line: int, seconds: int, change: str, after: str) -> LedgerBalance:
    return LedgerBalance(
        line=line, at=at(seconds), account="A", asset="BTC", change=Decimal(change), after=Decimal(after)
    )


def reader(name: str = "reader", **answers: Any) -> Any:
    """A plugin that reads the files named; a value is the records, or what makes them from path and zone."""

    def kztax_ledger(path: Path, zone: tzinfo | None) -> Any:
        answer = answers.get(path.stem)
        if callable(answer):
            return answer(path, zone)
        return answer if answer is None else LedgerAnswer(source=f"format of {name}", records=answer)

    return SimpleNamespace(__name__=name, kztax_ledger=hookimpl(kztax_ledger))


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Ledger]:
    def call(plugins: Any, *names: str, **options: Any) -> Ledger:
        paths = []
        for name in names:
            path = tmp_path / f"{name}.csv"
            path.write_text(f"content of {name}\n")
            paths.append(path)
        given = plugins if isinstance(plugins, list) else [plugins]
        return read_ledger(paths, plugins=Plugins(given, discover=False), **options)

    return call


Read = Callable[..., Ledger]


def ids(ledger: Ledger) -> list[str]:
    return [finding.id for finding in ledger.findings]


def found(ledger: Ledger, id: str) -> Finding:
    (finding,) = (each for each in ledger.findings if each.id == id)
    for locale in LOCALES:
        assert finding.message(locale)
    assert len({finding.message(locale) for locale in LOCALES}) == len(LOCALES)
    return finding


def test_trades_come_out_in_the_shape_of_the_contract_and_in_order_of_time(read: Read) -> None:
    records = [
        trade(2, 60, type="sell", total=Decimal("5000.50"), currency="KZT", quantity=Decimal("0.10")),
        trade(
            3,
            0,
            type="exchange",
            counter_asset="USDT",
            counter_quantity=Decimal("1E+2"),
            fee=LedgerFee(asset="BNB", quantity=Decimal("0.0010")),
            id="X-1",
            source="foreign",
        ),
        trade(4, 30, type="gift_in", appraised_value=Decimal(7), appraised_on=NOON.date(), currency="KZT"),
    ]
    assert read(reader(one=records), "one").trades() == [
        {
            "id": "X-1",
            "type": "exchange",
            "at": "2026-03-01T12:00:00+00:00",
            "asset": "BTC",
            "quantity": "1",
            "counter_asset": "USDT",
            "counter_quantity": "100",
            "account": "A",
            "source": "foreign",
            "fee": {"asset": "BNB", "quantity": "0.001"},
        },
        {
            "id": "one.csv:4",
            "type": "gift_in",
            "at": "2026-03-01T12:00:30+00:00",
            "asset": "BTC",
            "quantity": "1",
            "currency": "KZT",
            "account": "A",
            "appraised_value": "7",
            "appraised_on": "2026-03-01",
        },
        {
            "id": "one.csv:2",
            "type": "sell",
            "at": "2026-03-01T12:01:00+00:00",
            "asset": "BTC",
            "quantity": "0.1",
            "total": "5000.5",
            "currency": "KZT",
            "account": "A",
        },
    ]


def test_ids_are_unique_whatever_the_files_say(read: Read) -> None:
    records = [trade(2, 0, id="X"), trade(3, 1, id="X"), trade(4, 2, id="X (2)")]
    assert [row["id"] for row in read(reader(one=records), "one").trades()] == ["X", "X (2)", "X (2) (2)"]


def test_a_file_that_lists_the_newest_first_is_turned_round(read: Read) -> None:
    records = [trade(2, 9), trade(3, 5, quantity=Decimal(2)), trade(4, 5, quantity=Decimal(3)), trade(5, 0)]
    assert [entry.record.line for entry in read(reader(one=records), "one").entries] == [5, 4, 3, 2]


def test_trades_of_one_second_keep_the_order_of_the_file_whenever_the_reader_tells_them(read: Read) -> None:
    records = [trade(5, 0, type="spend"), trade(2, 0), trade(6, 1)]
    assert [entry.record.line for entry in read(reader(one=records), "one").entries] == [2, 5, 6]


def test_balances_without_an_account_are_those_of_trades_without_one(read: Read) -> None:
    records = [
        trade(2, 0, account=None),
        replace(balance(2, 0, "1", "1"), account=None),
        trade(3, 1, account=None, type="sell", quantity=Decimal(2)),
    ]
    whole = read(reader(one=records[:2]), "one")
    (row,) = whole.reconciled
    assert (row.account, row.stated, row.difference) == ("", True, Decimal(0))
    assert whole.fit
    assert found(read(reader(one=records), "one"), "does_not_reconcile").message("ru").startswith("—, BTC: ")
    assert found(read(reader(one=records[2:]), "one"), "negative_balance").message("ru").startswith("—, BTC: ")


def test_equal_trades_of_two_files_are_one_and_of_one_file_are_two(read: Read) -> None:
    twice = [trade(2, 0), trade(3, 0), trade(4, 5)]
    ledger = read(reader(one=twice, two=[trade(2, 0), trade(3, 0), trade(4, 0), trade(5, 5)]), "one", "two")
    assert [(entry.file, entry.record.line) for entry in ledger.entries] == [
        ("one.csv", 2),
        ("one.csv", 3),
        ("two.csv", 4),
        ("one.csv", 4),
    ]
    left_out = found(ledger, "repeats_left_out")
    assert (left_out.file, left_out.line, left_out.severity) == ("two.csv", 2, Severity.INFO)
    assert "3 records" in left_out.message()
    assert "2, 3, 5" in left_out.message()
    assert [(each.file, each.line) for each in ledger.findings if each.id == "alike_in_one_file"] == [
        ("one.csv", 3),
        ("two.csv", 4),
    ]
    assert [file.repeats for file in ledger.files] == [0, 3]


def test_a_key_is_one_event_wherever_it_stands(read: Read) -> None:
    keyed = [
        trade(2, 0, key="a"),
        trade(3, 0, key="a"),
        LedgerCash(line=4, at=at(1), currency="EUR", quantity=Decimal(1), key="b"),
    ]
    ledger = read(reader(one=keyed, two=[trade(2, 0, key="a"), trade(3, 0, key="c")]), "one", "two")
    assert [(entry.file, entry.record.line) for entry in ledger.entries] == [
        ("one.csv", 2),
        ("two.csv", 3),
        ("one.csv", 4),
    ]
    assert [file.repeats for file in ledger.files] == [1, 1]


@settings(deadline=None)
@given(
    events=st.lists(st.tuples(st.integers(0, 5), st.integers(1, 3)), max_size=12),
    cuts=st.tuples(st.integers(0, 12), st.integers(0, 12)),
)
def test_overlapping_exports_come_to_what_one_export_would(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[int, int]], cuts: tuple[int, int]
) -> None:
    everything = [
        trade(line, seconds, quantity=Decimal(quantity))
        for line, (seconds, quantity) in enumerate(sorted(events), start=2)
    ]
    # Exports are cut between moments, never inside one.
    low, high = sorted(cut / 2 for cut in cuts)
    first = [each for each in everything if each.at <= at(0) + timedelta(seconds=high)]
    second = [each for each in everything if each.at >= at(0) + timedelta(seconds=low)]
    folder = tmp_path_factory.mktemp("exports")
    paths = {name: folder / f"{name}.csv" for name in ("all", "first", "second")}
    for name, path in paths.items():
        path.write_text(name)
    plugins = Plugins([reader(all=everything, first=first, second=second)], discover=False)

    def told(*names: str) -> list[tuple[datetime, Decimal]]:
        ledger = read_ledger([paths[name] for name in names], plugins=plugins)
        return [(entry.at, entry.record.quantity) for entry in ledger.entries]

    assert sorted(told("first", "second")) == sorted(told("all"))
    assert sorted(told("second", "first")) == sorted(told("all"))


def test_the_same_content_twice_is_read_once_and_said(tmp_path: Path) -> None:
    for name in ("one", "copy", "other"):
        (tmp_path / f"{name}.csv").write_text("12345" if name != "other" else "54321")
    plugins = Plugins([reader(one=[trade()], other=[trade(2, 5)])], discover=False)
    ledger = read_ledger([tmp_path / f"{name}.csv" for name in ("one", "copy", "other")], plugins=plugins)
    assert len(ledger.entries) == 2
    same = found(ledger, "same_file")
    assert (same.file, same.severity) == ("copy.csv", Severity.WARNING)
    assert "one.csv" in same.message()


def test_files_of_one_name_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.csv").write_text(folder)
    paths = [tmp_path / folder / "one.csv" for folder in ("a", "b")]
    ledger = read_ledger(paths, plugins=Plugins([reader(one=[trade()])], discover=False))
    assert [file.name for file in ledger.files] == [str(path) for path in paths]


WHY = Words(en="it is odd", ru="это странно", kk="бұл оғаш")
ODD = LedgerUnprocessed(line=7, id="odd", words=WHY, text="a,b\x1b[31m")


def test_a_line_that_is_not_understood_stops_the_reading_with_file_line_and_reason(read: Read) -> None:
    with pytest.raises(kztax.UnreadableInput) as refused:
        read(reader(one=[trade(), ODD, trade(8, 9)]), "one")
    error = refused.value
    assert (error.detail["file"], error.detail["line"]) == ("one.csv", 7)
    assert error.message() == "one.csv, line 7: it is odd"
    assert error.message("ru") == "one.csv, строка 7: это странно"
    assert error.message("kk") == "one.csv, 7-жол: бұл оғаш"
    assert error.as_json()["detail"]["why"] == "it is odd"
    assert pickle.loads(pickle.dumps(error)).message("ru") == error.message("ru")


def test_or_is_kept_with_its_reason_when_the_caller_goes_on(read: Read) -> None:
    ledger = read(reader(one=[trade(), ODD, trade(8, 9)]), "one", keep_going=True)
    (line,) = ledger.unprocessed
    assert (line.file, line.line, line.id, line.text) == ("one.csv", 7, "odd", "a,b\\x1b[31m")
    assert [line.message(locale) for locale in LOCALES] == ["it is odd", "это странно", "бұл оғаш"]
    assert not ledger.fit
    assert len(ledger.entries) == 2


def test_a_file_that_cannot_be_read_at_all_is_named(read: Read) -> None:
    def at_once(path: Path, zone: tzinfo | None) -> Any:
        raise LedgerUnreadable(WHY)

    def later(path: Path, zone: tzinfo | None) -> Any:
        def records() -> Iterator[LedgerTrade]:
            yield trade()
            raise LedgerUnreadable(WHY, 3)

        return LedgerAnswer(source="x", records=records())

    with pytest.raises(kztax.UnreadableInput, match=r"^one\.csv: it is odd$"):
        read(reader(one=at_once), "one", keep_going=True)
    with pytest.raises(kztax.UnreadableInput, match=r"^one\.csv, line 3: it is odd$"):
        read(reader(one=later), "one", keep_going=True)


def test_findings_of_plugins_are_told_with_file_and_line_heaviest_first(read: Read) -> None:
    records = [
        trade(),
        LedgerFinding(severity=Severity.INFO, id="hint", words=Words(en="only English")),
        LedgerFinding(severity=Severity.ERROR, id="wrong", words=WHY, line=5),
    ]
    ledger = read(reader(one=records), "one")
    assert [(each.id, each.where) for each in ledger.findings[:1]] == [("wrong", "one.csv:5")]
    assert not ledger.fit
    (hint,) = (each for each in ledger.findings if each.id == "hint")
    assert [hint.message(locale) for locale in LOCALES] == ["only English"] * 3
    assert hint.where == "one.csv"


def test_a_header_without_rows_is_said(read: Read) -> None:
    assert found(read(reader(one=[]), "one"), "no_rows").file == "one.csv"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the input is empty"),
        (b"PK\x03\x04....", "an archive or a workbook"),
        (b"\xff\xfeT\x00", "not UTF-8 text: byte 0"),
        (b"a,b\n1,\x00\n", "a NUL byte in line 2"),
        ("Дата;Сумма".encode("cp1251"), "not UTF-8 text: byte 0"),
        (b"\xef\xbb\xbfDate,Sum\x1b\n1,2\n", r"no installed plugin knows this file .*: Date,Sum\\x1b"),
    ],
    ids=["empty", "archive", "UTF-16", "NUL", "windows-1251", "another format"],
)
def test_a_file_that_no_plugin_knows_is_named_with_what_it_looks_like(
    tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / "odd.csv").write_bytes(content)
    with pytest.raises(kztax.UnreadableInput, match=says) as refused:
        read_ledger([tmp_path / "odd.csv"], plugins=Plugins([reader()], discover=False))
    assert refused.value.path == ("odd.csv",)
    assert len({refused.value.message(locale) for locale in LOCALES}) == len(LOCALES)


def test_one_file_needs_no_list(read: Read, tmp_path: Path) -> None:
    one = reader(one=[trade()])
    read(one, "one")
    plugins = Plugins([one], discover=False)
    path = tmp_path / "one.csv"
    assert read_ledger(path, plugins=plugins) == read_ledger(str(path), plugins=plugins)
    assert len(read_ledger(path, plugins=plugins).trades()) == 1


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    plugins = Plugins([reader()], discover=False)
    os.mkfifo(tmp_path / "pipe")
    null = ("a\0b", "null (byte|character)")
    for name, says in ((".", "not a file"), ("pipe", "not a file"), ("missing", "No such file"), null):
        with pytest.raises(kztax.UnreadableInput, match=says):
            read_ledger([tmp_path / name], plugins=plugins)


def test_a_file_larger_than_any_export_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kztax.ledger.files.LARGEST_BYTES", 3)
    (tmp_path / "one.csv").write_text("12345")
    with pytest.raises(kztax.UnreadableInput, match="larger than"):
        read_ledger([str(tmp_path / "one.csv")], plugins=Plugins([reader(one=[trade()])], discover=False))


def test_two_plugins_that_claim_a_file_are_a_conflict_unless_one_has_precedence(read: Read) -> None:
    with pytest.raises(kztax.PluginConflict, match="first, second"):
        read([reader("first", one=[trade()]), reader("second", one=[trade()])], "one")

    def ahead(path: Path, zone: tzinfo | None) -> LedgerAnswer:
        return LedgerAnswer(source="better", records=[trade(9)], priority=1)

    ledger = read([reader("first", one=[trade()]), reader("second", one=ahead)], "one")
    assert (ledger.files[0].plugin.name, ledger.files[0].format, ledger.files[0].lines) == ("second", "better", 9)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"source": "x", "records": "text"}, "records: .*iterable of ledger records"),
        ({"source": "x", "records": 5}, "records: .*iterable of ledger records"),
        ({"source": "x", "records": {}}, "records: .*iterable of ledger records"),
        ({"source": "", "records": []}, "source"),
        ({"source": "x", "records": [{"type": "buy"}]}, "dict is no record of a ledger"),
        ({"source": "x", "records": [None]}, "NoneType is no record of a ledger"),
    ],
    ids=["text", "number", "mapping", "no source", "mapping as record", "nothing as record"],
)
def test_an_answer_that_is_none_is_refused_and_the_plugin_named(read: Read, answer: Any, says: str) -> None:
    with pytest.raises(kztax.PluginAnswerRefused, match=f"“careless”.*kztax_ledger.*{says}"):
        read(reader("careless", one=lambda path, zone: answer), "one")


def test_a_plugin_that_raises_is_named_whenever_it_does(read: Read) -> None:
    def at_once(path: Path, zone: tzinfo | None) -> Any:
        raise OSError("gone")

    def later(path: Path, zone: tzinfo | None) -> Any:
        def records() -> Iterator[LedgerTrade]:
            yield trade()
            raise ZeroDivisionError

        return {"source": "x", "records": records()}

    for answer, says in ((at_once, "OSError: gone"), (later, "ZeroDivisionError")):
        with pytest.raises(kztax.PluginError, match=f"“weak” failed in kztax_ledger: {says}"):
            read(reader("weak", one=answer), "one")


@pytest.mark.parametrize(
    "fields",
    [
        {"quantity": Decimal(-1)},
        {"quantity": 0.5},
        {"type": "steal"},
        {"at": datetime(2026, 1, 1)},  # noqa: DTZ001 - a time without zone is what is refused
        {"type": "exchange"},
        {"counter_asset": "ETH"},
        {"price": Decimal(1)},
        {"asset": "B\nC"},
        {"line": 0},
    ],
    ids=str,
)
def test_a_trade_that_cannot_be_is_none(fields: dict[str, Any]) -> None:
    given = {"line": 2, "type": "buy", "at": NOON, "asset": "BTC", "quantity": Decimal(1), **fields}
    with pytest.raises(ValueError, match="validation error"):
        LedgerTrade(**given)


def test_the_caller_says_the_zone_of_times_that_bear_none(read: Read) -> None:
    asked: list[tzinfo | None] = []

    def zoned(path: Path, zone: tzinfo | None) -> LedgerAnswer:
        asked.append(zone)
        return LedgerAnswer(source="x", records=[trade()])

    for zone in (None, "+05:00", timezone(timedelta(hours=6))):
        read(reader(one=zoned), "one", zone=zone)
    assert asked == [None, timezone(timedelta(hours=5)), timezone(timedelta(hours=6))]


@pytest.mark.parametrize(
    ("text", "winter_2023", "winter_2025"),
    [("Asia/Almaty", 6, 5), ("UTC", 0, 0), ("+05:00", 5, 5), ("UTC+5", 5, 5), ("GMT-0330", -3.5, -3.5), ("z", 0, 0)],
)
def test_zones(text: str, winter_2023: float, winter_2025: float) -> None:
    for year, hours in ((2023, winter_2023), (2025, winter_2025)):
        assert datetime(year, 1, 15, tzinfo=zone_of(text)).utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "Almaty", "Asia/Nowhere", "+25:00", "../etc/passwd", "/etc/localtime", "UTC+5x"])
def test_a_zone_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(kztax.InvalidFacts, match="no such time zone"):
        zone_of(text)


def test_progress_is_told_on_long_files_and_at_the_end_of_each(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kztax.ledger.reader.PROGRESS_EVERY", 2)
    told: list[Progress] = []
    many = [trade(line, line) for line in range(2, 7)]
    read(reader(one=many, two=[trade(9, 99)]), "one", "two", progress=told.append)
    assert told == [
        Progress("one.csv", 1, 2, 3),
        Progress("one.csv", 1, 2, 5),
        Progress("one.csv", 1, 2, 6),
        Progress("two.csv", 2, 2, 9),
    ]


def reconciled(ledger: Ledger) -> dict[str, tuple[str, str, str, bool]]:
    return {
        row.asset: (f"{row.opening:f}", f"{row.movements:f}", f"{row.closing:f}", row.stated)
        for row in ledger.reconciled
    }


def test_opening_and_movements_come_to_the_exchanges_own_closing(read: Read) -> None:
    records = [
        balance(2, 0, "1", "3"),
        trade(2, 0, total=Decimal(100), currency="EUR", fee=LedgerFee(asset="EUR", quantity=Decimal(2))),
        balance(3, 5, "-0.5", "2.5"),
        trade(3, 5, type="exchange", quantity=Decimal("0.5"), counter_asset="ETH", counter_quantity=Decimal(4)),
        LedgerCash(line=4, at=at(6), currency="EUR", quantity=Decimal(500), account="A"),
    ]
    ledger = read(reader(one=records), "one")
    assert reconciled(ledger) == {
        "BTC": ("2", "0.5", "2.5", True),
        "ETH": ("0", "4", "4", False),
        "EUR": ("0", "398", "398", False),
    }
    assert ids(ledger) == ["reconciled"]
    assert found(ledger, "reconciled").severity is Severity.INFO
    assert ledger.fit


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_row_that_is_missing_from_the_file_is_found_with_its_place(read: Read, newest_first: bool) -> None:
    rows = [(0, "1", "1"), (10, "2", "3"), (20, "-1", "2"), (30, "5", "7")]
    del rows[2]
    if newest_first:
        rows.reverse()
    records: list[Any] = []
    for line, (seconds, change, after) in enumerate(rows, start=2):
        records += [balance(line, seconds, change, after), trade(line, seconds, quantity=Decimal(change))]
    ledger = read(reader(one=records), "one")
    broken = found(ledger, "balance_break")
    assert (broken.severity, broken.line) == (Severity.ERROR, 3 if newest_first else 4)
    assert "the balance 2 does not follow from 3" in broken.message()
    assert "difference -1" in found(ledger, "does_not_reconcile").message()
    assert not ledger.fit


def test_rows_of_one_second_may_stand_in_any_order(read: Read) -> None:
    # 0 → +5 → 5 → −2 → 3 → +1 → 4, told in another order; then a second that leads back to where it began.
    records: list[Any] = []
    for line, (seconds, change, after) in enumerate(
        [(0, "1", "4"), (0, "5", "5"), (0, "-2", "3"), (9, "-4", "0"), (9, "4", "4")], start=2
    ):
        quantity = Decimal(change)
        kind = "buy" if quantity > 0 else "sell"
        records += [balance(line, seconds, change, after), trade(line, seconds, type=kind, quantity=abs(quantity))]
    ledger = read(reader(one=records), "one")
    assert reconciled(ledger)["BTC"] == ("0", "4", "4", True)
    assert "balance_break" not in ids(ledger)


def test_a_file_may_lead_back_to_where_it_began(read: Read) -> None:
    records = [balance(2, 0, "1", "3"), balance(3, 0, "-1", "2"), trade(2, 0), trade(3, 0, type="sell")]
    ledger = read(reader(one=records), "one")
    (bitcoin,) = ledger.reconciled
    assert bitcoin.opening == bitcoin.closing
    assert ledger.fit


def test_installed_plugins_are_asked_unless_others_are_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KZTAX_LOAD_PLUGINS", "")
    (tmp_path / "one.csv").write_text("a,b\n")
    with pytest.raises(kztax.UnreadableInput, match="pip install kztax-exchanges"):
        kztax.read_ledger([tmp_path / "one.csv"])


def test_a_chain_that_is_broken_inside_one_second_is_found(read: Read) -> None:
    records = [balance(2, 0, "1", "1"), balance(3, 0, "1", "9"), trade(2, 0), trade(3, 0)]
    assert found(read(reader(one=records), "one"), "balance_break").line == 2


def test_an_export_missing_between_two_is_found(read: Read) -> None:
    january = [balance(2, 0, "1", "1"), trade(2, 0)]
    march = [balance(2, 900, "1", "6"), trade(2, 900)]
    ledger = read(reader(march=march, january=january), "march", "january")
    gap = found(ledger, "gap_between_files")
    assert (gap.severity, gap.file, gap.line) == (Severity.WARNING, "march.csv", 2)
    assert "january.csv ends with 1, this file begins with 5" in gap.message()
    assert "difference 4" in found(ledger, "does_not_reconcile").message()


def test_lines_left_unprocessed_are_told_where_balances_do_not_agree(read: Read) -> None:
    records = [balance(2, 0, "1", "1"), trade(2, 0), balance(7, 5, "1", "2"), ODD]
    ledger = read(reader(one=records), "one", keep_going=True)
    assert "lines not processed: 1" in found(ledger, "does_not_reconcile").message()


def test_more_than_was_ever_there_is_a_warning_where_no_balance_is_stated(read: Read) -> None:
    records = [
        trade(2, 0, total=Decimal(9), currency="EUR"),
        trade(3, 5, type="spend", quantity=Decimal(3)),
        trade(4, 5, type="reward", quantity=Decimal("0.5")),
    ]
    ledger = read(reader(one=records), "one")
    negative = found(ledger, "negative_balance")
    assert (negative.file, negative.line, negative.severity) == ("one.csv", 4, Severity.WARNING)
    assert "-1.5 at 2026-03-01T12:00:05+00:00" in negative.message()
    assert "A" in found(ledger, "no_balances").message()


def test_what_came_in_by_transfer_from_outside_the_files_is_told(read: Read) -> None:
    records = [
        trade(2, 0, type="transfer_in", quantity=Decimal(3)),
        trade(3, 5, type="transfer_out"),
        trade(4, 6, type="transfer_in", account="B"),
    ]
    assert "from_elsewhere" not in ids(read(reader(one=records[1:]), "one"))
    elsewhere = found(read(reader(one=records), "one"), "from_elsewhere")
    assert elsewhere.message().startswith("3 BTC more came in")


def test_two_formats_of_one_venue_must_not_tell_of_the_same_days(read: Read) -> None:
    def told(source: str, *seconds: int, kind: str = "buy") -> Any:
        records = [trade(line, second, type=kind) for line, second in enumerate(seconds, start=2)]
        return lambda path, zone: LedgerAnswer(source=source, venue="V", records=records)

    twice = read(reader(one=told("history", 0, 9), two=told("spot", 5, 20)), "one", "two")
    assert found(twice, "told_twice").severity is Severity.ERROR
    assert not twice.fit
    for other in (told("spot", 10, 20), told("history", 5, 20), told("spot", 5, kind="reward")):
        assert "told_twice" not in ids(read(reader(one=told("history", 0, 9), two=other), "one", "two"))


def test_a_pools_rows_come_out_in_the_shape_of_the_contract(read: Read) -> None:
    def row(line: int, miner: str, **fields: Any) -> LedgerDistribution:
        given = {"asset": "BTC", "quantity": Decimal("0.50"), "received_on": NOON.date(), **fields}
        return LedgerDistribution(line=line, miner=miner, **given)

    records = [row(2, "1", pool_commission_quantity=Decimal("0.01")), row(3, "2"), row(4, "2")]
    ledger = read(reader(one=records, two=[row(2, "2")]), "one", "two")
    assert ledger.digital_assets_distributed("1") == [
        {"asset": "BTC", "quantity": "0.5", "pool_commission_quantity": "0.01", "received_on": "2026-03-01"}
    ]
    assert len(ledger.digital_assets_distributed("2")) == 2
    assert len(ledger.digital_assets_distributed()) == 3
    assert "1, 2" in found(ledger, "several_miners").message()
    assert ledger.files[1].repeats == 1


def test_no_plugin_is_asked_for_more_than_it_tells(read: Read) -> None:
    drawn: list[Any] = []

    def many(path: Path, zone: tzinfo | None) -> LedgerAnswer:
        def records() -> Iterable[Any]:
            try:
                for line in range(2, 1000):
                    drawn.append(line)
                    yield ODD
            finally:
                drawn.append("closed")

        return LedgerAnswer(source="x", records=records())

    with pytest.raises(kztax.UnreadableInput):
        read(reader(one=many), "one")
    assert drawn == [2, "closed"]


def test_words_of_strangers_cannot_forge_a_line() -> None:
    assert shown("a\nb\u202ec\x07") == "a\\nb\\u202ec\\x07"
    assert shown("x" * 600).endswith("x…")
    assert len(Words(en="x" * 600).en) == 500
    assert str(Words(en="a\r\nb")) == "a\\r\\nb"
