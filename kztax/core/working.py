"""The sheet on which one assessment is worked out: law in force, readings chosen, evidence, notes, results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple, Protocol, TypeVar

from kztax.core.assessment import Outcome, PluginRecord, plain
from kztax.core.citation import Citation
from kztax.core.deadlines import due_day, moved_day, why_not_worked, worked_day_from
from kztax.core.errors import InvalidFacts, MissingExchangeRate, MissingPrice, Path, Refused, UnknownLaw
from kztax.core.facts import RateKind, SubjectFacts
from kztax.core.figure import Figure, Moment, Node
from kztax.core.law import LawOn, RuleBook
from kztax.core.period import ONE_DAY, Period
from kztax.core.treaties import TreatyOn

O = TypeVar("O", bound=Outcome)  # noqa: E741 - the outcome's type


class Answered(NamedTuple):
    """A number that a plugin supplied: where the plugin has it from, which plugin, and what a reader must know of it.

    A caveat is the id of a note and what its blanks say beside the number asked for.
    """

    value: Decimal
    currency: str
    source: str
    plugin: PluginRecord
    caveats: tuple[tuple[str, Mapping[str, object]], ...] = ()


class EvidenceSource(Protocol):
    """Where evidence comes from that the facts do not hold. The plugin manager is one."""

    def asset_price(self, asset: str, on: date) -> Answered | None:
        """Price of one unit of an asset on a day."""

    def exchange_rate(self, currency: str, kind: RateKind, on: date | None, year: int | None) -> Answered | None:
        """KZT for one unit of a currency."""

    def treaty_rate(self, country: str, income: str, on: date) -> Answered | None:
        """A treaty's limit, as a fraction."""


class Part(NamedTuple):
    """Another question, answered on the way to a larger one: its sheet, its outcome, and the field that is the answer.

    The steps in `sheet.results` are live: a figure worked out from them keeps the whole way to its facts.
    """

    facts: SubjectFacts
    sheet: Working
    outcome: Outcome
    main: str

    @property
    def answer(self) -> Figure:
        """The step whose value answers the question."""
        answer = self.sheet.results[self.main]
        assert isinstance(answer, Figure)
        return answer


class Parts(Protocol):
    """Who works out the parts of a larger question. The engine is one."""

    def part(self, facts: SubjectFacts, readings: Mapping[str, str], worked_out: Mapping[str, Figure]) -> Part:
        """The answer to facts of any kind under `readings`; `worked_out` are figures that stand in for stated ones."""


class Working:
    """Handed to a rule. It looks law up, notes what a reader must know, and collects the results.

    A rule asks it for everything that is not in the facts, so that a rule stays a pure function of both.
    """

    def __init__(
        self,
        book: RuleBook,
        subject: str,
        facts: SubjectFacts,
        evidence: EvidenceSource,
        readings: Mapping[str, str],
        parts: Parts | None = None,
        worked_out: Mapping[str, Figure] | None = None,
    ) -> None:
        self.book = book
        self.subject = subject
        self.facts = facts
        self.evidence = evidence
        self.readings = readings
        self.parts = parts
        self.worked_out = worked_out or {}
        self.readings_used: dict[str, str] = {}
        self.reading_days: dict[str, date] = {}
        self.notes: dict[tuple[str, tuple[tuple[str, str], ...]], None] = {}
        self.plugins: dict[PluginRecord, None] = {}
        self.results: dict[str, Node] = {}
        self.cited: dict[int, Citation] = {}
        self.later: Callable[[], Mapping[str, Node]] | None = None

    def law(self, on: date) -> LawOn:
        """The subject's law as in force on a day."""
        return self.book.on(self.subject, on)

    def law_of_filing(self, on: date) -> LawOn:
        """The law of the day on which something is filed, or, where that day's is not yet known, as last read."""
        return self.book.on(self.subject, min(on, self.book.known_until))

    def reading(self, name: str, on: date) -> str:
        """Which of the subject's readings applies; remembers that this assessment turned on it."""
        reading_id = f"{self.subject}.{name}"
        reading = self.book.reading(reading_id)
        assert reading.first <= on <= (reading.last or on), f"{reading_id} is not open on {on}"
        choice = reading.choice(self.readings.get(reading_id, reading.default))
        self.readings_used[reading_id] = choice
        return choice

    def assess(self, facts: SubjectFacts, worked_out: Mapping[str, Figure] | None = None) -> Part:
        """The answer to another question; its notes, articles, readings and plugins become this assessment's too.

        `worked_out` names facts that were not stated but are figures of this sheet, so that their steps stay joined.
        """
        assert self.parts is not None, "only a rule above the others has parts"
        part = self.parts.part(facts, self.readings, worked_out or {})
        self.notes.update(part.sheet.notes)
        self.plugins.update(part.sheet.plugins)
        self.cited.update(part.sheet.cited)
        for reading_id, choice in part.sheet.readings_used.items():
            self.readings_used[reading_id] = choice
            self.reading_days[reading_id] = facts.tax_period.last_day
        return part

    def answers_otherwise(self, part: Part) -> dict[tuple[str, str], Decimal]:
        """What the answer to a part would be under each other reading that it turned on, as far as there is one."""
        assert self.parts is not None
        answers: dict[tuple[str, str], Decimal] = {}
        for reading_id, chosen in part.sheet.readings_used.items():
            for choice in self.book.reading(reading_id).choices:
                if choice != chosen:
                    try:
                        other = self.parts.part(part.facts, {**self.readings, reading_id: choice}, {})
                    except Refused:
                        continue
                    answers[reading_id, choice] = other.answer.value
        return answers

    def stated(self, value: Decimal, unit: str, name: str) -> Figure:
        """A stated number, or the figure that stands in for it where this sheet is a part of a larger question."""
        found = self.worked_out.get(name)
        return found if found is not None else Figure(value, unit, "fact", (), name)

    def due(self, law: LawOn, name: str, period: Period) -> Moment | None:
        """When something is due; None, with a note of the statutory day, where non-working days are not known."""
        due = due_day(law, name, period)
        if due.warning is not None:
            self.note(due.warning, entry=law.full_name(name), day=due.moment.value)
        return None if due.warning == "due_day_not_known" else due.moment

    def known_due(self, law: LawOn, name: str, period: Period) -> Moment:
        """When something is due. Raises `UnknownPeriod` where the non-working days of that year are not known."""
        due = moved_day(law, name, period)
        if due.warning is not None:
            self.note(due.warning, entry=law.full_name(name), day=due.moment.value)
        return due.moment

    def working_days_after(self, day: date, count: int) -> date:
        """The last of so many working days after `day`. Raises `UnknownPeriod` for a year without known days off."""
        while count:
            day += ONE_DAY
            if why_not_worked(self.book, day) is None:
                count -= 1
        return day

    def last_working_day_before(self, day: date) -> date:
        """The last day before `day` that is worked. Raises `UnknownPeriod` for a year without known days off."""
        day -= ONE_DAY
        while why_not_worked(self.book, day) is not None:
            day -= ONE_DAY
        return day

    def worked_day_from(self, day: date) -> date | None:
        """The day itself if it is worked, else the next that is; None where the year's days off are not known."""
        return worked_day_from(self.book, day)

    def text(self, law: LawOn, name: str) -> str | None:
        """A form's number or a code; None, with a note of what is missing, where the law was not seen."""
        try:
            text = law.text(name)
        except UnknownLaw:
            self.note("text_not_seen", entry=law.full_name(name))
            return None
        self.cite(law.cite(name))
        return text

    def paid(self, amount: Figure, law: LawOn) -> Figure:
        """The amount as it is paid: half up to the tiyn, the one place where money is rounded.

        The Codes read have no rule on rounding; that is said where it changes the amount.
        """
        paid = amount.rounded(law.constant("base.tiyn"))
        if paid.value != amount.value:
            self.note("rounded", exact=amount.value)
            self.cite(law.cite("base.tiyn"))
        return paid

    def note(self, note_id: str, **params: object) -> None:
        """Say something once. Parameters are facts of the note: numbers as plain digits, days as ISO dates."""
        self.notes[note_id, tuple([(key, _spelled(value)) for key, value in params.items()])] = None

    def cite(self, citation: Citation) -> None:
        """Rest the assessment on an article that no figure carries."""
        self.cited[id(citation)] = citation

    def exchange_rate(
        self, currency: str, kind: RateKind, *, on: date | None = None, year: int | None = None
    ) -> Figure:
        """KZT for one unit of `currency`, from the facts, else from a plugin.

        Raises `MissingExchangeRate` that names currency, kind and day or year; `InvalidFacts` where the facts
        state two different rates.
        """
        stated = self._stated_rates.get((currency, kind, on, year), set())
        when = on.isoformat() if on else str(year)
        name = f"evidence.exchange_rate.{kind.value}"
        if len(stated) > 1:
            raise InvalidFacts("two_exchange_rates", path=("exchange_rates",), currency=currency, when=when)
        unit = f"KZT/{currency}"
        if stated:
            return Figure(next(iter(stated)), unit, "fact", (), name, f"{currency} {when}")
        answered = self.evidence.exchange_rate(currency, kind, on, year)
        if answered is None:
            raise MissingExchangeRate(
                "missing_exchange_rate", path=("exchange_rates",), currency=currency, kind=kind.value, when=when
            )
        return self._from_plugin(answered, unit, name, f"{currency} {when}")

    def asset_price(self, asset: str, on: date) -> Figure:
        """Price of one unit of an asset on a day in its own currency, from the facts, else from a plugin."""
        stated = self._stated_prices.get((asset, on), set())
        if len(stated) > 1:
            raise InvalidFacts("two_asset_prices", path=("asset_prices",), asset=asset, when=on.isoformat())
        name, about = "evidence.asset_price", f"{asset} {on.isoformat()}"
        if stated:
            ((value, currency),) = stated
            return Figure(value, currency, "fact", (), name, about)
        answered = self.evidence.asset_price(asset, on)
        if answered is None:
            raise MissingPrice("missing_price", path=("asset_prices",), asset=asset, on=on.isoformat())
        return self._from_plugin(answered, answered.currency, name, about)

    def treaty(self, country: str, on: date, path: Path) -> TreatyOn:
        """The treaty with a country on a day, from the rule book's table; `path` is the fact that names the country.

        Raises `InvalidFacts` where there is none in force. Ask `treaty_rate` first: a plugin's answer goes before
        the table.
        """
        return TreatyOn(self.book, country, on, path)

    def treaty_rate(self, country: str, income: str, on: date) -> Figure | None:
        """A treaty's limit, from a plugin; None where no plugin knows.

        A plugin stands before the table: it knows of a protocol, a most-favoured-nation clause, a ruling.
        """
        answered = self.evidence.treaty_rate(country, income, on)
        if answered is None:
            return None
        return self._from_plugin(answered, "1", "evidence.treaty_rate", country)

    def _from_plugin(self, answered: Answered, unit: str, name: str, about: str) -> Figure:
        self.plugins[answered.plugin] = None
        self.note(
            "plugin_answer", plugin=answered.plugin.name, answered=about, value=answered.value, source=answered.source
        )
        for note_id, blanks in answered.caveats:
            self.note(note_id, answered=about, **blanks)
        return Figure(answered.value, unit, "plugin", (), name, about, detail=(answered.plugin.name, answered.source))

    @cached_property
    def _stated_rates(self) -> dict[tuple[str, RateKind, date | None, int | None], set[Decimal]]:
        stated: dict[tuple[str, RateKind, date | None, int | None], set[Decimal]] = {}
        for rate in self.facts.stated_rates:
            stated.setdefault((rate.currency, rate.kind, rate.on, rate.year), set()).add(rate.rate)
        return stated

    @cached_property
    def _stated_prices(self) -> dict[tuple[str, date], set[tuple[Decimal, str]]]:
        stated: dict[tuple[str, date], set[tuple[Decimal, str]]] = {}
        for price in self.facts.stated_prices:
            stated.setdefault((price.asset, price.on), set()).add((price.value, price.currency))
        return stated

    def derive_later(self, derive: Callable[[], Mapping[str, Node]]) -> None:
        """Put the steps behind the outcome off until somebody asks for them.

        For a rule that works out so many rows that steps for all of them would cost more than the answer.
        `derive` gives the same results as figures, by their paths in the outcome; what they rest on is cited now.
        """
        self.later = derive

    def outcome(self, model: type[O], **fields: Any) -> O:
        """The typed outcome; fields given as figures take their values and stay linked to their steps."""
        values: dict[str, Any] = {}
        for name, given in fields.items():
            values[name] = self._taken(name, given)
        return model(**values)

    def _taken(self, path: str, given: Any) -> Any:
        if isinstance(given, Node):
            self.results[path] = given
            return given.value
        if isinstance(given, Mapping):
            return {key: self._taken(f"{path}.{key}", item) for key, item in given.items()}
        if isinstance(given, (list, tuple)):
            return [self._taken(f"{path}.{position}", item) for position, item in enumerate(given)]
        return given


def _spelled(value: object) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date) else str(value)
