"""Disposals of digital assets that were not mined. One function a regime of the law (`disposal.regime`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from kztax.core.citation import Citation
from kztax.core.errors import InvalidFacts, MissingFact
from kztax.core.figure import Figure, lowest, not_below_zero, total
from kztax.core.law import LawOn
from kztax.core.period import Year
from kztax.core.units import KZT
from kztax.core.working import Working
from kztax.rules.corporate_income_tax.facts import (
    Activity,
    CompanyDisposal,
    CorporateIncomeTaxFacts,
    DisposalWay,
    LossBroughtForward,
    SaleVenue,
)
from kztax.rules.corporate_income_tax.income import NAME, Line
from kztax.rules.corporate_income_tax.losses import LossUse, limitation_years, no_losses, use_losses


class Disposals(NamedTuple):
    """What disposals bring: income, deductible and refused cost; from 2026 a gain, and losses on digital assets."""

    income: list[Line]
    costs: list[Line]
    refused: list[Figure]
    gain: Figure | None
    losses: LossUse


def disposals(facts: CorporateIncomeTaxFacts, law: LawOn, working: Working) -> Disposals:
    """By the regime of the year; a miner's bought coins are outside the article on gains."""
    stated = facts.digital_asset_losses_brought_forward
    for position, loss in enumerate(stated):
        _check_kind_existed(loss, position, working)
    regime = REGIMES[law.text("disposal.regime")]
    if law.has("gain.not_for_miners") and facts.digital_assets_distributed and facts.digital_asset_disposals:
        working.note(f"{NAME}.bought_coins_of_a_miner")
        working.cite(law.cite("gain.not_for_miners"))
        return proceeds_less_cost(facts, law, working)
    return regime(facts, law, working)


def _check_kind_existed(loss: LossBroughtForward, position: int, working: Working) -> None:
    if not working.law(Year(loss.tax_year).last_day).has("gain.losses_apart"):
        path = ("digital_asset_losses_brought_forward", position, "tax_year")
        raise InvalidFacts("no_digital_asset_losses_then", path=path, year=loss.tax_year)


def proceeds_less_cost(facts: CorporateIncomeTaxFacts, law: LawOn, working: Working) -> Disposals:
    """To 2025: proceeds are income, cost is deducted; April to December 2023 not if sold outside the AIFC."""
    income: list[Line] = []
    costs: list[Line] = []
    refused: list[Figure] = []
    for number, disposal in enumerate(facts.digital_asset_disposals, start=1):
        about = _about(disposal, number)
        on_day = working.law(disposal.disposed_on)
        working.cite(on_day.cite("disposal.regime"))
        income.append(Line(Activity.STANDARD, Figure(disposal.proceeds, KZT, "fact", (), f"{NAME}.proceeds", about)))
        cost = Figure(disposal.acquisition_cost, KZT, "fact", (), f"{NAME}.acquisition_cost", about)
        refusal = _refusal(disposal, on_day)
        if refusal is None:
            costs.append(Line(Activity.STANDARD, cost))
        else:
            refused.append(cost.named(f"{NAME}.acquisition_cost", about, refusal))
    return Disposals(income, costs, refused, None, _unused(facts, law))


def _refusal(disposal: CompanyDisposal, on_day: LawOn) -> Citation | None:
    if disposal.venue is SaleVenue.OTHER and on_day.has("disposal.off_exchange_cost_refused"):
        return on_day.cite("disposal.off_exchange_cost_refused")
    return None


def gain(facts: CorporateIncomeTaxFacts, law: LawOn, working: Working) -> Disposals:
    """From 2026: gains less losses of the year; an excess of losses waits for gains on sales (article 326)."""
    citation = law.cite("gain.disposed")
    differences = [
        (disposal, _value(disposal, number, law) - _cost(disposal, number), _about(disposal, number))
        for number, disposal in enumerate(facts.digital_asset_disposals, start=1)
    ]
    named = [(disposal, figure.named(f"{NAME}.difference", about, citation)) for disposal, figure, about in differences]
    gains = total([figure for _, figure in named if figure.value > 0], KZT).named(f"{NAME}.gains")
    falls = total([figure for _, figure in named if figure.value < 0], KZT).named(f"{NAME}.falls")
    apart = law.cite("gain.losses_apart") if falls.inputs or facts.digital_asset_losses_brought_forward else None
    balance = (gains + falls).named(f"{NAME}.balance", citation=apart)
    of_year = not_below_zero(balance).named(f"{NAME}.gain_of_year")
    on_sales = total(
        [figure for disposal, figure in named if disposal.way is DisposalWay.SALE and figure.value > 0], KZT
    )
    open_to_losses = lowest(of_year, on_sales.named(f"{NAME}.gains_on_sales")).named(f"{NAME}.gain_open_to_losses")
    losses = use_losses(
        facts.digital_asset_losses_brought_forward,
        limitation_years(facts, law),
        facts.tax_year,
        open_to_losses,
        f"{NAME}.digital_asset_loss",
    )
    net = (of_year - losses.used).named(f"{NAME}.digital_asset_gain")
    if balance.value < 0:
        nothing = total([], KZT)
        losses = losses.with_new(facts.tax_year, (nothing - balance).named(f"{NAME}.digital_asset_loss_of_year"))
    income = [Line(Activity.STANDARD, net)] if facts.digital_asset_disposals else []
    return Disposals(income, [], [], net, losses)


Regime = Callable[[CorporateIncomeTaxFacts, LawOn, Working], Disposals]
REGIMES: Mapping[str, Regime] = {regime.__name__: regime for regime in (proceeds_less_cost, gain)}


def _unused(facts: CorporateIncomeTaxFacts, law: LawOn) -> LossUse:
    """Losses on digital assets wait where the year has no gain that they may come off."""
    stated = facts.digital_asset_losses_brought_forward
    if not stated:
        return no_losses()
    years = limitation_years(facts, law)
    return use_losses(stated, years, facts.tax_year, total([], KZT), f"{NAME}.digital_asset_loss")


def _value(disposal: CompanyDisposal, number: int, law: LawOn) -> Figure:
    about = _about(disposal, number)
    proceeds = Figure(disposal.proceeds, KZT, "fact", (), f"{NAME}.proceeds", about)
    if disposal.way is not DisposalWay.CONTRIBUTION_TO_CAPITAL:
        return proceeds
    if disposal.paid_up_amount is None:
        path = ("digital_asset_disposals", number - 1, "paid_up_amount")
        raise MissingFact("paid_up_amount_missing", path=path)
    paid_up = Figure(disposal.paid_up_amount, KZT, "fact", (), f"{NAME}.paid_up_amount", about)
    return lowest(proceeds, paid_up).named(f"{NAME}.contribution_value", about, law.cite("gain.contribution_cap"))


def _cost(disposal: CompanyDisposal, number: int) -> Figure:
    about = _about(disposal, number)
    return Figure(disposal.acquisition_cost, KZT, "fact", (), f"{NAME}.acquisition_cost", about)


def _about(disposal: CompanyDisposal, number: int) -> str:
    return f"{disposal.asset} {disposal.disposed_on.isoformat()} ({number})"
