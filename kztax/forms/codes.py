"""The cabinet's lists of codes: kinds of property, operations, sources of money, currencies, countries."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import lru_cache

from kztax.forms.layout import DIRECTORY

Names = Mapping[str, str]


@lru_cache(maxsize=1)
def code_lists() -> Mapping[str, Mapping[str, Names]]:
    """Every list by its name; each code with its names in Russian and Kazakh.

    >>> code_lists()["asset_type"]["8"]["ru"]
    'цифровые активы'
    """
    found: dict[str, dict[str, Names]] = {}
    with (DIRECTORY / "270.00-codes.csv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            found.setdefault(row["list"], {})[row["code"]] = {"ru": row["ru"], "kk": row["kk"]}
    return found
