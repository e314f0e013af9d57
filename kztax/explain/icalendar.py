"""Writes iCalendar (RFC 5545): all-day events that any calendar program opens.

Lines end in CRLF and are folded at 75 octets, never inside a character; text is escaped. The same events give the
same bytes: the time stamp is the caller's, and an event keeps its UID from one edition of a calendar to the next.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

OCTETS_OF_A_LINE = 75
_NAMESPACE = uuid.UUID("6f0c3f0e-4a58-5d0b-9b5c-2f5e9a1d7c43")
_ESCAPED = re.compile(r"[\\;,]")


class Event(NamedTuple):
    """A day with a title and a text. `identity` tells it from every other event, in whatever language it is written."""

    identity: str
    day: date
    summary: str
    description: str
    url: str


def icalendar(name: str, events: Iterable[Event], stamp: date) -> str:
    """A calendar as text. `stamp` is the day of the law that it was made from.

    >>> event = Event("vat/2026-Q1", date(2026, 5, 15), "VAT", "Return; form 300.00", "https://example.org")
    >>> print(icalendar("Taxes", [event], date(2026, 1, 1)).splitlines()[10])
    DESCRIPTION:Return\\; form 300.00
    """
    return "".join(f"{piece}\r\n" for line in _lines(name, events, stamp) for piece in folded(line))


def _lines(name: str, events: Iterable[Event], stamp: date) -> Iterator[str]:
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield "PRODID:-//kztax//tax calendar//EN"
    yield "CALSCALE:GREGORIAN"
    yield f"X-WR-CALNAME:{escaped(name)}"
    for event in events:
        yield "BEGIN:VEVENT"
        yield f"UID:{uuid.uuid5(_NAMESPACE, event.identity)}"
        yield f"DTSTAMP:{stamp:%Y%m%d}T000000Z"
        yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"
        yield f"SUMMARY:{escaped(event.summary)}"
        yield f"DESCRIPTION:{escaped(event.description)}"
        yield f"URL:{event.url}"
        yield "TRANSP:TRANSPARENT"
        yield "END:VEVENT"
    yield "END:VCALENDAR"


def escaped(text: str) -> str:
    """Text as a value: backslashes, semicolons, commas and line breaks escaped.

    >>> escaped("art. 505, para. 1; see\\nbelow")
    'art. 505\\\\, para. 1\\\\; see\\\\nbelow'
    """
    return _ESCAPED.sub(lambda found: "\\" + found[0], text).replace("\n", "\\n")


def folded(line: str) -> Iterator[str]:
    """The line in pieces of at most 75 octets; those that continue it begin with a space."""
    piece, size = "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > OCTETS_OF_A_LINE:
            yield piece
            piece, size = " ", 1
        piece += character
        size += octets
    yield piece
