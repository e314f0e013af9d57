"""2026 on: price less initial cost, wherever the sale has its source (Tax Code 2025, 382, 389)."""

from __future__ import annotations

from kztax.core.figure import Figure
from kztax.core.period import ONE_DAY
from kztax.rules.digital_asset_gains.disposed import Deducted, Disposed, part_figure
from kztax.rules.digital_asset_gains.kinds import LotOrigin
from kztax.rules.digital_asset_gains.matching import Piece
from kztax.rules.digital_asset_gains.regimes.regime import Regime
from kztax.rules.digital_asset_gains.sales import GAIN, NAME

RETURN_DUE = "personal_income_tax.return_due"


class InitialCost(Regime):
    """What was taxed as income on the way in is a cost, and so is the appraisal of an inheritance, made in time."""

    def received(self, row: Disposed, piece: Piece) -> Deducted:
        """What the law lets deduct of a lot that was not paid for (389(4), (6), (7))."""
        lot = piece.held.lot
        if lot.taxed_as_income and piece.cost is not None:
            return Deducted(piece.cost, piece.held.currency, "taxed_as_income")
        if lot.origin is LotOrigin.INHERITANCE:
            return self._appraised(row, piece)
        return super().received(row, piece)

    def _appraised(self, row: Disposed, piece: Piece) -> Deducted:
        """Market value, if the appraisal was made no later than the declaration of the year is due."""
        lot = piece.held.lot
        nothing = super().received(row, piece)
        if lot.appraised_value is None:
            self.notes.say("inheritance_not_appraised", row.trade)
            return nothing
        period = self.facts.tax_period
        filing = self.working.law_of_filing(period.last_day + ONE_DAY)
        due = self.working.due(filing, RETURN_DUE, period)
        if lot.appraised_on is None:
            self.notes.say("appraisal_taken_as_in_time", row.trade)
        elif due is not None and lot.appraised_on > due.value:
            self.working.note(f"{NAME}.appraised_too_late", disposal=self.names.of(row.trade), due=due.value)
            return nothing
        rule, about = f"{GAIN}.appraised_inheritance", self.names.about_lot(lot, row.asset)
        whole = Figure(lot.appraised_value, lot.currency, "fact", (), f"{NAME}.appraised_value", about)
        figure = part_figure(whole, piece.quantity, lot.quantity, about)
        figure = figure.named(f"{NAME}.lot_cost", about, self.sales.law.cite(rule))
        return Deducted(figure.value, lot.currency, rule, figure)
