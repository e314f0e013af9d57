"""What is said beside the answer, on standard error: what was found, what was assumed, what is left to do."""

from __future__ import annotations

import sys
from typing import Any

from kztax.explain.phrases import phrases
from kztax.gains.year import OfYear
from kztax.ledger import Ledger, Progress
from kztax.rules.digital_asset_gains.facts import DigitalAssetGainsOutcome
from kztax.terminal import progress


class Said:
    """Lines of one language, each with the word by which a program knows it."""

    def __init__(self, locale: str) -> None:
        self.locale = locale

    def line(self, word: str, text: str) -> None:
        """One line."""
        if sys.stderr is not None:
            sys.stderr.write(f"kztax: {word}: {text}\n")

    def words(self, word: str, name: str, **blanks: Any) -> None:
        """One line in the package's words, those of `cli.gains.<name>`."""
        self.line(word, phrases(self.locale).text(f"cli.gains.{name}", **blanks))

    def reading(self, reached: Progress) -> None:
        """How far the reading is, on a terminal."""
        progress(reached.number, reached.files, "cli.gains.reading", self.locale, file=reached.file, line=reached.line)

    def findings(self, ledger: Ledger) -> None:
        """What was found in the files, and the lines that nobody understood."""
        for found in ledger.findings:
            self.line(found.severity.value, ": ".join(filter(None, (found.where, found.message(self.locale)))))
        for left in ledger.unprocessed:
            self.line("unprocessed", f"{left.file}:{left.line}: {left.message(self.locale)}: {left.text}")

    def left_out(self, year: OfYear) -> None:
        """Trades of other years."""
        if year.before:
            self.words("info", "before_the_year", count=year.before)
        if year.after:
            self.words("info", "after_the_year", count=year.after)

    def to_do(self, outcome: DigitalAssetGainsOutcome) -> None:
        """Transfers whose other side is not in the files."""
        for transfer in outcome.unmatched_transfers:
            self.words(
                "to_do",
                transfer.type.value,
                trade=transfer.trade,
                quantity=transfer.quantity,
                asset=transfer.asset,
                on=transfer.on,
                account=transfer.account or "—",
            )
