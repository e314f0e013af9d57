"""Form 270.00: worked out by hand, and the cabinet's own file read and written to the digit."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import kztax
from kztax.core.errors import ErrorCode, KztaxError
from kztax.explain.catalog import LOCALES
from kztax.forms.cabinet import CabinetFile, Cell, json_text
from kztax.forms.codes import code_lists
from kztax.forms.model import Acceptance

HERE = Path(__file__).parent / "forms"
FILLED = (HERE / "270.00-2025-filled.json").read_bytes()
EMPTY = (HERE / "270.00-2025-empty.json").read_bytes()
ENGINE = kztax.TaxEngine(discover=False)
PERSON: dict[str, Any] = {
    "iin": "850615350125", "name": "Ахметов Арман", "tax_office": "6004", "declaration_date": "2026-06-23",
}  # fmt: skip
SALE = {"asset": "BTC", "quantity": "1", "disposed_on": "2025-05-05", "proceeds": "3000000", "acquisition_cost": "0"}


def year(**fields: Any) -> dict[str, Any]:
    return {"kind": "personal_income_tax", "tax_year": 2025, "resident": True, **fields}


def income(amount: str, category: str, source: str = "foreign", **fields: Any) -> dict[str, Any]:
    return {"amount": amount, "category": category, "source": source, **fields}


def person(**fields: Any) -> dict[str, Any]:
    return {**PERSON, "income_and_property": fields}


def filled(facts: dict[str, Any], taxpayer: dict[str, Any] | None = None, revision: bytes | None = None) -> kztax.Form:
    return ENGINE.fill_form("270.00", [facts], taxpayer, revision=revision)


def refusal(facts: dict[str, Any], taxpayer: dict[str, Any] | None = None, revision: bytes | None = None) -> KztaxError:
    with pytest.raises(KztaxError) as refused:
        filled(facts, taxpayer, revision).cabinet_file()
    assert len({refused.value.message(locale) for locale in LOCALES}) == len(LOCALES)
    return refused.value


def amounts(form: kztax.Form) -> dict[str, int]:
    return {number.removeprefix("270.01 "): int(value) for number, value in form.amounts.items()}


def rows_stated(annex: str, cells: dict[Cell, Decimal | str]) -> dict[str, list[dict[str, Any]]]:
    """The taxpayer's rows that would fill the tables of an annex as a file holds them."""
    laid_out = CabinetFile.read(FILLED).layout
    stated: dict[str, list[dict[str, Any]]] = {}
    for table in laid_out.tables:
        if table.annex != annex:
            continue
        rows: dict[int, dict[str, Any]] = {}
        for column in table.columns:
            for cell, value in cells.items():
                if cell.number == f"{table.number} {column.key}" and cell.row is not None:
                    rows.setdefault(cell.row, {})[column.field] = str(value)
        stated[table.field.partition(".")[2]] = list(rows.values())
    return stated


def test_the_filled_example_is_worked_out_to_the_same_numbers() -> None:
    """D 3,505,000 − E 1,000,000 − F 720,000 = G 1,785,000; at 10 % H 178,500; all of it paid abroad: K 0."""
    facts = year(
        income=[
            income("1000000", "other", "kazakhstan", exempt_ground="listed_securities"),
            income("2000000", "other"),
            income("450000", "dividends"),
            income("50000", "interest"),
            income("5000", "other"),
        ],
        deductions={"standard_months": 12, "social_payments": "59424"},
        foreign_tax=[{"country": "US", "income": "2055000", "tax_paid": "178500", "category": "other"}],
    )
    taxpayer = person(income_lines={"0": "A.1 1)", "1": "A.1 2)"})
    form = filled(facts, taxpayer)
    theirs = {
        cell.number.removeprefix("270.01 "): int(value)
        for cell, value in CabinetFile.read(FILLED).cells().items()
        if cell.number.startswith("270.01") and isinstance(value, Decimal)
    }
    ours = amounts(form)
    # 12 months of 14 × 3,932 are standard, the contributions are not; the example has them together.
    assert (ours.pop("F.1"), ours.pop("F.2"), theirs.pop("F.1")) == (660576, 59424, 720000)
    assert ours == theirs
    assert form.acceptance is Acceptance.SEEN
    assert form.annexes == ("270.01",)


def test_the_cabinets_files_are_read_and_written_to_the_byte() -> None:
    for content in (FILLED, EMPTY):
        assert CabinetFile.read(content).text().encode() == content
    cells = CabinetFile.read(FILLED).cells()
    assert cells[Cell("270.04 B val_J", 5)] == Decimal(152000)
    assert cells[Cell("270.04 B F", 1)] == "2024-06-07"
    assert cells[Cell("270.01 K")] == Decimal(0)
    assert not [cell for cell in CabinetFile.read(EMPTY).cells() if cell.number.startswith("270.01")]


def test_the_file_that_we_write_is_read_back_with_every_cell() -> None:
    facts = year(
        disposals=[SALE, {**SALE, "asset": "ETH", "source": "foreign"}], income=[income("50000.40", "interest")]
    )
    taxpayer = {
        **person(**rows_stated("270.04", CabinetFile.read(FILLED).cells())),
        "phone": "+7 (700) 000-00-00", "email": "a@example.org", "spouse_iin": "850615350125", "rnn": "123456789012",
        "akim_office_bin": "170640001250", "name_kk": "Ахметов А.", "name_en": "Akhmetov",
    }  # fmt: skip
    form = filled(facts, taxpayer)
    written = CabinetFile.read(form.cabinet_file().encode())
    told = {Cell(line.number, line.row): line.value if line.value is not None else line.text for line in form.lines}
    told[Cell("270.00.7")] = "NEXT_PRIORITY"
    told[Cell("270.00.3")] = Decimal(2025)
    told.pop(Cell("270.00.8"))
    assert written.cells() == told
    assert written.revision == "d5b18e94-3f27-4a65-9c88-2f6d4b9e1a73"
    common = written.document["fnoContent"]["commonInfo"]
    assert common["selectedApplications"] == ["application_01", "application_04"]
    assert list(written.document) == list(CabinetFile.read(EMPTY).document)


@pytest.mark.parametrize(("annex", "application"), [("270.04", "application_04"), ("270.05", "application_05")])
def test_tables_are_written_as_the_filled_example_has_them(annex: str, application: str) -> None:
    cells = CabinetFile.read(FILLED).cells()
    stated = rows_stated(annex, cells)
    for row in stated.get("movements_abroad", ()):
        row.setdefault("counterparty", None)
    document = json.loads(filled(year(), person(**stated)).cabinet_file())
    theirs = json.loads(FILLED)["fnoContent"][application]
    assert document["fnoContent"][application] == theirs


def test_decimals_of_other_currencies_stand_as_stated() -> None:
    money = {"bank_id": "X", "bank_name": "Y", "country": "USA", "currency": "USD", "amount": "1234.50"}
    form = filled(year(foreign_bank_money="500000000"), person(bank_money_abroad=[money]))
    assert '"F": 1234.5,' in form.cabinet_file()
    assert (
        json_text({"a": [Decimal("1.50"), None, "ә"], "b": {}})
        == '{\n "a": [\n  1.50,\n  null,\n  "ә"\n ],\n "b": {}\n}'
    )


def test_amounts_are_whole_tenge_and_the_step_shows() -> None:
    """0.50 rounds up; the sum is of what is shown: 100,001 + 50,000 = 150,001; H is 15,000.05 and shows 15,000."""
    form = filled(year(income=[income("100000.50", "interest"), income("50000", "other")]))
    assert amounts(form) == {
        "B": 150001, "B.1": 150001, "B.1 5)": 100001, "B.1 9)": 50000, "D": 150001, "G": 150001, "H": 15000, "K": 15000,
    }  # fmt: skip
    assert form.line("270.01 B.1 5)").exact == Decimal("100000.50")
    assert form.line("270.01 B.1 9)").exact is None
    assert form.line("270.01 H").exact == Decimal("15000.05")
    assert "rounded half up to whole tenge from KZT 100,000.50" in form.write("en")


def test_a_gain_stands_where_its_source_is() -> None:
    facts = year(
        disposals=[
            SALE,
            {**SALE, "source": "foreign", "acquisition_cost": "1000000"},
            {**SALE, "source": "low_tax", "proceeds": "7"},
            {**SALE, "acquired_by": "mining"},
            {**SALE, "proceeds": "1", "acquisition_cost": "5"},
        ],
        income=[income("40", "other", "kazakhstan")],
    )
    form = filled(facts, person(movements_abroad=[], income_lines={"0": "A.1 1)"}))
    assert (amounts(form)["A.1 1)"], amounts(form)["A.1 2)"]) == (3000040, 2000007)
    abroad = form.line("270.01 A.1 2)").source
    assert (abroad.path, abroad.citation is None) == ("gain_on_digital_assets", False)
    one = filled(year(disposals=[{**SALE, "source": "foreign"}]), person(movements_abroad=[])).line("270.01 A.1 2)")
    assert one.source.citation is not None
    assert one.source.citation.article == "332(4)"


def test_a_gain_that_is_only_a_number_needs_its_source() -> None:
    facts = year(digital_asset_gain="1000000")
    form = filled(facts)
    assert ("270.01 A.1 2)", "income_and_property.gain_from_abroad") in {
        (line.number, line.field) for line in form.missing
    }
    assert not {"A", "D", "G", "H", "K"} & set(amounts(form))
    assert refusal(facts, person()).path == ("taxpayer", "income_and_property", "gain_from_abroad")
    assert refusal(facts, person(gain_from_abroad="1000001")).reason == "gain_abroad_over_gain"
    stated = filled(facts, person(gain_from_abroad="300000", movements_abroad=[]))
    assert (amounts(stated)["A.1 1)"], amounts(stated)["A.1 2)"], amounts(stated)["K"]) == (700000, 300000, 100000)
    home = filled(facts, person(gain_from_abroad="0"))
    assert "A.1 2)" not in amounts(home)


@pytest.mark.parametrize(
    ("ground", "category", "line"),
    [("listed_securities", "interest", "E.1"), ("charity", "other", "E.1"), ("aifc_company", "dividends", "E.4")],
)
def test_exempt_income_is_adjusted_by_the_article_that_exempts_it(ground: str, category: str, line: str) -> None:
    stated = income("700000", category, "foreign" if ground == "charity" else "kazakhstan", exempt_ground=ground)
    chosen = {"income_lines": {"0": "B.7"}} if category == "dividends" else {}
    form = filled(year(income=[stated]), person(**chosen))
    assert (amounts(form)["D"], amounts(form)[line], amounts(form)["G"], amounts(form)["K"]) == (700000, 700000, 0, 0)
    source = form.line(f"270.01 {line}").source
    assert source.citation is not None
    assert source.citation.act == ("aifc_law" if line == "E.4" else "tax_code_2017")


def test_an_exemption_whose_line_was_not_seen() -> None:
    stated = income("1", "employment", exempt_ground="aifc_employee")
    facts = year(citizen=False, income=[stated])
    found = ENGINE.assess(facts).outcome.exempt_income
    if found:
        assert refusal(facts, person()).reason == "form_line_of_exemption"
    at_home = year(citizen=False, income=[income("1", "employment", "kazakhstan", exempt_ground="aifc_employee")])
    assert refusal(at_home, person(income_lines={"0": "B.3"})).reason == "form_line_of_exemption"


def test_what_agents_taxed_is_left_out_with_the_deductions_that_they_used() -> None:
    """Pay 5,000,000, deductions 660,576 all used there, 433,942.40 withheld; own 1,000,000 bears 100,000."""
    pay = income("5000000", "employment", "kazakhstan", taxed_by_agent=True, withheld="433942.40")
    facts = year(income=[pay, income("1000000", "other")], deductions={"standard_months": 12})
    form = filled(facts, person(deductions_used_by_agents="660576"))
    assert amounts(form) == {"B": 1000000, "B.1": 1000000, "B.1 9)": 1000000, "D": 1000000, "G": 1000000, "H": 100000,
                             "K": 100000}  # fmt: skip
    assert {"agents_income_left_out", "tax_less_withheld"} <= {note.id for note in form.notes}
    open_ = filled(facts)
    assert ("270.01 F.1", "income_and_property.deductions_used_by_agents") in {
        (line.number, line.field) for line in open_.missing
    }
    assert not {"F", "G", "H", "K"} & set(amounts(open_))
    assert refusal(facts, person()).reason == "form_field_missing"
    assert refusal(facts, person(deductions_used_by_agents="660577")).reason == "deductions_used_over_all"
    assert refusal(facts, person(deductions_used_by_agents="0")).reason == "form_270_does_not_add_up"


def test_deductions_above_the_income_leave_nothing() -> None:
    form = filled(year(income=[income("600000", "other")], deductions={"standard_months": 12}))
    assert (amounts(form)["F.1"], amounts(form)["G"], amounts(form)["K"]) == (660576, 0, 0)
    assert "deductions_over_income" in {note.id for note in form.notes}


def test_pay_at_home_without_an_agent_needs_its_line() -> None:
    facts = year(income=[income("9", "interest"), income("100000", "employment", "kazakhstan")])
    missing = refusal(facts, person())
    assert (missing.code, missing.path) == (
        ErrorCode.MISSING_FACT,
        ("taxpayer", "income_and_property", "income_lines", "1"),
    )
    assert "income_and_property.income_lines.1" in {line.field for line in filled(facts).missing}
    assert amounts(filled(facts, person(income_lines={"1": "B.2"})))["B.2"] == 100000
    for place, line, reason in (
        ("2", "B.2", "form_no_such_income"), ("x", "B.2", "form_no_such_income"), ("1", "D", "form_no_such_line"),
        ("1", "B.1", "form_no_such_line"),
    ):  # fmt: skip
        assert refusal(facts, person(income_lines={place: line})).reason == reason
    agents = year(income=[income("9", "employment", "kazakhstan", taxed_by_agent=True)])
    assert refusal(agents, person(income_lines={"0": "B.2"})).reason == "form_no_such_income"


def test_other_income_at_home_is_taken_as_line_b7_aloud() -> None:
    form = filled(year(income=[income("100000", "other", "kazakhstan")]))
    assert amounts(form)["B.7"] == 100000
    assert "taken_as_b7" in {note.id for note in form.notes}


def test_business_and_practice_stand_elsewhere() -> None:
    months = [{"income": "100000", "tax": "9000.50"}] * 12
    own = income("1000000", "other")
    practice = income("1200000", "private_practice", "kazakhstan")
    facts = year(income=[own, practice, income("5000000", "entrepreneur", "kazakhstan")])
    form = filled(facts, person(private_practice=months))
    assert (amounts(form)["D"], amounts(form)["H"]) == (1000000, 100000)
    assert form.line("270.03 B", row=0).value == Decimal(1200000)
    assert form.line("270.03 C", row=12).value == Decimal(9001)
    assert form.line("270.03 C", row=0).value == Decimal(108006)
    assert form.annexes == ("270.01", "270.03")
    assert "entrepreneur_elsewhere" in {note.id for note in form.notes}
    document = json.loads(form.cabinet_file())
    assert document["fnoContent"]["application_03"]["C"][0]["C"] == 108006
    assert document["fnoContent"]["application_03"]["C"][12]["B"] == 100000
    assert refusal(facts, person()).path == ("taxpayer", "income_and_property", "private_practice")
    assert refusal(facts, person(private_practice=months[:11])).reason == "practice_of_twelve_months"
    assert refusal(facts, person(private_practice=[{"income": "1", "tax": "1"}] * 12)).reason == "practice_differs"


def test_property_that_the_facts_speak_of_is_asked_for() -> None:
    facts = year(disposals=[{**SALE, "source": "foreign"}], owns_digital_assets_at_year_end=True,
                 foreign_bank_money="500000000")  # fmt: skip
    error = refusal(facts, person())
    assert [each.path[-1] for each in (error, *error.others)] == [
        "movements_abroad", "bank_money_abroad", "property_abroad",
    ]  # fmt: skip
    nothing = person(movements_abroad=[], bank_money_abroad=[], property_abroad=[])
    assert filled(facts, nothing).complete
    official: dict[str, Any] = {"acquisitions_of_official": [], "bank_money_abroad": [], "property_abroad": []}
    assert filled(facts, person(**official)).complete


MOVEMENT = {
    "operation": "4", "asset_kind": "8", "quantity": "0.5", "identifier": "BTC", "on": "2025-05-05", "country": "CYM",
    "currency": "USD", "amount": "10.25",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"operation": "14"}, "operation", "not_in_code_list"),
        ({"operation": "13"}, "operation_text", "words_of_another_code"),
        ({"asset_kind_text": "coin"}, "asset_kind_text", "words_of_another_code"),
        ({"country": "KY"}, "country", "not_in_code_list"),
        ({"currency": "BTC"}, "currency", "not_in_code_list"),
        ({"quantity": "0.00001"}, "quantity", "too_many_decimals"),
        ({"amount": "0.001"}, "amount", "too_many_decimals"),
        ({"on": "05.05.2025"}, "on", "not_a_day"),
        ({"amount": "-1"}, "amount", "negative_amount"),
    ],
)
def test_rows_that_do_not_fit_the_cabinets_lists(changes: dict[str, Any], field: str, reason: str) -> None:
    error = refusal(year(), person(movements_abroad=[MOVEMENT, {**MOVEMENT, **changes}]))
    assert (error.reason, error.path) == (reason, ("taxpayer", "income_and_property", "movements_abroad", 1, field))


def test_officials_have_a_table_of_their_own() -> None:
    sold = {"asset_kind": "8", "identifier": "BTC", "on": "2025-05-05", "country": "CYM", "address": "-", "price": "5"}
    form = filled(year(), person(disposals_of_official=[sold]))
    assert form.annexes == ("270.05",)
    both = person(disposals_of_official=[sold], movements_abroad=[MOVEMENT])
    assert refusal(year(), both).reason == "movements_of_official"


def test_a_table_of_inferred_cells_makes_the_form_a_draft() -> None:
    debt = {"kind": "1", "party": "850615350125", "currency": "USD", "amount": "5"}
    form = filled(year(), person(debts_abroad=[debt]))
    assert form.acceptance is Acceptance.DRAFT
    assert "inferred_table" in {note.id for note in form.notes}
    assert "DRAFT" in form.write("en")


def test_who_and_when_and_what_is_not_known() -> None:
    assert refusal(year(tax_year=2024), PERSON).code is ErrorCode.UNKNOWN_LAW
    assert refusal(year(tax_year=2026), PERSON).code is ErrorCode.UNKNOWN_LAW
    assert refusal(year(resident=False), PERSON).reason == "form_270_of_non_resident"
    assert refusal(year(income=[income("1", "dividends", "kazakhstan")])).reason == "form_270_dividends_at_home"
    company = {"bin": "170640001250", "name": "LLP", "tax_office": "6004"}
    assert refusal(year(), company).reason == "form_of_an_individual"
    undated = {name: value for name, value in PERSON.items() if name != "declaration_date"}
    assert refusal(year(), undated).path == ("taxpayer", "declaration_date")
    assert refusal(year(), {**PERSON, "declaration": "initial"}).reason == "cabinet_code_unknown"
    assert refusal(year()).reason == "form_not_complete"
    with pytest.raises(kztax.InvalidFacts) as several:
        ENGINE.fill_form("270.00", [year(), year()])
    assert (several.value.reason, several.value.path) == ("form_of_one_period", (1, "period"))
    assert "not_obliged_by_these_facts" in {note.id for note in filled(year()).notes}


def changed(**fields: Any) -> bytes:
    return json.dumps({**json.loads(EMPTY), **fields}).encode()


def test_the_revision_comes_from_a_file_that_the_cabinet_exported() -> None:
    other = "00000000-0000-4000-8000-000000000001"
    form = filled(year(), PERSON, changed(revisionUid=other))
    assert form.revision == other
    assert f'"revisionUid": "{other}"' in form.cabinet_file()
    assert "revision_inferred" not in {note.id for note in form.notes}
    assert "revision_inferred" in {note.id for note in filled(year(), PERSON).notes}


def test_withheld_tax_that_the_income_does_not_explain_is_refused() -> None:
    pay = income("1000000", "employment", "kazakhstan", taxed_by_agent=True, withheld="50000")
    error = refusal(year(income=[pay, income("1000000", "other")]), person())
    assert (error.reason, error.path) == ("form_270_does_not_add_up", ("income",))


def test_a_revision_of_another_year(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kztax.forms.CabinetFile.year", 2024)
    assert refusal(year(), PERSON, EMPTY).reason == "revision_of_another_year"


CONTENT = json.loads(EMPTY)["fnoContent"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff", "not_utf8"),
        (b"{", "not_json"),
        (b'{"a": NaN}', "not_json"),
        (b"[]", "not_a_cabinet_file"),
        (b"{}", "not_a_cabinet_file"),
        (changed(fnoContent=3), "not_a_cabinet_file"),
        (changed(fnoYear="2025"), "not_a_cabinet_file"),
        (changed(fnoYear=2027), "form_layout_unknown"),
        (changed(revisionUid="x"), "revision_not_found"),
        (changed(revisionUid=None), "revision_not_found"),
        (changed(window_tax=None), "cabinet_shape"),
        (changed(taxpayerCategories={}), "cabinet_shape"),
        (changed(fnoContent={**CONTENT, "application_01": []}), "cabinet_shape"),
        (changed(fnoContent={**CONTENT, "application_03": {**CONTENT["application_03"], "C": []}}), "cabinet_shape"),
        (changed(fnoContent={**CONTENT, "application_04": {"B": [{}], "C": [], "D": [], "E": []}}), "cabinet_shape"),
        (changed(fnoContent={**CONTENT, "application_04": {"B": [3], "C": [], "D": [], "E": []}}), "cabinet_shape"),
        (changed(fnoContent={**CONTENT, "application_04": {"B": 3, "C": [], "D": [], "E": []}}), "cabinet_shape"),
    ],
)
def test_a_file_that_is_no_such_export(content: bytes, reason: str) -> None:
    assert refusal(year(), PERSON, content).reason == reason


def test_a_form_without_a_cabinets_file() -> None:
    facts = {"kind": "mining_levy", "period": "2024-Q1", "supplies": [{"kwh": "1"}]}
    with pytest.raises(kztax.InvalidFacts, match=r"no file of the cabinet is known of form 880\.00"):
        ENGINE.fill_form("880.00", [facts]).cabinet_file()
    with pytest.raises(kztax.InvalidFacts, match="no file of the cabinet"):
        ENGINE.fill_form("880.00", [facts], revision=EMPTY)


def test_the_lists_of_codes_are_whole() -> None:
    sizes = {name: len(codes) for name, codes in code_lists().items()}
    assert sizes == {"asset_type": 12, "operation": 13, "source_of_expense": 14, "currency": 173, "country": 262}
    assert code_lists()["asset_type"]["8"] == {"ru": "цифровые активы", "kk": "цифралық активтер"}


@pytest.mark.parametrize("locale", LOCALES)
def test_the_text_speaks_of_codes_and_captions(locale: str) -> None:
    text = filled(year(), person(movements_abroad=[MOVEMENT])).write(locale)
    assert {"en": "ours", "ru": "из самой формы", "kk": "біз бердік"}[locale] in text
    assert {"en": "8 (цифровые активы)", "ru": "8 (цифровые активы)", "kk": "8 (цифралық активтер)"}[locale] in text
