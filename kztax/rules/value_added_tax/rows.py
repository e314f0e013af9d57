"""How each turnover of the quarter is treated, and its tax."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kztax.core.citation import Citation
from kztax.core.errors import MissingFact
from kztax.core.figure import ZERO, Figure
from kztax.core.law import LawOn
from kztax.core.turnover import PARTICIPANT_SERVICE, TurnoverNature, treatment_entry
from kztax.core.units import KZT
from kztax.core.working import Working
from kztax.rules.value_added_tax.facts import (
    QuarterTurnover,
    ValueAddedTaxFacts,
    VatTaxpayer,
    VatTreatment,
)

NAME = "value_added_tax"
REVERSE_CHARGE = "reverse_charge"
IMPORT = "import"
# What a purchase from a non-resident and an import bear is the standard rate; only their sums are kept apart.
TREATMENTS: Mapping[str, VatTreatment] = {
    **{treatment.value: treatment for treatment in VatTreatment},
    REVERSE_CHARGE: VatTreatment.STANDARD,
    IMPORT: VatTreatment.STANDARD,
}


class Decided(NamedTuple):
    """What the law of a day says of a turnover: in its own word, at which rate, in which article."""

    word: str
    rate: Figure | None
    citation: Citation


class Row(NamedTuple):
    """A turnover on its way through the computation."""

    nature: TurnoverNature
    word: str
    rate: Figure | None
    turnover: Figure
    vat: Figure

    @property
    def treatment(self) -> VatTreatment:
        """The treatment as the outcome names it."""
        return TREATMENTS[self.word]

    @property
    def is_taxable_sale(self) -> bool:
        """Whether it is taxable turnover of sale, at whatever rate."""
        return self.rate is not None and self.word not in (REVERSE_CHARGE, IMPORT)

    def item(self) -> dict[str, object]:
        """The row as the outcome holds it."""
        return {"nature": self.nature, "treatment": self.treatment, "rate": self.rate, "vat": self.vat}


def rows_of(facts: ValueAddedTaxFacts, working: Working) -> list[Row]:
    """Every turnover, in the order of the facts."""
    return [_row(facts, number, working) for number in range(len(facts.turnover))]


def _row(facts: ValueAddedTaxFacts, number: int, working: Working) -> Row:
    stated = facts.turnover[number]
    decided = _decided(facts, number, working)
    about = str(number + 1) if len(facts.turnover) > 1 else ""
    turnover = Figure(stated.amount, KZT, "fact", (), f"turnover.{stated.nature}", about)
    if decided.rate is None:
        # Nothing is multiplied, yet the working shows why: the operation names the ground.
        untaxed = Figure(ZERO, KZT, decided.word, (turnover,))
        return Row(stated.nature, decided.word, None, turnover, untaxed.named(f"{NAME}.vat", about, decided.citation))
    vat = (turnover * decided.rate).named(f"{NAME}.vat", about, decided.citation)
    return Row(stated.nature, decided.word, decided.rate, turnover, vat)


def _decided(facts: ValueAddedTaxFacts, number: int, working: Working) -> Decided:
    """What the law of the row's day says; without a day, of the quarter, if it says one thing all through."""
    stated, period = facts.turnover[number], facts.tax_period
    first = _on(facts, stated, working.law(stated.on or period.first_day))
    if stated.on is None:
        last = _on(facts, stated, working.law(period.last_day))
        if (first.word, _value(first.rate)) != (last.word, _value(last.rate)):
            raise MissingFact("day_of_turnover_missing", path=("turnover", number, "on"))
    return first


def _on(facts: ValueAddedTaxFacts, stated: QuarterTurnover, law: LawOn) -> Decided:
    if facts.taxpayer is VatTaxpayer.FOREIGN_E_SELLER:
        return Decided("standard", law.figure("rate.standard"), law.cite("e_seller"))
    if not facts.registered and stated.nature is not TurnoverNature.IMPORT:
        return Decided("outside_scope", None, law.cite("payers"))
    entry = _entry(facts, stated)
    word = law.text(entry)
    rates = {"reduced": f"rate.{stated.nature}", "zero_rated": "rate.zero", "exempt": None, "outside_scope": None}
    rate = rates.get(word, "rate.standard")
    return Decided(word, None if rate is None else law.figure(rate), law.cite(entry))


def _entry(facts: ValueAddedTaxFacts, stated: QuarterTurnover) -> str:
    if stated.aifc_service and facts.taxpayer is VatTaxpayer.AIFC_PARTICIPANT:
        return PARTICIPANT_SERVICE
    return treatment_entry(stated.nature, in_aifc=facts.taxpayer is VatTaxpayer.AIFC_EXCHANGE)


def _value(rate: Figure | None) -> object:
    return None if rate is None else rate.value
