"""From live steps to records: ids in order of computation, formulas spelled over them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kztax.core.assessment import FigureRecord
from kztax.core.citation import Citation
from kztax.core.facts import SubjectFacts
from kztax.core.figure import Node, walk

_SIGNS = {"sum": " + ", "difference": " - ", "product": " * ", "quotient": " / ", "all": " and ", "any": " or "}


class Derivation:
    """The steps behind one outcome. Recording them is put off until somebody asks for them."""

    def __init__(
        self,
        facts: SubjectFacts,
        results: Mapping[str, Node],
        later: Callable[[], Mapping[str, Node]] | None = None,
    ) -> None:
        self._facts = facts
        self._results = results
        self._later = later
        self._steps: list[Node] = list(walk(results.values()))

    @property
    def steps(self) -> list[Node]:
        """Every step once, inputs before what uses them; those that were put off are worked out now."""
        if self._later is not None:
            self._results = {**self._results, **self._later()}
            self._steps, self._later = list(walk(self._results.values())), None
        return self._steps

    def citations(self) -> dict[int, Citation]:
        """The articles that the live steps rest on, each once, by identity: the rule book shares them."""
        return {id(step.citation): step.citation for step in self._steps if step.citation is not None}

    def records(self) -> tuple[FigureRecord, ...]:
        """Every step as data, inputs before what uses them."""
        ids = self._ids()
        return tuple(_record(step, ids) for step in self.steps)

    def results(self) -> dict[str, str]:
        """Which step each field of the outcome is the value of."""
        ids = self._ids()
        return {path: ids[id(node)] for path, node in self._results.items()}

    def facts_digest(self) -> str:
        """SHA-256 of the facts as JSON."""
        return digest_of(self._facts)

    def _ids(self) -> dict[int, str]:
        return {id(step): f"f{number}" for number, step in enumerate(self.steps, start=1)}


def digest_of(facts: SubjectFacts) -> str:
    """SHA-256 of facts as JSON: the same facts, the same digest."""
    from hashlib import sha256

    return sha256(facts.model_dump_json().encode()).hexdigest()


def _record(step: Node, ids: Mapping[int, str]) -> FigureRecord:
    inputs = tuple([ids[id(node)] for node in step.inputs])
    return FigureRecord(
        id=ids[id(step)],
        name=step.name,
        about=step.about,
        value=step.value,
        unit=step.unit,
        operation=step.operation,
        formula=_formula(step, inputs),
        inputs=inputs,
        detail=tuple([None if item is None else str(item) for item in step.detail]),
        citation=step.citation,
    )


def _formula(step: Node, inputs: tuple[str, ...]) -> str | None:
    if not inputs:
        return None
    if (sign := _SIGNS.get(step.operation)) is not None:
        return sign.join(inputs)
    if step.operation == "compared":
        return f" {step.detail[0]} ".join(inputs)
    return f"{step.operation}({', '.join(inputs)})"
