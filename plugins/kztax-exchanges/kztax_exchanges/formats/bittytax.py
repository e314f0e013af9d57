"""BittyTax's transaction records. No balances.

Timestamps are UTC, or bear GMT, BST or UTC. Values are in the currency that the header names (`Buy Value in GBP`); a
header without one leaves open which, and the values are not used. Where fee and given asset are one, the given
quantity is without the fee, which is how kztax counts as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC
from decimal import Decimal

from kztax.hooks import LedgerRecord, LedgerTrade, Severity, TradeType
from kztax_exchanges.cells import Misread, asset, label, maybe, moment, positive
from kztax_exchanges.format import Format
from kztax_exchanges.formats.taxbit import fee_of, with_fee
from kztax_exchanges.lines import Row
from kztax_exchanges.movements import Leg, traded
from kztax_exchanges.table import Found, Table, Tally

COLUMNS = (
    "Type",
    "Buy Quantity",
    "Buy Asset",
    "Buy Value",
    "Sell Quantity",
    "Sell Asset",
    "Sell Value",
    "Fee Quantity",
    "Fee Asset",
    "Fee Value",
    "Wallet",
    "Timestamp",
    "Note",
)
_WITH_CURRENCY = re.compile(r"(buy|sell|fee) value in ([a-z]{3})", re.ASCII)
_IN: dict[str, TradeType] = {
    "deposit": "transfer_in",
    "mining": "mined",
    "staking": "staking",
    "staking-reward": "staking",
    "interest": "reward",
    "dividend": "reward",
    "income": "reward",
    "referral": "reward",
    "cashback": "reward",
    "fee-rebate": "reward",
    "gift-received": "gift_in",
    "airdrop": "airdrop",
}
_OUT: dict[str, TradeType] = {
    "withdrawal": "transfer_out",
    "spend": "spend",
    "gift-sent": "gift_out",
    "gift-spouse": "gift_out",
    "charity-sent": "gift_out",
}


def _recognise(head: Sequence[Row]) -> Found | None:
    for row in head:
        names = [" ".join(cell.split()).lower() for cell in row.cells]
        plain = [_WITH_CURRENCY.sub(r"\1 value", name) for name in names]
        expected = [column.lower() for column in COLUMNS]
        if plain in (expected, expected[:-1]):
            return Found(row.line, tuple(names), ",")
    return None


def _currency(table: Table) -> str | None:
    named = {found[2].upper() for name in table.found.columns if (found := _WITH_CURRENCY.fullmatch(name))}
    return named.pop() if len(named) == 1 else None


def _read(table: Table) -> Iterator[LedgerRecord]:
    tally = Tally()
    currency = _currency(table)
    yield from table.each(lambda row: _row(row, currency, tally))
    yield from tally.notes()


def _row(row: Row, currency: str | None, tally: Tally) -> Iterator[LedgerRecord]:
    kind, bought, buy_coin, buy_value, sold, sell_coin, sell_value, fee, fee_coin, fee_value, wallet, time, *_ = (
        row.cells
    )
    name = kind.strip().lower()
    at = moment(time, "Timestamp", UTC)
    account = label(wallet, "BittyTax")
    paid = fee_of(fee, fee_coin, "Fee Quantity", "Fee Asset")
    came = (asset(buy_coin, "Buy Asset"), positive(bought, "Buy Quantity")) if bought.strip() else None
    went = (asset(sell_coin, "Sell Asset"), positive(sold, "Sell Quantity")) if sold.strip() else None
    value = maybe(buy_value if name in _IN else sell_value, "Value")
    if name == "trade":
        if came is None or went is None:
            raise Misread("other_half")
        records: list[LedgerRecord] = list(traded(row.line, at, went, came, paid, account))
        unused = value is None and maybe(buy_value, "Buy Value") is not None
    elif name in _IN or name in _OUT:
        side = came if name in _IN else went
        if side is None:
            column = "Buy Quantity" if name in _IN else "Sell Quantity"
            raise Misread("missing_cell", column=column, given=label(kind))
        if (went if name in _IN else came) is not None:
            raise Misread("two_sides", given=label(kind))
        leg = Leg(row, at, side[0], side[1] if name in _IN else -side[1])
        records = list(with_fee(leg, account, _IN.get(name), _OUT.get(name), paid, None))
        unused = False
    else:
        raise Misread("unknown_operation", given=label(kind))
    unused = unused or (value is not None and (currency is None or not any(map(_takes_a_value, records))))
    if unused or maybe(fee_value, "Fee Value") is not None:
        tally.add("value_not_used", Severity.WARNING, row.line)
    for record in records:
        yield _valued(record, value, currency)


def _valued(record: LedgerRecord, value: Decimal | None, currency: str | None) -> LedgerRecord:
    if value is None or currency is None or not isinstance(record, LedgerTrade) or not _takes_a_value(record):
        return record
    return replace(record, total=value, currency=currency)


def _takes_a_value(record: LedgerRecord) -> bool:
    """A trade against money has its price already, in that money; a transfer has none."""
    return (
        isinstance(record, LedgerTrade)
        and record.total is None
        and record.type not in ("transfer_in", "transfer_out", "fee")
    )


FORMAT = Format(name="BittyTax, transaction records", recognise=_recognise, read=_read)
