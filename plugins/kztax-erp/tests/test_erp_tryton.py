"""Tryton itself takes the journal in, through its client library, and its books balance after posting."""

from __future__ import annotations

import datetime as dt
import os
from decimal import Decimal
from typing import Any

import pytest
from erp_support import BRANCH, COMPANY, LEVY, entries_of
from kztax_erp.tryton import NotInTheBooks, write_moves


class Books:
    """A company's books in a database that lives in memory."""

    def __init__(self) -> None:
        os.environ["DB_NAME"] = ":memory:"
        from proteus import Model
        from trytond.modules.account.tests.tools import create_fiscalyear
        from trytond.modules.company.tests.tools import create_company, get_company
        from trytond.modules.currency.tests.tools import get_currency
        from trytond.tests.tools import activate_modules

        activate_modules("account")
        create_company(currency=get_currency("EUR"))
        self.company = get_company()
        self.accounts = Model.get("account.account")
        self.moves = Model.get("account.move")
        for year in (2025, 2026):
            create_fiscalyear(self.company, today=dt.date(year, 6, 1)).click("create_period")
        kind = Model.get("account.account.type")(name="All", statement="balance", company=self.company)
        kind.save()
        for code in ("7710", "8410", "3110", "3230.01", "5010", "5010"):
            self.accounts(name=code, code=code, company=self.company, type=kind).save()

    def balance(self, code: str) -> Decimal:
        (account,) = self.accounts.find([("code", "=", code)])
        balance = account.balance
        assert isinstance(balance, Decimal)
        return balance


@pytest.fixture(scope="module")
def books() -> Any:
    return Books()


def test_moves_are_drafts_written_once_and_balance_when_posted(books: Any) -> None:
    entries = entries_of(LEVY, COMPANY, BRANCH)
    written = write_moves(entries, company=books.company)
    assert [(each.new, each.move.state, each.move.date) for each in written] == [
        (True, "draft", entry.on) for entry in entries
    ]
    assert written[0].move.period.rec_name == "2026-06"
    again = write_moves(entries, company=books.company)
    assert [each.new for each in again] == [False, False, False]
    assert len(books.moves.find([])) == 3

    books.moves.click([each.move for each in written], "post")
    assert books.balance("8410") == Decimal("2000.51") == -books.balance("3230.01")
    assert books.balance("7710") == Decimal("320000.00") == -books.balance("3110")
    assert [each.new for each in write_moves(entries, company=books.company)] == [False, False, False]


@pytest.mark.parametrize(("code", "reason"), [("8411", "not_found"), ("5010", "several_found")])
def test_a_code_that_the_books_do_not_hold_once_is_refused_before_anything_is_written(
    code: str, reason: str, books: Any
) -> None:
    before = len(books.moves.find([]))
    other = {**LEVY, "period": "2026-Q1"}
    accounts = {"mining_levy": {"debit": code, "credit": "3230.01"}}
    with pytest.raises(NotInTheBooks) as refused:
        write_moves(entries_of({**COMPANY, "tax_year": 2026}, other, accounts=accounts), company=books.company)
    assert refused.value.reason == reason
    assert code in refused.value.message("kk")
    assert len(books.moves.find([])) == before
    with pytest.raises(NotInTheBooks, match="NONE"):
        write_moves([], company=books.company, journal="NONE")


def test_a_move_that_says_otherwise_is_not_touched(books: Any) -> None:
    facts = {**LEVY, "period": "2026-Q3"}
    (written,) = write_moves(entries_of(facts), company=books.company)
    changed = {"mining_levy": {"debit": "7710", "credit": "3230.01"}}
    with pytest.raises(NotInTheBooks, match="Nothing was changed"):
        write_moves(entries_of(facts, accounts=changed), company=books.company)
    written.move.reload()
    assert {line.account.code for line in written.move.lines} == {"8410", "3230.01"}
