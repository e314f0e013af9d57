"""Tax overview: who asks, on which day, and which taxes concern them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from kztax.core.assessment import Frozen, Outcome
from kztax.core.facts import Day, Listed, SubjectFacts
from kztax.core.period import SingleDay


class Taxpayer(StrEnum):
    """Who asks, in the general regime."""

    RESIDENT_COMPANY = "resident_company"
    BRANCH = "branch"
    NON_RESIDENT_WITHOUT_PE = "non_resident_without_pe"
    INDIVIDUAL = "individual"
    SOLE_PROPRIETOR = "sole_proprietor"
    MINER = "miner"
    HOSTING_PROVIDER = "hosting_provider"
    AIFC_EXCHANGE = "aifc_exchange"
    MINING_POOL = "mining_pool"


class Tax(StrEnum):
    """The taxes of the two lists, and the levy."""

    CORPORATE_INCOME_TAX = "corporate_income_tax"
    BRANCH_PROFITS_TAX = "branch_profits_tax"
    WITHHOLDING_TAX = "withholding_tax"
    PERSONAL_INCOME_TAX = "personal_income_tax"
    VALUE_ADDED_TAX = "value_added_tax"
    SOCIAL_TAX = "social_tax"
    MINING_LEVY = "mining_levy"
    PROPERTY_TAX = "property_tax"
    LAND_TAX = "land_tax"
    VEHICLE_TAX = "vehicle_tax"
    EXCISE = "excise"
    SUBSOIL_TAXES = "subsoil_taxes"
    GAMBLING_TAX = "gambling_tax"


class Applies(StrEnum):
    """Whether a tax concerns a taxpayer."""

    YES = "yes"
    IF_OBJECT = "if_object"
    OVER_THRESHOLD = "over_threshold"
    AS_AGENT = "as_agent"
    NO = "no"


class TaxOverviewFacts(SubjectFacts):
    """A kind of taxpayer on a day.

    >>> TaxOverviewFacts(on="2026-06-01", taxpayer="miner").taxpayer.value
    'miner'
    """

    KIND: ClassVar[str] = "tax_overview"
    kind: Literal["tax_overview"] = "tax_overview"
    on: Day
    taxpayer: Annotated[Taxpayer, Listed]

    @property
    def tax_period(self) -> SingleDay:
        """The day."""
        return SingleDay(self.on)


class TaxLine(Frozen):
    """One tax: whether it applies, and where the Code of the day has it."""

    applies: Applies
    article: str


class TaxOverviewOutcome(Outcome):
    """Every tax of the list, by name."""

    taxes: Mapping[Tax, TaxLine]


FACTS = TaxOverviewFacts
OUTCOME = TaxOverviewOutcome
MAIN = "taxes"
"""The field of the outcome that answers the question."""
