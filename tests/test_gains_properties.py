"""Gains from a ledger: what holds for every ledger, whatever stands in it."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kztax
from kztax.core.clock import Clock
from kztax.core.figure import EXACT
from kztax.rules.digital_asset_gains.facts import as_trade
from kztax.rules.digital_asset_gains.plain import PlainTrade, plain_trades

ENGINE = kztax.TaxEngine(discover=False)
STORED = kztax.Assessment[kztax.DigitalAssetGainsOutcome]
Row = dict[str, Any]


def assessed(year: int, rows: list[Row], **facts: Any) -> kztax.Assessment[kztax.DigitalAssetGainsOutcome]:
    return ENGINE.assess({"kind": "digital_asset_gains", "tax_year": year, "method": "fifo", "trades": rows, **facts})


def outcome(year: int, rows: list[Row], **facts: Any) -> Any:
    return assessed(year, rows, **facts).outcome.model_dump(mode="json")


PRICES = st.integers(1, 10**8).map(lambda cents: str(Decimal(cents).scaleb(-2)))
ASSETS = st.sampled_from(["BTC", "ETH"])


@st.composite
def ledgers(draw: st.DrawFn, years: Sequence[int] = (2025,), in_units: bool = False) -> list[Row]:
    """Purchases, receipts, sales, exchanges and fees in the order of time; never more given away than held."""
    held: dict[str, int] = defaultdict(int)
    first, last = datetime(years[0], 1, 1, tzinfo=UTC), datetime(years[-1], 12, 31, 12, tzinfo=UTC)
    times = sorted(
        draw(st.lists(st.datetimes(first.replace(tzinfo=None), last.replace(tzinfo=None)), max_size=14, unique=True))
    )
    rows: list[Row] = []
    for number, at in enumerate(times):
        asset = draw(ASSETS)
        kinds = ["buy", "buy", "gift_in", "mined"]
        if held[asset]:
            kinds += ["sell", "sell", "sell", "spend", "exchange", "gift_out"]
        kind = draw(st.sampled_from(kinds))
        comes_in = kind in ("buy", "gift_in", "mined")
        units = draw(st.integers(1, 9 if in_units else 10**6)) if comes_in else draw(st.integers(1, held[asset]))
        quantity = Decimal(units) if in_units else Decimal(units).scaleb(-6)
        row: Row = {"id": f"t{number}", "type": kind, "at": f"{at.isoformat()}Z", "asset": asset}
        row |= {"quantity": format(quantity, "f"), "price": draw(PRICES)}
        held[asset] += units if comes_in else -units
        if kind == "exchange":
            got = draw(st.integers(1, 9 if in_units else 10**6))
            other = "ETH" if asset == "BTC" else "BTC"
            held[other] += got
            row |= {"counter_asset": other}
            row |= {"counter_quantity": format(Decimal(got) if in_units else Decimal(got).scaleb(-6), "f")}
        rows.append(row)
    return rows


@settings(deadline=None)
@given(ledgers(in_units=True))
def test_first_in_first_out_is_what_counting_unit_by_unit_gives(rows: list[Row]) -> None:
    units: dict[str, deque[tuple[str, Decimal]]] = defaultdict(deque)
    expected: dict[str, Decimal] = {}
    for row in rows:
        value = Decimal(row["price"])
        if row["type"] in ("buy", "gift_in", "mined"):
            # A gift has no cost; a mined coin is no gain, whatever it brings.
            cost = {"buy": value, "gift_in": Decimal(0), "mined": Decimal(0)}[row["type"]]
            units[row["asset"]] += [(row["type"], cost)] * int(row["quantity"])
            continue
        brought = Decimal(0) if row["type"] == "gift_out" else value
        gave = [units[row["asset"]].popleft() for _ in range(int(row["quantity"]))]
        expected[row["id"]] = sum(
            (brought - cost for origin, cost in gave if origin != "mined"),
            Decimal(0),
        )
        if row["type"] == "exchange":
            share = value * int(row["quantity"]) / int(row["counter_quantity"])
            units[row["counter_asset"]] += [("exchange", share)] * int(row["counter_quantity"])
    found: dict[str, Decimal] = defaultdict(Decimal)
    for disposal in assessed(2025, rows).outcome.disposals:
        found[disposal.trade] += disposal.difference or 0
    assert found.keys() == expected.keys()
    for name, difference in expected.items():
        assert abs(found[name] - difference) < Decimal("1E-15")


@settings(deadline=None)
@given(ledgers())
def test_quantities_are_conserved(rows: list[Row]) -> None:
    result = assessed(2025, rows).outcome
    for asset, totals in result.by_asset.items():
        assert totals.opening_quantity + totals.acquired - totals.disposed == totals.closing_quantity
        assert totals.closing_quantity == added(lot.quantity for lot in result.closing_lots if lot.asset == asset)
        given_away = [disposal for disposal in result.disposals if disposal.asset == asset]
        assert totals.disposed == added(disposal.quantity for disposal in given_away)
        assert totals.gain == added(disposal.gain for disposal in given_away)
        for disposal in given_away:
            assert disposal.quantity == added(lot.quantity for lot in disposal.lots)
            assert disposal.gain >= 0
    assert result.gain == added(totals.gain for totals in result.by_asset.values())


@settings(deadline=None)
@given(ledgers(years=(2023, 2024, 2025)), st.sampled_from(["fifo", "average"]))
def test_carrying_the_lots_from_year_to_year_equals_one_ledger_of_all_years(rows: list[Row], method: str) -> None:
    lots: list[Row] = []
    for year in (2023, 2024, 2025):
        chosen = "fifo" if year == 2025 else method
        of_year = [row for row in rows if kazakh_year(row) == year]
        so_far = [row for row in rows if kazakh_year(row) <= year]
        carried = outcome(year, of_year, opening_lots=lots, method=chosen)
        # In one ledger the method of 2025 would stand for the years before it as well.
        whole = outcome(year, so_far, method=chosen) if year < 2025 or method == "fifo" else carried
        assert whole["disposals"] == carried["disposals"]
        assert whole["closing_lots"] == carried["closing_lots"]
        assert whole["gain"] == carried["gain"]
        lots = carried["closing_lots"]


def added(amounts: Iterable[Decimal]) -> Decimal:
    """The sum to the last digit."""
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def kazakh_year(row: Row) -> int:
    at = datetime.fromisoformat(row["at"]).replace(tzinfo=None)
    return Clock(ENGINE.rule_book).day(at).year


@settings(deadline=None)
@given(ledgers(years=(2024, 2025)), st.randoms(use_true_random=False))
def test_the_order_of_the_input_never_matters(rows: list[Row], random: Any) -> None:
    for row in rows:  # many at one instant: the ties are what could matter
        row["at"] = row["at"][:10] + "T12:00:00Z"
    try:
        expected = outcome(2025, rows)
    except kztax.InsufficientHoldings:
        return
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert outcome(2025, shuffled) == expected


@settings(deadline=None)
@given(ledgers(), st.booleans())
def test_every_number_of_the_outcome_is_the_value_of_a_figure(rows: list[Row], company: bool) -> None:
    assessment = assessed(2025, rows, holder="company" if company else "individual")
    figures = {record.id: record.value for record in assessment.figures}
    answered = assessment.outcome.model_dump(mode="json")
    assert {"gain", *(f"disposals.{place}.gain" for place in range(len(answered["disposals"])))} <= set(
        assessment.results
    ) | ({"gain"} if not rows else set())
    for path, record in assessment.results.items():
        value: Any = answered
        for step in path.split("."):
            value = value[int(step)] if isinstance(value, list) else value[step]
        assert Decimal(value) == figures[record], path
    read = STORED.model_validate_json(assessment.model_dump_json())
    assert read == assessment
    assert read.outcome.disposals == assessment.outcome.disposals


TEXTS = st.sampled_from(
    ["1", "0.5", "0", "1e5", "-1", "", ".5", "5.", " 1", "١", "1_0", "NaN", "9" * 31, "1." + "1" * 19]
)
ANY_ROWS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["buy", "sell", "exchange", "mined", "transfer_in", "stake", 1]),
        "at": st.sampled_from(
            [
                "2025-02-03T12:00:00+05:00",
                "2025-02-03T12:00:00Z",
                "2025-02-03 12:00:00.5-03:30",
                "2025-02-03T12:00+05:00+05:00",
                "2025-02-03T12+05:00",
                "2025-02-03+05:00",
                "2025-02-03T12:00:00",
                "2025-02-03",
                "Z",
                "1899-12-31T00:00:00Z",
                5,
                None,
            ]
        ),
        "asset": st.sampled_from(["BTC", "ETH", "", "B\u200bTC", "A" * 41, "Ж", 7]),
        "quantity": TEXTS,
    },
    optional={
        "id": st.sampled_from(["a", "", "b\n", "x" * 201, 3, None]),
        "price": st.one_of(TEXTS, st.just(5), st.just(0.5), st.none()),
        "total": TEXTS,
        "currency": st.sampled_from(["USD", "usd", "Доллар", None]),
        "counter_asset": st.sampled_from(["BTC", "USDT", ""]),
        "counter_quantity": TEXTS,
        "account": st.sampled_from(["wallet", ""]),
        "source": st.sampled_from(["foreign", "abroad"]),
        "fee": st.just({"asset": "BTC", "quantity": "0.1"}),
        "note": st.just("unknown"),
    },
)


@settings(deadline=None, max_examples=400)
@given(st.lists(ANY_ROWS, min_size=1, max_size=4))
def test_the_quick_way_in_gives_the_trades_of_the_model_or_leaves_the_row_to_it(rows: list[Row]) -> None:
    model = kztax.DigitalAssetGainsFacts
    for kept, row in zip((plain_trades([row])[0][0] for row in rows), rows, strict=True):
        if isinstance(kept, PlainTrade):
            trade = kztax.Trade(**row)
            assert as_trade(kept) == trade
            assert kept.instant == trade.instant
            assert kept.at == trade.at
            assert kept.origin == trade.origin if kept.type.value in ("buy", "mined", "exchange") else True
        else:
            assert kept is row
    distinct = [{**row, "id": f"row {place}"} if "id" in row else row for place, row in enumerate(rows)]
    try:
        facts = model.model_validate({"tax_year": 2025, "trades": distinct})
    except ValueError as error:
        for fault in error.errors():  # type: ignore[attr-defined]
            kind, place, *_ = fault["loc"]
            assert kind == "trades"
            with pytest.raises(ValueError, match=r"."):
                kztax.Trade(**distinct[int(place)])
    else:
        assert list(facts.trades) == [kztax.Trade(**row) for row in distinct]
        read = model.model_validate_json(facts.model_dump_json())
        assert [trade.instant for trade in read.trades] == [trade.instant for trade in facts.trades]
