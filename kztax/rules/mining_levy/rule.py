"""Mining levy: electricity times rate. One function a regime of the law, on the figures of one supply.

Which regime is in force is a dated entry of the law (`regime`), and so is every rate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from kztax.core.errors import MissingFact
from kztax.core.figure import ZERO, Case, Chosen, Condition, Figure, all_of, choose, highest, step_for, total
from kztax.core.law import LawOn
from kztax.core.working import Working
from kztax.rules.mining_levy.facts import (
    Generation,
    Ground,
    Meter,
    MiningLevyFacts,
    MiningLevyOutcome,
    Payer,
)

NAME = "mining_levy"
HOURS_OF_DAY = Decimal(24)


class SupplyFigures(NamedTuple):
    """A supply as the law's arithmetic sees it: single values, or columns of a million supplies."""

    about: str
    kwh: Figure
    price_per_kwh: Figure | None
    own: Condition
    renewable: Condition
    in_kazakhstan: Condition
    on_unified_system: Condition
    without_meter: Condition
    without_licence: Condition


ReadingOf = Callable[[str], str]
Regime = Callable[[SupplyFigures, LawOn, ReadingOf], Chosen]


def one_rate(supply: SupplyFigures, law: LawOn, reading: ReadingOf) -> Chosen:
    """2022: one rate for all electricity (Tax Code 2017, article 606-3 as worded that year)."""
    return choose([], law.figure("rate.standard"), Ground.STANDARD)


def by_price(supply: SupplyFigures, law: LawOn, reading: ReadingOf) -> Chosen:
    """2023: a step of the price; own power, own renewable power and a missing meter apart (article 606-3)."""
    cases = [
        Case(supply.without_meter, law.figure("rate.penal"), Ground.NO_METER),
        Case(_own_renewable(supply), law.figure("rate.reduced"), Ground.OWN_RENEWABLE),
    ]
    own_power = law.figure("rate.own_power")
    if supply.price_per_kwh is None:
        return choose(cases, own_power, Ground.OWN_POWER)
    step = step_for(supply.price_per_kwh, law.steps("rate.by_price")).named(f"{NAME}.rate.by_price", supply.about)
    return choose([*cases, Case(supply.own, own_power, Ground.OWN_POWER)], step, Ground.PRICE_STEP)


def two_rates(supply: SupplyFigures, law: LawOn, reading: ReadingOf) -> Chosen:
    """2024 and 2025: the reduced rate for own renewable power or units off the unified system (article 606-3)."""
    return choose(_reduced(supply, law, reading), law.figure("rate.standard"), Ground.STANDARD)


def two_rates_and_penal(supply: SupplyFigures, law: LawOn, reading: ReadingOf) -> Chosen:
    """2026 on: as before, and the penal rate without a licence or a working meter (article 659)."""
    penal = [
        Case(supply.without_licence, law.figure("rate.penal"), Ground.NO_LICENCE),
        Case(supply.without_meter, law.figure("rate.penal"), Ground.NO_METER),
    ]
    reduced = _reduced(supply, law, reading)
    cases = [*penal, *reduced]
    if _may_apply(penal) and _may_apply(reduced) and reading("reduced_or_penal") == "reduced":
        cases = [*reduced, *penal]
    return choose(cases, law.figure("rate.standard"), Ground.STANDARD)


REGIMES: Mapping[str, Regime] = {rule.__name__: rule for rule in (one_rate, by_price, two_rates, two_rates_and_penal)}


def mining_levy(facts: MiningLevyFacts, working: Working) -> MiningLevyOutcome:
    """The levy of a quarter: each supply's electricity at its rate, added up (article 606-5(1); 661(1))."""
    period = facts.tax_period
    law = working.law(period.first_day)
    law_of_last_day = working.law(period.last_day)
    working.cite(law.cite("payers"))
    supplies = [_figures(facts, working, law, number) for number in range(len(facts.supplies))]
    rates = _rates(facts, working, law, supplies)
    levies = [
        (supply.kwh * rate.figure).named(f"{NAME}.levy_on_supply", supply.about)
        for supply, rate in zip(supplies, rates, strict=True)
    ]
    levy = total(levies).named(f"{NAME}.levy", citation=law.cite("computation"))
    _note_the_year(facts, working, law, law_of_last_day)
    pays = facts.payer is Payer.MINER or law.has("hosting_provider_pays")
    return working.outcome(
        MiningLevyOutcome,
        supplies=[
            {"label": stated.label, "kwh": supply.kwh, "rate_per_kwh": rate.figure, "levy": due, "ground": rate.label}
            for stated, supply, rate, due in zip(facts.supplies, supplies, rates, levies, strict=True)
        ],
        electricity_kwh=total(supply.kwh for supply in supplies).named(f"{NAME}.electricity"),
        levy=levy,
        return_due=(
            working.due(law_of_last_day, "return_due", period) if pays and law_of_last_day.has("return_due") else None
        ),
        payment_due=working.due(law_of_last_day, "payment_due", period) if pays else None,
        form=working.text(law, "form") if pays else None,
        budget_code=working.text(law_of_last_day, "budget_code"),
        payable=working.paid(levy, law).named(f"{NAME}.payable"),
    )


def _rates(facts: MiningLevyFacts, working: Working, law: LawOn, supplies: Sequence[SupplyFigures]) -> list[Chosen]:
    if facts.payer is Payer.HOSTING_PROVIDER and not law.has("hosting_provider_pays"):
        working.note(f"{NAME}.hosting_provider_is_no_payer")
        nothing = Figure(ZERO, "KZT/kWh", "constant", (), f"{NAME}.rate.no_payer")
        return [Chosen(nothing, Ground.NOT_A_PAYER) for _ in supplies]
    regime = REGIMES[law.text("regime")]

    def reading(name: str) -> str:
        return working.reading(name, law.day)

    chosen = [
        Chosen(rate.figure.named(f"{NAME}.rate", supply.about), rate.label)
        for supply, rate in ((supply, regime(supply, law, reading)) for supply in supplies)
    ]
    several = law.has("several_grounds") and len({rate.figure.value for rate in chosen}) > 1
    if several and reading("several_grounds_2023") == "whole_quarter":
        rate = highest(*(rate.figure for rate in chosen))
        rate = rate.named(f"{NAME}.rate.highest", citation=law.cite("several_grounds"))
        return [Chosen(rate, next(one.label for one in chosen if one.figure.value == rate.value))] * len(chosen)
    return chosen


def _own_renewable(supply: SupplyFigures) -> Condition:
    name = f"{NAME}.condition.own_renewable"
    return all_of(name, supply.about, supply.own, supply.renewable, supply.in_kazakhstan)


def _reduced(supply: SupplyFigures, law: LawOn, reading: ReadingOf) -> list[Case]:
    off_system = (~supply.on_unified_system).named(f"{NAME}.condition.off_system", supply.about)
    name = f"{NAME}.condition.off_system_at_own_station"
    at_own_station = all_of(name, supply.about, off_system, supply.own, supply.in_kazakhstan)
    # The readings part where the unit is off the system but not at an own station; in columns they always may.
    part = off_system.value is not at_own_station.value
    condition = off_system if part and reading("off_grid_units") == "any_owner" else at_own_station
    rate = law.figure("rate.reduced")
    return [
        Case(_own_renewable(supply), rate, Ground.OWN_RENEWABLE),
        Case(condition, rate, Ground.OFF_SYSTEM),
    ]


def _may_apply(cases: Sequence[Case]) -> bool:
    """Whether a case holds; in columns it always may."""
    return any(case.condition.value is not False for case in cases)


def _figures(facts: MiningLevyFacts, working: Working, law: LawOn, number: int) -> SupplyFigures:
    supply = facts.supplies[number]
    about = supply.label or str(number + 1)
    _check_needed(facts, law, number)
    unlicensed = facts.payer is Payer.MINER and facts.licensed is False
    price = supply.price_per_kwh
    return SupplyFigures(
        about,
        _electricity(facts, working, law, number, about),
        None if price is None else Figure(price, "KZT/kWh", "fact", (), f"{NAME}.price", about),
        Condition.fact(supply.generation is Generation.OWN, f"{NAME}.condition.own", about),
        Condition.fact(supply.renewable, f"{NAME}.condition.renewable", about),
        Condition.fact(supply.plant_in_kazakhstan, f"{NAME}.condition.in_kazakhstan", about),
        Condition.fact(supply.connected_to_unified_power_system, f"{NAME}.condition.on_unified_system", about),
        Condition.fact(supply.meter is not Meter.WORKING, f"{NAME}.condition.without_meter", about),
        Condition.fact(unlicensed, f"{NAME}.condition.without_licence", about),
    )


def _check_needed(facts: MiningLevyFacts, law: LawOn, number: int) -> None:
    supply = facts.supplies[number]
    metered = supply.meter is Meter.WORKING
    by_load = law.has("maximum_load")
    if supply.kwh is None and (metered or not by_load):
        raise MissingFact("electricity_missing", path=("supplies", number, "kwh"))
    if not metered and by_load and supply.maximum_load_kw is None:
        raise MissingFact("maximum_load_missing", path=("supplies", number, "maximum_load_kw"))
    pays = facts.payer is Payer.MINER or law.has("hosting_provider_pays")
    bought = supply.generation is Generation.PURCHASED
    if pays and law.has("rate.by_price") and metered and bought and supply.price_per_kwh is None:
        raise MissingFact("price_missing", path=("supplies", number, "price_per_kwh"))
    if law.has("licence") and facts.payer is Payer.MINER and facts.licensed is None:
        raise MissingFact("licence_missing", path=("licensed",))


def _electricity(facts: MiningLevyFacts, working: Working, law: LawOn, number: int, about: str) -> Figure:
    supply = facts.supplies[number]
    if supply.meter is Meter.WORKING or not law.has("maximum_load"):
        assert supply.kwh is not None
        return Figure(supply.kwh, "kWh", "fact", (), f"{NAME}.kwh", about)
    if supply.kwh is not None:
        working.note(f"{NAME}.kwh_not_used", supply=about, kwh=supply.kwh)
    load = Figure(supply.maximum_load_kw, "kW", "fact", (), f"{NAME}.maximum_load", about)
    if supply.hours is not None:
        hours = Figure(supply.hours, "h", "fact", (), f"{NAME}.hours", about)
    else:
        days = Figure(Decimal(facts.tax_period.days), "day", "constant", (), f"{NAME}.days_of_quarter")
        hours = (days * Figure(HOURS_OF_DAY, "h/day", "constant", (), f"{NAME}.hours_of_day")).named(
            f"{NAME}.hours_of_quarter"
        )
        working.note(f"{NAME}.whole_quarter", supply=about, hours=hours.value)
    return (load * hours).named(f"{NAME}.kwh_by_load", about, law.cite("maximum_load"))


def _note_the_year(facts: MiningLevyFacts, working: Working, law: LawOn, law_of_last_day: LawOn) -> None:
    if facts.payer is Payer.HOSTING_PROVIDER and law.has("hosting_provider_pays"):
        working.note(f"{NAME}.hosting_provider_counts_its_own")
    if facts.payer is Payer.HOSTING_PROVIDER and law.has("licence"):
        working.note(f"{NAME}.hosting_provider_without_licence")
        working.cite(law.cite("rate.penal"))
    if law.has("annual_form_of_2022"):
        working.note(f"{NAME}.annual_form_of_2022")
        working.cite(law.cite("annual_form_of_2022"))
    if law_of_last_day.has("last_quarter_of_2022"):
        working.note(f"{NAME}.last_quarter_of_2022")
