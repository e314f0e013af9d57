"""The one place where the kernel asks for words. Who speaks is said from above: the kernel imports no output."""

from __future__ import annotations

from typing import Any, Protocol


class Speaker(Protocol):
    """Puts errors and assessments into words."""

    def error(self, reason: str, detail: dict[str, Any], locale: str) -> str:
        """An error's message."""

    def explanation(self, assessment: Any, locale: str) -> str:
        """An assessment's working."""


_speakers: list[Speaker] = []


def speak_through(speaker: Speaker) -> None:
    """Let `speaker` find the words from now on."""
    _speakers[:] = [speaker]


def speaker() -> Speaker:
    """Who finds the words."""
    return _speakers[0]
