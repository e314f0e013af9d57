"""`kztax prices`: import, fetch, show."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from datetime import date

from kztax import TaxEngine
from kztax.core.assessment import plain
from kztax.core.errors import FeedError, InvalidFacts, StoreError
from kztax.hooks import Command
from kztax.store import Added, Observation, Store
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
from kztax_aifc.feed import QUOTE, today_in_utc
from kztax_aifc.markets import MARKETS, MarketFeed, kind_of_price, market_named, ticker
from kztax_aifc.official import COLUMNS, KINDS, OPTIONAL, HowToRead, observations_in

SHOWN = ("day", "asset", "kind", "value", "currency", "source", "published_on")
UNSEEN = ("digest",)
MOST_DAYS_NAMED = 10


def configure(parser: ArgumentParser) -> None:
    """The options of `kztax prices`."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")

    imported = actions.add_parser("import", help="store a published table of values, CSV or XLSX")
    imported.add_argument("file", metavar="FILE", help="a table with headings; - reads standard input")
    imported.add_argument("--source", required=True, metavar="TEXT", help="who published it and where")
    imported.add_argument("--published-on", required=True, metavar="DATE", help="when it was published")
    imported.add_argument(
        "--kind",
        choices=KINDS,
        default="official",
        help="official: the monthly table of the State Revenue Committee's contractor; coinmarketcap: values that the "
        "site shows for assets outside the list",
    )
    imported.add_argument("--currency", metavar="CODE", help="of the values, where the table has no column `currency`")
    imported.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="COLUMN=HEADING",
        help=f"under which heading a column stands: {', '.join((*COLUMNS, *OPTIONAL))}",
    )
    imported.add_argument("--sheet", metavar="NAME", help="of a workbook; the first unless stated")
    imported.add_argument("--encoding", default="utf-8", help="of a CSV; utf-8 unless stated")
    imported.add_argument("--decimal-comma", action="store_true", help="the table writes 80000,50")
    add_storing_options(imported)
    imported.set_defaults(action=_import)

    fetched = actions.add_parser("fetch", help="store daily prices of an exchange; they are not official values")
    fetched.add_argument("market", choices=tuple(MARKETS), help="the exchange")
    fetched.add_argument("asset", nargs="+", metavar="ASSET", help="tickers: BTC ETH")
    add_day_options(fetched, required=True)
    fetched.add_argument("--quote", default=QUOTE, help=f"what the prices are in; {QUOTE} unless stated")
    fetched.add_argument("--again", action="store_true", help="ask for days that are stored, too, and compare")
    fetched.add_argument("--url", help="a mirror of the exchange's address")
    add_storing_options(fetched)
    fetched.set_defaults(action=_fetch)

    shown = actions.add_parser("show", help="what is stored")
    shown.add_argument("asset", nargs="*", metavar="ASSET")
    shown.add_argument("--kind", choices=(*KINDS, *MARKETS), action="append")
    add_day_options(shown, required=False)
    add_store_option(shown)
    add_output_options(shown)
    shown.set_defaults(action=_show)


PRICES = Command("prices", "official values and exchanges' prices: import, fetch, show", configure, run_action)


def _import(options: Namespace, engine: TaxEngine) -> int:  # noqa: ARG001 - every action takes the same
    store = Store.named(options.store)
    published = day_of(options.published_on, "--published-on")
    if published > now_in_kazakhstan().date():
        raise InvalidFacts("day_not_come", path=("--published-on",), on=published.isoformat())
    how = HowToRead(
        source=options.source,
        published_on=published,
        kind=KINDS[options.kind],
        currency=options.currency,
        renamed=renamed_columns(options.column),
        encoding=options.encoding,
        decimal_comma=options.decimal_comma,
        sheet=options.sheet,
    )
    values = observations_in(content_of(options.file, LARGEST_BYTES), options.file, how)
    # Read to the end before the first is stored: a table with one bad row is refused whole.
    print_counts(store.add(list(values), replace=options.replace), store, options)
    return 0


def _fetch(options: Namespace, engine: TaxEngine) -> int:
    store = Store.named(options.store)
    days = days_of(options)
    if days[-1] >= today_in_utc():
        raise InvalidFacts("day_not_over", path=("--to" if options.last else "--on",), on=days[-1].isoformat())
    market, quote = market_named(options.market), ticker(options.quote)
    total = Added(0, 0, 0)
    missing: list[FeedError] = []
    base = options.url or os.environ.get(market.address_named_by)
    with MarketFeed(market, base) as feed:
        for number, asset in enumerate(map(ticker, options.asset), start=1):
            wanted = days if options.again else _not_stored(store, kind_of_price(market.name, quote), asset, days)
            if wanted:
                found = feed.prices(asset, quote, wanted[0], wanted[-1])
                kept = [each for each in found if each.day in set(wanted)]
                added = store.add(kept, replace=options.replace)
                total = Added(*map(sum, zip(total, added, strict=True)))
                missing += _without_price(feed, asset, wanted, found)
            progress(number, len(options.asset), "cli.fetched", engine.locale)
    print_counts(total, store, options)
    if missing:
        # What there was is stored; what there was not is an error all the same.
        missing[0].others = tuple(missing[1:])
        raise missing[0]
    return 0


def _not_stored(store: Store, kind: str, asset: str, days: list[date]) -> list[date]:
    if not store.exists:
        return days
    stored = {each.day for each in store.observations([kind], keys=[asset], first=days[0], last=days[-1])}
    return [day for day in days if day not in stored]


def _without_price(feed: MarketFeed, asset: str, wanted: list[date], found: list[Observation]) -> list[FeedError]:
    absent = [day.isoformat() for day in wanted if day not in {each.day for each in found}]
    if not absent:
        return []
    named = ", ".join(absent[:MOST_DAYS_NAMED]) + (" …" if len(absent) > MOST_DAYS_NAMED else "")
    return [FeedError("feed_without_price", url=feed.base + feed.market.path, asset=asset, days=named)]


def _show(options: Namespace, engine: TaxEngine) -> int:  # noqa: ARG001 - every action takes the same
    first, last = first_and_last(options)
    kinds = [KINDS.get(kind, f"price.{kind}.*") for kind in options.kind or (*KINDS, *MARKETS)]
    store = Store.named(options.store)
    known = store.observations(kinds, keys=[ticker(asset) for asset in options.asset], first=first, last=last)
    if not known:
        raise StoreError("not_stored", store=str(store.path))
    print_rows([_row(each) for each in known], SHOWN, options, unseen=UNSEEN)
    return 0


def _row(known: Observation) -> dict[str, str]:
    return {
        "day": known.day.isoformat(),
        "asset": known.key,
        "kind": known.kind.partition(".")[2],
        "value": plain(known.value),
        "currency": known.currency,
        "source": known.source,
        "published_on": known.published_on.isoformat() if known.published_on else "",
        "digest": known.digest,
    }
