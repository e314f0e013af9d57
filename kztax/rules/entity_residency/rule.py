"""Entity residency: a treaty first (from 2026), then the law it was created under, then its effective management."""

from __future__ import annotations

from kztax.core.citation import Citation
from kztax.core.figure import Condition
from kztax.core.treaties import knows_treaty
from kztax.core.units import YES_NO
from kztax.core.working import Working
from kztax.rules.entity_residency.facts import EntityBasis, EntityResidencyFacts, EntityResidencyOutcome

NAME = "entity_residency"
HOME = "KZ"


def entity_residency(facts: EntityResidencyFacts, working: Working) -> EntityResidencyOutcome:
    """Whether a legal entity is resident (Tax Code 2017, art. 217(1)(2); Tax Code 2025, arts 223, 225)."""
    law = working.law(facts.on)
    by_code = law.cite("resident")
    tests = {
        EntityBasis.INCORPORATION: _stated(facts.incorporated_in == HOME, EntityBasis.INCORPORATION, by_code),
        EntityBasis.EFFECTIVE_MANAGEMENT: _stated(
            facts.effective_management_in == HOME, EntityBasis.EFFECTIVE_MANAGEMENT, by_code
        ),
    }
    elsewhere = facts.treaty_residence not in (None, HOME)
    if law.has("treaty") and facts.treaty_residence is not None:
        tests = {EntityBasis.TREATY: _stated(elsewhere, EntityBasis.TREATY, law.cite("treaty")), **tests}
    elif elsewhere:
        working.note(f"{NAME}.treaty_not_in_the_code")
    if elsewhere and not knows_treaty(working.book, str(facts.treaty_residence)):
        working.note(f"{NAME}.treaty_not_known", country=facts.treaty_residence)
    basis = next((basis for basis, test in tests.items() if test.value), EntityBasis.NONE)
    asked = list(tests.values())
    examined = asked if basis is EntityBasis.NONE else asked[: list(tests).index(basis) + 1]
    resident = basis in (EntityBasis.INCORPORATION, EntityBasis.EFFECTIVE_MANAGEMENT)
    citation = examined[-1].citation
    decided = Condition(resident, YES_NO, "decided", tuple(examined), f"{NAME}.resident", "", citation, (basis,))
    return working.outcome(EntityResidencyOutcome, basis=basis, resident=decided)


def _stated(holds: bool, basis: EntityBasis, citation: Citation) -> Condition:
    return Condition(holds, YES_NO, "fact", (), f"{NAME}.condition.{basis}", "", citation)
