"""Gains on digital assets: the year's disposals lot by lot, and what is held at its end."""

from __future__ import annotations

import decimal
from decimal import Decimal
from typing import Any

from kztax.core.collector import left_aside
from kztax.core.figure import EXACT, ZERO
from kztax.core.rows import Rows
from kztax.core.working import Working
from kztax.rules.digital_asset_gains.disposed import Disposed
from kztax.rules.digital_asset_gains.facts import (
    AssetTotals,
    ClosingLot,
    DigitalAssetGainsFacts,
    DigitalAssetGainsOutcome,
    LedgerDisposal,
    LotUsed,
    UnmatchedTransfer,
)
from kztax.rules.digital_asset_gains.kinds import Holder, LotMethod, Treatment
from kztax.rules.digital_asset_gains.ledger import Ledger
from kztax.rules.digital_asset_gains.matching import LEDGER, Held, share, tidy
from kztax.rules.digital_asset_gains.names import asset_of
from kztax.rules.digital_asset_gains.sales import NAME
from kztax.rules.digital_asset_gains.steps import Steps
from kztax.rules.digital_asset_gains.valuation import Valuation


def digital_asset_gains(facts: DigitalAssetGainsFacts, working: Working) -> DigitalAssetGainsOutcome:
    """A year's gains (Tax Code 2017, arts 331, 332, 332-1; Tax Code 2025, arts 326, 382, 389, 400)."""
    # Sums and products of the whole walk are exact, whatever number of digits the thread happens to carry.
    with left_aside(), decimal.localcontext(LEDGER):
        ledger = Ledger(facts, working)
        ledger.walk()
        by_asset = _by_asset(ledger)
        closing = [_closing(held, ledger.valuation) for held in _held(ledger)]
        ledger.valuation.quotes.refuse_if_missing()
        gain = sum((totals.gain for totals in by_asset.values()), ZERO)
    steps = Steps(facts, ledger.valuation)
    working.derive_later(steps.results)
    _say(facts, working, ledger, len(steps.shown()), gain)
    shown = Shown(ledger.valuation)
    return working.outcome(
        DigitalAssetGainsOutcome,
        disposals=Rows(ledger.valuation.rows, shown.disposal),
        by_asset=by_asset,
        closing_lots=tuple(closing),
        unmatched_transfers=tuple([_transfer(transfer, ledger) for transfer in ledger.transfers]),
        method=ledger.prescribed or ledger.method or facts.method or LotMethod.FIFO,
        gain=max(gain, ZERO),
    )


def _by_asset(ledger: Ledger) -> dict[str, AssetTotals]:
    return {
        asset: AssetTotals(
            opening_quantity=position.opening,
            acquired=position.acquired,
            disposed=position.disposed,
            closing_quantity=position.quantity(),
            disposals=position.disposals,
            gain=position.gain,
        )
        for asset, position in sorted(ledger.positions.items())
    }


def _held(ledger: Ledger) -> list[Held]:
    """What is held, earliest first within an asset, each with its cost known."""
    held = [held for _, position in sorted(ledger.positions.items()) for held in position.held()]
    for lot in held:
        if not lot.settled:
            ledger.valuation.settle(lot)
    return held


def _closing(held: Held, valuation: Valuation) -> ClosingLot:
    lot: Any = held.lot
    cost = held.left()
    value = lot.appraised_value
    if value is not None:
        value = share(value, held.quantity, lot.quantity)
    return ClosingLot(
        id=valuation.names.of(lot),
        asset=asset_of(lot),
        acquired=valuation.names.acquired(lot),
        quantity=held.quantity,
        cost=None if cost is None else tidy(cost),
        currency=held.currency,
        origin=lot.origin,
        source=lot.source,
        appraised_value=value,
        appraised_on=lot.appraised_on,
        taxed_as_income=lot.taxed_as_income,
    )


class Shown:
    """Makes the outcome's disposals from the rows that are kept of them."""

    def __init__(self, valuation: Valuation) -> None:
        self._valuation = valuation

    def disposal(self, kept: Any) -> LedgerDisposal:
        """One disposal with its lots."""
        row = Disposed.of(kept)
        names, valuation = self._valuation.names, self._valuation
        gained = row.treatment is Treatment.GAIN
        taxed = row.proceeds is not None
        lots = tuple(
            [
                LotUsed(
                    id=names.of(piece.held.lot),
                    acquired=names.acquired(piece.held.lot),
                    quantity=piece.quantity,
                    cost=tidy(row.cost_of(place)) if taxed else piece.cost,
                )
                for place, piece in enumerate(row.pieces)
            ]
        )
        difference = EXACT.subtract(row.proceeds, row.cost or ZERO) if gained and row.proceeds is not None else None
        return LedgerDisposal(
            trade=names.of(row.trade),
            type=row.kind,
            asset=row.asset,
            quantity=row.quantity,
            disposed_on=valuation.clock.day(row.trade.instant),
            currency=row.currency,
            proceeds=None if row.proceeds is None else tidy(row.proceeds),
            acquisition_cost=None if row.cost is None else tidy(row.cost),
            difference=None if difference is None else tidy(difference),
            gain=tidy(row.gain),
            lots=lots,
            treatment=row.treatment,
        )


def _transfer(transfer: Any, ledger: Ledger) -> UnmatchedTransfer:
    return UnmatchedTransfer(
        trade=ledger.names.of(transfer),
        type=transfer.type,
        asset=transfer.asset,
        quantity=transfer.quantity,
        on=ledger.clock.day(transfer.instant),
        account=transfer.account,
    )


def _say(facts: DigitalAssetGainsFacts, working: Working, ledger: Ledger, shown: int, gain: Decimal) -> None:
    """Cite what the disposals rest on, and note what a careful accountant would want to know."""
    for sales in ledger.sales.asked():
        for name in sorted(sales.cited):
            working.cite(sales.law.cite(name))
    valuation = ledger.valuation
    for note, first, count in valuation.notes:
        working.note(f"{NAME}.{note}", trade=first, count=count)
    if ledger.transfers:
        first = ledger.names.of(ledger.transfers[0])
        working.note(f"{NAME}.transfers_unmatched", trade=first, count=len(ledger.transfers))
    if shown < len(valuation.rows):
        working.note(f"{NAME}.working_in_part", shown=shown, count=len(valuation.rows))
    if facts.holder is Holder.COMPANY and valuation.rows:
        working.note(f"{NAME}.company_books")
        if gain < ZERO:
            working.note(f"{NAME}.company_losses", excess=-gain)
    elif valuation.losses:
        working.note(f"{NAME}.losses_not_set_off", count=valuation.losses)
