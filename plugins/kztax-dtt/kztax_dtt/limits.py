"""One limit of a treaty: on which income, how much, from where, and for which days."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from kztax.core.facts import Country, Day, Facts, Label, Listed, Share


class Income(StrEnum):
    """The kinds of income that kztax asks for.

    `branch_profits` is a permanent establishment's net income; `foreign` and the rest of an individual's categories
    limit the foreign tax that may be credited; the others limit tax at the source.
    """

    BRANCH_PROFITS = "branch_profits"
    DIVIDENDS = "dividends"
    INTEREST = "interest"
    ROYALTIES = "royalties"
    FOREIGN = "foreign"
    EMPLOYMENT = "employment"
    CIVIL_CONTRACT = "civil_contract"
    PRIVATE_PRACTICE = "private_practice"
    ENTREPRENEUR = "entrepreneur"
    SERVICES = "services"
    CAPITAL_GAINS = "capital_gains"
    INSURANCE_PREMIUMS = "insurance_premiums"
    REINSURANCE_PREMIUMS = "reinsurance_premiums"
    INTERNATIONAL_TRANSPORT = "international_transport"
    GAMBLING_WINNINGS = "gambling_winnings"
    OTHER = "other"


class Limit(Facts):
    """A row of the file. `valid_from` and `valid_to` are the first and the last day; left out, the side is open."""

    country: Country
    income: Annotated[Income, Listed]
    rate: Share
    source: Label
    article: Annotated[Label, StringConstraints(max_length=60)] | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    priority: Annotated[int, Field(ge=-1000, le=1000), AfterValidator(int)] = 0

    @property
    def days(self) -> int:
        """For how many days it is valid: fewer is more specific."""
        return (self._last - self._first).days

    @property
    def rank(self) -> tuple[int, int]:
        """Lower goes first: the higher priority, then the more specific."""
        return (-self.priority, self.days)

    def covers(self, on: date) -> bool:
        """Whether it is valid on a day."""
        return self._first <= on <= self._last

    def overlaps(self, other: Limit) -> bool:
        """Whether there is a day on which both are valid."""
        return self._first <= other._last and other._first <= self._last

    @property
    def _first(self) -> date:
        return self.valid_from or date.min

    @property
    def _last(self) -> date:
        return self.valid_to or date.max
