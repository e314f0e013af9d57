"""СМП1: what a mining pool distributed, in the fifteen columns of the form (order of the Minister of Finance No. 119 of
20 February 2026).

The form prescribes columns, not a file. A table of it is recognised by the form's own row of column numbers, 1 to 15;
captions above it may be in any language. Days are Kazakhstan's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta, timezone
from decimal import Decimal

from kztax.hooks import LedgerDistribution, LedgerRecord, LedgerTrade, Severity
from kztax_exchanges.cells import EMPTY, Misread, asset, day, label, maybe, positive
from kztax_exchanges.format import Format
from kztax_exchanges.lines import Row
from kztax_exchanges.table import Found, Table, Tally, header_at

NUMBERS = tuple(str(number) for number in range(1, 16))
# The day begins at UTC+5 everywhere in the country since 2024, and within the same day before.
START_OF_DAY = time(0, 0, tzinfo=timezone(timedelta(hours=5)))


def _recognise(head: Sequence[Row]) -> Found | None:
    return header_at(head, NUMBERS, separators=",;\t")


def _read(table: Table) -> Iterator[LedgerRecord]:
    tally = Tally()
    comma = None if table.found.separator == "," else True
    yield from table.each(lambda row: _row(row, comma, tally))
    yield from tally.notes()


def _row(row: Row, comma: bool | None, tally: Tally) -> Iterator[LedgerRecord]:
    cells = [cell.strip() for cell in row.cells]
    miner, wallet, coin = _miner(cells[1]), label(cells[5]), asset(cells[7], "8")
    quantity = positive(cells[8], "9", comma=comma)
    distributed = day(cells[6], "7")
    maybe(cells[9], "10", comma=comma)
    if cells[10] in EMPTY:
        tally.add("day_of_distribution", Severity.WARNING, row.line)
        received = distributed
    else:
        received = day(cells[10], "11")
    commission = maybe(cells[12], "13", comma=comma) or Decimal(0)
    if commission and asset(cells[11], "12") != coin:
        tally.add("commission_in_another_asset", Severity.WARNING, row.line)
        commission = Decimal(0)
    if commission < 0:
        raise Misread("not_above_zero", column="13", given=cells[12])
    if maybe(cells[14], "15", comma=comma):
        tally.add("commission_in_money", Severity.INFO, row.line)
    yield LedgerDistribution(
        line=row.line,
        asset=coin,
        quantity=quantity,
        pool_commission_quantity=commission,
        received_on=received,
        miner=miner,
    )
    yield LedgerTrade(
        line=row.line,
        type="mined",
        at=datetime.combine(received, START_OF_DAY),
        asset=coin,
        quantity=quantity,
        account=label(f"{miner} {wallet}"),
        miner=miner,
    )


def _miner(cell: str) -> str:
    # A spreadsheet that takes the number for a quantity drops its leading zeros.
    if re.fullmatch(r"'?\d{9,12}", cell, re.ASCII) is None:
        raise Misread("not_a_miner", given=label(cell))
    return cell.lstrip("'").zfill(12)


FORMAT = Format(name="СМП1, a mining pool's report", recognise=_recognise, read=_read)
