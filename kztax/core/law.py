"""The rule book: every value that the law sets, dated, cited, and honest about doubt.

Entries live in TOML beside the rules they serve. An entry is a list of dated items; looking up a day that no
item covers raises `UnknownPeriod` and names what is covered; an item marked `not_seen` raises `UnknownLaw`
and says what to supply. Callers may lay entries of their own over the book (a draft law, a ruling).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from kztax.core.errors import InvalidFacts, LawError, UnknownLaw, UnknownPeriod
from kztax.core.figure import Figure, Step
from kztax.core.period import ONE_DAY
from kztax.core.units import multiplied


class Evidence(StrEnum):
    """How sure an entry is."""

    TEXT = "text"
    SECONDARY = "secondary"
    INFERRED = "inferred"
    NOT_SEEN = "not_seen"


class Citation(BaseModel):
    """The article that a step rests on, as in force on the day it was asked for."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    act: str
    article: str
    in_force_from: date
    in_force_to: date | None
    url: str
    evidence: Evidence
    on: date
    entry: str
    amended_by: str | None = None
    overlay: str | None = None


class Act(NamedTuple):
    """A law, code or order: what it is called and where it is published."""

    id: str
    number: str
    adopted: date
    titles: Mapping[str, str]
    in_force_from: date
    in_force_to: date | None
    url: str


class Deadline(NamedTuple):
    """`day` of the month `months_after` the period's last one; or `days_after` the statutory day of entry `of`."""

    months_after: int = 0
    day: int = 0
    days_after: int = 0
    of: str = ""


class WorkingDays(NamedTuple):
    """A year's days off beside Saturdays and Sundays, and the weekend days that are worked."""

    closed: frozenset[date]
    worked: frozenset[date]


class StepRow(NamedTuple):
    """One row of a table as the law states it; `up_to` is None in the last one."""

    up_to: Decimal | None
    rate: Decimal


Value = Decimal | str | Deadline | WorkingDays | tuple[StepRow, ...] | None


class DatedItem(NamedTuple):
    """One value of an entry and the days on which it is in force."""

    first: date
    last: date | None
    value: Value
    act: str
    article: str
    evidence: Evidence
    amended_by: str | None = None
    edition: str | None = None
    doubt: str | None = None
    supply: str | None = None
    absent: str | None = None
    overlay: str | None = None

    def covers(self, on: date) -> bool:
        """Whether the item is in force on the day."""
        return self.first <= on and (self.last is None or on <= self.last)


class Entry(NamedTuple):
    """A named value of the law with its unit and its history. `step_unit` is the unit of a table's limits."""

    name: str
    unit: str
    items: tuple[DatedItem, ...]
    step_unit: str | None = None


class DatedValue(NamedTuple):
    """What the rule book answers for a day."""

    name: str
    unit: str
    value: Value
    citation: Citation


class Reading(NamedTuple):
    """A place where the law can honestly be read in more than one way. The first choice is the default."""

    id: str
    first: date
    last: date | None
    choices: tuple[str, ...]
    cites: tuple[tuple[str, str], ...]
    doubt: str

    @property
    def default(self) -> str:
        """The reading used where the caller chooses none."""
        return self.choices[0]

    def choice(self, name: str) -> str:
        """The name, if it is one of the choices; `InvalidFacts` names those there are."""
        if name not in self.choices:
            raise InvalidFacts("unknown_choice", reading=self.id, choice=name, choices=", ".join(self.choices))
        return name


@dataclass(frozen=True)
class RuleBook:
    """All entries, acts and readings. `known_until` is the last day for which the law was read."""

    version: str
    known_until: date
    digest: str
    acts: Mapping[str, Act]
    entries: Mapping[str, Entry]
    readings: Mapping[str, Reading]
    overlays: tuple[str, ...] = ()
    _law_on: dict[tuple[str, date], LawOn] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def load(cls, sources: Iterable[tuple[str, bytes]]) -> RuleBook:
        """Build and validate the book from `(prefix, TOML bytes)`; every fault is a `LawError` that names the entry."""
        import hashlib
        import tomllib

        digest = hashlib.sha256()
        version, known_until = "", None
        acts: dict[str, Act] = {}
        entries: dict[str, Entry] = {}
        readings: dict[str, Reading] = {}
        for prefix, content in sources:
            digest.update(content)
            tables = tomllib.loads(content.decode("utf-8"))
            if (book := tables.pop("book", None)) is not None:
                version, known_until = book["version"], book["known_until"]
            for act_id, table in tables.pop("act", {}).items():
                acts[act_id] = _act(act_id, table)
            for table_name, table in _leaves(prefix, tables):
                if "choices" in table:
                    reading = _reading(table_name, table)
                    readings[reading.id] = reading
                else:
                    entries[table_name] = _entry(table_name, table)
        if known_until is None:
            raise LawError("no source has a [book] table with version and known_until")
        for entry in entries.values():
            _check_entry(entry, acts)
        for reading in readings.values():
            _check_reading(reading, acts)
        return cls(version, known_until, digest.hexdigest(), acts, entries, readings)

    def names(self) -> list[str]:
        """Every entry's name, sorted."""
        return sorted(self.entries)

    def entry(self, name: str) -> Entry:
        """The entry with its whole history; `UnknownLaw` when there is none of that name."""
        try:
            return self.entries[name]
        except KeyError:
            raise UnknownLaw("no_such_entry", entry=name) from None

    def value(self, name: str, on: date) -> DatedValue:
        """The entry's value on a day, with its citation.

        Raises `UnknownPeriod` for a day that is not covered, `UnknownLaw` for one whose law was not seen.

        >>> import kztax
        >>> from datetime import date
        >>> kztax.rule_book().value("mining_levy.rate.standard", date(2024, 7, 1)).value
        Decimal('2')
        """
        item = self._item(name, on)
        return DatedValue(name, self.entries[name].unit, item.value, self._citation(name, item, on))

    def on(self, subject: str, day: date) -> LawOn:
        """The law of one subject as in force on a day; entries are then asked for by their short names."""
        key = (subject, day)
        found = self._law_on.get(key)
        if found is None:
            found = self._law_on[key] = LawOn(self, subject, day)
        return found

    def reading(self, reading_id: str) -> Reading:
        """The reading of that id; `InvalidFacts` when there is none."""
        try:
            return self.readings[reading_id]
        except KeyError:
            known = ", ".join(sorted(self.readings))
            raise InvalidFacts("unknown_reading", reading=reading_id, known=known) from None

    def overlaid(self, name: str, content: str | bytes) -> RuleBook:
        """The book with a caller's entries laid over it on their dates; ours keep all other dates.

        `content` is TOML of the same shape as the book's, with full entry names. A `[book]` table with
        `known_until` extends the days the book answers for. Every assessment that rests on an overlaid entry
        says so.
        """
        import hashlib
        import tomllib

        raw = content.encode("utf-8") if isinstance(content, str) else content
        try:
            tables = tomllib.loads(raw.decode("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise LawError(f"overlay {name!r}: {error}") from error
        known_until = max(self.known_until, tables.pop("book", {}).get("known_until", self.known_until))
        acts = dict(self.acts)
        for act_id, table in tables.pop("act", {}).items():
            acts[act_id] = _act(act_id, table)
        entries = dict(self.entries)
        for entry_name, table in _leaves("", tables):
            added = _entry(entry_name, table)
            items = tuple(item._replace(overlay=name) for item in added.items)
            under = entries.get(entry_name)
            if under is not None and under.unit != added.unit:
                raise LawError(f"overlay {name!r}: {entry_name} is in {under.unit}, not {added.unit}")
            kept = _trimmed(under.items, items) if under is not None else ()
            merged = tuple(sorted((*kept, *items), key=lambda item: item.first))
            entries[entry_name] = added._replace(items=merged)
            _check_entry(entries[entry_name], acts)
        digest = hashlib.sha256(bytes.fromhex(self.digest) + raw).hexdigest()
        return RuleBook(self.version, known_until, digest, acts, entries, self.readings, (*self.overlays, name))

    def reading_citation(self, reading: Reading, on: date) -> Citation:
        """Where the text stands that can be read in more than one way: the article in force on the day."""
        for act_id, article in reading.cites:
            act = self.acts[act_id]
            if act.in_force_from <= on and (act.in_force_to is None or on <= act.in_force_to):
                ends = [last for last in (reading.last, act.in_force_to) if last is not None]
                return Citation(
                    act=act_id,
                    article=article,
                    in_force_from=max(reading.first, act.in_force_from),
                    in_force_to=min(ends) if ends else None,
                    url=act.url,
                    evidence=Evidence.TEXT,
                    on=on,
                    entry=reading.id,
                )
        raise LawError(f"{reading.id}: cites no act in force on {on}")

    def working_days(self, day: date) -> tuple[WorkingDays, bool]:
        """The day's year: days off and worked weekends, and whether they are settled or may still be moved.

        They may be known for days after `known_until`. Raises `UnknownPeriod` for a year without them.
        """
        entry = self.entry("base.working_days")
        for item in entry.items:
            if item.covers(day) and isinstance(item.value, WorkingDays):
                return item.value, item.evidence is not Evidence.INFERRED
        raise UnknownPeriod("not_covered", entry=entry.name, on=day.isoformat(), covered=self._covered(entry))

    def _item(self, name: str, on: date) -> DatedItem:
        entry = self.entry(name)
        found = None
        if on <= self.known_until:
            found = next((item for item in entry.items if item.covers(on)), None)
        if found is None:
            raise UnknownPeriod("not_covered", entry=name, on=on.isoformat(), covered=self._covered(entry))
        if found.absent is not None:
            raise UnknownPeriod("no_rule_then", entry=name, on=on.isoformat(), why=found.absent)
        if found.evidence is Evidence.NOT_SEEN:
            reason = "not_seen" if found.overlay is None else "not_seen_in_overlay"
            raise UnknownLaw(reason, entry=name, on=on.isoformat(), supply=found.supply)
        return found

    def _covered(self, entry: Entry) -> str:
        return ", ".join(
            f"{item.first.isoformat()}…{min(item.last or self.known_until, self.known_until).isoformat()}"
            for item in entry.items
            if item.evidence is not Evidence.NOT_SEEN and item.absent is None
        )

    def _citation(self, name: str, item: DatedItem, on: date) -> Citation:
        return Citation(
            act=item.act,
            article=item.article,
            in_force_from=item.first,
            in_force_to=item.last,
            url=self.acts[item.act].url,
            evidence=item.evidence,
            on=on,
            entry=name,
            amended_by=item.amended_by,
            overlay=item.overlay,
        )


class LawOn:
    """One subject's law on one day. Names are short ("rate.standard"); figures and citations are shared."""

    def __init__(self, book: RuleBook, subject: str, day: date) -> None:
        self.book = book
        self.subject = subject
        self.day = day
        self._figures: dict[str, Figure] = {}
        self._steps: dict[str, tuple[Step, ...]] = {}
        self._citations: dict[str, Citation] = {}
        self._texts: dict[str, str] = {}
        self._has: dict[str, bool] = {}
        self.due_days: dict[tuple[str, str], Any] = {}

    def full_name(self, name: str) -> str:
        """The entry's name in the book: the subject's own entry before one that serves several subjects."""
        full = f"{self.subject}.{name}"
        return full if full in self.book.entries else name

    def figure(self, name: str) -> Figure:
        """The number as a leaf of the derivation, with its citation."""
        found = self._figures.get(name)
        if found is None:
            dated = self.book.value(self.full_name(name), self.day)
            if not isinstance(dated.value, Decimal):
                raise LawError(f"{dated.name} is not a number")
            found = Figure(dated.value, dated.unit, "law", (), dated.name, citation=self.cite(name))
            self._figures[name] = found
        return found

    def multiple(self, name: str, of: str) -> Figure:
        """An amount that the law states as a multiple of a base figure: 94 MCI is 94 x 3,450 KZT."""
        key = f"{name}*{of}"
        found = self._figures.get(key)
        if found is None:
            found = (self.figure(name) * self.figure(of)).named(self.full_name(name) + ".amount")
            self._figures[key] = found
        return found

    def steps(self, name: str, of: str | None = None) -> tuple[Step, ...]:
        """A table of the law; limits stated as multiples of a base figure are multiplied out with `of`."""
        found = self._steps.get(name)
        if found is None:
            full = self.full_name(name)
            dated = self.book.value(full, self.day)
            if not isinstance(dated.value, tuple) or isinstance(dated.value, (Deadline, WorkingDays)):
                raise LawError(f"{full} is not a table")
            rows: list[Step] = []
            citation = self.cite(name)
            step_unit = self.book.entries[full].step_unit or dated.unit
            for position, (up_to, rate) in enumerate(dated.value, start=1):
                limit = None
                if up_to is not None:
                    limit = Figure(up_to, step_unit, "law", (), f"{full}.limit", str(position), citation)
                    if of is not None:
                        limit = (limit * self.figure(of)).named(f"{full}.limit_amount", about=str(position))
                about = str(position) if len(dated.value) > 1 else ""
                rate_figure = Figure(rate, dated.unit, "law", (), full, about, citation)
                rows.append(Step(limit, rate_figure))
            found = self._steps[name] = tuple(rows)
        return found

    def text(self, name: str) -> str:
        """A name that the law gives: a form, a budget code."""
        found = self._texts.get(name)
        if found is None:
            value = self.book.value(self.full_name(name), self.day).value
            if not isinstance(value, str):
                raise LawError(f"{name} is not text")
            found = self._texts[name] = value
        return found

    def names_another(self, name: str) -> bool:
        """Whether the entry only says under which other name its matter stands on this day."""
        return isinstance(self.book.value(self.full_name(name), self.day).value, str)

    def deadline(self, name: str) -> Deadline:
        """When something is due after a period."""
        value = self.book.value(self.full_name(name), self.day).value
        if not isinstance(value, Deadline):
            raise LawError(f"{name} is not a deadline")
        return value

    def cite(self, name: str) -> Citation:
        """The article of an entry, whatever its value. Raises like `RuleBook.value`."""
        found = self._citations.get(name)
        if found is None:
            found = self._citations[name] = self.book.value(self.full_name(name), self.day).citation
        return found

    def ever(self, name: str, word: str) -> bool:
        """Whether a list of words that the law gives held `word` on any day."""
        items = self.book.entry(self.full_name(name)).items
        return any(isinstance(item.value, str) and word in item.value.split() for item in items)

    def has(self, name: str) -> bool:
        """Whether the law of this day has such a rule. A rule that came later is not there before."""
        found = self._has.get(name)
        if found is None:
            entry = self.book.entries.get(self.full_name(name))
            items = entry.items if entry is not None else ()
            found = self._has[name] = any(item.covers(self.day) and item.absent is None for item in items)
        return found


def _leaves(prefix: str, tables: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, table in tables.items():
        name = f"{prefix}.{key}" if prefix else key
        if not isinstance(table, Mapping):
            raise LawError(f"{name}: a table is expected here")
        if "in_force" in table or "choices" in table:
            yield name, table
        else:
            yield from _leaves(name, table)


def _only(name: str, table: Mapping[str, Any], allowed: set[str]) -> None:
    unknown = set(table) - allowed
    if unknown:
        raise LawError(f"{name}: unknown key {', '.join(sorted(unknown))}")


def _act(act_id: str, table: Mapping[str, Any]) -> Act:
    _only(f"act.{act_id}", table, {"number", "date", "titles", "from", "to", "url"})
    titles = table["titles"]
    if set(titles) != {"en", "ru", "kk"}:
        raise LawError(f"act.{act_id}: titles are needed in en, ru and kk")
    return Act(act_id, table["number"], table["date"], titles, table["from"], table.get("to"), table["url"])


def _entry(name: str, table: Mapping[str, Any]) -> Entry:
    _only(name, table, {"unit", "step_unit", "in_force"})
    try:
        items = tuple(_item(name, item) for item in table["in_force"])
        return Entry(name, table.get("unit", "rule"), items, table.get("step_unit"))
    except KeyError as missing:
        raise LawError(f"{name}: {missing} is missing") from missing


def _item(name: str, table: Mapping[str, Any]) -> DatedItem:
    kinds = {"value", "text", "steps", "deadline", "working_days"}
    _only(name, table, kinds | {"from", "to", "cite", "evidence", "edition", "doubt", "supply", "absent"})
    cite = table["cite"]
    _only(f"{name}.cite", cite, {"act", "article", "amended_by"})
    if len(kinds & set(table)) > 1:
        raise LawError(f"{name}: one value a date, not {', '.join(sorted(kinds & set(table)))}")
    evidence = Evidence(table["evidence"])
    if (evidence is Evidence.NOT_SEEN) != ("supply" in table):
        raise LawError(f"{name}: supply goes with not_seen, and with it alone")
    return DatedItem(
        table["from"],
        table.get("to"),
        _value(name, table),
        cite["act"],
        cite["article"],
        evidence,
        cite.get("amended_by"),
        table.get("edition"),
        table.get("doubt"),
        table.get("supply"),
        table.get("absent"),
    )


def _value(name: str, table: Mapping[str, Any]) -> Value:
    if "value" in table:
        return _decimal(name, table["value"])
    if "steps" in table:
        rows = tuple(
            StepRow(_decimal(name, row["up_to"]) if "up_to" in row else None, _decimal(name, row["rate"]))
            for row in table["steps"]
        )
        limits = [row.up_to for row in rows]
        bounded = [limit for limit in limits if limit is not None]
        if limits[-1] is not None or len(bounded) != len(limits) - 1 or bounded != sorted(set(bounded)):
            raise LawError(f"{name}: limits must rise, and only the last row is open")
        return rows
    if "deadline" in table:
        return Deadline(**table["deadline"])
    if "working_days" in table:
        days = table["working_days"]
        return WorkingDays(frozenset(days["closed"]), frozenset(days["worked"]))
    text: str | None = table.get("text")
    return text


def _decimal(name: str, value: Any) -> Decimal:
    if not isinstance(value, str):
        raise LawError(f"{name}: decimals are written as strings, not {value!r}")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise LawError(f"{name}: {value!r} is no decimal") from None
    if not number.is_finite():
        raise LawError(f"{name}: {value!r} is not finite")
    return number


def _reading(reading_id: str, table: Mapping[str, Any]) -> Reading:
    _only(reading_id, table, {"from", "to", "choices", "cite", "doubt"})
    subject, _, short = reading_id.partition(".readings.")
    choices = tuple(table["choices"])
    if len(set(choices)) < 2:
        raise LawError(f"{reading_id}: a reading has at least two choices")
    cites = tuple((cite["act"], cite["article"]) for cite in table["cite"])
    return Reading(f"{subject}.{short}", table["from"], table.get("to"), choices, cites, table["doubt"])


def _check_entry(entry: Entry, acts: Mapping[str, Act]) -> None:
    multiplied(entry.unit, "1") if entry.unit not in ("rule", "text", "deadline", "working days") else None
    before: DatedItem | None = None
    for item in entry.items:
        if item.act not in acts:
            raise LawError(f"{entry.name}: no act {item.act!r}")
        act = acts[item.act]
        if item.last is not None and item.last < item.first:
            raise LawError(f"{entry.name}: {item.first} is after {item.last}")
        if item.first < act.in_force_from or (act.in_force_to or date.max) < (item.last or date.max):
            raise LawError(f"{entry.name}: {item.first} to {item.last} goes beyond {item.act}")
        if before is not None:
            if before.last is None or before.last >= item.first:
                raise LawError(f"{entry.name}: two items cover {item.first}")
            if before.last + ONE_DAY != item.first:
                raise LawError(f"{entry.name}: nothing is said between {before.last} and {item.first}")
        before = item


def _check_reading(reading: Reading, acts: Mapping[str, Act]) -> None:
    for act, _ in reading.cites:
        if act not in acts:
            raise LawError(f"{reading.id}: no act {act!r}")


def _trimmed(under: tuple[DatedItem, ...], over: tuple[DatedItem, ...]) -> tuple[DatedItem, ...]:
    kept = list(under)
    for added in over:
        rest: list[DatedItem] = []
        for item in kept:
            last = item.last or date.max
            added_last = added.last or date.max
            if last < added.first or added_last < item.first:
                rest.append(item)
                continue
            if item.first < added.first:
                rest.append(item._replace(last=added.first - ONE_DAY))
            if added_last < last:
                rest.append(item._replace(first=added_last + ONE_DAY))
        kept = rest
    return tuple(kept)


PACKAGE = Path(__file__).resolve().parent.parent


def sources() -> list[tuple[str, bytes]]:
    """The package's own law: what serves several subjects first, then each subject's, by name."""
    shared = [("base" if path.stem != "acts" else "", path) for path in sorted((PACKAGE / "law").glob("*.toml"))]
    subjects = [(path.parent.name, path) for path in sorted((PACKAGE / "rules").glob("*/law.toml"))]
    return [(prefix, path.read_bytes()) for prefix, path in (*shared, *subjects)]


@lru_cache(maxsize=1)
def rule_book() -> RuleBook:
    """The package's own rule book, loaded and validated once.

    >>> rule_book().value("base.mci", date(2026, 1, 1)).value
    Decimal('4325')
    """
    return RuleBook.load(sources())


def known_act(act_id: str) -> Act | None:
    """An act of the package's own book; None for one that only an overlay knows."""
    return rule_book().acts.get(act_id)
