"""Facts whose assessment asks a plugin, and an engine that has it."""

from __future__ import annotations

from datetime import date
from typing import Any

from kztax.engine import TaxEngine


def engine_with(*plugins: object, locale: str = "en") -> TaxEngine:
    """An engine with these plugins and none of the installed ones."""
    return TaxEngine(plugins=plugins, locale=locale, discover=False)


def gain_in(currency: str, disposed_on: date) -> dict[str, Any]:
    """An individual's gain of 15,000 in a currency: `kztax_exchange_rate` is asked, which rate is the law's choice.

    >>> from kztax.testing import engine_with, gain_in
    >>> engine_with().assess(gain_in("USD", date(2026, 5, 20)))  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
        ...
    kztax.core.errors.MissingExchangeRate: …
    """
    sale = {"asset": "BTC", "quantity": "1", "disposed_on": disposed_on.isoformat(), "currency": currency}
    return _of_a_person(disposed_on.year, disposals=[{**sale, "proceeds": "75000", "acquisition_cost": "60000"}])


def sale_without_price(asset: str, disposed_on: date) -> dict[str, Any]:
    """An individual's sale of 7 of an asset that cost 2,000 KZT, at no stated price: `kztax_asset_price` is asked."""
    sale = {"asset": asset, "quantity": "7", "disposed_on": disposed_on.isoformat(), "acquisition_cost": "2000"}
    return _of_a_person(disposed_on.year, disposals=[sale])


def income_taxed_in(country: str, tax_year: int) -> dict[str, Any]:
    """An individual's 20,000,000 KZT from abroad, 3,600,000 withheld there: `kztax_treaty_rate` is asked."""
    return _of_a_person(
        tax_year,
        income=[{"amount": "20000000", "source": "foreign", "category": "foreign"}],
        foreign_tax=[{"country": country, "income": "20000000", "tax_paid": "3600000"}],
    )


def levy_on(kwh: str, period: str) -> dict[str, Any]:
    """A miner's quarter, for readers and exporters."""
    return {"kind": "mining_levy", "period": period, "supplies": [{"kwh": kwh}]}


def _of_a_person(tax_year: int, **facts: Any) -> dict[str, Any]:
    return {"kind": "personal_income_tax", "tax_year": tax_year, "resident": True, **facts}
