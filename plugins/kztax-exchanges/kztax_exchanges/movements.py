"""Legs to trades: what came and went in one moment, put together as the kind `digital_asset_gains` takes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from kztax.core.figure import EXACT
from kztax.hooks import LedgerCash, LedgerFee, LedgerTrade, Severity, TradeType
from kztax_exchanges.cells import Misread, is_money
from kztax_exchanges.lines import Row
from kztax_exchanges.table import Tally


class Leg(NamedTuple):
    """One row's change of one asset, with its sign; a fee is told apart from what was traded."""

    row: Row
    at: datetime
    asset: str
    quantity: Decimal
    fee: bool = False


Moved = LedgerTrade | LedgerCash


def moved(
    leg: Leg, account: str, incoming: TradeType | None, outgoing: TradeType | None, key: str | None = None
) -> Iterator[Moved]:
    """A change that stands for itself; its sign says which of the two it is. None: that sign cannot be."""
    kind = incoming if leg.quantity > 0 else outgoing
    if leg.quantity == 0:
        return
    if kind is None:
        raise Misread("wrong_sign", given=format(leg.quantity, "f"))
    if is_money(leg.asset):
        yield LedgerCash(
            line=leg.row.line, at=leg.at, currency=leg.asset, quantity=leg.quantity, account=account, key=key
        )
    else:
        yield LedgerTrade(
            line=leg.row.line,
            type=kind,
            at=leg.at,
            asset=leg.asset,
            quantity=abs(leg.quantity),
            account=account,
            key=key,
        )


def swapped(legs: Sequence[Leg], account: str, tally: Tally, key: str | None = None) -> Iterator[Moved]:
    """What one moment's legs traded.

    One asset given and one received are one trade, in however many parts. Where there are more, neighbouring rows of
    opposite sign are one trade each, which is said; where even that does not hold, nobody can tell: `Misread`.
    """
    came, went = _sums(legs, 1), _sums(legs, -1)
    fees = [leg for leg in legs if leg.fee]
    if not came and not went:
        yield from _fees(fees, account, key)
        return
    if not came or not went:
        raise Misread("other_half")
    first = legs[0]
    if len(came) == len(went) == 1 and came.keys() != went.keys():
        ((got, got_quantity),), ((given, given_quantity),) = came.items(), went.items()
        fee, others = _one_fee(fees)
        yield from traded(first.row.line, first.at, (given, given_quantity), (got, got_quantity), fee, account, key)
        yield from _fees(others, account, key)
        return
    for place, (one, two) in enumerate(_neighbours([leg for leg in legs if not leg.fee])):
        tally.add("paired_by_order", Severity.WARNING, one.row.line)
        out, back = (one, two) if one.quantity < 0 else (two, one)
        yield from traded(
            one.row.line,
            one.at,
            (out.asset, -out.quantity),
            (back.asset, back.quantity),
            None,
            account,
            key and f"{key}|{place}",
        )
    yield from _fees(fees, account, key)


def traded(
    line: int,
    at: datetime,
    given: tuple[str, Decimal],
    got: tuple[str, Decimal],
    fee: LedgerFee | None,
    account: str,
    key: str | None = None,
    id: str | None = None,
) -> Iterator[Moved]:
    """One asset for another: a purchase or a sale where one of them is money, an exchange where none is."""
    if is_money(given[0]) and is_money(got[0]):
        parts = [(given[0], -given[1]), (got[0], got[1])]
        if fee is not None:
            parts.append((fee.asset, -fee.quantity))
        for place, (currency, quantity) in enumerate(parts):
            yield LedgerCash(
                line=line,
                at=at,
                currency=currency,
                quantity=quantity,
                account=account,
                key=key and f"{key}|{place}",
            )
    elif is_money(given[0]) or is_money(got[0]):
        kind: TradeType = "buy" if is_money(given[0]) else "sell"
        traded_asset, paid = (got, given) if kind == "buy" else (given, got)
        yield LedgerTrade(
            line=line,
            type=kind,
            at=at,
            asset=traded_asset[0],
            quantity=traded_asset[1],
            total=paid[1],
            currency=paid[0],
            fee=fee,
            account=account,
            key=key,
            id=id,
        )
    else:
        yield LedgerTrade(
            line=line,
            type="exchange",
            at=at,
            asset=given[0],
            quantity=given[1],
            counter_asset=got[0],
            counter_quantity=got[1],
            fee=fee,
            account=account,
            key=key,
            id=id,
        )


def _sums(legs: Iterable[Leg], sign: int) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for leg in legs:
        if not leg.fee and leg.quantity * sign > 0:
            sums[leg.asset] = EXACT.add(sums[leg.asset], abs(leg.quantity))
    return dict(sums)


def _one_fee(fees: list[Leg]) -> tuple[LedgerFee | None, list[Leg]]:
    """Fees in one asset belong to the trade; what a trade cannot hold stands for itself."""
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for leg in fees:
        paid[leg.asset] = EXACT.subtract(paid[leg.asset], leg.quantity)
    if len(paid) == 1:
        ((asset, quantity),) = paid.items()
        if quantity > 0:
            return LedgerFee(asset=asset, quantity=quantity), []
    return None, fees


def _fees(fees: Iterable[Leg], account: str, key: str | None) -> Iterator[Moved]:
    """Fees that stand for themselves; one that was paid back is a reward."""
    for place, leg in enumerate(fees):
        yield from moved(leg, account, "reward", "fee", key and f"{key}|fee{place}")


def _neighbours(legs: list[Leg]) -> list[tuple[Leg, Leg]]:
    pairs = list(zip(legs[::2], legs[1::2], strict=False))
    if len(legs) % 2 or any(one.quantity * two.quantity >= 0 or one.asset == two.asset for one, two in pairs):
        raise Misread("several_trades")
    return pairs
