"""By when an official value is to be published: by the 25th of the next month, for assets that have one."""

from __future__ import annotations

from datetime import date

import pytest

import kztax
from kztax.core.official_value import published_by


@pytest.mark.parametrize(
    ("asset", "day", "due"),
    [
        ("BTC", date(2026, 11, 1), date(2026, 12, 25)),
        ("btc", date(2026, 11, 30), date(2026, 12, 25)),
        ("BTC", date(2025, 12, 31), date(2026, 1, 25)),
        ("DOGE", date(2025, 6, 10), date(2025, 7, 25)),
        ("BTC", date(2024, 4, 15), date(2024, 5, 25)),
        ("DOGE", date(2026, 6, 10), None),  # left the list with the order of 2026
        ("ETH", date(2025, 6, 10), None),  # came into it with that order
        ("BTC", date(2024, 4, 14), None),  # how it was determined was not seen
        ("BTC", date(2020, 1, 1), None),
    ],
)
def test_a_months_values_are_published_by_the_25th_of_the_next(asset: str, day: date, due: date | None) -> None:
    assert published_by(kztax.rule_book(), asset, day) == due
