"""A year's calendar: which days are in it, and a file that a calendar program reads."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import icalendar
import pytest

import kztax
from kztax.calendar_command import as_icalendar
from kztax.cli import main
from kztax.due_days import Calendar, DueDay, Duty, all_duties, calendar_of, duties_of
from kztax.explain.icalendar import OCTETS_OF_A_LINE, Event, folded
from kztax.explain.icalendar import icalendar as written
from kztax.explain.phrases import phrases

ENGINE = kztax.TaxEngine(discover=False)
YEAR_2026 = calendar_of(ENGINE, 2026, all_duties())


def days(calendar: Calendar, obligation: str, event: str) -> list[str]:
    return [str(due.day) for due in calendar.days if (due.obligation, due.event) == (obligation, event)]


def one(calendar: Calendar, obligation: str, event: str, period: str) -> DueDay:
    (due,) = [due for due in calendar.days if (due.obligation, due.event, due.period) == (obligation, event, period)]
    return due


def test_a_year_holds_the_days_that_fall_in_it() -> None:
    assert days(YEAR_2026, "mining_levy", "return") == ["2026-02-16", "2026-05-15", "2026-08-17", "2026-11-16"]
    assert days(YEAR_2026, "mining_levy", "payment") == ["2026-02-25", "2026-05-25", "2026-08-25", "2026-11-25"]
    assert days(YEAR_2026, "corporate_income_tax", "return") == ["2026-03-31"]
    assert all(due.day.year == 2026 for due in YEAR_2026.days)
    assert list(YEAR_2026.days) == sorted(YEAR_2026.days, key=lambda due: due.day)


def test_a_return_by_the_quarter_of_what_is_paid_by_the_month_stands_once() -> None:
    assert days(YEAR_2026, "social_tax", "return") == ["2026-02-16", "2026-05-15", "2026-08-17", "2026-11-16"]
    assert len(days(YEAR_2026, "social_tax", "payment")) == 12


def test_days_of_advances_are_those_of_the_whole_year() -> None:
    assert len(days(YEAR_2026, "corporate_income_tax_advance", "payment")) == 12
    assert days(YEAR_2026, "corporate_income_tax_advance", "early_return") == []
    assert days(YEAR_2026, "corporate_income_tax_advance", "correction") == ["2026-12-31"]
    assert days(calendar_of(ENGINE, 2025, all_duties()), "corporate_income_tax_advance", "early_return") == [
        "2025-01-20"
    ]


def test_personal_income_tax_has_the_days_of_each_filer() -> None:
    mine = {(due.filer, str(due.day)) for due in YEAR_2026.days if due.event == "return" and due.filer}
    assert mine == {
        ("sole_proprietor", "2026-03-31"),
        ("non_resident_individual", "2026-07-01"),
        ("individual", "2026-09-15"),
    }


def test_a_day_says_where_the_law_put_it_and_what_it_passed_over() -> None:
    due = one(YEAR_2026, "value_added_tax", "return", "2026-Q2")
    assert (due.day, due.statutory) == (date(2026, 8, 17), date(2026, 8, 15))
    assert due.passed == (("2026-08-15", "saturday"), ("2026-08-16", "sunday"))
    assert (due.citation.act, due.citation.article, due.settled, due.stands) == ("tax_code_2025", "505(1)", True, False)


def test_a_pool_report_stands_on_a_saturday_and_what_is_not_known_of_it_is_said() -> None:
    standing = [due for due in YEAR_2026.days if due.stands]
    assert {due.obligation for due in standing} == {kztax.Obligation.POOL_REPORT}
    assert date(2026, 4, 25) in {due.day for due in standing}
    assert [(missing.obligation, missing.period) for missing in YEAR_2026.not_known] == [("pool_report", "2025")]


def test_there_are_no_days_of_what_did_not_exist() -> None:
    early = calendar_of(ENGINE, 2018, all_duties())
    assert {due.obligation for due in early.days}.isdisjoint({"mining_levy", "electronic_services_vat", "pool_report"})
    assert min(due.day for due in early.days) == date(2018, 1, 22)  # advances: 20 January 2018 is a Saturday


def test_a_year_whose_law_was_not_read_is_refused() -> None:
    with pytest.raises(kztax.UnknownPeriod):
        calendar_of(ENGINE, 2027, all_duties())


@pytest.mark.parametrize(
    ("taxpayer", "has", "has_not"),
    [
        ("individual", {"personal_income_tax", "income_and_property_declaration"}, {"social_tax", "withholding_tax"}),
        ("sole_proprietor", {"personal_income_tax", "social_tax", "withholding_tax"}, {"corporate_income_tax"}),
        ("resident_company", {"corporate_income_tax", "corporate_income_tax_advance"}, {"branch_profits_tax"}),
        ("branch", {"branch_profits_tax", "corporate_income_tax"}, {"pool_report", "personal_income_tax"}),
        ("non_resident_without_pe", {"electronic_services_vat"}, {"value_added_tax", "withholding_tax"}),
        ("miner", {"mining_levy", "personal_income_tax_agent"}, {"pool_report", "simplified_regime"}),
        ("mining_pool", {"pool_report"}, {"mining_levy"}),
        ("aifc_exchange", {"value_added_tax"}, {"mining_levy"}),
    ],
)
def test_a_taxpayer_has_the_days_of_its_own_taxes(taxpayer: str, has: set[str], has_not: set[str]) -> None:
    duties = {str(duty.obligation) for duty in duties_of(ENGINE, kztax.Taxpayer(taxpayer), 2026)}
    assert has <= duties
    assert duties.isdisjoint(has_not)


def test_only_one_kind_of_filer_is_a_sole_proprietor() -> None:
    duties = duties_of(ENGINE, kztax.Taxpayer.SOLE_PROPRIETOR, 2026)
    personal = [duty for duty in duties if duty.obligation is kztax.Obligation.PERSONAL_INCOME_TAX]
    assert personal == [Duty(kztax.Obligation.PERSONAL_INCOME_TAX, kztax.Filer.SOLE_PROPRIETOR)]


WITHOUT_DAYS_OFF = """
[book]
known_until = 2027-12-31
[corporate_income_tax.return_due]
unit = "deadline"
[[corporate_income_tax.return_due.in_force]]
from = 2027-01-01
deadline = { months_after = 15, day = 31 }
cite = { act = "tax_code_2025", article = "359(1)" }
evidence = "text"
"""


def test_a_year_whose_days_off_are_not_known_is_refused_here() -> None:
    engine = kztax.TaxEngine(law=[kztax.Overlay("a later day", WITHOUT_DAYS_OFF)], discover=False)
    facts = {"kind": "tax_calendar", "obligation": "corporate_income_tax", "period": "2026"}
    with pytest.raises(kztax.UnknownPeriod, match="2028"):
        engine.assess(facts)


READ_TO_2027 = "[book]\nknown_until = 2027-12-31\n"


def test_days_that_fall_after_the_last_known_days_off_are_in_no_earlier_calendar() -> None:
    engine = kztax.TaxEngine(law=[kztax.Overlay("2027 as 2026", READ_TO_2027)], discover=False)
    year = calendar_of(engine, 2027, [Duty(kztax.Obligation.MINING_LEVY), Duty(kztax.Obligation.SOCIAL_TAX)])
    assert days(year, "mining_levy", "return") == ["2027-02-15", "2027-05-17", "2027-08-16", "2027-11-15"]
    assert days(year, "social_tax", "payment")[-1] == "2027-12-27"
    assert not any(due.settled for due in year.days)
    events = icalendar.Calendar.from_ical(as_icalendar(year, phrases("en"), date(2027, 1, 1))).walk("VEVENT")
    assert all("the days off of that year are not settled yet" in str(event["DESCRIPTION"]) for event in events)
    with pytest.raises(kztax.UnknownPeriod, match="2028"):
        engine.assess({"kind": "tax_calendar", "obligation": "mining_levy", "period": "2027-Q4"})


def test_a_year_before_the_known_days_off_is_refused() -> None:
    with pytest.raises(kztax.UnknownPeriod, match="2017"):
        calendar_of(ENGINE, 2017, all_duties())


def assessed(**facts: Any) -> kztax.Assessment[Any]:
    return ENGINE.assess({"kind": "tax_calendar", **facts})


def test_a_day_that_may_still_move_says_so() -> None:
    notes = {note.id for note in assessed(obligation="mining_levy", period="2026-Q4").notes}
    assert "due_day_provisional" in notes
    assert one(YEAR_2026, "mining_levy", "return", "2026-Q3").settled


def test_notes_say_what_depends_on_the_filer_and_what_on_the_law_of_the_day() -> None:
    def notes(obligation: str, period: str, **more: str) -> set[str]:
        found = assessed(obligation=obligation, period=period, **more).notes
        ids = {note.id for note in found if not note.id.startswith(("evidence", "doubt", "text_not"))}
        return {note_id.removeprefix("tax_calendar.") for note_id in ids}

    assert notes("corporate_income_tax", "2025") == {"filer_assumed"}
    assert notes("corporate_income_tax", "2025", filer="company") == set()
    assert notes("value_added_tax", "2025-Q2") == set()
    advances = {"filer_assumed", "digital_assets_always_pay"}
    assert notes("corporate_income_tax_advance", "2023") == {"filer_assumed"}
    assert notes("corporate_income_tax_advance", "2025") == advances
    assert notes("corporate_income_tax_advance", "2026") == {*advances, "first_quarter_is_assessed"}
    assert "calculations_by_the_year" in notes("corporate_income_tax_advance", "2025-05")
    assert notes("mining_levy", "2022-Q4") == {"mining_levy.annual_form_of_2022", "mining_levy.last_quarter_of_2022"}
    assert notes("pool_report", "2026-03") == {"not_shifted"}
    assert notes("pool_report", "2026-05") == set()
    assert "digital_assets_owned" in notes("income_and_property_declaration", "2025")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "taxes.ics"


@pytest.mark.parametrize("locale", ["en", "ru", "kk"])
def test_a_real_parser_reads_the_file(file: Path, locale: str) -> None:
    assert main(["calendar", "--year", "2026", "--format", "ics", "--locale", locale, "-o", str(file)]) == 0
    (parsed,) = icalendar.Calendar.from_ical(file.read_bytes(), multiple=True)
    assert (parsed["VERSION"], parsed["CALSCALE"]) == ("2.0", "GREGORIAN")
    events = parsed.walk("VEVENT")
    assert not [event.errors for event in events if event.errors]
    assert len(events) == len(YEAR_2026.days)
    assert [event.decoded("DTSTART") for event in events] == [due.day for due in YEAR_2026.days]
    assert len({str(event["UID"]) for event in events}) == len(events)
    assert all(event["DTSTART"].params["VALUE"] == "DATE" for event in events)
    assert {event.decoded("DTSTAMP").date() for event in events} == {date(2026, 11, 24)}


def test_a_file_says_why_a_day_moved_and_the_article(file: Path) -> None:
    arguments = ["calendar", "--year", "2026", "--obligation", "value_added_tax", "--format", "ics", "-o", str(file)]
    assert main(arguments) == 0
    events = icalendar.Calendar.from_ical(file.read_bytes()).walk("VEVENT")
    (event,) = [event for event in events if event.decoded("DTSTART") == date(2026, 8, 17)]
    assert str(event["SUMMARY"]) == "Value added tax, quarter 2 of 2026: return"
    description = str(event["DESCRIPTION"]).splitlines()
    assert description[0].startswith("Tax Code of 2025 (№ 214-VIII, 18 July 2025); art. 505 para. 1; in force since")
    assert description[1] == (
        "by the letter of the law 15 August 2026; not worked: 15 August 2026 — Saturday, 16 August 2026 — Sunday"
    )


def test_the_same_year_gives_the_same_bytes_and_the_same_events_in_every_language(tmp_path: Path) -> None:
    texts = {}
    for name, locale in (("a", "en"), ("b", "en"), ("c", "kk")):
        target = tmp_path / name
        assert main(["calendar", "--year", "2026", "--format", "ics", "--locale", locale, "-o", str(target)]) == 0
        texts[name] = target.read_bytes()
    assert texts["a"] == texts["b"]
    uids = [[line for line in text.split(b"\r\n") if line.startswith(b"UID:")] for text in texts.values()]
    assert uids[0] == uids[2]


def test_lines_end_and_fold_as_the_format_says() -> None:
    long = "Қосылған құн салығы; " * 20
    text = written(
        "name", [Event("id", date(2026, 5, 15), long, "one\ntwo, \\three", "https://example.org")], date(2026, 1, 1)
    )
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= OCTETS_OF_A_LINE for line in text.split("\r\n"))
    (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert str(event["SUMMARY"]) == long
    assert str(event["DESCRIPTION"]) == "one\ntwo, \\three"


@pytest.mark.parametrize("length", [0, 1, 74, 75, 76, 148, 149, 150])
def test_a_fold_loses_nothing(length: int) -> None:
    pieces = list(folded("x" * length))
    assert pieces[0] + "".join(piece[1:] for piece in pieces[1:]) == "x" * length
    assert all(piece.startswith(" ") for piece in pieces[1:])
    assert all(len(piece) <= OCTETS_OF_A_LINE for piece in pieces)


def test_json_has_each_day_with_its_article(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calendar", "--year", "2026", "--taxpayer", "mining_pool", "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["year"] == 2026
    (day,) = [day for day in answer["days"] if (day["obligation"], day["period"]) == ("pool_report", "2026-03")]
    assert (day["day"], day["event"], day["stands"], day["citation"]["article"]) == (
        "2026-04-25",
        "return",
        True,
        "56(10)",
    )
    assert [missing["error"]["code"] for missing in answer["not_known"]] == ["unknown_law"]


@pytest.mark.parametrize("locale", ["en", "ru", "kk"])
def test_the_text_is_one_line_a_day(locale: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calendar", "--year", "2026", "--locale", locale]) == 0
    title, *lines = capsys.readouterr().out.splitlines()
    assert "2026" in title
    assert len(lines) == len(YEAR_2026.days) + len(YEAR_2026.not_known)
    assert [line[:10] for line in lines[: len(YEAR_2026.days)]] == [str(due.day) for due in YEAR_2026.days]


@pytest.mark.parametrize(("year", "status", "code"), [("2027", 1, "unknown_period"), ("0", 2, "invalid_facts")])
def test_a_year_that_cannot_be_shown(year: str, status: int, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calendar", "--year", year]) == status
    assert code in capsys.readouterr().err
