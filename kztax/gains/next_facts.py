"""What a year's gains state for the tax that follows: facts of `personal_income_tax` and `corporate_income_tax`."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from kztax.core.assessment import Assessment, plain
from kztax.core.figure import ZERO
from kztax.ledger import Ledger
from kztax.rules.digital_asset_gains.facts import DigitalAssetGainsOutcome, LedgerDisposal
from kztax.rules.digital_asset_gains.kinds import Treatment
from kztax.rules.digital_asset_gains.matching import LEDGER

_FINEST = Decimal(1).scaleb(-18)


def individual(year: int, assessment: Assessment[DigitalAssetGainsOutcome], *, resident: bool) -> dict[str, Any]:
    """The gain, and whether something is held at the end of the year: a reason to declare."""
    outcome = assessment.outcome
    return {
        "kind": "personal_income_tax",
        "tax_year": year,
        "resident": resident,
        "digital_asset_gain": _amount(outcome.gain),
        "owns_digital_assets_at_year_end": bool(outcome.closing_lots),
    }


def company(
    year: int, assessment: Assessment[DigitalAssetGainsOutcome], ledger: Ledger, *, venue: str | None
) -> dict[str, Any]:
    """Disposals of what was bought, what mined assets were sold for, and what a pool distributed."""
    disposals = assessment.outcome.disposals
    bought = [_disposal(each, venue) for each in disposals if each.treatment is Treatment.GAIN]
    mined = [each.proceeds or ZERO for each in disposals if each.treatment is Treatment.ALREADY_TAXED_AS_MINING]
    facts: dict[str, Any] = {
        "kind": "corporate_income_tax",
        "tax_year": year,
        "taxpayer": "resident",
        "digital_asset_disposals": bought,
    }
    if ledger.distributions:
        facts["digital_assets_distributed"] = ledger.digital_assets_distributed()
    if mined:
        facts["mined_asset_sale_proceeds"] = _amount(sum(mined, ZERO))
        if venue is not None:
            facts["mined_asset_sale_venue"] = venue
    return facts


def _disposal(disposal: LedgerDisposal, venue: str | None) -> dict[str, Any]:
    facts = {
        "asset": disposal.asset,
        "quantity": plain(disposal.quantity),
        "disposed_on": disposal.disposed_on.isoformat(),
        "proceeds": _amount(disposal.proceeds or ZERO),
        "acquisition_cost": _amount(disposal.acquisition_cost or ZERO),
    }
    return facts if venue is None else {**facts, "venue": venue}


def _amount(exact: Decimal) -> str:
    """Facts take eighteen decimals; a cost that did not divide evenly has more."""
    exponent = exact.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -18:
        exact = exact.quantize(_FINEST, ROUND_HALF_UP, LEDGER)
    return plain(exact)
