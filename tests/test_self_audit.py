"""Self-audit beside its table of cases: what is said aloud, what is refused and where, what always holds."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kztax
from kztax.cli import main
from kztax.combined.self_audit.pool import pairs

ENGINE = kztax.TaxEngine(discover=False)
ROOT = Path(__file__).resolve().parent.parent
LEVY: dict[str, Any] = {"kind": "mining_levy", "period": "2025-Q1", "supplies": [{"kwh": "1000000"}]}
MINER: dict[str, Any] = {
    "kind": "corporate_income_tax", "tax_year": 2024, "taxpayer": "resident", "digital_assets_distributed": [
        {"asset": "BTC", "quantity": "0.5", "received_on": "2024-06-03", "unit_value": "30000000"}],
}  # fmt: skip
AUDIT: dict[str, Any] = {"kind": "self_audit", "on": "2025-06-25", "declared": {"mining_levy": "0"}, "facts": [LEVY]}
OFF_GRID = {**LEVY, "supplies": [{"kwh": "1000000", "connected_to_unified_power_system": False}]}


def audited(**facts: Any) -> kztax.Assessment[Any]:
    return ENGINE.assess({**AUDIT, **facts})


def said(**facts: Any) -> set[str]:
    ids = {note.id for note in audited(**facts).notes}
    return {note_id.removeprefix("self_audit.") for note_id in ids if note_id.startswith("self_audit.")}


ALWAYS = {"paid_as_declared", "term_extended_or_suspended"}
SMALL: dict[str, Any] = {"taxpayer": "small_company"}
FELL_SHORT = ALWAYS | {"fines_have_conditions"}


@pytest.mark.parametrize(
    ("facts", "notes"),
    [
        ({**SMALL, "declared": {"mining_levy": "2000000"}}, ALWAYS),
        (SMALL, FELL_SHORT),
        ({}, FELL_SHORT | {"taxpayer_not_stated", "term_may_be_longer"}),
        ({"longer_limitation": "subsoil_user"}, FELL_SHORT | {"taxpayer_not_stated"}),
        ({**SMALL, "facts": [OFF_GRID]}, FELL_SHORT | {"depends_on_reading"}),
        ({**SMALL, "on": "2026-11-24"}, FELL_SHORT | {"interest_not_known"}),
        ({"taxpayer": "individual"}, FELL_SHORT | {"mci_of_the_day_of_the_audit"}),
        ({**SMALL, "declared": {"mining_levy": "-5"}}, FELL_SHORT | {"excess"}),
        ({**SMALL, "facts": [{**LEVY, "period": "2022-Q1"}]}, FELL_SHORT | {"closed"}),
        ({**SMALL, "on": "2026-03-02", "facts": [{**LEVY, "period": "2025-Q4"}]}, ALWAYS | {"fine_not_known"}),
    ],
)  # fmt: skip
def test_what_is_assumed_or_not_known_is_said(facts: dict[str, Any], notes: set[str]) -> None:
    assert said(**facts) == notes


def test_an_auditor_may_read_the_law_the_other_way() -> None:
    assessment = audited(facts=[OFF_GRID], **SMALL)
    (note,) = [note for note in assessment.notes if note.id == "self_audit.depends_on_reading"]
    assert (note.params["lowest"], note.params["highest"]) == ("1000000", "2000000")
    (record,) = [record for record in assessment.readings if record.id == "mining_levy.off_grid_units"]
    assert [(other.name, other.tax) for other in record.alternatives] == [("any_owner", Decimal(1000000))]


def test_a_reading_that_moves_nothing_is_no_warning() -> None:
    idle = {**LEVY, "supplies": [{"kwh": "0", "connected_to_unified_power_system": False}]}
    assessment = audited(facts=[idle], **SMALL)
    assert "mining_levy.off_grid_units" in {record.id for record in assessment.readings}
    assert "self_audit.depends_on_reading" not in {note.id for note in assessment.notes}


def test_without_a_due_day_no_interest_is_computed() -> None:
    unseen = kztax.Overlay(
        "days off of 2027 withdrawn",
        """
        [base.working_days]
        unit = "working days"
        [[base.working_days.in_force]]
        from = 2027-01-01
        to = 2027-12-31
        cite = { act = "holidays_law", article = "—" }
        evidence = "not_seen"
        supply = "the days off of 2027"
        """,
    )
    payment = {
        "kind": "withholding_tax", "paid_on": "2026-12-10", "recipient": "company", "recipient_country": "DE",
        "category": "services", "gross_income": "1000000",
    }  # fmt: skip
    facts = {**AUDIT, "on": "2026-12-31", "declared": {"withholding_tax": "0"}, "facts": [payment]}
    assessment = kztax.TaxEngine(law=[unseen], discover=False).assess(facts)
    (row,) = assessment.outcome.taxes
    assert (row.shortfall, row.payment_due, row.interest, assessment.outcome.interest) == (200000, None, None, None)
    assert "self_audit.due_day_not_known" in {note.id for note in assessment.notes}


def test_a_reading_of_an_old_part_cites_the_code_of_its_period() -> None:
    assessment = audited(on="2026-06-01", facts=[OFF_GRID])
    assert {record.citation.act for record in assessment.readings} == {"tax_code_2017"}


def test_the_steps_of_the_parts_lead_to_the_shortfall_and_from_it_to_the_interest() -> None:
    assessment = audited(**SMALL)
    steps = {figure.id: figure for figure in assessment.figures}

    def behind(step: str) -> set[str]:
        return {steps[step].name}.union(*(behind(source) for source in steps[step].inputs))

    found = behind(assessment.results["taxes.0.interest"])
    assert {"mining_levy.kwh", "mining_levy.rate.standard", "self_audit.shortfall", "base.base_rate"} <= found
    assert "late_interest.amount" not in {figure.name for figure in assessment.figures}


def test_a_levy_alone_is_the_levy_of_the_audit() -> None:
    row = audited(**SMALL).outcome.taxes[0]
    alone = ENGINE.assess(LEVY).outcome
    late = ENGINE.assess(
        {"kind": "late_interest", "amount": "2000000", "due": str(alone.payment_due), "paid_on": "2025-06-25"}
    )
    assert (row.computed, row.payment_due) == (alone.payable, alone.payment_due)
    assert row.interest == late.outcome.interest
    assert row.interest_intervals == late.outcome.intervals


def test_a_shortfall_may_be_larger_than_what_can_be_stated() -> None:
    row = audited(facts=[{**LEVY, "supplies": [{"kwh": "9" * 30}]}], **SMALL).outcome.taxes[0]
    assert row.shortfall == Decimal(1999999999999999999999999999998)
    assert row.interest > row.shortfall / 100


def test_a_proprietors_tax_is_due_with_the_proprietors_return() -> None:
    part = {
        "kind": "personal_income_tax", "tax_year": 2024, "resident": True,
        "income": [{"amount": "1000000", "category": "entrepreneur"}],
    }  # fmt: skip
    alone = ENGINE.assess(part).outcome
    row = audited(on="2025-12-01", declared={"personal_income_tax": "0"}, facts=[part]).outcome.taxes[0]
    assert row.payment_due == (alone.payment_due or alone.entrepreneur_payment_due)
    assert row.interest > 0


BAD = [
    ("no facts", {"facts": []}, ["facts"]),
    ("facts that are no object", {"facts": [5]}, ["facts", 0]),
    ("facts without a kind", {"facts": [{"period": "2025-Q1"}]}, ["facts", 0]),
    ("a kind that nobody declares", {"facts": [{"kind": "late_interest"}]}, ["facts", 0]),
    ("an audit inside an audit", {"facts": [AUDIT]}, ["facts", 0]),
    ("a fault inside a part", {"facts": [{**LEVY, "supplies": [{"kwh": "-1"}]}]}, ["facts", 0, "supplies", 0, "kwh"]),
    ("a fault inside the second part", {"facts": [LEVY, {**LEVY, "colour": "red"}]}, ["facts", 1, "colour"]),
    ("nothing declared of a kind", {"declared": {}}, ["declared", "mining_levy"]),
    ("a float", {"declared": {"mining_levy": 1.5}}, ["declared", "mining_levy"]),
    ("yes as an amount", {"declared": {"mining_levy": True}}, ["declared", "mining_levy"]),
    ("nothing as an amount", {"declared": {"mining_levy": None}}, ["declared", "mining_levy"]),
    ("NaN of a period", {"declared": {"mining_levy": {"2025-Q1": "NaN"}}}, ["declared", "mining_levy", "2025-Q1"]),
    ("a list as declared", {"declared": ["5"]}, ["declared"]),
    ("a kind without facts", {"declared": {"mining_levy": "0", "value_added_tax": "5"}},
     ["declared", "value_added_tax"]),
    ("one amount for two quarters", {"facts": [LEVY, {**LEVY, "period": "2024-Q4"}]}, ["declared", "mining_levy"]),
    ("a quarter without facts", {"declared": {"mining_levy": {"2025-Q1": "0", "2025-Q2": "5"}}},
     ["declared", "mining_levy"]),
    ("a quarter that was forgotten", {"declared": {"mining_levy": {}}}, ["declared", "mining_levy"]),
    ("a figure of another kind", {"declared_figures": {"value_added_tax": {"payable": "5"}}},
     ["declared_figures", "value_added_tax", "payable"]),
    ("a figure that does not exist", {"declared_figures": {"mining_levy": {"profit": "5"}}},
     ["declared_figures", "mining_levy", "profit"]),
    ("a figure that is no amount of money", {"declared_figures": {"mining_levy": {"electricity_kwh": "5"}}},
     ["declared_figures", "mining_levy", "electricity_kwh"]),
    ("a size that does not exist", {"taxpayer": "huge"}, ["taxpayer"]),
    ("on the last day of the quarter", {"on": "2025-03-31"}, ["on"]),
    ("no day", {"on": "soon"}, ["on"]),
    ("a report without books", {"pool_rows": [{"asset": "BTC", "quantity": "1", "received_on": "2025-02-01"}]},
     ["receipts"]),
    ("books without a report", {"receipts": []}, ["receipts"]),
    ("a row of nothing", {"pool_rows": [{"asset": "BTC", "quantity": "0", "received_on": "2025-02-01"}]},
     ["pool_rows", 0, "quantity"]),
    ("a wallet that forges a line", {"pool_rows": [
        {"asset": "BTC", "quantity": "1", "received_on": "2025-02-01", "wallet": "a\nShortfall: 0"}]},
     ["pool_rows", 0, "wallet"]),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "path"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_what_does_not_fit_is_named_by_its_path(
    facts: dict[str, Any], path: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps({**AUDIT, **facts}), encoding="utf-8")
    assert main(["assess", str(file), "--format", "json"]) == 2
    error = json.loads(capsys.readouterr().err)["error"]
    assert (error["code"], error["path"]) == ("invalid_facts", path)


def test_what_a_part_is_refused_for_names_the_part() -> None:
    with pytest.raises(kztax.MissingFact) as refused:
        audited(on="2026-06-01", declared={"mining_levy": {"2025-Q1": "0", "2026-Q1": "0"}},
                facts=[LEVY, {**LEVY, "period": "2026-Q1"}])  # fmt: skip
    assert refused.value.path == ("facts", 1, "licensed")


def test_a_pools_report_is_taken_as_the_reader_of_it_gives_it() -> None:
    """The rows of `Ledger.digital_assets_distributed` fit as they are."""
    row = {"asset": "BTC", "quantity": "0.5", "pool_commission_quantity": "0.005", "received_on": "2024-06-03"}
    outcome = audited(declared={"corporate_income_tax": "3000000"}, facts=[MINER], pool_rows=[row]).outcome
    assert [match.differences for match in outcome.pool_rows] == [(kztax.PoolDifference.COMMISSION,)]
    assert outcome.pool_income_difference == 0


def test_the_same_asset_in_other_letters_is_the_same_asset() -> None:
    row = {"asset": "btc", "quantity": "0.5", "received_on": "2024-06-03"}
    outcome = audited(declared={"corporate_income_tax": "3000000"}, facts=[MINER], pool_rows=[row]).outcome
    assert [match.differences for match in outcome.pool_rows] == [()]


@pytest.mark.parametrize("locale", ["en", "ru", "kk"])
def test_the_example_says_the_audits_of_the_document_in_every_language(locale: str) -> None:
    miner, citizen = json.loads((ROOT / "examples" / "self-audit.json").read_text("utf-8"))
    found = [ENGINE.assess(facts) for facts in (miner, citizen)]
    assert [row.shortfall for row in found[0].outcome.taxes] == [Decimal(2300000000), Decimal(2600000000)]
    assert found[1].outcome.shortfall == Decimal(4300000000)
    assert found[0].outcome.shortfall == Decimal(4900000000)
    assert found[0].outcome.pool_income_difference == Decimal(13000000000)
    for assessment in found:
        text = assessment.explain(locale)
        assert "self_audit" not in text
        assert "None" not in text


AMOUNTS = st.integers(0, 4 * 10**8).map(lambda tiyns: Decimal(tiyns).scaleb(-2))
DAYS = st.integers(0, 480).map(lambda days: date(2025, 4, 1) + timedelta(days=days))


@settings(deadline=None, max_examples=60)
@given(declared=AMOUNTS, kwh=st.integers(0, 2 * 10**6), on=DAYS, size=st.sampled_from([None, *kztax.AuditedTaxpayer]))
def test_a_shortfall_and_what_follows_of_it(declared: Decimal, kwh: int, on: date, size: Any) -> None:
    row = audited(
        on=str(on), declared={"mining_levy": str(declared)}, taxpayer=size and str(size),
        facts=[{**LEVY, "supplies": [{"kwh": str(kwh)}]}],
    ).outcome.taxes[0]  # fmt: skip
    assert row.computed == 2 * kwh
    assert (row.shortfall, row.overpaid) == (max(row.computed - declared, Decimal(0)), max(declared - row.computed, 0))
    if not row.shortfall:
        assert (row.interest, row.interest_intervals, row.fine_range) == (0, (), None)
    else:
        assert row.fine_range is not None
        amounts = [fine.amount for fine in row.fine_range.fines]
        assert (row.fine_range.lowest, row.fine_range.highest) == (min(amounts), max(amounts))
    assert row.interest >= 0


@settings(deadline=None, max_examples=40)
@given(declared=AMOUNTS, days=st.tuples(DAYS, DAYS))
def test_interest_never_falls_with_the_day(declared: Decimal, days: tuple[date, date]) -> None:
    earlier, later = (
        audited(on=str(on), declared={"mining_levy": str(declared)}).outcome.interest for on in sorted(days)
    )
    assert earlier <= later


@settings(deadline=None, max_examples=30)
@given(on=DAYS, facts=st.sampled_from([LEVY, OFF_GRID]))
def test_what_was_declared_as_computed_brings_nothing(on: date, facts: dict[str, Any]) -> None:
    outcome = audited(on=str(on), declared={"mining_levy": "2000000"}, facts=[facts]).outcome
    assert (outcome.shortfall, outcome.overpaid, outcome.interest, outcome.fine_highest) == (0, 0, 0, 0)


TRANSFERS = st.builds(
    kztax.PoolTransfer,
    asset=st.sampled_from(["BTC", "ETH"]),
    quantity=st.integers(1, 3).map(Decimal),
    received_on=st.sampled_from([date(2024, 6, 3), date(2024, 6, 4)]),
    wallet=st.sampled_from([None, "a", "b"]),
    pool_commission_quantity=st.integers(0, 1).map(Decimal),
)


@given(rows=st.lists(TRANSFERS, max_size=8), receipts=st.lists(TRANSFERS, max_size=8))
def test_every_row_and_every_receipt_is_in_one_pair(
    rows: list[kztax.PoolTransfer], receipts: list[kztax.PoolTransfer]
) -> None:
    found = pairs(rows, receipts)
    assert sorted(pair.row for pair in found if pair.row is not None) == list(range(len(rows)))
    assert sorted(pair.receipt for pair in found if pair.receipt is not None) == list(range(len(receipts)))
    for row, receipt in found:
        if row is not None and receipt is not None:
            assert rows[row].asset == receipts[receipt].asset


@given(rows=st.lists(TRANSFERS, max_size=8), order=st.randoms(use_true_random=False))
def test_a_report_that_is_the_books_in_another_order_has_no_difference(
    rows: list[kztax.PoolTransfer], order: Any
) -> None:
    receipts = list(rows)
    order.shuffle(receipts)
    for row, receipt in pairs(rows, receipts):
        assert row is not None
        assert receipt is not None
        assert rows[row].received_on == receipts[receipt].received_on
        assert rows[row].quantity == receipts[receipt].quantity
