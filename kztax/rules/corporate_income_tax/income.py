"""Aggregate annual income: what is in it, what comes out of it again, and which activity it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from kztax.core.citation import Citation
from kztax.core.facts import IncomeSource
from kztax.core.figure import Figure, total
from kztax.core.law import LawOn
from kztax.core.official_value import exchange_rate, official_value
from kztax.core.units import KZT
from kztax.core.working import Working
from kztax.rules.corporate_income_tax.facts import (
    Activity,
    AssetsReceived,
    CompanyIncome,
    CompanyIncomeCategory,
    CompanyTaxpayer,
    CorporateIncomeTaxFacts,
)

NAME = "corporate_income_tax"


class Line(NamedTuple):
    """An amount of one activity. `excluded`: the article by which it leaves aggregate annual income again."""

    activity: Activity
    amount: Figure
    excluded: Citation | None = None
    foreign: bool = False


def select(lines: Iterable[Line], wanted: Callable[[Line], bool] | None = None) -> Figure:
    """The sum of the lines that are wanted, or of all (KZT)."""
    return total([line.amount for line in lines if wanted is None or wanted(line)], KZT)


def stated_income(facts: CorporateIncomeTaxFacts, law: LawOn, working: Working) -> list[Line]:
    """Income as stated: a resident's from everywhere, an establishment's as far as it is connected with it."""
    lines: list[Line] = []
    establishment = facts.taxpayer is CompanyTaxpayer.PERMANENT_ESTABLISHMENT
    for number, income in enumerate(facts.income, start=1):
        foreign = income.source is IncomeSource.FOREIGN
        if establishment and foreign and not income.effectively_connected:
            working.note(f"{NAME}.not_connected", number=number, amount=income.amount)
            working.cite(law.cite("establishment_income"))
            continue
        out = _dividends_out(income, establishment, law, working)
        amount = Figure(income.amount, KZT, "fact", (), f"{NAME}.income.{income.category}", str(number), out)
        lines.append(Line(income.activity, amount, out, foreign))
    return lines


def _dividends_out(income: CompanyIncome, establishment: bool, law: LawOn, working: Working) -> Citation | None:
    if income.category is not CompanyIncomeCategory.DIVIDENDS:
        return None
    if establishment and law.has("establishment_keeps_dividends") and not income.exchange_listed:
        working.note(f"{NAME}.dividends_taken_as_unlisted")
        working.cite(law.cite("establishment_keeps_dividends"))
        return None
    return law.cite("dividends_excluded")


def mining_income(facts: CorporateIncomeTaxFacts, working: Working) -> Figure:
    """What pools distributed, at the official value of the day of receipt (Tax Code 2017, 227-1; 2025, 325)."""
    if facts.digital_assets_mined_alone:
        working.law(facts.digital_assets_mined_alone[0].received_on).cite("mining.alone")
    rows = facts.digital_assets_distributed
    received = [
        _in_tenge(row, "digital_assets_distributed", position, "mining.income", working)
        for position, row in enumerate(rows)
    ]
    if any(row.pool_commission_quantity for row in rows):
        working.note(f"{NAME}.commission_is_no_income")
        working.cite(working.law(rows[0].received_on).cite("mining.commission_out"))
    return total(received, KZT).named(f"{NAME}.mining_income")


def fees_in_assets(facts: CorporateIncomeTaxFacts, working: Working) -> list[Line]:
    """Fees of a pool or an exchange that were received in digital assets, at the same value."""
    return [
        Line(Activity.STANDARD, _in_tenge(row, "digital_asset_fees", position, "fees_in_assets", working))
        for position, row in enumerate(facts.digital_asset_fees)
    ]


def _in_tenge(row: AssetsReceived, field: str, position: int, rule: str, working: Working) -> Figure:
    citation = working.law(row.received_on).cite(rule)
    about = f"{row.asset} {row.received_on.isoformat()} ({position + 1})"
    if row.unit_value is None:
        value = official_value(working, row.asset, row.received_on, (field, position, "unit_value"))
    else:
        working.note(f"{NAME}.value_stated")
        value = Figure(row.unit_value, row.currency, "fact", (), f"{NAME}.unit_value", about)
        if row.currency != KZT:
            value = value * exchange_rate(working, row.currency, row.received_on)
    quantity = Figure(row.quantity, "1", "fact", (), f"{NAME}.quantity", about)
    return (quantity * value).named(f"{NAME}.{rule}", about, citation)


def mined_sales(facts: CorporateIncomeTaxFacts, law: LawOn, working: Working) -> list[Line]:
    """Proceeds of mined assets: since April 2023 they come in and go out again."""
    if not facts.mined_asset_sale_proceeds:
        return []
    proceeds = Figure(facts.mined_asset_sale_proceeds, KZT, "fact", (), f"{NAME}.mined_asset_sale_proceeds")
    if not law.has("mining.sale_excluded"):
        return [Line(Activity.STANDARD, proceeds)]
    working.note(f"{NAME}.mined_sales_leave_income")
    out = law.cite("mining.sale_excluded")
    return [Line(Activity.STANDARD, proceeds.named(proceeds.name, citation=out), out)]
