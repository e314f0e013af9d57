"""The engine: binds rule book, readings, plugins and language; one method a kind of assessment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cached_property, lru_cache, partial
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
from kztax.core.figure import Figure
from kztax.core.invalid import invalid_facts
from kztax.core.law import rule_book
from kztax.core.period import Period
from kztax.core.working import Answered, EvidenceSource, Part, Working

if TYPE_CHECKING:
    from kztax.combined.self_audit.facts import SelfAuditFacts, SelfAuditOutcome
    from kztax.forms.declarant import Declarant
    from kztax.forms.model import Form
    from kztax.plugins import Plugins
    from kztax.rules.asset_qualification.facts import AssetQualificationFacts, AssetQualificationOutcome
    from kztax.rules.branch_profits_tax.facts import BranchProfitsTaxFacts, BranchProfitsTaxOutcome
    from kztax.rules.corporate_income_tax.facts import CorporateIncomeTaxFacts, CorporateIncomeTaxOutcome
    from kztax.rules.digital_asset_gains.facts import DigitalAssetGainsFacts, DigitalAssetGainsOutcome
    from kztax.rules.entity_residency.facts import EntityResidencyFacts, EntityResidencyOutcome
    from kztax.rules.individual_residency.facts import IndividualResidencyFacts, IndividualResidencyOutcome
    from kztax.rules.late_interest.facts import LateInterestFacts, LateInterestOutcome
    from kztax.rules.mining_levy.facts import MiningLevyFacts, MiningLevyOutcome
    from kztax.rules.personal_income_tax.facts import PersonalIncomeTaxFacts, PersonalIncomeTaxOutcome
    from kztax.rules.tax_calendar.facts import TaxCalendarFacts, TaxCalendarOutcome
    from kztax.rules.tax_overview.facts import TaxOverviewFacts, TaxOverviewOutcome
    from kztax.rules.trade_compliance.facts import TradeComplianceFacts, TradeComplianceOutcome
    from kztax.rules.value_added_tax.facts import ValueAddedTaxFacts, ValueAddedTaxOutcome
    from kztax.rules.vat_registration.facts import VatRegistrationFacts, VatRegistrationOutcome
    from kztax.rules.withholding_tax.facts import WithholdingTaxFacts, WithholdingTaxOutcome


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
    "corporate_income_tax",
    "branch_profits_tax",
    "tax_overview",
    "vat_registration",
    "value_added_tax",
    "asset_qualification",
    "trade_compliance",
    "withholding_tax",
    "late_interest",
    "tax_calendar",
    "self_audit",
)
COMBINED = ("self_audit",)
"""Kinds made of others: each a folder of its own above the rules, whose parts the engine works out."""


@lru_cache(maxsize=len(KINDS))
def kind_of(name: str) -> Kind:
    """The subject of a kind, loaded with its first use: a subject has one name, its folder's and its function's."""
    folder = f"kztax.{'combined' if name in COMBINED else 'rules'}.{name}"
    stated = import_module(f"{folder}.facts")
    rule = import_module(f"{folder}.rule")
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
        from kztax.explain.catalog import known_locale

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

    def corporate_income_tax(self, facts: CorporateIncomeTaxFacts) -> Assessment[CorporateIncomeTaxOutcome]:
        """A company's income tax of a year (KZT); Tax Code 2017 section 7, Tax Code 2025 section 5. Raises
        `MissingPrice` where a mined asset's official value is not known, `MissingFact` where a rule begins inside
        the year, `UnknownLaw` for coins mined without a pool and for losses between activities.
        """
        return self._assess_as("corporate_income_tax", facts)

    def branch_profits_tax(self, facts: BranchProfitsTaxFacts) -> Assessment[BranchProfitsTaxOutcome]:
        """Tax on a permanent establishment's net income of a year (KZT); Tax Code 2017 arts 652 and 670, Tax Code 2025
        arts 689 and 713. Raises `UnknownTreatyRate` where the treaty's clause was not seen, `InvalidFacts` where
        there is no treaty in force.
        """
        return self._assess_as("branch_profits_tax", facts)

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

    def value_added_tax(self, facts: ValueAddedTaxFacts) -> Assessment[ValueAddedTaxOutcome]:
        """The VAT of a quarter (KZT); Tax Code 2017 section 10 (foreign e-sellers section 25), Tax Code 2025 section 7
        (21). Raises `UnknownPeriod` for foreign e-sellers before 2022, `UnknownLaw` for turnover whose treatment was
        not seen, `MissingFact` where the law changes inside the quarter.
        """
        return self._assess_as("value_added_tax", facts)

    def asset_qualification(self, facts: AssetQualificationFacts) -> Assessment[AssetQualificationOutcome]:
        """What an asset is on a day; Law on digital assets arts 1 and 5, and the definition of the AIFC. Raises
        `UnknownPeriod` before 2023-04-01, `MissingFact` for a fact that the kind turns on, `InvalidFacts` for facts
        that contradict each other.
        """
        return self._assess_as("asset_qualification", facts)

    def trade_compliance(self, facts: TradeComplianceFacts) -> Assessment[TradeComplianceOutcome]:
        """Whether an operation with a digital asset is lawful on a day, and what share a miner must sell on AIFC
        exchanges; Law on digital assets arts 6, 8, 11, 12-1 and 12-2. Raises `UnknownPeriod` before 2023-04-01,
        `MissingFact` where the answer turns on a licence, `InvalidFacts` for a kind of asset unknown to the day's law.
        """
        return self._assess_as("trade_compliance", facts)

    def withholding_tax(self, facts: WithholdingTaxFacts) -> Assessment[WithholdingTaxOutcome]:
        """The tax withheld from a payment to a non-resident (KZT); Tax Code 2017 arts 644 to 648, 655, 660 to 667, Tax
        Code 2025 arts 679 to 685, 692, 698 to 706. Raises `MissingFact`, `MissingExchangeRate`, `UnknownTreatyRate`
        where something must be supplied, `InvalidFacts` for a territory that is not on the list.
        """
        return self._assess_as("withholding_tax", facts)

    def late_interest(self, facts: LateInterestFacts) -> Assessment[LateInterestOutcome]:
        """Interest on an amount paid after its due day (KZT); Tax Code 2017 art. 117, Tax Code 2025 art. 5 2). Raises
        `UnknownLaw` that names the days whose base rate is not known, `UnknownPeriod` before 2018.
        """
        return self._assess_as("late_interest", facts)

    def tax_calendar(self, facts: TaxCalendarFacts) -> Assessment[TaxCalendarOutcome]:
        """When the return of a period is due and its tax to be paid; the articles of each tax on terms, Tax Code 2017
        art. 38, Tax Code 2025 art. 64. Raises `InvalidFacts` for a period of another kind than the obligation's,
        `UnknownPeriod` for a year whose days off are not known, `UnknownLaw` for reports of pools before 2026.
        """
        return self._assess_as("tax_calendar", facts)

    def self_audit(self, facts: SelfAuditFacts) -> Assessment[SelfAuditOutcome]:
        """Declared amounts against computed ones (KZT): shortfall, late interest to a day, fines, until when the period
        is open; a pool's report against own receipts. Tax Code 2017 arts 48 and 117, Tax Code 2025 arts 5 2) and 65,
        Code of Administrative Offences arts 275, 278 and 279. Raises what the parts raise, with the path of the part;
        what is not known of interest, fines or the term is null, with a note.
        """
        return self._assess_as("self_audit", facts)

    def assess(self, facts: SubjectFacts | Mapping[str, Any]) -> Assessment[Any]:
        """Assess facts of any kind: a model, or a mapping with `kind`.

        Raises `InvalidFacts` that names each field that does not fit.
        """
        return self._assess(self.facts_of(facts))

    def fill_form(
        self,
        form: str,
        stated: Iterable[SubjectFacts | Mapping[str, Any] | Assessment[Any]],
        taxpayer: Declarant | Mapping[str, Any] | None = None,
        *,
        revision: bytes | None = None,
    ) -> Form:
        """An official form ("880.00") filled in from facts of the kinds that it takes, which are assessed first.

        A stored assessment stands beside its facts and is then used as it is. Without `taxpayer` the form names what is
        still to be written. `revision` is a file of the form that the cabinet exported. Raises `UnknownLaw` for a
        period whose form was not seen, `MissingFact` for what the form asks and the taxpayer's file does not hold,
        `InvalidFacts` for facts that it does not take.

        >>> import kztax
        >>> facts = kztax.MiningLevyFacts(period="2025-Q1", supplies=[{"kwh": "1000"}])
        >>> kztax.fill_form("880.00", [facts]).amounts["880.00.003"]
        Decimal('2000')
        """
        from kztax.forms import fill
        from kztax.forms.case import cases_of

        who = None if taxpayer is None else _declarant(taxpayer)
        cases = cases_of(tuple(stated), self.facts_of, self._assess, lambda name: self._known_kind(name).outcome)
        return fill(form, cases, who, revision=revision, locale=self.locale)

    def _known_kind(self, name: str) -> Kind:
        if name not in KINDS:
            raise InvalidFacts("kind_unknown", path=("kind",), kind=name[:80], known=", ".join(KINDS))
        return kind_of(name)

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
        return self.assess_kind(kind_of(facts.KIND), facts)

    def assess_kind(self, kind: Kind, facts: SubjectFacts) -> Assessment[Any]:
        """Assess facts of a kind that is not built in: a plugin's own question, cited and explained like any other."""
        period = facts.tax_period
        working, outcome = self._work(kind, facts, self.readings)
        outcome = outcome.in_words(partial(_said, self.locale))
        readings = tuple(
            self._reading_record(kind, facts, working.reading_days.get(reading_id, period.last_day), reading_id, choice)
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
        working = self.sheet(facts, readings)
        return working, self._worked_out(kind, facts, working)

    def _worked_out(self, kind: Kind, facts: SubjectFacts, working: Working) -> Outcome:
        period: Period = facts.tax_period
        if period.first_day > self.rule_book.known_until:
            raise UnknownPeriod("period_not_read", period=str(period), until=self.rule_book.known_until.isoformat())
        return kind.rule(facts, working)

    def part(self, facts: SubjectFacts, readings: Mapping[str, str], worked_out: Mapping[str, Figure]) -> Part:
        """The answer to a part of a larger question, with its steps live: what a rule above the others is made of."""
        kind = kind_of(facts.KIND)
        working = Working(self.rule_book, facts.KIND, facts, self._evidence, readings, self, worked_out)
        return Part(facts, working, self._worked_out(kind, facts, working), kind.main)

    def sheet(self, facts: SubjectFacts, readings: Mapping[str, str] | None = None) -> Working:
        """An empty sheet to work facts out on: the engine's law, evidence and readings."""
        chosen = self.readings if readings is None else readings
        return Working(self.rule_book, facts.KIND, facts, self._evidence, chosen, self)

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


def _declarant(stated: Declarant | Mapping[str, Any]) -> Declarant:
    from kztax.forms.declarant import Declarant

    if isinstance(stated, Declarant):
        return stated
    if not isinstance(stated, Mapping):
        raise InvalidFacts("not_an_object", path=("taxpayer",))
    try:
        return Declarant.model_validate(stated)
    except ValidationError as error:
        found = invalid_facts(error)
        for each in (found, *found.others):
            each.path = ("taxpayer", *each.path)
        raise found from error


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
    return Note(id=note_id, text=_said(locale, f"note.{note_id}", **blanks), params=blanks)


def _said(locale: str, message_id: str, **blanks: str) -> str:
    """A message in a language. Words are loaded with the first that is said, not with the import."""
    from kztax.explain.phrases import phrases

    return phrases(locale).text(message_id, **blanks)


@lru_cache(maxsize=1)
def default_engine() -> TaxEngine:
    """The engine behind the module-level functions: English, installed plugins, default readings."""
    return TaxEngine()
