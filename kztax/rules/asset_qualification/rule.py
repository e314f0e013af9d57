"""Asset qualification: the definition of a digital asset, then the kinds that the law of the day knows.

Which kinds those are is a dated entry of the law (`regime`): it names the function. The definition of the AIFC is
looked at beside, for it does not follow from the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from kztax.core.asset_kinds import DigitalAssetKind
from kztax.core.errors import MissingFact
from kztax.core.law import LawOn
from kztax.core.working import Working
from kztax.rules.asset_qualification.facts import (
    AssetQualificationFacts,
    AssetQualificationOutcome,
    BaseAsset,
    Criterion,
)

NAME = "asset_qualification"


class Condition(NamedTuple):
    """A condition of a definition: the fact it rests on, and whether it holds; None where the fact was not stated."""

    id: str
    holds: bool | None
    fact: str
    entry: str


class Examined(NamedTuple):
    """A definition after all its conditions were looked at."""

    fits: bool
    criteria: list[Criterion]


class Qualified(NamedTuple):
    """The kind of a digital asset, and the conditions that led to it."""

    kind: DigitalAssetKind
    criteria: list[Criterion]


Regime = Callable[[AssetQualificationFacts, LawOn, Working], Qualified]


def two_definitions(facts: AssetQualificationFacts, law: LawOn, working: Working) -> Qualified:
    """2023-04-01 to 2025-01-07: either kind has a definition of its own, so that an asset may be of neither."""
    conditions = [_registered(facts, "secured"), _rights(facts)]
    requirements = _requirements(facts)
    if facts.secured_requirements_met is not None:
        conditions.append(requirements)
    secured = _examined(conditions, law)
    if secured.fits:
        if facts.secured_requirements_met is None:
            working.note(f"{NAME}.requirements_not_stated")
            working.cite(law.cite(requirements.entry))
        return Qualified(DigitalAssetKind.SECURED, secured.criteria)
    unsecured = _examined(
        [
            Condition("unsecured.consensus_reward", facts.consensus_reward, "consensus_reward", "unsecured"),
            Condition(
                "unsecured.no_issuer_obligation", _not(facts.issuer_obligation), "issuer_obligation", "unsecured"
            ),
            Condition(
                "unsecured.tradable_on_exchange", facts.tradable_on_exchange, "tradable_on_exchange", "unsecured"
            ),
        ],
        law,
    )
    kind = DigitalAssetKind.UNSECURED if unsecured.fits else DigitalAssetKind.NEITHER
    return Qualified(kind, [*secured.criteria, *unsecured.criteria])


def secured_or_unsecured(facts: AssetQualificationFacts, law: LawOn, working: Working) -> Qualified:
    """2025-01-08 to 2026-04-30: secured by registration and the seven tests of article 5(1), else unsecured."""
    secured = _examined([_registered(facts, "secured"), _requirements(facts)], law)
    if secured.fits:
        return Qualified(DigitalAssetKind.SECURED, secured.criteria)
    return _unsecured_is_the_rest(secured, law)


def financial_or_unsecured(facts: AssetQualificationFacts, law: LawOn, working: Working) -> Qualified:
    """From 2026-05-01: a financial asset if issued on a registered platform over a base asset, else unsecured."""
    has_base = None if facts.base_asset is None else facts.base_asset is not BaseAsset.NONE
    financial = _examined(
        [_registered(facts, "financial"), Condition("financial.base_asset", has_base, "base_asset", "financial")], law
    )
    if financial.fits:
        return Qualified(DigitalAssetKind.FINANCIAL, financial.criteria)
    return _unsecured_is_the_rest(financial, law)


REGIMES: Mapping[str, Regime] = {
    rule.__name__: rule for rule in (two_definitions, secured_or_unsecured, financial_or_unsecured)
}


def asset_qualification(facts: AssetQualificationFacts, working: Working) -> AssetQualificationOutcome:
    """What an asset is (Law on digital assets, arts 1 and 5; glossary of the AIFC)."""
    law = working.law(facts.on)
    regime = REGIMES[law.text("regime")]
    definition = _examined(_definition(facts, law), law)
    qualified = Qualified(DigitalAssetKind.NOT_A_DIGITAL_ASSET, [])
    if definition.fits:
        qualified = regime(facts, law, working)
    aifc = _examined(_definition_of_the_aifc(facts), law)
    criteria = [*definition.criteria, *qualified.criteria, *aifc.criteria]
    for criterion in criteria:
        working.cite(criterion.citation)
    return working.outcome(AssetQualificationOutcome, criteria=criteria, aifc=aifc.fits, state_law=qualified.kind)


def _definition(facts: AssetQualificationFacts, law: LawOn) -> list[Condition]:
    conditions = [
        Condition(f"digital_asset.{fact}", getattr(facts, fact), fact, "digital_asset")
        for fact in ("electronic_digital_form", "digital_code", "distributed_ledger")
    ]
    if law.has("not_money"):
        money = facts.monetary_unit_or_legal_tender
        conditions.append(Condition("digital_asset.not_money", not money, "monetary_unit_or_legal_tender", "not_money"))
    return conditions


def _definition_of_the_aifc(facts: AssetQualificationFacts) -> list[Condition]:
    money = facts.monetary_unit_or_legal_tender or facts.electronic_money
    return [
        Condition("aifc.digitally_tradable", facts.digitally_tradable, "digitally_tradable", "aifc"),
        Condition("aifc.function", bool(facts.functions), "functions", "aifc"),
        Condition("aifc.exchangeable_for_fiat", facts.exchangeable_for_fiat, "exchangeable_for_fiat", "aifc"),
        Condition(
            "aifc.no_government", not facts.government_issued_or_guaranteed, "government_issued_or_guaranteed", "aifc"
        ),
        Condition("aifc.community_agreement", facts.community_agreement, "community_agreement", "aifc"),
        Condition("aifc.neither_fiat_nor_electronic_money", not money, "electronic_money", "aifc"),
    ]


def _registered(facts: AssetQualificationFacts, definition: str) -> Condition:
    fact = "registered_on_platform"
    return Condition(f"{definition}.{fact}", facts.registered_on_platform, fact, definition)


def _rights(facts: AssetQualificationFacts) -> Condition:
    """Certified rights are the first of the seven tests as well: who states that all are met states this."""
    certified = True if facts.secured_requirements_met else facts.certifies_rights
    return Condition("secured.certifies_rights", certified, "certifies_rights", "secured")


def _requirements(facts: AssetQualificationFacts) -> Condition:
    """The seven tests; the first of them asks for certified rights, so that without those they are not met."""
    met = facts.secured_requirements_met
    if met is None and facts.certifies_rights is False:
        met = False
    return Condition("secured.requirements", met, "secured_requirements_met", "secured_requirements")


def _unsecured_is_the_rest(other: Examined, law: LawOn) -> Qualified:
    rest = Criterion(id="unsecured.the_rest", met=True, citation=law.cite("unsecured"))
    return Qualified(DigitalAssetKind.UNSECURED, [*other.criteria, rest])


def _examined(conditions: list[Condition], law: LawOn) -> Examined:
    """Whether all conditions hold. One that fails settles it; else what was not stated must be."""
    criteria = [
        Criterion(id=condition.id, met=condition.holds, citation=law.cite(condition.entry))
        for condition in conditions
        if condition.holds is not None
    ]
    fits = all(criterion.met for criterion in criteria)
    if fits:
        for condition in conditions:
            if condition.holds is None:
                raise MissingFact("kind_turns_on_fact", path=(condition.fact,), fact=condition.fact)
    return Examined(fits, criteria)


def _not(stated: bool | None) -> bool | None:
    return None if stated is None else not stated
