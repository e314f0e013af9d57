"""Who declares the year and when: by the law of the day after it, with the MCI of its 31 December."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kztax.core.errors import MissingFact
from kztax.core.figure import Figure, total
from kztax.core.law import LawOn
from kztax.core.period import ONE_DAY
from kztax.core.units import KZT
from kztax.core.working import Working
from kztax.rules.personal_income_tax.exempt import Line, select
from kztax.rules.personal_income_tax.facts import DeclareGround, IncomeCategory, PersonalIncomeTaxFacts

NAME = "personal_income_tax"
APART = (IncomeCategory.DIVIDENDS, IncomeCategory.ENTREPRENEUR, IncomeCategory.PRIVATE_PRACTICE)


def declaration(facts: PersonalIncomeTaxFacts, working: Working, lines: list[Line], gain: Figure) -> dict[str, Any]:
    """The fields of the outcome that say whether, why and when to declare and pay."""
    period = facts.tax_period
    law = working.law_of_filing(period.last_day + ONE_DAY)
    grounds = list(_grounds(facts, working, law, lines, gain))
    for ground in grounds:
        working.cite(law.cite(f"declare.{ground}"))
    business = DeclareGround.ENTREPRENEUR in grounds and facts.resident
    business_alone = business and len(grounds) == 1
    which = "non_resident_" if not facts.resident else "entrepreneur_" if business_alone else ""
    due = bool(grounds)
    return {
        "must_declare": due,
        "declare_grounds": grounds,
        "return_due": working.due(law, f"{which}return_due", period) if due else None,
        "payment_due": working.due(law, f"{which}payment_due", period) if due else None,
        "entrepreneur_return_due": working.due(law, "entrepreneur_return_due", period) if business else None,
        "form": working.text(law, f"{which}form") if due else None,
        "budget_code": working.text(law, f"budget_code.{'citizen' if facts.citizen else 'foreigner'}"),
    }


def _grounds(
    facts: PersonalIncomeTaxFacts, working: Working, law: LawOn, lines: list[Line], gain: Figure
) -> Iterator[DeclareGround]:
    last_day = working.law(facts.tax_period.last_day)
    if not facts.resident:
        if select(lines, lambda income: not income.taxed_by_agent and not income.from_abroad):
            yield DeclareGround.SELF_ASSESSED_INCOME
        if facts.citizen and law.has("declare.non_resident_citizens"):
            yield from _property_grounds(facts, working, law, last_day)
        return
    no_income = last_day.text("not_income").split() if last_day.has("not_income") else []
    own = select(lines, lambda income: not income.taxed_by_agent and income.exempt_ground not in no_income)
    if any(line.stated.category not in APART[1:] for line in own) or gain.value > 0:
        yield DeclareGround.SELF_ASSESSED_INCOME
    if any(line.stated.category is IncomeCategory.PRIVATE_PRACTICE for line in own):
        yield DeclareGround.PRIVATE_PRACTICE
    if any(line.stated.category is IncomeCategory.ENTREPRENEUR for line in own):
        yield DeclareGround.ENTREPRENEUR
    yield from _property_grounds(facts, working, law, last_day)
    if law.has("declare.income_over_limit") and _income_over_limit(law, last_day, lines, gain):
        yield DeclareGround.INCOME_OVER_LIMIT
    if law.has("declare.dividends_over_limit"):
        dividends = total((line.amount for line in select(lines, _is_dividends)), KZT)
        if _exceeds(dividends, law, last_day, "declare.dividends_over_limit"):
            yield DeclareGround.DIVIDENDS_OVER_LIMIT


def _property_grounds(
    facts: PersonalIncomeTaxFacts, working: Working, law: LawOn, last_day: LawOn
) -> Iterator[DeclareGround]:
    """Money in foreign banks and digital assets on 31 December, with or without income."""
    if law.has("declare.foreign_bank_money"):
        money = Figure(facts.foreign_bank_money, KZT, "fact", (), f"{NAME}.foreign_bank_money")
        if _exceeds(money, law, last_day, "declare.foreign_bank_money"):
            yield DeclareGround.FOREIGN_BANK_MONEY
    if facts.owns_digital_assets_at_year_end and _owner_declares(facts, law, working):
        yield DeclareGround.DIGITAL_ASSETS_OWNED


def _is_dividends(income: Any) -> bool:
    return bool(income.category is IncomeCategory.DIVIDENDS)


def _exceeds(amount: Figure, law: LawOn, last_day: LawOn, name: str) -> bool:
    return (amount > law.figure(name) * last_day.figure("base.mci")).value


def _owner_declares(facts: PersonalIncomeTaxFacts, law: LawOn, working: Working) -> bool:
    if not law.has("declare.digital_assets_owned"):
        return False
    if law.text("declare.digital_assets_owned") == "citizens" and not facts.citizen:
        working.note(f"{NAME}.owner_without_citizenship")
        return False
    return True


def _income_over_limit(law: LawOn, last_day: LawOn, lines: list[Line], gain: Figure) -> bool:
    """Income of the general scale over the limit, unless it is only pay of one agent that used the scale."""
    general = select(lines, lambda income: income.category not in APART)
    if not _exceeds(total([*(line.amount for line in general), gain]), law, last_day, "declare.income_over_limit"):
        return False
    only_pay = gain.value == 0 and all(
        line.stated.taxed_by_agent and line.stated.category is IncomeCategory.EMPLOYMENT for line in general
    )
    if not only_pay or len(general) == 1:
        return not only_pay
    agents = {line.stated.agent for line in general}
    if None in agents:
        unnamed = next(position for position, line in enumerate(lines) if line in general and not line.stated.agent)
        raise MissingFact("agent_missing", path=("income", unnamed, "agent"))
    return len(agents) > 1
