"""Asset qualification: what the caller states about an asset on a day, and what the law makes of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import model_validator

from kztax.core.asset_kinds import DigitalAssetKind
from kztax.core.facts import Day, Listed, SubjectFacts, fault
from kztax.core.period import SingleDay
from kztax.core.reasons import Reason, Reasoned


class AssetFunction(StrEnum):
    """What an asset serves as; the definition of the AIFC asks for one of them."""

    MEDIUM_OF_EXCHANGE = "medium_of_exchange"
    UNIT_OF_ACCOUNT = "unit_of_account"
    STORE_OF_VALUE = "store_of_value"


class BaseAsset(StrEnum):
    """What the holder of an asset has a claim to."""

    MONEY = "money"
    PROPERTY_OR_RIGHTS = "property_or_rights"
    FINANCIAL_INSTRUMENT = "financial_instrument"
    NONE = "none"


class AssetQualificationFacts(SubjectFacts):
    """An asset on a day. What is left out is asked for only where the kind turns on it.

    `registered_on_platform` means the platform of the day's law: to April 2026 the one for storage and exchange of
    secured assets, from May 2026 that of an operator in the National Bank's register. `secured_requirements_met`
    stands for the seven tests of article 5(1) as worded to April 2026. `issuer_obligation`: the asset expresses
    somebody's monetary obligation.

    >>> bitcoin = AssetQualificationFacts(
    ...     on="2025-06-01", electronic_digital_form=True, digital_code=True, distributed_ledger=True,
    ...     monetary_unit_or_legal_tender=False, registered_on_platform=False, digitally_tradable=True,
    ...     functions=["store_of_value"], government_issued_or_guaranteed=False, community_agreement=True,
    ...     electronic_money=False,
    ... )
    >>> bitcoin.exchangeable_for_fiat
    True
    """

    KIND: ClassVar[str] = "asset_qualification"
    kind: Literal["asset_qualification"] = "asset_qualification"
    on: Day
    electronic_digital_form: bool
    digital_code: bool
    distributed_ledger: bool
    monetary_unit_or_legal_tender: bool
    certifies_rights: bool | None = None
    registered_on_platform: bool | None = None
    secured_requirements_met: bool | None = None
    consensus_reward: bool | None = None
    issuer_obligation: bool | None = None
    tradable_on_exchange: bool | None = None
    base_asset: Annotated[BaseAsset | None, Listed] = None
    digitally_tradable: bool
    functions: Annotated[tuple[Annotated[AssetFunction, Listed], ...], Listed]
    government_issued_or_guaranteed: bool
    exchangeable_for_fiat: bool = True
    community_agreement: bool
    electronic_money: bool

    @model_validator(mode="after")
    def _without_contradiction(self) -> Self:
        if self.secured_requirements_met and self.certifies_rights is False:
            raise fault("requirements_without_rights", field="certifies_rights")
        if self.secured_requirements_met and self.monetary_unit_or_legal_tender:
            raise fault("requirements_of_money", field="monetary_unit_or_legal_tender")
        if self.registered_on_platform and self.base_asset is BaseAsset.MONEY and self.issuer_obligation is False:
            raise fault("money_without_obligation", field="issuer_obligation")
        return self

    @property
    def tax_period(self) -> SingleDay:
        """The day."""
        return SingleDay(self.on)


class Criterion(Reason):
    """One condition of a definition: whether it is met, why, and the article."""

    met: bool

    @property
    def name(self) -> str:
        """The condition's name."""
        return f"criterion.asset_qualification.{self.id}"

    @property
    def message(self) -> str:
        """Why it is met, or why not."""
        return f"{self.name}.{'met' if self.met else 'not_met'}"

    @property
    def answer(self) -> bool:
        """Whether it is met."""
        return self.met


class AssetQualificationOutcome(Reasoned):
    """What the asset is by the law of the state and by the definition of the AIFC, criterion by criterion."""

    REASONS: ClassVar[str] = "criteria"
    criteria: tuple[Criterion, ...]
    aifc: bool
    state_law: DigitalAssetKind


FACTS = AssetQualificationFacts
OUTCOME = AssetQualificationOutcome
MAIN = "state_law"
"""The field of the outcome that answers the question."""
