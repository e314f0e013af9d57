"""A company's disposals as its books have them, in tenge: proceeds less cost (Tax Code 2017, 226; 2025, 326)."""

from __future__ import annotations

from typing import Any

from kztax.core.errors import UnknownLaw
from kztax.core.figure import ZERO, Figure
from kztax.core.units import KZT
from kztax.rules.digital_asset_gains.disposed import Deducted, Disposed, Given
from kztax.rules.digital_asset_gains.kinds import AS_PAID_FOR
from kztax.rules.digital_asset_gains.matching import Piece
from kztax.rules.digital_asset_gains.regimes.regime import Regime


class CompanyBooks(Regime):
    """Where a sale or an acquisition has its source makes no difference."""

    def price(self, given: Given) -> Figure:
        """The price, which the books have in tenge."""
        price = super().price(given)
        if price.unit != KZT:
            raise self._in_currency(given.trade, price.unit)
        return price

    def whole_price(self, row: Disposed) -> str | None:
        """Nothing takes the cost away."""
        return None

    def difference(self, row: Disposed) -> str:
        """The entry by which the price less the cost is income."""
        return self.sales.difference

    def deducted(self, row: Disposed, piece: Piece) -> Deducted:
        """The documented cost, and what was taxed as income on the way in."""
        lot = piece.held.lot
        if piece.cost is not None and (lot.origin in AS_PAID_FOR or lot.taxed_as_income):
            return Deducted(piece.cost, piece.held.currency)
        bought = lot.origin in AS_PAID_FOR
        self.notes.say("cost_not_documented" if bought else "company_without_cost", row.trade)
        return Deducted(ZERO, row.currency)

    def compare(self, row: Disposed, currency: str) -> None:
        """The books have both in tenge."""
        raise self._in_currency(row.trade, currency)

    def _in_currency(self, trade: Any, currency: str) -> UnknownLaw:
        path = ("trades", self.names.position(trade))
        return UnknownLaw("company_currency", path=path, trade=self.names.of(trade), currency=currency)
