"""The plugin does what kztax expects of any."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from kztax_aifc import PriceFeed

from kztax.store import Observation, Store
from kztax.testing import Samples, assert_conforms

FRIDAY = date(2026, 3, 13)


def test_it_conforms_without_a_store_and_with_one(tmp_path: Path) -> None:
    assert_conforms(PriceFeed())
    store = Store(tmp_path / "store.sqlite")
    store.add([Observation("value.official", "BTC", FRIDAY, Decimal(80000), "USD", "a table", None, "digest")])
    assert_conforms(PriceFeed(store.path), Samples(asset_prices=[("BTC", FRIDAY)]))
