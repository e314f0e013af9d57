"""Who declares the year and when: by the law of the day after it, with the MCI of its 31 December."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from kztax.core.errors import MissingFact
from kztax.core.figure import Condition, Figure, total
from kztax.core.law import LawOn
from kztax.core.period import ONE_DAY
from kztax.core.units import KZT, YES_NO
from kztax.core.working import Working
from kztax.rules.personal_income_tax.exempt import Line, select
from kztax.rules.personal_income_tax.facts import DeclareGround, Income, IncomeCategory, PersonalIncomeTaxFacts

NAME = "personal_income_tax"
APART = (IncomeCategory.DIVIDENDS, IncomeCategory.ENTREPRENEUR, IncomeCategory.PRIVATE_PRACTICE)


class Case(NamedTuple):
    """The year as the declaring rules see it: income that is income, in the law of filing."""

    facts: PersonalIncomeTaxFacts
    lines: list[Line]
    gain: Figure
    law: LawOn
    last_day: LawOn
    working: Working


def declaration(facts: PersonalIncomeTaxFacts, working: Working, lines: list[Line], gain: Figure) -> dict[str, Any]:
    """The fields of the outcome that say whether, why and when to declare and pay."""
    period = facts.tax_period
    law = working.law_of_filing(period.last_day + ONE_DAY)
    last_day = working.law(period.last_day)
    no_income = last_day.text("not_income").split() if last_day.has("not_income") else []
    counted = select(lines, lambda income: bool(income.amount) and income.exempt_ground not in no_income)
    case = Case(facts, counted, gain, law, last_day, working)
    met = list(_resident_grounds(case) if facts.resident else _non_resident_grounds(case))
    grounds = [ground for ground, _ in met]
    due = Condition(bool(met), YES_NO, "decided", tuple(condition for _, condition in met), f"{NAME}.must_declare")
    business = DeclareGround.ENTREPRENEUR in grounds
    which = (
        "non_resident_" if not facts.resident else "entrepreneur_" if grounds == [DeclareGround.ENTREPRENEUR] else ""
    )
    return {
        "must_declare": due,
        "declare_grounds": grounds,
        "return_due": working.due(law, f"{which}return_due", period) if met else None,
        "payment_due": working.due(law, f"{which}payment_due", period) if met else None,
        "entrepreneur_return_due": working.due(law, "entrepreneur_return_due", period) if business else None,
        "entrepreneur_payment_due": working.due(law, "entrepreneur_payment_due", period) if business else None,
        "form": working.text(law, f"{which}form") if met else None,
        "budget_code": working.text(law, f"budget_code.{'citizen' if facts.citizen else 'foreigner'}"),
    }


Met = Iterator[tuple[DeclareGround, Condition]]


def _resident_grounds(case: Case) -> Met:
    own = select(case.lines, lambda income: not income.taxed_by_agent)
    if any(line.stated.category not in APART[1:] for line in own) or case.gain.value > 0:
        yield _met(case, DeclareGround.SELF_ASSESSED_INCOME)
    if any(line.stated.category is IncomeCategory.PRIVATE_PRACTICE for line in own):
        yield _met(case, DeclareGround.PRIVATE_PRACTICE)
    if any(line.stated.category is IncomeCategory.ENTREPRENEUR for line in own):
        yield _met(case, DeclareGround.ENTREPRENEUR)
    yield from _property_grounds(case)
    if case.law.has("declare.income_over_limit"):
        yield from _income_over_limit(case)
    if case.law.has("declare.dividends_over_limit"):
        dividends = total((line.amount for line in select(case.lines, _is_dividends)), KZT)
        yield from _over(case, dividends.named(f"{NAME}.dividends"), DeclareGround.DIVIDENDS_OVER_LIMIT)


def _non_resident_grounds(case: Case) -> Met:
    """Income from Kazakhstan that no agent taxed; in some years property of citizens wherever they live."""
    if select(case.lines, lambda income: not income.taxed_by_agent and not income.from_abroad):
        yield _met(case, DeclareGround.SELF_ASSESSED_INCOME)
    if case.facts.citizen and case.law.has("declare.non_resident_citizens"):
        yield from _property_grounds(case)


def _property_grounds(case: Case) -> Met:
    """Money in foreign banks and digital assets on 31 December, with or without income."""
    if case.law.has("declare.foreign_bank_money") and case.facts.foreign_bank_money:
        money = Figure(case.facts.foreign_bank_money, KZT, "fact", (), f"{NAME}.foreign_bank_money")
        yield from _over(case, money, DeclareGround.FOREIGN_BANK_MONEY)
    if not case.facts.owns_digital_assets_at_year_end or not case.law.has("declare.digital_assets_owned"):
        return
    if case.law.text("declare.digital_assets_owned") == "citizens" and not case.facts.citizen:
        case.working.note(f"{NAME}.owner_without_citizenship")
        return
    yield _met(case, DeclareGround.DIGITAL_ASSETS_OWNED)


def _income_over_limit(case: Case) -> Met:
    """Income of the general scale over the limit, unless it is only pay of one agent that used the scale."""
    general = select(case.lines, lambda income: income.category not in APART)
    income = total([*(line.amount for line in general), case.gain]).named(f"{NAME}.gross_income")
    only_pay = case.gain.value == 0 and all(
        line.stated.taxed_by_agent and line.stated.category is IncomeCategory.EMPLOYMENT for line in general
    )
    over = list(_over(case, income, DeclareGround.INCOME_OVER_LIMIT))
    if over and (not only_pay or len(agents_of(case.facts, general)) > 1):
        yield from over


def agents_of(facts: PersonalIncomeTaxFacts, lines: list[Line]) -> set[str]:
    """Who paid; where several payments have a payer each, all must be named (`MissingFact`)."""
    if len(lines) == 1:
        return {lines[0].stated.agent or ""}
    for line in lines:
        if line.stated.agent is None:
            position = next(place for place, stated in enumerate(facts.income) if stated is line.stated)
            raise MissingFact("agent_missing", path=("income", position, "agent"))
    return {str(line.stated.agent) for line in lines}


def _is_dividends(income: Income) -> bool:
    return income.category is IncomeCategory.DIVIDENDS


def _over(case: Case, amount: Figure, ground: DeclareGround) -> Met:
    limit = case.law.figure(f"declare.{ground}") * case.last_day.figure("base.mci")
    over = amount > limit
    if over.value:
        yield ground, over.named(f"{NAME}.condition.{ground}", "", case.law.cite(f"declare.{ground}"))


def _met(case: Case, ground: DeclareGround) -> tuple[DeclareGround, Condition]:
    citation = case.law.cite(f"declare.{ground}")
    return ground, Condition(True, YES_NO, "fact", (), f"{NAME}.condition.{ground}", "", citation)
