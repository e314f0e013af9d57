"""The seam: the same rule functions on single values and on columns of a thousand rows, every outcome compared."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

import kztax
from kztax.core.figure import Condition, Figure, Step, brackets, not_below_zero, total
from kztax.core.law import LawOn
from kztax.rules.mining_levy.rule import REGIMES, SupplyFigures

ROWS = 1000
SCALE = 10  # Polars silently rounds products to the larger scale of the two: a wide one is carried throughout.


class PolarsColumn:
    """A Polars expression in a decimal's place."""

    def __init__(self, expression: pl.Expr) -> None:
        self.expression = expression

    @staticmethod
    def of(value: Any) -> pl.Expr:
        if isinstance(value, PolarsColumn):
            return value.expression
        if isinstance(value, Decimal):
            return pl.lit(value).cast(pl.Decimal(38, SCALE))
        return pl.lit(value)

    def _with(self, other: Any, operation: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> PolarsColumn:
        return PolarsColumn(operation(self.expression, self.of(other)))

    def __add__(self, other: Any) -> PolarsColumn:
        return self._with(other, lambda left, right: left + right)

    def __radd__(self, other: Any) -> PolarsColumn:
        return self._with(other, lambda left, right: right + left)

    def __sub__(self, other: Any) -> PolarsColumn:
        return self._with(other, lambda left, right: left - right)

    def __rsub__(self, other: Any) -> PolarsColumn:
        return self._with(other, lambda left, right: right - left)

    def __mul__(self, other: Any) -> PolarsColumn:
        return self._with(other, lambda left, right: left * right)

    def __rmul__(self, other: Any) -> PolarsColumn:
        return self._with(other, lambda left, right: right * left)

    def __le__(self, other: Any) -> PolarsColumn:
        return self._with(other, lambda left, right: left <= right)

    def __lt__(self, other: Any) -> PolarsColumn:
        return self._with(other, lambda left, right: left < right)

    def __ge__(self, other: Any) -> PolarsColumn:
        return self._with(other, lambda left, right: left >= right)

    def __gt__(self, other: Any) -> PolarsColumn:
        return self._with(other, lambda left, right: left > right)

    def __and__(self, other: Any) -> PolarsColumn:
        return self._with(other, lambda left, right: left & right)

    def __or__(self, other: Any) -> PolarsColumn:
        return self._with(other, lambda left, right: left | right)

    def __invert__(self) -> PolarsColumn:
        return PolarsColumn(~self.expression)

    def choose(self, when_true: Any, when_false: Any) -> PolarsColumn:
        return PolarsColumn(pl.when(self.expression).then(self.of(when_true)).otherwise(self.of(when_false)))


def column(name: str) -> Any:
    return PolarsColumn(pl.col(name))


def frame_of(rows: list[dict[str, Any]]) -> pl.DataFrame:
    frame = pl.DataFrame(rows)
    decimals = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Decimal)]
    return frame.with_columns(pl.col(name).cast(pl.Decimal(38, SCALE)) for name in decimals)


CONDITIONS = ("own", "renewable", "in_kazakhstan", "on_unified_system", "without_meter", "without_licence")


def supplies() -> list[dict[str, Any]]:
    chance = random.Random(606)
    rows: list[dict[str, Any]] = []
    for _ in range(ROWS):
        row: dict[str, Any] = {name: chance.random() < 0.5 for name in CONDITIONS}
        # Prices on both sides of every step, its ends included.
        row["price"] = (
            Decimal(chance.randrange(0, 2600)) / 100 if chance.random() < 0.7 else Decimal(chance.randrange(26))
        )
        row["kwh"] = Decimal(chance.randrange(10**9)) / 1000
        rows.append(row)
    return rows


def supply_of(row: Callable[[str], Any]) -> SupplyFigures:
    return SupplyFigures(
        "a supply",
        Figure(row("kwh"), "kWh", "fact", (), "kwh"),
        Figure(row("price"), "KZT/kWh", "fact", (), "price"),
        *(Condition(row(name), "yes/no", "fact", (), name) for name in CONDITIONS),
    )


READINGS = {"own_station": "penal", "any_owner": "reduced"}


@pytest.mark.parametrize("off_grid", READINGS)
@pytest.mark.parametrize("year", [2022, 2023, 2024, 2026])
def test_the_levys_regimes_give_the_same_on_values_and_columns(year: int, off_grid: str) -> None:
    law = kztax.rule_book().on("mining_levy", date(year, 1, 1))
    regime = REGIMES[law.text("regime")]

    def reading(name: str) -> str:
        return off_grid if name == "off_grid_units" else READINGS[off_grid]

    rows = supplies()
    together = supply_of(column)
    chosen = regime(together, law, reading)
    levy = together.kwh * chosen.figure
    answered = frame_of(rows).select(
        levy=PolarsColumn.of(levy.value),
        rate=PolarsColumn.of(chosen.figure.value),
        ground=PolarsColumn.of(chosen.label),
    )
    grounds = set()
    for row, batch in zip(rows, answered.iter_rows(named=True), strict=True):
        alone = supply_of(row.__getitem__)
        one = regime(alone, law, reading)
        assert (alone.kwh * one.figure).value == batch["levy"]
        assert (one.figure.value, str(one.label)) == (batch["rate"], batch["ground"])
        grounds.add(str(one.label))
    assert len(grounds) == {2022: 1, 2023: 4, 2024: 3, 2026: 5}[year]


def tax_of(income: Figure, deductions: Figure, scale: tuple[Step, ...]) -> Figure:
    taxable = not_below_zero(income - deductions)
    return total(row.tax for row in brackets(taxable, scale, "personal_income_tax"))


@pytest.mark.parametrize("year", [2022, 2026])
def test_scales_give_the_same_on_values_and_columns(year: int) -> None:
    law: LawOn = kztax.rule_book().on("personal_income_tax", date(year, 1, 1))
    scale = law.steps("rate.general", "base.mci")
    chance = random.Random(363)
    rows = [
        {"income": Decimal(chance.randrange(8 * 10**9)) / 100, "deductions": Decimal(chance.randrange(10**9)) / 100}
        for _ in range(ROWS)
    ]

    def figure(value: Any, name: str) -> Figure:
        return Figure(value, "KZT", "fact", (), name)

    together = tax_of(figure(column("income"), "income"), figure(column("deductions"), "deductions"), scale)
    answered = frame_of(rows).select(tax=PolarsColumn.of(together.value))["tax"].to_list()
    for row, batch in zip(rows, answered, strict=True):
        alone = tax_of(figure(row["income"], "income"), figure(row["deductions"], "deductions"), scale)
        assert alone.value == batch
