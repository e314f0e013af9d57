"""Figures: numbers with units that remember where they came from."""

from __future__ import annotations

import decimal
from decimal import Decimal

import pytest

from kztax.core.figure import (
    Bracket,
    Case,
    Condition,
    Figure,
    Node,
    Step,
    brackets,
    choose,
    highest,
    lowest,
    not_below_zero,
    step_for,
    total,
    walk,
)
from kztax.core.units import UnitMismatch


def kzt(value: str, name: str = "amount") -> Figure:
    return Figure.fact(value, "KZT", name)


def rate(value: str, name: str = "rate") -> Figure:
    return Figure.fact(value, "1", name)


def test_units_multiply() -> None:
    load, hours = Figure.fact("5000", "kW", "load"), Figure.fact("2160", "h", "hours")
    kwh = load * hours
    assert (kwh.value, kwh.unit) == (Decimal(10_800_000), "kWh")
    levy = kwh * Figure.fact("25", "KZT/kWh", "rate")
    assert (levy.value, levy.unit) == (Decimal(270_000_000), "KZT")
    limit = Figure.fact("8500", "MCI", "limit") * Figure.fact("4325", "KZT/MCI", "mci")
    assert (limit.value, limit.unit) == (Decimal(36_762_500), "KZT")


def test_units_divide() -> None:
    assert (kzt("10") / Figure.fact("4", "kWh", "kwh")).unit == "KZT/kWh"
    share = kzt("1") / kzt("4")
    assert (share.value, share.unit) == (Decimal("0.25"), "1")


def test_what_has_different_units_cannot_be_added_or_compared() -> None:
    kwh = Figure.fact("1", "kWh", "kwh")
    for mixed in (
        lambda: kzt("1") + kwh,
        lambda: kzt("1") - kwh,
        lambda: kzt("1") <= kwh,
        lambda: lowest(kzt("1"), kwh),
        lambda: total([kzt("1"), kwh]),
        lambda: kzt("1").rounded(kwh),
    ):
        with pytest.raises(UnitMismatch):
            mixed()


def test_a_yes_or_no_cannot_be_multiplied() -> None:
    with pytest.raises(UnitMismatch):
        kzt("1") * Figure.fact("1", "yes/no", "answer")


def test_thirty_digits_lose_none() -> None:
    long = "123456789012345678901234567890"
    product = kzt(long) * rate("0.123456789012345678")
    # The whole numbers multiplied, and the point put back eighteen places.
    assert product.value == Decimal(int(long) * 123456789012345678).scaleb(-18, decimal.Context(prec=60))
    assert (kzt(long) + kzt("0.000000000000000001")).value == Decimal(f"{long}.000000000000000001")
    assert (kzt(long) - kzt(long)).value == 0


def test_a_fact_from_a_tenth_is_a_tenth() -> None:
    assert sum((kzt("0.1").value for _ in range(3)), Decimal(0)) == Decimal("0.3")
    assert total(kzt("0.1") for _ in range(3)).value == Decimal("0.3")


def test_an_empty_sum_needs_its_unit_said() -> None:
    assert total([], "KZT").value == 0
    with pytest.raises(UnitMismatch):
        total([])


def test_the_first_case_that_holds_is_chosen_and_those_looked_at_are_kept() -> None:
    no, yes = Condition.fact(False, "no"), Condition.fact(True, "yes")
    unseen = Condition.fact(True, "unseen")
    standard, reduced, other = rate("2", "standard"), rate("1", "reduced"), rate("25", "other")
    chosen = choose([Case(no, other, "a"), Case(yes, reduced, "b"), Case(unseen, other, "c")], standard, "general")
    assert (chosen.label, chosen.figure.value) == ("b", Decimal(1))
    assert chosen.figure.inputs == (reduced, no, yes)


def test_the_general_rule_is_chosen_where_no_case_holds() -> None:
    no = Condition.fact(False, "no")
    standard = rate("2", "standard")
    chosen = choose([Case(no, rate("1"), "a")], standard, "general")
    assert (chosen.label, chosen.figure.value) == ("general", Decimal(2))
    assert chosen.figure.inputs == (standard, no)


def test_cases_of_another_unit_are_refused() -> None:
    with pytest.raises(UnitMismatch):
        choose([Case(Condition.fact(True, "yes"), kzt("1"), "a")], rate("1"), "general")


def test_the_lowest_and_the_highest() -> None:
    three = [kzt("5"), kzt("3"), kzt("4")]
    assert lowest(*three).value == 3
    assert highest(*three).value == 5
    assert lowest(*three).inputs == tuple(three)
    assert not_below_zero(kzt("-2")).value == 0
    assert not_below_zero(kzt("2")).value == 2


STEPS = [Step(rate("1"), rate("25")), Step(rate("2"), rate("24")), Step(None, rate("1"))]


@pytest.mark.parametrize(
    ("value", "found", "row"),
    [
        ("0", "25", (None, "1")),
        ("1", "25", (None, "1")),
        ("1.001", "24", ("1", "2")),
        ("2", "24", ("1", "2")),
        ("2.01", "1", ("2", None)),
    ],
)
def test_the_upper_end_of_a_step_belongs_to_it(value: str, found: str, row: tuple[str | None, str | None]) -> None:
    step = step_for(rate(value), STEPS)
    assert step.value == Decimal(found)
    assert step.detail == tuple(None if limit is None else Decimal(limit) for limit in row)


SCALE = [Step(kzt("100"), rate("0.10")), Step(kzt("300"), rate("0.15")), Step(None, rate("0.20"))]


@pytest.mark.parametrize(
    ("income", "parts", "tax"),
    [
        ("0", (0, 0, 0), "0"),
        ("100", (100, 0, 0), "10"),
        ("101", (100, 1, 0), "10.15"),
        ("300", (100, 200, 0), "40"),
        ("350", (100, 200, 50), "50"),
    ],
)
def test_brackets_take_their_share_of_the_income(income: str, parts: tuple[int, ...], tax: str) -> None:
    rows = brackets(kzt(income), SCALE, "test")
    assert tuple(row.income.value for row in rows) == parts
    assert total(row.tax for row in rows).value == Decimal(tax)


def test_a_flat_scale_is_one_bracket() -> None:
    (row,) = brackets(kzt("250"), [Step(None, rate("0.10"))], "test")
    assert isinstance(row, Bracket)
    assert (row.income.value, row.tax.value) == (Decimal(250), Decimal(25))


@pytest.mark.parametrize(
    ("exact", "paid"),
    [("0.005", "0.01"), ("0.004999", "0"), ("2.675", "2.68"), ("10.025", "10.03"), ("7", "7"), ("-0.005", "-0.01")],
)
def test_rounding_is_half_up_and_a_step_that_shows(exact: str, paid: str) -> None:
    before, tiyn = kzt(exact), kzt("0.01", "tiyn")
    after = before.rounded(tiyn)
    assert after.value == Decimal(paid)
    assert (after.operation, after.inputs) == ("rounded", (before, tiyn))


def test_nothing_of_a_figure_can_be_changed() -> None:
    figure = kzt("1")
    for attribute in ("value", "unit", "inputs", "name", "anything"):
        with pytest.raises(AttributeError):
            setattr(figure, attribute, "2")
    renamed = figure.named("other")
    assert (figure.name, renamed.name) == ("amount", "other")


def test_no_rule_branches_on_a_figure() -> None:
    for node in (kzt("1"), kzt("0"), kzt("2") > kzt("1"), Condition.fact(True, "yes")):
        with pytest.raises(TypeError):
            bool(node)


def test_conditions_combine() -> None:
    yes, no = Condition.fact(True, "yes"), Condition.fact(False, "no")
    assert (yes & no).value is False
    assert (yes | no).value is True
    assert (~no).value is True
    assert (kzt("2") >= kzt("2")).value is True
    assert (kzt("2") > kzt("2")).value is False
    assert (kzt("2") < kzt("3")).value is True


def test_a_chain_of_a_hundred_thousand_steps_is_walked_without_recursion() -> None:
    first = kzt("1", "first")
    last = first
    for _ in range(100_000):
        last = last + first
    walked = list(walk([last]))
    assert len(walked) == 100_001
    assert (walked[0], walked[-1]) == (first, last)
    assert last.value == 100_001


def test_each_step_is_walked_once_and_after_its_inputs() -> None:
    base = kzt("10", "base")
    left, right = (base * rate("2", "two")).named("left"), (base * rate("3", "three")).named("right")
    roots: list[Node] = [(left + right).named("sum"), left, (right - left).named("difference"), base]
    walked = list(walk(roots))
    assert len({id(node) for node in walked}) == len(walked) == 7
    place = {id(node): position for position, node in enumerate(walked)}
    for node in walked:
        assert all(place[id(source)] < place[id(node)] for source in node.inputs)
