"""Payment orders to the budget in the Kazakh dialect of 1CClientBankExchange 2.00.

The key for the budget code was seen in no file of that dialect, so none is made up: the code stands in the purpose of
the payment.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from kztax.core.assessment import plain
from kztax.journal import JournalEntry, JournalLedger, require_entries
from kztax.terminal import now_in_kazakhstan
from kztax_1c.settings import Party, Payments
from kztax_1c.words import OneCError

LONGEST_PURPOSE = 210
END = "\r\n"


def orders_of(
    entries: list[JournalEntry],
    payments: Payments,
    *,
    on: date | None = None,
    first_number: int | None = None,
    created: datetime | None = None,
) -> bytes:
    """A file of payment orders, one an entry of the accounting ledger, in UTF-8.

    Each is dated `on`, else the day on which its tax is due. Raises `OneCError` where that is not known, and for a
    purpose that does not fit.
    """
    owed = require_entries([entry for entry in entries if entry.ledger is JournalLedger.ACCOUNTING])
    days = [_day(entry, on) for entry in owed]
    made = created or now_in_kazakhstan()
    number = payments.first_number if first_number is None else first_number
    lines = [
        "1CClientBankExchange",
        "ВерсияФормата=2.00",
        "Кодировка=UTF8",
        "Отправитель=kztax",
        "Получатель=",
        f"ДатаСоздания={_written(made.date())}",
        f"ВремяСоздания={made:%H:%M:%S}",
        f"ДатаНачала={_written(min(days))}",
        f"ДатаКонца={_written(max(days))}",
        f"РасчСчет={payments.payer.iik}",
    ]
    for place, (entry, day) in enumerate(zip(owed, days, strict=True)):
        lines += _order(entry, day, number + place, payments)
    return END.join([*lines, "КонецФайла", ""]).encode("utf-8")


def _order(entry: JournalEntry, day: date, number: int, payments: Payments) -> list[str]:
    return [
        "СекцияДокумент=ПлатежноеПоручение",
        f"НомерДокумента={number}",
        f"ДатаДокумента={_written(day)}",
        f"Сумма={plain(Decimal(entry.amount))}",
        *_party("Плательщик", payments.payer),
        *_party("Получатель", payments.beneficiary),
        f"НазначениеПлатежа={_purpose(entry)}",
        f"КодНазначенияПлатежа={payments.purpose_code}",
        f"ДатаВалютирования={_written(day)}",
        "Валюта=KZT",
        "КонецДокумента",
    ]


def _party(role: str, party: Party) -> list[str]:
    lines = [
        f"{role}Наименование={party.name}",
        f"{role}БИН_ИИН={party.bin}",
        f"{role}КБЕ={party.kbe}",
        f"{role}ИИК={party.iik}",
        f"{role}БанкНаименование={party.bank}",
    ]
    if party.bank_bin is not None:
        lines.append(f"{role}БанкБИН_ИИН={party.bank_bin}")
    return [*lines, f"{role}БанкБИК={party.bic}"]


def _purpose(entry: JournalEntry) -> str:
    purpose = f"{entry.text}; КБК {entry.budget_code}"
    if len(purpose) > LONGEST_PURPOSE:
        raise OneCError("purpose_too_long", limit=LONGEST_PURPOSE)
    return purpose


def _day(entry: JournalEntry, on: date | None) -> date:
    day = on or entry.payment_due
    if day is None:
        raise OneCError("date_unknown", period=entry.period)
    return day


def _written(day: date) -> str:
    return day.strftime("%d.%m.%Y")
