"""Drafts in a base of 1C, over real HTTP: written once, compared, never posted unasked; what is refused and how."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest
from kztax_1c.base import Base
from kztax_1c.client import Client
from kztax_1c.credentials import Credentials
from kztax_1c.drafts import Done, Result, key_of, write_drafts
from kztax_1c.money import as_double, same_sum
from kztax_1c.settings import Settings, settings_of
from kztax_1c.words import OneCError
from odata_server import EMPTY, PASSWORD, PUBLISHED, ROW_TYPE, RUSSIAN, USER, Base1C, key, tax
from onec_support import COMPANY, LEVY, SETTINGS, entries_of

import kztax

BIN = "090140001235"


def draft(
    way: Credentials, entries: list[kztax.JournalEntry], stated: Settings, *, post: bool = False, timeout: float = 5
) -> list[Result]:
    with Client(way, timeout=timeout, pause=0.01) as client:
        return list(write_drafts(client, Base(client, stated), entries, BIN, post=post))


def test_a_draft_holds_what_the_entry_says_and_is_not_posted(
    base: Base1C, way: Credentials, settings: Settings
) -> None:
    entries = entries_of(LEVY)
    (result,) = draft(way, entries, settings)
    assert result.done is Done.WRITTEN
    (document,) = base.documents
    assert document["Ref_Key"] == result.key == key_of(entries[0], BIN)
    assert document["Posted"] is False
    assert document["Date"] == "2026-06-30T00:00:00"
    assert document["Организация_Key"] == key(21)
    # 1,000.255 kWh at 2 KZT.
    assert document["СуммаДокумента"] == 2000.51
    (row,) = document["ОтражениеВУчете"]
    assert row == {
        "LineNumber": "1",
        "Период": "2026-06-30T00:00:00",
        "ВидНалога_Key": key(32),
        "КодБК": "105317",
        "СчетЗатратБУ_Key": key(3),
        "СчетНалогаБУ_Key": key(4),
        "СубконтоЗатратБУ1": key(41),
        "СубконтоЗатратБУ1_Type": "StandardODATA.Catalog_СтатьиЗатрат",
        "Сумма": 2000.51,
        "Содержание": "Начислено: Плата за цифровой майнинг, 2-й квартал 2026 г.",
    }


def test_the_accounts_of_the_tax_ledger_are_those_that_the_base_names_else_those_stated(
    base: Base1C, way: Credentials, settings: Settings
) -> None:
    draft(way, entries_of(COMPANY), settings)
    row = base.documents[0]["ОтражениеВУчете"][0]
    assert (row["СчетЗатратНУ_Key"], row["СчетНалогаНУ_Key"]) == (key(11), key(12))
    base.documents.clear()
    stated = {"corporate_income_tax": {"tax_ledger": {"debit": "8410Н", "credit": "3110Н"}}}
    draft(way, entries_of(COMPANY, accounts=stated), settings)
    row = base.documents[0]["ОтражениеВУчете"][0]
    assert (row["СчетЗатратНУ_Key"], row["СчетНалогаНУ_Key"]) == (key(13), key(12))
    assert len(base.documents) == 1


def test_the_same_again_writes_nothing(base: Base1C, way: Credentials, settings: Settings) -> None:
    entries = entries_of(LEVY, COMPANY)
    assert [result.done for result in draft(way, entries, settings)] == [Done.WRITTEN, Done.WRITTEN]
    assert [result.done for result in draft(way, entries, settings)] == [Done.FOUND, Done.FOUND]
    assert (base.writes, len(base.documents)) == (2, 2)


def test_two_organisations_with_equal_facts_have_documents_of_their_own() -> None:
    (entry,) = entries_of(LEVY)
    assert key_of(entry, BIN) != key_of(entry, "901040000017")


def test_an_answer_that_does_not_come_after_the_write_makes_no_second_document(
    base: Base1C, way: Credentials, settings: Settings
) -> None:
    base.silent_after_write = True
    (result,) = draft(way, entries_of(LEVY), settings, timeout=0.3)
    assert result.done is Done.WRITTEN
    assert (base.writes, len(base.documents)) == (1, 1)
    base.silent_after_write = False
    assert draft(way, entries_of(LEVY), settings)[0].done is Done.FOUND
    assert len(base.documents) == 1


def test_an_answer_that_does_not_come_before_the_write_is_said_and_can_be_repeated(
    base: Base1C, way: Credentials, settings: Settings
) -> None:
    base.silent_before_write = 1
    with pytest.raises(OneCError, match="Run the same again") as refused:
        draft(way, entries_of(LEVY), settings, timeout=0.3)
    assert refused.value.reason == "not_confirmed"
    assert base.writes == 0
    assert draft(way, entries_of(LEVY), settings)[0].done is Done.WRITTEN
    assert base.writes == 1


def test_reading_is_repeated_where_the_connection_fails(base: Base1C, way: Credentials, settings: Settings) -> None:
    base.drops_reads = 2
    assert draft(way, entries_of(LEVY), settings)[0].done is Done.WRITTEN


def test_a_document_that_says_otherwise_is_left_as_it_is(base: Base1C, way: Credentials, settings: Settings) -> None:
    entries = entries_of(LEVY)
    draft(way, entries, settings)
    base.documents[0]["СуммаДокумента"] = 1.0
    base.documents[0]["ОтражениеВУчете"][0]["Сумма"] = 1.0
    before = copy.deepcopy(base.documents)
    with pytest.raises(OneCError, match=r"СуммаДокумента, ОтражениеВУчете.Сумма. Nothing was changed"):
        draft(way, entries, settings)
    assert base.documents == before


@pytest.mark.parametrize(
    ("drift", "is_ours"),
    [(0.0, True), (4e-12, True), (-4e-12, True), (0.01, False), (-0.01, False), (0.005, False), (1000.0, False)],
)
def test_sums_are_compared_to_the_tiyn(
    drift: float, is_ours: bool, base: Base1C, way: Credentials, settings: Settings
) -> None:
    def changed(document: dict[str, Any]) -> dict[str, Any]:
        row = {**document["ОтражениеВУчете"][0], "Сумма": 2000.51 + drift}
        return {**document, "ОтражениеВУчете": [row]}

    base.change = changed
    if is_ours:
        assert draft(way, entries_of(LEVY), settings)[0].done is Done.WRITTEN
        return
    with pytest.raises(OneCError) as refused:
        draft(way, entries_of(LEVY), settings)
    assert refused.value.reason == "written_differently"
    assert refused.value.detail["fields"] == "ОтражениеВУчете.Сумма"


@pytest.mark.parametrize(
    ("field", "value"),
    [("Организация_Key", EMPTY), ("DeletionMark", True), ("Date", "2026-07-01T00:00:00"), ("ОтражениеВУчете", [])],
)
def test_whatever_else_the_base_holds_is_named(
    field: str, value: Any, base: Base1C, way: Credentials, settings: Settings
) -> None:
    base.change = lambda document: {**document, field: value}
    with pytest.raises(OneCError) as refused:
        draft(way, entries_of(LEVY), settings)
    assert (refused.value.reason, refused.value.detail["fields"]) == ("written_differently", field)


def test_a_document_is_posted_only_where_that_is_asked_for(base: Base1C, way: Credentials, settings: Settings) -> None:
    draft(way, entries_of(LEVY), settings)
    assert base.documents[0]["Posted"] is False
    assert not any("/Post()" in request for request in base.requests)
    assert draft(way, entries_of(LEVY), settings, post=True)[0].done is Done.POSTED
    assert base.documents[0]["Posted"] is True
    asked = sum("/Post()" in request for request in base.requests)
    assert draft(way, entries_of(LEVY), settings, post=True)[0].done is Done.POSTED
    assert sum("/Post()" in request for request in base.requests) == asked == 1


def test_a_posting_without_an_answer_is_looked_up(base: Base1C, way: Credentials, settings: Settings) -> None:
    base.silent_posts = True
    assert draft(way, entries_of(LEVY), settings, post=True, timeout=0.3)[0].done is Done.POSTED
    base.documents.clear()
    base.posts = False
    with pytest.raises(OneCError, match="was not posted"):
        draft(way, entries_of(LEVY), settings, post=True, timeout=0.3)


def test_every_entry_is_resolved_before_the_first_is_written(
    base: Base1C, way: Credentials, settings: Settings
) -> None:
    accounts = {"mining_levy": {"debit": "8411", "credit": "3230"}}
    with pytest.raises(OneCError, match="8411"):
        draft(way, entries_of(COMPANY, LEVY, accounts=accounts), settings)
    assert base.documents == []


def without(published: dict[str, dict[str, str]], entity: str, field: str) -> dict[str, dict[str, str]]:
    return {**published, entity: {name: kind for name, kind in published[entity].items() if name != field}}


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        ("page_for_people", True, "rights"),
        ("wrong_user", True, "rights"),
        ("status", 403, "rights"),
        ("status", 500, "server_error"),
        ("status", 302, "server_error"),
        ("version", "4.0;", "not_odata"),
        ("answers", b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"/>', "not_odata"),
        ("answers", {"@odata.context": "http://base/$metadata", "value": []}, "not_odata"),
        ("answers", {"odata.metadata": "x", "value": {}}, "not_odata"),
        ("answers", b"[" * 100_000, "not_odata"),
        ("answers", b" " * 32_000_001, "answer_too_large"),
        ("published", RUSSIAN, "russian_base"),
        ("published", {"Catalog_Контрагенты": {}}, "not_kazakh_base"),
        ("published", without(PUBLISHED, ROW_TYPE, "ВидНалога_Key"), "not_published"),
        ("published", {k: v for k, v in PUBLISHED.items() if not k.startswith("Document")}, "not_published"),
        ("metadata_head", '<!DOCTYPE x [<!ENTITY a "b">]>', "not_odata"),
        ("metadata_head", "<", "not_odata"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_kazakh_base_is_refused_before_anything_is_written(
    setting: str, value: Any, reason: str, base: Base1C, way: Credentials, settings: Settings
) -> None:
    setattr(base, setting, value)
    with pytest.raises(OneCError) as refused:
        draft(way, entries_of(LEVY), settings)
    assert refused.value.reason == reason
    assert base.documents == []
    for locale in ("en", "ru", "kk"):
        said = refused.value.message(locale)
        assert USER not in said
        assert PASSWORD not in said
        assert "\x1b" not in said


def taxes(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"Catalog_НалогиСборыОтчисления": list(rows)}


@pytest.mark.parametrize(
    ("sets", "reason"),
    [
        ({"Catalog_Организации": []}, "not_found"),
        (taxes(), "not_found"),
        (taxes(tax(1, "Плата", "105317"), tax(2, "Плата", "105317")), "several_found"),
        (taxes(tax(1, "Плата", "105317", DeletionMark=True)), "not_found"),
        (taxes(tax(1, "Плата", "105317", СчетУчетаРасчетовСКонтрагентомБУ_Key=key(2))), "tax_account_differs"),
        ({"Catalog_СтатьиЗатрат": []}, "not_found"),
    ],
    ids=["organisation", "tax", "two taxes", "deleted tax", "another account", "subconto"],
)
def test_what_the_base_does_not_hold_once_is_refused(
    sets: dict[str, Any], reason: str, base: Base1C, way: Credentials, settings: Settings
) -> None:
    base.sets.update(sets)
    with pytest.raises(OneCError) as refused:
        draft(way, entries_of(LEVY), settings)
    assert refused.value.reason == reason
    assert base.documents == []


def test_a_closed_account_is_refused(way: Credentials, settings: Settings) -> None:
    with pytest.raises(OneCError, match="account 3130 takes no entries"):
        draft(way, entries_of(LEVY, accounts={"mining_levy": {"debit": "8410", "credit": "3130"}}), settings)


def test_a_tax_may_be_named_by_code_or_description_and_its_budget_code_must_be_ours(
    base: Base1C, way: Credentials
) -> None:
    for named in ({"code": "000000032"}, {"description": "Плата за цифровой майнинг", "payment_kind": "Налог"}):
        base.documents.clear()
        draft(way, entries_of(LEVY), settings_of({**SETTINGS, "taxes": {"mining_levy": named}}))
        row = base.documents[0]["ОтражениеВУчете"][0]
        assert row["ВидНалога_Key"] == key(32)
        assert row.get("ВидПлатежаВБюджет") == named.get("payment_kind")
    wrong = settings_of({**SETTINGS, "taxes": {"mining_levy": {"description": "НДС"}}})
    with pytest.raises(OneCError, match="105101, the assessment 105317"):
        draft(way, entries_of(LEVY), wrong)


def test_a_kind_of_subconto_without_a_list_is_asked_for(way: Credentials) -> None:
    with pytest.raises(OneCError) as refused:
        draft(way, entries_of(LEVY), settings_of({**SETTINGS, "subconto": {}}))
    assert refused.value.path == ("subconto", "Cost item")


def test_a_quotation_mark_in_a_name_stays_in_the_name(base: Base1C, way: Credentials) -> None:
    base.sets["Catalog_НалогиСборыОтчисления"] = [tax(7, "Плата' or 1 eq 1", "105317")]
    stated = settings_of({**SETTINGS, "taxes": {"mining_levy": {"description": "Плата' or 1 eq 1"}}})
    assert draft(way, entries_of(LEVY), stated)[0].done is Done.WRITTEN


def test_a_base_that_is_not_there_is_said(settings: Settings) -> None:
    nowhere = Credentials("http://localhost:9/odata/standard.odata/", USER, PASSWORD)
    with pytest.raises(OneCError, match="not reached"):
        draft(nowhere, entries_of(LEVY), settings)


@pytest.mark.parametrize("amount", ["0.01", "2000.51", "999999999999.99", "9007199254740.91"])
def test_a_double_holds_sums_to_the_tiyn(amount: str) -> None:
    assert same_sum(Decimal(amount), Decimal(repr(as_double(Decimal(amount)))))


@pytest.mark.parametrize("amount", ["90071992547409931.01", "1234567890123456.78"])
def test_a_sum_that_a_double_does_not_hold_is_refused(amount: str) -> None:
    with pytest.raises(OneCError, match=amount):
        as_double(Decimal(amount))


@pytest.mark.parametrize("theirs", ["2000.51", None, True, [], float("nan")])
def test_what_is_no_number_is_no_sum(theirs: object) -> None:
    assert not same_sum(Decimal("2000.51"), theirs)
    assert not same_sum(Decimal(1), theirs)
