"""`kztax onec`: look at a base, write drafts into it, write payment orders."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from kztax import TaxEngine
from kztax.core.errors import InvalidFacts
from kztax.explain import formats
from kztax.hooks import Command
from kztax.journal import JournalEntry, journal_entries, read_accounts, require_entries
from kztax.reading import facts_in
from kztax.terminal import content_of, day_of, write_bytes
from kztax_1c.settings import read_settings
from kztax_1c.words import said

LARGEST_BYTES = 100_000_000


def configure(parser: ArgumentParser) -> None:
    """The options of `kztax onec`."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")

    check = actions.add_parser("check", help="whether the base is the Kazakh one and publishes what is needed")
    _with_settings(check, _check)

    draft = actions.add_parser("draft", help="write what is payable into the base as draft documents")
    draft.add_argument("--post", action="store_true", help="post each document after it was compared")
    _with_facts(draft)
    _with_settings(draft, _draft)

    payments = actions.add_parser("payments", help="write payment orders (1CClientBankExchange)")
    payments.add_argument("--date", metavar="DATE", help="of the orders, YYYY-MM-DD; else the day the tax is due")
    payments.add_argument("--first-number", type=int, metavar="NUMBER", help="of the first order; else of the settings")
    payments.add_argument("-o", "--output", metavar="FILE", help="write the orders there instead of standard output")
    _with_facts(payments)
    _with_settings(payments, _payments)


def run(options: Namespace, engine: TaxEngine) -> int:
    """Do what was asked; the exit status."""
    options.action(options, engine)
    return 0


ONEC = Command("onec", "1C:Accounting for Kazakhstan: check, draft, payments", configure, run)


def _with_facts(parser: ArgumentParser) -> None:
    parser.add_argument("facts", nargs="+", metavar="FACTS", help="JSON files, as of `kztax assess`")
    parser.add_argument("--accounts", metavar="FILE", help="TOML: on which accounts each tax stands")


def _with_settings(parser: ArgumentParser, action: Any) -> None:
    parser.add_argument("--settings", metavar="FILE", help="TOML; else the file that KZTAX_1C_SETTINGS names")
    parser.set_defaults(action=action)


# The way to a base is loaded with the action that goes it: help and payment orders need none.
def _check(options: Namespace, engine: TaxEngine) -> None:
    from kztax_1c.base import Base
    from kztax_1c.client import Client
    from kztax_1c.credentials import credentials

    settings = read_settings(options.settings)
    with Client(credentials()) as client:
        base = Base(client, settings)
    sys.stdout.write(said("recognised", engine.locale, organisation=base.organisation_name) + "\n")


def _draft(options: Namespace, engine: TaxEngine) -> None:
    from kztax_1c.base import Base
    from kztax_1c.client import Client
    from kztax_1c.credentials import credentials
    from kztax_1c.drafts import write_drafts

    settings = read_settings(options.settings)
    entries = require_entries(_entries(options, engine))
    with Client(credentials()) as client:
        base = Base(client, settings)
        for entry, key, done in write_drafts(client, base, entries, settings.organisation.bin, post=options.post):
            amount = formats.money(entry.amount, engine.locale)
            sys.stdout.write(said(done, engine.locale, ref=key, text=entry.text, amount=amount) + "\n")


def _payments(options: Namespace, engine: TaxEngine) -> None:
    from kztax_1c.payments import orders_of

    payments = read_settings(options.settings).stated_payments
    on = None if options.date is None else day_of(options.date, "--date")
    number = _number(options.first_number)
    write_bytes(orders_of(_entries(options, engine), payments, on=on, first_number=number), options.output)


def _entries(options: Namespace, engine: TaxEngine) -> list[JournalEntry]:
    accounts = None if options.accounts is None else read_accounts(options.accounts)
    facts = [each for path in options.facts for each in facts_in(content_of(path, LARGEST_BYTES))[0]]
    return journal_entries([engine.assess(each) for each in facts], accounts, engine.locale)


def _number(given: int | None) -> int | None:
    if given is not None and given < 1:
        raise InvalidFacts("out_of_range", path=("--first-number",), given=str(given), expected="1")
    return given
