"""The law's regimes of sales, one a module, found by the name that the law gives a day (`base.gain.regime`)."""

from __future__ import annotations

from collections.abc import Mapping

from kztax.rules.digital_asset_gains.regimes.by_origin import ByOrigin
from kztax.rules.digital_asset_gains.regimes.company_books import CompanyBooks
from kztax.rules.digital_asset_gains.regimes.documented_price import DocumentedPrice
from kztax.rules.digital_asset_gains.regimes.initial_cost import InitialCost
from kztax.rules.digital_asset_gains.regimes.regime import Regime

REGIMES: Mapping[str, type[Regime]] = {
    "documented_price": DocumentedPrice,
    "by_origin": ByOrigin,
    "initial_cost": InitialCost,
    "company_books": CompanyBooks,
}
