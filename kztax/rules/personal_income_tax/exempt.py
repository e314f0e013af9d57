"""Exempt income: a ground holds on its dates, for the categories it fits, for whom it is meant."""

from __future__ import annotations

from collections.abc import Callable

from kztax.core.errors import InvalidFacts
from kztax.core.figure import Figure
from kztax.core.law import LawOn
from kztax.core.units import KZT
from kztax.core.working import Working
from kztax.rules.personal_income_tax.facts import ExemptGround, Income, PersonalIncomeTaxFacts

NAME = "personal_income_tax"


class Line:
    """One income on the working: what is stated, its figure, and what of it is exempt."""

    __slots__ = ("amount", "exempt", "stated")

    def __init__(self, stated: Income, amount: Figure, exempt: Figure | None) -> None:
        self.stated = stated
        self.amount = amount
        self.exempt = exempt


def lines_of(facts: PersonalIncomeTaxFacts, law: LawOn, working: Working) -> list[Line]:
    """Every stated income with its exemption, in the order stated."""
    lines: list[Line] = []
    for position, income in enumerate(facts.income):
        about = f"{position + 1}"
        amount = Figure(income.amount, KZT, "fact", (), f"{NAME}.income.{income.category}", about)
        exempt = None
        if income.exempt_ground is not None and _holds(facts, law, working, position):
            citation = law.cite(f"exempt.{income.exempt_ground}")
            name = f"{NAME}.exempt.{income.exempt_ground}"
            exempt = Figure(income.amount, KZT, "exempt", (amount,), name, about, citation)
        lines.append(Line(income, amount, exempt))
    return lines


def _holds(facts: PersonalIncomeTaxFacts, law: LawOn, working: Working, position: int) -> bool:
    income = facts.income[position]
    ground = income.exempt_ground
    assert ground is not None
    if not law.has(f"exempt.{ground}"):
        working.note(f"{NAME}.no_such_exemption", ground=f"{NAME}.exempt.{ground}", year=law.day.year)
        return False
    if income.category not in law.text(f"exempt.{ground}").split():
        if law.ever(f"exempt.{ground}", income.category):
            working.note(f"{NAME}.no_such_exemption", ground=f"{NAME}.exempt.{ground}", year=law.day.year)
            return False
        path = ("income", position, "exempt_ground")
        raise InvalidFacts("exemption_not_of_category", path=path, ground=ground.value, category=income.category.value)
    if ground is ExemptGround.AIFC_INVESTOR_FOREIGN_INCOME and not income.from_abroad:
        path = ("income", position, "source")
        raise InvalidFacts("exemption_is_for_foreign_income", path=path)
    if income.from_abroad and ground in law.text("kazakhstan_only").split():
        working.note(f"{NAME}.exemption_for_kazakhstan_only", ground=f"{NAME}.exempt.{ground}")
        return False
    if facts.citizen and ground in law.text("foreigners_only").split():
        working.note(f"{NAME}.exemption_for_foreigners_only", ground=f"{NAME}.exempt.{ground}")
        return False
    if not facts.resident and ground not in law.text("non_resident.exempt").split():
        working.note(f"{NAME}.exemption_not_for_non_residents", ground=f"{NAME}.exempt.{ground}")
        return False
    return True


def select(lines: list[Line], wanted: Callable[[Income], bool]) -> list[Line]:
    """The lines whose income is wanted."""
    return [line for line in lines if wanted(line.stated)]
