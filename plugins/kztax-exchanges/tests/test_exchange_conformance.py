"""The plugin does what kztax expects of any."""

from __future__ import annotations

from pathlib import Path

import kztax_exchanges

from kztax.testing import Samples, assert_conforms

FILES = Path(__file__).parent / "files"


def test_it_conforms_with_every_format(tmp_path: Path) -> None:
    saved_again = tmp_path / "saved-again.csv"
    saved_again.write_text((FILES / "binance-history.csv").read_text(encoding="utf-8").replace(",", ";"))
    odd = tmp_path / "odd.csv"
    odd.write_text("type,at,asset,quantity\nborrow,2026-03-01T12:00:00+05:00,BTC,1\n")
    samples = Samples(ledgers=sorted(FILES.iterdir()), unreadable=[saved_again, odd])
    assert_conforms(kztax_exchanges, samples)
