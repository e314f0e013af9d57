"""The rule book: every value that the law sets, dated, cited, and honest about doubt.

Entries live in TOML beside the rules they serve. An entry is a list of dated items; looking up a day that no
item covers raises `UnknownPeriod` and names what is covered; an item marked `not_seen` raises `UnknownLaw`
and says what to supply. Callers may lay entries of their own over the book (a draft law, a ruling).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from kztax.core.citation import Citation, Evidence
from kztax.core.entries import Act, DatedItem, DatedValue, Deadline, Entry, Reading, WorkingDays
from kztax.core.errors import InvalidFacts, LawError, UnknownLaw, UnknownPeriod
from kztax.core.figure import Figure, Step
from kztax.core.period import ONE_DAY
from kztax.core.treaty_names import PREFIX as TREATIES


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

        # Law is read with the first assessment; what reads it is loaded then.
        from kztax.core.law_reader import act_of, check_entry, check_reading, entry_of, leaves, reading_of
        from kztax.core.treaty_reader import treaty_of

        digest = hashlib.sha256()
        version, known_until = "", None
        acts: dict[str, Act] = {}
        entries: dict[str, Entry] = {}
        readings: dict[str, Reading] = {}
        for prefix, content in sources:
            digest.update(content)
            tables = tomllib.loads(content.decode("utf-8"))
            if prefix == TREATIES:
                for country, table in tables.items():
                    act, added = treaty_of(country, table)
                    acts[act.id] = act
                    entries.update((entry.name, entry) for entry in added)
                continue
            if (book := tables.pop("book", None)) is not None:
                version, known_until = book["version"], book["known_until"]
            for act_id, table in tables.pop("act", {}).items():
                acts[act_id] = act_of(act_id, table)
            for table_name, table in leaves(prefix, tables):
                if "choices" in table:
                    reading = reading_of(table_name, table)
                    readings[reading.id] = reading
                else:
                    entries[table_name] = entry_of(table_name, table)
        if known_until is None:
            raise LawError("no source has a [book] table with version and known_until")
        for entry in entries.values():
            check_entry(entry, acts)
        for reading in readings.values():
            check_reading(reading, acts)
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

    def changes(self, names: Iterable[str], first: date, last: date) -> list[date]:
        """The days on which the law of a span begins: its first day, and every later one on which an entry changes."""
        starts = {item.first for name in names for item in self.entry(name).items if first < item.first <= last}
        return [first, *sorted(starts)]

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

        from kztax.core.law_reader import act_of, check_entry, entry_of, leaves, trimmed

        raw = content.encode("utf-8") if isinstance(content, str) else content
        try:
            tables = tomllib.loads(raw.decode("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise LawError(f"overlay {name!r}: {error}") from error
        known_until = max(self.known_until, tables.pop("book", {}).get("known_until", self.known_until))
        acts = dict(self.acts)
        for act_id, table in tables.pop("act", {}).items():
            acts[act_id] = act_of(act_id, table)
        entries = dict(self.entries)
        for entry_name, table in leaves("", tables):
            added = entry_of(entry_name, table)
            items = tuple(item._replace(overlay=name) for item in added.items)
            under = entries.get(entry_name)
            if under is None:
                raise LawError(f"overlay {name!r}: the book has no entry {entry_name}")
            if under.unit != added.unit:
                raise LawError(f"overlay {name!r}: {entry_name} is in {under.unit}, not {added.unit}")
            kept = trimmed(under.items, items) if under is not None else ()
            merged = tuple(sorted((*kept, *items), key=lambda item: item.first))
            entries[entry_name] = added._replace(items=merged)
            check_entry(entries[entry_name], acts)
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
        """The days that the entry answers for; neighbours are one span, however often the value changes in it."""
        spans: list[tuple[date, date]] = []
        for item in entry.items:
            if item.evidence is not Evidence.NOT_SEEN and item.absent is None and item.first <= self.known_until:
                joins = bool(spans) and spans[-1][1] + ONE_DAY == item.first
                first = spans.pop()[0] if joins else item.first
                spans.append((first, min(item.last or self.known_until, self.known_until)))
        return ", ".join(f"{first.isoformat()}…{last.isoformat()}" for first, last in spans)

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
            doubt=item.doubt,
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
        self._under: dict[str, tuple[str, ...]] = {}
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

    def constant(self, name: str) -> Figure:
        """A number that is a matter of counting more than of law, such as the smallest unit of a currency."""
        key = f"constant {name}"
        found = self._figures.get(key)
        if found is None:
            stated = self.figure(name)
            found = self._figures[key] = Figure(stated.value, stated.unit, "constant", (), stated.name)
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

    def under(self, group: str) -> tuple[str, ...]:
        """The names of the subject's entries in a group that this day's law has, in the order in which they stand."""
        found = self._under.get(group)
        if found is None:
            start = f"{self.subject}.{group}."
            names = [name.removeprefix(f"{self.subject}.") for name in self.book.entries if name.startswith(start)]
            found = self._under[group] = tuple([name for name in names if self.has(name)])
        return found


PACKAGE = Path(__file__).resolve().parent.parent


def sources() -> list[tuple[str, bytes]]:
    """The package's own law: what serves several subjects first, then each subject's, those above the rules last."""
    own_prefix = {"acts": "", "treaties": TREATIES}
    shared = [(own_prefix.get(path.stem, "base"), path) for path in sorted((PACKAGE / "law").glob("*.toml"))]
    rooms = ("rules", "combined")
    found = [path for room in rooms for path in sorted((PACKAGE / room).glob("*/law.toml"))]
    subjects = [(path.parent.name, path) for path in found]
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
