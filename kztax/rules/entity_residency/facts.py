"""Entity residency: what the caller states about a legal entity on a day, and what follows."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Literal

from kztax.core.assessment import Outcome
from kztax.core.facts import Country, Day, SubjectFacts
from kztax.core.period import SingleDay


class EntityBasis(StrEnum):
    """Which test decided."""

    INCORPORATION = "incorporation"
    EFFECTIVE_MANAGEMENT = "effective_management"
    TREATY = "treaty"
    NONE = "none"


class EntityResidencyFacts(SubjectFacts):
    """A legal entity on a day.

    `incorporated_in` is the country whose law it was created under, `effective_management_in` where the meeting
    of its board leads the business, `treaty_residence` the country where a double tax treaty makes it resident.

    >>> EntityResidencyFacts(incorporated_in="KZ", effective_management_in="NL", on="2026-06-01").on.isoformat()
    '2026-06-01'
    """

    KIND: ClassVar[str] = "entity_residency"
    kind: Literal["entity_residency"] = "entity_residency"
    incorporated_in: Country
    effective_management_in: Country
    treaty_residence: Country | None = None
    on: Day

    @property
    def tax_period(self) -> SingleDay:
        """The day."""
        return SingleDay(self.on)


class EntityResidencyOutcome(Outcome):
    """Whether the entity is resident, and on which basis."""

    resident: bool
    basis: EntityBasis


FACTS = EntityResidencyFacts
OUTCOME = EntityResidencyOutcome
MAIN = "resident"
"""The field of the outcome that answers the question."""
