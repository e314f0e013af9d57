"""Tryton: draft moves through its client library (proteus), each once; the bookkeeper posts them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple

from kztax.core.errors import PluginRefusal
from kztax.journal import JournalEntry, JournalLedger


class NotInTheBooks(PluginRefusal):
    """An account or a journal that the books do not hold, or hold more than once."""

    WORDS: ClassVar = {
        "not_found": {
            "en": "the books have no {what} with the code {code}",
            "ru": "в учёте нет: {what} с кодом {code}",
            "kk": "есепте {code} кодымен {what} жоқ",
        },
        "several_found": {
            "en": "the books have several of {what} with the code {code}",
            "ru": "в учёте несколько: {what} с кодом {code}",
            "kk": "есепте {code} кодымен бірнеше {what} бар",
        },
        "written_differently": {
            "en": "the move of {code} stands in the books already with other sums or accounts. Nothing was changed",
            "ru": "запись {code} уже есть в учёте с другими суммами или счетами. Ничего не изменено",
            "kk": "{code} жазбасы есепте басқа сомалармен немесе шоттармен бар. Ештеңе өзгертілген жоқ",
        },
    }


class Written(NamedTuple):
    """An entry and its move; `new` is False where the move stood in the books already."""

    entry: JournalEntry
    move: Any
    new: bool


def write_moves(
    entries: Iterable[JournalEntry], *, company: Any, journal: str = "MISC", config: Any = None
) -> list[Written]:
    """A draft move for each entry of the accounting ledger, in the books of a company (a record of `company.company`).

    Accounts are found by their codes and the journal by its code; Tryton finds the period. Every account is found
    before the first move is written. A move whose description ends with the entry's id is that entry's, and is not
    written again. Raises `NotInTheBooks` that names a code that the books do not hold once, or a move that says
    otherwise.
    """
    from proteus import Model

    book = _Book(Model, config, company, journal)
    booked = [entry for entry in entries if entry.ledger is JournalLedger.ACCOUNTING]
    sides = [(entry, book.account(entry.debit.account), book.account(entry.credit.account)) for entry in booked]
    return [book.written(entry, debit, credit) for entry, debit, credit in sides]


class _Book:
    def __init__(self, model: Any, config: Any, company: Any, journal: str) -> None:
        self._accounts = model.get("account.account", config=config)
        self._moves = model.get("account.move", config=config)
        self._company = company
        self._journal = self._one(model.get("account.journal", config=config), [("code", "=", journal)], journal)

    def account(self, code: str) -> Any:
        return self._one(self._accounts, [("code", "=", code), ("company", "=", self._company.id)], code)

    def written(self, entry: JournalEntry, debit: Any, credit: Any) -> Written:
        mark = f"[{entry.id}]"
        found = self._moves.find([("company", "=", self._company.id), ("description", "like", f"%{mark}")])
        if found:
            _check_same(found[0], entry)
            return Written(entry, found[0], new=False)
        move = self._moves()
        move.company = self._company
        move.journal = self._journal
        move.date = entry.on
        move.description = f"{entry.text} {mark}"
        for account, side in ((debit, "debit"), (credit, "credit")):
            line = move.lines.new()
            line.account = account
            setattr(line, side, entry.amount)
        move.save()
        return Written(entry, move, new=True)

    def _one(self, model: Any, condition: list[tuple[str, str, Any]], code: str) -> Any:
        found = model.find(condition)
        if len(found) != 1:
            raise NotInTheBooks("several_found" if found else "not_found", what=model.__name__, code=code)
        return found[0]


def _check_same(move: Any, entry: JournalEntry) -> None:
    """Sums as Tryton holds them are decimals: they are the entry's or they are not."""
    held = sorted((line.account.code, line.debit, line.credit) for line in move.lines)
    ours = sorted(((entry.debit.account, entry.amount, 0), (entry.credit.account, 0, entry.amount)))
    if held != ours or move.date != entry.on:
        raise NotInTheBooks("written_differently", what="account.move", code=str(entry.id))
