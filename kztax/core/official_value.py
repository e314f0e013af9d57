"""The official value of a digital asset on the day it was received (Tax Code 2017, art. 227-1; 2025, art. 325).

The orders of the Minister of Finance say which assets have one, which day's value counts, and at which rate it becomes
tenge; the value itself comes from the facts or a plugin.
"""

from __future__ import annotations

from datetime import date

from kztax.core.deadlines import why_not_worked
from kztax.core.errors import MissingExchangeRate, MissingPrice, Path, UnknownLaw, UnknownPeriod
from kztax.core.facts import RateKind
from kztax.core.figure import Figure
from kztax.core.law import LawOn, RuleBook
from kztax.core.units import KZT
from kztax.core.working import Working

NAME = "base.official_value"


def official_value(working: Working, asset: str, received_on: date, path: Path = ("asset_prices",)) -> Figure:
    """KZT for one unit of `asset` received on a day.

    A day off takes the value of the day worked before it; the exchange rate is that of the day of receipt. Raises
    `MissingPrice` for an asset that has no official value then, or whose value nobody supplies; `UnknownLaw` before
    15 April 2024; `MissingExchangeRate` where the value is in foreign currency.
    """
    law = working.law(received_on)
    order = law.cite(f"{NAME}.order")
    day = received_on
    if why_not_worked(working.book, day) is not None:
        day = working.last_working_day_before(day)
    if not _listed(asset, law):
        if not law.has(f"{NAME}.fallback"):
            raise MissingPrice("no_official_value", path=path, asset=asset, on=received_on.isoformat())
        working.note(f"{NAME}.fallback", asset=asset)
        working.cite(law.cite(f"{NAME}.fallback"))
    elif not _listed(asset, working.law(day)):
        # The first day of a new list may be a day off: the day worked before it had no value for the asset.
        working.note(f"{NAME}.not_valued_then", asset=asset, day=day)
    value = working.asset_price(asset, day)
    if value.unit != KZT:
        value = value * exchange_rate(working, value.unit, received_on)
    return value.named(NAME, f"{asset} {received_on.isoformat()}", order)


def exchange_rate(working: Working, currency: str, received_on: date) -> Figure:
    """The rate at which a value in foreign currency becomes tenge: of the day of receipt, or in effect on it."""
    law = working.law(received_on)
    kind = RateKind(law.text(f"{NAME}.exchange_rate"))
    working.cite(law.cite(f"{NAME}.exchange_rate"))
    try:
        return working.exchange_rate(currency, kind, on=received_on)
    except MissingExchangeRate:
        if why_not_worked(working.book, received_on) is None:
            raise
    set_on = working.last_working_day_before(received_on)
    working.note(f"{NAME}.rate_in_effect", day=received_on, set_on=set_on)
    return working.exchange_rate(currency, kind, on=set_on)


def published_by(book: RuleBook, asset: str, day: date) -> date | None:
    """The last day for publishing the official value of an asset on a day; None where it has none, or that was not
    seen.
    """
    from dateutil.relativedelta import relativedelta

    law = book.on(NAME, day)
    try:
        if not _listed(asset, law):
            return None
        due = law.deadline(f"{NAME}.publication")
    except (UnknownLaw, UnknownPeriod):
        return None
    return day + relativedelta(months=due.months_after, day=due.day)


def _listed(asset: str, law: LawOn) -> bool:
    return asset.casefold() in law.text(f"{NAME}.list").casefold().split()
