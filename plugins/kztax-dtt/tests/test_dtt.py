"""Treaty overrides: what they change, what they never do, and which of several counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from kztax_dtt import Income, TreatyFileError, TreatyOverrides, read_table

import kztax
from kztax.explain.catalog import LOCALES
from kztax.rules.withholding_tax.treaty import TREATY_INCOME
from kztax.testing import Samples, assert_conforms

BRANCH = {
    "kind": "branch_profits_tax",
    "tax_year": 2026,
    "taxable_income": "100000000",
    "treaty_country": "RU",
    "residence_certificate": True,
}
RULING = """\
[[limit]]
country = "RU"
income = "branch_profits"
rate = "0.10"
source = "Protocol of 2020"

[[limit]]
country = "RU"
income = "branch_profits"
rate = 0.05
source = "Ruling No. 17"
article = "10(6)"
valid_from = 2026-01-01
valid_to = 2026-12-31
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "treaties.toml"


def engine_of(file: Path, content: str) -> kztax.TaxEngine:
    file.write_text(content, encoding="utf-8")
    return kztax.TaxEngine(plugins=[TreatyOverrides(file)], discover=False)


def limit(**fields: Any) -> str:
    stated = {"country": "RU", "income": "branch_profits", "rate": "0.10", "source": "a protocol", **fields}
    rows = [f"{name} = {json.dumps(value)}" for name, value in stated.items() if value is not None]
    return "\n".join(["[[limit]]", *rows, ""])


def test_it_conforms(file: Path) -> None:
    file.write_text(RULING, encoding="utf-8")
    samples = Samples(treaty_rates=[("RU", "branch_profits", date(2026, 12, 31))], refusals=[TreatyFileError])
    assert_conforms(TreatyOverrides(file), samples)
    assert_conforms(TreatyOverrides(), Samples())


def test_every_income_that_kztax_asks_for_can_be_stated() -> None:
    asked = {TREATY_INCOME.get(category, category.value) for category in kztax.PaymentCategory}
    asked |= {category.value for category in kztax.IncomeCategory} | {"branch_profits", "foreign"}
    assert asked == {income.value for income in Income}


def test_a_limit_on_tax_at_the_source_is_supplied(file: Path) -> None:
    payment = {
        "kind": "withholding_tax",
        "paid_on": "2026-05-20",
        "recipient": "company",
        "recipient_country": "RU",
        "treaty_country": "RU",
        "residence_certificate": True,
        "beneficial_owner": True,
        "category": "royalties",
        "gross_income": "1000000",
    }
    # The table has 10 % for Russia; the Code 15 %.
    assert kztax.TaxEngine(discover=False).assess(payment).outcome.payable == 100_000
    assert engine_of(file, limit(income="royalties", rate="0.07")).assess(payment).outcome.payable == 70_000


def test_without_the_plugin_the_clause_is_not_known() -> None:
    with pytest.raises(kztax.UnknownTreatyRate):
        kztax.TaxEngine(discover=False).assess(BRANCH)


def test_a_clause_that_the_table_does_not_know_is_supplied_with_its_trail(file: Path) -> None:
    answer = engine_of(file, RULING).assess(BRANCH)
    # 100 million less 20 % leave 80 million; the ruling, valid for a year, goes before the open protocol: 5 %.
    assert answer.outcome.payable == 4_000_000
    (supplied,) = [note for note in answer.notes if note.id == "plugin_answer"]
    assert supplied.params["value"] == "0.05"
    assert supplied.params["source"].startswith(
        "Ruling No. 17, 10(6) [2026-01-01…2026-12-31] (treaties.toml:7 › treaties.toml:1 (0.1); SHA-256 "
    )
    for locale in LOCALES:
        assert "treaties.toml:7 › treaties.toml:1 (0.1)" in " ".join(answer.explain(locale).split())
    assert [record.name for record in answer.plugins] == ["dtt:treaties.toml"]


@pytest.mark.parametrize(("year", "payable"), [(2025, 8_000_000), (2026, 4_000_000)])
def test_a_limit_counts_on_its_days_only(file: Path, year: int, payable: int) -> None:
    assert engine_of(file, RULING).assess({**BRANCH, "tax_year": year}).outcome.payable == payable


def test_a_higher_priority_goes_before_a_shorter_time(file: Path) -> None:
    longer = RULING.replace('source = "Protocol of 2020"', 'source = "Protocol of 2020"\npriority = 1')
    assert engine_of(file, longer).assess(BRANCH).outcome.payable == 8_000_000


def test_a_limit_never_raises_the_tax(file: Path) -> None:
    by_code = kztax.TaxEngine(discover=False).assess({**BRANCH, "treaty_country": None}).outcome.payable
    assert engine_of(file, limit(rate="0.90")).assess(BRANCH).outcome.payable == by_code == 12_000_000


def test_without_a_certificate_the_codes_rate_stays(file: Path) -> None:
    answer = engine_of(file, RULING).assess({**BRANCH, "residence_certificate": False})
    assert answer.outcome.payable == 12_000_000


def test_what_the_built_in_table_says_gives_way(file: Path) -> None:
    # Canada's clause is 5 % in the table.
    stated = {**BRANCH, "treaty_country": "CA"}
    assert kztax.TaxEngine(discover=False).assess(stated).outcome.payable == 4_000_000
    assert engine_of(file, limit(country="CA", rate="0.02")).assess(stated).outcome.payable == 1_600_000


@pytest.mark.parametrize("income", Income)
def test_every_income_is_answered_by_its_name(file: Path, income: Income) -> None:
    file.write_text(limit(income=income.value), encoding="utf-8")
    answer = TreatyOverrides(file).kztax_treaty_rate("RU", income.value, date(2026, 12, 31))
    assert answer is not None
    assert answer.rate == Decimal("0.1")
    assert TreatyOverrides(file).kztax_treaty_rate("DE", income.value, date(2026, 12, 31)) is None


@pytest.mark.parametrize(
    ("content", "where", "says"),
    [
        (limit(rate="1.01"), "treaties.toml:4.rate", "1"),
        (limit(rate="-0.1"), "treaties.toml:4.rate", "negative"),
        (limit(rate="ten"), "treaties.toml:4.rate", "decimal"),
        (limit(country="ZZ"), "treaties.toml:2.country", "country"),
        (limit(income="dividend"), "treaties.toml:3.income", "dividends"),
        (limit(source=""), "treaties.toml:5.source", ""),
        (limit(source=None), "treaties.toml:1.source", "required"),
        (limit(sauce="x"), "treaties.toml:6.sauce", ""),
        (limit(priority="high"), "treaties.toml:6.priority", ""),
        (limit(valid_from="2026-02-30"), "treaties.toml:6.valid_from", ""),
        (limit() + limit(rate="7", source="another"), "treaties.toml:9.rate", "1"),
        (limit(source="one\\u0007"), "treaties.toml:5.source", ""),
    ],
    ids=str,
)
def test_a_field_that_does_not_fit_is_named_by_line(file: Path, content: str, where: str, says: str) -> None:
    with pytest.raises(kztax.InvalidFacts) as refused:
        engine_of(file, content.replace("\\\\u", "\\u")).assess(BRANCH)
    assert ".".join(map(str, refused.value.path)) == where
    assert says in refused.value.message()


@pytest.mark.parametrize(
    ("content", "reason", "where"),
    [
        (limit(rate="0.05") + limit(), "conflict", "treaties.toml:6.rate"),
        (limit(valid_from="2026-01-02", valid_to="2026-01-01"), "days_reversed", "treaties.toml:7.valid_to"),
        ('limit = [{ country = "RU" }]', "not_limits", "treaties.toml"),
        ("title = 'x'\n" + limit(), "not_limits", "treaties.toml"),
        ("", "not_limits", "treaties.toml"),
    ],
    ids=["conflict", "reversed", "inline", "another key", "empty"],
)
def test_a_file_that_contradicts_itself_is_refused_in_every_language(
    file: Path, content: str, reason: str, where: str
) -> None:
    with pytest.raises(TreatyFileError) as refused:
        engine_of(file, content).assess(BRANCH)
    assert (refused.value.reason, ".".join(map(str, refused.value.path))) == (reason, where)
    assert len({refused.value.message(locale) for locale in LOCALES}) == 3


def test_a_conflict_names_both_lines_and_rates(file: Path) -> None:
    with pytest.raises(TreatyFileError, match=r"lines 1 and 6 limit branch_profits of RU .* to 0.05 and 0.1"):
        engine_of(file, limit(rate="0.05") + limit()).assess(BRANCH)


def test_rows_of_other_days_or_of_one_rate_are_no_conflict(file: Path) -> None:
    first = limit(rate="0.05", valid_from="2025-01-01", valid_to="2025-12-31")
    second = limit(rate="0.07", valid_from="2026-01-01", valid_to="2026-12-31")
    same = limit(rate="0.07", source="another", valid_from="2026-01-01", valid_to="2026-12-31")
    assert engine_of(file, first + second + same).assess(BRANCH).outcome.payable == 5_600_000


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"[[limit]]\nrate = \n", "line 2"), (b"\xff", "not TOML"), (b"#" * 4_000_001, "larger than")],
    ids=["no TOML", "no UTF-8", "huge"],
)
def test_a_file_that_is_no_table_is_refused(file: Path, content: bytes, says: str) -> None:
    file.write_bytes(content)
    with pytest.raises(kztax.UnreadableInput, match=says):
        read_table(file)


def test_a_file_that_is_not_there_is_refused_not_passed_over(file: Path) -> None:
    engine = kztax.TaxEngine(plugins=[TreatyOverrides(file)], discover=False)
    with pytest.raises(kztax.UnreadableInput, match="cannot be read"):
        engine.assess(BRANCH)


def test_two_plugins_of_one_rank_that_disagree_are_a_conflict(tmp_path: Path) -> None:
    made = []
    for name, rate in (("one.toml", "0.05"), ("two.toml", "0.07")):
        (tmp_path / name).write_text(limit(rate=rate), encoding="utf-8")
        made.append(TreatyOverrides(tmp_path / name))
    with pytest.raises(kztax.PluginConflict, match=r"dtt:one.toml, dtt:two.toml|dtt:two.toml, dtt:one.toml"):
        kztax.TaxEngine(plugins=made, discover=False).assess(BRANCH)


def test_the_installed_plugin_reads_the_file_that_the_environment_names(file: Path) -> None:
    file.write_text(RULING, encoding="utf-8")

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "kztax", *arguments],
            input=json.dumps(BRANCH),
            capture_output=True,
            text=True,
            env={**os.environ, "KZTAX_LOAD_PLUGINS": "dtt", **environment},
            check=False,
        )

    assert "dtt 0.1.0  ok  kztax_treaty_rate" in run("plugins").stdout
    assert run("assess", "-").returncode == 1
    answer = run("assess", "-", "--format", "json", KZTAX_DTT=str(file))
    assert json.loads(answer.stdout)["outcome"]["payable"] == "4000000"
    file.write_text(limit(rate="2"), encoding="utf-8")
    broken = run("assess", "-", "--locale", "kk", KZTAX_DTT=str(file))
    assert broken.returncode == 2
    assert "invalid_facts: treaties.toml:4.rate:" in broken.stderr
