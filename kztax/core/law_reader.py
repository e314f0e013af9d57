"""Reads law from TOML and checks it: no gap, no overlap, no value without a citation, no unknown key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from kztax.core.citation import Evidence
from kztax.core.entries import Act, DatedItem, Deadline, Entry, Reading, StepRow, Value, WorkingDays
from kztax.core.errors import LawError
from kztax.core.period import ONE_DAY
from kztax.core.units import multiplied

WITHOUT_NUMBER = ("rule", "text", "deadline", "working days")


def leaves(prefix: str, tables: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every entry and reading in nested tables, under its full name."""
    for key, table in tables.items():
        name = f"{prefix}.{key}" if prefix else key
        if not isinstance(table, Mapping):
            raise LawError(f"{name}: a table is expected here")
        if "in_force" in table or "choices" in table:
            yield name, table
        else:
            yield from leaves(name, table)


def _only(name: str, table: Mapping[str, Any], allowed: set[str]) -> None:
    unknown = set(table) - allowed
    if unknown:
        raise LawError(f"{name}: unknown key {', '.join(sorted(unknown))}")


def act_of(act_id: str, table: Mapping[str, Any]) -> Act:
    """An act from its table; titles are needed in every language."""
    _only(f"act.{act_id}", table, {"number", "date", "titles", "from", "to", "url"})
    titles = table["titles"]
    if set(titles) != {"en", "ru", "kk"}:
        raise LawError(f"act.{act_id}: titles are needed in en, ru and kk")
    return Act(act_id, table.get("number"), table.get("date"), titles, table["from"], table.get("to"), table["url"])


def entry_of(name: str, table: Mapping[str, Any]) -> Entry:
    """An entry with its dated items."""
    _only(name, table, {"unit", "step_unit", "in_force"})
    try:
        items = tuple(_item(name, item) for item in table["in_force"])
        return Entry(name, table.get("unit", "rule"), items, table.get("step_unit"))
    except KeyError as missing:
        raise LawError(f"{name}: {missing} is missing") from missing


def _item(name: str, table: Mapping[str, Any]) -> DatedItem:
    kinds = {"value", "text", "steps", "deadline", "working_days"}
    _only(name, table, kinds | {"from", "to", "cite", "evidence", "edition", "doubt", "supply", "absent", "source"})
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
        table.get("source"),
    )


def _value(name: str, table: Mapping[str, Any]) -> Value:
    if "value" in table:
        return decimal_of(name, table["value"])
    if "steps" in table:
        rows = tuple(
            StepRow(decimal_of(name, row["up_to"]) if "up_to" in row else None, decimal_of(name, row["rate"]))
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


def decimal_of(name: str, value: Any) -> Decimal:
    """A decimal of the law, written as a string: TOML's own numbers are floats."""
    if not isinstance(value, str):
        raise LawError(f"{name}: decimals are written as strings, not {value!r}")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise LawError(f"{name}: {value!r} is no decimal") from None
    if not number.is_finite():
        raise LawError(f"{name}: {value!r} is not finite")
    return number


def reading_of(reading_id: str, table: Mapping[str, Any]) -> Reading:
    """A reading with its choices, the default first."""
    _only(reading_id, table, {"from", "to", "choices", "cite", "doubt"})
    subject, _, short = reading_id.partition(".readings.")
    choices = tuple(table["choices"])
    if len(set(choices)) < 2:
        raise LawError(f"{reading_id}: a reading has at least two choices")
    cites = tuple((cite["act"], cite["article"]) for cite in table["cite"])
    return Reading(f"{subject}.{short}", table["from"], table.get("to"), choices, cites, table["doubt"])


def check_entry(entry: Entry, acts: Mapping[str, Act]) -> None:
    """Raise `LawError` where items overlap, leave a gap, or go beyond the act they cite."""
    if entry.unit not in WITHOUT_NUMBER:
        multiplied(entry.unit, "1")
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


def check_reading(reading: Reading, acts: Mapping[str, Act]) -> None:
    """Raise `LawError` where a reading cites an act that the book does not know."""
    for act, _ in reading.cites:
        if act not in acts:
            raise LawError(f"{reading.id}: no act {act!r}")


def trimmed(under: tuple[DatedItem, ...], over: tuple[DatedItem, ...]) -> tuple[DatedItem, ...]:
    """What is left of the lower items once the upper ones are laid over them, day by day."""
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
