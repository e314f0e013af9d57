"""Losses of earlier years: oldest first, within their years, against what they may come off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from kztax.core.figure import Figure, lowest, total
from kztax.core.law import LawOn
from kztax.core.period import Year
from kztax.core.units import KZT
from kztax.rules.corporate_income_tax.facts import CompanySize, CorporateIncomeTaxFacts, LossBroughtForward


class Carried(NamedTuple):
    """What is left of a year's loss, and until when it may be used."""

    tax_year: int
    amount: Figure
    usable_until: date


class LossUse(NamedTuple):
    """What of the losses was used, what had expired, what is left. `years`: for how many years a loss is usable."""

    used: Figure
    expired: Figure
    left: tuple[Carried, ...]
    years: int

    def with_new(self, tax_year: int, loss: Figure) -> LossUse:
        """With a loss of the year itself, which later years may use."""
        return self._replace(left=(*self.left, Carried(tax_year, loss, _usable_until(tax_year, self.years))))


def limitation_years(facts: CorporateIncomeTaxFacts, law: LawOn) -> Figure:
    """The limitation period: longer for large business."""
    return law.figure(f"limitation.{'large' if facts.size is CompanySize.LARGE else 'other'}")


def no_losses() -> LossUse:
    """None brought forward, none used."""
    return LossUse(total([], KZT), total([], KZT), (), 0)


def use_losses(
    stated: Sequence[LossBroughtForward], years: Figure, tax_year: int, available: Figure, name: str
) -> LossUse:
    """Use losses against `available` (KZT). A loss is usable in as many years after its own as `years` says."""
    term = int(years.value)
    used: list[Figure] = []
    expired: list[Figure] = []
    left: list[Carried] = []
    for loss in sorted(stated, key=lambda loss: loss.tax_year):
        amount = Figure(loss.amount, KZT, "fact", (), f"{name}.brought_forward", str(loss.tax_year))
        until = _usable_until(loss.tax_year, term)
        if until.year < tax_year:
            expired.append(amount)
            continue
        taken = lowest(amount, available).named(f"{name}.taken", str(loss.tax_year), years.citation)
        used.append(taken)
        available = (available - taken).named(f"{name}.income_left", str(loss.tax_year))
        rest = (amount - taken).named(f"{name}.left", str(loss.tax_year))
        if rest.value and until.year > tax_year:
            left.append(Carried(loss.tax_year, rest, until))
    used_up = total(used, KZT).named(f"{name}.used")
    too_old = total(expired, KZT).named(f"{name}.expired", citation=years.citation if expired else None)
    return LossUse(used_up, too_old, tuple(left), term)


def _usable_until(tax_year: int, years: int) -> date:
    return Year(tax_year + years).last_day
