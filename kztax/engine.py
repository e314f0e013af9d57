"""The engine: binds rule book, readings, plugins and language; one method a kind of assessment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cached_property, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from kztax.core.assessment import (
    FORMAT_VERSION,
    Alternative,
    Assessment,
    Note,
    Outcome,
    ReadingRecord,
    RuleBookRecord,
)
from kztax.core.citation import Citation, Evidence
from kztax.core.derivation import Derivation
from kztax.core.errors import InvalidFacts, Refused, UnknownPeriod
from kztax.core.facts import RateKind, SubjectFacts
from kztax.core.invalid import invalid_facts
from kztax.core.law import rule_book
from kztax.core.period import Period
from kztax.core.working import Answered, EvidenceSource, Working
from kztax.explain.catalog import known_locale
from kztax.explain.phrases import phrases

if TYPE_CHECKING:
    from kztax.plugins import Plugins
    from kztax.rules.digital_asset_gains.facts import DigitalAssetGainsFacts, DigitalAssetGainsOutcome
    from kztax.rules.entity_residency.facts import EntityResidencyFacts, EntityResidencyOutcome
    from kztax.rules.individual_residency.facts import IndividualResidencyFacts, IndividualResidencyOutcome
    from kztax.rules.mining_levy.facts import MiningLevyFacts, MiningLevyOutcome
    from kztax.rules.personal_income_tax.facts import PersonalIncomeTaxFacts, PersonalIncomeTaxOutcome
    from kztax.rules.tax_overview.facts import TaxOverviewFacts, TaxOverviewOutcome
    from kztax.rules.vat_registration.facts import VatRegistrationFacts, VatRegistrationOutcome


class Kind(NamedTuple):
    """A subject: what is stated, what follows, and which field of the outcome answers the question."""

    facts: type[SubjectFacts]
    outcome: type[Outcome]
    rule: Callable[[Any, Working], Outcome]
    main: str


KINDS = (
    "mining_levy",
    "individual_residency",
    "entity_residency",
    "personal_income_tax",
    "digital_asset_gains",
    "tax_overview",
    "vat_registration",
)


@lru_cache(maxsize=len(KINDS))
def kind_of(name: str) -> Kind:
    """The subject of a kind, loaded with its first use: a subject has one name, its folder's and its function's."""
    stated = import_module(f"kztax.rules.{name}.facts")
    rule = import_module(f"kztax.rules.{name}.rule")
    return Kind(stated.FACTS, stated.OUTCOME, getattr(rule, name), stated.MAIN)


class Overlay(NamedTuple):
    """A caller's law laid over the book: a name that assessments will show, and TOML of the book's shape."""

    name: str
    content: str


class _PluginsWhenAsked:
    """The plugin manager, loaded with the first question: most assessments have none."""

    def __init__(self, given: tuple[object, ...], discover: bool) -> None:
        self._given = given
        self._discover = discover

    @cached_property
    def plugins(self) -> Plugins:
        from kztax.plugins import Plugins

        return Plugins(self._given, discover=self._discover)

    def asset_price(self, asset: str, on: date) -> Answered | None:
        return self.plugins.asset_price(asset, on)

    def exchange_rate(self, currency: str, kind: RateKind, on: date | None, year: int | None) -> Answered | None:
        return self.plugins.exchange_rate(currency, kind, on, year)

    def treaty_rate(self, country: str, income: str, on: date) -> Answered | None:
        return self.plugins.treaty_rate(country, income, on)


class TaxEngine:
    """Assesses facts. Immutable and safe to share between threads.

    `locale` is the language of notes (en, ru, kk); `plugins` are objects with hook implementations, beside
    the installed ones (`discover=False` leaves those out); `readings` chooses where the law can be read in
    more than one way, `{"mining_levy.off_grid_units": "any_owner"}`; `law` lays overlays over the rule book.

    >>> import kztax
    >>> engine = kztax.TaxEngine(locale="ru")
    >>> engine.mining_levy(kztax.MiningLevyFacts(period="2025-Q1", supplies=[{"kwh": "1000"}])).outcome.levy
    Decimal('2000')
    """

    def __init__(
        self,
        *,
        locale: str = "en",
        plugins: Iterable[object] = (),
        readings: Mapping[str, str] | None = None,
        law: Iterable[Overlay] = (),
        discover: bool = True,
        evidence: EvidenceSource | None = None,
    ) -> None:
        self.locale = known_locale(locale)
        book = rule_book()
        for name, content in law:
            book = book.overlaid(name, content)
        self.rule_book = book
        self.readings = dict(readings or {})
        for reading_id, choice in self.readings.items():
            book.reading(reading_id).choice(choice)
        self._evidence: EvidenceSource = evidence or _PluginsWhenAsked(tuple(plugins), discover)
        self._book_record = RuleBookRecord(version=book.version, digest=book.digest, overlays=book.overlays)

    def mining_levy(self, facts: MiningLevyFacts) -> Assessment[MiningLevyOutcome]:
        """The fee on electricity burnt in digital mining in a quarter (KZT); Tax Code 2017 arts 606-1 to 606-5,
        Tax Code 2025 arts 657 to 661. Raises `UnknownPeriod` before 2022, `MissingFact` where the quarter's law
        needs more.
        """
        return self._assess_as("mining_levy", facts)

    def individual_residency(self, facts: IndividualResidencyFacts) -> Assessment[IndividualResidencyOutcome]:
        """Whether an individual is tax resident in a year; Tax Code 2017 arts 217 and 219, Tax Code 2025 arts 222 and
        225. Raises `InvalidFacts` for stays after the year, `UnknownPeriod` before 2018.
        """
        return self._assess_as("individual_residency", facts)

    def entity_residency(self, facts: EntityResidencyFacts) -> Assessment[EntityResidencyOutcome]:
        """Whether a legal entity is tax resident on a day; Tax Code 2017 art. 217, Tax Code 2025 arts 223 and 225.
        Raises `UnknownPeriod` before 2018.
        """
        return self._assess_as("entity_residency", facts)

    def personal_income_tax(self, facts: PersonalIncomeTaxFacts) -> Assessment[PersonalIncomeTaxOutcome]:
        """An individual's income tax of a year (KZT); Tax Code 2017 section 8, Tax Code 2025 section 6. Raises
        `MissingFact`, `MissingExchangeRate`, `UnknownLaw` where something must be supplied.
        """
        return self._assess_as("personal_income_tax", facts)

    def digital_asset_gains(self, facts: DigitalAssetGainsFacts) -> Assessment[DigitalAssetGainsOutcome]:
        """The gains of a year's trades, lot by lot (KZT); Tax Code 2017 arts 331, 332 and 332-1, Tax Code 2025 arts 382
        and 389, for companies 326. Raises `InsufficientHoldings`, `MissingPrice`, `MissingExchangeRate` where something
        must be supplied, `UnknownLaw` for individuals' sales before 2023.
        """
        return self._assess_as("digital_asset_gains", facts)

    def tax_overview(self, facts: TaxOverviewFacts) -> Assessment[TaxOverviewOutcome]:
        """Which taxes concern a kind of taxpayer on a day; Tax Code 2017 art. 189, Tax Code 2025 art. 201. Raises
        `UnknownPeriod` before 2018, `UnknownLaw` for AIFC exchanges before 2023.
        """
        return self._assess_as("tax_overview", facts)

    def vat_registration(self, facts: VatRegistrationFacts) -> Assessment[VatRegistrationOutcome]:
        """When a year's turnover obliges to register for VAT; Tax Code 2017 art. 82, Tax Code 2025 arts 99 and 101.
        Raises `UnknownLaw` for turnover whose treatment on its day was not seen.
        """
        return self._assess_as("vat_registration", facts)

    def assess(self, facts: SubjectFacts | Mapping[str, Any]) -> Assessment[Any]:
        """Assess facts of any kind: a model, or a mapping with `kind`.

        Raises `InvalidFacts` that names each field that does not fit.
        """
        return self._assess(self.facts_of(facts))

    def facts_of(self, facts: SubjectFacts | Mapping[str, Any]) -> SubjectFacts:
        """The facts model that a mapping with `kind` describes; a model is returned as it is."""
        if isinstance(facts, SubjectFacts):
            return facts
        if not isinstance(facts, Mapping):
            raise InvalidFacts("not_an_object")
        known = ", ".join(KINDS)
        if "kind" not in facts:
            raise InvalidFacts("kind_missing", path=("kind",), known=known)
        name = facts["kind"]
        if not isinstance(name, str) or name not in KINDS:
            raise InvalidFacts("kind_unknown", path=("kind",), kind=str(name)[:80], known=known)
        try:
            return kind_of(name).facts.model_validate(facts)
        except ValidationError as error:
            raise invalid_facts(error) from error

    def _assess_as(self, name: str, facts: SubjectFacts) -> Assessment[Any]:
        if not isinstance(facts, kind_of(name).facts):
            raise InvalidFacts("facts_of_another_kind", kind=name, given=type(facts).__name__)
        return self._assess(facts)

    def _assess(self, facts: SubjectFacts) -> Assessment[Any]:
        kind = kind_of(facts.KIND)
        period: Period = facts.tax_period
        if period.first_day > self.rule_book.known_until:
            raise UnknownPeriod("period_not_read", period=str(period), until=self.rule_book.known_until.isoformat())
        working, outcome = self._work(kind, facts, self.readings)
        readings = tuple(
            self._reading_record(kind, facts, period.last_day, reading_id, choice)
            for reading_id, choice in working.readings_used.items()
        )
        derivation = Derivation(facts, working.results, working.later)
        by_identity = derivation.citations() | working.cited
        cited = [*by_identity.values(), *(reading.citation for reading in readings)]
        _note_evidence(working, cited)
        if self.rule_book.overlays:
            _note_overlay_inside(working, period)
        return Assessment.derived(
            derivation,
            kind=facts.KIND,
            period=str(period),
            outcome=outcome,
            main=kind.main,
            citations=tuple(cited),
            notes=tuple([_worded(self.locale, note_id, params) for note_id, params in working.notes]),
            readings=readings,
            rule_book=self._book_record,
            plugins=tuple(working.plugins),
            format_version=FORMAT_VERSION,
            locale=self.locale,
        )

    def _work(self, kind: Kind, facts: SubjectFacts, readings: Mapping[str, str]) -> tuple[Working, Outcome]:
        working = Working(self.rule_book, facts.KIND, facts, self._evidence, readings)
        return working, kind.rule(facts, working)

    def _reading_record(self, kind: Kind, facts: SubjectFacts, on: date, reading_id: str, chosen: str) -> ReadingRecord:
        reading = self.rule_book.reading(reading_id)
        others: list[Alternative] = []
        for choice in reading.choices:
            if choice == chosen:
                continue
            try:
                _, outcome = self._work(kind, facts, {**self.readings, reading_id: choice})
            except Refused as refusal:
                others.append(Alternative(name=choice, tax=None, refused=refusal.code.value))
            else:
                others.append(Alternative(name=choice, tax=getattr(outcome, kind.main)))
        citation = self.rule_book.reading_citation(reading, on)
        return ReadingRecord(id=reading_id, chosen=chosen, alternatives=tuple(others), citation=citation)


def _note_overlay_inside(working: Working, period: Period) -> None:
    """Say that an overlay begins inside the period: what the law fixes for a period is taken from its first day."""
    for entry in working.book.entries.values():
        for item in entry.items:
            ours = entry.name.startswith((f"{working.subject}.", "base."))
            if ours and item.overlay is not None and period.first_day < item.first <= period.last_day:
                working.note("overlay_inside_period", overlay=item.overlay, entry=entry.name, first=item.first)


def _note_evidence(working: Working, cited: Iterable[Citation]) -> None:
    for citation in cited:
        if citation.overlay is not None:
            working.note("overlay", overlay=citation.overlay, entry=citation.entry)
        elif citation.evidence is not Evidence.TEXT:
            working.note(f"evidence_{citation.evidence.value}", entry=citation.entry)
        elif citation.doubt is not None:
            working.note("doubt", entry=citation.entry, name=citation.entry)


@lru_cache(maxsize=4096)
def _worded(locale: str, note_id: str, params: tuple[tuple[str, str], ...]) -> Note:
    """A note in words. The same few notes come back for every taxpayer of a batch."""
    blanks = dict(params)
    return Note(id=note_id, text=phrases(locale).text(f"note.{note_id}", **blanks), params=blanks)


@lru_cache(maxsize=1)
def default_engine() -> TaxEngine:
    """The engine behind the module-level functions: English, installed plugins, default readings."""
    return TaxEngine()
