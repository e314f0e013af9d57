"""Published tables: a cell is read as it stands, or refused by file, row and column."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

import kztax
from kztax.tables import Row, csv_cells, renamed_columns, table


def rows(text: str, **how: object) -> list[Row]:
    options = {"required": ("day", "value"), "optional": ("currency",), **how}
    return list(table(csv_cells(text.encode(), "t.csv"), "t.csv", **options))  # type: ignore[arg-type]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_columns_are_found_by_heading_in_any_order_and_case(mark: str) -> None:
    (row,) = rows(f"\ufeffValue{mark} other {mark}DAY\n 80 000.5{mark}x{mark}13.03.2026\n{mark}{mark}\n")
    assert (row.number, row.day("day"), row.amount("value")) == (2, date(2026, 3, 13), Decimal("80000.5"))
    assert "currency" not in row.cells


def test_a_decimal_comma_is_read_only_where_it_was_said() -> None:
    text = "day;value\n2026-03-13;1\xa0234,5\n"
    assert rows(text, decimal_comma=True)[0].amount("value") == Decimal("1234.5")
    with pytest.raises(kztax.UnreadableInput, match="--decimal-comma"):
        rows(text)[0].amount("value")
    for wrong in ("1,234,5", "1.234,5"):
        with pytest.raises(kztax.UnreadableInput):
            rows(f"day;value\n2026-03-13;{wrong}\n", decimal_comma=True)[0].amount("value")


def test_a_point_where_a_comma_was_said_is_told_apart_from_what_is_no_number() -> None:
    for wrong, reason in (("1234.5", "table_cell_point"), ("1,234,5", "table_cell_number")):
        with pytest.raises(kztax.UnreadableInput) as refused:
            rows(f"day;value\n2026-03-13;{wrong}\n", decimal_comma=True)[0].amount("value")
        assert refused.value.reason == reason


def test_a_number_that_the_files_own_separator_parts_is_not_cut() -> None:
    for wrong in ("497,35", "1,234.50"):
        with pytest.raises(kztax.UnreadableInput) as refused:
            rows(f"day,value\n2026-03-12,497\n2026-03-13,{wrong}\n", decimal_comma=True)
        assert (refused.value.reason, refused.value.path) == ("table_row_too_wide", ("t.csv", 3))
    assert rows("day,value\n2026-03-13,497,, \n")[0].amount("value") == 497


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("", "table_cell_empty"),
        ("0.00", "table_cell_zero"),
        ("-5", "table_cell_number"),
        ("1e5", "table_cell_number"),
        ("NaN", "table_cell_number"),
        ("٣", "table_cell_number"),
        ("1\x1b[31m", "table_cell_text"),
    ],
)
def test_a_number_that_is_none(cell: str, reason: str) -> None:
    (row,) = rows(f"day,value\n2026-03-13,{cell}\n")
    with pytest.raises(kztax.UnreadableInput) as refused:
        row.amount("value")
    assert (refused.value.reason, refused.value.path) == (reason, ("t.csv", 2, "value"))
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize("cell", ["2026-13-01", "31.02.2026", "3/13/2026", "1.3.2026", "20260313", "0001-01-01"])
def test_a_day_that_is_none(cell: str) -> None:
    (row,) = rows(f"day,value\n{cell},1\n")
    with pytest.raises(kztax.UnreadableInput, match="is not a day"):
        row.day("day")


def test_headings_may_be_named_by_the_caller() -> None:
    (row,) = rows("Дата,Стоимость\n2026-03-13,1\n", renamed=renamed_columns(["day=дата", "value=Стоимость"]))
    assert row.amount("value") == 1
    with pytest.raises(kztax.UnreadableInput) as refused:
        row.fault("value", "table_cell_zero") and rows("Дата,value\n1,1\n", renamed={"day": "День"})
    assert refused.value.detail == {"column": "День", "found": "Дата, value"}


@pytest.mark.parametrize(
    ("text", "how", "reason"),
    [
        ("day\n1\n", {}, "table_column_missing"),
        ("day,value,Day\n1,2,3\n", {}, "table_column_twice"),
        ("day,value\n\n,\n", {}, "table_empty"),
        ('day,value\n"2026,1\n', {}, "table_unreadable"),
        ("day,value\n1,2\n", {"renamed": {"price": "x"}}, "column_unknown"),
    ],
)
def test_a_table_that_cannot_be_read(text: str, how: dict[str, object], reason: str) -> None:
    with pytest.raises(kztax.KztaxError) as refused:
        rows(text, **how)
    assert refused.value.reason == reason


def test_a_row_that_is_too_short_has_empty_cells() -> None:
    (row,) = rows("day,value\n2026-03-13\n")
    with pytest.raises(kztax.UnreadableInput, match="empty"):
        row.amount("value")


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kztax.tables.MOST_ROWS", 2)
    with pytest.raises(kztax.UnreadableInput, match="more than 2 rows"):
        rows("day,value\n" + "2026-03-13,1\n" * 3)


def test_an_encoding_must_be_the_tables_own() -> None:
    text = "Дата,value\n".encode("cp1251")
    assert next(csv_cells(text, "t.csv", "windows-1251")) == ["Дата", "value"]
    with pytest.raises(kztax.UnreadableInput, match="windows-1251"):
        next(csv_cells(text, "t.csv"))
    with pytest.raises(kztax.InvalidFacts, match="klingon"):
        next(csv_cells(text, "t.csv", "klingon"))


@pytest.mark.parametrize("pair", ["value", "=x", "value="])
def test_a_column_is_named_with_an_equals_sign(pair: str) -> None:
    with pytest.raises(kztax.InvalidFacts, match="COLUMN=HEADING"):
        renamed_columns([pair])
