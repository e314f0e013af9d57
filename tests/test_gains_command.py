"""`kztax gains`: files in, gains out; what is said on the way, what stops it, what the next step takes."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import kztax
from kztax.cli import main
from kztax.core.words import Words
from kztax.evidence import EvidenceFromStores
from kztax.hooks import (
    AssetPriceAnswer,
    ExchangeRateAnswer,
    LedgerAnswer,
    LedgerBalance,
    LedgerDistribution,
    LedgerFee,
    LedgerTrade,
    LedgerUnprocessed,
    hookimpl,
)
from kztax.plugins import Plugins
from kztax.store import Observation, Store


def trade(line: int, type: str, at: str, quantity: str, **fields: Any) -> LedgerTrade:
    amounts = {
        name: Decimal(value) if name in ("total", "counter_quantity") else value for name, value in fields.items()
    }
    if "total" in fields:
        amounts.setdefault("currency", "KZT")
    amounts.setdefault("asset", "BTC")
    instant = datetime.fromisoformat(f"{at}T12:00:00+05:00")
    return LedgerTrade(line=line, type=type, at=instant, quantity=Decimal(quantity), account="Exchange", **amounts)  # type: ignore[arg-type]


YEAR = [
    trade(2, "buy", "2025-02-03", "1", total="40000000"),
    trade(3, "buy", "2025-03-10", "1", total="44000000"),
    # 75,000,000 − (40,000,000 + ½ of 44,000,000) = 13,000,000
    trade(4, "sell", "2025-06-16", "1.5", total="75000000"),
    trade(5, "transfer_out", "2025-07-01", "0.1"),
]
# The other half of the second lot: 30,000,000 − 22,000,000 = 8,000,000.
NEXT = [trade(2, "sell", "2026-04-01", "0.5", total="30000000")]
LETTER = Words(en="nobody knows this", ru="неизвестно", kk="белгісіз")


class Reader:
    """Reads the files that the test names, and knows prices and rates of the store."""

    __name__ = "reader"

    def __init__(self, files: dict[str, list[Any]], store: Path | None = None) -> None:
        self.files = files
        self.store = store

    @hookimpl
    def kztax_ledger(self, path: Path, zone: tzinfo | None) -> LedgerAnswer | None:
        records = self.files.get(path.stem)
        return None if records is None else LedgerAnswer(source="a format", records=records)

    @hookimpl
    def kztax_at_store(self, store: Path) -> Reader:
        return Reader(self.files, store)

    @hookimpl
    def kztax_asset_price(self, asset: str, on: date) -> AssetPriceAnswer | None:
        found = Store(self.store).find(asset, on, "price") if self.store is not None else None
        if found is None:
            return None
        return AssetPriceAnswer(value=found.value, currency=found.currency, source=found.source)

    @hookimpl
    def kztax_exchange_rate(
        self, currency: str, kind: str, on: date | None, year: int | None
    ) -> ExchangeRateAnswer | None:
        if self.store is None or on is None:
            return None
        found = Store(self.store).find(currency, on, f"rate.{kind}")
        return None if found is None else ExchangeRateAnswer(rate=found.value, source=found.source)


Gains = Callable[..., int]


@pytest.fixture
def gains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gains:
    """Runs the command over files that hold the records named."""
    monkeypatch.delenv("KZTAX_LOAD_PLUGINS", raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*options: str, plugins: bool = True, **files: list[Any]) -> int:
        for name in files:
            Path(f"{name}.csv").write_text(f"the content of {name}\n", encoding="utf-8")
        found = [SimpleNamespace(name="reader", dist=None, load=partial(Reader, files))] if plugins else []
        monkeypatch.setattr("kztax.plugins._entry_points", lambda: found)
        return main(["gains", *(f"{name}.csv" for name in files), *options])

    return run


Printed = pytest.CaptureFixture[str]


def told(printed: Printed) -> tuple[str, list[str]]:
    out, err = printed.readouterr()
    return out, err.splitlines()


def test_the_working_is_printed_and_what_is_left_to_do_is_said(gains: Gains, capsys: Printed) -> None:
    assert gains("--year", "2025", "--source", "kazakhstan", one=YEAR) == 0
    out, err = told(capsys)
    assert out.endswith("Gain on digital assets: KZT 13,000,000.00\n")
    assert err[0] == "kztax: info: no balances are stated for Exchange: only the movements could be checked"
    assert err[1].startswith("kztax: to_do: one.csv:5: 0.1 BTC left Exchange on 1 July 2025 and arrived nowhere")
    assert len(err) == 2


@pytest.mark.parametrize(("locale", "end"), [("ru", "13 000 000,00 ₸"), ("kk", "13 000 000,00 ₸")])
def test_it_speaks_russian_and_kazakh(locale: str, end: str, gains: Gains, capsys: Printed) -> None:
    assert gains("--year", "2025", "--locale", locale, one=YEAR) == 0
    out, err = told(capsys)
    assert out.replace("\xa0", " ").rstrip().endswith(end)
    assert not any("trades" in line or "{" in line for line in err)


def test_a_row_of_the_table_is_a_lot_and_every_column_adds_up(gains: Gains, capsys: Printed) -> None:
    evil = trade(4, "sell", "2025-06-16", "1.5", total="75000000", id="=HYPERLINK(1)")
    assert gains("--year", "2025", "--format", "csv", one=[*YEAR[:2], evil]) == 0
    rows = list(csv.DictReader(io.StringIO(told(capsys)[0])))
    assert [
        (row["trade"], row["quantity"], row["acquired"], row["cost"], row["proceeds"], row["gain"]) for row in rows
    ] == [
        ("'=HYPERLINK(1)", "1", "2025-02-03", "40000000", "75000000", "13000000"),
        ("'=HYPERLINK(1)", "0.5", "2025-03-10", "22000000", "", ""),
    ]
    assert {(row["type"], row["disposed_on"], row["asset"], row["treatment"]) for row in rows} == {
        ("sell", "2025-06-16", "BTC", "gain")
    }


def test_json_holds_the_findings_beside_the_assessment(gains: Gains, capsys: Printed) -> None:
    twice = {"one": YEAR, "two": [*YEAR, trade(6, "buy", "2025-08-01", "1", total="1")]}
    assert gains("--year", "2025", "--format", "json", **twice) == 0
    answer = json.loads(told(capsys)[0])
    assert answer["assessment"]["outcome"]["gain"] == "13000000"
    assert [(file["file"], file["records"], file["repeats"]) for file in answer["files"]] == [
        ("one.csv", 4, 0),
        ("two.csv", 1, 4),
    ]
    assert "repeats_left_out" in {found["id"] for found in answer["findings"]}
    assert answer["unprocessed"] == []
    assert answer["reconciled"][0]["asset"] == "BTC"
    assert answer["left_out"] == {"before_the_year": 0, "after_the_year": 0}


WRONG = [
    *YEAR,
    LedgerBalance(
        line=2,
        at=datetime.fromisoformat("2025-02-03T12:00:00+05:00"),
        account="Exchange",
        asset="BTC",
        change=Decimal(1),
        after=Decimal(1),
    ),
]


def test_a_ledger_that_does_not_reconcile_gives_no_figure_unless_asked_to(gains: Gains, capsys: Printed) -> None:
    assert gains("--year", "2025", one=WRONG) == 1
    out, err = told(capsys)
    assert out == ""
    assert err[0].startswith("kztax: error: Exchange, BTC: opening 0 + movements 0.4 is not the closing 1")
    assert "--keep-going" in err[-1]
    assert gains("--year", "2025", "--format", "json", one=WRONG) == 1
    assert json.loads(told(capsys)[0])["assessment"] is None
    assert gains("--year", "2025", "--facts-for", "personal_income_tax", "--format", "json", one=WRONG) == 1
    assert told(capsys)[0] == ""
    assert gains("--year", "2025", "--keep-going", one=WRONG) == 0
    assert told(capsys)[0].endswith("KZT 13,000,000.00\n")


def test_a_line_that_nobody_understands_stops_it_or_is_said(gains: Gains, capsys: Printed) -> None:
    records = [*YEAR, LedgerUnprocessed(line=9, id="odd", text="odd;\x1b[31mrow", words=LETTER)]
    assert gains("--year", "2025", one=records) == 2
    assert "one.csv, line 9: nobody knows this" in told(capsys)[1][-1]
    assert gains("--year", "2025", "--keep-going", one=records) == 0
    _, err = told(capsys)
    assert r"kztax: unprocessed: one.csv:9: nobody knows this: odd;\x1b[31mrow" in err


def test_what_is_assumed_is_said_and_what_is_stated_stands(gains: Gains, capsys: Printed) -> None:
    assumed = "kztax: info: trades that do not say where their source is, taken for Kazakhstan: 4;"
    gains("--year", "2025", one=YEAR)
    assert any(line.startswith(assumed) for line in told(capsys)[1])
    # In 2023 nothing was deducted of a sale abroad: 5 of the first, 5 − 2 of the second, which says where it was.
    bought = [trade(line, "buy", "2023-02-03", "1", total=str(line)) for line in (1, 2)]
    sold = [
        trade(3, "sell", "2023-05-04", "1", total="5"),
        trade(4, "sell", "2023-05-05", "1", total="5", source="kazakhstan"),
    ]
    gains("--year", "2023", "--source", "foreign", "--method", "fifo", "--format", "csv", one=[*bought, *sold])
    out, err = told(capsys)
    assert [row["gain"] for row in csv.DictReader(io.StringIO(out))] == ["5", "3"]
    assert not any("taken for Kazakhstan" in line for line in err)


# --- from year to year ---


def test_saved_lots_open_the_next_year(gains: Gains, capsys: Printed) -> None:
    assert gains("--year", "2025", "--save-lots", "lots.json", one=YEAR) == 0
    lots = json.loads(Path("lots.json").read_text(encoding="utf-8"))
    assert lots["held_on"] == "2025-12-31"
    assert [(lot["quantity"], lot["cost"], lot["acquired"]) for lot in lots["lots"]] == [
        ("0.5", "22000000", "2025-03-10")
    ]
    capsys.readouterr()
    options = ("--year", "2026", "--method", "fifo", "--format", "csv")
    assert gains(*options, "--opening", "lots.json", next=NEXT) == 0
    apart, _ = told(capsys)
    # The trades of 2025 are in the lots already: given once more they are left out, and that is said.
    assert gains(*options, "--opening", "lots.json", one=YEAR, next=NEXT) == 0
    again, err = told(capsys)
    assert "kztax: info: trades of earlier years, whose outcome is in the opening lots and which are left out: 4" in err
    assert gains(*options, one=YEAR, next=NEXT) == 0
    whole, _ = told(capsys)
    assert [list(csv.DictReader(io.StringIO(text)))[-1]["gain"] for text in (apart, again, whole)] == ["8000000"] * 3


def test_later_trades_are_left_out_and_said(gains: Gains, capsys: Printed) -> None:
    assert gains("--year", "2025", one=YEAR, next=NEXT) == 0
    out, err = told(capsys)
    assert out.endswith("KZT 13,000,000.00\n")
    assert "kztax: info: trades after the year, left out: 1" in err


def test_a_years_end_is_kazakhstans(gains: Gains, capsys: Printed) -> None:
    late = trade(6, "sell", "2025-12-31", "0.5", total="30000000")
    in_utc = LedgerTrade(
        line=6,
        type="sell",
        at=datetime.fromisoformat("2025-12-31T19:00:00+00:00"),
        asset="BTC",
        quantity=Decimal("0.5"),
        total=Decimal(30_000_000),
        currency="KZT",
        account="Exchange",
    )
    for last, gain in ((late, "21,000,000.00"), (in_utc, "13,000,000.00")):
        assert gains("--year", "2025", one=[*YEAR, last]) == 0
        assert told(capsys)[0].endswith(f"KZT {gain}\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"held_on": "2024-12-31", "lots": []}, "invalid_facts: lots.json.held_on: the lots were held on 2024-12-31"),
        ({"held_on": "2025-12-31"}, "no file of lots"),
        ({"held_on": "2025-12-31", "lots": 5}, "no file of lots"),
        ({"held_on": "2025-12-31", "lots": [{"asset": "BTC"}]}, "lots.json.0.acquired"),
        ([{"asset": "BTC", "quantity": 0.5, "acquired": "2025-01-01"}], "lots.json.0.quantity"),
    ],
)
def test_lots_that_do_not_fit_are_named(content: Any, said: str, gains: Gains, capsys: Printed) -> None:
    Path("lots.json").write_text(json.dumps(content), encoding="utf-8")
    assert gains("--year", "2026", "--opening", "lots.json", "--method", "fifo", next=NEXT) == 2
    assert said in "\n".join(told(capsys)[1])


def test_a_list_of_lots_stands_beside_earlier_trades(gains: Gains, capsys: Printed) -> None:
    # Bought with cash before the first export; the earliest lot goes first: 75 − (10 + ½ of 40) = 45 million.
    lots = [{"asset": "BTC", "quantity": "1", "acquired": "2024-05-01", "cost": "10000000"}]
    Path("lots.json").write_text(json.dumps(lots), encoding="utf-8")
    assert gains("--year", "2025", "--opening", "lots.json", one=YEAR) == 0
    assert told(capsys)[0].endswith("KZT 45,000,000.00\n")


# --- prices and rates ---

SWAP = [
    trade(2, "buy", "2025-02-03", "1", total="40000000"),
    trade(3, "exchange", "2025-08-18", "0.1", counter_asset="USDT", counter_quantity="11000"),
    trade(4, "exchange", "2025-08-20", "0.1", counter_asset="ETH", counter_quantity="2"),
]


def test_every_price_and_rate_that_is_missing_is_named_at_once(gains: Gains, capsys: Printed) -> None:
    assert gains("--year", "2025", "--fixed-value", "USDT=USD", one=SWAP) == 1
    err = "\n".join(told(capsys)[1])
    assert "missing_exchange_rate: --rates: no rate of USD for 2025-08-15" in err
    assert "missing_price: --prices: no price of BTC on 2025-08-19" in err
    assert "missing_price: --prices: no price of ETH on 2025-08-19" in err
    assert "kztax: to_do: prices and exchange rates come from a store" in err
    assert "--fixed-value" not in err
    assert gains("--year", "2025", one=SWAP) == 1
    assert "state it with --fixed-value" in "\n".join(told(capsys)[1])


def stored(path: str, *known: tuple[str, str, str, str]) -> None:
    Store(path).add(
        Observation(kind, key, date.fromisoformat(day), Decimal(value), "KZT", "a table", None, "")
        for kind, key, day, value in known
    )


def test_prices_and_rates_come_from_the_stores_that_are_named(gains: Gains, capsys: Printed) -> None:
    stored("prices", ("price", "BTC", "2025-08-19", "60000000"), ("price", "ETH", "2025-08-19", "2500000"))
    stored("rates", ("rate.market", "USD", "2025-08-15", "540"))
    options = ("--year", "2025", "--fixed-value", "USDT=USD", "--prices", "prices", "--rates", "rates")
    # 11,000 × 540 − 4,000,000 = 1,940,000; 0.1 × 60,000,000 − 4,000,000 = 2,000,000.
    assert gains(*options, one=SWAP) == 0
    assert told(capsys)[0].endswith("KZT 3,940,000.00\n")


def test_stores_that_are_not_there_and_plugins_that_are_missing(gains: Gains, capsys: Printed) -> None:
    assert gains("--year", "2025", "--prices", "nowhere", one=SWAP) == 1
    assert "store_error" in told(capsys)[1][0]
    for option, distribution in (("--prices", "kztax-aifc"), ("--rates", "kztax-nbk")):
        assert gains("--year", "2025", option, "store", plugins=False, one=SWAP) == 1
        assert f"pip install {distribution}" in told(capsys)[1][0]
    assert gains("--year", "2025", plugins=False, one=SWAP) == 2
    assert "one.csv: no plugin that reads exports is loaded: pip install kztax-exchanges" in told(capsys)[1][0]
    Path("two.csv").write_text("strange\n", encoding="utf-8")
    assert gains("two.csv", "--year", "2025", one=SWAP) == 2
    assert "two.csv: no installed plugin knows this file" in told(capsys)[1][-1]


def test_an_engine_takes_its_evidence_from_stores(tmp_path: Path) -> None:
    store = tmp_path / "store"
    stored(str(store), ("rate.market", "USD", "2025-05-19", "510"))
    plugins = Plugins([Reader({})], discover=False)
    facts = {
        "kind": "personal_income_tax",
        "tax_year": 2025,
        "resident": True,
        "disposals": [
            {
                "asset": "BTC",
                "quantity": "1",
                "disposed_on": "2025-05-20",
                "currency": "USD",
                "proceeds": "75000",
                "acquisition_cost": "60000",
            }
        ],
    }
    with pytest.raises(kztax.MissingExchangeRate):
        kztax.TaxEngine(evidence=EvidenceFromStores(plugins)).assess(facts)
    engine = kztax.TaxEngine(evidence=EvidenceFromStores(plugins, rates=store))
    assert engine.assess(facts).outcome.gain_on_digital_assets == 7_650_000
    assert [record.name for record in engine.assess(facts).plugins] == ["reader"]
    assert EvidenceFromStores(plugins, rates=store).treaty_rate("DE", "dividends", date(2025, 1, 1)) is None


def test_a_plugin_that_moves_without_its_hooks_is_refused(tmp_path: Path) -> None:
    class Lost(Reader):
        __name__ = "lost"

        @hookimpl
        def kztax_at_store(self, store: Path) -> Any:
            return object()

    stored(str(tmp_path / "store"), ("price", "BTC", "2025-08-19", "1"))
    with pytest.raises(kztax.PluginAnswerRefused, match="lost"):
        EvidenceFromStores(Plugins([Lost({})], discover=False), prices=tmp_path / "store")


# --- the tax that follows ---


def test_the_facts_of_personal_income_tax_are_assessed_as_they_are(gains: Gains, capsys: Printed) -> None:
    assert gains("--year", "2025", "--facts-for", "personal_income_tax", "-o", "facts.json", one=YEAR) == 0
    out, err = told(capsys)
    assert out == ""
    assert "kztax: info: taken for a resident; --resident no says otherwise" in err
    assert json.loads(Path("facts.json").read_text(encoding="utf-8")) == {
        "kind": "personal_income_tax",
        "tax_year": 2025,
        "resident": True,
        "digital_asset_gain": "13000000",
        "owns_digital_assets_at_year_end": True,
    }
    assert main(["assess", "facts.json"]) == 0
    assert told(capsys)[0].endswith("Tax to pay: KZT 1,300,000.00\n")
    assert gains("--year", "2025", "--facts-for", "personal_income_tax", "--resident", "no", one=YEAR) == 0
    assert json.loads(told(capsys)[0])["resident"] is False


MINED = [
    trade(2, "mined", "2026-02-01", "1", miner="090140001234"),
    trade(3, "mined", "2026-02-02", "9", miner="180240005678"),
    *(
        LedgerDistribution(
            line=line,
            asset="BTC",
            quantity=Decimal(quantity),
            received_on=date(2026, 2, day),
            pool_commission_quantity=Decimal("0.01"),
            miner=miner,
        )
        for line, day, quantity, miner in ((2, 1, "1", "090140001234"), (3, 2, "9", "180240005678"))
    ),
]


def test_only_the_rows_of_the_miner_named_are_the_taxpayers(gains: Gains, capsys: Printed) -> None:
    company = ("--year", "2026", "--holder", "company", "--method", "fifo")
    assert gains(*company, pool=MINED) == 2
    assert "invalid_facts: --miner: the files hold rows of several miners" in told(capsys)[1][-1]
    assert gains(*company, "--miner", "1", pool=MINED) == 2
    assert "no row of a pool's report belongs to 1" in told(capsys)[1][-1]
    sold = [
        trade(2, "sell", "2026-03-01", "0.5", total="30000000"),
        trade(3, "buy", "2026-03-02", "1", asset="ETH", total="3"),
        # A third of a lot that cost 3 divides; a third of one that cost 1 does not.
        trade(4, "buy", "2026-03-03", "3", asset="TON", total="1"),
        trade(5, "sell", "2026-03-04", "1", asset="TON", total="5", fee=LedgerFee(asset="KZT", quantity=Decimal(1))),
        trade(6, "sell", "2025-03-04", "1", asset="DOGE", total="5"),
        trade(7, "buy", "2025-03-03", "1", asset="DOGE", total="5"),
    ]
    options = (*company, "--miner", "090140001234", "--facts-for", "corporate_income_tax")
    assert gains(*options, "--format", "json", pool=MINED, sold=sold) == 0
    out, err = told(capsys)
    assert any(line.startswith("kztax: info: a resident company") for line in err)
    facts = json.loads(out)
    assert facts == {
        "kind": "corporate_income_tax",
        "tax_year": 2026,
        "taxpayer": "resident",
        "digital_asset_disposals": [
            {
                "asset": "TON",
                "quantity": "1",
                "disposed_on": "2026-03-04",
                "proceeds": "5",
                "acquisition_cost": "0.333333333333333333",
            }
        ],
        "digital_assets_distributed": [
            {"asset": "BTC", "quantity": "1", "pool_commission_quantity": "0.01", "received_on": "2026-02-01"}
        ],
        "mined_asset_sale_proceeds": "30000000",
    }
    assert kztax.TaxEngine(discover=False).facts_of(facts)
    assert gains(*options, "--venue", "other", pool=MINED, sold=sold) == 0
    facts = json.loads(told(capsys)[0])
    assert (facts["mined_asset_sale_venue"], facts["digital_asset_disposals"][0]["venue"]) == ("other", "other")


def test_a_company_that_mines_nothing_states_its_disposals_alone(gains: Gains, capsys: Printed) -> None:
    options = ("--year", "2025", "--holder", "company", "--method", "fifo", "--facts-for", "corporate_income_tax")
    assert gains(*options, one=YEAR) == 0
    facts = json.loads(told(capsys)[0])
    assert sorted(facts) == ["digital_asset_disposals", "kind", "tax_year", "taxpayer"]
    assert facts["digital_asset_disposals"][0]["acquisition_cost"] == "62000000"
    Path("facts.json").write_text(json.dumps(facts), encoding="utf-8")
    # 20 % of 75,000,000 − 62,000,000.
    assert main(["assess", "facts.json"]) == 0
    assert told(capsys)[0].endswith("KZT 2,600,000.00\n")


def test_an_individual_is_told_that_mining_is_income_of_its_own(gains: Gains, capsys: Printed) -> None:
    options = ("--year", "2026", "--miner", "090140001234", "--facts-for", "personal_income_tax")
    assert gains(*options, pool=MINED) == 0
    assert any("income from mining is not in these facts" in line for line in told(capsys)[1])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--year", "99999"), "invalid_facts: --year"),
        (("--year", "2025", "--zone", "Mars"), "invalid_facts: zone"),
        (("--year", "2025", "--fixed-value", "USDT"), "invalid_facts: --fixed-value"),
        (("--year", "2025", "--fixed-value", "USDT=dollar"), "invalid_facts: --fixed-value.USDT"),
        (("--year", "2025", "--fixed-value", "A=USD", "--fixed-value", "A=EUR"), "A holds the value of one currency"),
        (("--year", "2025", "--opening", "one.csv"), "unreadable_input: one.csv: not JSON"),
        (("--year", "2025", "--reading", "x"), "invalid_facts: --reading"),
        (("--year", "2025", "--method", "average"), "invalid_facts: --method"),
        (("--year", "2025", "--facts-for", "corporate_income_tax"), "invalid_facts: --holder"),
        (("--year", "2025", "--facts-for", "personal_income_tax", "--format", "csv"), "invalid_facts: --format"),
        (("--year", "2025", "--opening", "nowhere.json"), "unreadable_input: nowhere.json"),
    ],
)
def test_options_that_do_not_fit_are_named(options: tuple[str, ...], said: str, gains: Gains, capsys: Printed) -> None:
    assert gains(*options, one=YEAR) == 2
    assert said in told(capsys)[1][-1]


def test_what_is_wrong_with_a_trade_leads_to_its_line(gains: Gains, capsys: Printed) -> None:
    assert gains("--year", "2025", one=YEAR, two=[trade(7, "sell", "2025-09-01", "3", total="1")]) == 1
    assert "kztax: insufficient_holdings: two.csv:7: BTC: 2.5 more was given away" in told(capsys)[1][-1]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_shown_on_a_terminal_and_none_when_piped(
    gains: Gains, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert gains("--year", "2025", one=YEAR) == 0
    assert "reading file 1 of 1: one.csv, line 5" in terminal.getvalue()
    monkeypatch.undo()
    assert "reading" not in capsys.readouterr().err


def test_a_closed_standard_error_loses_no_answer(gains: Gains, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    assert gains("--year", "2025", "-o", "out.txt", one=YEAR) == 0
    assert Path("out.txt").read_text(encoding="utf-8").endswith("KZT 13,000,000.00\n")
