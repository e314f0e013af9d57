"""The natures of turnover that value added tax tells apart. How each is treated on a day is law/vat_treatment.toml."""

from __future__ import annotations

from enum import StrEnum


class TurnoverNature(StrEnum):
    """What was sold or bought; value added tax treats each nature by date."""

    GOODS_AND_SERVICES = "goods_and_services"
    DIGITAL_ASSET_SALE = "digital_asset_sale"
    MINING_POOL_DISTRIBUTION = "mining_pool_distribution"
    MINING_POOL_FEE = "mining_pool_fee"
    DIGITAL_ASSET_EXCHANGE_SERVICE = "digital_asset_exchange_service"
    EXPORT = "export"
    ELECTRONIC_SERVICES = "electronic_services"
    SERVICES_FROM_NON_RESIDENT = "services_from_non_resident"
    IMPORT = "import"
    MEDICINE = "medicine"
    PRESS = "press"
    EXEMPT_OTHER = "exempt_other"


# Natures that a financial service of an AIFC participant may have, and the entry that says how it is treated.
RENDERED_IN_AIFC = (TurnoverNature.GOODS_AND_SERVICES, TurnoverNature.ELECTRONIC_SERVICES)
PARTICIPANT_SERVICE = "base.vat_treatment.aifc_participant_service"


def treatment_entry(nature: TurnoverNature, *, in_aifc: bool) -> str:
    """The entry of the law that says how such turnover is treated; `in_aifc`: by an exchange of the AIFC.

    >>> treatment_entry(TurnoverNature.EXPORT, in_aifc=False)
    'base.vat_treatment.export'
    """
    by_aifc_exchange = in_aifc and nature is TurnoverNature.DIGITAL_ASSET_EXCHANGE_SERVICE
    return f"base.vat_treatment.{nature}{'_in_aifc' if by_aifc_exchange else ''}"
