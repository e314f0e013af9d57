"""The plugin manager: finds plugins, asks them, and checks what they answer."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from datetime import date, tzinfo
from enum import StrEnum
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import pluggy
from pydantic import ValidationError

from kztax.core.assessment import Assessment, PluginRecord
from kztax.core.errors import KztaxError, PluginAnswerRefused, PluginConflict, PluginError
from kztax.core.facts import RateKind
from kztax.core.working import Answered
from kztax.hooks import (
    INTERFACE_VERSION,
    LEDGER_RECORDS,
    OLDEST_INTERFACE,
    PROJECT,
    Answer,
    AssetPriceAnswer,
    Command,
    Deprecation,
    ExchangeRateAnswer,
    HookDeprecated,
    HookSpecifications,
    LedgerAnswer,
    LedgerRecord,
    LedgerUnreadable,
    RateBasis,
    TreatyRateAnswer,
    hooks_of,
)

if TYPE_CHECKING:
    from kztax.journal.accounts import AccountMap

ENTRY_POINT_GROUP = "kztax"
ONLY_THESE = "KZTAX_LOAD_PLUGINS"
A = TypeVar("A", bound=Answer)
_COMMAND_NAME = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)


class Health(StrEnum):
    """OK: loaded, and so are its commands. FAULTY: loaded, but its commands cannot be. REFUSED: it cannot be loaded.

    NOT_LOADED: `KZTAX_LOAD_PLUGINS` leaves it out, nothing more is known. NOT_INSTALLED: named there, and absent.
    """

    OK = "ok"
    FAULTY = "faulty"
    REFUSED = "refused"
    NOT_LOADED = "not_loaded"
    NOT_INSTALLED = "not_installed"


class PluginStatus(NamedTuple):
    """What `kztax plugins` says of one: the interface it was written for, the hooks that it implements, those of them
    that are deprecated, and the error that says why it is not healthy.
    """

    name: str
    version: str
    health: Health
    interface: int | None = None
    hooks: tuple[str, ...] = ()
    deprecated: tuple[tuple[str, Deprecation], ...] = ()
    refused: KztaxError | None = None


class ClaimedFile(NamedTuple):
    """A file that a plugin said is its own: what it answered, and its records, each checked as it is drawn."""

    plugin: PluginRecord
    answer: LedgerAnswer
    records: Generator[LedgerRecord, None, None]


class Plugins:
    """Installed plugins and those handed over by the caller. Nothing is imported before a hook is needed.

    `KZTAX_LOAD_PLUGINS` limits what is loaded: a comma-separated list of names, or empty for none.
    """

    def __init__(self, given: Iterable[object] = (), *, discover: bool = True) -> None:
        self._given = tuple(given)
        self._discover = discover
        self._manager: pluggy.PluginManager | None = None
        self._records: dict[object, PluginRecord] = {}

    def statuses(self, built_in: Iterable[str] = ()) -> list[PluginStatus]:
        """Every plugin found, loadable or not. Never raises: a fault is part of the answer.

        `built_in` are the names that no plugin's command may have.
        """
        together = _new_manager()
        taken = dict.fromkeys(built_in, PROJECT)
        rows = [_status(_name_of(plugin), "", partial(_itself, plugin), together, taken) for plugin in self._given]
        wanted, installed = _wanted(), _entry_points() if self._discover else []
        for entry_point in installed:
            version = entry_point.dist.version if entry_point.dist else ""
            if wanted is None or entry_point.name in wanted:
                rows.append(_status(entry_point.name, version, entry_point.load, together, taken))
            else:
                rows.append(PluginStatus(entry_point.name, version, Health.NOT_LOADED))
        absent = (wanted or frozenset()) - {entry_point.name for entry_point in installed} if self._discover else ()
        for name in sorted(absent):
            error = PluginError("plugin_not_installed", plugin=name)
            rows.append(PluginStatus(name, "", Health.NOT_INSTALLED, refused=error))
        return rows

    def treaty_rate(self, country: str, income: str, on: date) -> Answered | None:
        """A treaty's limit: answers not valid on the day are passed; of those left the highest priority, then the most
        specific one, valid for the shortest time, goes first.
        """
        answers = [
            (record, answer)
            for record, answer in self._ask(
                "kztax_treaty_rate", TreatyRateAnswer, country=country, income=income, on=on
            )
            if (answer.valid_from or on) <= on <= (answer.valid_to or on)
        ]
        question = f"treaty rate {country} {income}"
        shortest = min((_length(answer) for _, answer in _leading(answers)), default=0)
        specific = [(record, answer) for record, answer in _leading(answers) if _length(answer) == shortest]
        best = self._best(specific, question, lambda answer: answer.rate)
        return best and Answered(best[1].rate, "", best[1].source, _answering(best[0], question))

    def asset_price(self, asset: str, on: date) -> Answered | None:
        """An asset's price on a day."""
        answers = self._ask("kztax_asset_price", AssetPriceAnswer, asset=asset, on=on)
        question = f"price {asset} {on.isoformat()}"
        best = self._best(answers, question, lambda answer: (answer.value, answer.currency))
        if best is None:
            return None
        record, answer = best
        return Answered(
            answer.value, answer.currency, answer.source, _answering(record, question), _price_caveats(answer)
        )

    def exchange_rate(self, currency: str, kind: RateKind, on: date | None, year: int | None) -> Answered | None:
        """KZT for one unit of a currency."""
        answers = self._ask(
            "kztax_exchange_rate", ExchangeRateAnswer, currency=currency, kind=kind.value, on=on, year=year
        )
        question = f"{kind.value} rate {currency} {on.isoformat() if on else year}"
        best = self._best(answers, question, lambda answer: answer.rate)
        if best is None:
            return None
        record, answer = best
        return Answered(answer.rate, "KZT", answer.source, _answering(record, question), _rate_caveats(answer))

    def at_store(self, store: Path) -> Plugins:
        """The same plugins; those that keep what they know in a store answer from this one."""
        moved = {record.name: plugin for record, plugin in self._raw_answers("kztax_at_store", store=store)}
        there, manager = Plugins(discover=False), _new_manager()
        for name, plugin in self._load().list_name_plugin():
            now = moved.get(name, plugin)
            there._register(manager, now, name, self._records[name].version)
            if _hooks_of(now, name) != _hooks_of(plugin, name):
                # An object without the plugin's hooks would answer nothing, and nobody would notice.
                raise PluginAnswerRefused(
                    "plugin_answer_refused",
                    plugin=name,
                    hook="kztax_at_store",
                    problem=f"{type(now).__name__} has other hooks than the plugin",
                )
        there._manager = manager
        return there

    def implements(self, *hooks: str) -> bool:
        """Whether one plugin that is loaded has all of these hooks."""
        asked = [getattr(self._load().hook, hook).get_hookimpls() for hook in hooks]
        return bool(set.intersection(*({each.plugin_name for each in implementations} for implementations in asked)))

    def commands(self, built_in: Iterable[str]) -> list[tuple[str, Command]]:
        """The commands of plugins, each with its plugin's name.

        Raises `PluginConflict` where one has the name of a built-in command or of another plugin's.
        """
        taken = dict.fromkeys(built_in, PROJECT)
        found: list[tuple[str, Command]] = []
        for record, raw in self._raw_answers("kztax_commands"):
            found += [(record.name, command) for command in _claimed_commands(record, raw, taken)]
        return found

    def read(self, path: Path) -> tuple[str, list[dict[str, Any]]] | None:
        """Facts from the one plugin that knows the file, with its name; None where none does."""
        answers: list[tuple[PluginRecord, list[dict[str, Any]]]] = []
        for record, raw in self._raw_answers("kztax_read", path=path):
            try:
                rows = [dict(row) for row in raw]
            except (TypeError, ValueError) as error:
                raise PluginAnswerRefused(
                    "plugin_answer_refused", plugin=record.name, hook="kztax_read", problem=str(error)
                ) from error
            answers.append((record, rows))
        if len(answers) > 1:
            raise PluginConflict("plugin_conflict", question=str(path), plugins=_names(answers))
        return (answers[0][0].name, answers[0][1]) if answers else None

    def ledger(self, path: Path, zone: tzinfo | None) -> ClaimedFile | None:
        """The one plugin that says the file is its own, or None. Its records are checked while they are drawn."""
        answers = self._ask("kztax_ledger", LedgerAnswer, path=path, zone=zone)
        # No two answers are the same answer: two claims of one priority are always a conflict.
        best = self._best(answers, str(path), id)
        return best and ClaimedFile(best[0], best[1], _checked_records(*best))

    def export(
        self,
        format_name: str,
        assessments: Sequence[Assessment[Any]],
        accounts: AccountMap | None = None,
        locale: str = "en",
    ) -> bytes | None:
        """A file of a format that a plugin knows; None where none does."""
        answers = self._raw_answers(
            "kztax_export", format=format_name, assessments=assessments, accounts=accounts, locale=locale
        )
        for record, raw in answers:
            if not isinstance(raw, bytes):
                raise PluginAnswerRefused(
                    "plugin_answer_refused",
                    plugin=record.name,
                    hook="kztax_export",
                    problem=f"{type(raw).__name__} instead of bytes",
                )
        if len(answers) > 1:
            raise PluginConflict("plugin_conflict", question=format_name, plugins=_names(answers))
        return answers[0][1] if answers else None

    def _load(self) -> pluggy.PluginManager:
        if self._manager is not None:
            return self._manager
        manager = _new_manager()
        for plugin in self._given:
            self._register(manager, plugin, _name_of(plugin), str(getattr(plugin, "__version__", "")))
        wanted = _wanted()
        for entry_point in _entry_points() if self._discover else ():
            if wanted is not None and entry_point.name not in wanted:
                continue
            try:
                plugin = entry_point.load()
            except Exception as error:
                raise _load_failure(entry_point.name, error) from error
            version = entry_point.dist.version if entry_point.dist else ""
            self._register(manager, plugin, entry_point.name, version)
        self._manager = manager
        return manager

    def _register(self, manager: pluggy.PluginManager, plugin: object, name: str, version: str) -> None:
        _interface_of(plugin, name)
        try:
            manager.register(plugin, name)
            manager.check_pending()
        except (ValueError, pluggy.PluginValidationError) as error:
            raise _load_failure(name, error) from error
        self._records[name] = PluginRecord(name=name, version=version, answered="")

    def _raw_answers(self, hook: str, **question: Any) -> list[tuple[PluginRecord, Any]]:
        caller: pluggy.HookCaller = getattr(self._load().hook, hook)
        answers: list[tuple[PluginRecord, Any]] = []
        for implementation in caller.get_hookimpls():
            record = self._records[implementation.plugin_name]
            answer = _asked(record, implementation, hook, question)
            if answer is not None:
                answers.append((record, answer))
        return answers

    def _ask(self, hook: str, model: type[A], **question: Any) -> list[tuple[PluginRecord, A]]:
        checked: list[tuple[PluginRecord, A]] = []
        for record, answer in self._raw_answers(hook, **question):
            try:
                # An instance may have been built without validation: its fields are checked again.
                fields = answer.__dict__ if isinstance(answer, model) else answer
                checked.append((record, model.model_validate(fields)))
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                where = ".".join(map(str, first["loc"]))
                raise PluginAnswerRefused(
                    "plugin_answer_refused", plugin=record.name, hook=hook, problem=f"{where}: {first['msg']}"
                ) from error
        return checked

    def _best(self, answers: list[tuple[PluginRecord, A]], question: str, key: Any) -> tuple[PluginRecord, A] | None:
        if not answers:
            return None
        leading = _leading(answers)
        if len({key(answer) for _, answer in leading}) > 1:
            raise PluginConflict("plugin_conflict", question=question, plugins=_names(leading))
        return leading[0]


def _asked(record: PluginRecord, implementation: pluggy.HookImpl, hook: str, question: Mapping[str, Any]) -> Any:
    try:
        return implementation.function(*(question[name] for name in implementation.argnames))
    except KztaxError:
        # The package's own errors say in every language what is wrong and what to do: wrapping hides it.
        raise
    except Exception as error:
        if isinstance(error, LedgerUnreadable) and hook == "kztax_ledger":
            raise
        raise _failed(record, hook, error) from error


def _status(
    name: str, version: str, load: Callable[[], object], together: pluggy.PluginManager, taken: dict[str, str]
) -> PluginStatus:
    interface: int | None = None
    hooks: tuple[str, ...] = ()
    try:
        plugin = load()
        interface = _interface_of(plugin, name)
        hooks = _hooks_of(plugin, name)
        # One name, or one object under two names: each alone is well, together they cannot be.
        _registered(together, plugin, name)
    except KztaxError as error:
        return PluginStatus(name, version, Health.REFUSED, interface, hooks, refused=error)
    except Exception as error:  # noqa: BLE001 - whatever a plugin raises is the answer here
        return PluginStatus(name, version, Health.REFUSED, interface, refused=_load_failure(name, error))
    history = hooks_of(HookSpecifications)
    deprecated = tuple((hook, gone) for hook in hooks if (gone := history[hook].deprecated) is not None)
    found = PluginStatus(name, version, Health.OK, interface, hooks, deprecated)
    record = PluginRecord(name=name, version=version, answered="")
    try:
        for implementation in together.hook.kztax_commands.get_hookimpls():
            if implementation.plugin_name == name:
                _claimed_commands(record, _asked(record, implementation, "kztax_commands", {}), taken)
    except KztaxError as error:
        return found._replace(health=Health.FAULTY, refused=error)
    return found


def _hooks_of(plugin: object, name: str) -> tuple[str, ...]:
    alone = _new_manager()
    _registered(alone, plugin, name)
    return tuple(sorted(caller.name for caller in alone.get_hookcallers(plugin) or ()))


def _registered(manager: pluggy.PluginManager, plugin: object, name: str) -> None:
    try:
        with warnings.catch_warnings():
            # The answer tells of deprecated hooks in words of its own.
            warnings.simplefilter("ignore", HookDeprecated)
            manager.register(plugin, name)
        manager.check_pending()
    except (ValueError, pluggy.PluginValidationError) as error:
        raise _load_failure(name, error) from error


def _leading(answers: list[tuple[PluginRecord, A]]) -> list[tuple[PluginRecord, A]]:
    """The answers of the highest priority."""
    highest = max((answer.priority for _, answer in answers), default=0)
    return [(record, answer) for record, answer in answers if answer.priority == highest]


def _length(answer: TreatyRateAnswer) -> int:
    """For how many days an answer is valid: one that is open on a side is less specific than any that is not."""
    return ((answer.valid_to or date.max) - (answer.valid_from or date.min)).days


def _price_caveats(answer: AssetPriceAnswer) -> tuple[tuple[str, Mapping[str, object]], ...]:
    if answer.official:
        return ()
    if answer.official_due is None:
        return (("price_not_official", {}),)
    return (("price_provisional", {"due": answer.official_due}),)


def _rate_caveats(answer: ExchangeRateAnswer) -> tuple[tuple[str, Mapping[str, object]], ...]:
    return () if answer.basis is RateBasis.PUBLISHED else ((f"rate_{answer.basis.value}", {}),)


def _claimed_commands(record: PluginRecord, raw: Any, taken: dict[str, str]) -> list[Command]:
    """The commands of one plugin; from now on their names are `taken`."""
    commands = _checked_commands(record, raw) if raw is not None else []
    for command in commands:
        if command.name in taken:
            plugins = f"{taken[command.name]}, {record.name}"
            raise PluginConflict("plugin_command_conflict", command=command.name, plugins=plugins)
        taken[command.name] = record.name
    return commands


def _checked_commands(record: PluginRecord, raw: Any) -> list[Command]:
    try:
        commands = list(raw)
    except TypeError as error:
        raise _no_command(record, str(error)) from error
    for command in commands:
        if not isinstance(command, Command):
            raise _no_command(record, f"{type(command).__name__} instead of Command")
        if not isinstance(command.name, str) or _COMMAND_NAME.fullmatch(command.name) is None:
            raise _no_command(record, f"no name of a command: {command.name!r}")
    return commands


def _no_command(record: PluginRecord, problem: str) -> PluginAnswerRefused:
    return PluginAnswerRefused("plugin_answer_refused", plugin=record.name, hook="kztax_commands", problem=problem)


_ENDED = object()


def _checked_records(plugin: PluginRecord, answer: LedgerAnswer) -> Generator[LedgerRecord, None, None]:
    drawn = iter(answer.records)
    try:
        yield from _drawn(plugin, drawn)
    finally:
        # A reading that stops early must not leave the plugin's file open.
        if isinstance(drawn, Generator):
            drawn.close()


def _drawn(plugin: PluginRecord, drawn: Iterator[Any]) -> Iterator[LedgerRecord]:
    while True:
        try:
            record = next(drawn, _ENDED)
        except LedgerUnreadable:
            raise
        except Exception as error:
            raise _failed(plugin, "kztax_ledger", error) from error
        if record is _ENDED:
            return
        if not isinstance(record, LEDGER_RECORDS):
            raise PluginAnswerRefused(
                "plugin_answer_refused",
                plugin=plugin.name,
                hook="kztax_ledger",
                problem=f"{type(record).__name__} is no record of a ledger",
            )
        yield record


def _failed(record: PluginRecord, hook: str, error: Exception) -> PluginError:
    return PluginError("plugin_failed", plugin=record.name, hook=hook, problem=f"{type(error).__name__}: {error}")


def _new_manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(HookSpecifications)
    return manager


def _entry_points() -> list[metadata.EntryPoint]:
    return sorted(metadata.entry_points(group=ENTRY_POINT_GROUP), key=lambda entry_point: entry_point.name)


def _wanted() -> frozenset[str] | None:
    limit = os.environ.get(ONLY_THESE)
    return None if limit is None else frozenset(name.strip() for name in limit.split(",") if name.strip())


def _interface_of(plugin: object, name: str) -> int:
    """The interface that a plugin was written for: one that does not say was written when there was only the first."""
    asked = getattr(plugin, "KZTAX_INTERFACE", 1)
    if isinstance(asked, int) and OLDEST_INTERFACE <= asked <= INTERFACE_VERSION:
        return asked
    offered = str(INTERFACE_VERSION)
    if OLDEST_INTERFACE < INTERFACE_VERSION:
        offered = f"{OLDEST_INTERFACE}–{INTERFACE_VERSION}"
    raise PluginError("plugin_interface", plugin=name, asked=str(asked), offered=offered)


def _load_failure(name: str, error: Exception) -> PluginError:
    return PluginError("plugin_not_loaded", plugin=name, problem=f"{type(error).__name__}: {error}")


def _itself(plugin: object) -> object:
    return plugin


def _name_of(plugin: object) -> str:
    return str(getattr(plugin, "__name__", None) or type(plugin).__name__)


def _answering(record: PluginRecord, question: str) -> PluginRecord:
    return record.model_copy(update={"answered": question})


def _names(answers: Sequence[tuple[PluginRecord, Any]]) -> str:
    return ", ".join(record.name for record, _ in answers)
