"""What the tests of this plugin share: a base, the way to it, settings and entries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kztax_1c.credentials import Credentials
from kztax_1c.settings import Settings, settings_of
from odata_server import PASSWORD, USER, Base1C, served

import kztax

LEVY = {"kind": "mining_levy", "period": "2026-Q2", "licensed": True, "supplies": [{"kwh": "1000.255"}]}
COMPANY = {
    "kind": "corporate_income_tax",
    "tax_year": 2025,
    "taxpayer": "resident",
    "income": [{"amount": "1000000"}],
}
SETTINGS: dict[str, Any] = {
    "organisation": {"bin": "090140001235"},
    "subconto": {"Cost item": "Catalog_СтатьиЗатрат"},
    "payments": {
        "purpose_code": "911",
        "first_number": 17,
        "payer": {
            "name": "ТОО Майнер",
            "bin": "090140001235",
            "kbe": "17",
            "iik": "KZ86125KZT5004100100",
            "bank": "АО Банк",
            "bic": "AAAAKZKA",
        },
        "beneficiary": {
            "name": "УГД",
            "bin": "901040000017",
            "kbe": "11",
            "iik": "KZ24070105KSN0000000",
            "bank": "Казначейство",
            "bic": "BBBBKZKB",
            "bank_bin": "940240000021",
        },
    },
}
ACCOUNTS: dict[str, Any] = {
    "mining_levy": {
        "debit": {"account": "8410", "subconto": {"Cost item": "Плата за майнинг"}},
        "credit": "3230",
    }
}


def entries_of(*facts: Any, accounts: Any = ACCOUNTS, locale: str = "ru") -> list[kztax.JournalEntry]:
    """The entries of facts, on accounts as stated."""
    engine = kztax.TaxEngine(discover=False, locale=locale)
    assessments = [engine.assess(each) for each in facts]
    return kztax.journal_entries(assessments, kztax.AccountMap.of(accounts), locale)


@pytest.fixture
def base() -> Base1C:
    return Base1C()


@pytest.fixture
def address(base: Base1C) -> Iterator[str]:
    with served(base) as url:
        yield url


@pytest.fixture
def way(address: str) -> Credentials:
    return Credentials(address, USER, PASSWORD)


@pytest.fixture
def settings() -> Settings:
    return settings_of(SETTINGS)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A directory with facts, accounts and settings as files."""
    (tmp_path / "levy.json").write_text(json.dumps(LEVY), encoding="utf-8")
    (tmp_path / "accounts.toml").write_text(
        '[mining_levy]\ncredit = "3230"\n'
        'debit = { account = "8410", subconto = { "Cost item" = "Плата за майнинг" } }\n',
        encoding="utf-8",
    )
    payments = SETTINGS["payments"]
    parties = "".join(
        f"\n[payments.{role}]\n" + "".join(f'{name} = "{value}"\n' for name, value in payments[role].items())
        for role in ("payer", "beneficiary")
    )
    (tmp_path / "1c.toml").write_text(
        '[organisation]\nbin = "090140001235"\n\n[subconto]\n"Cost item" = "Catalog_СтатьиЗатрат"\n\n'
        f'[payments]\npurpose_code = "911"\nfirst_number = 17\n{parties}',
        encoding="utf-8",
    )
    return tmp_path
