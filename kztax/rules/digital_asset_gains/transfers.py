"""Transfers between one's own accounts: each way out finds its way in.

They match by asset and amount (what arrives is what left, or less the stated fee in the same asset), by time and,
where both are stated, by two different accounts. A matched pair changes no lot; what has no other side is work to do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from kztax.core.figure import EXACT
from kztax.rules.digital_asset_gains.kinds import TradeType

LATEST = timedelta(days=3)
"""So long may a transfer take."""
CLOCKS_APART = timedelta(hours=1)
"""So much earlier may the other side's clock have written it down."""


def unmatched(transfers: Iterable[Any]) -> list[Any]:
    """Transfers in the order of time; those without another side remain."""
    listed = list(transfers)
    leaving: dict[tuple[str, Decimal], list[Any]] = defaultdict(list)
    for sent in listed:
        if sent.type is TradeType.TRANSFER_OUT:
            for amount in _arriving(sent):
                leaving[sent.asset, amount].append(sent)
    found: set[int] = set()
    for received in listed:
        if received.type is TradeType.TRANSFER_OUT:
            continue
        candidates = leaving[received.asset, received.quantity]
        while candidates and (id(candidates[0]) in found or received.instant - candidates[0].instant > LATEST):
            candidates.pop(0)
        for sent in candidates:
            if sent.instant - received.instant > CLOCKS_APART:
                break
            if id(sent) not in found and _other_account(sent, received):
                found |= {id(sent), id(received)}
                break
    return [transfer for transfer in listed if id(transfer) not in found]


def _arriving(sent: Any) -> set[Decimal]:
    amounts = {sent.quantity}
    if sent.fee is not None and sent.fee.asset == sent.asset and sent.fee.quantity < sent.quantity:
        amounts.add(EXACT.subtract(sent.quantity, sent.fee.quantity))
    return amounts


def _other_account(sent: Any, received: Any) -> bool:
    return sent.account is None or received.account is None or sent.account != received.account
