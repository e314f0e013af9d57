"""Deductions of a resident's year: social payments, standard or base, social, other; each within its limit."""

from __future__ import annotations

from decimal import Decimal

from kztax.core.figure import Figure, lowest, total
from kztax.core.law import LawOn
from kztax.core.units import KZT
from kztax.core.working import Working
from kztax.rules.personal_income_tax.facts import Deductions, OtherDeduction, SocialGround

NAME = "personal_income_tax"
MCI, MINIMUM_WAGE = "base.mci", "base.minimum_wage"


def deductions_of(stated: Deductions, law: LawOn, working: Working) -> Figure:
    """All that may be deducted in the year (KZT), by the law of 1 January (articles 342-351; 401-404)."""
    parts = [
        part
        for part in (
            _social_payments(stated, law),
            _standard(stated, law),
            social_deduction_of(stated, law),
            _other(stated, law, working),
        )
        if part is not None
    ]
    return total(parts, KZT).named(f"{NAME}.deductions_of_year")


def _social_payments(stated: Deductions, law: LawOn) -> Figure | None:
    if not stated.social_payments:
        return None
    name = f"{NAME}.social_payments"
    return Figure(stated.social_payments, KZT, "fact", (), name, "", law.cite("deduction.social_payments"))


def _standard(stated: Deductions, law: LawOn) -> Figure | None:
    """So many months of a minimum wage (to 2021), of 14 MCI (to 2025), of 30 MCI (from 2026)."""
    if not stated.standard_months:
        return None
    if law.has("deduction.standard"):
        month = law.multiple("deduction.standard", MINIMUM_WAGE)
    else:
        month = law.multiple("deduction.standard_mci", MCI)
    months = Figure(Decimal(stated.standard_months), "1", "fact", (), f"{NAME}.standard_months")
    return (month * months).named(f"{NAME}.standard_deduction")


def social_deduction_of(stated: Deductions, law: LawOn) -> Figure | None:
    """The yearly deduction of disability, veterans and carers (KZT); None where no ground is stated."""
    ground = stated.social_ground
    if ground is None:
        return None
    if law.has("deduction.social_mw"):
        amount = law.multiple("deduction.social_mw", MINIMUM_WAGE)
    else:
        amount = law.multiple(f"deduction.{ground}", MCI)
    if ground is not SocialGround.CARER_OF_DISABLED:
        return amount
    persons = Figure(Decimal(stated.social_persons), "1", "fact", (), f"{NAME}.persons_cared_for")
    return (amount * persons).named(f"{NAME}.social_deduction")


def _other(stated: Deductions, law: LawOn, working: Working) -> Figure | None:
    known: list[tuple[str, OtherDeduction]] = []
    for row in stated.other:
        if law.has(f"deduction.{row.ground}"):
            known.append((_counted_as(row.ground, law), row))
        else:
            working.note(f"{NAME}.no_such_deduction", ground=f"{NAME}.{row.ground}", year=law.day.year)
    if not known:
        return None
    grounds = dict.fromkeys(ground for ground, _ in known)
    within = total(_within_limit(ground, [row for as_, row in known if as_ == ground], law) for ground in grounds)
    within = within.named(f"{NAME}.other_deductions")
    if not law.has("cap.other_deductions"):
        return within
    capped = lowest(within, law.multiple("cap.other_deductions", MCI))
    return capped.named(f"{NAME}.other_deductions_capped", citation=law.cite("cap.other_deductions"))


def _counted_as(ground: str, law: LawOn) -> str:
    """The ground, or the one that the law of the year made it part of."""
    return law.text(f"deduction.{ground}") if law.names_another(f"deduction.{ground}") else ground


def _within_limit(ground: str, rows: list[OtherDeduction], law: LawOn) -> Figure:
    citation = law.cite(f"deduction.{ground}")
    name = f"{NAME}.{ground}"
    spent = total(Figure(row.amount, KZT, "fact", (), name, "", citation) for row in rows)
    if law.has(f"cap.{ground}"):
        limit = law.multiple(f"cap.{ground}", MCI)
    elif law.has(f"cap.{ground}_mw"):
        limit = law.multiple(f"cap.{ground}_mw", MINIMUM_WAGE)
    else:
        return spent.named(name, citation=citation)
    return lowest(spent.named(name, citation=citation), limit).named(f"{name}.within_limit", citation=citation)
