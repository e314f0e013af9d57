"""What a caller says of times that bear no zone: a name of the time zone database, or an offset from UTC."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo

from dateutil import tz

from kztax.core.errors import InvalidFacts
from kztax.core.words import shown

_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d))?", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}", re.ASCII)
FURTHEST_HOURS = 14


def zone_of(text: str) -> tzinfo:
    """The zone that a text names: `Asia/Almaty`, `UTC`, `+05:00`, `UTC+5`.

    Raises `InvalidFacts` for a zone that is none.

    >>> zone_of("UTC+5")
    datetime.timezone(datetime.timedelta(seconds=18000))
    """
    if text.upper() in ("UTC", "Z", "GMT"):
        return UTC
    offset = _OFFSET.fullmatch(text)
    if offset is not None and int(offset[2]) <= FURTHEST_HOURS:
        ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(ahead if offset[1] == "+" else -ahead)
    # A bare word would be looked up as a file or a system setting; a database name holds a slash.
    found = tz.gettz(text) if _NAME.fullmatch(text) and "/" in text else None
    if found is None:
        raise InvalidFacts("unknown_zone", path=("zone",), given=shown(text, 60))
    return found
