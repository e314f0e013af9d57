"""Tax overview: the law's list, tax by tax, for one kind of taxpayer."""

from __future__ import annotations

from kztax.core.working import Working
from kztax.rules.tax_overview.facts import Applies, Tax, TaxLine, TaxOverviewFacts, TaxOverviewOutcome


def tax_overview(facts: TaxOverviewFacts, working: Working) -> TaxOverviewOutcome:
    """Which taxes concern whom (Tax Code 2017, art. 189; Tax Code 2025, art. 201, and the articles of each tax)."""
    law = working.law(facts.on)
    whose = f"applies.{facts.taxpayer}"
    applies = dict(pair.split("=") for pair in law.text(whose).split())
    working.cite(law.cite(whose))
    lines: dict[Tax, TaxLine] = {}
    for tax in Tax:
        exists = law.has(f"tax.{tax}")
        article = law.cite(f"tax.{tax}") if exists else law.cite("list")
        working.cite(article)
        lines[tax] = TaxLine(applies=Applies(applies[tax]) if exists else Applies.NO, article=article.article)
    return working.outcome(TaxOverviewOutcome, taxes=lines)
