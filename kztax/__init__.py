"""kztax: the tax engine for digital assets in Kazakhstan.

Facts in; out come the tax, every step that led to it, and the article of law behind each step as in force on
that date. What is not in `__all__` may change.

>>> import kztax
>>> facts = kztax.MiningLevyFacts(period="2025-Q1", supplies=[{"kwh": "2500000"}])
>>> mining_levy(facts).outcome.levy
Decimal('5000000')
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from kztax.core.assessment import Assessment
from kztax.core.errors import (
    ErrorCode,
    InsufficientHoldings,
    InvalidFacts,
    KztaxError,
    LawError,
    MissingExchangeRate,
    MissingFact,
    MissingPrice,
    PluginAnswerRefused,
    PluginConflict,
    PluginError,
    Refused,
    UnknownLaw,
    UnknownPeriod,
    UnknownTreatyRate,
    UnreadableInput,
)
from kztax.core.facts import AssetPrice, ExchangeRate, RateKind, Source, SubjectFacts
from kztax.core.law import RuleBook, rule_book
from kztax.core.words import speak_through
from kztax.engine import KINDS, Overlay, TaxEngine, default_engine
from kztax.explain import CatalogSpeaker

if TYPE_CHECKING:
    from kztax.rules.digital_asset_gains.facts import (
        AssetTotals,
        ClosingLot,
        DigitalAssetGainsFacts,
        DigitalAssetGainsOutcome,
        LedgerDisposal,
        Lot,
        LotChoice,
        LotUsed,
        Trade,
        TradeFee,
        UnmatchedTransfer,
    )
    from kztax.rules.digital_asset_gains.kinds import Holder, LotMethod, LotOrigin, TradeType, Treatment
    from kztax.rules.entity_residency.facts import EntityBasis, EntityResidencyFacts, EntityResidencyOutcome
    from kztax.rules.individual_residency.facts import (
        AlwaysResidentGround,
        Basis,
        IndividualResidencyFacts,
        IndividualResidencyOutcome,
        Stay,
        VitalInterests,
    )
    from kztax.rules.mining_levy.facts import (
        Generation,
        Ground,
        Meter,
        MiningLevyFacts,
        MiningLevyOutcome,
        Payer,
        Supply,
        SupplyLevy,
    )
    from kztax.rules.personal_income_tax.facts import (
        AcquiredBy,
        BracketTax,
        DeclareGround,
        DeductionGround,
        Deductions,
        Disposal,
        ExemptGround,
        ForeignTax,
        Income,
        IncomeCategory,
        IncomeSource,
        OtherDeduction,
        PersonalIncomeTaxFacts,
        PersonalIncomeTaxOutcome,
        SocialGround,
    )
    from kztax.rules.tax_overview.facts import Applies, Tax, TaxLine, TaxOverviewFacts, TaxOverviewOutcome, Taxpayer
    from kztax.rules.vat_registration.facts import (
        Turnover,
        TurnoverNature,
        VatRegistrationFacts,
        VatRegistrationOutcome,
    )

__version__ = "0.1.0"

speak_through(CatalogSpeaker())

# A program pays for the subjects that it uses: their models are loaded with their first mention.
_MODELS = {
    name: f"kztax.rules.{folder}.facts"
    for folder, names in {
        "digital_asset_gains": (
            "AssetTotals ClosingLot DigitalAssetGainsFacts DigitalAssetGainsOutcome Holder LedgerDisposal Lot "
            "LotChoice LotMethod LotOrigin LotUsed Trade TradeFee TradeType Treatment UnmatchedTransfer"
        ),
        "entity_residency": "EntityBasis EntityResidencyFacts EntityResidencyOutcome",
        "individual_residency": (
            "AlwaysResidentGround Basis IndividualResidencyFacts IndividualResidencyOutcome Stay VitalInterests"
        ),
        "mining_levy": "Generation Ground Meter MiningLevyFacts MiningLevyOutcome Payer Supply SupplyLevy",
        "personal_income_tax": (
            "AcquiredBy BracketTax DeclareGround DeductionGround Deductions Disposal ExemptGround ForeignTax Income "
            "IncomeCategory IncomeSource OtherDeduction PersonalIncomeTaxFacts PersonalIncomeTaxOutcome SocialGround"
        ),
        "tax_overview": "Applies Tax TaxLine TaxOverviewFacts TaxOverviewOutcome Taxpayer",
        "vat_registration": "Turnover TurnoverNature VatRegistrationFacts VatRegistrationOutcome",
    }.items()
    for name in names.split()
}


def __getattr__(name: str) -> Any:
    if name not in _MODELS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    model = globals()[name] = getattr(import_module(_MODELS[name]), name)
    return model


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODELS})


def mining_levy(facts: MiningLevyFacts) -> Assessment[MiningLevyOutcome]:
    """`TaxEngine.mining_levy` of the default engine."""
    return default_engine().mining_levy(facts)


def individual_residency(facts: IndividualResidencyFacts) -> Assessment[IndividualResidencyOutcome]:
    """`TaxEngine.individual_residency` of the default engine."""
    return default_engine().individual_residency(facts)


def entity_residency(facts: EntityResidencyFacts) -> Assessment[EntityResidencyOutcome]:
    """`TaxEngine.entity_residency` of the default engine."""
    return default_engine().entity_residency(facts)


def personal_income_tax(facts: PersonalIncomeTaxFacts) -> Assessment[PersonalIncomeTaxOutcome]:
    """`TaxEngine.personal_income_tax` of the default engine."""
    return default_engine().personal_income_tax(facts)


def digital_asset_gains(facts: DigitalAssetGainsFacts) -> Assessment[DigitalAssetGainsOutcome]:
    """`TaxEngine.digital_asset_gains` of the default engine."""
    return default_engine().digital_asset_gains(facts)


def tax_overview(facts: TaxOverviewFacts) -> Assessment[TaxOverviewOutcome]:
    """`TaxEngine.tax_overview` of the default engine."""
    return default_engine().tax_overview(facts)


def vat_registration(facts: VatRegistrationFacts) -> Assessment[VatRegistrationOutcome]:
    """`TaxEngine.vat_registration` of the default engine."""
    return default_engine().vat_registration(facts)


def assess(facts: SubjectFacts | Mapping[str, Any]) -> Assessment[Any]:
    """Assess facts of any kind: a model, or a mapping with `kind`; `TaxEngine.assess` of the default engine."""
    return default_engine().assess(facts)


__all__ = [
    "KINDS",
    "AcquiredBy",
    "AlwaysResidentGround",
    "Applies",
    "Assessment",
    "AssetPrice",
    "AssetTotals",
    "Basis",
    "BracketTax",
    "ClosingLot",
    "DeclareGround",
    "DeductionGround",
    "Deductions",
    "DigitalAssetGainsFacts",
    "DigitalAssetGainsOutcome",
    "Disposal",
    "EntityBasis",
    "EntityResidencyFacts",
    "EntityResidencyOutcome",
    "ErrorCode",
    "ExchangeRate",
    "ExemptGround",
    "ForeignTax",
    "Generation",
    "Ground",
    "Holder",
    "Income",
    "IncomeCategory",
    "IncomeSource",
    "IndividualResidencyFacts",
    "IndividualResidencyOutcome",
    "InsufficientHoldings",
    "InvalidFacts",
    "KztaxError",
    "LawError",
    "LedgerDisposal",
    "Lot",
    "LotChoice",
    "LotMethod",
    "LotOrigin",
    "LotUsed",
    "Meter",
    "MiningLevyFacts",
    "MiningLevyOutcome",
    "MissingExchangeRate",
    "MissingFact",
    "MissingPrice",
    "OtherDeduction",
    "Overlay",
    "Payer",
    "PersonalIncomeTaxFacts",
    "PersonalIncomeTaxOutcome",
    "PluginAnswerRefused",
    "PluginConflict",
    "PluginError",
    "RateKind",
    "Refused",
    "RuleBook",
    "SocialGround",
    "Source",
    "Stay",
    "SubjectFacts",
    "Supply",
    "SupplyLevy",
    "Tax",
    "TaxEngine",
    "TaxLine",
    "TaxOverviewFacts",
    "TaxOverviewOutcome",
    "Taxpayer",
    "Trade",
    "TradeFee",
    "TradeType",
    "Treatment",
    "Turnover",
    "TurnoverNature",
    "UnknownLaw",
    "UnknownPeriod",
    "UnknownTreatyRate",
    "UnmatchedTransfer",
    "UnreadableInput",
    "VatRegistrationFacts",
    "VatRegistrationOutcome",
    "VitalInterests",
    "__version__",
    "assess",
    "digital_asset_gains",
    "entity_residency",
    "individual_residency",
    "mining_levy",
    "personal_income_tax",
    "rule_book",
    "tax_overview",
    "vat_registration",
]
