"""The order of a ledger: by instant, and where several trades share one, by a rule that no order of the input changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kztax.rules.digital_asset_gains.kinds import INCOMING, TradeType


def in_order(trades: Sequence[Any]) -> tuple[list[int], list[datetime]]:
    """Positions in the order of time, and the instants by position.

    At one instant what comes in goes before exchanges, and these before what goes out; then the id decides (shorter
    ones first, so that t9 goes before t10), then what is stated.
    """
    instants = [trade.instant for trade in trades]
    order = sorted(range(len(instants)), key=instants.__getitem__)
    start = 0
    while start < len(order):
        end = start + 1
        while end < len(order) and instants[order[end]] == instants[order[start]]:
            end += 1
        if end - start > 1:
            order[start:end] = sorted(order[start:end], key=lambda position: _rank(trades[position]))
        start = end
    return order, instants


def _rank(trade: Any) -> tuple[Any, ...]:
    kind = trade.type
    first = 0 if kind in INCOMING else 1 if kind is TradeType.EXCHANGE else 2
    name = trade.id or ""
    content = (trade.asset, trade.counter_asset, trade.quantity, trade.counter_quantity, trade.price, trade.total)
    return first, len(name), name, kind, [str(part) for part in content], trade.currency, trade.source
