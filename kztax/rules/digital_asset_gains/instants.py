"""Instants of trades: any ISO 8601 time with its zone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from kztax.core.facts import EARLIEST_DAY, LATEST_DAY, fault


def instant(given: Any) -> datetime:
    """The instant that was stated, in the zone in which it was stated."""
    moment: datetime | None = None
    if isinstance(given, datetime):
        moment = given
    elif isinstance(given, str):
        try:
            moment = datetime.fromisoformat(given)
        except ValueError:
            moment = None
    if moment is None:
        raise fault("not_an_instant")
    if moment.utcoffset() is None:
        raise fault("no_time_zone")
    if not EARLIEST_DAY.year < moment.year < LATEST_DAY.year:
        raise fault("day_out_of_range")
    return moment


Instant = Annotated[datetime, BeforeValidator(instant), WithJsonSchema({"type": "string", "format": "date-time"})]
