"""The command `kztax-1c`: look at a base, write drafts into it, write payment orders.

Exit status as of `kztax`: 0 done; 1 refused, with what is missing; 2 the input or the settings do not fit.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from kztax import KztaxError, Refused, TaxEngine
from kztax.core.errors import InvalidFacts, UnreadableInput
from kztax.explain import formats
from kztax.explain.catalog import LOCALES
from kztax.journal import JournalEntry, journal_entries, read_accounts
from kztax.journal.entries import require_entries
from kztax.reading import facts_in
from kztax_1c.base import Base
from kztax_1c.client import Client
from kztax_1c.credentials import credentials
from kztax_1c.drafts import write_drafts
from kztax_1c.payments import orders_of
from kztax_1c.settings import read_settings
from kztax_1c.words import said

DONE, REFUSED, DOES_NOT_FIT = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="kztax-1c", description="1C:Accounting for Kazakhstan and kztax")
    configure(parser)
    options = parser.parse_args(arguments)
    try:
        return run_with(options, TaxEngine(locale=options.locale))
    except KztaxError as error:
        for each in (error, *error.others):
            where = ".".join(map(str, each.path))
            line = f"{where}: {each.message(options.locale)}" if where else each.message(options.locale)
            sys.stderr.write(f"kztax-1c: {error.code.value}: {line}\n")
        return REFUSED if isinstance(error, Refused) else DOES_NOT_FIT


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")

    check = actions.add_parser("check", help="whether the base is the Kazakh one and publishes what is needed")
    _with_options(check, _check)

    draft = actions.add_parser("draft", help="write what is payable into the base as draft documents")
    draft.add_argument("--post", action="store_true", help="post each document after it was compared")
    _with_facts(draft)
    _with_options(draft, _draft)

    payments = actions.add_parser("payments", help="write payment orders (1CClientBankExchange)")
    payments.add_argument("--date", metavar="DATE", help="of the orders, YYYY-MM-DD; else the day the tax is due")
    payments.add_argument("--first-number", type=int, metavar="NUMBER", help="of the first order; else of the settings")
    payments.add_argument("-o", "--output", metavar="FILE", required=True)
    _with_facts(payments)
    _with_options(payments, _payments)


def run_with(options: argparse.Namespace, engine: TaxEngine) -> int:
    """Do what was asked, with an engine of the language asked for; the exit status."""
    options.action(options, engine)
    return DONE


def run() -> NoReturn:
    """The installed command."""
    sys.exit(main())


def _with_facts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("facts", nargs="+", metavar="FACTS", help="JSON files, as of `kztax assess`")
    parser.add_argument("--accounts", metavar="FILE", help="TOML: on which accounts each tax stands")


def _with_options(parser: argparse.ArgumentParser, action: Any) -> None:
    parser.add_argument("--settings", metavar="FILE", help="TOML; else the file that KZTAX_1C_SETTINGS names")
    parser.add_argument("--locale", choices=LOCALES, default="en", help="language: English, Russian or Kazakh")
    parser.set_defaults(action=action)


def _check(options: argparse.Namespace, engine: TaxEngine) -> None:
    settings = read_settings(options.settings)
    with Client(credentials()) as client:
        base = Base(client, settings)
    sys.stdout.write(said("recognised", engine.locale, organisation=base.organisation_name) + "\n")


def _draft(options: argparse.Namespace, engine: TaxEngine) -> None:
    settings = read_settings(options.settings)
    entries = require_entries(_entries(options, engine))
    with Client(credentials()) as client:
        base = Base(client, settings)
        for entry, key, done in write_drafts(client, base, entries, settings.organisation.bin, post=options.post):
            amount = formats.money(entry.amount, engine.locale)
            sys.stdout.write(said(done, engine.locale, ref=key, text=entry.text, amount=amount) + "\n")


def _payments(options: argparse.Namespace, engine: TaxEngine) -> None:
    payments = read_settings(options.settings).stated_payments
    content = orders_of(
        _entries(options, engine), payments, on=_day(options.date), first_number=_number(options.first_number)
    )
    try:
        Path(options.output).write_bytes(content)
    except OSError as error:
        problem = error.strerror or str(error)
        raise UnreadableInput("cannot_write", path=(options.output,), problem=problem) from error


def _entries(options: argparse.Namespace, engine: TaxEngine) -> list[JournalEntry]:
    accounts = None if options.accounts is None else read_accounts(options.accounts)
    assessments = []
    for path in options.facts:
        try:
            content = Path(path).read_bytes()
        except OSError as error:
            raise UnreadableInput("cannot_read", path=(path,), problem=error.strerror or str(error)) from error
        assessments += [engine.assess(facts) for facts in facts_in(content)[0]]
    return journal_entries(assessments, accounts, engine.locale)


def _day(given: str | None) -> date | None:
    try:
        return None if given is None else date.fromisoformat(given)
    except ValueError:
        raise InvalidFacts("not_a_day", path=("--date",), given=given) from None


def _number(given: int | None) -> int | None:
    if given is not None and given < 1:
        raise InvalidFacts("out_of_range", path=("--first-number",), given=str(given), expected="1")
    return given
