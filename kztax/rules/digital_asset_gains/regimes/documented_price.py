"""2023 and 2024: price less documented price; a source abroad has rules of its own (Tax Code 2017, 331, 332)."""

from __future__ import annotations

from kztax.core.facts import Source
from kztax.rules.digital_asset_gains.disposed import Disposed
from kztax.rules.digital_asset_gains.regimes.regime import Regime


class DocumentedPrice(Regime):
    """By one reading article 331 reaches no assets without a Kazakh issuer: their sale has its source abroad."""

    def is_plain(self, asset: str) -> bool:
        """The reading is asked of every sale."""
        return False

    def source(self, row: Disposed) -> Source:
        """Where the sale has its source."""
        stated = super().source(row)
        if stated is not Source.KAZAKHSTAN or row.asset in self.facts.kazakh_issued_assets:
            return stated
        chosen = self.working.reading("issuer_2023_2024", self.facts.tax_period.last_day)
        return Source.FOREIGN if chosen == "kazakh_issuer" else stated
