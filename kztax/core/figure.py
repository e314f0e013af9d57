"""A number that remembers where it came from.

Rules are ordinary arithmetic on figures. Each operation keeps its operands, so that one definition gives the
number, the explanation (`walk` the graph back to facts and articles) and, because only the operators of the
values are used, the same computation over columns of a million taxpayers.

Values are exact decimals. A column may stand in a decimal's place if it offers the operators of `Decimal`
and the two methods of `Column`.
"""

from __future__ import annotations

import decimal
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

from kztax.core import units
from kztax.core.units import UnitMismatch

if TYPE_CHECKING:
    from kztax.core.citation import Citation

# Money is exact: an operation that would have to drop a digit raises instead.
EXACT = decimal.Context(
    prec=200,
    Emax=999_999,
    Emin=-999_999,
    traps=[decimal.Inexact, decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
# A quotient has no exact decimal in general: fifty significant digits are carried, far below a tiyn.
QUOTIENT = decimal.Context(prec=50, rounding=decimal.ROUND_HALF_EVEN, traps=[decimal.DivisionByZero, decimal.Overflow])
# Rounding drops digits by design.
ROUNDED = decimal.Context(prec=200, rounding=decimal.ROUND_HALF_UP, traps=[decimal.InvalidOperation])

ZERO = Decimal(0)


class Column(Protocol):
    """What a column of values must offer, beside arithmetic and comparison, to stand in a figure."""

    def choose(self, when_true: Any, when_false: Any) -> Column:
        """Row by row `when_true` where this (boolean) column holds, else `when_false`."""

    def rounded_half_up(self, step: Decimal) -> Column:
        """Row by row rounded half up to a multiple of `step`, a power of ten."""


class Node:
    """One step: a value, the operation and nodes it came from, the law it rests on. Immutable and shared.

    `name` is the stable id of the step's words in the catalogs ("mining_levy.levy"), `about` tells apart
    steps of one name (a supply's label), `detail` holds what an operation needs to say beside its inputs.
    """

    __slots__ = ("about", "citation", "detail", "inputs", "name", "operation", "unit", "value")

    value: Any
    unit: str
    operation: str
    inputs: tuple[Node, ...]
    name: str
    about: str
    citation: Citation | None
    detail: tuple[Any, ...]

    def __init__(
        self,
        value: Any,
        unit: str,
        operation: str,
        inputs: tuple[Node, ...] = (),
        name: str = "",
        about: str = "",
        citation: Citation | None = None,
        detail: tuple[Any, ...] = (),
    ) -> None:
        _set_value(self, value)
        _set_unit(self, unit)
        _set_operation(self, operation)
        _set_inputs(self, inputs)
        _set_name(self, name)
        _set_about(self, about)
        _set_citation(self, citation)
        _set_detail(self, detail)

    def __setattr__(self, attribute: str, value: Any) -> None:
        raise AttributeError(f"a figure is immutable: cannot set {attribute!r}")

    def __bool__(self) -> bool:
        raise TypeError("a rule must not branch on a figure: use choose(), lowest(), highest() or brackets()")

    def __repr__(self) -> str:
        return f"<{self.name or self.operation}{f' of {self.about!r}' if self.about else ''}: {self.value} {self.unit}>"

    def named(self, name: str, about: str = "", citation: Citation | None = None) -> Self:
        """The same step under a name a person would give it, and the article that says so.

        >>> (Figure.fact("100", "kWh", "kwh") * Figure.fact("2", "KZT/kWh", "rate")).named("levy")
        <levy: 200 KZT>
        """
        return type(self)(
            self.value,
            self.unit,
            self.operation,
            self.inputs,
            name,
            about,
            self.citation if citation is None else citation,
            self.detail,
        )


# Slot descriptors write what __setattr__ forbids, at a fraction of object.__setattr__'s price.
_set_value = Node.__dict__["value"].__set__
_set_unit = Node.__dict__["unit"].__set__
_set_operation = Node.__dict__["operation"].__set__
_set_inputs = Node.__dict__["inputs"].__set__
_set_name = Node.__dict__["name"].__set__
_set_about = Node.__dict__["about"].__set__
_set_citation = Node.__dict__["citation"].__set__
_set_detail = Node.__dict__["detail"].__set__


class Figure(Node):
    """A number with a unit.

    >>> Figure.fact("3000000", "kWh", "kwh") * Figure.fact("9", "KZT/kWh", "rate")
    <product: 27000000 KZT>
    """

    __slots__ = ()
    if TYPE_CHECKING:
        value: Decimal

    @classmethod
    def fact(cls, value: Any, unit: str, name: str, about: str = "") -> Figure:
        """A number that the caller stated; text and integers become exact decimals."""
        return cls(Decimal(value) if isinstance(value, (str, int)) else value, unit, "fact", (), name, about)

    def __add__(self, other: Figure) -> Figure:
        return total((self, other))

    def __sub__(self, other: Figure) -> Figure:
        unit = _same_unit(self, other)
        try:
            value = EXACT.subtract(self.value, other.value)
        except TypeError:
            value = self.value - other.value
        return Figure(value, unit, "difference", (self, other))

    def __mul__(self, other: Figure) -> Figure:
        try:
            value = EXACT.multiply(self.value, other.value)
        except TypeError:
            value = self.value * other.value
        return Figure(value, units.multiplied(self.unit, other.unit), "product", (self, other))

    def __truediv__(self, other: Figure) -> Figure:
        try:
            value = QUOTIENT.divide(self.value, other.value)
        except TypeError:
            value = self.value / other.value
        return Figure(value, units.divided(self.unit, other.unit), "quotient", (self, other))

    def __le__(self, other: Figure) -> Condition:
        return self._compared(other, self.value <= other.value, "<=")

    def __lt__(self, other: Figure) -> Condition:
        return self._compared(other, self.value < other.value, "<")

    def __ge__(self, other: Figure) -> Condition:
        return self._compared(other, self.value >= other.value, ">=")

    def __gt__(self, other: Figure) -> Condition:
        return self._compared(other, self.value > other.value, ">")

    def _compared(self, other: Figure, value: Any, sign: str) -> Condition:
        _same_unit(self, other)
        return Condition(value, units.YES_NO, "compared", (self, other), detail=(sign,))

    def rounded(self, step: Figure) -> Figure:
        """Half up to a multiple of `step` (a tiyn is 0.01 KZT), as a shown operation."""
        unit = _same_unit(self, step)
        if isinstance(self.value, Decimal):
            value: Any = self.value.quantize(step.value, context=ROUNDED)
        else:
            value = self.value.rounded_half_up(step.value)
        return Figure(value, unit, "rounded", (self, step))


class Condition(Node):
    """A yes or a no that a rule turns on, itself a step with inputs and an article."""

    __slots__ = ()
    if TYPE_CHECKING:
        value: bool

    @classmethod
    def fact(cls, value: Any, name: str, about: str = "") -> Condition:
        """A yes or no that the caller stated."""
        return cls(value, units.YES_NO, "fact", (), name, about)

    def __and__(self, other: Condition) -> Condition:
        return Condition(self.value & other.value, units.YES_NO, "all", (self, other))

    def __or__(self, other: Condition) -> Condition:
        return Condition(self.value | other.value, units.YES_NO, "any", (self, other))

    def __invert__(self) -> Condition:
        value = not self.value if isinstance(self.value, bool) else ~self.value
        return Condition(value, units.YES_NO, "not", (self,))


def all_of(name: str, about: str, *conditions: Condition, citation: Citation | None = None) -> Condition:
    """Conditions that must hold together, as one named step.

    >>> all_of("own_renewable", "", Condition.fact(True, "own"), Condition.fact(False, "renewable"))
    <own_renewable: False yes/no>
    """
    value: Any = conditions[0].value
    for condition in conditions[1:]:
        value = value & condition.value
    return Condition(value, units.YES_NO, "all", conditions, name, about, citation)


class Moment(Node):
    """A date that follows from facts and law: a due day, the end of a window."""

    __slots__ = ()
    if TYPE_CHECKING:
        value: date

    @classmethod
    def fact(cls, value: date, name: str, about: str = "") -> Moment:
        """A day that the caller stated."""
        return cls(value, units.DATE, "fact", (), name, about)


class Case(NamedTuple):
    """One exception of the law: where `condition` holds, `figure` applies, on the ground `label`."""

    condition: Condition
    figure: Figure
    label: str


class Chosen(NamedTuple):
    """What `choose` picked, and on which ground."""

    figure: Figure
    label: str


def choose(cases: Sequence[Case], otherwise: Figure, label: str) -> Chosen:
    """The first case that applies, in the law's order, else the general rule.

    The step keeps the conditions it looked at, so that the explanation says why the others did not apply.

    >>> standard = Figure.fact("2", "KZT/kWh", "standard")
    >>> reduced = Figure.fact("1", "KZT/kWh", "reduced")
    >>> choose([Case(Condition.fact(True, "own_renewable"), reduced, "own_renewable")], standard, "standard")
    Chosen(figure=<chosen: 1 KZT/kWh>, label='own_renewable')
    """
    examined: list[Node] = []
    for position, (condition, figure, ground) in enumerate(cases):
        _same_unit(figure, otherwise)
        held = condition.value
        if not isinstance(held, bool):
            return _choose_in_columns(cases[position:], otherwise, label)
        examined.append(condition)
        if held:
            return Chosen(Figure(figure.value, figure.unit, "chosen", (figure, *examined), detail=(ground,)), ground)
    inputs = (otherwise, *examined)
    return Chosen(Figure(otherwise.value, otherwise.unit, "chosen", inputs, detail=(label,)), label)


def _choose_in_columns(cases: Sequence[Case], otherwise: Figure, label: str) -> Chosen:
    value: Any = otherwise.value
    ground: Any = label
    inputs: list[Node] = [otherwise]
    for condition, figure, case_label in reversed(cases):
        value = _pick(condition.value, figure.value, value)
        ground = _pick(condition.value, case_label, ground)
        inputs += (figure, condition)
    return Chosen(Figure(value, otherwise.unit, "chosen", tuple(inputs)), ground)


def _pick(held: Any, when_true: Any, when_false: Any) -> Any:
    if held is True:
        return when_true
    if held is False:
        return when_false
    return held.choose(when_true, when_false)


def total(figures: Iterable[Figure], unit: str | None = None) -> Figure:
    """The sum of figures of one unit. An empty sum needs its unit said.

    >>> total([], "KZT")
    <sum: 0 KZT>
    """
    addends = tuple(figures)
    if not addends:
        if unit is None:
            raise UnitMismatch("an empty sum has no unit of its own: say which")
        return Figure(ZERO, unit, "sum")
    value: Any = addends[0].value
    for addend in addends[1:]:
        _same_unit(addends[0], addend)
        try:
            value = EXACT.add(value, addend.value)
        except TypeError:
            value = value + addend.value
    return Figure(value, addends[0].unit, "sum", addends)


def lowest(*figures: Figure) -> Figure:
    """The least of figures of one unit; the first of equals.

    >>> lowest(Figure.fact("5", "KZT", "a"), Figure.fact("3", "KZT", "b"))
    <lowest: 3 KZT>
    """
    return _extreme(figures, "lowest")


def highest(*figures: Figure) -> Figure:
    """The greatest of figures of one unit; the first of equals."""
    return _extreme(figures, "highest")


def _extreme(figures: tuple[Figure, ...], operation: str) -> Figure:
    value: Any = figures[0].value
    for figure in figures[1:]:
        _same_unit(figures[0], figure)
        better = figure.value < value if operation == "lowest" else figure.value > value
        value = _pick(better, figure.value, value)
    return Figure(value, figures[0].unit, operation, figures)


def not_below_zero(figure: Figure) -> Figure:
    """The figure where it is positive, else zero: a loss is not negative income.

    >>> not_below_zero(Figure.fact("-2", "KZT", "difference"))
    <not_below_zero: 0 KZT>
    """
    return Figure(_pick(figure.value > ZERO, figure.value, ZERO), figure.unit, "not_below_zero", (figure,))


class Step(NamedTuple):
    """One row of a table of the law: up to `up_to` inclusive (None: without end) `rate` applies."""

    up_to: Figure | None
    rate: Figure


def step_for(figure: Figure, steps: Sequence[Step]) -> Figure:
    """The rate of the table's row that the figure falls in; upper ends belong to their row."""
    last = steps[-1].rate
    value: Any = last.value
    for up_to, rate in reversed(steps[:-1]):
        assert up_to is not None, "only the last row of a table is open"
        _same_unit(figure, up_to)
        value = _pick(figure.value <= up_to.value, rate.value, value)
    return Figure(value, last.unit, "step", (figure,), citation=last.citation, detail=_row_of(figure, steps))


def _row_of(figure: Figure, steps: Sequence[Step]) -> tuple[Any, ...]:
    if not isinstance(figure.value, Decimal):
        return ()
    lower: Decimal | None = None
    for up_to, _ in steps:
        if up_to is None or figure.value <= up_to.value:
            return (lower, up_to.value if up_to is not None else None)
        lower = up_to.value
    raise AssertionError("the last row of a table is open")


class Bracket(NamedTuple):
    """What one bracket of a scale takes: its rate, the income that falls in it, the tax on that."""

    rate: Figure
    income: Figure
    tax: Figure


def brackets(income: Figure, scale: Sequence[Step], subject: str) -> tuple[Bracket, ...]:
    """Income split over a scale's brackets, limits inclusive; `subject` prefixes the names of the steps.

    >>> ten, fifteen = Figure.fact("0.10", "1", "r1"), Figure.fact("0.15", "1", "r2")
    >>> scale = [Step(Figure.fact("100", "KZT", "limit"), ten), Step(None, fifteen)]
    >>> [row.tax.value for row in brackets(Figure.fact("120", "KZT", "income"), scale, "x")]
    [Decimal('10.00'), Decimal('3.00')]
    """
    if len(scale) == 1:
        rate = scale[0].rate
        return (Bracket(rate, income, (income * rate).named(f"{subject}.bracket_tax")),)
    rows: list[Bracket] = []
    for position, (up_to, rate) in enumerate(scale):
        within = income if up_to is None else lowest(income, up_to)
        below = scale[position - 1].up_to if position else None
        if below is not None:
            within = not_below_zero(within - below)
        within = within.named(f"{subject}.bracket_income", about=str(position + 1))
        rows.append(Bracket(rate, within, (within * rate).named(f"{subject}.bracket_tax", about=str(position + 1))))
    return tuple(rows)


def _same_unit(left: Node, right: Node) -> str:
    if left.unit != right.unit:
        raise UnitMismatch(f"{left!r} and {right!r} have different units")
    return left.unit


def walk(roots: Iterable[Node]) -> Iterator[Node]:
    """Every node under the roots once, inputs before what uses them. No recursion: derivations may be long."""
    done: set[int] = set()
    for root in roots:
        if id(root) in done:
            continue
        done.add(id(root))
        if not root.inputs:
            yield root
            continue
        path: list[tuple[Node, Iterator[Node]]] = [(root, iter(root.inputs))]
        while path:
            node, rest = path[-1]
            for child in rest:
                if id(child) not in done:
                    done.add(id(child))
                    if child.inputs:
                        path.append((child, iter(child.inputs)))
                        break
                    yield child
            else:
                path.pop()
                yield node
