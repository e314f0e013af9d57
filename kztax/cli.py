"""The engine from a shell: assess, calendar, export, form, gains, law, readings, schema, plugins, and plugins' own.

Answers go to standard output, errors to standard error. Exit status: 0 assessed; 1 refused by a rule, with
what is missing; 2 the input or the facts do not fit. In a list every object is tried, and the highest counts.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NoReturn

from kztax import __version__, calendar_command
from kztax.core.assessment import Assessment, plain
from kztax.core.entries import DatedItem, Deadline, Entry, StepRow, WorkingDays
from kztax.core.errors import InvalidFacts, KztaxError, PluginError, Refused
from kztax.core.law import rule_book
from kztax.core.treaty_names import figure_name
from kztax.core.units import NUMBER
from kztax.engine import KINDS, TaxEngine, kind_of
from kztax.explain.catalog import LOCALES
from kztax.explain.citation import NO_ARTICLE, act_title
from kztax.explain.phrases import phrases
from kztax.gains import command as gains_command
from kztax.reading import facts_in
from kztax.terminal import (
    abandon_output,
    add_reading_option,
    content_of,
    day_of,
    progress,
    readings_of,
    write,
    write_bytes,
)

if TYPE_CHECKING:
    from kztax.forms import Form
    from kztax.hooks import Command
    from kztax.journal import AccountMap
    from kztax.plugins import PluginStatus

ASSESSED, REFUSED, DOES_NOT_FIT = 0, 1, 2
BUILT_IN = ("assess", "calendar", "export", "form", "gains", "law", "readings", "schema", "plugins")
PROGRESS_EVERY = 200
LARGEST_EXPORT = 20_000_000
TAXPAYER = "taxpayer"
"""What `kztax schema` calls the file of `--taxpayer`."""

EPILOG = """\
examples:
  kztax assess quarter.json                       the tax, explained step by step, in English
  kztax assess quarter.json --locale ru           in Russian; kk for Kazakh
  kztax assess year.json --format json -o out.json
  cat customers.jsonl | kztax assess - --format json
  kztax assess quarter.json --reading mining_levy.off_grid_units=any_owner
  kztax calendar --year 2026 --taxpayer miner --format ics -o taxes.ics
  kztax export year.json --format csv --accounts accounts.toml -o journal.csv
  kztax form 880.00 quarter.json --taxpayer miner.json
  kztax gains binance.csv bybit.csv --year 2025   a year's gains from exports, with every lot
  kztax law mining_levy.rate.standard --on 2024-07-01
  kztax schema personal_income_tax                what may be stated, and what comes out
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a sign shows its code; an answer is never lost for it.
            stream.reconfigure(errors="backslashreplace")
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = argparse.Namespace(locale="en")
    try:
        parser, commands = _parser()
        if _may_be_a_plugins(given):
            _add_commands_of_plugins(commands, asked=not _wants_help(given))
        options = parser.parse_args(given)
        status: int = options.run(options)
    except KztaxError as error:
        _say_error(error, options)
        status = REFUSED if isinstance(error, Refused) else DOES_NOT_FIT
    except BrokenPipeError:
        # The reader went away (`kztax … | head`): nothing is left to say.
        abandon_output()
        status = ASSESSED
    return status


def _wants_help(arguments: Sequence[str]) -> bool:
    return not arguments or arguments[0] in ("-h", "--help")


def _may_be_a_plugins(arguments: Sequence[str]) -> bool:
    """Whether plugins need asking for commands: a built-in command starts without loading any."""
    return _wants_help(arguments) or not (arguments[0].startswith("-") or arguments[0] in BUILT_IN)


def _add_commands_of_plugins(commands: Any, *, asked: bool) -> None:
    from kztax.plugins import Plugins

    try:
        for plugin, command in Plugins().commands(BUILT_IN):
            add_command(commands, plugin, command)
    except KztaxError as error:
        if asked:
            raise
        # Help must come even where a plugin is broken; what is broken is said beside it.
        _say_error(error, argparse.Namespace(locale="en"))


def add_command(commands: Any, plugin: str, command: Command) -> None:
    """Add a plugin's command. Raises `PluginError` that names the plugin where its options cannot be added."""
    try:
        parser = commands.add_parser(command.name, help=command.help, description=command.help)
        command.configure(parser)
        for leaf in leaves(parser):
            _add_locale(leaf)
        parser.set_defaults(run=_run_of_plugin(plugin, command))
    except Exception as error:
        raise _failure_of_plugin(plugin, command, error) from error


def leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parsers that read the last options: those of the command's own sub-commands, else its own."""
    nested = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    for action in nested:
        for choice in dict.fromkeys(action.choices.values()):
            yield from leaves(choice)
    if not nested:
        yield parser


def _run_of_plugin(plugin: str, command: Command) -> Any:
    def run(options: argparse.Namespace) -> int:
        try:
            return command.run(options, TaxEngine(locale=options.locale))
        except (KztaxError, BrokenPipeError):
            raise
        except Exception as error:
            raise _failure_of_plugin(plugin, command, error) from error

    return run


def _failure_of_plugin(plugin: str, command: Command, error: Exception) -> PluginError:
    problem = f"{type(error).__name__}: {error}"
    return PluginError("plugin_failed", plugin=plugin, hook=f"kztax {command.name}", problem=problem)


def _parser() -> tuple[argparse.ArgumentParser, Any]:
    parser = argparse.ArgumentParser(
        prog="kztax",
        description="The tax engine for digital assets in Kazakhstan: facts in; tax, working and articles of law out.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"kztax {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    assess = commands.add_parser("assess", help="assess facts: one object, a list, or JSON Lines")
    assess.add_argument("facts", nargs="+", metavar="FACTS", help="JSON files; - reads standard input")
    assess.add_argument("--format", choices=("text", "json", "html"), default="text")
    add_reading_option(assess)
    assess.add_argument("-o", "--output", metavar="FILE", help="write the answer there instead of standard output")
    _with_locale(assess, _assess)

    export = commands.add_parser("export", help="assess facts and write what is payable for an accounting system")
    export.add_argument("facts", nargs="+", metavar="FACTS", help="JSON files; - reads standard input")
    export.add_argument("--format", required=True, metavar="FORMAT", help="csv, or a format of an installed plugin")
    export.add_argument("--accounts", metavar="FILE", help="TOML: on which accounts each tax stands")
    add_reading_option(export)
    export.add_argument("-o", "--output", metavar="FILE", help="write the file there instead of standard output")
    _with_locale(export, _export)

    calendar = commands.add_parser("calendar", help="the days of returns and payments that fall in a year")
    calendar_command.configure(calendar)
    _with_locale(calendar, _calendar)

    form = commands.add_parser("form", help="fill in an official form from facts (stored assessments beside them)")
    form.add_argument("form", metavar="FORM", help="880.00, 270.00, 100.00 or 300.00")
    form.add_argument("facts", nargs="+", metavar="FACTS", help="JSON files; - reads standard input")
    form.add_argument("--taxpayer", metavar="FILE", help="who files: IIN or BIN, name, tax office; docs/forms.md")
    form.add_argument("--revision", metavar="FILE", help="a file of this form and year that the cabinet (KNP) exported")
    form.add_argument("--format", choices=("text", "json", "knp"), default="text", help="knp: the cabinet's own file")
    add_reading_option(form)
    form.add_argument("-o", "--output", metavar="FILE", help="write the form there instead of standard output")
    _with_locale(form, _form)

    gains = commands.add_parser("gains", help="a year's gains from exports of exchanges and pools, lot by lot")
    gains_command.configure(gains)
    _with_locale(gains, gains_command.run)

    law = commands.add_parser("law", help="dated entries of the law with their sources; without NAME, the list")
    law.add_argument("name", nargs="?", metavar="NAME")
    law.add_argument("--on", metavar="DATE", help="only what is in force on that day, YYYY-MM-DD")
    _with_locale(law, _law)

    readings = commands.add_parser("readings", help="where the law can be read in more than one way")
    _with_locale(readings, _readings)

    schema = commands.add_parser("schema", help="JSON Schema of a kind's facts and of its answer")
    schema.add_argument("kind", metavar="KIND", help=f"{', '.join(KINDS)}; {TAXPAYER}")
    _with_locale(schema, _schema)

    plugins = commands.add_parser("plugins", help="what is installed: version, hooks, health, why one was refused")
    plugins.add_argument("--format", choices=("text", "json"), default="text")
    _with_locale(plugins, _plugins)
    return parser, commands


def _with_locale(parser: argparse.ArgumentParser, run: Any) -> None:
    _add_locale(parser)
    parser.set_defaults(run=run)


def _add_locale(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--locale", choices=LOCALES, default="en", help="language: English, Russian or Kazakh")


def _assess(options: argparse.Namespace) -> int:
    answers, many, status = _assessed(options)
    if answers or status == ASSESSED:
        write(_rendered(answers, many, options), options.output)
    return status


def _export(options: argparse.Namespace) -> int:
    from kztax.journal import read_accounts

    accounts = read_accounts(options.accounts) if options.accounts is not None else None
    answers, _, status = _assessed(options)
    # A journal with a tax left out would pass for a whole one: where one set of facts is refused, nothing is written.
    if status == ASSESSED:
        write_bytes(_exported(answers, accounts, options), options.output)
    return status


def _exported(answers: list[Assessment[Any]], accounts: AccountMap | None, options: argparse.Namespace) -> bytes:
    from kztax.journal import csv_of, journal_entries
    from kztax.plugins import Plugins

    if options.format == "csv":
        return csv_of(journal_entries(answers, accounts, options.locale))
    exported = Plugins().export(options.format, answers, accounts, options.locale)
    if exported is None:
        raise InvalidFacts("export_format_unknown", path=("--format",), given=options.format)
    return exported


def _assessed(options: argparse.Namespace) -> tuple[list[Assessment[Any]], bool, int]:
    """The assessments of all facts, whether a list was given, and the exit status; errors are said as they come."""
    engine = _engine(options)
    rows, many = _facts(options.facts)
    answers: list[Assessment[Any]] = []
    status = ASSESSED
    for number, row in enumerate(rows):
        try:
            answers.append(engine.assess(row))
        except KztaxError as error:
            if many:
                for each in (error, *error.others):
                    each.path = (number, *each.path)
            _say_error(error, options)
            status = max(status, REFUSED if isinstance(error, Refused) else DOES_NOT_FIT)
        _show_progress(number + 1, len(rows), options)
    return answers, many, status


def _form(options: argparse.Namespace) -> int:
    engine = _engine(options)
    rows, _ = _facts(options.facts)
    taxpayer = None if options.taxpayer is None else _only_object(options.taxpayer)
    revision = None if options.revision is None else content_of(options.revision, LARGEST_EXPORT)
    form = engine.fill_form(options.form, rows, taxpayer, revision=revision)
    if options.format == "knp":
        write(form.cabinet_file(), options.output)
        _say_of_filing(form, options)
    else:
        write((form.model_dump_json() if options.format == "json" else form.write()) + "\n", options.output)
    return ASSESSED


def _say_of_filing(form: Form, options: argparse.Namespace) -> None:
    """What is known of filing, and the notes: the cabinet's file has no room for them."""
    if sys.stderr is None:
        return
    said = [phrases(options.locale).text(f"form.acceptance.{form.acceptance}"), *(note.text for note in form.notes)]
    sys.stderr.writelines(f"kztax: {line}\n" for line in said)


def _only_object(path: str) -> Any:
    rows, is_list = facts_in(content_of(path))
    if is_list:
        raise InvalidFacts("not_an_object", path=(path,))
    return rows[0]


def _engine(options: argparse.Namespace) -> TaxEngine:
    return TaxEngine(locale=options.locale, readings=readings_of(options))


def _facts(paths: list[str]) -> tuple[list[Any], bool]:
    rows: list[Any] = []
    many = len(paths) > 1
    for path in paths:
        found, is_list = facts_in(content_of(path))
        rows += found
        many = many or is_list
    return rows, many


def _rendered(answers: list[Assessment[Any]], many: bool, options: argparse.Namespace) -> str:
    if options.format == "json":
        # One object for one, a list for a list: what a program sent is what it can expect back.
        parts = ",\n".join(answer.model_dump_json() for answer in answers)
        return f"[{parts}]\n" if many else f"{parts}\n"
    if options.format == "html":
        from kztax.explain.page import page

        return page(answers, options.locale)
    return "\n\n".join(answer.explain(options.locale) for answer in answers) + "\n" * bool(answers)


def _show_progress(done: int, total: int, options: argparse.Namespace) -> None:
    if total >= PROGRESS_EVERY and (done % PROGRESS_EVERY == 0 or done == total):
        progress(done, total, "cli.assessed", options.locale)


def _say_error(error: KztaxError, options: argparse.Namespace) -> None:
    if sys.stderr is None:
        return
    if getattr(options, "format", "text") == "json":
        sys.stderr.write(json.dumps({"error": error.as_json(options.locale)}, ensure_ascii=False) + "\n")
        return
    for each in (error, *error.others):
        where = ".".join(map(str, each.path))
        line = f"{where}: {each.message(options.locale)}" if where else each.message(options.locale)
        sys.stderr.write(f"kztax: {each.code.value}: {line}\n")


def _calendar(options: argparse.Namespace) -> int:
    calendar_command.run(options, TaxEngine(locale=options.locale))
    return ASSESSED


def _law(options: argparse.Namespace) -> int:
    book = rule_book()
    on = day_of(options.on, "--on") if options.on else None
    if options.name is None:
        names = [name for name in book.names() if on is None or _in_force(book.entry(name), on)]
        lines = [f"{name}  {_figure_name(name, options.locale)}" for name in names]
    else:
        if on is not None:
            book.value(options.name, on)
        entry = book.entry(options.name)
        items = [item for item in entry.items if on is None or item.covers(on)]
        unit = "" if entry.unit == NUMBER else f" ({entry.unit})"
        lines = [f"{entry.name}: {_figure_name(entry.name, options.locale)}{unit}"]
        for item in items:
            lines += _law_lines(entry, item, options.locale)
    write("\n".join(lines) + "\n", None)
    return ASSESSED


def _in_force(entry: Entry, on: date) -> bool:
    return any(item.covers(on) and item.absent is None for item in entry.items)


def _figure_name(name: str, locale: str) -> str:
    words = phrases(locale)
    return words.of_entry("figure", name) if words.has(f"figure.{figure_name(name)}") else ""


def _law_lines(entry: Entry, item: DatedItem, locale: str) -> Iterator[str]:
    words = phrases(locale)
    act = rule_book().acts[item.act]
    yield f"  {item.first}…{item.last or ''}  {_law_value(entry, item, locale)}"
    amended = f", {words.text('cite.amended_by', law=item.amended_by)}" if item.amended_by else ""
    place = "" if item.article == NO_ARTICLE else f", {item.article}"
    yield f"    {act_title(act.id, locale)}{place}{amended} [{item.evidence.value}] {act.url}"
    if item.source:
        yield f"    {words.text('cli.source')}: {item.source}"
    if item.doubt:
        yield f"    {words.text('cli.doubt')}: {item.doubt}"


def _law_value(entry: Entry, item: DatedItem, locale: str) -> str:
    words = phrases(locale)
    if item.absent is not None:
        return words.text("cli.law_absent", why=item.absent)
    if item.supply is not None:
        return words.text("cli.law_not_seen", supply=item.supply)
    if item.value is None:
        return words.text("cli.law_rule")
    if isinstance(item.value, str):
        return item.value
    if isinstance(item.value, tuple) and item.value and isinstance(item.value[0], StepRow):
        rows = [row for row in item.value if isinstance(row, StepRow)]
        unit = entry.step_unit or entry.unit
        return "; ".join(
            f"{'≤ ' + plain(row.up_to) + ' ' + unit if row.up_to is not None else '>'}: {plain(row.rate)}"
            if len(rows) > 1
            else plain(row.rate)
            for row in rows
        )
    if isinstance(item.value, WorkingDays):
        return " ".join(day.isoformat() for day in sorted(item.value.closed))
    if isinstance(item.value, Deadline):
        return ", ".join(f"{key} {value}" for key, value in item.value._asdict().items() if value)
    if isinstance(item.value, Decimal):
        return plain(item.value) if entry.unit == NUMBER else f"{plain(item.value)} {entry.unit}"
    return str(item.value)


def _readings(options: argparse.Namespace) -> int:
    words = phrases(options.locale)
    lines: list[str] = []
    for reading in sorted(rule_book().readings.values(), key=lambda reading: reading.id):
        lines.append(f"{reading.id}  {words.text(f'reading.{reading.id}')}  {reading.first}…{reading.last or ''}")
        for name in reading.choices:
            mark = f" ({words.text('cli.default')})" if name == reading.default else ""
            lines.append(f"  {name}{mark}: {words.text(f'reading.{reading.id}.{name}')}")
        lines += [f"  {rule_book().acts[act].titles[options.locale]}, {article}" for act, article in reading.cites]
    write("\n".join(lines) + "\n", None)
    return ASSESSED


def _schema(options: argparse.Namespace) -> int:
    if options.kind == TAXPAYER:
        write(json.dumps(schema_of_taxpayer(), indent=2, ensure_ascii=False) + "\n", None)
        return ASSESSED
    if options.kind not in KINDS:
        raise InvalidFacts("unknown_kind_of_schema", path=("KIND",), kind=options.kind, known=", ".join(KINDS))
    write(json.dumps(schema_of(options.kind), indent=2, ensure_ascii=False) + "\n", None)
    return ASSESSED


def schema_of(name: str) -> dict[str, Any]:
    """JSON Schema of what a kind takes and of what it answers."""
    kind = kind_of(name)
    answer: type[Assessment[Any]] = Assessment[kind.outcome]  # type: ignore[name-defined]
    return {
        "facts": kind.facts.model_json_schema(mode="validation"),
        "answer": answer.model_json_schema(mode="serialization"),
    }


def schema_of_taxpayer() -> dict[str, Any]:
    """JSON Schema of the file that says who files a form."""
    from kztax.forms import Declarant

    return Declarant.model_json_schema(mode="validation")


def _plugins(options: argparse.Namespace) -> int:
    from kztax.plugins import Plugins

    statuses = Plugins().statuses(BUILT_IN)
    if options.format == "json":
        rows = [_plugin_as_json(status, options.locale) for status in statuses]
        write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", None)
    else:
        lines = [line for status in statuses for line in _plugin_lines(status, options.locale)]
        write("\n".join(lines or [phrases(options.locale).text("cli.no_plugins")]) + "\n", None)
    return REFUSED if any(status.refused is not None for status in statuses) else ASSESSED


def _plugin_as_json(status: PluginStatus, locale: str) -> dict[str, Any]:
    return {
        **status._asdict(),
        "deprecated": [{"hook": hook, **gone._asdict()} for hook, gone in status.deprecated],
        "refused": status.refused and status.refused.as_json(locale),
    }


def _plugin_lines(status: PluginStatus, locale: str) -> Iterator[str]:
    words = phrases(locale)
    about = [f"{status.name} {status.version}".rstrip(), words.text(f"cli.health.{status.health.value}")]
    if status.hooks:
        about.append(", ".join(status.hooks))
    if status.interface is not None:
        about.append(words.text("cli.plugin_interface", version=status.interface))
    yield "  ".join(about)
    if status.refused is not None:
        yield f"  {status.refused.message(locale)}"
    for hook, gone in status.deprecated:
        yield f"  {words.text('cli.hook_deprecated', hook=hook, since=gone.since, instead=gone.instead)}"


def run() -> NoReturn:
    """The installed command."""
    sys.exit(main())
