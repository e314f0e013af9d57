"""`kztax calendar`: the days of a year, as lines, as JSON, or as a file that a calendar program opens."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from datetime import date
from typing import Any

from kztax.core.errors import InvalidFacts
from kztax.core.facts import EARLIEST_DAY, LATEST_DAY
from kztax.due_days import Calendar, DueDay, NotKnown, all_duties, calendar_of, duties_of
from kztax.engine import TaxEngine
from kztax.explain import formats
from kztax.explain.citation import citation_text
from kztax.explain.icalendar import Event, icalendar
from kztax.explain.periods import period_text
from kztax.explain.phrases import Phrases, phrases
from kztax.rules.tax_calendar.facts import Obligation
from kztax.rules.tax_overview.facts import Taxpayer
from kztax.terminal import write

NAME = "tax_calendar"


def configure(parser: ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--year", type=int, required=True, metavar="YEAR", help="the days that fall in this year")
    parser.add_argument(
        "--obligation",
        action="append",
        choices=[str(obligation) for obligation in Obligation],
        metavar="NAME",
        help=f"only this one; may be repeated: {', '.join(Obligation)}",
    )
    parser.add_argument(
        "--taxpayer",
        choices=[str(taxpayer) for taxpayer in Taxpayer],
        metavar="KIND",
        help=f"only what concerns this kind of taxpayer in the general regime: {', '.join(Taxpayer)}",
    )
    parser.add_argument("--format", choices=("text", "json", "ics"), default="text")
    parser.add_argument("-o", "--output", metavar="FILE", help="write the calendar there instead of standard output")


def run(options: Namespace, engine: TaxEngine) -> None:
    """Write the calendar that the options ask for."""
    if not EARLIEST_DAY.year <= options.year <= LATEST_DAY.year:
        raise InvalidFacts("day_out_of_range", path=("--year",), given=options.year)
    duties = duties_of(engine, Taxpayer(options.taxpayer), options.year) if options.taxpayer else all_duties()
    if options.obligation:
        duties = [duty for duty in duties if duty.obligation in options.obligation]
    calendar = calendar_of(engine, options.year, duties)
    words = phrases(options.locale)
    if options.format == "json":
        text = json.dumps(_as_json(calendar), ensure_ascii=False, indent=2) + "\n"
    elif options.format == "ics":
        text = as_icalendar(calendar, words, _stamp(engine))
    else:
        text = "".join(f"{line}\n" for line in _as_text(calendar, words))
    write(text, options.output)


def as_icalendar(calendar: Calendar, words: Phrases, stamp: date) -> str:
    """The calendar as an iCalendar file, in the language of the words."""
    title = words.text(f"word.{NAME}.title", year=calendar.year)
    return icalendar(title, [_event(due, words) for due in calendar.days], stamp)


def _event(due: DueDay, words: Phrases) -> Event:
    identity = "/".join((due.obligation, due.filer or "", due.event, due.period))
    description = "\n".join([citation_text(due.citation, words), *_why_moved(due, words), *_remarks(due, words)])
    return Event(identity, due.day, _title(due, words), description, due.citation.url)


def _stamp(engine: TaxEngine) -> date:
    """The day of the rule book: the same book writes the same file."""
    return date(*map(int, engine.rule_book.version.split(".")))


def _title(due: DueDay, words: Phrases) -> str:
    filer = f" ({words.text(f'choice.{due.filer}')})" if due.filer else ""
    name = f"{words.text(f'choice.{due.obligation}')}{filer}"
    return f"{name}, {period_text(due.period, words)}: {words.text(f'word.{NAME}.{due.event}')}"


def _why_moved(due: DueDay, words: Phrases) -> Iterator[str]:
    """The day by the letter of the law and every day passed over."""
    if due.passed:
        passed = ", ".join(f"{formats.day(day, words.locale)} — {words.text(f'word.{why}')}" for day, why in due.passed)
        yield words.text(f"word.{NAME}.by_law", day=due.statutory, passed=passed)


def _remarks(due: DueDay, words: Phrases) -> Iterator[str]:
    if due.stands:
        yield words.text(f"word.{NAME}.stands")
    if not due.settled:
        yield words.text(f"word.{NAME}.provisional")
    if due.form and due.event != "payment":
        yield words.text(f"word.{NAME}.form", form=due.form)
    if due.budget_code and due.event == "payment":
        yield words.text(f"word.{NAME}.budget_code", code=due.budget_code)


def _as_text(calendar: Calendar, words: Phrases) -> Iterator[str]:
    yield words.text(f"word.{NAME}.title", year=calendar.year)
    for due in calendar.days:
        remarks = "; ".join([*_moved_from(due, words), *_remarks(due, words)])
        yield f"{due.day}  {_title(due, words)}{f' ({remarks})' if remarks else ''}"
    for missing in calendar.not_known:
        yield f"{words.text(f'word.{NAME}.not_known')}: {_missing(missing, words)}"


def _moved_from(due: DueDay, words: Phrases) -> Iterator[str]:
    """The same in short: a line has little room."""
    if due.passed:
        day, why = due.passed[0]
        yield words.text(f"word.{NAME}.moved_from", day=day, why=words.text(f"word.{why}"))


def _missing(missing: NotKnown, words: Phrases) -> str:
    name = words.text(f"choice.{missing.obligation}")
    return f"{name}, {period_text(missing.period, words)}: {missing.error.message(words.locale)}"


def _as_json(calendar: Calendar) -> dict[str, Any]:
    """Days as data, with the article that sets each."""
    return {
        "year": calendar.year,
        "days": [
            {
                **due._asdict(),
                "day": due.day.isoformat(),
                "statutory": due.statutory.isoformat(),
                "citation": due.citation.model_dump(mode="json"),
            }
            for due in calendar.days
        ],
        "not_known": [
            {"obligation": missing.obligation, "period": missing.period, "error": missing.error.as_json()}
            for missing in calendar.not_known
        ],
    }
