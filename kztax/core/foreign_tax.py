"""Tax paid abroad: how it is stated, and how much of it is credited, for every income tax alike.

Tax Code 2017, articles 303 and 359; Tax Code 2025, articles 346 and 413: country by country the least of the tax paid,
the tax by the treaty, and the tax here on the same income.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from pydantic import model_validator

from kztax.core.citation import Citation
from kztax.core.facts import Amount, Country, Facts, fault
from kztax.core.figure import Figure, lowest
from kztax.core.units import KZT, NUMBER
from kztax.core.working import Working


class TaxPaidAbroad(Facts):
    """Income of a country and the tax paid there on it (KZT)."""

    country: Country
    income: Amount
    tax_paid: Amount

    @model_validator(mode="after")
    def _from_abroad(self) -> Self:
        if self.country == "KZ":
            raise fault("foreign_tax_at_home", field="country")
        if self.tax_paid > self.income:
            raise fault("tax_over_income", field="tax_paid")
        return self


def treaty_rate(paid: TaxPaidAbroad, stated: Decimal | None, category: str, working: Working) -> Figure | None:
    """The treaty's rate: as stated, else from a plugin; None, with a note, where nobody knows one."""
    if stated is not None:
        return Figure(stated, NUMBER, "fact", (), f"{working.subject}.treaty_limit", paid.country)
    rate = working.treaty_rate(paid.country, category, working.facts.tax_period.last_day)
    if rate is None:
        working.note(f"{working.subject}.no_treaty_limit", country=paid.country)
    return rate


def credit_of_country(
    paid: TaxPaidAbroad, by_treaty: Figure | None, abroad: Figure, code_rate: Figure, citation: Citation, subject: str
) -> Figure:
    """What is credited of one country's tax (KZT). `abroad` is the income from abroad that is taxed here."""
    income = Figure(paid.income, KZT, "fact", (), f"{subject}.foreign_income", paid.country)
    limits = [Figure(paid.tax_paid, KZT, "fact", (), f"{subject}.foreign_tax_paid", paid.country)]
    if by_treaty is not None:
        limits.append((income * by_treaty).named(f"{subject}.foreign_tax_by_treaty", paid.country))
    taxed_here = lowest(income, abroad).named(f"{subject}.foreign_income_taxed_here", paid.country)
    limits.append((taxed_here * code_rate).named(f"{subject}.code_tax_on_foreign_income", paid.country))
    return lowest(*limits).named(f"{subject}.credit_of_country", paid.country, citation)
