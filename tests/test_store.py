"""The store of observations: what is stored stays as it was, whoever fails beside it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import kztax
from kztax.store import APPLICATION_ID, SCHEMA_VERSION, Added, Observation, Store

DAY = date(2026, 3, 14)


def rate(value: str, day: date = DAY, key: str = "USD", source: str = "the Bank's site") -> Observation:
    return Observation("rate.official", key, day, Decimal(value), "KZT", source, date(2026, 3, 13), "digest")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "a folder with ? and #" / "store.sqlite")


@pytest.fixture
def filled(store: Store) -> Store:
    store.path.parent.mkdir()
    assert store.add([rate("497.35"), rate("0.00000000000000001", key="IRR")]) == Added(2, 0, 0)
    return store


def test_what_is_stored_comes_back_to_the_digit(filled: Store) -> None:
    assert filled.find("USD", DAY, "rate.market", "rate.official") == rate("497.35")
    found = filled.find("IRR", DAY, "rate.official")
    assert found is not None
    assert found.value == Decimal("0.00000000000000001")
    assert filled.find("USD", DAY, "rate.market") is None
    assert filled.find("USD", DAY + timedelta(1), "rate.official") is None


def test_observations_are_chosen_by_kind_key_and_days(filled: Store) -> None:
    later = DAY + timedelta(3)
    filled.add([rate("498", later)])
    assert [each.key for each in filled.observations(["rate.*"], last=DAY)] == ["IRR", "USD"]
    assert filled.observations(["rate.official"], keys=["USD"], first=DAY + timedelta(1)) == [rate("498", later)]
    assert filled.observations(["price.*"]) == []


def test_the_same_again_is_no_conflict_another_value_is_and_nothing_of_it_is_stored(filled: Store) -> None:
    assert filled.add([rate("497.350"), rate("500", key="EUR")]) == Added(1, 0, 1)
    with pytest.raises(kztax.StoreError) as refused:
        filled.add([rate("1", key="CHF"), rate("498", source="a newspaper"), rate("501", key="EUR")])
    assert refused.value.reason == "store_value_differs"
    assert "497.35 KZT (the Bank's site)" in str(refused.value)
    assert "498 KZT (a newspaper)" in str(refused.value)
    assert [other.detail["given"] for other in refused.value.others] == ["501 KZT"]
    assert filled.find("CHF", DAY, "rate.official") is None
    assert filled.add([rate("498")], replace=True) == Added(0, 1, 0)
    assert filled.find("USD", DAY, "rate.official") == rate("498")


@pytest.mark.parametrize("replace", [False, True])
def test_two_values_in_one_import_are_a_conflict_whatever_may_be_replaced(filled: Store, replace: bool) -> None:
    for key in ("CHF", "USD"):
        with pytest.raises(kztax.StoreError, match=r"gives both 497\.35 KZT and 2 KZT"):
            filled.add([rate("497.35", key=key), rate("497.350", key=key), rate("2", key=key)], replace=replace)
    assert filled.find("CHF", DAY, "rate.official") is None


def test_a_store_that_is_not_named_or_not_there(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KZTAX_STORE", raising=False)
    with pytest.raises(kztax.StoreError, match="KZTAX_STORE"):
        Store.named()
    monkeypatch.setenv("KZTAX_STORE", str(tmp_path / "by name"))
    assert Store.named().path == tmp_path / "by name"
    assert Store.named("elsewhere").path == Path("elsewhere")
    with pytest.raises(kztax.StoreError, match="import or fetch first"):
        store.find("USD", DAY, "rate.official")
    with pytest.raises(kztax.StoreError, match="cannot be used"):
        store.add([rate("1")])
    (tmp_path / "empty").touch()
    with pytest.raises(kztax.StoreError, match="import or fetch first"):
        Store(tmp_path / "empty").observations(["rate.*"])
    assert Store(tmp_path / "empty").add([rate("1")]) == Added(1, 0, 0)


def test_reading_writes_nothing(filled: Store) -> None:
    before = filled.path.read_bytes(), sorted(filled.path.parent.iterdir())
    filled.find("USD", DAY, "rate.official")
    assert (filled.path.read_bytes(), sorted(filled.path.parent.iterdir())) == before


def test_a_digit_that_changed_on_disk_is_noticed(filled: Store) -> None:
    content = filled.path.read_bytes()
    assert content.count(b"497.35") == 1
    filled.path.write_bytes(content.replace(b"497.35", b"947.35"))
    with pytest.raises(kztax.StoreError, match=r"damaged.*rate\.official USD 2026-03-14"):
        filled.find("USD", DAY, "rate.official")


@pytest.mark.parametrize("damage", ["not a store at all" * 50, "torn"])
def test_a_file_that_is_no_store_or_torn_is_named(damage: str, filled: Store) -> None:
    if damage == "torn":
        filled.add([rate(str(number), DAY + timedelta(number)) for number in range(1, 2000)])
        content = filled.path.read_bytes()
        middle = len(content) // 2
        filled.path.write_bytes(content[:8192] + os.urandom(middle) + content[8192 + middle :])
    else:
        filled.path.write_text(damage)
    for attempt in (
        lambda: filled.observations(["rate.*"]),
        lambda: filled.add([rate("1", key="CHF")]),
    ):
        with pytest.raises(kztax.StoreError, match=r"store\.sqlite.*damaged") as refused:
            attempt()
        assert refused.value.code == "store_error"


def test_a_store_of_another_version_or_program_is_refused(filled: Store) -> None:
    with sqlite3.connect(filled.path) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(kztax.StoreError, match=f"version {SCHEMA_VERSION + 1}"):
        filled.find("USD", DAY, "rate.official")
    with sqlite3.connect(filled.path) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID + 1}")
    connection.close()
    with pytest.raises(kztax.StoreError, match="another program"):
        filled.add([rate("1", key="CHF")])


def test_a_store_in_use_is_waited_for_and_then_said_to_be_busy(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kztax.store.BUSY_SECONDS", 0.05)
    other = sqlite3.connect(filled.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(kztax.StoreError, match="another program: try again"):
        filled.add([rate("1", key="CHF")])
    other.execute("ROLLBACK")
    other.close()
    assert filled.add([rate("1", key="CHF")]) == Added(1, 0, 0)


KILLED = """
import os, sys
from datetime import date, timedelta
from decimal import Decimal
from kztax.store import Observation, Store

def endless():
    for number in range(10**9):
        day = date(2000, 1, 1) + timedelta(number % 30000)
        yield Observation("rate.official", f"K{number // 30000}", day, Decimal(number + 1), "KZT", "s" * 200, None, "")
        if number == 60000:
            print("in the middle", flush=True)

Store(sys.argv[1]).add(endless())
"""


def test_an_import_that_is_killed_leaves_the_store_as_it_was(filled: Store) -> None:
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(filled.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as importing:
        assert importing.stdout is not None
        assert importing.stdout.readline() == b"in the middle\n"
        time.sleep(0.05)
        importing.send_signal(signal.SIGKILL)
    assert [each.key for each in filled.observations(["rate.*"])] == ["IRR", "USD"]
    assert filled.find("USD", DAY, "rate.official") == rate("497.35")
    assert filled.add([rate("1", key="CHF")]) == Added(1, 0, 0)


@pytest.mark.parametrize("locale", ["en", "ru", "kk"])
def test_errors_name_the_file_in_every_language(locale: str, filled: Store) -> None:
    with pytest.raises(kztax.StoreError) as refused:
        filled.add([rate("1")])
    assert str(filled.path) in refused.value.message(locale)
