"""Gains of individuals on digital assets: each sale by itself, a loss reduces nothing.

One function a regime finds the cost; the law names it by date (`base.gain.regime`). Where the law gives no cost,
the whole price is the gain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from kztax.core.citation import Citation
from kztax.core.errors import InvalidFacts, MissingFact
from kztax.core.facts import RateKind, Source
from kztax.core.figure import ZERO, Figure, not_below_zero
from kztax.core.law import LawOn
from kztax.core.period import ONE_DAY
from kztax.core.units import KZT
from kztax.core.working import Working
from kztax.rules.personal_income_tax.facts import AcquiredBy, Disposal, PersonalIncomeTaxFacts

NAME = "personal_income_tax"


class Cost(NamedTuple):
    """What is deducted from the price, by which article; no figure where the law gives none."""

    figure: Figure | None
    citation: Citation


class Sale(NamedTuple):
    """One disposal on the working: its place in the facts, its label, the law of its day."""

    disposal: Disposal
    position: int
    about: str
    law: LawOn
    working: Working


def gain_of(facts: PersonalIncomeTaxFacts, working: Working, position: int) -> Figure | None:
    """The gain of one disposal in KZT, never below zero; None where it is not taxed again (mined assets)."""
    disposal = facts.disposals[position]
    law = working.law(disposal.disposed_on)
    about = f"№{position + 1} {disposal.asset} {disposal.disposed_on.isoformat()}"
    sale = Sale(disposal, position, about, law, working)
    regime = REGIMES[law.text("base.gain.regime")]
    if disposal.acquired_by is AcquiredBy.MINING and law.has("base.gain.mined"):
        working.note(f"{NAME}.mined_not_taxed_again", disposal=about)
        working.cite(law.cite("base.gain.mined"))
        return None
    proceeds = _proceeds(sale)
    cost = regime(sale)
    if cost.figure is None:
        gain = proceeds.named(f"{NAME}.gain.whole_price", about, cost.citation)
        _note_unused_cost(sale, cost)
    else:
        gain = not_below_zero((proceeds - cost.figure).named(f"{NAME}.gain.difference", about, cost.citation))
        gain = gain.named(f"{NAME}.gain.positive", about, cost.citation)
    return _in_tenge(sale, gain)


def documented_price(sale: Sale) -> Cost:
    """2023 and 2024: price less documented cost; a source abroad and a gift by rules of their own (331, 332)."""
    disposal, law = sale.disposal, sale.law
    if disposal.source is Source.LOW_TAX:
        return Cost(None, law.cite("base.gain.low_tax"))
    if disposal.source is Source.FOREIGN and not law.has("base.gain.foreign_difference"):
        return Cost(None, law.cite("base.gain.foreign_whole_price"))
    if disposal.acquired_by in (AcquiredBy.GIFT, AcquiredBy.INHERITANCE):
        return Cost(None, law.cite(_without_cost(sale, "base.gain.free_of_charge")))
    return _documented(sale)


def by_origin(sale: Sale) -> Cost:
    """2025: as before, and receipts from a contract or an exchange by article 332-1(10)."""
    disposal, law = sale.disposal, sale.law
    if disposal.source is Source.LOW_TAX:
        return Cost(None, law.cite("base.gain.low_tax"))
    if disposal.acquired_by is AcquiredBy.BLOCKCHAIN_CONTRACT:
        return Cost(None, law.cite("base.gain.blockchain_contract"))
    if disposal.acquired_by is AcquiredBy.EXCHANGE_REWARD and disposal.acquisition_cost is None:
        return Cost(_reward_value(sale), law.cite("base.gain.exchange_reward"))
    return documented_price(sale)


def initial_cost(sale: Sale) -> Cost:
    """2026 on: documented cost; an inheritance at its appraised value; a gift and a low-tax source at nothing (389)."""
    disposal, law = sale.disposal, sale.law
    if disposal.source is Source.LOW_TAX:
        return Cost(None, law.cite("base.gain.low_tax"))
    if disposal.acquired_by is AcquiredBy.GIFT:
        return Cost(None, law.cite("base.gain.free_of_charge"))
    if disposal.acquired_by is AcquiredBy.INHERITANCE:
        return _appraised(sale)
    return _documented(sale)


REGIMES: Mapping[str, Callable[[Sale], Cost]] = {
    rule.__name__: rule for rule in (documented_price, by_origin, initial_cost)
}


def _documented(sale: Sale) -> Cost:
    cost = sale.disposal.acquisition_cost
    if cost is None:
        sale.working.note(f"{NAME}.cost_not_documented", disposal=sale.about)
        return Cost(None, sale.law.cite(_without_cost(sale, "base.gain.whole_price")))
    rule = "base.gain.difference"
    if sale.disposal.source is Source.FOREIGN and sale.law.has("base.gain.foreign_difference"):
        rule = "base.gain.foreign_difference"
        sale.working.note(f"{NAME}.three_documents", disposal=sale.about)
    figure = Figure(cost, sale.disposal.currency, "fact", (), f"{NAME}.acquisition_cost", sale.about)
    return Cost(figure, sale.law.cite(rule))


def _without_cost(sale: Sale, rule: str) -> str:
    """Where there is no cost, a source abroad has an article of its own to the end of 2025."""
    abroad = sale.disposal.source is Source.FOREIGN and sale.law.has("base.gain.foreign_whole_price")
    return "base.gain.foreign_whole_price" if abroad else rule


def _appraised(sale: Sale) -> Cost:
    """Market value, if the appraisal was made no later than the declaration of the year is due."""
    disposal = sale.disposal
    if disposal.appraised_value is None:
        sale.working.note(f"{NAME}.inheritance_not_appraised", disposal=sale.about)
        return Cost(None, sale.law.cite("base.gain.free_of_charge"))
    period = sale.working.facts.tax_period
    filing = sale.working.law_of_filing(period.last_day + ONE_DAY)
    due = sale.working.due(filing, "return_due", period)
    if disposal.appraised_on is None:
        sale.working.note(f"{NAME}.appraisal_taken_as_in_time", disposal=sale.about)
    elif due is not None and disposal.appraised_on > due.value:
        sale.working.note(f"{NAME}.appraised_too_late", disposal=sale.about, due=due.value)
        return Cost(None, sale.law.cite("base.gain.free_of_charge"))
    figure = Figure(disposal.appraised_value, disposal.currency, "fact", (), f"{NAME}.appraised_value", sale.about)
    return Cost(figure, sale.law.cite("base.gain.appraised_inheritance"))


def _proceeds(sale: Sale) -> Figure:
    disposal = sale.disposal
    if disposal.proceeds is not None:
        return Figure(disposal.proceeds, disposal.currency, "fact", (), f"{NAME}.proceeds", sale.about)
    if not sale.law.has("base.gain.price_of_the_day_before"):
        raise MissingFact("proceeds_missing", path=("disposals", sale.position, "proceeds"))
    value = _value(sale, disposal.disposed_on)
    return value.named(f"{NAME}.proceeds_by_price", sale.about, sale.law.cite("base.gain.price_of_the_day_before"))


def _reward_value(sale: Sale) -> Figure:
    received = sale.disposal.acquired_on
    if received is None:
        raise MissingFact("reward_value_missing", path=("disposals", sale.position, "acquisition_cost"))
    return _value(sale, received).named(f"{NAME}.reward_value", sale.about, sale.law.cite("base.gain.exchange_reward"))


def _value(sale: Sale, day: date) -> Figure:
    """The quantity at the price of the day before."""
    disposal = sale.disposal
    price = sale.working.asset_price(disposal.asset, day - ONE_DAY)
    if price.unit != disposal.currency:
        path = ("disposals", sale.position, "currency")
        raise InvalidFacts("price_in_another_currency", path=path, price=price.unit, currency=disposal.currency)
    return price * Figure(disposal.quantity, "1", "fact", (), f"{NAME}.quantity", sale.about)


def _in_tenge(sale: Sale, gain: Figure) -> Figure:
    """A gain in foreign currency at the one rate that the law of the sale's day names."""
    disposal = sale.disposal
    if disposal.currency == KZT:
        return gain
    if gain.value == ZERO:
        # A loss reduces nothing at any rate: none is asked for.
        return Figure(ZERO, KZT, "nothing_to_convert", (gain,), f"{NAME}.gain.in_tenge", sale.about)
    if sale.law.text("base.gain.exchange_rate") == RateKind.YEARLY_MEAN:
        rate = sale.working.exchange_rate(disposal.currency, RateKind.YEARLY_MEAN, year=disposal.disposed_on.year)
    else:
        day = sale.working.last_working_day_before(disposal.disposed_on)
        rate = sale.working.exchange_rate(disposal.currency, RateKind.MARKET, on=day)
    return (gain * rate).named(f"{NAME}.gain.in_tenge", sale.about, sale.law.cite("base.gain.exchange_rate"))


def _note_unused_cost(sale: Sale, cost: Cost) -> None:
    if sale.disposal.acquisition_cost is not None:
        sale.working.note(f"{NAME}.cost_not_used", disposal=sale.about, article=cost.citation.article)
