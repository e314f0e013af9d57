"""`kztax gains`: files of exchanges and pools in, a year's gains out, lot by lot, and what stands in the way."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from kztax.core.errors import InvalidFacts, KztaxError, MissingExchangeRate, MissingPrice
from kztax.core.facts import EARLIEST_DAY, LATEST_DAY, Source
from kztax.rules.digital_asset_gains.kinds import Holder, LotMethod
from kztax.terminal import add_output_options, add_reading_option, pair_of, print_rows, readings_of, write

if TYPE_CHECKING:
    from kztax.core.assessment import Assessment
    from kztax.gains.lots import Opening
    from kztax.gains.said import Said
    from kztax.gains.year import OfYear
    from kztax.rules.digital_asset_gains.facts import DigitalAssetGainsOutcome

WORKED_OUT, UNFIT = 0, 1
_OPTIONS = {"method": "--method", "asset_prices": "--prices", "exchange_rates": "--rates"}
"""Facts that have an option of their own."""


def configure(parser: ArgumentParser) -> None:
    """The options of `kztax gains`."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="exports of exchanges and pools, in any order")
    parser.add_argument("--year", type=int, required=True, help="the tax year; earlier trades serve for its lots")
    parser.add_argument("--prices", metavar="STORE", help="prices, as `kztax prices` keeps them")
    parser.add_argument("--rates", metavar="STORE", help="exchange rates, as `kztax rates` keeps them")
    parser.add_argument("--opening", metavar="FILE", help="lots held when the year began, from --save-lots")
    parser.add_argument("--save-lots", metavar="FILE", help="write the lots held at its end for next year's --opening")
    parser.add_argument("--zone", metavar="ZONE", help="of times that bear none: +05:00, Asia/Almaty")
    parser.add_argument("--keep-going", action="store_true", help="in spite of lines not understood and of errors")
    parser.add_argument("--method", choices=[str(method) for method in LotMethod], help="where the law prescribes none")
    parser.add_argument("--holder", choices=[str(holder) for holder in Holder], default=str(Holder.INDIVIDUAL))
    parser.add_argument("--source", choices=[str(source) for source in Source], help="of trades that state none")
    parser.add_argument(
        "--fixed-value", action="append", default=[], metavar="ASSET=CURRENCY", help="as in USDT=USD; may be repeated"
    )
    parser.add_argument("--miner", metavar="IIN", help="whose rows of a pool's report are meant, by IIN or BIN")
    add_reading_option(parser)
    add_output_options(parser)
    following = parser.add_argument_group("the tax that follows")
    following.add_argument(
        "--facts-for",
        choices=("personal_income_tax", "corporate_income_tax"),
        help="print facts for `kztax assess -` instead of the gains",
    )
    following.add_argument("--resident", choices=("yes", "no"), help="of an individual; yes unless stated")
    following.add_argument("--venue", choices=("aifc_exchange", "other"), help="where a company sold")


def run(options: Namespace) -> int:
    """Read, reconcile, work out, and write; the exit status."""
    # Everything below is loaded for this command alone.
    from kztax.engine import TaxEngine
    from kztax.evidence import EvidenceFromStores
    from kztax.gains.lots import read_lots, save_lots
    from kztax.gains.said import Said
    from kztax.gains.year import of_year
    from kztax.ledger import read_ledger
    from kztax.plugins import Plugins

    _check(options)
    said, plugins = Said(options.locale), Plugins()
    evidence = EvidenceFromStores(plugins, prices=options.prices, rates=options.rates)
    engine = TaxEngine(locale=options.locale, readings=readings_of(options), evidence=evidence)
    opening = read_lots(options.opening, options.year)
    ledger = read_ledger(
        options.files, plugins=plugins, keep_going=options.keep_going, zone=options.zone, progress=said.reading
    )
    said.findings(ledger)
    year = of_year(ledger, options.year, opened=opening.whole, miner=options.miner)
    said.left_out(year)
    if not ledger.fit and not options.keep_going:
        said.words("error", "unfit")
        if options.format == "json" and options.facts_for is None:
            _write(year, None, options)
        return UNFIT
    assessment = _assessed(year, opening, engine, options, said)
    said.to_do(assessment.outcome)
    if options.save_lots is not None:
        save_lots(options.save_lots, assessment, options.year)
    if options.facts_for is None:
        _write(year, assessment, options)
    else:
        _write_facts(year, assessment, options, said)
    return WORKED_OUT


def _check(options: Namespace) -> None:
    """Options that do not fit each other or the calendar."""
    if not EARLIEST_DAY.year < options.year < LATEST_DAY.year:
        raise InvalidFacts("day_out_of_range", path=("--year",), given=options.year)
    if options.facts_for is not None:
        if options.format == "csv":
            raise InvalidFacts("facts_are_json", path=("--format",))
        holder = "individual" if options.facts_for == "personal_income_tax" else "company"
        if options.holder != holder:
            raise InvalidFacts("facts_of_another_holder", path=("--holder",), kind=options.facts_for, holder=holder)


def _assessed(
    year: OfYear, opening: Opening, engine: Any, options: Namespace, said: Said
) -> Assessment[DigitalAssetGainsOutcome]:
    trades = year.ledger.trades()
    unstated = [trade for trade in trades if "source" not in trade]
    for trade in unstated:
        trade["source"] = options.source or str(Source.KAZAKHSTAN)
    if unstated and options.source is None:
        said.words("info", "source_assumed", count=len(unstated))
    facts: dict[str, Any] = {
        "kind": "digital_asset_gains",
        "tax_year": options.year,
        "holder": options.holder,
        "trades": trades,
        "opening_lots": opening.lots,
        "fixed_value_assets": _fixed_values(options),
        "method": options.method,
    }
    try:
        assessment: Assessment[DigitalAssetGainsOutcome] = engine.assess(facts)
    except KztaxError as error:
        _name_places(error, year, options)
        if isinstance(error, (MissingPrice, MissingExchangeRate)):
            said.words("to_do", "evidence_wanted")
            if not options.fixed_value:
                said.words("to_do", "fixed_value_wanted")
        raise
    return assessment


def _fixed_values(options: Namespace) -> dict[str, str]:
    stated: dict[str, str] = {}
    for given in options.fixed_value:
        asset, currency = pair_of(given, "--fixed-value", "fixed_value_syntax")
        if stated.setdefault(asset, currency) != currency:
            raise InvalidFacts("fixed_value_twice", path=("--fixed-value",), asset=asset)
    return stated


def _name_places(error: KztaxError, year: OfYear, options: Namespace) -> None:
    """Lead to the line of the file instead of the number of the trade, and to the option instead of the fact."""
    told = [entry for entry, _ in year.ledger.told_trades()]
    for each in (error, *error.others):
        match each.path:
            case ("trades", int(number), *rest):
                entry = told[number]
                each.path = (f"{entry.file}:{entry.record.line}", *rest)
            case ("opening_lots", *rest):
                each.path = (options.opening or "--opening", *rest)
            case ("fixed_value_assets", *rest):
                each.path = ("--fixed-value", *rest)
            case (str(fact),) if fact in _OPTIONS:
                each.path = (_OPTIONS[fact],)


def _write(year: OfYear, assessment: Assessment[DigitalAssetGainsOutcome] | None, options: Namespace) -> None:
    from kztax.gains.rows import COLUMNS, as_json, lot_rows

    if options.format == "json" or assessment is None:
        write(as_json(year, assessment, options.locale), options.output)
    elif options.format == "csv":
        print_rows(list(lot_rows(assessment.outcome)), COLUMNS, options)
    else:
        write(assessment.explain() + "\n", options.output)


def _write_facts(
    year: OfYear, assessment: Assessment[DigitalAssetGainsOutcome], options: Namespace, said: Said
) -> None:
    import json

    from kztax.gains import next_facts

    if options.facts_for == "personal_income_tax":
        if options.resident is None:
            said.words("info", "resident_assumed")
        if year.ledger.distributions:
            said.words("to_do", "mining_income")
        facts = next_facts.individual(options.year, assessment, resident=options.resident != "no")
    else:
        if options.venue is None:
            said.words("info", "venue_assumed")
        facts = next_facts.company(options.year, assessment, year.ledger, venue=options.venue)
    write(json.dumps(facts, ensure_ascii=False, indent=2) + "\n", options.output)
