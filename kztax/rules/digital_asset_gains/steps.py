"""The working behind a year's gains, written out when somebody asks for it.

Every disposal keeps its pieces of lots, so that each can be worked out again in figures. In a long ledger the first
`MOST_SHOWN` are written out, and those that the facts name; the others are one figure, and stand in the outcome with
all their lots.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from kztax.core.figure import EXACT, ZERO, Figure, Node, not_below_zero, total
from kztax.core.units import KZT, NUMBER
from kztax.rules.digital_asset_gains.disposed import Deducted, Disposed, part_figure
from kztax.rules.digital_asset_gains.facts import DigitalAssetGainsFacts
from kztax.rules.digital_asset_gains.kinds import Holder, Treatment
from kztax.rules.digital_asset_gains.matching import Piece
from kztax.rules.digital_asset_gains.sales import GAIN, NAME
from kztax.rules.digital_asset_gains.valuation import Valuation

MOST_SHOWN = 500
"""So many disposals are written out step by step; a year of one a day is."""


class Steps:
    """Figures for the disposals of a ledger."""

    def __init__(self, facts: DigitalAssetGainsFacts, valuation: Valuation) -> None:
        self.facts = facts
        self.valuation = valuation
        self.rows = valuation.rows
        self._prices: dict[int, Figure] = {}

    def shown(self) -> list[int]:
        """Which rows are written out."""
        named = frozenset(self.facts.show)
        if not named:
            return list(range(min(len(self.rows), MOST_SHOWN)))
        return [
            place
            for place, kept in enumerate(self.rows)
            if place < MOST_SHOWN or self.valuation.names.of(kept[0]) in named
        ]

    def results(self) -> Mapping[str, Node]:
        """The outcome's numbers as figures, by their paths."""
        results: dict[str, Node] = {}
        gains: dict[str, list[Figure]] = {}
        shown = self.shown()
        for place in shown:
            row = Disposed.of(self.rows[place])
            for field, figure in self._row(row):
                results[f"disposals.{place}.{field}"] = figure
            counted = results.get(f"disposals.{place}.{'gain' if self._individual else 'difference'}")
            if isinstance(counted, Figure) and row.treatment is Treatment.GAIN:
                gains.setdefault(row.asset, []).append(counted)
        for asset, others in self._not_shown(frozenset(shown)).items():
            gains.setdefault(asset, []).append(others)
        by_asset = {
            asset: total(figures, KZT).named(f"{NAME}.asset_gain", asset) for asset, figures in sorted(gains.items())
        }
        results |= {f"by_asset.{asset}.gain": figure for asset, figure in by_asset.items()}
        everything = total(by_asset.values(), KZT)
        results["gain"] = (everything if self._individual else not_below_zero(everything)).named(f"{NAME}.total_gain")
        return results

    @property
    def _individual(self) -> bool:
        return self.facts.holder is Holder.INDIVIDUAL

    def _not_shown(self, shown: frozenset[int]) -> dict[str, Figure]:
        sums: dict[str, Decimal] = {}
        counts: dict[str, int] = {}
        if len(shown) < len(self.rows):
            for place, kept in enumerate(self.rows):
                if place in shown:
                    continue
                row = Disposed.of(kept)
                if row.treatment is Treatment.GAIN:
                    counted = row.counted(self.facts.holder)
                    sums[row.asset] = EXACT.add(sums.get(row.asset, ZERO), counted)
                    counts[row.asset] = counts.get(row.asset, 0) + 1
        name = f"{NAME}.other_disposals"
        return {
            asset: Figure(amount, KZT, "written_elsewhere", (), name, f"{asset} ({counts[asset]})")
            for asset, amount in sums.items()
        }

    # --- one disposal ---

    def _row(self, row: Disposed) -> Iterator[tuple[str, Figure]]:
        law = row.sales.law
        about = self.valuation.names.about(row.trade, row.asset, self.valuation.clock.day(row.trade.instant))
        if row.treatment is not Treatment.GAIN:
            quantity = Figure(row.quantity, NUMBER, "fact", (), f"{NAME}.quantity", about)
            name = f"{NAME}.{row.treatment.value}"
            yield "gain", Figure(ZERO, KZT, "not_taxed", (quantity,), name, about, law.cite(row.rule))
            return
        proceeds = self._proceeds(row, about)
        costs = [self._cost(row, place, piece) for place, piece in enumerate(row.pieces)]
        for place, figure in enumerate(costs):
            yield f"lots.{place}.cost", figure
        method = law.cite("method") if row.sales.prescribed else None
        cost = total(costs, row.currency).named(f"{NAME}.acquisition_cost", about, method)
        difference = (proceeds - cost).named(f"{NAME}.difference", about, law.cite(row.rule))
        yield "proceeds", proceeds
        yield "acquisition_cost", cost
        yield "difference", difference
        gain = not_below_zero(difference).named(f"{NAME}.gain", about)
        yield "gain", gain if row.currency == KZT else self._in_tenge(row, gain, about)

    def _in_tenge(self, row: Disposed, gain: Figure, about: str) -> Figure:
        rate = (row.rates or {}).get("gain")
        name = f"{NAME}.gain_in_tenge"
        if rate is None:
            # A loss reduces nothing at any rate: none was asked for.
            return Figure(ZERO, KZT, "nothing_to_convert", (gain,), name, about)
        return (gain * rate).named(name, about, row.sales.law.cite(f"{GAIN}.exchange_rate"))

    def _proceeds(self, row: Disposed, about: str) -> Figure:
        if row.worth is None:
            quantity = Figure(row.quantity, NUMBER, "fact", (), f"{NAME}.quantity", about)
            price = Figure(row.trade.price, row.currency, "fact", (), f"{NAME}.price", about)
            return (price * quantity).named(f"{NAME}.proceeds", about)
        proceeds = part_figure(row.worth.figure, row.quantity, row.worth.quantity, about)
        if (rate := (row.rates or {}).get("proceeds")) is not None:
            proceeds = proceeds.named(f"{NAME}.proceeds_in_currency", about) * rate
        return proceeds.named(f"{NAME}.proceeds", about)

    def _cost(self, row: Disposed, place: int, piece: Piece) -> Figure:
        """What the law lets deduct for a piece of a lot."""
        lot = piece.held.lot
        about = self.valuation.names.about_lot(lot, row.asset)
        name = f"{NAME}.lot_cost"
        each = row.deducted[place] if row.deducted is not None else Deducted(piece.cost or ZERO, row.currency)
        if not each.cost:
            quantity = Figure(piece.quantity, NUMBER, "fact", (), f"{NAME}.lot_quantity", about)
            rule = row.sales.law.cite(each.rule or row.rule)
            return Figure(ZERO, row.currency, "nothing_deducted", (quantity,), name, about, rule)
        cost = self._paid(piece, about) if each.figure is None else each.figure
        if (rate := (row.rates or {}).get(f"lot {place}")) is not None:
            cost = cost.named(f"{NAME}.lot_cost_in_currency", about) * rate
        return cost.named(name, about)

    def _paid(self, piece: Piece, about: str) -> Figure:
        """The piece's share of what the lot cost."""
        held = piece.held
        if held.unit is not None:
            price = self._prices.get(id(held.lot))
            if price is None:
                price = Figure(held.unit, held.currency, "fact", (), f"{NAME}.lot_price", about)
                self._prices[id(held.lot)] = price
            return price * Figure(piece.quantity, NUMBER, "fact", (), f"{NAME}.lot_quantity", about)
        assert piece.split is not None, "a lot without a price of one unit is split"
        assert piece.split.of_cost is not None, "what costs nothing is not deducted"
        whole = self.valuation.found(held)
        if whole is None or whole.value != piece.split.of_cost:
            whole = Figure(piece.split.of_cost, held.currency, "fact", (), f"{NAME}.lot_held", about)
        return part_figure(whole, piece.quantity, piece.split.of_quantity, about)
