"""What happens in a ledger, and what the law makes of it: the words of trades, lots and disposals."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class TradeType(StrEnum):
    """What happened. `exchange`: `asset` was given for `counter_asset`; transfers are between one's own accounts."""

    BUY = "buy"
    SELL = "sell"
    EXCHANGE = "exchange"
    SPEND = "spend"
    MINED = "mined"
    REWARD = "reward"
    STAKING = "staking"
    AIRDROP = "airdrop"
    GIFT_IN = "gift_in"
    GIFT_OUT = "gift_out"
    INHERITANCE = "inheritance"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OUT = "transfer_out"
    FEE = "fee"


class LotOrigin(StrEnum):
    """How a lot was acquired; the law lets deduct its cost by this, and by the day of the sale."""

    PURCHASE = "purchase"
    EXCHANGE = "exchange"
    MINING = "mining"
    EXCHANGE_REWARD = "exchange_reward"
    STAKING = "staking"
    AIRDROP = "airdrop"
    GIFT = "gift"
    INHERITANCE = "inheritance"


class LotMethod(StrEnum):
    """Which lots a disposal takes: the earliest, all at their average cost, or those that it names."""

    FIFO = "fifo"
    AVERAGE = "average"
    SPECIFIC = "specific"


class Holder(StrEnum):
    """Whose assets they are; a sole proprietor who keeps them in the books of the business counts as a company."""

    INDIVIDUAL = "individual"
    COMPANY = "company"


class Treatment(StrEnum):
    """What the law makes of a disposal."""

    GAIN = "gain"
    NOT_A_SALE = "not_a_sale"
    ALREADY_TAXED_AS_MINING = "already_taxed_as_mining"


ORIGINS: Mapping[TradeType, LotOrigin] = {
    TradeType.BUY: LotOrigin.PURCHASE,
    TradeType.EXCHANGE: LotOrigin.EXCHANGE,
    TradeType.MINED: LotOrigin.MINING,
    TradeType.REWARD: LotOrigin.EXCHANGE_REWARD,
    TradeType.STAKING: LotOrigin.STAKING,
    TradeType.AIRDROP: LotOrigin.AIRDROP,
    TradeType.GIFT_IN: LotOrigin.GIFT,
    TradeType.INHERITANCE: LotOrigin.INHERITANCE,
}
AS_PAID_FOR = frozenset({LotOrigin.PURCHASE, LotOrigin.EXCHANGE})
TRANSFERS = frozenset({TradeType.TRANSFER_IN, TradeType.TRANSFER_OUT})
INCOMING = frozenset(ORIGINS) - {TradeType.EXCHANGE}
OUTGOING = frozenset(TradeType) - INCOMING - TRANSFERS
