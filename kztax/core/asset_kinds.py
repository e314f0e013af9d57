"""What the law on digital assets can make of an asset: several subjects ask."""

from __future__ import annotations

from enum import StrEnum


class DigitalAssetKind(StrEnum):
    """The kinds that the law has known, whatever its date, and the two answers outside of them."""

    SECURED = "secured_digital_asset"
    UNSECURED = "unsecured_digital_asset"
    FINANCIAL = "digital_financial_asset"
    NEITHER = "digital_asset_of_neither_kind"
    NOT_A_DIGITAL_ASSET = "not_a_digital_asset"
