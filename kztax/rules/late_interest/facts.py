"""Late interest: what was paid late and when, and what follows."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from kztax.core.assessment import Number, Outcome
from kztax.core.facts import Amount, Day, Listed, PositiveAmount, SubjectFacts, fault
from kztax.core.period import SingleDay


class ReducedMultipleGround(StrEnum):
    """Why the base rate is multiplied by less: income tax of an additional return filed before 1 September (to 2025),
    a participant of horizontal monitoring (from 2026).
    """

    ADDITIONAL_RETURN = "additional_return"
    HORIZONTAL_MONITORING = "horizontal_monitoring"


class LateInterestFacts(SubjectFacts):
    """An amount (KZT) that was due on one day and paid on another.

    `due` is the last day of the term, already moved past days not worked. The law's multiple of each day applies, by
    `reduced_multiple_ground` the lower one on days that have it; `multiple` puts the caller's own in its place.

    >>> LateInterestFacts(amount="1000000", due="2025-11-25", paid_on="2025-11-26").paid_on.isoformat()
    '2025-11-26'
    """

    KIND: ClassVar[str] = "late_interest"
    kind: Literal["late_interest"] = "late_interest"
    amount: Amount
    due: Day
    paid_on: Day
    multiple: PositiveAmount | None = None
    reduced_multiple_ground: Annotated[ReducedMultipleGround, Listed] | None = None

    @model_validator(mode="after")
    def _one_multiple(self) -> Self:
        if self.multiple is not None and self.reduced_multiple_ground is not None:
            raise fault("multiple_stated_twice", field="multiple")
        return self

    @property
    def tax_period(self) -> SingleDay:
        """The day of payment, up to which interest accrues."""
        return SingleDay(self.paid_on)


class InterestInterval(Outcome):
    """Days on which nothing changes, both counted: the base rate (a fraction a year), how many days, their interest.

    `interest` (KZT) is exact to fifty digits. JSON names the days `from` and `to`.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    base_rate: Number
    multiple: Number
    days: Number
    interest: Number


class LateInterestOutcome(Outcome):
    """Days late, interval by interval, and the interest (KZT), rounded once, to the tiyn."""

    days: Number
    intervals: tuple[InterestInterval, ...]
    interest: Number


FACTS = LateInterestFacts
OUTCOME = LateInterestOutcome
MAIN = "interest"
"""The field of the outcome that answers the question."""
