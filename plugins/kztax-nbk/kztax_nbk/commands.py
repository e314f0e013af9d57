"""`kztax rates`: import, fetch, show."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from datetime import date

from kztax import TaxEngine
from kztax.core.assessment import plain
from kztax.core.errors import InvalidFacts, MissingExchangeRate, StoreError
from kztax.hooks import Command
from kztax.store import NAMED_BY, Added, Observation, Store
from kztax.tables import LARGEST_BYTES, renamed_columns
from kztax.terminal import (
    add_day_options,
    add_output_options,
    add_store_option,
    add_storing_options,
    content_of,
    day_of,
    days_of,
    first_and_last,
    now_in_kazakhstan,
    print_counts,
    print_rows,
    progress,
    run_action,
)
from kztax_nbk.feed import ADDRESS, ADDRESS_NAMED_BY, OFFICIAL, Feed, days_fetched
from kztax_nbk.imports import COLUMNS, KINDS, OPTIONAL, HowToRead, observations_in
from kztax_nbk.yearly_means import shipped

SHOWN = ("day", "currency", "kind", "rate", "source", "published_on")
UNSEEN = ("digest",)


def configure(parser: ArgumentParser) -> None:
    """The options of `kztax rates`."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")

    imported = actions.add_parser("import", help="store the rates of a table (CSV) or of a saved document of the feed")
    imported.add_argument("file", metavar="FILE", help="CSV with headings, or XML; - reads standard input")
    imported.add_argument("--kind", choices=KINDS, help="kind of the rates of a table without a column `kind`")
    imported.add_argument("--source", metavar="TEXT", help="who published it and where; shown in explanations")
    imported.add_argument("--published-on", metavar="DATE", help="when it was published")
    imported.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="COLUMN=HEADING",
        help=f"under which heading a column stands: {', '.join((*COLUMNS, *OPTIONAL))}",
    )
    imported.add_argument("--encoding", default="utf-8", help="of a table; utf-8 unless stated")
    imported.add_argument("--decimal-comma", action="store_true", help="a table writes 497,35")
    add_storing_options(imported)
    imported.set_defaults(action=_import)

    fetched = actions.add_parser("fetch", help="store official rates of days from the National Bank's feed")
    add_day_options(fetched, required=True)
    fetched.add_argument(
        "--currency", action="append", type=str.upper, default=[], metavar="CODE", help="show these; all are stored"
    )
    fetched.add_argument("--again", action="store_true", help="ask for days that are stored, too, and compare")
    fetched.add_argument("--url", help=f"a mirror of the feed; {ADDRESS_NAMED_BY} or {ADDRESS} unless stated")
    add_storing_options(fetched)
    fetched.set_defaults(action=_fetch)

    shown = actions.add_parser(
        "show", help="what is known: stored rates, and the yearly means that come with the plugin"
    )
    shown.add_argument("currency", nargs="*", type=str.upper, metavar="CURRENCY")
    shown.add_argument("--kind", choices=KINDS, action="append")
    add_day_options(shown, required=False)
    add_store_option(shown)
    add_output_options(shown)
    shown.set_defaults(action=_show)


RATES = Command("rates", "exchange rates of the National Bank: import, fetch, show", configure, run_action)


def _import(options: Namespace, engine: TaxEngine) -> int:  # noqa: ARG001 - every action takes the same
    store = Store.named(options.store)
    published = day_of(options.published_on, "--published-on") if options.published_on else None
    if published is not None and published > now_in_kazakhstan().date():
        raise InvalidFacts("day_not_come", path=("--published-on",), on=published.isoformat())
    how = HowToRead(
        source=options.source,
        published_on=published,
        kind=options.kind,
        renamed=renamed_columns(options.column),
        encoding=options.encoding,
        decimal_comma=options.decimal_comma,
    )
    content = content_of(options.file, LARGEST_BYTES)
    added = store.add(observations_in(content, options.file, how), replace=options.replace)
    print_counts(added, store, options)
    return 0


def _fetch(options: Namespace, engine: TaxEngine) -> int:
    store = Store.named(options.store)
    days = days_of(options)
    if days[-1] > now_in_kazakhstan().date():
        raise InvalidFacts("day_not_come", path=("--to" if options.last else "--on",), on=days[-1].isoformat())
    stored = set() if options.again else days_fetched(store, days[0], days[-1])
    total = Added(0, 0, 0)
    with Feed(options.url or os.environ.get(ADDRESS_NAMED_BY) or ADDRESS) as feed:
        for number, day in enumerate(days, start=1):
            if day not in stored:
                # Each day is stored as it comes: what was fetched before an interruption stays.
                added = store.add(feed.day(day).observations(feed.source(day)), replace=options.replace)
                total = Added(*map(sum, zip(total, added, strict=True)))
            progress(number, len(days), "cli.fetched", engine.locale)
    if options.currency:
        print_rows(
            [_row(each) for each in _of_currencies(store, options.currency, days)], SHOWN, options, unseen=UNSEEN
        )
    else:
        print_counts(total, store, options)
    return 0


def _of_currencies(store: Store, currencies: list[str], days: list[date]) -> list[Observation]:
    found = store.observations([OFFICIAL], first=days[0], last=days[-1])
    known = sorted({each.key for each in found})
    for currency in currencies:
        if currency not in known:
            raise MissingExchangeRate(
                "currency_unknown",
                path=("--currency",),
                currency=currency,
                on=days[-1].isoformat(),
                known=", ".join(known),
            )
    return [each for each in found if each.key in currencies]


def _show(options: Namespace, engine: TaxEngine) -> int:  # noqa: ARG001 - every action takes the same
    first, last = first_and_last(options)
    wanted = [f"rate.{kind}" for kind in options.kind or KINDS]
    # The means that come with the plugin are shown to whoever asks for means; they need no store.
    means = {(each.key, each.day): each for each in shipped().values()} if options.kind == ["yearly_mean"] else {}
    named = options.store or os.environ.get(NAMED_BY)
    known = (
        []
        if means and not named
        else Store.named(named).observations(wanted, keys=options.currency, first=first, last=last)
    )
    stored = {(each.key, each.day) for each in known}
    known += [
        each
        for where, each in means.items()
        if where not in stored
        and (not options.currency or each.key in options.currency)
        and (first or date.min) <= each.day <= (last or date.max)
    ]
    if not known:
        raise StoreError("not_stored", store=named)
    known.sort(key=lambda each: (each.day, each.key, each.kind))
    print_rows([_row(each) for each in known], SHOWN, options, unseen=UNSEEN)
    return 0


def _row(known: Observation) -> dict[str, str]:
    return {
        "day": known.day.isoformat(),
        "currency": known.key,
        "kind": known.kind.removeprefix("rate."),
        "rate": plain(known.value),
        "source": known.source,
        "published_on": known.published_on.isoformat() if known.published_on else "",
        "digest": known.digest,
    }
