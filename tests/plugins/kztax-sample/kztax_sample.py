"""A plugin as a vendor would write it: one module, one entry point."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from kztax.hooks import ExchangeRateAnswer, TreatyRateAnswer, hookimpl

KZTAX_INTERFACE = 1


@hookimpl
def kztax_treaty_rate(country: str, income: str, on: date) -> TreatyRateAnswer | None:
    if country == "CA":
        return TreatyRateAnswer(rate=Decimal("0.05"), source="a ruling for the test", valid_to=date(2026, 12, 31))
    return None


@hookimpl
def kztax_asset_price(asset: str, on: date) -> dict[str, str] | None:
    return {"value": "1000", "currency": "KZT", "source": "the test's exchange"} if asset == "TON" else None


@hookimpl
def kztax_exchange_rate(currency: str, kind: str, on: date | None, year: int | None) -> ExchangeRateAnswer | None:
    if (currency, kind, year) == ("USD", "yearly_mean", 2026):
        return ExchangeRateAnswer(rate=Decimal("500.25"), source="the test's table")
    return None


@hookimpl
def kztax_read(path: Path) -> Iterable[dict[str, Any]] | None:
    if path.suffix != ".kwh":
        return None
    kwh = path.read_text().strip()
    return [{"kind": "mining_levy", "period": "2025-Q1", "supplies": [{"kwh": kwh}]}]


@hookimpl
def kztax_export(format: str, assessments: Sequence[Any]) -> bytes | None:
    if format != "payables":
        return None
    return json.dumps([str(assessment.outcome.payable) for assessment in assessments]).encode()
