"""Value added tax of a quarter: tax on turnover, less input tax, and the tax for non-residents beside it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from kztax.core.deadlines import statutory_day
from kztax.core.figure import Figure, Moment, not_below_zero, total
from kztax.core.law import LawOn
from kztax.core.turnover import TurnoverNature
from kztax.core.units import KZT
from kztax.core.working import Working
from kztax.rules.value_added_tax.credit import Turnovers, credit
from kztax.rules.value_added_tax.facts import (
    ValueAddedTaxFacts,
    ValueAddedTaxOutcome,
    VatTaxpayer,
    VatTreatment,
)
from kztax.rules.value_added_tax.rows import IMPORT, NAME, REVERSE_CHARGE, Row, rows_of


def value_added_tax(facts: ValueAddedTaxFacts, working: Working) -> ValueAddedTaxOutcome:
    """The tax of a quarter (Tax Code 2017, art. 421; Tax Code 2025, art. 502; foreign e-sellers 780, 827)."""
    law = working.law(facts.tax_period.first_day)
    sells_from_abroad = facts.taxpayer is VatTaxpayer.FOREIGN_E_SELLER
    working.cite(law.cite("e_seller" if sells_from_abroad else "payers"))
    rows = rows_of(facts, working)
    turnovers = Turnovers(
        taxable=_turnover(row for row in rows if row.is_taxable_sale).named(f"{NAME}.taxable_turnover"),
        non_taxable=_turnover(_treated(rows, VatTreatment.EXEMPT)).named(f"{NAME}.non_taxable_turnover"),
        purchased=_turnover(row for row in rows if row.word == REVERSE_CHARGE),
        outside=_turnover(_treated(rows, VatTreatment.OUTSIDE_SCOPE)),
    )
    output = _vat(row for row in rows if row.is_taxable_sale).named(f"{NAME}.output_vat")
    reverse = _vat(row for row in rows if row.word == REVERSE_CHARGE)
    reverse = reverse.named(f"{NAME}.reverse_charge_vat", "", law.cite("reverse_charge"))
    input_vat = credit(facts, turnovers, facts.registered and not sells_from_abroad, working)
    rests_on = law.cite("e_seller" if sells_from_abroad else "computation")
    balance = (output - input_vat.deductible).named(f"{NAME}.balance", "", rests_on)
    _note_rows(facts, rows, law, working)
    return working.outcome(
        ValueAddedTaxOutcome,
        items=[row.item() for row in rows],
        taxable_turnover=turnovers.taxable,
        non_taxable_turnover=turnovers.non_taxable,
        output_vat=output,
        reverse_charge_vat=reverse,
        deductible_input_vat=input_vat.deductible,
        non_deductible_input_vat=input_vat.non_deductible,
        excess=_excess(output, input_vat.deductible, reverse, law, working),
        payable=_payable(balance, reverse, law, working),
        **_filing(facts, reverse, law, working),
    )


def _treated(rows: Iterable[Row], treatment: VatTreatment) -> Iterable[Row]:
    return (row for row in rows if row.treatment is treatment)


def _turnover(rows: Iterable[Row]) -> Figure:
    return total([row.turnover for row in rows], KZT)


def _vat(rows: Iterable[Row]) -> Figure:
    return total([row.vat for row in rows], KZT)


def _excess(output: Figure, deductible: Figure, reverse: Figure, law: LawOn, working: Working) -> Figure:
    """Input tax above the tax on turnover: it is carried on, and does not pay the tax for a non-resident."""
    if deductible.value <= output.value:
        return total([], KZT).named(f"{NAME}.excess")
    excess = (deductible - output).named(f"{NAME}.excess", "", law.cite("excess"))
    working.note(f"{NAME}.excess", excess=excess.value)
    if reverse.value:
        working.note(f"{NAME}.excess_kept_apart", tax=reverse.value)
        working.cite(law.cite("excess_kept_apart"))
    return excess


def _payable(balance: Figure, reverse: Figure, law: LawOn, working: Working) -> Figure:
    """What is paid: an excess never pays the tax for a non-resident. With nothing to pay it is the excess itself."""
    if balance.value < 0 and not reverse.value:
        return total([balance], KZT).named(f"{NAME}.payable")
    return working.paid(not_below_zero(balance) + reverse, law).named(f"{NAME}.payable")


def _filing(
    facts: ValueAddedTaxFacts, reverse: Figure, law: LawOn, working: Working
) -> dict[str, Moment | date | str | None]:
    """When and where the tax is declared and paid, by the law of the quarter's last day."""
    period = facts.tax_period
    last = working.law(period.last_day)
    filed: dict[str, Moment | date | str | None] = dict.fromkeys(
        ("return_due", "payment_due", "form", "budget_code", "reverse_charge_budget_code")
    )
    if facts.taxpayer is VatTaxpayer.FOREIGN_E_SELLER:
        filed["payment_due"] = working.due(last, "e_seller_payment_due", period)
        filed["budget_code"] = working.text(last, "budget_code.e_seller")
        working.note(f"{NAME}.e_seller_files_nothing")
        working.cite(law.cite("e_seller_files_nothing"))
    elif facts.registered:
        filed["return_due"] = working.due(last, "return_due", period)
        filed["payment_due"] = working.due(last, "payment_due", period)
        filed["form"] = working.text(last, "form")
        filed["budget_code"] = working.text(last, "budget_code.turnover")
        if last.has("return_from"):
            working.note(f"{NAME}.return_from", day=statutory_day(last, "return_from", period).value)
        if reverse.value:
            filed["reverse_charge_budget_code"] = working.text(last, "budget_code.reverse_charge")
    return filed


def _note_rows(facts: ValueAddedTaxFacts, rows: list[Row], law: LawOn, working: Working) -> None:
    """What the treatment of the rows takes for granted."""
    words = {row.word for row in rows}
    of_aifc_list = facts.taxpayer is VatTaxpayer.AIFC_PARTICIPANT and any(row.aifc_service for row in facts.turnover)
    if not facts.registered:
        _note_unregistered(facts, law, working)
    elif of_aifc_list:
        working.note(f"{NAME}.aifc_list")
    for word, note in (("zero_rated", "unconfirmed_zero_rate"), (REVERSE_CHARGE, "reverse_charge_credit")):
        if word in words:
            working.note(f"{NAME}.{note}")
            working.cite(law.cite(note))
    if IMPORT in words:
        working.note(f"{NAME}.import_apart", tax=_vat(row for row in rows if row.word == IMPORT).value)
        working.cite(law.cite("import_apart"))


def _note_unregistered(facts: ValueAddedTaxFacts, law: LawOn, working: Working) -> None:
    if facts.taxpayer is VatTaxpayer.FOREIGN_E_SELLER:
        working.note(f"{NAME}.e_seller_registration")
        working.cite(law.cite("e_seller_registration"))
        return
    working.note(f"{NAME}.not_registered")
    if law.has("turnover_before_registration"):
        working.note(f"{NAME}.turnover_before_registration")
        working.cite(law.cite("turnover_before_registration"))
    bought = any(stated.nature is TurnoverNature.SERVICES_FROM_NON_RESIDENT for stated in facts.turnover)
    if bought and law.has("simplified_regime_pays_for_non_residents"):
        working.note(f"{NAME}.simplified_regime")
        working.cite(law.cite("simplified_regime_pays_for_non_residents"))
