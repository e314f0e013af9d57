"""What a caller gets: the outcome, and every step that led to it, as plain frozen data.

An assessment holds no live objects: it can be stored, sent, read back years later and explained again in
another language, and the same facts under the same rule book give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, ClassVar, Generic, Protocol, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    PrivateAttr,
    computed_field,
    model_validator,
)

from kztax.core.citation import Citation
from kztax.core.figure import EXACT
from kztax.core.words import speaker

FORMAT_VERSION = "1"


def plain(number: Decimal) -> str:
    """Digits only, without exponent or trailing zeros.

    >>> plain(Decimal("1233942.40")), plain(Decimal("1E+3")), plain(Decimal("-0.0"))
    ('1233942.4', '1000', '0')
    """
    return format(EXACT.normalize(number), "f") if number else "0"


def _plain_value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date) else value


def _value_read(value: Any) -> Any:
    """JSON holds numbers and days as text: "1" is a number, never a yes."""
    if not isinstance(value, str):
        return value
    return date.fromisoformat(value) if value.count("-") == 2 else Decimal(value)


Number = Annotated[Decimal, PlainSerializer(plain, return_type=str)]
"""A decimal of an outcome; JSON holds it as a string of digits."""


class Frozen(BaseModel):
    """Base of all that an assessment is made of."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Outcome(Frozen):
    """Base of the typed answers, one model a kind. `UNSAID` names fields of which an absence is not worth a line.

    `LISTED` names fields whose items an explanation says one by one, each under the words of its `about`.
    """

    UNSAID: ClassVar[frozenset[str]] = frozenset()
    LISTED: ClassVar[tuple[str, ...]] = ()

    @property
    def about(self) -> str:
        """What tells an item of a list from others: a label, "choice.…" or "kind.…" for words of the catalogs."""
        return ""

    @property
    def worth_saying(self) -> bool:
        """Whether an explanation says this item of a list."""
        return True

    def in_words(self, text: Callable[[str], str]) -> Self:  # noqa: ARG002 - most outcomes give no reasons
        """The same outcome with its reasons, if it gives any, worded: `text` finds the words of a message."""
        return self


class FigureRecord(Frozen):
    """One step. `inputs` are ids of earlier records; `formula` spells the operation over them."""

    id: str
    name: str
    about: str
    value: Annotated[
        bool | date | Decimal, BeforeValidator(_value_read), PlainSerializer(_plain_value, return_type=str | bool)
    ]
    unit: str
    operation: str
    formula: str | None
    inputs: tuple[str, ...]
    detail: tuple[str | None, ...]
    citation: Citation | None


class Note(Frozen):
    """Something a reader must know beside the number: an assumption, a doubt, a day that moved."""

    id: str
    text: str
    params: Mapping[str, str]


class Alternative(Frozen):
    """What the tax would be under another reading; `refused` holds the error's code where it has no answer."""

    name: str
    tax: Number | None
    refused: str | None = None


class ReadingRecord(Frozen):
    """A reading that this assessment turned on, the one used, and the others with their tax."""

    id: str
    chosen: str
    alternatives: tuple[Alternative, ...]
    citation: Citation


class RuleBookRecord(Frozen):
    """Which rule book answered."""

    version: str
    digest: str
    overlays: tuple[str, ...]


class PluginRecord(Frozen):
    """A plugin whose answer this assessment rests on."""

    name: str
    version: str
    answered: str


O = TypeVar("O", bound=Outcome)  # noqa: E741 - the outcome's type


class Steps(Protocol):
    """Where an assessment's figures come from, on the day it is made."""

    def records(self) -> tuple[FigureRecord, ...]:
        """Every step as data."""

    def results(self) -> dict[str, str]:
        """Which step each field of the outcome is the value of."""

    def facts_digest(self) -> str:
        """A digest of the facts."""


class StoredSteps(Frozen):
    """The steps of an assessment that is read back."""

    figures: tuple[FigureRecord, ...]
    results: dict[str, str]
    facts_digest: str


class Assessment(Frozen, Generic[O]):
    """The answer to one set of facts. `outcome` is typed; the rest says why.

    `figures` are in order of computation, each once; `results` maps outcome fields to the ids of the figures
    they are the values of, `main` names the field that answers the question. They are recorded when first
    asked for, as most assessments of a batch are not; one read back from JSON has them as they were stored.
    """

    kind: str
    period: str
    outcome: O
    main: str
    citations: tuple[Citation, ...]
    notes: tuple[Note, ...]
    readings: tuple[ReadingRecord, ...]
    rule_book: RuleBookRecord
    plugins: tuple[PluginRecord, ...]
    format_version: str = FORMAT_VERSION

    locale: str = "en"

    _steps: Steps | None = PrivateAttr(default=None)

    @computed_field  # type: ignore[prop-decorator]
    @cached_property
    def figures(self) -> tuple[FigureRecord, ...]:
        """Every step that led to the outcome."""
        assert self._steps is not None
        return self._steps.records()

    @computed_field  # type: ignore[prop-decorator]
    @cached_property
    def results(self) -> dict[str, str]:
        """Outcome fields by path ("supplies.0.levy"), and the id of the figure behind each."""
        assert self._steps is not None
        return self._steps.results()

    @computed_field  # type: ignore[prop-decorator]
    @cached_property
    def facts_digest(self) -> str:
        """SHA-256 of the facts as JSON: the same facts, the same digest."""
        assert self._steps is not None
        return self._steps.facts_digest()

    @classmethod
    def derived(cls, steps: Steps, **fields: Any) -> Self:
        """An assessment as the engine makes it, with its steps still live."""
        # What model_construct does, without its walk over the fields: a batch makes a million of these.
        made = cls.__new__(cls)
        for slot, value in (
            ("__dict__", fields),
            ("__pydantic_fields_set__", set(fields)),
            ("__pydantic_extra__", None),
            ("__pydantic_private__", {"_steps": steps}),
        ):
            object.__setattr__(made, slot, value)
        return made

    @model_validator(mode="wrap")
    @classmethod
    def _read_back(cls, stored: Any, validate: Callable[[Any], Self]) -> Self:
        if not isinstance(stored, Mapping):
            return validate(stored)
        later = StoredSteps.model_fields
        read = validate({name: value for name, value in stored.items() if name not in later})
        steps = StoredSteps.model_validate({name: stored.get(name) for name in later})
        read.__dict__.update({name: getattr(steps, name) for name in later})
        return read

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Assessment) and self.model_dump_json() == other.model_dump_json()

    def __hash__(self) -> int:
        return hash((self.kind, self.facts_digest))

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return self  # nothing in it can change

    def __reduce__(self) -> tuple[Any, ...]:
        return (_read_from_json, (type(self.outcome), self.model_dump_json()))

    def explain(self, locale: str | None = None) -> str:
        """The working as an accountant would write it, in English, Russian or Kazakh; else in the engine's language.

        >>> import kztax
        >>> facts = kztax.MiningLevyFacts(period="2025-Q1", supplies=[{"kwh": "1000"}])
        >>> print(kztax.mining_levy(facts).explain().splitlines()[-1])
        Levy to pay: KZT 2,000.00
        """
        return speaker().explanation(self, locale or self.locale)


def _read_from_json(outcome: type[Outcome], stored: str) -> Assessment[Any]:
    return Assessment[outcome].model_validate_json(stored)  # type: ignore[valid-type]
