"""Individual residency: what the caller states about a year, and what follows."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import model_validator

from kztax.core.assessment import Outcome
from kztax.core.facts import Country, Day, Facts, Listed, SubjectFacts, TaxYear, fault
from kztax.core.period import Year


class AlwaysResidentGround(StrEnum):
    """Grounds on which a citizen, or one who applied to become one, is resident wherever the days are spent."""

    POSTED_ABROAD = "posted_abroad"
    TRANSPORT_CREW = "transport_crew"
    MILITARY_ABROAD = "military_abroad"
    KAZAKH_OBJECT_ABROAD = "kazakh_object_abroad"
    STUDY_PRACTICE_OR_TREATMENT_ABROAD = "study_practice_or_treatment_abroad"
    TEACHER_OR_SCIENTIST_ABROAD = "teacher_or_scientist_abroad"


class Basis(StrEnum):
    """Which test decided."""

    TREATY = "treaty"
    ALWAYS_RESIDENT = "always_resident"
    PERMANENT_PRESENCE = "permanent_presence"
    AIFC_INVESTMENT = "aifc_investment"
    CENTRE_OF_VITAL_INTERESTS = "centre_of_vital_interests"
    NONE = "none"


class Stay(Facts):
    """A stay in Kazakhstan. Both days count. `departed` is None while the person is still there."""

    arrived: Day
    departed: Day | None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.departed is not None and self.departed < self.arrived:
            raise fault("departed_before_arrived", field="departed", arrived=self.arrived.isoformat())
        return self


class VitalInterests(Facts):
    """The three conditions of the centre of vital interests; all must hold at once.

    `family_resides`: a spouse or close relatives live in Kazakhstan; "no_family" where there are none.
    """

    citizenship_or_residence_permit: bool
    family_resides: bool | Literal["no_family"]
    home_available: bool


class IndividualResidencyFacts(SubjectFacts):
    """An individual's year.

    `as_of` is the last known day (of presence, where a stay is still open). `treaty_residence` is the country
    where a double tax treaty makes the person resident. `applicant`: has applied for citizenship, or for
    permanent residence without it.

    >>> IndividualResidencyFacts(tax_year=2026, stays=[{"arrived": "2026-03-01", "departed": "2026-08-30"}]).tax_year
    2026
    """

    KIND: ClassVar[str] = "individual_residency"
    kind: Literal["individual_residency"] = "individual_residency"
    tax_year: TaxYear
    stays: Annotated[tuple[Stay, ...], Listed]
    as_of: Day | None = None
    aifc_investment_resident: bool = False
    vital_interests: VitalInterests | None = None
    always_resident_ground: Annotated[AlwaysResidentGround, Listed] | None = None
    citizen: bool = False
    applicant: bool = False
    treaty_residence: Country | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        last_day = self.tax_period.last_day
        if self.as_of is not None and self.as_of > last_day:
            raise fault("day_after_year", field="as_of", last_day=last_day.isoformat())
        for position, stay in enumerate(self.stays):
            for name, day in (("arrived", stay.arrived), ("departed", stay.departed)):
                if day is not None and day > last_day:
                    raise fault("day_after_year", field=f"stays.{position}.{name}", last_day=last_day.isoformat())
                if day is not None and self.as_of is not None and day > self.as_of:
                    raise fault("day_after_as_of", field=f"stays.{position}.{name}", as_of=self.as_of.isoformat())
        if self.citizen and self.aifc_investment_resident:
            raise fault("citizen_as_aifc_investor", field="aifc_investment_resident")
        interests = self.vital_interests
        if self.citizen and interests is not None and not interests.citizenship_or_residence_permit:
            raise fault("citizen_without_citizenship", field="vital_interests.citizenship_or_residence_permit")
        return self

    @property
    def tax_period(self) -> Year:
        """The tax year."""
        return Year(self.tax_year)


class IndividualResidencyOutcome(Outcome):
    """Whether the person is resident, on which basis, and the twelve months that have most days of presence."""

    resident: bool
    basis: Basis
    days_present: int
    required_days: int
    window_start: date
    window_end: date


FACTS = IndividualResidencyFacts
OUTCOME = IndividualResidencyOutcome
MAIN = "resident"
"""The field of the outcome that answers the question."""
