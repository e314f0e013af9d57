"""kztax: the tax engine for digital assets in Kazakhstan.

Facts in; out come the tax, every step that led to it, and the article of law behind each step as in force on
that date. What is not in `__all__` may change.

>>> import kztax
>>> facts = kztax.MiningLevyFacts(period="2025-Q1", supplies=[{"kwh": "2500000"}])
>>> mining_levy(facts).outcome.levy
Decimal('5000000')
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from kztax.core.assessment import Assessment
from kztax.core.asset_kinds import DigitalAssetKind
from kztax.core.errors import (
    ErrorCode,
    FeedError,
    InsufficientHoldings,
    InvalidFacts,
    KztaxError,
    LawError,
    MissingExchangeRate,
    MissingFact,
    MissingPrice,
    NothingPayable,
    PluginAnswerRefused,
    PluginConflict,
    PluginError,
    PluginRefusal,
    Refused,
    StoreError,
    UnknownLaw,
    UnknownPeriod,
    UnknownTreatyRate,
    UnreadableInput,
)
from kztax.core.facts import AssetPrice, ExchangeRate, IncomeSource, RateKind, Source, SubjectFacts
from kztax.core.law import RuleBook, rule_book
from kztax.core.turnover import TurnoverNature
from kztax.core.words import speak_through
from kztax.engine import KINDS, Overlay, TaxEngine, default_engine
from kztax.explain import CatalogSpeaker

if TYPE_CHECKING:
    from kztax.combined.self_audit.facts import (
        AuditedTaxpayer,
        DeclaredFigure,
        DifferenceReason,
        Fine,
        FineGround,
        FineRange,
        LongerLimitation,
        PoolDifference,
        PoolMatch,
        PoolTransfer,
        SelfAuditFacts,
        SelfAuditOutcome,
        TaxAudit,
    )
    from kztax.forms import Declarant, Form
    from kztax.journal import (
        AccountMap,
        ChargeAccounts,
        Correspondence,
        JournalEntry,
        JournalLedger,
        Side,
        csv_of,
        journal_entries,
        read_accounts,
    )
    from kztax.ledger import Ledger, read_ledger
    from kztax.rules.asset_qualification.facts import (
        AssetFunction,
        AssetQualificationFacts,
        AssetQualificationOutcome,
        BaseAsset,
        Criterion,
    )
    from kztax.rules.branch_profits_tax.facts import BranchProfitsTaxFacts, BranchProfitsTaxOutcome, TreatyFacts
    from kztax.rules.corporate_income_tax.facts import (
        Activity,
        ActivityTax,
        AssetsDistributed,
        AssetsReceived,
        CarriedLoss,
        CompanyDisposal,
        CompanyForeignTax,
        CompanyIncome,
        CompanyIncomeCategory,
        CompanySize,
        CompanyTaxpayer,
        CorporateIncomeTaxFacts,
        CorporateIncomeTaxOutcome,
        DisposalWay,
        Expense,
        ExpenseCategory,
        LossBroughtForward,
        Reduction,
        ReductionGround,
        SaleVenue,
    )
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
    from kztax.rules.late_interest.facts import (
        InterestInterval,
        LateInterestFacts,
        LateInterestOutcome,
        ReducedMultipleGround,
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
        OtherDeduction,
        PersonalIncomeTaxFacts,
        PersonalIncomeTaxOutcome,
        SocialGround,
    )
    from kztax.rules.tax_calendar.facts import Filer, Obligation, TaxCalendarFacts, TaxCalendarOutcome
    from kztax.rules.tax_overview.facts import Applies, Tax, TaxLine, TaxOverviewFacts, TaxOverviewOutcome, Taxpayer
    from kztax.rules.trade_compliance.facts import (
        TradeComplianceFacts,
        TradeComplianceOutcome,
        TradeOperation,
        Trader,
        TradeReason,
        TradeVenue,
    )
    from kztax.rules.value_added_tax.facts import (
        InputVat,
        InputVatMethod,
        QuarterTurnover,
        UsedFor,
        ValueAddedTaxFacts,
        ValueAddedTaxOutcome,
        VatItem,
        VatTaxpayer,
        VatTreatment,
    )
    from kztax.rules.vat_registration.facts import Turnover, VatRegistrationFacts, VatRegistrationOutcome
    from kztax.rules.withholding_tax.facts import (
        PaymentCategory,
        RateGround,
        Recipient,
        WithholdingBracket,
        WithholdingTaxFacts,
        WithholdingTaxOutcome,
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
        "asset_qualification": "AssetFunction AssetQualificationFacts AssetQualificationOutcome BaseAsset Criterion",
        "branch_profits_tax": "BranchProfitsTaxFacts BranchProfitsTaxOutcome TreatyFacts",
        "corporate_income_tax": (
            "Activity ActivityTax AssetsDistributed AssetsReceived CarriedLoss CompanyDisposal CompanyForeignTax "
            "CompanyIncome CompanyIncomeCategory CompanySize CompanyTaxpayer "
            "CorporateIncomeTaxFacts CorporateIncomeTaxOutcome DisposalWay Expense ExpenseCategory "
            "LossBroughtForward Reduction ReductionGround SaleVenue"
        ),
        "entity_residency": "EntityBasis EntityResidencyFacts EntityResidencyOutcome",
        "individual_residency": (
            "AlwaysResidentGround Basis IndividualResidencyFacts IndividualResidencyOutcome Stay VitalInterests"
        ),
        "late_interest": "InterestInterval LateInterestFacts LateInterestOutcome ReducedMultipleGround",
        "mining_levy": "Generation Ground Meter MiningLevyFacts MiningLevyOutcome Payer Supply SupplyLevy",
        "personal_income_tax": (
            "AcquiredBy BracketTax DeclareGround DeductionGround Deductions Disposal ExemptGround ForeignTax "
            "Income IncomeCategory OtherDeduction PersonalIncomeTaxFacts PersonalIncomeTaxOutcome "
            "SocialGround"
        ),
        "tax_calendar": "Filer Obligation TaxCalendarFacts TaxCalendarOutcome",
        "tax_overview": "Applies Tax TaxLine TaxOverviewFacts TaxOverviewOutcome Taxpayer",
        "trade_compliance": (
            "TradeComplianceFacts TradeComplianceOutcome TradeOperation TradeReason TradeVenue Trader"
        ),
        "value_added_tax": (
            "InputVat InputVatMethod QuarterTurnover UsedFor ValueAddedTaxFacts ValueAddedTaxOutcome VatItem "
            "VatTaxpayer VatTreatment"
        ),
        "vat_registration": "Turnover VatRegistrationFacts VatRegistrationOutcome",
        "withholding_tax": (
            "PaymentCategory RateGround Recipient WithholdingBracket WithholdingTaxFacts WithholdingTaxOutcome"
        ),
    }.items()
    for name in names.split()
}
_JOURNAL = (
    "AccountMap ChargeAccounts Correspondence JournalEntry JournalLedger Side csv_of journal_entries read_accounts"
)
_MODELS |= dict.fromkeys(_JOURNAL.split(), "kztax.journal")
_SELF_AUDIT = (
    "AuditedTaxpayer DeclaredFigure DifferenceReason Fine FineGround FineRange LongerLimitation PoolDifference "
    "PoolMatch PoolTransfer SelfAuditFacts SelfAuditOutcome TaxAudit"
)
_MODELS |= dict.fromkeys(_SELF_AUDIT.split(), "kztax.combined.self_audit.facts")
_MODELS |= dict.fromkeys(("Ledger", "read_ledger"), "kztax.ledger")
_MODELS |= dict.fromkeys(("Declarant", "Form"), "kztax.forms")


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


def corporate_income_tax(facts: CorporateIncomeTaxFacts) -> Assessment[CorporateIncomeTaxOutcome]:
    """`TaxEngine.corporate_income_tax` of the default engine."""
    return default_engine().corporate_income_tax(facts)


def branch_profits_tax(facts: BranchProfitsTaxFacts) -> Assessment[BranchProfitsTaxOutcome]:
    """`TaxEngine.branch_profits_tax` of the default engine."""
    return default_engine().branch_profits_tax(facts)


def tax_overview(facts: TaxOverviewFacts) -> Assessment[TaxOverviewOutcome]:
    """`TaxEngine.tax_overview` of the default engine."""
    return default_engine().tax_overview(facts)


def vat_registration(facts: VatRegistrationFacts) -> Assessment[VatRegistrationOutcome]:
    """`TaxEngine.vat_registration` of the default engine."""
    return default_engine().vat_registration(facts)


def value_added_tax(facts: ValueAddedTaxFacts) -> Assessment[ValueAddedTaxOutcome]:
    """`TaxEngine.value_added_tax` of the default engine."""
    return default_engine().value_added_tax(facts)


def asset_qualification(facts: AssetQualificationFacts) -> Assessment[AssetQualificationOutcome]:
    """`TaxEngine.asset_qualification` of the default engine."""
    return default_engine().asset_qualification(facts)


def trade_compliance(facts: TradeComplianceFacts) -> Assessment[TradeComplianceOutcome]:
    """`TaxEngine.trade_compliance` of the default engine."""
    return default_engine().trade_compliance(facts)


def withholding_tax(facts: WithholdingTaxFacts) -> Assessment[WithholdingTaxOutcome]:
    """`TaxEngine.withholding_tax` of the default engine."""
    return default_engine().withholding_tax(facts)


def late_interest(facts: LateInterestFacts) -> Assessment[LateInterestOutcome]:
    """`TaxEngine.late_interest` of the default engine."""
    return default_engine().late_interest(facts)


def tax_calendar(facts: TaxCalendarFacts) -> Assessment[TaxCalendarOutcome]:
    """`TaxEngine.tax_calendar` of the default engine."""
    return default_engine().tax_calendar(facts)


def self_audit(facts: SelfAuditFacts) -> Assessment[SelfAuditOutcome]:
    """`TaxEngine.self_audit` of the default engine."""
    return default_engine().self_audit(facts)


def assess(facts: SubjectFacts | Mapping[str, Any]) -> Assessment[Any]:
    """Assess facts of any kind: a model, or a mapping with `kind`; `TaxEngine.assess` of the default engine."""
    return default_engine().assess(facts)


def fill_form(
    form: str,
    stated: Iterable[SubjectFacts | Mapping[str, Any] | Assessment[Any]],
    taxpayer: Declarant | Mapping[str, Any] | None = None,
    *,
    revision: bytes | None = None,
) -> Form:
    """An official form filled in from facts; `TaxEngine.fill_form` of the default engine."""
    return default_engine().fill_form(form, stated, taxpayer, revision=revision)


__all__ = [
    "KINDS",
    "AccountMap",
    "AcquiredBy",
    "Activity",
    "ActivityTax",
    "AlwaysResidentGround",
    "Applies",
    "Assessment",
    "AssetFunction",
    "AssetPrice",
    "AssetQualificationFacts",
    "AssetQualificationOutcome",
    "AssetTotals",
    "AssetsDistributed",
    "AssetsReceived",
    "AuditedTaxpayer",
    "BaseAsset",
    "Basis",
    "BracketTax",
    "BranchProfitsTaxFacts",
    "BranchProfitsTaxOutcome",
    "CarriedLoss",
    "ChargeAccounts",
    "ClosingLot",
    "CompanyDisposal",
    "CompanyForeignTax",
    "CompanyIncome",
    "CompanyIncomeCategory",
    "CompanySize",
    "CompanyTaxpayer",
    "CorporateIncomeTaxFacts",
    "CorporateIncomeTaxOutcome",
    "Correspondence",
    "Criterion",
    "Declarant",
    "DeclareGround",
    "DeclaredFigure",
    "DeductionGround",
    "Deductions",
    "DifferenceReason",
    "DigitalAssetGainsFacts",
    "DigitalAssetGainsOutcome",
    "DigitalAssetKind",
    "Disposal",
    "DisposalWay",
    "EntityBasis",
    "EntityResidencyFacts",
    "EntityResidencyOutcome",
    "ErrorCode",
    "ExchangeRate",
    "ExemptGround",
    "Expense",
    "ExpenseCategory",
    "FeedError",
    "Filer",
    "Fine",
    "FineGround",
    "FineRange",
    "ForeignTax",
    "Form",
    "Generation",
    "Ground",
    "Holder",
    "Income",
    "IncomeCategory",
    "IncomeSource",
    "IndividualResidencyFacts",
    "IndividualResidencyOutcome",
    "InputVat",
    "InputVatMethod",
    "InsufficientHoldings",
    "InterestInterval",
    "InvalidFacts",
    "JournalEntry",
    "JournalLedger",
    "KztaxError",
    "LateInterestFacts",
    "LateInterestOutcome",
    "LawError",
    "Ledger",
    "LedgerDisposal",
    "LongerLimitation",
    "LossBroughtForward",
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
    "NothingPayable",
    "Obligation",
    "OtherDeduction",
    "Overlay",
    "Payer",
    "PaymentCategory",
    "PersonalIncomeTaxFacts",
    "PersonalIncomeTaxOutcome",
    "PluginAnswerRefused",
    "PluginConflict",
    "PluginError",
    "PluginRefusal",
    "PoolDifference",
    "PoolMatch",
    "PoolTransfer",
    "QuarterTurnover",
    "RateGround",
    "RateKind",
    "Recipient",
    "ReducedMultipleGround",
    "Reduction",
    "ReductionGround",
    "Refused",
    "RuleBook",
    "SaleVenue",
    "SelfAuditFacts",
    "SelfAuditOutcome",
    "Side",
    "SocialGround",
    "Source",
    "Stay",
    "StoreError",
    "SubjectFacts",
    "Supply",
    "SupplyLevy",
    "Tax",
    "TaxAudit",
    "TaxCalendarFacts",
    "TaxCalendarOutcome",
    "TaxEngine",
    "TaxLine",
    "TaxOverviewFacts",
    "TaxOverviewOutcome",
    "Taxpayer",
    "Trade",
    "TradeComplianceFacts",
    "TradeComplianceOutcome",
    "TradeFee",
    "TradeOperation",
    "TradeReason",
    "TradeType",
    "TradeVenue",
    "Trader",
    "Treatment",
    "TreatyFacts",
    "Turnover",
    "TurnoverNature",
    "UnknownLaw",
    "UnknownPeriod",
    "UnknownTreatyRate",
    "UnmatchedTransfer",
    "UnreadableInput",
    "UsedFor",
    "ValueAddedTaxFacts",
    "ValueAddedTaxOutcome",
    "VatItem",
    "VatRegistrationFacts",
    "VatRegistrationOutcome",
    "VatTaxpayer",
    "VatTreatment",
    "VitalInterests",
    "WithholdingBracket",
    "WithholdingTaxFacts",
    "WithholdingTaxOutcome",
    "__version__",
    "assess",
    "asset_qualification",
    "branch_profits_tax",
    "corporate_income_tax",
    "csv_of",
    "digital_asset_gains",
    "entity_residency",
    "fill_form",
    "individual_residency",
    "journal_entries",
    "late_interest",
    "mining_levy",
    "personal_income_tax",
    "read_accounts",
    "read_ledger",
    "rule_book",
    "self_audit",
    "tax_calendar",
    "tax_overview",
    "trade_compliance",
    "value_added_tax",
    "vat_registration",
    "withholding_tax",
]
