"""Double tax treaties from their table: each becomes an act and entries like those of any other law.

`treaty.AT.dividends` is then a dated entry as `base.mci` is: looked up by day, cited, laid over, in doubt or not seen.
The entries of all treaties share their words: see `figure_name`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from kztax.core.citation import Evidence
from kztax.core.entries import Act, DatedItem, Entry, Value
from kztax.core.errors import LawError
from kztax.core.law_reader import decimal_of
from kztax.core.period import ONE_DAY
from kztax.core.treaty_names import PREFIX

LISTED = date(2020, 1, 1)
"""The day of the list that names treaties whose entry into force was not seen."""
EARLIEST = date(1990, 1, 1)
NO_ARTICLE = "—"
_DAYS = {"signed", "in_force", "applied", "applied_at_source"}
_CLAUSES = {"dividends", "qualified_dividends", "interest", "royalties", "branch_profits"}
_KEYS = {"titles", "url", "evidence", "doubt"} | _DAYS | _CLAUSES


class _Treaty(NamedTuple):
    country: str
    act: str
    in_force: date | None
    applied: date
    applied_at_source: date
    evidence: Evidence
    doubt: str | None

    def entry(self, name: str, unit: str, *items: DatedItem) -> Entry:
        return Entry(f"{PREFIX}.{self.country}.{name}", unit, items)

    def item(self, first: date, value: Value, table: Mapping[str, Any]) -> DatedItem:
        """A value that the table states; a limit whose own text was read says so."""
        evidence = Evidence(table.get("evidence", self.evidence))
        article = table.get("article", NO_ARTICLE)
        return DatedItem(first, None, value, self.act, article, evidence, doubt=table.get("doubt", self.doubt))

    def not_seen(self, first: date, supply: str, last: date | None = None, doubt: str | None = None) -> DatedItem:
        return DatedItem(
            first, last, None, self.act, NO_ARTICLE, Evidence.NOT_SEEN, doubt=doubt, supply=f"{supply}: {self.country}"
        )


def treaty_of(country: str, table: Mapping[str, Any]) -> tuple[Act, list[Entry]]:
    """A treaty's act and entries from its table."""
    if unknown := set(table) - _KEYS:
        raise LawError(f"{PREFIX}.{country}: unknown key {', '.join(sorted(unknown))}")
    in_force: date | None = table.get("in_force")
    start = in_force or LISTED
    applied = max(start, table.get("applied") or date(start.year + 1, 1, 1)) if in_force else LISTED
    act_id = f"{PREFIX}_{country.lower()}"
    act = Act(act_id, None, table.get("signed"), table["titles"], EARLIEST, None, table["url"])
    treaty = _Treaty(
        country,
        act.id,
        in_force,
        applied,
        max(start, table.get("applied_at_source", applied)),
        Evidence(table["evidence"]),
        table.get("doubt"),
    )
    return act, [*_standing(treaty), *_at_source(treaty, table), *_branch(treaty, table.get("branch_profits", {}))]


def _standing(treaty: _Treaty) -> Iterator[Entry]:
    """Since when the treaty is in force, and since which tax period it is applied."""
    for name, first in (("in_force", treaty.in_force), ("applied", treaty.applied)):
        items = [treaty.item(first or LISTED, None, {})]
        if treaty.in_force is None:
            unknown = treaty.not_seen(EARLIEST, "the day of entry into force", LISTED - ONE_DAY)
            items.insert(0, unknown)
        yield treaty.entry(name, "rule", *items)


def _at_source(treaty: _Treaty, table: Mapping[str, Any]) -> Iterator[Entry]:
    """Limits on tax at the source, on the gross payment."""
    first = treaty.applied_at_source
    for name in ("dividends", "interest", "royalties"):
        if name in table:
            yield treaty.entry(name, "1", treaty.item(first, decimal_of(treaty.act, table[name]), {}))
        else:
            yield treaty.entry(name, "1", treaty.not_seen(first, f"the limit on {name}"))
    qualified = table.get("qualified_dividends")
    if qualified is None:
        return
    doubt = {"doubt": qualified.get("doubt", treaty.doubt)}
    for name, unit, value in (
        ("qualified_dividends", "1", decimal_of(treaty.act, qualified["rate"])),
        ("qualified_share", "1", decimal_of(treaty.act, qualified["share"])),
        ("qualified_held", "text", qualified["held"]),
        ("qualified_of", "text", qualified["of"]),
    ):
        yield treaty.entry(name, unit, treaty.item(first, value, doubt))


def _branch(treaty: _Treaty, table: Mapping[str, Any]) -> Iterator[Entry]:
    """The limit on the tax on net income of a permanent establishment, the base it is taken on, what is free."""
    first = treaty.applied
    if "rate" not in table:
        unknown = treaty.not_seen(first, "the branch-profits clause of the treaty", doubt=table.get("doubt"))
        yield treaty.entry("branch_profits", "1", unknown)
        yield treaty.entry("branch_profits_regime", "text", unknown)
        return
    yield treaty.entry("branch_profits", "1", treaty.item(first, decimal_of(treaty.act, table["rate"]), table))
    yield treaty.entry("branch_profits_regime", "text", treaty.item(first, table["regime"], table))
    if "share" in table:
        share = treaty.item(first, decimal_of(treaty.act, table["share"]), table)
        yield treaty.entry("branch_profits_share", "1", share)
    for name in ("free_up_to", "insured_over"):
        if name in table:
            # The clause's doubt is said once, with its rate.
            limit = treaty.item(first, decimal_of(treaty.act, table[name]["amount"]), {**table, "doubt": None})
            yield treaty.entry(f"branch_profits_{name}", table[name]["currency"], limit)
