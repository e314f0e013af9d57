"""Mining levy: what the caller states about a quarter, and what follows."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from kztax.core.assessment import Number, Outcome
from kztax.core.facts import Amount, Facts, Label, Listed, PositiveAmount, SubjectFacts, fault
from kztax.core.period import Quarter


class Payer(StrEnum):
    """A miner, or (a payer since 2024) a provider of integrated computing infrastructure to miners."""

    MINER = "miner"
    HOSTING_PROVIDER = "hosting_provider"


class Generation(StrEnum):
    """Electricity bought, or made at the payer's own power station."""

    PURCHASED = "purchased"
    OWN = "own"


class Meter(StrEnum):
    """State of the control meters of the supply."""

    WORKING = "working"
    ABSENT = "absent"
    FAULTY = "faulty"


class Ground(StrEnum):
    """Why a supply bears its rate."""

    STANDARD = "standard"
    PRICE_STEP = "price_step"
    OWN_POWER = "own_power"
    OWN_RENEWABLE = "own_renewable"
    OFF_SYSTEM = "off_system"
    NO_METER = "no_meter"
    NO_LICENCE = "no_licence"
    NOT_A_PAYER = "not_a_payer"


class Supply(Facts):
    """Electricity of one origin under one metering state, burnt in digital mining in the quarter.

    `kwh` is what the meter shows. Without a working meter (2023 on) the law counts the maximum load around the
    clock: `maximum_load_kw`, and `hours` unless the whole quarter. `price_per_kwh` (KZT) is needed for bought
    power in 2023 only.
    """

    label: Label | None = None
    kwh: Amount | None = None
    price_per_kwh: Amount | None = None
    generation: Annotated[Generation, Listed] = Generation.PURCHASED
    renewable: bool = False
    plant_in_kazakhstan: bool = True
    connected_to_unified_power_system: bool = True
    meter: Annotated[Meter, Listed] = Meter.WORKING
    maximum_load_kw: Amount | None = None
    hours: PositiveAmount | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.generation is Generation.OWN and self.price_per_kwh is not None:
            raise fault("own_power_with_price", field="price_per_kwh")
        return self


class MiningLevyFacts(SubjectFacts):
    """A quarter's electricity.

    >>> MiningLevyFacts(period="2026-Q1", licensed=True, supplies=[{"kwh": "1000000"}]).supplies[0].kwh
    Decimal('1000000')
    """

    KIND: ClassVar[str] = "mining_levy"
    kind: Literal["mining_levy"] = "mining_levy"
    period: Annotated[str, Field(pattern=r"^[0-9]{4}-Q[1-4]$")]
    licensed: bool | None = None
    payer: Annotated[Payer, Listed] = Payer.MINER
    supplies: Annotated[tuple[Supply, ...], Field(strict=False, min_length=1)]

    @model_validator(mode="after")
    def _hours_within_quarter(self) -> Self:
        if not 1900 <= int(self.period[:4]) <= 2100:
            raise fault("day_out_of_range", field="period")
        hours = self.tax_period.days * 24
        for position, supply in enumerate(self.supplies):
            if supply.hours is not None and supply.hours > hours:
                raise fault("hours_beyond_quarter", field=f"supplies.{position}.hours", most=str(hours))
        return self

    @property
    def tax_period(self) -> Quarter:
        """The quarter."""
        return Quarter.parse(self.period)


class SupplyLevy(Outcome):
    """One supply's electricity (kWh), rate (KZT/kWh), levy (KZT) and the ground of the rate."""

    label: str | None
    kwh: Number
    rate_per_kwh: Number
    levy: Number
    ground: Ground


class MiningLevyOutcome(Outcome):
    """The levy of the quarter. `levy` is exact, `payable` is rounded to the tiyn; both in KZT.

    `return_due` is None where no return is due; `form` and the due days are None where they are not known.
    """

    supplies: tuple[SupplyLevy, ...]
    electricity_kwh: Number
    levy: Number
    payable: Number
    return_due: date | None
    payment_due: date | None
    form: str | None
    budget_code: str


FACTS = MiningLevyFacts
OUTCOME = MiningLevyOutcome
MAIN = "payable"
"""The field of the outcome that answers the question."""
