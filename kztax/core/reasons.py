"""Answers that give reasons in words.

A rule states which reason applies and the article it rests on; it speaks no language. The engine words each reason
in its own, and an explanation words it again in any other, from the same id, never from the stored text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Self

from kztax.core.assessment import Frozen, Outcome
from kztax.core.citation import Citation


class Reason(Frozen):
    """One reason of an answer. `reason` is empty until the engine words it."""

    id: str
    reason: str = ""
    citation: Citation

    @property
    def name(self) -> str:
        """Which message of the catalogs names what was examined."""
        raise NotImplementedError

    @property
    def message(self) -> str:
        """Which message of the catalogs says the reason."""
        raise NotImplementedError

    @property
    def answer(self) -> bool | None:
        """The yes or no that the reason gives by itself; None where it is one of several that only count together."""
        return None


class Reasoned(Outcome):
    """Base of outcomes that give reasons; `REASONS` is the field that holds them."""

    REASONS: ClassVar[str]

    @property
    def given_reasons(self) -> tuple[Reason, ...]:
        """The reasons, in the order in which they were examined."""
        reasons: tuple[Reason, ...] = getattr(self, self.REASONS)
        return reasons

    def in_words(self, text: Callable[[str], str]) -> Self:
        """The same outcome with every reason worded: `text` finds the words of a message."""
        worded = [reason.model_copy(update={"reason": text(reason.message)}) for reason in self.given_reasons]
        return self.model_copy(update={self.REASONS: tuple(worded)})
