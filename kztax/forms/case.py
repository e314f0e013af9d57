"""Facts with their assessment: what a form is filled from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from kztax.core.assessment import Assessment, FigureRecord
from kztax.core.citation import Citation
from kztax.core.derivation import digest_of
from kztax.core.errors import InvalidFacts, KztaxError, MissingFact
from kztax.core.facts import SubjectFacts
from kztax.core.invalid import invalid_facts
from kztax.forms.model import AssessmentRecord, Source, SourceKind


class Case:
    """One assessment with the facts that it is of; `number` counts those of a form from zero."""

    def __init__(self, facts: Any, assessment: Assessment[Any], number: int = 0) -> None:
        self.facts = facts
        self.assessment = assessment
        self.outcome: Any = assessment.outcome
        self.number = number

    @cached_property
    def records(self) -> Mapping[str, FigureRecord]:
        """The figures by their ids."""
        return {record.id: record for record in self.assessment.figures}

    def record(self, path: str) -> FigureRecord:
        """The figure behind a field of the outcome."""
        return self.records[self.assessment.results[path]]

    def inputs(self, record: FigureRecord) -> Iterator[FigureRecord]:
        """The figures that a figure is made of."""
        for source in record.inputs:
            yield self.records[source]

    def amount(self, path: str) -> Decimal:
        """The number in a field of the outcome."""
        value = self.record(path).value
        assert isinstance(value, Decimal)
        return value

    def figure_source(self, path: str, record: FigureRecord | None = None) -> Source:
        """Where a value of the outcome is from: its figure, the figure's name and its article."""
        record = record or self.record(path)
        return Source(
            kind=SourceKind.FIGURE,
            path=path,
            assessment=self.number,
            figure=record.id,
            name=record.name or None,
            citation=self._cited(record),
        )

    def fact_source(self, path: str) -> Source:
        """Where a stated value is from: its field in the facts."""
        return Source(kind=SourceKind.FACT, path=path, assessment=self.number)

    def as_record(self) -> AssessmentRecord:
        """The assessment as the form names it."""
        made = self.assessment
        return AssessmentRecord(
            kind=made.kind, period=made.period, facts_digest=made.facts_digest, rule_book=made.rule_book
        )

    def _cited(self, record: FigureRecord) -> Citation | None:
        """The article of the figure, else the nearest one among those it is made of."""
        level = [record]
        while level:
            for each in level:
                if each.citation is not None:
                    return each.citation
            level = [source for each in level for source in self.inputs(each)]
        return None


def cases_of(
    stated: Sequence[Any],
    facts_of: Callable[[Any], SubjectFacts],
    assess: Callable[[SubjectFacts], Assessment[Any]],
    outcome_of: Callable[[str], type[Any]],
) -> list[Case]:
    """Every set of facts with its assessment: the stored one where it is given too, else one made now.

    Facts and stored assessments find each other by the digest of the facts. Raises `MissingFact` for an assessment
    whose facts are not given: a form needs both.
    """
    stored: dict[str, tuple[int, Assessment[Any]]] = {}
    facts: list[tuple[int, SubjectFacts]] = []
    for place, given in enumerate(stated):
        if isinstance(given, Assessment):
            stored[given.facts_digest] = (place, given)
        elif isinstance(given, Mapping) and "facts_digest" in given:
            read = _read_back(given, place, outcome_of)
            stored[read.facts_digest] = (place, read)
        else:
            with _at(place, stated):
                facts.append((place, facts_of(given)))
    cases: list[Case] = []
    for place, model in facts:
        kept = stored.pop(digest_of(model), None)
        with _at(place, stated):
            cases.append(Case(model, assess(model) if kept is None else kept[1], len(cases)))
    for place, left in stored.values():
        raise MissingFact("facts_of_assessment_missing", path=(place,), kind=left.kind, period=left.period)
    return cases


@contextmanager
def _at(place: int, stated: Sequence[Any]) -> Iterator[None]:
    """Say of which of several facts an error is."""
    try:
        yield
    except KztaxError as error:
        if len(stated) > 1:
            for each in (error, *error.others):
                each.path = (place, *each.path)
        raise


def _read_back(given: Mapping[str, Any], place: int, outcome_of: Callable[[str], type[Any]]) -> Assessment[Any]:
    kind = given.get("kind")
    if not isinstance(kind, str):
        raise InvalidFacts("kind_missing", path=(place, "kind"), known="")
    try:
        outcome = outcome_of(kind)
        return Assessment[outcome].model_validate(given)  # type: ignore[valid-type]
    except ValidationError as error:
        raise invalid_facts(error) from error
