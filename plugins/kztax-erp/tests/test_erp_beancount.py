"""Beancount itself loads the journal, and it balances."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import kztax_erp
import pytest
from beancount import loader
from beancount.core import data, realization
from erp_support import BRANCH, COMPANY, LEVY, entries_of
from kztax_erp import odoo
from kztax_erp.beancount import account_of, text_of
from kztax_erp.tryton import NotInTheBooks

import kztax
from kztax.journal.accounts import CHART_2019
from kztax.testing import Samples, assert_conforms

OPENS = "".join(
    f"2025-01-01 open {account}\n"
    for account in ("Expenses:7710", "Expenses:8410", "Liabilities:3110", "Liabilities:3230-01")
)


def loaded(text: str) -> Any:
    entries, errors, _ = loader.load_string(OPENS + text)
    assert errors == []
    return entries


def test_the_journal_loads_and_balances() -> None:
    made = entries_of(LEVY, COMPANY, BRANCH)
    entries = loaded(text_of(made))
    transactions = [entry for entry in entries if isinstance(entry, data.Transaction)]
    assert [(each.date.isoformat(), each.flag) for each in transactions] == [
        ("2025-12-31", "!"),
        ("2025-12-31", "!"),
        ("2026-06-30", "!"),
    ]
    books = realization.realize(entries)

    def balance(account: str) -> Decimal:
        amount = realization.get(books, account).balance.get_currency_units("KZT").number
        assert isinstance(amount, Decimal)
        return amount

    # The levy 2,000.51; the company's 200,000; the branch's 120,000.
    assert balance("Expenses:8410") == Decimal("2000.51")
    assert balance("Liabilities:3230-01") == Decimal("-2000.51")
    assert balance("Expenses:7710") == -balance("Liabilities:3110") == 320_000
    assert realization.compute_balance(books).is_empty()


def test_ids_and_codes_come_through() -> None:
    (entry,) = entries_of(LEVY)
    (transaction,) = [each for each in loaded(text_of([entry])) if isinstance(each, data.Transaction)]
    assert transaction.links == frozenset({f"kztax-{entry.id}"})
    assert transaction.narration == "Начислено: Плата за цифровой майнинг, 2-й квартал 2026 г."
    assert transaction.meta["budget-code"] == "105317"
    assert transaction.meta["debit-1"] == 'Статья: "Плата" \\ майнинг'


def test_the_tax_ledger_is_not_booked_twice() -> None:
    accounts = {"corporate_income_tax": {"tax_ledger": {"debit": "7710Н", "credit": "3110Н"}}}
    made = entries_of(COMPANY, accounts=accounts)
    assert len(made) == 2
    assert text_of(made).count("KZT") == 2
    with pytest.raises(kztax.NothingPayable):
        text_of([])


def test_every_code_of_the_account_map_has_a_place() -> None:
    names = {"7710": "Expenses:Tax:Income"}
    (entry,) = entries_of(COMPANY)
    assert "Expenses:Tax:Income  200000.00 KZT" in text_of([entry], names)
    assert {account_of(f"{section}010").partition(":")[0] for section in range(1, 9)} == {
        "Assets", "Liabilities", "Equity", "Income", "Expenses",
    }  # fmt: skip


def test_it_conforms() -> None:
    assert_conforms(kztax_erp, Samples(exports=["beancount"], refusals=[NotInTheBooks]))


def test_the_installed_plugin_adds_its_format(tmp_path: Path) -> None:
    (tmp_path / "levy.json").write_text(json.dumps(LEVY), encoding="utf-8")
    (tmp_path / "accounts.toml").write_text('[mining_levy]\ndebit = "8410"\ncredit = "3230.01"\n', encoding="utf-8")
    command = [sys.executable, "-m", "kztax", "export", "levy.json", "--format", "beancount"]
    command += ["--accounts", "accounts.toml", "--locale", "kk"]
    env = {**os.environ, "KZTAX_LOAD_PLUGINS": "erp"}
    answer = subprocess.run(command, capture_output=True, check=True, cwd=tmp_path, env=env)
    assert "Есептелді" in answer.stdout.decode()
    loaded(answer.stdout.decode())


def test_odoos_chart_has_the_accounts_of_the_chart_of_2019() -> None:
    chart = tomllib.loads(CHART_2019.read_text(encoding="utf-8"))
    codes = {code for sides in chart.values() for code in sides.values()}
    assert codes == {"7710", "3110", "3120", "3130"}
    assert [odoo.external_id(code) for code in sorted(codes)] == ["kz3110", "kz3120", "kz3130", "kz7710"]
    assert odoo.external_id("1020") == "l10nkz_chart_template_liquidity_transfer"
    assert odoo.external_id("3131") is None
