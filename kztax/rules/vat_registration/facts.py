"""VAT registration: what the caller states about a year's turnover, and what follows."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal, Self

from pydantic import model_validator

from kztax.core.assessment import Number, Outcome
from kztax.core.facts import Amount, Day, Facts, Listed, SubjectFacts, TaxYear, fault
from kztax.core.period import Year
from kztax.core.turnover import RENDERED_IN_AIFC, TurnoverNature

MAY_BE_OF_AIFC = (TurnoverNature.DIGITAL_ASSET_EXCHANGE_SERVICE, *RENDERED_IN_AIFC)


class Turnover(Facts):
    """A turnover on a day (KZT). `single_deal`: one deal that by itself takes the turnover over the threshold.

    `aifc_service`: a service of an exchange of digital assets with permission to act in the AIFC, or a financial
    service of the list in article 6(3) of the AIFC law, rendered in the AIFC by a participant.
    """

    on: Day
    amount: Amount
    nature: Annotated[TurnoverNature, Listed]
    single_deal: bool = False
    aifc_service: bool = False


class VatRegistrationFacts(SubjectFacts):
    """A calendar year's turnover of one who is not registered.

    >>> sale = {"on": "2026-03-10", "amount": "43250001", "nature": "goods_and_services"}
    >>> VatRegistrationFacts(year=2026, turnover=[sale]).turnover[0].amount
    Decimal('43250001')
    """

    KIND: ClassVar[str] = "vat_registration"
    kind: Literal["vat_registration"] = "vat_registration"
    year: TaxYear
    turnover: Annotated[tuple[Turnover, ...], Listed]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for position, row in enumerate(self.turnover):
            if row.on.year != self.year:
                raise fault("turnover_of_another_year", field=f"turnover.{position}.on")
            if row.aifc_service and row.nature not in MAY_BE_OF_AIFC:
                raise fault("no_aifc_nature", field=f"turnover.{position}.aifc_service", nature=row.nature.value)
        return self

    @property
    def tax_period(self) -> Year:
        """The year."""
        return Year(self.year)


class VatRegistrationOutcome(Outcome):
    """The threshold (KZT), the day on which turnover exceeded it, and the last day to apply; None if it did not.

    `turnover` is what counts (KZT), up to the end of that day.
    """

    threshold: Number
    turnover: Number
    apply_by: date | None
    crossed_on: date | None


FACTS = VatRegistrationFacts
OUTCOME = VatRegistrationOutcome
MAIN = "crossed_on"
"""The field of the outcome that answers the question."""
