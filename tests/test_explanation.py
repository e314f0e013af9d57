"""Catalogs and explanations: nothing untranslated, nothing said twice, amounts as each language writes them."""

from __future__ import annotations

import json
import re
import string
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

import kztax
from kztax.core.errors import ErrorCode
from kztax.core.treaty_names import figure_name
from kztax.explain import formats
from kztax.explain.catalog import LOCALES, SHARED_FAMILIES, MissingTranslation
from kztax.explain.phrases import phrases

ROOT = Path(__file__).resolve().parent.parent
LAW_CASES = sorted((ROOT / "tests" / "law").glob("*.toml"))


def words_of(locale: str) -> Catalog:
    everything = Catalog(locale=locale)
    for path in sorted((ROOT / "kztax" / "explain" / "locales" / locale / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as text:
            for message in read_po(text, locale=locale):
                assert not message.id or message.id not in everything, f"{path}: {message.id} stands elsewhere as well"
                everything[message.id] = message
    return everything


CATALOGS = {locale: words_of(locale) for locale in LOCALES}
IDS = sorted(str(message.id) for message in CATALOGS["en"] if message.id)


def blanks(text: str) -> set[tuple[str, str]]:
    return {(name, spec or "") for _, name, spec, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_message_is_translated_with_the_same_blanks(locale: str) -> None:
    theirs = {str(message.id): str(message.string) for message in CATALOGS[locale] if message.id}
    assert sorted(theirs) == IDS
    for message_id, text in theirs.items():
        english = CATALOGS["en"][message_id]
        assert english is not None
        assert text.strip(), message_id
        assert blanks(text) == blanks(str(english.string)), message_id


def test_every_entry_of_the_law_and_every_reading_has_a_name() -> None:
    book = kztax.rule_book()
    for name in book.names():
        assert f"figure.{figure_name(name)}" in IDS
    for reading in book.readings.values():
        assert {f"reading.{reading.id}", *(f"reading.{reading.id}.{choice}" for choice in reading.choices)} <= set(IDS)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_message_stands_in_the_file_of_its_subject(locale: str) -> None:
    for path in (ROOT / "kztax" / "explain" / "locales" / locale / "LC_MESSAGES").glob("*.po"):
        with path.open("rb") as text:
            ids = [str(message.id) for message in read_po(text, locale=locale) if message.id]
        assert ids, path
        for message_id in ids:
            family, subject = [*message_id.split("."), ""][:2]
            own = subject in kztax.KINDS and family not in SHARED_FAMILIES
            assert path.stem == (subject if own else "kztax"), message_id


@pytest.mark.parametrize("locale", LOCALES)
def test_a_missing_translation_is_an_error(locale: str) -> None:
    with pytest.raises(MissingTranslation, match="no such words"):
        phrases(locale).text("no such words")


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['says'][:60]}")
        for path in LAW_CASES
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
    ]


@pytest.mark.parametrize("case", cases())
def test_every_case_of_the_law_is_explained_or_refused_in_every_language(case: dict[str, Any]) -> None:
    facts = json.loads(case["facts"])
    engine = kztax.TaxEngine(readings=case.get("readings"), discover=False)
    if "refuse" in case:
        with pytest.raises(kztax.KztaxError) as refused:
            engine.assess(facts)
        assert refused.value.code in ErrorCode
        assert len({refused.value.message(locale) for locale in LOCALES}) == len(LOCALES)
        return
    assessment = engine.assess(facts)
    for locale in LOCALES:
        lines = assessment.explain(locale).splitlines()
        main = phrases(locale).text(f"field.{assessment.kind}.{assessment.main}")
        assert lines[-1].startswith(f"{main}: ")
        numbers = re.findall(r"^  (\d+)\. ", "\n".join(lines), re.MULTILINE)
        assert numbers == [str(number) for number in range(1, len(numbers) + 1)]


AMOUNTS = [
    ("en", "KZT 1,234,567.90", "10,800,000.5 kWh", "183 days", "KZT 2.00/kWh", "27 May 2024", "15.5%"),
    ("ru", "1 234 567,90 ₸", "10 800 000,5 кВт⋅ч", "183 дня", "2,00 ₸/кВт⋅ч", "27 мая 2024 г.", "15,5 %"),
    ("kk", "1 234 567,90 ₸", "10 800 000,5 кВт-сағ", "183 күн", "2,00 ₸/кВт-сағ", "2024 ж. 27 мамыр", "15,5%"),
]


@pytest.mark.parametrize(("locale", "money", "energy", "days", "rate", "day", "percent"), AMOUNTS)
def test_amounts_units_and_days_are_written_as_the_language_writes_them(
    locale: str, money: str, energy: str, days: str, rate: str, day: str, percent: str
) -> None:
    written = (
        formats.money(Decimal("1234567.9"), locale),
        formats.quantity(Decimal("10800000.50"), "kWh", locale),
        formats.quantity(Decimal(183), "day", locale),
        formats.quantity(Decimal(2), "KZT/kWh", locale),
        formats.day("2024-05-27", locale),
        formats.percent(Decimal("0.155"), locale),
    )
    spaces = str.maketrans({"\xa0": " ", "\u202f": " "})
    assert tuple(text.translate(spaces) for text in written) == (money, energy, days, rate, day, percent)


def test_what_is_computed_inside_a_step_stands_in_brackets() -> None:
    rows = [
        {"amount": "10", "nature": "goods_and_services"},
        {"amount": "5", "nature": "services_from_non_resident"},
    ]
    facts = {"kind": "value_added_tax", "period": "2025-Q2", "registered": True, "turnover": rows}
    text = " ".join(kztax.assess(facts).explain("en").split())
    assert re.search(r"half up: \(\(VAT on [^+]*, but not below zero\) \+ VAT for non-residents \(KZT 0\.60\)", text)


def test_a_list_of_taxes_names_the_articles_as_the_language_writes_them() -> None:
    assessment = kztax.assess({"kind": "tax_overview", "on": "2026-06-01", "taxpayer": "miner"})
    assert assessment.outcome.taxes["mining_levy"].article == "657, 658"
    assert "Digital mining levy — yes (art. 657, art. 658)" in assessment.explain("en")
    assert "Акцизы — нет (ст. 534)" in assessment.explain("ru")
    assert "Ойын бизнесі салығы — төленбейді (605-бап)" in assessment.explain("kk")


def test_no_digit_of_a_large_amount_is_lost_or_rounded() -> None:
    exact = Decimal("123456789012345678901234567890.123456789012345678")
    assert formats.money(exact, "en").replace(",", "") == f"KZT {exact}"


def test_a_quotient_that_does_not_end_is_shown_by_its_first_digits() -> None:
    facts = {
        "kind": "value_added_tax",
        "period": "2025-Q2",
        "registered": True,
        "turnover": [{"amount": "1", "nature": "goods_and_services"}, {"amount": "2", "nature": "exempt_other"}],
        "input_vat": [{"amount": "10"}],
    }
    assessment = kztax.assess(facts)
    assert len(str(assessment.outcome.deductible_input_vat)) > 50
    assert "Input VAT allowed: KZT 3.33333333…\n" in assessment.explain("en")
    assert formats.percent(assessment.outcome.deductible_input_vat, "ru") == "333,333333…\xa0%"


def test_a_stored_assessment_is_explained_again_in_another_language() -> None:
    facts = kztax.MiningLevyFacts(period="2025-Q1", supplies=({"kwh": "1000"},))  # type: ignore[arg-type]
    assessment = kztax.mining_levy(facts)
    stored = assessment.model_dump_json()
    read = kztax.Assessment[kztax.MiningLevyOutcome].model_validate_json(stored)
    for locale in LOCALES:
        assert read.explain(locale) == assessment.explain(locale)


def test_reasons_speak_the_engines_language_and_are_explained_in_any_other() -> None:
    facts = json.loads((ROOT / "examples" / "asset.json").read_text(encoding="utf-8"))
    made = {locale: kztax.TaxEngine(locale=locale, discover=False).assess(facts) for locale in LOCALES}
    assert len({assessment.outcome.criteria[0].reason for assessment in made.values()}) == len(LOCALES)
    read = kztax.Assessment[kztax.AssetQualificationOutcome].model_validate_json(made["ru"].model_dump_json())
    for locale, assessment in made.items():
        assert read.explain(locale) == assessment.explain(locale)
        for criterion in assessment.outcome.criteria:
            assert criterion.reason == phrases(locale).text(criterion.message)


def test_an_unknown_language_names_those_there_are() -> None:
    with pytest.raises(kztax.InvalidFacts, match="en, ru, kk"):
        kztax.TaxEngine(locale="fr")


def test_notes_speak_the_engines_language() -> None:
    facts = {"kind": "mining_levy", "period": "2022-Q4", "supplies": [{"kwh": "1"}]}
    texts = {kztax.TaxEngine(locale=locale, discover=False).assess(facts).notes[0].text for locale in LOCALES}
    assert len(texts) == len(LOCALES)


DIVIDENDS: dict[str, Any] = {
    "kind": "withholding_tax", "paid_on": "2026-06-15", "recipient": "company", "recipient_country": "DE",
    "category": "dividends", "gross_income": "2000000000", "ownership_share": "0.25", "held_directly": True,
    "qualifying_conditions_met": True,
}  # fmt: skip
CERTIFIED = {"treaty_country": "DE", "residence_certificate": True, "beneficial_owner": True}


@pytest.mark.parametrize("locale", LOCALES)
def test_a_holding_that_code_and_treaty_ask_for_is_stated_once(locale: str) -> None:
    text = kztax.assess({**DIVIDENDS, **CERTIFIED}).explain(locale)
    stated = f"\n  {phrases(locale).text('figure.withholding_tax.ownership_share')}: "
    assert text.count(stated) == 1


def test_dividends_of_the_year_that_nobody_stated_are_said_to_be_none() -> None:
    note = "withholding_tax.paid_earlier_not_stated"
    assert note in [each.id for each in kztax.assess(DIVIDENDS).notes]
    for more in ({"paid_earlier_this_year": "0"}, {"ownership_share": "0.2499"}):
        assert note not in [each.id for each in kztax.assess({**DIVIDENDS, **more}).notes]


@pytest.mark.parametrize("locale", LOCALES)
def test_another_reading_without_a_result_is_said_in_words(locale: str) -> None:
    facts = {**DIVIDENDS, **CERTIFIED, "recipient_country": "PA", "category": "services"}
    engine = kztax.TaxEngine(readings={"withholding_tax.treaty_of_low_tax_recipient": "code"}, discover=False)
    lines = " ".join(engine.assess(facts).explain(locale).split())
    reading = phrases(locale).text("reading.withholding_tax.treaty_of_low_tax_recipient.treaty")
    assert phrases(locale).text("operation.other_reading_refused", reading=reading, code="unknown_treaty_rate") in lines


@pytest.mark.parametrize("locale", ["ru", "kk"])
def test_a_missing_rate_is_named_in_words_and_as_the_facts_name_it(locale: str) -> None:
    facts = {**DIVIDENDS, "paid_on": "2025-06-15", "currency": "USD"}
    with pytest.raises(kztax.MissingExchangeRate) as refused:
        kztax.assess(facts)
    message = refused.value.message(locale)
    assert phrases(locale).text("figure.evidence.exchange_rate.market") in message
    assert "market" in message
