"""The journal: entries worked out by hand, accounts as stated, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kztax
from kztax.cli import main
from kztax.core.words import harmless
from kztax.hooks import hookimpl
from kztax.journal import COLUMNS, csv_of, journal_entries
from kztax.plugins import Plugins

LEVY = {"kind": "mining_levy", "period": "2025-Q1", "supplies": [{"kwh": "1000.255"}]}
COMPANY = {
    "kind": "corporate_income_tax",
    "tax_year": 2025,
    "taxpayer": "resident",
    "income": [{"amount": "1000000"}],
}
BRANCH = {"kind": "branch_profits_tax", "tax_year": 2025, "taxable_income": "1000000"}
PROPRIETOR = {
    "kind": "personal_income_tax",
    "tax_year": 2025,
    "resident": True,
    "income": [{"amount": "1000000", "category": "entrepreneur"}],
}
QUARTER = {
    "kind": "value_added_tax",
    "period": "2025-Q2",
    "registered": True,
    "turnover": [
        {"amount": "1000000", "nature": "goods_and_services"},
        {"amount": "500000.25", "nature": "services_from_non_resident"},
    ],
    "input_vat": [{"amount": "20000"}],
}
PAYMENT = {
    "kind": "withholding_tax",
    "paid_on": "2025-05-20",
    "recipient": "company",
    "recipient_country": "DE",
    "category": "services",
    "gross_income": "1000000",
}
STATED = kztax.AccountMap.of(
    {
        "mining_levy": {"debit": "8410", "credit": "3230"},
        "branch_profits_tax": {"budget_code": "101111"},
        "personal_income_tax": {"debit": "5610"},
        "value_added_tax": {"debit": "3131", "credit": "3132"},
        "reverse_charge_vat": {"debit": "1420"},
        "withholding_tax": {"debit": "3310", "credit": "3190", "budget_code": "101111"},
    }
)


def entries_of(*facts: Any, accounts: kztax.AccountMap = STATED, locale: str = "en") -> list[kztax.JournalEntry]:
    engine = kztax.TaxEngine(discover=False, locale=locale)
    return journal_entries([engine.assess(each) for each in facts], accounts, locale)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        # 1,000.255 kWh at 2 KZT: 2,000.51; the quarter's last day; the code of the mining fee.
        (LEVY, [("2025-03-31", "8410", "3230", "2000.51", "105317")]),
        # 20 % of a million; the accounts of the chart itself.
        (COMPANY, [("2025-12-31", "7710", "3110", "200000.00", "101111")]),
        # 15 % of what 20 % leave: 120,000; the code is the user's, as the classification has none.
        (BRANCH, [("2025-12-31", "7710", "3110", "120000.00", "101111")]),
        # 10 % of a proprietor's million.
        (PROPRIETOR, [("2025-12-31", "5610", "3120", "100000.00", "101202")]),
        # 20 % of a payment to a company abroad, on its day; the code is the user's, as the law read names none.
        (PAYMENT, [("2025-05-20", "3310", "3190", "200000.00", "101111")]),
        # 12 %: 120,000 less 20,000; for the non-resident 60,000.03 to a code of its own.
        (
            QUARTER,
            [
                ("2025-06-30", "3131", "3132", "100000.00", "105101"),
                ("2025-06-30", "1420", "3130", "60000.03", "105104"),
            ],
        ),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_what_is_payable_stands_on_its_accounts(facts: Any, expected: list[tuple[str, ...]]) -> None:
    found = [
        (each.on.isoformat(), each.debit.account, each.credit.account, str(each.amount), each.budget_code)
        for each in entries_of(facts)
    ]
    assert found == expected


@settings(deadline=None)
@given(st.decimals("0", "99999999", places=7), st.decimals("0", "99999999", places=7), st.integers(0, 10**7))
def test_the_entries_of_value_added_tax_add_up_to_what_is_payable(local: Decimal, abroad: Decimal, paid: int) -> None:
    assessment = kztax.assess(
        {
            **QUARTER,
            "turnover": [
                {"amount": f"{local:f}", "nature": "goods_and_services"},
                {"amount": f"{abroad:f}", "nature": "services_from_non_resident"},
            ],
            "input_vat": [{"amount": paid}],
        }
    )
    booked = sum(each.amount for each in journal_entries([assessment], STATED))
    assert booked == max(assessment.outcome.payable, Decimal(0))


def test_nothing_payable_makes_no_entry_and_no_file() -> None:
    excess = {**QUARTER, "turnover": [], "input_vat": [{"amount": "20000"}]}
    assert entries_of(excess) == []
    with pytest.raises(kztax.NothingPayable, match="nothing is payable"):
        csv_of([])


def test_a_tax_ledger_stands_beside_the_accounting_ledger_where_it_is_kept() -> None:
    accounts = kztax.AccountMap.of({"corporate_income_tax": {"tax_ledger": {"debit": "7710Н", "credit": "3110Н"}}})
    booked, for_tax = entries_of(COMPANY, accounts=accounts)
    assert (booked.ledger.value, booked.debit.account) == ("accounting", "7710")
    assert (for_tax.ledger.value, for_tax.debit.account, for_tax.credit.account) == ("tax", "7710Н", "3110Н")
    assert for_tax.amount == booked.amount
    assert for_tax.id != booked.id


def test_ids_are_those_of_the_facts_whatever_the_language_the_accounts_and_the_day() -> None:
    (english,) = entries_of(LEVY)
    (kazakh,) = entries_of(
        LEVY, accounts=kztax.AccountMap.of({"mining_levy": {"debit": "7210", "credit": "3190"}}), locale="kk"
    )
    assert english.id == kazakh.id
    assert str(english.id) == "969b472b-afd1-5459-a53a-7f0ffd6c8988"
    assert entries_of({**LEVY, "period": "2025-Q2"})[0].id != english.id


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en", "Accrued: Digital mining levy, quarter 1 of 2025"),
        ("ru", "Начислено: Плата за цифровой майнинг, 1-й квартал 2025 г."),
        ("kk", "Есептелді: Цифрлық майнинг үшін төлемақы, 2025 жылғы 1-тоқсан"),
    ],
)
def test_texts_are_in_the_language_asked_for_without_strange_spaces(locale: str, text: str) -> None:
    assert entries_of(LEVY, locale=locale)[0].text == text


def test_the_same_facts_twice_are_refused() -> None:
    with pytest.raises(kztax.InvalidFacts, match="given twice"):
        entries_of(LEVY, LEVY)


def test_a_kind_without_entries_is_refused_by_name() -> None:
    with pytest.raises(kztax.InvalidFacts, match="entity_residency makes no journal entries"):
        entries_of(
            {"kind": "entity_residency", "incorporated_in": "KZ", "effective_management_in": "KZ", "on": "2025-01-01"}
        )


def test_a_private_persons_tax_is_in_no_books() -> None:
    salary = {"amount": "5000000", "category": "other"}
    with pytest.raises(kztax.InvalidFacts, match="private income"):
        entries_of({**PROPRIETOR, "income": [*PROPRIETOR["income"], salary]})  # type: ignore[misc]


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        (LEVY, ("accounts", "mining_levy", "debit")),
        (BRANCH, ("accounts", "branch_profits_tax", "budget_code")),
        (PROPRIETOR, ("accounts", "personal_income_tax", "debit")),
        (QUARTER, ("accounts", "value_added_tax", "debit")),
        (PAYMENT, ("accounts", "withholding_tax", "budget_code")),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_what_the_chart_does_not_say_is_asked_for(facts: Any, path: tuple[str, ...]) -> None:
    with pytest.raises(kztax.MissingFact) as refused:
        entries_of(facts, accounts=kztax.AccountMap.standard())
    assert refused.value.path == path
    assert path[1] in refused.value.message("kk")


@pytest.mark.parametrize(
    ("stated", "where"),
    [
        ({"mining_lev": {}}, "mining_lev"),
        ({"mining_levy": {"debit": "84"}}, "mining_levy.debit.account"),
        ({"mining_levy": {"debit": "=8410"}}, "mining_levy.debit.account"),
        (
            {"mining_levy": {"debit": {"account": "8410", "subconto": {"a": "1", "b": "2", "c": "3", "d": "4"}}}},
            "debit.subconto",
        ),
        ({"mining_levy": {"debit": {"account": "8410", "subconto": {"a": "x\ny"}}}}, "debit.subconto.a"),
        ({"mining_levy": {"debit": 8410}}, "mining_levy.debit"),
        ({"branch_profits_tax": {"budget_code": "1011"}}, "branch_profits_tax.budget_code"),
        ({"corporate_income_tax": {"tax_ledger": {"debi": "7710"}}}, "corporate_income_tax.tax_ledger.debi"),
    ],
    ids=str,
)
def test_an_account_map_that_does_not_fit_names_the_field(stated: Any, where: str) -> None:
    with pytest.raises(kztax.InvalidFacts) as refused:
        kztax.AccountMap.of(stated)
    assert where in ".".join(map(str, refused.value.path))
    assert refused.value.path[0] == "accounts"


def test_an_account_map_is_frozen_and_a_file_gives_the_same(tmp_path: Path) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text(
        '[mining_levy]\ndebit = "8410"\ncredit = { account = "3230", subconto = { "Налог" = "Плата" } }\n', "utf-8"
    )
    read = kztax.read_accounts(file)
    assert read.mining_levy.credit == kztax.Side(account="3230", subconto={"Налог": "Плата"})
    assert read.corporate_income_tax == kztax.AccountMap.standard().corporate_income_tax
    with pytest.raises(ValueError, match="frozen"):
        read.mining_levy.debit = None  # type: ignore[misc]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[mining_levy\n", "not TOML"),
        (b"\xff\xfe", "not TOML"),
        (b"#" * 1_000_001, "larger than"),
        (None, "cannot be read"),
    ],
    ids=["no TOML", "no UTF-8", "huge", "missing"],
)
def test_a_file_that_is_no_account_map_is_refused(content: bytes | None, message: str, tmp_path: Path) -> None:
    file = tmp_path / "accounts.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(kztax.UnreadableInput, match=message):
        kztax.read_accounts(file)


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_csv_holds_a_line_an_entry_and_a_spreadsheet_computes_none_of_it() -> None:
    accounts = kztax.AccountMap.of(
        {
            "mining_levy": {
                "debit": {"account": "8410", "subconto": {"=1+1": "x", "Cost": "@SUM(A1)"}},
                "credit": "3230",
                "tax_code": '=HYPERLINK("http://x","y")',
            }
        }
    )
    content = csv_of(entries_of(LEVY, accounts=accounts))
    assert content.startswith("\ufeff".encode() + b"date,")
    (row,) = rows_of(content)
    assert tuple(row) == COLUMNS
    assert row["debit_subconto_1"] == "'=1+1: x"
    assert row["debit_subconto_2"] == "Cost: @SUM(A1)"
    assert row["tax_code"] == '\'=HYPERLINK("http://x","y")'
    assert (row["amount_kzt"], row["debit"], row["id"]) == ("2000.51", "8410", str(entries_of(LEVY)[0].id))


@settings(deadline=None)
@given(st.text(max_size=20))
def test_no_cell_begins_a_formula(text: str) -> None:
    assert not harmless(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@pytest.fixture
def levy(tmp_path: Path) -> str:
    file = tmp_path / "levy.json"
    file.write_text(json.dumps(LEVY), encoding="utf-8")
    return str(file)


@pytest.fixture
def accounts(tmp_path: Path) -> str:
    file = tmp_path / "accounts.toml"
    file.write_text('[mining_levy]\ndebit = "8410"\ncredit = "3230"\n', encoding="utf-8")
    return str(file)


def test_export_writes_the_file_in_the_language_asked_for(levy: str, accounts: str, tmp_path: Path) -> None:
    out = tmp_path / "journal.csv"
    arguments = ["export", levy, "--format", "csv", "--accounts", accounts, "--locale", "ru", "-o", str(out)]
    assert main(arguments) == 0
    (row,) = rows_of(out.read_bytes())
    assert row["text"].startswith("Начислено: Плата за цифровой майнинг")


def test_export_writes_nothing_where_one_of_several_is_refused(
    levy: str, accounts: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "journal.csv"
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps({**LEVY, "period": "2020-Q1"}), encoding="utf-8")
    assert main(["export", levy, str(wrong), "--format", "csv", "--accounts", accounts, "-o", str(out)]) == 1
    assert not out.exists()
    assert "unknown_period" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--format", "csv"], 1, "accounts.mining_levy.debit"),
        (["--format", "sap"], 2, "neither csv nor a format"),
        (["--format", "csv", "--accounts", "/nowhere/accounts.toml"], 2, "cannot be read"),
        (["--format", "csv", "--accounts", "ACCOUNTS", "-o", "/nowhere/journal.csv"], 2, "cannot be written"),
    ],
    ids=["account missing", "unknown format", "no map", "no place"],
)
def test_export_says_what_is_wrong(
    arguments: list[str], status: int, said: str, levy: str, accounts: str, capfd: pytest.CaptureFixture[str]
) -> None:
    given_arguments = [accounts if each == "ACCOUNTS" else each for each in arguments]
    assert main(["export", levy, *given_arguments]) == status
    shown = capfd.readouterr()
    assert said in shown.err
    assert shown.out == ""


def test_export_to_standard_output_is_the_file(
    levy: str, accounts: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:

    command = [sys.executable, "-m", "kztax", "export", levy, "--format", "csv", "--accounts", accounts]
    assert rows_of(subprocess.run(command, capture_output=True, check=True).stdout)[0]["amount_kzt"] == "2000.51"


def test_a_plugins_format_is_given_the_accounts_and_the_language() -> None:
    class Exporter:
        @hookimpl
        def kztax_export(self, format: str, assessments: Any, accounts: Any, locale: str) -> bytes | None:
            return "; ".join(entry.text for entry in journal_entries(assessments, accounts, locale)).encode()

    plugins = Plugins([Exporter()], discover=False)
    assessment = kztax.TaxEngine(discover=False).assess(LEVY)
    assert plugins.export("mine", [assessment], STATED, "ru") == (
        "Начислено: Плата за цифровой майнинг, 1-й квартал 2025 г.".encode()
    )


def test_a_plugins_own_typed_error_is_not_wrapped() -> None:
    class Exporter:
        @hookimpl
        def kztax_export(self, format: str, assessments: Any, accounts: Any, locale: str) -> bytes | None:
            journal_entries(assessments, accounts, locale)
            return None

    with pytest.raises(kztax.MissingFact):
        Plugins([Exporter()], discover=False).export("mine", [kztax.assess(LEVY)])


def test_a_plugin_refuses_in_its_own_words() -> None:
    class Refusal(kztax.PluginRefusal):
        WORDS = {"shut": {"en": "{gate} is shut", "ru": "{gate}: закрыто", "kk": "{gate}: жабық"}}  # noqa: RUF012

    error = Refusal("shut", gate="A")
    assert (str(error), error.message("ru"), error.message("kk")) == ("A is shut", "A: закрыто", "A: жабық")
    assert error.as_json("kk")["message"] == "A: жабық"


def test_the_chart_names_only_accounts_of_known_charges_and_an_assessment_read_back_makes_the_same_entries() -> None:
    chart = tomllib.loads((Path(kztax.__file__).parent / "journal" / "chart_2019.toml").read_text(encoding="utf-8"))
    assert set(chart) <= set(kztax.AccountMap.model_fields)
    assessment = kztax.assess(COMPANY)
    stored = type(assessment)[kztax.CorporateIncomeTaxOutcome].model_validate_json(assessment.model_dump_json())  # type: ignore[index]
    assert journal_entries([stored]) == journal_entries([assessment])
    assert journal_entries([assessment])[0].on == date(2025, 12, 31)
