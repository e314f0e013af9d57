"""The order of a ledger: by instant, and where trades share one, by a rule that no order of the input changes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from operator import eq, lt
from typing import Any

from kztax.rules.digital_asset_gains.kinds import INCOMING, TradeType


def in_order(trades: Sequence[Any]) -> tuple[list[int], list[datetime]]:
    """Positions in the order of time, and their instants in that order.

    At one instant what comes in goes before exchanges, and these before what goes out; then the id decides (shorter
    ones first, so that t9 goes before t10), then what is stated.
    """
    instants = [trade.instant for trade in trades]
    order = list(range(len(instants)))
    if all(map(lt, instants, instants[1:])):
        return order, instants
    order.sort(key=instants.__getitem__)
    timeline = [instants[position] for position in order]
    done = 0
    for place, same in enumerate(map(eq, timeline, timeline[1:])):
        if same and place >= done:
            done = bisect_right(timeline, timeline[place], place)
            order[place:done] = sorted(order[place:done], key=lambda position: _rank(trades[position]))
    return order, timeline


def _rank(trade: Any) -> tuple[Any, ...]:
    kind = trade.type
    first = 0 if kind in INCOMING else 1 if kind is TradeType.EXCHANGE else 2
    name = trade.id or ""
    content = (trade.asset, trade.counter_asset, trade.quantity, trade.counter_quantity, trade.price, trade.total)
    return first, len(name), name, kind, [str(part) for part in content], trade.currency, trade.source
