"""The rule book: what it refuses to load, what it answers by day, and what overlays add."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

import kztax
from kztax.cli import main
from kztax.core.citation import Evidence
from kztax.core.law import RuleBook, sources

HEAD = """
[book]
version = "test"
known_until = 2026-12-31
[act.code]
number = "1"
date = 2019-12-01
from = 2020-01-01
to = 2026-12-31
url = "https://example.org/code"
[act.code.titles]
en = "Code"
ru = "Кодекс"
kk = "Кодекс"
"""
CITE = 'cite = { act = "code", article = "1" }\nevidence = "text"'


def item(first: str, last: str | None = None, body: str = 'value = "1"', cite: str = CITE) -> str:
    end = f"to = {last}\n" if last else "to = 2026-12-31\n"
    return f"[[rate.in_force]]\nfrom = {first}\n{end}{body}\n{cite}\n"


def book(*items: str, head: str = HEAD, unit: str = "1") -> RuleBook:
    entries = f'[rate]\nunit = "{unit}"\n' + "".join(items)
    return RuleBook.load([("", head.encode()), ("levy", entries.encode())])


def steps(*limits: str | None) -> str:
    rows = [f'{{ up_to = "{limit}", rate = "1" }}' if limit else '{ rate = "1" }' for limit in limits]
    return f"steps = [{', '.join(rows)}]"


GOOD = (item("2020-01-01", "2021-12-31"), item("2022-01-01", body='value = "2"'))


def test_a_day_finds_its_value_and_its_article() -> None:
    found = book(*GOOD).value("levy.rate", date(2021, 12, 31))
    assert (found.value, found.unit) == (Decimal(1), "1")
    cited = found.citation
    assert (cited.act, cited.article, cited.on, cited.entry) == ("code", "1", date(2021, 12, 31), "levy.rate")
    assert (cited.in_force_from, cited.in_force_to) == (date(2020, 1, 1), date(2021, 12, 31))
    assert book(*GOOD).value("levy.rate", date(2022, 1, 1)).value == Decimal(2)


@pytest.mark.parametrize(
    ("fault", "items"),
    [
        ("nothing is said between", (item("2020-01-01", "2020-12-31"), item("2021-01-02"))),
        ("two items cover", (item("2020-01-01", "2021-01-01"), item("2021-01-01"))),
        ("unknown key", (item("2020-01-01", body='value = "1"\nvalu = "2"'),)),
        ("unknown key", (item("2020-01-01", cite='cite = { act = "code", articel = "1" }\nevidence = "text"'),)),
        ("as strings", (item("2020-01-01", body="value = 0.1"),)),
        ("as strings", (item("2020-01-01", body="value = 1"),)),
        ("no decimal", (item("2020-01-01", body='value = "one"'),)),
        ("not finite", (item("2020-01-01", body='value = "NaN"'),)),
        ("cite", (item("2020-01-01", cite='evidence = "text"'),)),
        ("evidence", (item("2020-01-01", cite='cite = { act = "code", article = "1" }'),)),
        ("no act 'codex'", (item("2020-01-01", cite='cite = { act = "codex", article = "1" }\nevidence = "text"'),)),
        ("goes beyond code", (item("2019-12-31"),)),
        ("goes beyond code", (item("2020-01-01", "2027-01-01"),)),
        ("is after", (item("2021-01-01", "2020-01-01"),)),
        ("one value a date", (item("2020-01-01", body='value = "1"\ntext = "1"'),)),
        ("supply goes with", (item("2020-01-01", body="", cite=CITE.replace('"text"', '"not_seen"')),)),
        ("supply goes with", (item("2020-01-01", body='value = "1"\nsupply = "the text"'),)),
        ("limits must rise", (item("2020-01-01", body=steps("2", "1", None)),)),
        ("limits must rise", (item("2020-01-01", body=steps("1")),)),
    ],
)
def test_a_faulty_entry_is_named_while_loading(fault: str, items: tuple[str, ...]) -> None:
    with pytest.raises(kztax.LawError, match=fault) as error:
        book(*items)
    assert "levy.rate" in str(error.value)


def test_a_book_says_its_version_and_how_far_it_was_read() -> None:
    with pytest.raises(kztax.LawError, match=r"\[book\]"):
        book(*GOOD, head=HEAD[HEAD.index("[act.code]") :])


def test_an_act_known_at_second_hand_may_lack_number_and_date(capsys: pytest.CaptureFixture[str]) -> None:
    act = kztax.rule_book().acts["aifc_glossary"]
    assert (act.number, act.adopted) == (None, None)
    assert main(["law", "asset_qualification.aifc"]) == 0
    assert f"{act.titles['en']} [secondary]" in capsys.readouterr().out


def test_an_act_has_its_title_in_three_languages() -> None:
    with pytest.raises(kztax.LawError, match="titles"):
        book(*GOOD, head=HEAD.replace('kk = "Кодекс"\n', ""))


def test_a_reading_has_two_choices_and_a_known_act() -> None:
    reading = (
        '[readings.which]\nfrom = 2020-01-01\ndoubt = "?"\nchoices = ["a"]\ncite = [{ act = "code", article = "1" }]\n'
    )
    with pytest.raises(kztax.LawError, match="two choices"):
        book(*GOOD, reading)
    with pytest.raises(kztax.LawError, match="no act"):
        book(*GOOD, reading.replace('["a"]', '["a", "b"]').replace('act = "code"', 'act = "codex"'))


def test_what_the_book_does_not_cover_it_says() -> None:
    with pytest.raises(kztax.UnknownPeriod, match="2020-01-01") as early:
        book(*GOOD).value("levy.rate", date(2019, 12, 31))
    assert early.value.code == "unknown_period"
    with pytest.raises(kztax.UnknownPeriod):
        book(*GOOD).value("levy.rate", date(2027, 1, 1))
    with pytest.raises(kztax.UnknownLaw, match=r"levy\.rat"):
        book(*GOOD).value("levy.rat", date(2021, 1, 1))


def test_the_days_covered_are_told_in_spans_not_item_by_item() -> None:
    with pytest.raises(kztax.UnknownPeriod) as early:
        book(*GOOD).value("levy.rate", date(2019, 12, 31))
    assert early.value.detail["covered"] == "2020-01-01…2026-12-31"
    absent = item("2022-01-01", "2022-12-31", body='absent = "It was suspended."')
    with pytest.raises(kztax.UnknownPeriod) as early:
        book(GOOD[0], absent, item("2023-01-01")).value("levy.rate", date(2019, 12, 31))
    assert early.value.detail["covered"] == "2020-01-01…2021-12-31, 2023-01-01…2026-12-31"


def test_law_that_was_not_seen_says_what_to_supply() -> None:
    unseen = item("2022-01-01", body='supply = "the order of 2022"', cite=CITE.replace('"text"', '"not_seen"'))
    with pytest.raises(kztax.UnknownLaw) as error:
        book(GOOD[0], unseen).value("levy.rate", date(2022, 5, 1))
    assert error.value.code == "unknown_law"
    assert error.value.detail["supply"] == "the order of 2022"


def test_a_rule_that_was_absent_says_why() -> None:
    absent = item("2022-01-01", body='absent = "It was repealed."')
    gone = book(GOOD[0], absent)
    with pytest.raises(kztax.UnknownPeriod) as error:
        gone.value("levy.rate", date(2022, 5, 1))
    assert error.value.detail["why"] == "It was repealed."
    assert gone.on("levy", date(2021, 5, 1)).has("rate")
    assert not gone.on("levy", date(2022, 5, 1)).has("rate")
    assert not gone.on("levy", date(2021, 5, 1)).has("no_such_rule")


def test_the_own_book_loads_and_every_entry_answers_for_its_days() -> None:
    own = RuleBook.load(sources())
    assert own.digest == kztax.rule_book().digest
    for name in own.names():
        for dated in own.entry(name).items:
            if dated.absent is None and dated.evidence is not Evidence.NOT_SEEN and dated.first <= own.known_until:
                citation = own.value(name, dated.first).citation
                assert citation.in_force_from <= citation.on <= (citation.in_force_to or date.max)


def test_an_unknown_reading_is_refused_with_the_known_ones() -> None:
    with pytest.raises(kztax.InvalidFacts, match=r"mining_levy\.off_grid_units"):
        kztax.TaxEngine(readings={"mining_levy.off_grid": "any_owner"}, discover=False)
    with pytest.raises(kztax.InvalidFacts, match="own_station, any_owner"):
        kztax.TaxEngine(readings={"mining_levy.off_grid_units": "anyone"}, discover=False)


DRAFT = """
[book]
known_until = 2027-12-31
[act.draft]
number = "draft"
date = 2026-11-01
from = 2027-01-01
url = "https://example.org/draft"
[act.draft.titles]
en = "Draft law"
ru = "Законопроект"
kk = "Заң жобасы"
[mining_levy.rate.standard]
unit = "KZT/kWh"
[[mining_levy.rate.standard.in_force]]
from = 2027-01-01
value = "3.5"
cite = { act = "draft", article = "1" }
evidence = "text"
"""


def test_an_overlay_answers_for_a_year_that_was_not_read_and_says_so() -> None:
    engine = kztax.TaxEngine(law=[kztax.Overlay("draft of 2027", DRAFT)], discover=False)
    facts = {"kind": "mining_levy", "period": "2027-Q1", "licensed": True, "supplies": [{"kwh": "1000000"}]}
    assessment = engine.assess(facts)
    assert assessment.outcome.levy == Decimal(3_500_000)
    assert assessment.rule_book.overlays == ("draft of 2027",)
    noted = [note for note in assessment.notes if note.id == "overlay"]
    assert [note.params["overlay"] for note in noted] == ["draft of 2027"]
    overlaid = [citation for citation in assessment.citations if citation.overlay is not None]
    assert [(cited.entry, cited.act) for cited in overlaid] == [("mining_levy.rate.standard", "draft")]
    assert "draft of 2027" in assessment.explain("en")


def test_an_overlay_leaves_other_days_and_the_package_as_they_are() -> None:
    engine = kztax.TaxEngine(law=[kztax.Overlay("draft of 2027", DRAFT)], discover=False)
    facts = {"kind": "mining_levy", "period": "2026-Q4", "licensed": True, "supplies": [{"kwh": "1000000"}]}
    assessment = engine.assess(facts)
    assert assessment.outcome.levy == Decimal(2_000_000)
    assert not [note for note in assessment.notes if note.id == "overlay"]
    assert engine.rule_book.digest != kztax.rule_book().digest
    with pytest.raises(kztax.UnknownPeriod):
        kztax.TaxEngine(discover=False).assess({**facts, "period": "2027-Q1"})


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("[", "draft"),
        (DRAFT.replace('unit = "KZT/kWh"', 'unit = "KZT"'), "is in KZT/kWh, not KZT"),
        (DRAFT.replace('"3.5"', "3.5"), "as strings"),
        (DRAFT.replace('act = "draft"', 'act = "law"'), "no act"),
        (DRAFT.replace("evidence", "evidense"), "unknown key"),
    ],
)
def test_a_faulty_overlay_is_refused(content: str, fault: str) -> None:
    with pytest.raises(kztax.LawError, match=fault):
        kztax.TaxEngine(law=[kztax.Overlay("draft", content)], discover=False)


def test_an_overlay_may_say_that_its_law_was_not_seen() -> None:
    unseen = DRAFT.replace('value = "3.5"', 'supply = "the draft\'s table"').replace('"text"', '"not_seen"')
    engine = kztax.TaxEngine(law=[kztax.Overlay("draft of 2027", unseen)], discover=False)
    facts = {"kind": "mining_levy", "period": "2027-Q1", "licensed": True, "supplies": [{"kwh": "1000000"}]}
    with pytest.raises(kztax.UnknownLaw) as error:
        engine.assess(facts)
    assert "the draft's table" in str(error.value)


MCI_AND_MINIMUM_WAGE = [
    ("2018-01-01", "2018-12-31", "2405", "28284"),
    ("2019-01-01", "2019-12-31", "2525", "42500"),
    ("2020-01-01", "2020-03-31", "2651", "42500"),
    ("2020-04-01", "2020-12-31", "2778", "42500"),
    ("2021-01-01", "2021-12-31", "2917", "42500"),
    ("2022-01-01", "2022-12-31", "3063", "60000"),
    ("2023-01-01", "2023-12-31", "3450", "70000"),
    ("2024-01-01", "2024-12-31", "3692", "85000"),
    ("2025-01-01", "2025-12-31", "3932", "85000"),
    ("2026-01-01", "2026-12-31", "4325", "85000"),
]


@pytest.mark.parametrize(("first", "last", "mci", "minimum_wage"), MCI_AND_MINIMUM_WAGE)
def test_base_figures_are_those_of_the_budget_laws(first: str, last: str, mci: str, minimum_wage: str) -> None:
    for day in (date.fromisoformat(first), date.fromisoformat(last)):
        assert kztax.rule_book().value("base.mci", day).value == Decimal(mci)
        assert kztax.rule_book().value("base.minimum_wage", day).value == Decimal(minimum_wage)


def test_the_social_index_of_april_2022_is_not_for_taxes() -> None:
    assert kztax.rule_book().value("base.mci", date(2022, 4, 1)).value == Decimal(3063)
