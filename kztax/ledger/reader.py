"""Reads files through the plugins into one ledger: merges, leaves repeats out, orders, reconciles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from kztax.core.assessment import plain
from kztax.core.errors import UnreadableInput
from kztax.core.figure import EXACT
from kztax.core.words import shown
from kztax.hooks import (
    LedgerBalance,
    LedgerCash,
    LedgerDistribution,
    LedgerFinding,
    LedgerRecord,
    LedgerTrade,
    LedgerUnprocessed,
    LedgerUnreadable,
    Severity,
)
from kztax.ledger import files
from kztax.ledger.balances import Trail
from kztax.ledger.model import Entry, Finding, Ledger, LedgerFile, Progress, UnprocessedLine
from kztax.ledger.reconcile import Held, StatedBalances, reconcile
from kztax.ledger.said import finding
from kztax.ledger.zones import zone_of

if TYPE_CHECKING:
    from kztax.plugins import ClaimedFile, Plugins

PROGRESS_EVERY = 5_000
MOST_LINES_NAMED = 10
_TRADED = ("buy", "sell", "exchange")

Repeatable = LedgerTrade | LedgerCash | LedgerDistribution


def read_ledger(
    paths: Iterable[Path | str] | Path | str,
    *,
    plugins: Plugins | None = None,
    keep_going: bool = False,
    zone: str | tzinfo | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Ledger:
    """Read a file of trades or several, each by the installed plugin that knows its format, into one ledger.

    `zone` is what the caller says of times that bear none and whose format documents none (`Asia/Almaty`, `+05:00`).
    A line that is not understood raises `UnreadableInput` with file, line and reason; with `keep_going` it is kept in
    `Ledger.unprocessed`. `progress` is called now and then with the place reached.

    Raises `UnreadableInput` for what is no file of a known format, `InvalidFacts` for an unknown zone, `PluginError`,
    `PluginConflict` and `PluginAnswerRefused` where a plugin fails, and where two claim a file.
    """
    if plugins is None:
        from kztax.plugins import Plugins

        plugins = Plugins()
    stated_zone = zone_of(zone) if isinstance(zone, str) else zone
    wanted = [Path(path) for path in ((paths,) if isinstance(paths, (Path, str)) else paths)]
    reading = _Reading(keep_going, progress, len(wanted))
    for number, (name, path) in enumerate(files.names(wanted), start=1):
        reading.read(number, name, path, plugins, stated_zone)
    return reading.ledger()


@dataclass(slots=True)
class _Told:
    """What a file told, kept till all are read."""

    file: LedgerFile
    entries: list[Entry]
    distributions: list[LedgerDistribution]


@dataclass(slots=True)
class _Reading:
    keep_going: bool
    progress: Callable[[Progress], None] | None
    count: int
    told: list[_Told] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unprocessed: list[UnprocessedLine] = field(default_factory=list)
    stated: list[StatedBalances] = field(default_factory=list)
    contents: files.Contents = field(default_factory=files.Contents)
    # How often the files before told the same; a key was told once or never.
    seen: dict[Repeatable, int] = field(default_factory=dict)
    keys: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def read(self, number: int, name: str, path: Path, plugins: Plugins, zone: tzinfo | None) -> None:
        """One file. The same content a second time adds nothing and is said."""
        files.check(path, name)
        twin = self.contents.twin(path, name)
        if twin is not None:
            self.findings.append(finding(Severity.WARNING, "same_file", file=name, earlier=twin))
            return
        try:
            claimed = plugins.ledger(path, zone)
            if claimed is None:
                raise files.unknown(path, name, readers=plugins.implements("kztax_ledger"))
            self._draw(number, name, path, claimed)
        except LedgerUnreadable as refused:
            if refused.line is None:
                raise UnreadableInput("ledger_file", file=name, why=refused.words) from refused
            raise UnreadableInput("ledger_line", file=name, line=refused.line, why=refused.words, text="") from refused

    def _draw(self, number: int, name: str, path: Path, claimed: ClaimedFile) -> None:
        one = _OneFile(name, self, self.keys[claimed.plugin.name])
        drawn = 0
        with closing(claimed.records) as records:
            for record in records:
                drawn += 1
                one.take(record)
                if self.progress is not None and drawn % PROGRESS_EVERY == 0:
                    self.progress(Progress(name, number, self.count, one.lines))
        one.finish()
        if self.progress is not None:
            self.progress(Progress(name, number, self.count, one.lines))
        if not drawn:
            self.findings.append(finding(Severity.WARNING, "no_rows", file=name))
        self.told.append(
            _Told(
                LedgerFile(
                    name,
                    path,
                    claimed.plugin,
                    claimed.answer.source,
                    claimed.answer.venue,
                    one.lines,
                    len(one.entries) + len(one.distributions),
                    len(one.repeats),
                ),
                one.entries,
                one.distributions,
            )
        )

    def ledger(self) -> Ledger:
        """All files together, in order of time."""
        entries = [entry for told in self.told for entry in told.entries]
        entries.sort(key=lambda entry: entry.at)
        distributions = [row for told in self.told for row in told.distributions]
        reconciled, found = reconcile(entries, self.stated, len(self.unprocessed))
        self.findings += found
        self.findings += _told_twice(self.told)
        self.findings += _from_elsewhere(entries)
        miners = sorted({row.miner for row in distributions if row.miner is not None})
        if len(miners) > 1:
            self.findings.append(finding(Severity.WARNING, "several_miners", miners=", ".join(miners)))
        order = (Severity.ERROR, Severity.WARNING, Severity.INFO)
        return Ledger(
            tuple(told.file for told in self.told),
            tuple(entries),
            tuple(distributions),
            tuple(self.unprocessed),
            tuple(sorted(self.findings, key=lambda each: order.index(each.severity))),
            tuple(reconciled),
        )


@dataclass(slots=True)
class _OneFile:
    """One file while its records are drawn."""

    name: str
    reading: _Reading
    keys: set[str]
    lines: int = 1
    entries: list[Entry] = field(default_factory=list)
    distributions: list[LedgerDistribution] = field(default_factory=list)
    repeats: list[int] = field(default_factory=list)
    alike: list[int] = field(default_factory=list)
    trails: dict[Held, Trail] = field(default_factory=dict)
    told: dict[Repeatable, int] = field(default_factory=dict)

    def take(self, record: LedgerRecord) -> None:
        """Keep a record where it belongs."""
        if record.line is not None and record.line > self.lines:
            self.lines = record.line
        if isinstance(record, (LedgerTrade, LedgerCash)):
            if self._is_new(record):
                self.entries.append(Entry(self.name, record))
        elif isinstance(record, LedgerBalance):
            self._trail(record).add(record)
        elif isinstance(record, LedgerDistribution):
            if self._is_new(record):
                self.distributions.append(record)
        elif isinstance(record, LedgerUnprocessed):
            self._unprocessed(record)
        else:
            self.reading.findings.append(_plugins_finding(self.name, record))

    def finish(self) -> None:
        """The file has ended: oldest first from here, and what was repeated is said."""
        # A reader may tell a trade of several rows only once their second is over.
        self.entries.sort(key=lambda entry: entry.record.line)
        if len(self.entries) > 1 and self.entries[0].at > self.entries[-1].at:
            self.entries.reverse()
        seen = self.reading.seen
        if seen:
            for record, times in self.told.items():
                seen[record] = max(times, seen.get(record, 0))
        else:
            # The first file, often the only one: a copy hashes nothing again.
            self.reading.seen = self.told
        for held, trail in self.trails.items():
            trail.finish()
            self.reading.stated.append(StatedBalances(self.name, held, trail))
        for severity, told, lines in (
            (Severity.INFO, "repeats_left_out", self.repeats),
            (Severity.WARNING, "alike_in_one_file", self.alike),
        ):
            if lines:
                named = ", ".join(map(str, lines[:MOST_LINES_NAMED])) + "…" * (len(lines) > MOST_LINES_NAMED)
                self.reading.findings.append(
                    finding(severity, told, file=self.name, line=lines[0], count=len(lines), lines=named)
                )

    def _is_new(self, record: Repeatable) -> bool:
        if record.key is not None:
            if record.key in self.keys:
                self.repeats.append(record.line)
                return False
            self.keys.add(record.key)
            return True
        times = self.told[record] = self.told.get(record, 0) + 1
        if self.reading.seen and times <= self.reading.seen.get(record, 0):
            self.repeats.append(record.line)
            return False
        if times > 1:
            self.alike.append(record.line)
        return True

    def _trail(self, balance: LedgerBalance) -> Trail:
        held = Held(balance.account or "", balance.asset)
        if held not in self.trails:
            self.trails[held] = Trail()
        return self.trails[held]

    def _unprocessed(self, line: LedgerUnprocessed) -> None:
        text = shown(line.text)
        if not self.reading.keep_going:
            raise UnreadableInput("ledger_line", file=self.name, line=line.line, why=line.words, text=text)
        self.reading.unprocessed.append(UnprocessedLine(self.name, line.line, line.id, line.words, text))


def _plugins_finding(file: str, found: LedgerFinding) -> Finding:
    return Finding(found.severity, found.id, found.words, file, found.line)


def _told_twice(told: list[_Told]) -> list[Finding]:
    """Two formats of one exchange that tell of trades in the same days: the same trades may be in both."""
    spans: list[tuple[LedgerFile, datetime, datetime]] = []
    for each in told:
        times = [
            entry.at for entry in each.entries if isinstance(entry.record, LedgerTrade) and entry.record.type in _TRADED
        ]
        if times and each.file.venue is not None:
            spans.append((each.file, min(times), max(times)))
    return [
        finding(Severity.ERROR, "told_twice", file=two.name, other=one.name, venue=one.venue)
        for (one, one_first, one_last), (two, two_first, two_last) in combinations(spans, 2)
        if one.venue == two.venue and one.format != two.format and one_first <= two_last and two_first <= one_last
    ]


def _from_elsewhere(entries: list[Entry]) -> list[Finding]:
    """More came in by transfer than went out: what was bought elsewhere is not in these files."""
    moved: dict[str, list[LedgerTrade]] = defaultdict(list)
    for entry in entries:
        if isinstance(entry.record, LedgerTrade) and entry.record.type in ("transfer_in", "transfer_out"):
            moved[entry.record.asset].append(entry.record)
    found: list[Finding] = []
    for asset, transfers in sorted(moved.items()):
        beyond = Decimal(0)
        for each in transfers:
            beyond = EXACT.add(beyond, each.quantity if each.type == "transfer_in" else -each.quantity)
        if beyond > 0:
            found.append(finding(Severity.WARNING, "from_elsewhere", asset=asset, quantity=plain(beyond)))
    return found
