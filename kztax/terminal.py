"""What commands share, the package's own and those of plugins: rows as text, CSV or JSON, files, days, progress."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from kztax.core.clock import Clock, in_utc
from kztax.core.errors import InvalidFacts, UnreadableInput
from kztax.core.facts import EARLIEST_DAY, LATEST_DAY
from kztax.core.law import rule_book
from kztax.core.words import harmless, shown
from kztax.explain.phrases import phrases

if TYPE_CHECKING:
    from kztax.store import Added, Store

FORMATS = ("text", "csv", "json")
MOST_DAYS = 4000
TO_THE_END_OF_THE_LINE = "\x1b[K"
"""Asks a terminal to clear what a longer line left behind."""


def write(text: str, output: str | None) -> None:
    """Write an answer to a file, or to standard output where none is named. `UnreadableInput` where that fails."""
    with _writing(output):
        if output is not None:
            Path(output).write_text(text, encoding="utf-8", newline="")
        else:
            sys.stdout.write(text)
            sys.stdout.flush()


def write_bytes(content: bytes, output: str | None) -> None:
    """Write a file as it is, or to standard output where none is named. `UnreadableInput` where that fails."""
    with _writing(output):
        if output is not None:
            Path(output).write_bytes(content)
        else:
            sys.stdout.buffer.write(content)
            sys.stdout.flush()


@contextmanager
def _writing(output: str | None) -> Iterator[None]:
    if output is None and sys.stdout is None:
        raise UnreadableInput("cannot_write", path=("-",), problem="standard output is closed")
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        if output is None:
            abandon_output()
        raise UnreadableInput("cannot_write", path=(output or "-",), problem=error.strerror or str(error)) from error


def abandon_output() -> None:
    """Let what is still buffered go nowhere: Python would try it again at the end, and fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def content_of(path: str, largest: int | None = None) -> bytes:
    """The bytes of a file, or of standard input for `-`; `UnreadableInput` where it cannot be read or is too large."""
    try:
        content = _read(path, -1 if largest is None else largest + 1)
    except OSError as error:
        raise UnreadableInput("cannot_read", path=(path,), problem=error.strerror or str(error)) from error
    if largest is not None and len(content) > largest:
        raise UnreadableInput("file_too_large", path=(path,), limit=largest)
    return content


def _read(path: str, most: int) -> bytes:
    if path != "-":
        with Path(path).open("rb") as file:
            return file.read(most)
    if sys.stdin is None:
        raise UnreadableInput("cannot_read", path=(path,), problem="standard input is closed")
    return sys.stdin.buffer.read(most)


def progress(done: int, total: int, words: str, locale: str, **more: object) -> None:
    """A line on the terminal that is rewritten in place; none where standard error is piped."""
    if sys.stderr is None or not sys.stderr.isatty():
        return
    end = "\n" if done == total else ""
    sys.stderr.write(f"\r{phrases(locale).text(words, done=done, all=total, **more)}{TO_THE_END_OF_THE_LINE}{end}")
    sys.stderr.flush()


def add_reading_option(parser: ArgumentParser) -> None:
    """`--reading ID=NAME`, which may be repeated."""
    parser.add_argument("--reading", action="append", default=[], metavar="ID=NAME", help="see `kztax readings`")


def readings_of(options: Namespace) -> dict[str, str]:
    """The readings that the option of `add_reading_option` chooses."""
    return dict(pair_of(given, "--reading", "reading_syntax") for given in options.reading)


def pair_of(given: str, option: str, fault: str) -> tuple[str, str]:
    """The two sides of `NAME=VALUE`; `InvalidFacts` with the words of `fault` where there are none."""
    name, equals, value = given.partition("=")
    if not equals:
        raise InvalidFacts(fault, path=(option,), given=given)
    return name, value


def add_output_options(parser: ArgumentParser) -> None:
    """`--format` and `-o`, for a command that prints rows."""
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("-o", "--output", metavar="FILE", help="write the answer there instead of standard output")


def print_rows(
    rows: Sequence[Mapping[str, str]], columns: Sequence[str], options: Namespace, *, unseen: Sequence[str] = ()
) -> None:
    """Print rows as the options of `add_output_options` say; columns that are `unseen` are for programs alone."""
    write(_rendered(rows, columns if options.format == "text" else (*columns, *unseen), options.format), options.output)


def print_counts(added: Added, store: Store, options: Namespace) -> None:
    """Print what an import or a fetch came to."""
    names = tuple(added._asdict())
    counts = {name: str(count) for name, count in added._asdict().items()}
    print_rows([{**counts, "store": str(store.path)}], (*names, "store"), options)


def _rendered(rows: Sequence[Mapping[str, str]], columns: Sequence[str], form: str) -> str:
    if form == "json":
        return json.dumps([dict(row) for row in rows], ensure_ascii=False, indent=2) + "\n"
    if form == "csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([harmless(row[column]) for column in columns] for row in rows)
        return text.getvalue()
    # A source is a stranger's word: it must not move the cursor.
    lines = [list(columns), *([shown(row[column]) for column in columns] for row in rows)]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    spaced = ("  ".join(map(str.ljust, line, widths)) for line in lines)
    return "".join(line.rstrip() + "\n" for line in spaced)


def add_store_option(parser: ArgumentParser) -> None:
    """`--store`, for a command that reads a store."""
    parser.add_argument("--store", metavar="FILE", help="KZTAX_STORE unless stated")


def add_storing_options(parser: ArgumentParser) -> None:
    """What a command that fills a store takes, `add_output_options` among it."""
    parser.add_argument("--replace", action="store_true", help="let new values stand where stored ones differ")
    add_store_option(parser)
    add_output_options(parser)


def run_action(options: Namespace, engine: object) -> int:
    """Do what the action of a sub-command (`set_defaults(action=…)`) does; the exit status."""
    status: int = options.action(options, engine)
    return status


def add_day_options(parser: ArgumentParser, *, required: bool) -> None:
    """`--on`, or `--from` and `--to`."""
    days = parser.add_argument_group("days", "YYYY-MM-DD")
    only = days.add_mutually_exclusive_group(required=required)
    only.add_argument("--on", metavar="DATE", help="one day")
    only.add_argument("--from", dest="first", metavar="DATE", help="the first of several days")
    days.add_argument("--to", dest="last", metavar="DATE", help="the last of them")


def first_and_last(options: Namespace) -> tuple[date | None, date | None]:
    """The days that the options of `add_day_options` state."""
    if options.on is not None:
        if options.last is not None:
            raise InvalidFacts("days_syntax", path=("--to",))
        return (day := day_of(options.on, "--on")), day
    first = day_of(options.first, "--from") if options.first is not None else None
    last = day_of(options.last, "--to") if options.last is not None else None
    if first is not None and last is not None and last < first:
        raise InvalidFacts("days_syntax", path=("--to",))
    return first, last


def days_of(options: Namespace) -> list[date]:
    """Every day of the options of `add_day_options`; the last of several must be stated."""
    first, last = first_and_last(options)
    if first is None or last is None or (last - first).days >= MOST_DAYS:
        raise InvalidFacts("days_syntax", path=("--to",))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def now_in_kazakhstan() -> datetime:
    """What the clocks in Kazakhstan show, by the offset of the rule book. For commands: a rule never asks."""
    return Clock(rule_book()).local(in_utc(datetime.now(UTC)))


def day_of(given: str, option: str) -> date:
    """A day as an option states it."""
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise InvalidFacts("not_a_day", path=(option,), given=given) from None
    if not EARLIEST_DAY <= day <= LATEST_DAY:
        raise InvalidFacts("day_out_of_range", path=(option,), given=given)
    return day
