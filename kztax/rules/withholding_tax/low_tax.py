"""Whether the recipient is registered in a state or territory of the list of favourable taxation."""

from __future__ import annotations

from kztax.core.errors import InvalidFacts, MissingFact
from kztax.core.figure import Condition
from kztax.core.law import LawOn
from kztax.core.units import YES_NO
from kztax.core.working import Working
from kztax.rules.withholding_tax.facts import WithholdingTaxFacts

NAME = "withholding_tax"
STATES, TERRITORIES = "base.low_tax.states", "base.low_tax.territories"
NOWHERE = "none"


def registered_in_low_tax(facts: WithholdingTaxFacts, working: Working, law: LawOn) -> Condition:
    """A territory of the list before its state (Tax Code 2017, art. 646(2); Tax Code 2025, arts 20, 682(2)).

    Raises `MissingFact` where the state is on the list only in part and no territory was stated, `InvalidFacts`
    for a territory that is not on the list or belongs to another country.
    """
    country, stated = facts.recipient_country, facts.low_tax_territory
    territories = [entry.split(":") for entry in law.text(TERRITORIES).split()]
    parts = [code for state, code in territories if state == country]
    is_territory = any(code == country for _, code in territories)
    whole = is_territory or country in law.text(STATES).split()
    if whole:
        _check_whole(country, stated)
    elif parts and stated is None:
        raise MissingFact(
            "low_tax_territory_missing", path=("low_tax_territory",), country=country, codes=", ".join(parts)
        )
    elif stated not in (None, NOWHERE, *parts):
        _check_part(country, stated, territories, working, law)
    about = stated if stated in parts else country
    list_of_day = law.cite(TERRITORIES if parts or is_territory else STATES)
    name = f"{NAME}.condition.low_tax"
    return Condition(whole or stated in parts, YES_NO, "listed", (), name, about, list_of_day)


def _check_whole(country: str, stated: str | None) -> None:
    """A state that is on the list as a whole needs no territory, and "none" contradicts the list."""
    if stated == NOWHERE:
        raise InvalidFacts("listed_as_a_whole", path=("low_tax_territory",), country=country)
    if stated not in (None, country):
        raise InvalidFacts("territory_of_another", path=("low_tax_territory",), territory=stated, country=country)


def _check_part(country: str, stated: str | None, territories: list[list[str]], working: Working, law: LawOn) -> None:
    """A territory that the list of the day does not name under the country; one that another day's list named."""
    codes = [code for _, code in territories]
    if stated in codes or stated in law.text(STATES).split():
        raise InvalidFacts("territory_of_another", path=("low_tax_territory",), territory=stated, country=country)
    if not law.ever(TERRITORIES, f"{country}:{stated}"):
        known = ", ".join([code for state, code in territories if state == country] or codes)
        raise InvalidFacts("territory_not_listed", path=("low_tax_territory",), territory=stated, known=known)
    working.note(f"{NAME}.territory_not_listed_then", territory=stated, day=law.day)
