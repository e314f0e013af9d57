"""Trade compliance: who does what with which asset, where and when, and whether the law allows it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import model_validator

from kztax.core.assessment import Number
from kztax.core.asset_kinds import DigitalAssetKind
from kztax.core.facts import Day, Listed, PositiveAmount, SubjectFacts, fault
from kztax.core.period import SingleDay
from kztax.core.reasons import Reason, Reasoned


class Trader(StrEnum):
    """Who acts. A sole proprietor who mines is a miner."""

    INDIVIDUAL = "individual"
    COMPANY = "company"
    MINER = "miner"
    EXCHANGE_OPERATOR = "exchange_operator"


class TradeOperation(StrEnum):
    """What is done with the asset."""

    BUY = "buy"
    SELL = "sell"
    ORGANISE_TRADING = "organise_trading"
    ISSUE = "issue"
    PAY_FOR_GOODS = "pay_for_goods"
    MINE = "mine"


class TradeVenue(StrEnum):
    """Where it is done. The names of licensed venues mean that the venue has its licence or registration."""

    AIFC_EXCHANGE = "aifc_exchange"
    NATIONAL_BANK_LICENSED_OPERATOR = "national_bank_licensed_operator"
    NATIONAL_BANK_REGISTERED_PLATFORM = "national_bank_registered_platform"
    FOREIGN_EXCHANGE = "foreign_exchange"
    PEER_TO_PEER = "peer_to_peer"
    ALATAU = "alatau"


class TradeComplianceFacts(SubjectFacts):
    """An operation on a day.

    `asset` is what `asset_qualification` answers for that day. `licensed`: whether the actor holds the licence, permit
    or registration that its activity needs; it is asked for only where the answer turns on it. `quantity` is what a
    miner sells, in units of the asset.

    >>> TradeComplianceFacts(
    ...     on="2026-05-01", actor="individual", operation="buy", asset="unsecured_digital_asset", venue="peer_to_peer"
    ... ).venue.value
    'peer_to_peer'
    """

    KIND: ClassVar[str] = "trade_compliance"
    kind: Literal["trade_compliance"] = "trade_compliance"
    on: Day
    actor: Annotated[Trader, Listed]
    operation: Annotated[TradeOperation, Listed]
    asset: Annotated[DigitalAssetKind, Listed]
    venue: Annotated[TradeVenue, Listed]
    licensed: bool | None = None
    quantity: PositiveAmount | None = None

    @model_validator(mode="after")
    def _quantity_of_a_sale(self) -> Self:
        if self.quantity is not None and self.operation is not TradeOperation.SELL:
            raise fault("quantity_without_sale", field="quantity")
        return self

    @property
    def tax_period(self) -> SingleDay:
        """The day."""
        return SingleDay(self.on)


class TradeReason(Reason):
    """A rule of the law that the operation falls under."""

    @property
    def name(self) -> str:
        """The rule's name."""
        return f"figure.{self.citation.entry}"

    @property
    def message(self) -> str:
        """What the rule says of the operation."""
        return f"reason.trade_compliance.{self.id}"


class TradeComplianceOutcome(Reasoned):
    """Whether the operation is lawful; None where the law that was read is silent.

    `mandatory_sale_share` is the least share of what a miner sells that must go through AIFC exchanges, and
    `mandatory_sale_quantity` that share of the quantity, where one is stated.
    """

    REASONS: ClassVar[str] = "reasons"
    reasons: tuple[TradeReason, ...]
    mandatory_sale_share: Number
    mandatory_sale_quantity: Number | None
    lawful: bool | None


FACTS = TradeComplianceFacts
OUTCOME = TradeComplianceOutcome
MAIN = "lawful"
"""The field of the outcome that answers the question."""
