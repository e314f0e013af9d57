"""The article that a step rests on, and how sure it is."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Evidence(StrEnum):
    """How sure an entry is."""

    TEXT = "text"
    SECONDARY = "secondary"
    INFERRED = "inferred"
    NOT_SEEN = "not_seen"


class Citation(BaseModel):
    """The article that a step rests on, as in force on the day it was asked for."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    act: str
    article: str
    in_force_from: date
    in_force_to: date | None
    url: str
    evidence: Evidence
    on: date
    entry: str
    amended_by: str | None = None
    overlay: str | None = None
    doubt: str | None = None
