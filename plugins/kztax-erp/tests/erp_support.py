"""What the tests of this plugin share: facts, accounts, entries."""

from __future__ import annotations

from typing import Any

import kztax

LEVY = {"kind": "mining_levy", "period": "2026-Q2", "licensed": True, "supplies": [{"kwh": "1000.255"}]}
COMPANY = {
    "kind": "corporate_income_tax",
    "tax_year": 2025,
    "taxpayer": "resident",
    "income": [{"amount": "1000000"}],
}
BRANCH = {"kind": "branch_profits_tax", "tax_year": 2025, "taxable_income": "1000000"}
ACCOUNTS: dict[str, Any] = {
    "mining_levy": {
        "debit": {"account": "8410", "subconto": {"Статья": '"Плата" \\ майнинг'}},
        "credit": "3230.01",
    },
    "branch_profits_tax": {"budget_code": "101111"},
}


def entries_of(*facts: Any, accounts: Any = ACCOUNTS) -> list[kztax.JournalEntry]:
    """The entries of facts, in Russian."""
    engine = kztax.TaxEngine(discover=False, locale="ru")
    assessments = [engine.assess(each) for each in facts]
    return kztax.journal_entries(assessments, kztax.AccountMap.of(accounts), "ru")
