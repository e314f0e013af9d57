"""Published tables, CSV and XLSX: read exactly or refused by cell; a workbook may be hostile."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from kztax_aifc.official import HowToRead, observations_in

import kztax
from kztax.store import Observation

CSV = "asset,day,value,currency\nBTC,2026-03-13,80000.5,USD\nstETH,13.03.2026,3500,USD\n"
HOW = HowToRead("the contractor's site", date(2026, 4, 24))


def workbook(*rows: tuple[Any, ...], sheet: str = "Март") -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def read(content: bytes | str, how: HowToRead = HOW) -> list[Observation]:
    return list(observations_in(content.encode() if isinstance(content, str) else content, "table", how))


def test_a_csv() -> None:
    btc, steth = read(CSV)
    assert (btc.kind, btc.key, btc.day, btc.value, btc.currency) == (
        "value.official", "BTC", date(2026, 3, 13), Decimal("80000.5"), "USD",
    )  # fmt: skip
    assert (btc.source, btc.published_on, len(btc.digest)) == ("the contractor's site", date(2026, 4, 24), 64)
    assert (steth.key, steth.digest) == ("STETH", btc.digest)


def test_a_workbook_reads_numbers_as_a_spreadsheet_shows_them_and_days_as_days() -> None:
    content = workbook(
        ("Тикер", "Дата", "Стоимость"),
        ("BTC", datetime(2026, 3, 13), 80000.1),  # noqa: DTZ001 - a cell has no zone
        ("ETH", date(2026, 3, 13), 3500),
        ("DOGE", "13.03.2026", 67.56999999999999),
        (None, None, None),
        ("KAS", "2026-03-13", 8.9e-06),
    )
    how = HowToRead(
        "site",
        date(2026, 4, 24),
        currency="USD",
        renamed={"asset": "тикер", "day": "Дата", "value": "Стоимость"},
        sheet="Март",
    )
    values = [each.value for each in read(content, how)]
    assert values == [Decimal("80000.1"), Decimal(3500), Decimal("67.57"), Decimal("0.0000089")]
    with pytest.raises(kztax.UnreadableInput, match="Март"):
        read(content, HowToRead("site", date(2026, 4, 24), currency="USD", sheet="Апрель"))


def test_numbers_of_a_workbook_need_no_decimal_sign_and_words_have_the_one_that_was_said() -> None:
    content = workbook(
        ("asset", "day", "value", "currency"),
        ("BTC", "2026-03-13", 80000.5, "USD"),
        ("ETH", "2026-03-13", "3 500,25", "USD"),
    )
    values = [each.value for each in read(content, HowToRead("site", date(2026, 4, 24), decimal_comma=True))]
    assert values == [Decimal("80000.5"), Decimal("3500.25")]


def test_a_formula_is_never_computed() -> None:
    content = workbook(("asset", "day", "value", "currency"), ("BTC", "2026-03-13", "=WEBSERVICE(1)", "USD"))
    with pytest.raises(kztax.UnreadableInput, match="the cell is empty"):
        read(content)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (CSV.replace("80000.5", "0"), "table_cell_zero"),
        (CSV.replace("80000.5", "-1"), "table_cell_number"),
        (CSV.replace("2026-03-13", "2026-05-01"), "published_before_day"),
        (CSV.replace("BTC", "Bitcoin (BTC)"), "not_an_asset"),
        (CSV.replace(",USD\nstETH", ",usd\nstETH"), "not_a_currency"),
        (CSV.replace(",USD\nstETH", ",\nstETH"), "currency_of_table_missing"),
        ("asset,day,value\nBTC,2026-03-13,1\n", "currency_of_table_missing"),
        ("", "table_column_missing"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(text: str, reason: str) -> None:
    with pytest.raises(kztax.KztaxError) as refused:
        read(text)
    assert refused.value.reason == reason
    assert len({refused.value.message(locale) for locale in ("en", "ru", "kk")}) == 3


def test_a_currency_of_the_caller_must_be_one() -> None:
    with pytest.raises(kztax.InvalidFacts, match="tenge is not a currency"):
        read("asset,day,value\nBTC,2026-03-13,1\n", HowToRead("site", date(2026, 4, 24), currency="tenge"))


def changed(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as theirs, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as ours:
        for name in theirs.namelist():
            data = theirs.read(name)
            if name == part:
                assert old in data
                data = data.replace(old, new)
            ours.writestr(name, data)
    return made.getvalue()


def test_hostile_workbooks() -> None:
    good = workbook(("asset", "day", "value", "currency"), ("BTC", "2026-03-13", 1, "USD"))
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet '
    foreign = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet '
    sheet = "xl/worksheets/sheet1.xml"
    for content in (
        good[: len(good) // 2],
        good[:4] + b"not a zip",
        changed(good, sheet, b"<worksheet ", bomb),
        changed(good, sheet, b"<worksheet ", foreign),
        changed(good, sheet, b"</sheetData>", b""),
        changed(good, "xl/workbook.xml", b"<workbook ", b"<nothing "),
    ):
        with pytest.raises(kztax.UnreadableInput) as refused:
            read(content)
        assert refused.value.reason == "table_unreadable"
        assert str(refused.value).isprintable()


def test_a_workbook_that_claims_a_million_columns_is_read_as_it_is() -> None:
    good = workbook(("asset", "day", "value", "currency"), ("BTC", "2026-03-13", 1, "USD"))
    content = changed(good, "xl/worksheets/sheet1.xml", b'ref="A1:D2"', b'ref="A1:XFD1048576"')
    assert len(read(content)) == 1


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 301_000_000)
    assert len(made.getvalue()) < 400_000
    monkeypatch.setattr(openpyxl, "load_workbook", None)
    with pytest.raises(kztax.UnreadableInput, match="larger than"):
        read(made.getvalue())


def test_the_safe_reader_is_not_switched_off_unnoticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openpyxl, "DEFUSEDXML", False)
    with pytest.raises(kztax.UnreadableInput, match="OPENPYXL_DEFUSEDXML"):
        read(workbook(("asset", "day", "value", "currency")))


def test_nothing_of_this_machine_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("12345")
    good = workbook(("asset", "day", "value", "currency"), ("BTC", "2026-03-13", 1, "USD"))
    entity = f'<!DOCTYPE x [<!ENTITY a SYSTEM "{secret.as_uri()}">]><worksheet '.encode()
    hostile = changed(good, "xl/worksheets/sheet1.xml", b"<worksheet ", entity)
    hostile = changed(hostile, "xl/worksheets/sheet1.xml", b"<v>1</v>", b"<v>&a;</v>")
    with pytest.raises(kztax.UnreadableInput):
        read(hostile)
