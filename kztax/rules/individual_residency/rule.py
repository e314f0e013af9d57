"""Individual residency: the law's tests in its order, the first that holds decides.

Treaty, always-resident list, 183 days, 90 days of an AIFC investor, centre of vital interests.
"""

from __future__ import annotations

from decimal import Decimal

from kztax.core.citation import Citation
from kztax.core.errors import MissingFact
from kztax.core.figure import Condition, Figure, Moment, all_of, total
from kztax.core.law import LawOn
from kztax.core.units import DATE, YES_NO
from kztax.core.working import Working
from kztax.rules.individual_residency.facts import Basis, IndividualResidencyFacts, IndividualResidencyOutcome
from kztax.rules.individual_residency.presence import Span, Window, fullest_window

NAME = "individual_residency"
HOME = "KZ"


def individual_residency(facts: IndividualResidencyFacts, working: Working) -> IndividualResidencyOutcome:
    """Whether an individual is resident in a tax year (Tax Code 2017, arts 217, 219; Tax Code 2025, arts 222, 225)."""
    law = working.law(facts.tax_period.last_day)
    window = fullest_window(_stays(facts), facts.tax_year)
    days_present = _days_present(window)
    required = law.figure("days.permanent_presence")
    required_of_investor = required
    if facts.aifc_investment_resident and law.has("days.aifc_investment"):
        required_of_investor = law.figure("days.aifc_investment")
    tests = {
        Basis.TREATY: _treaty(facts, law, working),
        Basis.ALWAYS_RESIDENT: _always_resident(facts, law, working),
        Basis.PERMANENT_PRESENCE: _enough(days_present, required, Basis.PERMANENT_PRESENCE),
        Basis.AIFC_INVESTMENT: _enough(days_present, required_of_investor, Basis.AIFC_INVESTMENT),
        Basis.CENTRE_OF_VITAL_INTERESTS: _vital_interests(facts, law),
    }
    basis = next((basis for basis, test in tests.items() if test.value), Basis.NONE)
    decided = list(tests)[: list(tests).index(basis) + 1] if basis is not Basis.NONE else list(tests)
    examined = tuple(tests[each] for each in decided if _asked(each, facts, law))
    citation = tests[basis].citation if basis is not Basis.NONE else required.citation
    resident = Condition(
        basis not in (Basis.TREATY, Basis.NONE), YES_NO, "decided", examined, f"{NAME}.resident", "", citation, (basis,)
    )
    may_change = basis not in (Basis.ALWAYS_RESIDENT, Basis.PERMANENT_PRESENCE, Basis.AIFC_INVESTMENT)
    if may_change and facts.as_of is not None and facts.as_of < facts.tax_period.last_day:
        working.note(f"{NAME}.year_not_over", as_of=facts.as_of)
    by_investment = required_of_investor is not required and basis is not Basis.PERMANENT_PRESENCE
    return working.outcome(
        IndividualResidencyOutcome,
        basis=basis,
        window_start=Moment(window.first_day, DATE, "window_start", (), f"{NAME}.window_start", "", required.citation),
        window_end=Moment(window.last_day, DATE, "window_end", (), f"{NAME}.window_end", "", required.citation),
        days_present=days_present,
        required_days=required_of_investor if by_investment else required,
        resident=resident,
    )


def _stays(facts: IndividualResidencyFacts) -> list[Span]:
    spans: list[Span] = []
    for stay in facts.stays:
        last_day = stay.departed or facts.as_of
        if last_day is None:
            raise MissingFact("as_of_missing", path=("as_of",))
        spans.append((stay.arrived, last_day))
    return spans


def _days_present(window: Window) -> Figure:
    """Each unbroken span of presence inside the window, counted and added up."""
    counted = [
        Figure(
            Decimal((last - first).days + 1),
            "day",
            "days_counted",
            (),
            f"{NAME}.days_of_span",
            f"{first.isoformat()}…{last.isoformat()}",
            detail=(first.isoformat(), last.isoformat()),
        )
        for first, last in window.spans
    ]
    return total(counted, "day").named(f"{NAME}.days_present")


def _enough(days_present: Figure, required: Figure, basis: Basis) -> Condition:
    return (days_present >= required).named(f"{NAME}.condition.{basis}", citation=required.citation)


def _treaty(facts: IndividualResidencyFacts, law: LawOn, working: Working) -> Condition:
    elsewhere = facts.treaty_residence not in (None, HOME)
    if elsewhere and facts.citizen and not law.has("treaty_reaches_citizens"):
        working.note(f"{NAME}.treaty_not_for_citizens")
        elsewhere = False
    return _stated(elsewhere, Basis.TREATY, law.cite("treaty"))


def _always_resident(facts: IndividualResidencyFacts, law: LawOn, working: Working) -> Condition:
    listed = facts.always_resident_ground is not None
    if listed and not (facts.citizen or facts.applicant):
        working.note(f"{NAME}.always_resident_list_is_for_citizens")
        listed = False
    return _stated(listed, Basis.ALWAYS_RESIDENT, law.cite("always_resident"))


def _vital_interests(facts: IndividualResidencyFacts, law: LawOn) -> Condition:
    """All three conditions at once; what is not stated is not claimed."""
    stated = facts.vital_interests
    citation = law.cite("centre_of_vital_interests")
    if stated is None:
        return _stated(False, Basis.CENTRE_OF_VITAL_INTERESTS, citation)
    family = law.has("family_if_any") if stated.family_resides == "no_family" else stated.family_resides
    permit = Condition.fact(stated.citizenship_or_residence_permit, f"{NAME}.condition.permit")
    home = Condition.fact(stated.home_available, f"{NAME}.condition.home")
    lives_here = Condition.fact(family, f"{NAME}.condition.family")
    name = f"{NAME}.condition.{Basis.CENTRE_OF_VITAL_INTERESTS}"
    return all_of(name, "", permit, lives_here, home, citation=citation)


def _asked(basis: Basis, facts: IndividualResidencyFacts, law: LawOn) -> bool:
    """Whether a test belongs in the working: those that nothing stated speaks of are left out."""
    return {
        Basis.TREATY: facts.treaty_residence is not None,
        Basis.ALWAYS_RESIDENT: facts.always_resident_ground is not None,
        Basis.PERMANENT_PRESENCE: True,
        Basis.AIFC_INVESTMENT: facts.aifc_investment_resident and law.has("days.aifc_investment"),
        Basis.CENTRE_OF_VITAL_INTERESTS: facts.vital_interests is not None,
    }[basis]


def _stated(holds: bool, basis: Basis, citation: Citation) -> Condition:
    return Condition(holds, YES_NO, "fact", (), f"{NAME}.condition.{basis}", "", citation)
