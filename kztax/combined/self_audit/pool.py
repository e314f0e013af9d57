"""A pool's report against the miner's own receipts, row by row: what the tax authority sees that the books do not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from kztax.combined.self_audit.facts import PoolDifference, PoolTransfer, SelfAuditFacts
from kztax.core.errors import Refused
from kztax.core.figure import Figure, total
from kztax.core.official_value import exchange_rate, official_value
from kztax.core.units import KZT, NUMBER
from kztax.core.working import Working

NAME = "self_audit"


class Pair(NamedTuple):
    """Places of a row of the report and of the receipt that it is taken for."""

    row: int | None
    receipt: int | None


def _wallets_agree(row: PoolTransfer, receipt: PoolTransfer) -> bool:
    return None in (row.wallet, receipt.wallet) or row.wallet == receipt.wallet


def _whatever(row: PoolTransfer, receipt: PoolTransfer) -> bool:  # noqa: ARG001 - stands where a test could
    return True


# From the closest likeness to the loosest: what must be equal, and what else must hold.
_LIKENESS: tuple[
    tuple[Callable[[PoolTransfer], tuple[Any, ...]], Callable[[PoolTransfer, PoolTransfer], bool]], ...
] = (
    (lambda row: (row.received_on, row.quantity, row.pool_commission_quantity), _wallets_agree),
    (lambda row: (row.received_on, row.quantity), _wallets_agree),
    (lambda row: (row.received_on, row.quantity), _whatever),
    (lambda row: (row.received_on,), _wallets_agree),
    (lambda row: (row.quantity,), _wallets_agree),
)


def pairs(rows: Sequence[PoolTransfer], receipts: Sequence[PoolTransfer]) -> list[Pair]:
    """Each row with the receipt most like it, each receipt once; then the receipts that no row is like.

    An asset is the same in any case of its letters. Of equal likeness the one that comes first is taken.
    """
    found: dict[int, int] = {}
    free = list(range(len(receipts)))
    for alike, agree in _LIKENESS:
        candidates: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for place in free:
            candidates[receipts[place].asset.casefold(), *alike(receipts[place])].append(place)
        for position, row in enumerate(rows):
            if position in found:
                continue
            alikes = candidates[row.asset.casefold(), *alike(row)]
            taken = next((place for place in alikes if agree(row, receipts[place])), None)
            if taken is not None:
                alikes.remove(taken)
                found[position] = taken
        free = [place for place in free if place not in set(found.values())]
    return [Pair(position, found.get(position)) for position in range(len(rows))] + [
        Pair(None, place) for place in free
    ]


def compared(facts: SelfAuditFacts, working: Working) -> tuple[list[dict[str, Any]], Figure | None]:
    """The rows of the comparison, and by how much the pool's report makes income higher (None: not known)."""
    rows, receipts = facts.pool_rows, facts.own_receipts
    matches: list[dict[str, Any]] = []
    incomes: list[Figure | None] = []
    for pair in pairs(rows, receipts):
        row = None if pair.row is None else rows[pair.row]
        receipt = None if pair.receipt is None else receipts[pair.receipt]
        sides = [_side("pool", row), _side("own", receipt)]
        income = _income_difference(sides, working)
        incomes.append(income)
        matches.append(
            {
                "pool_row": pair.row,
                "receipt": pair.receipt,
                "asset": _either(row, receipt).asset,
                "differences": tuple(_differences(row, receipt)),
                "pool_day": row and row.received_on,
                "own_day": receipt and receipt.received_on,
                "pool_quantity": sides[0].quantity,
                "own_quantity": sides[1].quantity,
                "income_difference": income,
            }
        )
    known = [income for income in incomes if income is not None]
    whole = total(known, KZT).named(f"{NAME}.pool_income_difference") if len(known) == len(incomes) else None
    return matches, whole


def _either(row: PoolTransfer | None, receipt: PoolTransfer | None) -> PoolTransfer:
    either = row or receipt
    assert either is not None
    return either


def _differences(row: PoolTransfer | None, receipt: PoolTransfer | None) -> Iterator[PoolDifference]:
    if row is None or receipt is None:
        yield PoolDifference.NOT_IN_REPORT if row is None else PoolDifference.NOT_IN_BOOKS
        return
    if row.quantity != receipt.quantity:
        yield PoolDifference.QUANTITY
    if row.received_on != receipt.received_on:
        yield PoolDifference.DAY
    if not _wallets_agree(row, receipt):
        yield PoolDifference.WALLET
    if row.pool_commission_quantity != receipt.pool_commission_quantity:
        yield PoolDifference.COMMISSION


def _about(transfer: PoolTransfer) -> str:
    return f"{transfer.asset} {transfer.received_on.isoformat()}"


class Side(NamedTuple):
    """One of the two sides of a pair: the pool's or the miner's own."""

    name: str
    transfer: PoolTransfer | None
    quantity: Figure | None


def _side(name: str, transfer: PoolTransfer | None) -> Side:
    if transfer is None:
        return Side(name, None, None)
    quantity = Figure(transfer.quantity, NUMBER, "fact", (), f"{NAME}.{name}_quantity", _about(transfer))
    return Side(name, transfer, quantity)


def _income_difference(sides: Sequence[Side], working: Working) -> Figure | None:
    """Zero where quantity and day agree, whatever the value was; None where a value is not known."""
    there = [side.transfer for side in sides if side.transfer is not None]
    about = _about(there[0])
    if len({(transfer.quantity, transfer.received_on) for transfer in there}) < len(there):
        return total([], KZT).named(f"{NAME}.income_difference", about)
    pool, own = (_income(side, there, working) for side in sides)
    return None if pool is None or own is None else (pool - own).named(f"{NAME}.income_difference", about)


def _income(side: Side, there: Sequence[PoolTransfer], working: Working) -> Figure | None:
    if side.transfer is None or side.quantity is None:
        return total([], KZT)
    try:
        value = _value(side.transfer, there, working)
    except Refused:
        working.note(f"{NAME}.value_not_known", asset=side.transfer.asset, day=side.transfer.received_on)
        return None
    return (side.quantity * value).named(f"{NAME}.income_by_{side.name}", _about(side.transfer))


def _value(transfer: PoolTransfer, there: Sequence[PoolTransfer], working: Working) -> Figure:
    """The value of a unit as either row states it for that day, else the official one."""
    on = transfer.received_on
    for each in (transfer, *there):
        if each.unit_value is not None and each.received_on == on:
            stated = Figure(each.unit_value, each.currency, "fact", (), f"{NAME}.unit_value", _about(transfer))
            return stated if each.currency == KZT else stated * exchange_rate(working, each.currency, on)
    return official_value(working, transfer.asset, on)
