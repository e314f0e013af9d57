"""Trade compliance: the law's rules, one row each; the first row that takes the operation in decides.

The rows are dated entries of the law (`rule.*`), the special before the general. A row says "lawful", "unlawful" or
"silent", then which operations it takes in: "unlawful asset=unsecured_digital_asset venue=foreign_exchange,alatau".
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from kztax.core.asset_kinds import DigitalAssetKind
from kztax.core.errors import InvalidFacts, LawError, MissingFact
from kztax.core.figure import ZERO, Figure
from kztax.core.law import LawOn
from kztax.core.units import NUMBER
from kztax.core.working import Working
from kztax.rules.trade_compliance.facts import (
    TradeComplianceFacts,
    TradeComplianceOutcome,
    TradeOperation,
    Trader,
    TradeReason,
    TradeVenue,
)

NAME = "trade_compliance"
SAYS = {"lawful": True, "unlawful": False, "silent": None}
LICENSED = {None: None, frozenset({"yes"}): True, frozenset({"no"}): False}
FACTS_OF_A_ROW = {"actor", "operation", "asset", "venue"}
# What is mined belongs to the miner as an unsecured asset; to 2025-01-07 it could miss that definition.
MAY_BE_MINED = (DigitalAssetKind.UNSECURED, DigitalAssetKind.NEITHER)


class Row(NamedTuple):
    """What a rule says, of which operations, and of those with or without a licence only (None: of both)."""

    lawful: bool | None
    takes_in: tuple[tuple[str, frozenset[str]], ...]
    licensed: bool | None


def trade_compliance(facts: TradeComplianceFacts, working: Working) -> TradeComplianceOutcome:
    """Whether an operation is lawful (Law on digital assets, arts 6, 8, 11, 12-1, 12-2), and what a miner must sell."""
    law = working.law(facts.on)
    known = law.text("asset_kinds").split()
    if facts.asset not in known:
        raise InvalidFacts("no_such_kind_then", path=("asset",), asset=facts.asset.value, known=", ".join(known))
    name = next(name for name in law.under("rule") if _takes_in(row_of(law.text(name)), facts))
    lawful = row_of(law.text(name)).lawful
    reasons = [_reason(name.removeprefix("rule."), name, law)]
    share = _mandatory_sale_share(facts, law)
    if share.value:
        reasons.append(_reason("mandatory_sale", "mandatory_sale_share", law))
    for reason in reasons:
        working.cite(reason.citation)
    _note_what_to_know(facts, lawful, law, working)
    quantity = None
    if facts.quantity is not None:
        sold = Figure(facts.quantity, NUMBER, "fact", (), f"{NAME}.quantity")
        quantity = (share * sold).named(f"{NAME}.mandatory_sale_quantity")
    return working.outcome(
        TradeComplianceOutcome,
        reasons=reasons,
        mandatory_sale_share=share,
        mandatory_sale_quantity=quantity,
        lawful=lawful,
    )


@lru_cache(maxsize=256)
def row_of(text: str) -> Row:
    """A row as the law's entry spells it; `LawError` where it is none."""
    says, *conditions = text.split()
    takes_in: dict[str, frozenset[str]] = {}
    for condition in conditions:
        fact, _, values = condition.partition("=")
        takes_in[fact] = frozenset(values.split(","))
    licensed = takes_in.pop("licensed", None)
    if says not in SAYS or not takes_in.keys() <= FACTS_OF_A_ROW or licensed not in LICENSED:
        raise LawError(f"no row of the table on trade: {text!r}")
    return Row(SAYS[says], tuple(takes_in.items()), LICENSED[licensed])


def _takes_in(row: Row, facts: TradeComplianceFacts) -> bool:
    """Whether the operation falls under the row. The licence is looked at last, so that nobody asks for it in vain."""
    if any(getattr(facts, fact) not in values for fact, values in row.takes_in):
        return False
    if row.licensed is None:
        return True
    if facts.licensed is None:
        raise MissingFact("answer_turns_on_licence", path=("licensed",))
    return facts.licensed is row.licensed


def _reason(reason_id: str, entry: str, law: LawOn) -> TradeReason:
    return TradeReason(id=reason_id, citation=law.cite(entry))


def _mandatory_sale_share(facts: TradeComplianceFacts, law: LawOn) -> Figure:
    """Of what a miner sells, not of what it keeps."""
    if _sells_what_it_mined(facts):
        return law.figure("mandatory_sale_share")
    return Figure(ZERO, NUMBER, "constant", (), f"{NAME}.no_mandatory_sale_share")


def _note_what_to_know(facts: TradeComplianceFacts, lawful: bool | None, law: LawOn, working: Working) -> None:
    working.note(f"{NAME}.asked", actor=facts.actor, operation=facts.operation, asset=facts.asset, venue=facts.venue)
    if facts.operation is TradeOperation.MINE:
        working.note(f"{NAME}.pool_distribution")
        working.cite(law.cite("pool_distribution"))
    if _sells_what_it_mined(facts):
        working.note(f"{NAME}.taken_as_mined")
        if law.figure("mandatory_sale_share").value:
            working.note(f"{NAME}.share_of_what_is_sold")
    bought_in_aifc = facts.operation is TradeOperation.BUY and facts.venue is TradeVenue.AIFC_EXCHANGE
    if bought_in_aifc and lawful and facts.actor is Trader.INDIVIDUAL and law.has("aifc_retail_limit"):
        working.note(f"{NAME}.aifc_retail_limit", limit=law.figure("aifc_retail_limit").value)
        working.cite(law.cite("aifc_retail_limit"))
    if facts.venue is TradeVenue.ALATAU and not law.has("rule.alatau"):
        first = law.book.entry(law.full_name("rule.alatau")).items[0].first
        working.note(f"{NAME}.alatau_not_yet", first=first)


def _sells_what_it_mined(facts: TradeComplianceFacts) -> bool:
    return facts.actor is Trader.MINER and facts.operation is TradeOperation.SELL and facts.asset in MAY_BE_MINED
