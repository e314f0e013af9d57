"""Foreign tax credit: country by country the least of tax paid, tax by the treaty, tax here on the same income."""

from __future__ import annotations

from kztax.core.errors import MissingFact
from kztax.core.figure import Figure, lowest, total
from kztax.core.foreign_tax import credit_of_country, treaty_rate
from kztax.core.law import LawOn
from kztax.core.units import KZT
from kztax.core.working import Working
from kztax.rules.corporate_income_tax.activities import Taxed, about, line_of
from kztax.rules.corporate_income_tax.facts import Activity, CompanyForeignTax, CorporateIncomeTaxFacts
from kztax.rules.corporate_income_tax.income import NAME, Line, select


def foreign_tax_credit(
    facts: CorporateIncomeTaxFacts, income: list[Line], taxed: list[Taxed], tax: Figure, law: LawOn, working: Working
) -> Figure:
    """The year's credit (KZT), never more than the tax (Tax Code 2017, article 303; 2025, article 346)."""
    name = f"{NAME}.foreign_tax_credit"
    if not facts.foreign_tax and not facts.foreign_tax_credit:
        return total([], KZT).named(name)
    citation = law.cite("foreign_tax_credit")
    working.note(f"{NAME}.credit_needs_certificate")
    if not facts.foreign_tax:
        stated = Figure(facts.foreign_tax_credit, KZT, "fact", (), f"{NAME}.foreign_tax_credit_stated")
        return lowest(stated, tax).named(name, citation=citation)
    of_line: dict[Activity, list[Figure]] = {}
    for position, paid in enumerate(facts.foreign_tax):
        line = _line(paid, position, income, law)
        of_line.setdefault(line, []).append(
            _of_country(paid, _taxed_abroad(income, line, law), _rate(taxed, line, law), law, working)
        )
    limited = [
        lowest(total(countries), (_taxed_abroad(income, line, law) * _rate(taxed, line, law))).named(
            f"{NAME}.credits_of_countries", about(line), citation
        )
        for line, countries in of_line.items()
    ]
    return lowest(total(limited), tax).named(name, citation=citation)


def _of_country(paid: CompanyForeignTax, abroad: Figure, rate: Figure, law: LawOn, working: Working) -> Figure:
    by_treaty = treaty_rate(paid, paid.treaty_limit, "foreign", working)
    return credit_of_country(paid, by_treaty, abroad, rate, law.cite("foreign_tax_credit"), NAME)


def _taxed_abroad(income: list[Line], line: Activity, law: LawOn) -> Figure:
    """Income from abroad on a line that stays in income: dividends go out, and their foreign tax with them."""
    abroad = select(income, lambda row: row.foreign and row.excluded is None and line_of(row.activity, law) is line)
    return abroad.named(f"{NAME}.income_from_abroad", about(line))


def _rate(taxed: list[Taxed], line: Activity, law: LawOn) -> Figure:
    found = [row.rate for row in taxed if row.activity is line]
    return found[0] if found else law.figure("rate.standard")


def _line(paid: CompanyForeignTax, position: int, income: list[Line], law: LawOn) -> Activity:
    if paid.activity is not None:
        return line_of(paid.activity, law)
    lines = {line_of(row.activity, law) for row in income if row.foreign and row.excluded is None}
    if len(lines) > 1:
        raise MissingFact("activity_of_foreign_tax_missing", path=("foreign_tax", position, "activity"))
    return lines.pop() if lines else Activity.STANDARD
