"""Gains from a ledger: the working of long ones, what is missing, what does not fit, how trades are looked at."""

from __future__ import annotations

import gc
import json
import pickle
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

import kztax
from kztax.core.clock import Clock
from kztax.core.collector import left_aside
from kztax.rules.digital_asset_gains.plain import REMEMBERED, PlainTrade, plain_trades
from kztax.rules.digital_asset_gains.steps import MOST_SHOWN

ENGINE = kztax.TaxEngine(discover=False)
Row = dict[str, Any]


def assessed(year: int, rows: list[Row], **facts: Any) -> kztax.Assessment[kztax.DigitalAssetGainsOutcome]:
    return ENGINE.assess({"kind": "digital_asset_gains", "tax_year": year, "method": "fifo", "trades": rows, **facts})


def sales(count: int) -> list[Row]:
    """So many sales of one purchase, a minute apart."""
    start = datetime(2025, 3, 1, tzinfo=UTC)
    rows: list[Row] = [
        {"type": "buy", "at": "2025-02-03T12:00:00Z", "asset": "BTC", "quantity": str(count), "price": "10"}
    ]
    for number in range(count):
        at = (start + timedelta(minutes=number)).isoformat()
        rows.append({"id": f"s{number}", "type": "sell", "at": at, "asset": "BTC", "quantity": "1", "price": "11"})
    return rows


def test_a_long_ledger_is_written_out_in_part_and_says_so() -> None:
    assessment = assessed(2025, sales(MOST_SHOWN + 20), show=("s510",))
    assert assessment.outcome.gain == MOST_SHOWN + 20
    assert len(assessment.outcome.disposals) == MOST_SHOWN + 20
    shown = {path.split(".")[1] for path in assessment.results if path.startswith("disposals.")}
    assert len(shown) == MOST_SHOWN + 1
    assert "510" in shown
    (note,) = [note for note in assessment.notes if note.id.endswith("working_in_part")]
    assert (note.params["shown"], note.params["count"]) == (str(MOST_SHOWN + 1), str(MOST_SHOWN + 20))
    total = {record.id: record for record in assessment.figures}[assessment.results["gain"]]
    assert total.value == MOST_SHOWN + 20
    for locale in ("en", "ru", "kk"):
        assert len(assessment.explain(locale).splitlines()) < 30 * MOST_SHOWN


def test_what_is_not_taxed_is_left_out_of_what_is_not_written_out() -> None:
    rows = sales(MOST_SHOWN)
    late: list[Row] = [
        {"type": "mined", "at": "2025-11-01T12:00:00Z", "asset": "BTC", "quantity": "1"},
        {"type": "sell", "at": "2025-11-02T12:00:00Z", "asset": "BTC", "quantity": "1", "price": "11"},
    ]
    assessment = assessed(2025, [*rows, *late])
    assert assessment.outcome.gain == MOST_SHOWN
    assert assessment.outcome.disposals[-1].treatment is kztax.Treatment.ALREADY_TAXED_AS_MINING
    figures = {record.id: record.value for record in assessment.figures}
    assert figures[assessment.results["gain"]] == MOST_SHOWN


def test_a_ledger_of_more_numbers_than_are_kept_in_mind_is_read_to_the_last() -> None:
    rows: list[Row] = [
        {"type": "buy", "at": "2025-02-03T12:00:00Z", "asset": "BTC", "quantity": f"{number}.5"}
        for number in range(REMEMBERED + 10)
    ]
    assert [kept.quantity for kept in plain_trades(rows)[0]] == [Decimal(row["quantity"]) for row in rows]


PLAIN: Row = {"type": "buy", "at": "2025-02-03T12:00:00Z", "asset": "BTC", "quantity": "1"}


@pytest.mark.parametrize(
    "row",
    [
        {"at": "2025-02-03T12:00:00"},
        {"at": "2025-02-03T12+05:00+05:00"},
        {"at": "2025-02-03+05:00"},
        {"at": "1901-02-03T12:00:00Z"},
        {"asset": ""},
        {"quantity": "0"},
        {"quantity": "1e5"},
        {"id": ""},
        {"price": "٣"},
        {"price": "1", "total": "1"},
        {"currency": "usd"},
        {"currency": "USD", "colour": "red"},
        {"counter_asset": "ETH"},
        {"counter_quantity": "0"},
        {"type": "exchange", "counter_asset": "BTC", "counter_quantity": "1"},
        {"type": "exchange", "counter_asset": "ETH", "counter_quantity": "0"},
        {"account": "x" * 201},
        {"source": "abroad"},
        {"type": "transfer_in"},
    ],
)
def test_a_row_that_is_not_plain_is_left_to_the_model(row: Row) -> None:
    assert plain_trades([{**PLAIN, **row}]) == ([{**PLAIN, **row}], [0], set())


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"at": "2025-02-03T12:00:00.123+05:00"},
        {"total": "5", "currency": "USD", "account": "wallet", "source": "low_tax", "id": "a"},
        {"type": "exchange", "counter_asset": "ETH", "counter_quantity": "2", "price": "5"},
    ],
)
def test_a_plain_row_says_what_its_model_says(row: Row) -> None:
    ((kept,), _, _) = plain_trades([{**PLAIN, **row}])
    assert isinstance(kept, PlainTrade)
    trade = kztax.Trade(**{**PLAIN, **row})
    facts = kztax.DigitalAssetGainsFacts.model_validate({"tax_year": 2025, "trades": [{**PLAIN, **row}]})
    assert facts.trades == (trade,)
    assert (kept.instant, kept.at, kept.origin) == (trade.instant, trade.at, trade.origin)


def test_an_instant_may_be_a_datetime_with_a_zone() -> None:
    trade = kztax.Trade(**{**PLAIN, "at": datetime(2025, 2, 3, tzinfo=UTC)})
    assert trade.instant == utc("2025-02-03")
    with pytest.raises(ValueError, match="no_time_zone"):
        kztax.Trade(**{**PLAIN, "at": utc("2025-02-03")})


def test_the_gain_goes_into_the_income_tax() -> None:
    gain = assessed(2025, sales(3)).outcome.gain
    tax = ENGINE.assess(
        {"kind": "personal_income_tax", "tax_year": 2025, "resident": True, "digital_asset_gain": str(gain)}
    )
    assert tax.outcome.gain_on_digital_assets == 3
    assert tax.outcome.tax == Decimal("0.3")


def test_other_methods_are_shown_where_none_is_prescribed() -> None:
    rows: list[Row] = [
        {"type": "buy", "at": "2026-02-03T12:00:00Z", "asset": "BTC", "quantity": "1", "price": "10"},
        {"type": "buy", "at": "2026-02-04T12:00:00Z", "asset": "BTC", "quantity": "1", "price": "20"},
        {"type": "sell", "at": "2026-02-05T12:00:00Z", "asset": "BTC", "quantity": "1", "price": "30"},
    ]
    facts = {"kind": "digital_asset_gains", "tax_year": 2026, "trades": rows}
    (reading,) = ENGINE.assess(facts).readings
    assert (reading.id, reading.chosen) == ("digital_asset_gains.method", "fifo")
    assert {other.name: (other.tax, other.refused) for other in reading.alternatives} == {
        "average": (Decimal(15), None),
        "specific": (None, "missing_fact"),
    }
    assert not ENGINE.assess({**facts, "method": "fifo"}).readings
    assert not ENGINE.assess({**facts, "trades": [rows[0], rows[2]]}).readings


def test_what_is_missing_is_said_for_every_asset_where_it_first_ran_short() -> None:
    rows: list[Row] = [
        {"id": "i", "type": "transfer_in", "at": "2025-02-01T12:00:00Z", "asset": "BTC", "quantity": "3"},
        {"id": "a", "type": "sell", "at": "2025-02-03T12:00:00+05:00", "asset": "BTC", "quantity": "1", "price": "10"},
        {"id": "b", "type": "sell", "at": "2025-02-04T12:00:00+05:00", "asset": "BTC", "quantity": "0.5", "price": "1"},
        {"id": "c", "type": "sell", "at": "2025-02-05T12:00:00+05:00", "asset": "ETH", "quantity": "2", "price": "10"},
    ]
    with pytest.raises(kztax.InsufficientHoldings) as refused:
        assessed(2025, rows)
    error = refused.value
    assert error.path == ("trades", 1)
    expected = {
        "trade": "a",
        "asset": "BTC",
        "at": "2025-02-03T12:00:00+05:00",
        "missing": "1.5",
        "unmatched_transfers": 1,
    }
    assert error.detail == expected
    assert [other.detail["asset"] for other in error.others] == ["ETH"]
    assert "1.5" in str(error)


def test_trades_are_looked_at_as_models_and_cannot_be_changed() -> None:
    facts = kztax.DigitalAssetGainsFacts.model_validate({"tax_year": 2025, "trades": sales(2)})
    assert isinstance(facts.trades[0], kztax.Trade)
    assert [trade.id for trade in facts.trades[1:]] == ["s0", "s1"]
    rows: Any = facts.trades
    assert rows == tuple(rows)
    assert rows != ()
    assert rows != "none"
    assert hash(facts.trades) == hash(tuple(facts.trades))
    assert repr(facts.trades) == "<3 rows>"
    with pytest.raises(AttributeError):
        rows[0].quantity = Decimal(7)
    built = kztax.DigitalAssetGainsFacts(tax_year=2025, trades=facts.trades[:])
    assert ENGINE.digital_asset_gains(built) == ENGINE.digital_asset_gains(facts)
    again = kztax.DigitalAssetGainsFacts(tax_year=2025, trades=facts.trades)
    assert ENGINE.digital_asset_gains(again) == ENGINE.digital_asset_gains(facts)
    assessment = ENGINE.digital_asset_gains(facts)
    assert pickle.loads(pickle.dumps(assessment)) == assessment


def utc(text: str) -> datetime:
    """A naive instant in UTC, as the walk compares them."""
    return datetime.fromisoformat(text)


def test_the_clock_says_kazakhstans_day() -> None:
    clock = Clock(ENGINE.rule_book)
    assert clock.day(utc("2010-01-01T17:59")) == date(2010, 1, 1)
    assert clock.day(utc("2008-12-31T18:00")) == date(2009, 1, 1)
    assert clock.begins(date(2008, 1, 1)) == utc("2007-12-31T18:00")
    assert clock.begins(date(2024, 3, 1)) == utc("2024-02-29T19:00")
    assert clock.begins(date(2024, 2, 29)) == utc("2024-02-28T18:00")


def test_the_collector_is_left_as_it_was() -> None:
    assert gc.isenabled()
    with left_aside():
        assert not gc.isenabled()
        with left_aside():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


@pytest.mark.parametrize(
    ("row", "path"),
    [
        ({"at": "2025-02-03T12:00:00"}, ["trades", 0, "at"]),
        ({"at": "yesterday"}, ["trades", 0, "at"]),
        ({"at": 1700000000}, ["trades", 0, "at"]),
        ({"at": "1812-01-01T00:00:00Z"}, ["trades", 0, "at"]),
        ({"price": "1", "total": "1"}, ["trades", 0, "total"]),
        ({"type": "exchange"}, ["trades", 0, "counter_asset"]),
        ({"type": "exchange", "counter_asset": "ETH"}, ["trades", 0, "counter_quantity"]),
        ({"type": "exchange", "counter_asset": "BTC", "counter_quantity": "1"}, ["trades", 0, "counter_asset"]),
        ({"counter_price": "1"}, ["trades", 0, "counter_price"]),
        ({"counter_quantity": "0"}, ["trades", 0, "counter_quantity"]),
        ({"appraised_value": "1"}, ["trades", 0, "appraised_value"]),
        ({"type": "inheritance", "appraised_on": "2025-03-01"}, ["trades", 0, "appraised_on"]),
        ({"lots": [{"id": "a", "quantity": "1"}]}, ["trades", 0, "lots"]),
        ({"type": "sell", "lots": [{"id": "a", "quantity": "0.5"}]}, ["trades", 0, "lots"]),
        ({"type": "sell", "taxed_as_income": True}, ["trades", 0, "taxed_as_income"]),
        ({"fee": {"asset": "BTC"}}, ["trades", 0, "fee", "quantity"]),
        ({"quantity": 0.5}, ["trades", 0, "quantity"]),
        ({"colour": "red"}, ["trades", 0, "colour"]),
        ({"for_property_abroad": "yes"}, ["trades", 0, "for_property_abroad"]),
    ],
)
def test_a_row_that_does_not_fit_is_named(row: Row, path: list[Any]) -> None:
    plain = {"type": "buy", "at": "2025-02-03T12:00:00Z", "asset": "BTC", "quantity": "1"}
    with pytest.raises(kztax.InvalidFacts) as refused:
        assessed(2025, [{**plain, **row}])
    assert list(refused.value.path) == path


LOT = {"asset": "BTC", "acquired": "2024-01-01", "quantity": "1"}
TWICE = [{"id": "a", "type": "buy", "at": "2025-02-03T12:00:00Z", "asset": "BTC", "quantity": "1"}] * 2


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({"trades": "none"}, ["trades"]),
        ({"trades": [5]}, ["trades", 0]),
        ({"fixed_value_assets": {"KZTC": "KZT"}}, ["fixed_value_assets", "KZTC"]),
        ({"opening_lots": [{**LOT, "acquired": "2026-01-01"}]}, ["opening_lots", 0, "acquired"]),
        ({"opening_lots": [{**LOT, "id": "a"}] * 2}, ["opening_lots", 1, "id"]),
        ({"opening_lots": [{**LOT, "cost": "x"}]}, ["opening_lots", 0, "cost"]),
        ({"opening_lots": [{**LOT, "cost": -1}]}, ["opening_lots", 0, "cost"]),
        ({"opening_lots": [{**LOT, "appraised_value": "1"}]}, ["opening_lots", 0, "appraised_value"]),
        (
            {"opening_lots": [{**LOT, "origin": "inheritance", "appraised_on": "2024-02-01"}]},
            ["opening_lots", 0, "appraised_on"],
        ),
        ({"trades": TWICE}, ["trades", 1, "id"]),
        ({"method": "average"}, ["method"]),
    ],
)
def test_facts_that_do_not_fit_are_named(facts: Row, path: list[Any]) -> None:
    with pytest.raises(kztax.InvalidFacts) as refused:
        ENGINE.assess({"kind": "digital_asset_gains", "tax_year": 2025, **facts})
    assert list(refused.value.path) == path


def test_a_lots_cost_may_be_a_number_or_a_long_decimal() -> None:
    exact = "1." + "0" * 35 + "1"
    for cost in (5, exact, Decimal(exact)):
        facts = kztax.DigitalAssetGainsFacts.model_validate({"tax_year": 2025, "opening_lots": [{**LOT, "cost": cost}]})
        closing = ENGINE.digital_asset_gains(facts).outcome.closing_lots
        assert closing[0].cost == Decimal(cost)
        assert json.loads(facts.model_dump_json())["opening_lots"][0]["cost"] == str(cost)
