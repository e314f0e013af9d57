"""The journal as a workbook and as CSV, payment orders, settings, and the commands around them."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import kztax_1c
import pytest
from kztax_1c import kztax_export
from kztax_1c.identity import is_bin_or_iin, is_iik
from kztax_1c.payments import orders_of
from kztax_1c.settings import read_settings, settings_of
from kztax_1c.tables import csv_of, workbook_of
from kztax_1c.words import OneCError
from odata_server import PASSWORD, USER, Base1C
from onec_support import ACCOUNTS, COMPANY, LEVY, SETTINGS, entries_of
from openpyxl import load_workbook

import kztax
from kztax.cli import main
from kztax.journal import COLUMNS
from kztax.testing import Samples, assert_conforms

EVIL: Any = {
    "mining_levy": {
        "debit": {"account": "8410", "subconto": {'=HYPERLINK("http://x")': "1", "Cost": "x"}},
        "credit": "3230",
        "tax_code": "=1+1",
    }
}
CREATED = datetime(2026, 8, 20, 9, 30, 5, tzinfo=timezone(timedelta(hours=5)))


def sheet_of(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content))["kztax"]


def test_a_workbook_holds_days_sums_and_texts() -> None:
    sheet = sheet_of(workbook_of(entries_of(LEVY, COMPANY), "ru"))
    headings = [cell.value for cell in sheet[1]]
    assert headings[:4] == ["Дата", "Учёт", "Дт", "Субконто Дт 1"]
    first = dict(zip(COLUMNS, [cell.value for cell in sheet[2]], strict=True))
    assert first["date"] == datetime(2026, 6, 30)  # noqa: DTZ001 - a day of a workbook has no zone
    assert Decimal(str(first["amount_kzt"])) == Decimal("2000.51")
    assert (first["ledger"], first["debit"], first["credit"], first["budget_code"]) == (
        "бухгалтерский",
        "8410",
        "3230",
        "105317",
    )
    assert first["debit_subconto_1"] == "Cost item: Плата за майнинг"
    assert sheet.max_row == 3


def test_no_cell_of_a_workbook_is_a_formula() -> None:
    sheet = sheet_of(workbook_of(entries_of(LEVY, accounts=EVIL), "en"))
    cells = dict(zip(COLUMNS, sheet[2], strict=True))
    assert cells["tax_code"].value == "=1+1"
    assert cells["debit_subconto_1"].value == '=HYPERLINK("http://x"): 1'
    assert "f" not in {cell.data_type for row in sheet for cell in row}


def test_csv_is_as_spreadsheets_of_the_region_write_it() -> None:
    text = csv_of(entries_of(LEVY, accounts=EVIL), "kk").decode("utf-8-sig")
    heading, row = csv.reader(io.StringIO(text), delimiter=";")
    assert heading[:3] == ["Күні", "Есеп", "Дт"]
    found = dict(zip(COLUMNS, row, strict=True))
    assert (found["date"], found["amount_kzt"], found["tax_code"]) == ("30.06.2026", "2000,51", "'=1+1")
    assert found["debit_subconto_1"].startswith("'=HYPERLINK")


@pytest.mark.parametrize("write", [workbook_of, csv_of])
def test_nothing_payable_makes_no_file(write: Any) -> None:
    with pytest.raises(kztax.NothingPayable):
        write([], "ru")


def test_payment_orders_have_the_keys_of_the_kazakh_dialect() -> None:
    payments = settings_of(SETTINGS).stated_payments
    text = orders_of(entries_of(LEVY, COMPANY), payments, created=CREATED).decode("utf-8")
    assert text == "\r\n".join(
        [
            "1CClientBankExchange",
            "ВерсияФормата=2.00",
            "Кодировка=UTF8",
            "Отправитель=kztax",
            "Получатель=",
            "ДатаСоздания=20.08.2026",
            "ВремяСоздания=09:30:05",
            "ДатаНачала=10.04.2026",
            "ДатаКонца=25.08.2026",
            "РасчСчет=KZ86125KZT5004100100",
            *order("17", "25.08.2026", "2000.51", "Плата за цифровой майнинг, 2-й квартал 2026 г.; КБК 105317"),
            *order("18", "10.04.2026", "200000", "Корпоративный подоходный налог, 2025 г.; КБК 101111"),
            "КонецФайла",
            "",
        ]
    )


def order(number: str, day: str, amount: str, purpose: str) -> list[str]:
    return [
        "СекцияДокумент=ПлатежноеПоручение",
        f"НомерДокумента={number}",
        f"ДатаДокумента={day}",
        f"Сумма={amount}",
        "ПлательщикНаименование=ТОО Майнер",
        "ПлательщикБИН_ИИН=090140001235",
        "ПлательщикКБЕ=17",
        "ПлательщикИИК=KZ86125KZT5004100100",
        "ПлательщикБанкНаименование=АО Банк",
        "ПлательщикБанкБИК=AAAAKZKA",
        "ПолучательНаименование=УГД",
        "ПолучательБИН_ИИН=901040000017",
        "ПолучательКБЕ=11",
        "ПолучательИИК=KZ24070105KSN0000000",
        "ПолучательБанкНаименование=Казначейство",
        "ПолучательБанкБИН_ИИН=940240000021",
        "ПолучательБанкБИК=BBBBKZKB",
        f"НазначениеПлатежа=Начислено: {purpose}",
        "КодНазначенияПлатежа=911",
        f"ДатаВалютирования={day}",
        "Валюта=KZT",
        "КонецДокумента",
    ]


def test_orders_may_be_dated_and_numbered_and_pay_each_charge_once() -> None:
    payments = settings_of(SETTINGS).stated_payments
    accounts = {"corporate_income_tax": {"tax_ledger": {"debit": "7710Н", "credit": "3110Н"}}}
    entries = entries_of(COMPANY, accounts=accounts)
    assert len(entries) == 2
    text = orders_of(entries, payments, on=date(2026, 3, 2), first_number=5, created=CREATED).decode()
    assert text.count("СекцияДокумент=") == 1
    assert "НомерДокумента=5\r\nДатаДокумента=02.03.2026" in text


def test_orders_without_a_known_day_or_with_a_long_purpose_are_refused() -> None:
    payments = settings_of(SETTINGS).stated_payments
    (entry,) = entries_of(COMPANY)
    with pytest.raises(OneCError, match="--date"):
        orders_of([entry.model_copy(update={"payment_due": None})], payments)
    with pytest.raises(OneCError, match="210"):
        orders_of([entry.model_copy(update={"text": "x" * 199})], payments)
    assert orders_of([entry.model_copy(update={"text": "x" * 198})], payments)


def changed(path: str, value: Any) -> dict[str, Any]:
    """The settings with one field changed, or left out where the value is None."""
    head, _, rest = path.partition(".")

    def put(stated: dict[str, Any], head: str, rest: str) -> dict[str, Any]:
        if rest:
            first, _, others = rest.partition(".")
            return {**stated, head: put(stated.get(head, {}), first, others)}
        return {name: each for name, each in {**stated, head: value}.items() if each is not None}

    return put(SETTINGS, head, rest)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("organisation.bin", "090140001236"),
        ("organisation.bin", "09014000123"),
        ("organisation", None),
        ("organisation.name", "x"),
        ("payments.payer.iik", "KZ87125KZT5004100100"),
        ("payments.payer.iik", "KZ8612"),
        ("payments.payer.bin", "111111111111"),
        ("payments.beneficiary.bank_bin", "940240000022"),
        ("payments.payer.name", "x\nСумма=1"),
        ("payments.payer.bic", "aaaa"),
        ("payments.payer.kbe", "7"),
        ("payments.purpose_code", "9111"),
        ("payments.first_number", 0),
        ("taxes.mining_lev", {"code": "1"}),
        ("taxes.mining_levy", {"code": "1", "description": "x"}),
        ("subconto.Cost", "Catalog_X(guid'1')"),
        ("subconto.Cost", "Document_X"),
    ],
)
def test_settings_that_do_not_fit_name_the_field(path: str, value: Any) -> None:
    with pytest.raises(kztax.KztaxError) as refused:
        settings_of(changed(path, value))
    assert ".".join(map(str, refused.value.path)).startswith(path)
    assert refused.value.message("kk")


def test_settings_are_asked_for(monkeypatch: pytest.MonkeyPatch, files: Path) -> None:
    monkeypatch.delenv("KZTAX_1C_SETTINGS", raising=False)
    with pytest.raises(OneCError, match="KZTAX_1C_SETTINGS"):
        read_settings()
    with pytest.raises(OneCError, match=r"\[payments\]"):
        _ = settings_of({"organisation": SETTINGS["organisation"]}).stated_payments
    assert read_settings(files / "1c.toml").organisation.bin == "090140001235"
    for content in ("[", "\xff"):
        (files / "1c.toml").write_bytes(content.encode("latin-1"))
        with pytest.raises(kztax.UnreadableInput):
            read_settings(files / "1c.toml")
    with pytest.raises(kztax.UnreadableInput):
        read_settings(files / "nowhere.toml")


@pytest.mark.parametrize(("number", "fits"), [("090140001235", True), ("09014000123x", False), ("٠٩٠١٤٠٠٠١٢٣٥", False)])
def test_check_digits(number: str, fits: bool) -> None:
    assert is_bin_or_iin(number) is fits
    assert not is_iik("kz86125kzt5004100100")


def test_it_conforms(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KZTAX_1C_SETTINGS", str(files / "1c.toml"))
    # A workbook and a file of payments name the moment of their making.
    dated = ["1c-xlsx", "1c-payments"]
    assert_conforms(kztax_1c, Samples(exports=["1c-csv"], dated_exports=dated, refusals=[OneCError]))


def test_another_plugins_format_is_left_alone() -> None:
    assert kztax_export("csv-of-another", [], None, "ru") is None


def kztax_of(files: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, "KZTAX_LOAD_PLUGINS": "1c", **environment}
    return subprocess.run(
        [sys.executable, "-m", "kztax", *arguments], capture_output=True, env=env, cwd=files, check=False
    )


def test_the_installed_plugin_adds_its_formats_to_kztax_export(files: Path) -> None:
    assert b"1c 0.1.0  ok  kztax_commands, kztax_export" in kztax_of(files, "plugins").stdout
    export = ("export", "levy.json", "--accounts", "accounts.toml", "--locale", "ru", "--format")
    assert kztax_of(files, *export, "1c-xlsx", "-o", "journal.xlsx").returncode == 0
    assert sheet_of((files / "journal.xlsx").read_bytes()).max_row == 2
    assert "Начислено".encode() in kztax_of(files, *export, "1c-csv").stdout
    orders = kztax_of(files, *export, "1c-payments", KZTAX_1C_SETTINGS="1c.toml")
    assert orders.stdout.startswith(b"1CClientBankExchange\r\n")
    refused = kztax_of(files, *export, "1c-payments")
    assert refused.returncode == 1
    assert "нет настроек" in refused.stderr.decode()


def test_the_command_checks_drafts_and_pays(
    files: Path, base: Base1C, address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(files)
    monkeypatch.setenv("KZTAX_1C_SETTINGS", "1c.toml")
    monkeypatch.setenv("KZTAX_LOAD_PLUGINS", "1c")
    monkeypatch.setenv("KZTAX_1C_URL", address)
    monkeypatch.setenv("KZTAX_1C_USER", USER)
    monkeypatch.setenv("KZTAX_1C_PASSWORD", PASSWORD)
    assert main(["onec", "check", "--locale", "ru"]) == 0
    assert "организация: ТОО Майнер" in capsys.readouterr().out
    stated = ["levy.json", "--accounts", "accounts.toml", "--locale", "kk"]
    assert main(["onec", "draft", *stated]) == 0
    assert "жоба жазылды: Есептелді: Цифрлық майнинг үшін төлемақы" in capsys.readouterr().out
    assert base.documents[0]["Posted"] is False
    assert main(["onec", "draft", "--post", *stated]) == 0
    assert base.documents[0]["Posted"] is True
    assert main(["onec", "payments", "-o", "orders.txt", "--date", "2026-08-20", "--first-number", "3", *stated]) == 0
    assert "НомерДокумента=3\r\nДатаДокумента=20.08.2026" in (files / "orders.txt").read_bytes().decode()


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["draft", "levy.json"], 1),
        (["draft", "nowhere.json"], 2),
        (["draft", "accounts.toml"], 2),
        (["payments", "levy.json", "--accounts", "accounts.toml", "-o", "x", "--date", "tomorrow"], 2),
        (["payments", "levy.json", "--accounts", "accounts.toml", "-o", "x", "--first-number", "0"], 2),
        (["payments", "levy.json", "--accounts", "accounts.toml", "-o", "/nowhere/x"], 2),
    ],
)
def test_the_command_says_what_is_wrong(
    arguments: list[str], status: int, files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(files)
    monkeypatch.setenv("KZTAX_1C_SETTINGS", "1c.toml")
    monkeypatch.setenv("KZTAX_LOAD_PLUGINS", "1c")
    assert main(["onec", *arguments]) == status
    assert capsys.readouterr().err.startswith("kztax: ")
    assert not (files / "x").exists()


def test_the_accounts_of_these_tests_fit() -> None:
    assert kztax.AccountMap.of(ACCOUNTS).mining_levy.debit is not None
