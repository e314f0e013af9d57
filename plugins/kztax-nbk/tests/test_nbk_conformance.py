"""The plugin does what kztax expects of any."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import nbk_server as server
from kztax_nbk import NationalBank

from kztax.store import Observation, Store
from kztax.testing import Samples, assert_conforms

FRIDAY = date(2025, 8, 15)


def test_it_conforms_without_a_store_with_one_and_live(tmp_path: Path) -> None:
    mean = ("USD", "yearly_mean", None, 2025)
    assert_conforms(NationalBank(), Samples(exchange_rates=[mean]))
    store = Store(tmp_path / "store.sqlite")
    store.add([Observation("rate.official", "USD", FRIDAY, Decimal("540.10"), "KZT", "a table", FRIDAY, "digest")])
    stored = Samples(exchange_rates=[mean, ("USD", "official", FRIDAY, None)])
    assert_conforms(NationalBank(store.path), stored)
    with server.serving(server.good) as feed:
        live = NationalBank(tmp_path / "live.sqlite", live=True, address=feed.url)
        fetched = Samples(exchange_rates=[("USD", "official", FRIDAY, None)], network=True)
        assert_conforms(live, fetched)
