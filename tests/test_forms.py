"""Forms: lines worked out by hand, traced to figure and article, read back as written, refused where unknown."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kztax
from kztax.core.errors import ErrorCode, LawError
from kztax.core.figure import Figure
from kztax.explain.catalog import LOCALES
from kztax.forms import formula, layout
from kztax.forms.declarant import check_digit
from kztax.forms.model import Acceptance, SourceKind

ENGINE = kztax.TaxEngine(discover=False)
MINER: dict[str, Any] = {"bin": "170640001250", "name": "ТОО «Майнер»", "tax_office": "6007"}


def quarter(period: str, *supplies: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"kind": "mining_levy", "period": period, "supplies": list(supplies), **fields}


def filled(form: str, *facts: Any, taxpayer: dict[str, Any] | None = None) -> kztax.Form:
    return ENGINE.fill_form(form, facts, taxpayer)


def cells(form: kztax.Form, sheet: int = 1) -> dict[str, str]:
    """What stands in the cells of one sheet, as plain text."""
    return {
        line.number: line.text or str(line.model_dump(mode="json")["value"])
        for line in form.lines
        if line.sheet == sheet and line.row is None
    }


def refusal(form: str, *facts: Any, taxpayer: Any = None) -> kztax.KztaxError:
    with pytest.raises(kztax.KztaxError) as refused:
        ENGINE.fill_form(form, facts, taxpayer)
    assert len({refused.value.message(locale) for locale in LOCALES}) == len(LOCALES)
    return refused.value


# --- 880.00 -----------------------------------------------------------------------------------------------------


def test_880_each_kind_of_supply_has_its_annex_and_section() -> None:
    """2023: 1,500,000 at 20.00 bear 6; own gas 10; own renewable 1; 100 kW × 10 h without a meter bear 25."""
    form = filled(
        "880.00",
        quarter(
            "2023-Q2",
            {"kwh": "1500000", "price_per_kwh": "20.00"},
            {"kwh": "400000", "generation": "own"},
            {"kwh": "100000", "generation": "own", "renewable": True},
            {"meter": "absent", "maximum_load_kw": "100", "hours": "10"},
            {"meter": "faulty", "maximum_load_kw": "40", "hours": "10", "generation": "own"},
        ),
    )
    assert cells(form) == {
        "880.00.3": "2023-Q2", "880.00.7": "KZT", "880.00.8": "880.01, 880.02",
        "880.00.001": "9025000", "880.00.002": "4110000", "880.00.003": "13135000",
        "880.01.001 A": "20", "880.01.001 B": "6", "880.01.001 E": "1500000", "880.01.001 F": "9000000",
        "880.01.011 E": "1500000", "880.01.011 F": "9000000",
        "880.01.012 A": "25", "880.01.012 B": "10", "880.01.012 C": "100", "880.01.012 D": "1000",
        "880.01.012 E": "25000", "880.01.013": "9025000",
        "880.02.001 A": "10", "880.02.001 D": "400000", "880.02.001 E": "4000000",
        "880.02.006 D": "400000", "880.02.006 E": "4000000",
        "880.02.007 A": "1", "880.02.007 D": "100000", "880.02.007 E": "100000",
        "880.02.012 D": "100000", "880.02.012 E": "100000",
        "880.02.013 A": "25", "880.02.013 B": "10", "880.02.013 C": "40", "880.02.013 D": "400",
        "880.02.013 E": "10000", "880.02.014": "4110000",
    }  # fmt: skip
    assert form.annexes == ("880.01", "880.02")
    assert form.acceptance is Acceptance.DRAFT
    assert {note.id for note in form.notes} == {"misprint_880_02_014"}


def test_880_a_line_leads_to_its_figure_and_article() -> None:
    facts = quarter("2023-Q1", {"label": "grid", "kwh": "3000000", "price_per_kwh": "16.80"})
    form = filled("880.00", facts)
    rate = form.line("880.01.001 B").source
    assert (rate.kind, rate.path, rate.name) == (SourceKind.FIGURE, "supplies.0.rate_per_kwh", "mining_levy.rate")
    assert rate.citation is not None
    assert (rate.citation.act, rate.citation.article) == ("tax_code_2017", "606-3(1)")
    figures = {record.id: record for record in ENGINE.assess(facts).figures}
    assert figures[rate.figure or ""].value == Decimal(9)
    assert form.line("880.01.001 A").source.kind is SourceKind.FACT
    assert form.line("880.00.003").source.path == "880.00.001 + 880.00.002"
    with pytest.raises(KeyError):
        form.line("880.00.002")


def test_880_more_intervals_than_rows_take_another_sheet() -> None:
    """Twelve prices above 24 KZT bear 1: ten rows on the first sheet, two on the second, both in the sum."""
    supplies = [{"kwh": str(1000 + number), "price_per_kwh": "30"} for number in range(12)]
    form = filled("880.00", quarter("2023-Q3", *supplies))
    assert form.line("880.01.010 F").value == Decimal(1009)
    assert form.line("880.01.001 F", sheet=2).value == Decimal(1010)
    assert form.line("880.01.013").value == Decimal(10045)
    assert form.line("880.01.013", sheet=2).value == Decimal(2021)
    assert form.amounts["880.00.003"] == Decimal(12066)
    assert "880.01, sheet 2" in form.write()


def test_880_of_2022_is_of_the_year() -> None:
    quarters = [quarter(f"2022-Q{number}", {"kwh": str(number * 1000)}) for number in range(1, 5)]
    form = filled("880.00", *quarters)
    assert (form.period, form.amounts["880.00.003"]) == ("2022", Decimal(10000))
    assert form.line("880.01.004 E").source.assessment == 3
    assert [note.id for note in form.notes] == ["whole_year"]
    missing = refusal("880.00", *quarters[:3])
    assert (missing.code, missing.detail["quarter"]) == (ErrorCode.MISSING_FACT, "2022-Q4")
    assert refusal("880.00", *quarters, quarters[0]).reason == "quarter_given_twice"


def test_880_without_a_meter_in_years_without_a_penal_rate() -> None:
    """2025: 10 kW for 100 hours are 1,000 kWh at 2."""
    form = filled("880.00", quarter("2025-Q1", {"meter": "absent", "maximum_load_kw": "10", "hours": "100"}))
    assert (form.amounts["880.01.012 A"], form.amounts["880.00.003"]) == (Decimal(2), Decimal(2000))
    assert [note.id for note in form.notes] == ["no_penal_rate_then"]


def test_880_is_exact_where_the_rules_do_not_round() -> None:
    form = filled("880.00", quarter("2025-Q1", {"kwh": "0.333"}))
    assert form.amounts["880.00.003"] == Decimal("0.666")
    assert form.notes[0].params == {"exact": "0.666", "payable": "0.67"}


def test_880_with_the_taxpayers_file_is_complete() -> None:
    taxpayer = {
        **MINER,
        "licence": {"number": "KZ77", "issued": "2023-04-20"},
        "meter_readings": [{"supply": 1, "start": "500", "end": "1500"}],
    }
    form = filled("880.00", quarter("2024-Q1", {"kwh": "1000"}), taxpayer=taxpayer)
    assert form.complete
    assert {
        number: text for number, text in cells(form).items() if number in ("880.00.1", "880.00.12", "880.00.9")
    } == {
        "880.00.1": "170640001250",
        "880.00.12": "2023-04-20",
        "880.00.9": "resident",
    }
    assert (form.amounts["880.01.001 C"], form.amounts["880.01.001 D"]) == (Decimal(500), Decimal(1500))


def test_without_the_taxpayers_file_what_is_left_is_named_and_with_it_refused() -> None:
    facts = quarter("2024-Q1", {"kwh": "1000"}, {"kwh": "1", "generation": "own"})
    form = filled("880.00", facts)
    assert not form.complete
    assert [(line.number, line.field) for line in form.missing] == [
        ("880.00.1", "iin_or_bin"), ("880.00.2", "name"), ("880.00.office", "tax_office"),
        ("880.01.001 C", "meter_readings"), ("880.01.001 D", "meter_readings"),
        ("880.02.001 B", "meter_readings"), ("880.02.001 C", "meter_readings"),
    ]  # fmt: skip
    error = refusal("880.00", facts, taxpayer=MINER)
    assert (error.code, error.path, len(error.others)) == (
        ErrorCode.MISSING_FACT,
        ("taxpayer", "meter_readings"),
        3,
    )


@pytest.mark.parametrize(
    ("readings", "reason"),
    [
        ([{"supply": 1, "start": "0", "end": "999"}], "meter_differs"),
        ([{"supply": 2, "start": "0", "end": "1000"}], "meter_readings_missing"),
        ([{"supply": 1, "start": "2", "end": "1"}], "meter_runs_backwards"),
        ([{"supply": 1, "start": "0", "end": "1000"}] * 2, "meter_stated_twice"),
        ([{"supply": 1, "quarter": "2024-Q2", "start": "0", "end": "1000"}], "meter_readings_missing"),
    ],
)
def test_880_readings_that_do_not_fit(readings: list[dict[str, Any]], reason: str) -> None:
    facts = quarter("2024-Q1", {"kwh": "1000"})
    error = refusal("880.00", facts, taxpayer={**MINER, "meter_readings": readings})
    assert error.reason == reason
    assert error.path[:2] == ("taxpayer", "meter_readings")


def test_880_where_there_is_no_form() -> None:
    unknown = refusal("880.00", quarter("2026-Q1", {"kwh": "1"}, licensed=True))
    assert unknown.code is ErrorCode.UNKNOWN_LAW
    assert "No. 695 of 12.11.2025" in unknown.message()
    host = refusal("880.00", quarter("2023-Q1", {"kwh": "1", "price_per_kwh": "1"}, payer="hosting_provider"))
    assert host.reason == "form_not_due"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "kwh": st.integers(0, 10**9).map(str),
                "generation": st.sampled_from(["own", "purchased"]),
                "renewable": st.booleans(),
                "connected_to_unified_power_system": st.booleans(),
                "meter": st.sampled_from(["working", "absent"]),
                "maximum_load_kw": st.integers(0, 10**4).map(str),
            }
        ),
        min_size=1,
        max_size=25,
    )
)
def test_880_always_adds_up_to_the_levy(supplies: list[dict[str, Any]]) -> None:
    facts = quarter("2025-Q2", *supplies)
    form = filled("880.00", facts)
    outcome = ENGINE.assess(facts).outcome
    assert form.amounts["880.00.003"] == outcome.levy
    electricity = sum(
        (line.value for line in form.lines if line.value is not None and line.number in
         ("880.01.011 E", "880.01.012 D", "880.02.006 D", "880.02.012 D", "880.02.013 D")),
        Decimal(0),
    )  # fmt: skip
    assert electricity == outcome.electricity_kwh


# --- what every form shares -------------------------------------------------------------------------------------


def test_a_stored_assessment_is_used_as_it_is() -> None:
    facts = quarter("2024-Q1", {"kwh": "1000", "connected_to_unified_power_system": False})
    chosen = kztax.TaxEngine(readings={"mining_levy.off_grid_units": "any_owner"}, discover=False)
    stored = json.loads(chosen.assess(facts).model_dump_json())
    assert filled("880.00", facts).amounts["880.00.003"] == Decimal(2000)
    for given_ in ((stored, facts), (facts, stored), (facts, chosen.assess(facts))):
        assert filled("880.00", *given_).amounts["880.00.003"] == Decimal(1000)
    alone = refusal("880.00", stored)
    assert (alone.reason, alone.path) == ("facts_of_assessment_missing", (0,))
    assert refusal("880.00", {**stored, "outcome": {}}, facts).code is ErrorCode.INVALID_FACTS
    assert refusal("880.00", {**stored, "kind": "window_tax"}, facts).reason == "kind_unknown"
    assert refusal("880.00", {**stored, "kind": 1}, facts).reason == "kind_missing"


def test_an_error_says_of_which_of_several_facts_it_is() -> None:
    bad = quarter("2024-Q1", {"kwh": "-1"})
    assert refusal("880.00", bad).path == ("supplies", 0, "kwh")
    assert refusal("880.00", quarter("2024-Q1", {"kwh": "1"}), bad).path == (1, "supplies", 0, "kwh")
    unmetered = quarter("2024-Q1", {"meter": "absent"})
    assert refusal("880.00", quarter("2024-Q1", {"kwh": "1"}), unmetered).path == (1, "supplies", 0, "maximum_load_kw")


def test_a_form_is_read_back_as_it_was_written() -> None:
    form = filled("880.00", quarter("2024-Q1", {"kwh": "1000.5"}))
    read = kztax.Form.model_validate_json(form.model_dump_json())
    assert read == form
    for locale in LOCALES:
        assert read.write(locale) == form.write(locale)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_text_holds_every_line_and_says_what_it_is(locale: str) -> None:
    form = filled("880.00", quarter("2023-Q1", {"kwh": "3000000", "price_per_kwh": "16.80"}))
    text = form.write(locale)
    for line in form.lines:
        assert line.caption.spoken(locale) in text
        assert line.number in text
    assert {"en": "DRAFT", "ru": "ЧЕРНОВИК", "kk": "ЖОБА"}[locale] in text


@pytest.mark.parametrize(
    ("form", "facts", "reason"),
    [
        ("999.00", [quarter("2024-Q1", {"kwh": "1"})], "no_such_form"),
        ("880.00", [], "form_without_assessment"),
        ("880.00", [{"kind": "vat_registration", "year": 2025, "turnover": []}], "form_of_other_kinds"),
        ("880.00", [quarter("2024-Q1", {"kwh": "1"}), quarter("2024-Q2", {"kwh": "1"})], "form_of_one_period"),
        ("880.00", [3], "not_an_object"),
    ],
)
def test_what_a_form_does_not_take(form: str, facts: list[Any], reason: str) -> None:
    assert refusal(form, *facts).reason == reason


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"bin": "170640001251"}, "bin", "identification_number"),
        ({"bin": "000000000000"}, "bin", "identification_number"),
        ({"bin": "17064000125"}, "bin", "text_shape"),
        ({"bin": None}, "iin", "iin_or_bin"),
        ({"iin": "850615350125"}, "bin", "iin_or_bin"),
        ({"tax_office": "07"}, "tax_office", "text_shape"),
        ({"name": "A\nB"}, "name", "control_characters"),
        ({"country": "DE"}, "country", "country_of_resident"),
        ({"resident": False}, "country", "country_of_non_resident"),
        ({"declaration": "additional_by_notice"}, "notice", "notice_and_kind"),
        ({"notice": {"number": "1", "on": "2025-01-01"}}, "notice", "notice_and_kind"),
        ({"window_tax": True}, "window_tax", "field_unknown"),
    ],
)
def test_a_taxpayers_file_that_does_not_fit(changes: dict[str, Any], field: str, reason: str) -> None:
    error = refusal("880.00", quarter("2024-Q1", {"kwh": "1"}), taxpayer={**MINER, **changes})
    assert (error.reason, error.path) == (reason, ("taxpayer", field))
    assert refusal("880.00", quarter("2024-Q1", {"kwh": "1"}), taxpayer=[]).reason == "not_an_object"


def test_the_last_digit_of_an_identification_number() -> None:
    """By hand: 143 leaves 0; 296 leaves 10, then 377 leaves 3; 109 and then 21 leave 10, so that no number is such."""
    assert check_digit("17064000125") == 0
    assert check_digit("12345678901") == 3
    assert check_digit("10000000028") is None


def test_formulas_read_columns_rows_and_lines() -> None:
    values = {"1.01.001 A": "2", "1.01.001 B": "3", "1.01.002 B": "4", "1.01.004": "10"}

    def look_up(name: str) -> list[Figure]:
        return [Figure.fact(values[name], "KZT", name)] if name in values else []

    def result(text: str, number: str = "1.01.001 C") -> Decimal | None:
        figure = formula.computed(text, number, look_up)
        return None if figure is None else figure.value

    assert result("1.01.001..003 B") == Decimal(7)
    assert result("1.01.004 - A + B") == Decimal(11)
    assert result("1.01.009 - A") == Decimal(-2)
    assert result("1.01.009 + 1.01.008") is None
    assert result("A * 1.01.009") is None
    assert formula.names_of("1.01.001..003 B", "1.01.005") == ["1.01.001 B", "1.01.002 B", "1.01.003 B"]


@pytest.mark.parametrize("laid_out", layout._layouts(), ids=lambda laid_out: f"{laid_out.form} {laid_out.first}")
def test_layouts_are_whole(laid_out: layout.Layout) -> None:
    """Formulas read lines that exist; every caption speaks three languages; the editions cover the layout's days."""
    for line in laid_out.lines.values():
        assert all(line.caption.spoken(locale).strip() for locale in LOCALES), line.number
        for name in formula.names_of(line.formula, line.number) if line.formula else ():
            assert name in laid_out.lines, line.number
    assert laid_out.editions[0].in_force_from == laid_out.first
    assert laid_out.editions[-1].in_force_to == laid_out.last
    for before, after in zip(laid_out.editions, laid_out.editions[1:], strict=False):
        assert (after.in_force_from - before.in_force_to).days == 1
    assert laid_out.edition(date(laid_out.last.year, 12, 31)) == laid_out.editions[-1]


def test_a_malformed_layout_names_the_line() -> None:
    path = layout.DIRECTORY / "880.00-2022.toml"
    content = Path(path).read_text(encoding="utf-8")
    with pytest.raises(LawError, match="unknown shape"):
        layout.layout_from(content.replace('unit = "text"', 'unit = "text"\nshape = "x"', 1), "x")
    income = (layout.DIRECTORY / "270.00-2025.toml").read_text(encoding="utf-8")
    with pytest.raises(LawError, match=r"270\.04 B: unknown shape"):
        layout.layout_from(income.replace('field = "operation"', 'field = "operation"\nshape = "x"', 1), "x")
    with pytest.raises(LawError, match="no act"):
        layout.layout_from(content.replace('act = "', 'act = "no_'), "x")
    line = content[content.index("[[line]]") :].partition("\n\n")[0]
    with pytest.raises(LawError, match="stands twice"):
        layout.layout_from(f"{content}\n{line}\n", "x")
