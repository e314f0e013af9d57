"""One careful GET for plugins that read a feed: a limit on time, size and attempts, and a typed error for the rest.

The package itself opens no socket and needs no HTTP library: a plugin hands its client over (`httpx.Client` is one).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from kztax.core.errors import FeedError, InvalidFacts

LOOPBACK = ("localhost", "127.0.0.1", "::1")
HTML_BEGINS = (b"<!doctype html", b"<html")
SHOWN_CHARACTERS = 200


class Response(Protocol):
    """What is needed of an answer."""

    @property
    def status_code(self) -> int:
        """The status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; names in any case."""

    def iter_raw(self) -> Iterator[bytes]:
        """The body as it arrives."""


class Client(Protocol):
    """What is needed of an HTTP client."""

    def stream(self, method: str, url: str, *, params: Mapping[str, str]) -> AbstractContextManager[Response]:
        """Send a request; the body is read inside the context."""


@dataclass(frozen=True)
class Limits:
    """What an answer may cost: bytes, seconds for the whole of it, attempts, and the first pause between them."""

    size: int = 8_000_000
    seconds: float = 30.0
    attempts: int = 3
    pause: float = 0.5


class _Passing(Exception):
    """A failure that another attempt may not meet."""

    def __init__(self, error: FeedError) -> None:
        super().__init__(str(error))
        self.error = error


def address(given: str, option: str) -> str:
    """The base address of a feed or of its mirror, without a slash at the end.

    Raises `InvalidFacts` for anything but https (http on this machine alone), and for an address that holds a password.
    """
    parts = urlsplit(given.strip())
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not secure or not parts.hostname or parts.username or parts.password or parts.query or parts.fragment:
        raise InvalidFacts("feed_address", path=(option,))
    return given.strip().rstrip("/")


def is_loopback(given: str) -> bool:
    """Whether an address is of this machine: no proxy of the environment is asked for it."""
    return urlsplit(given).hostname in LOOPBACK


class Fetcher(NamedTuple):
    """Gets documents through a client. `failures` are the client's own exceptions for a connection that failed."""

    client: Client
    failures: type[Exception] | tuple[type[Exception], ...]
    limits: Limits = Limits()
    sleep: Callable[[float], None] = time.sleep

    def get(self, url: str, params: Mapping[str, str]) -> bytes:
        """The body of the answer. Raises `FeedError`: unreachable, too slow, too large, another place, HTML, a status.

        A connection that fails and a server that is busy are tried again after a pause that doubles.
        """
        pause = self.limits.pause
        for attempt in range(1, self.limits.attempts + 1):
            try:
                return self._get_once(url, params)
            except _Passing as failure:
                if attempt == self.limits.attempts:
                    raise failure.error from failure.__cause__
                self.sleep(pause)
                pause *= 2
        raise AssertionError("no attempt is allowed")

    def _get_once(self, url: str, params: Mapping[str, str]) -> bytes:
        deadline = time.monotonic() + self.limits.seconds
        try:
            with self.client.stream("GET", url, params=params) as answer:
                status = answer.status_code
                if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
                    raise FeedError("feed_moved", url=url, to=printable(answer.headers.get("location", "")))
                if answer.headers.get("content-encoding", "identity") != "identity":
                    raise FeedError("feed_unreadable", url=url, problem="the answer is compressed unasked")
                body = self._body(url, answer, deadline)
                html = _is_html(answer, body)
        except self.failures as error:
            problem = f"{type(error).__name__}: {error}"
            raise _Passing(FeedError("feed_unreachable", url=url, problem=problem)) from error
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            raise _Passing(FeedError("feed_status", url=url, status=status, problem=""))
        if status != HTTPStatus.OK:
            said = "" if html else printable(body.decode("utf-8", "replace"))
            raise FeedError("feed_status", url=url, status=status, problem=said)
        if html:
            raise FeedError("feed_answers_html", url=url)
        return body

    def _body(self, url: str, answer: Response, deadline: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        for part in answer.iter_raw():
            size += len(part)
            if size > self.limits.size:
                raise FeedError("feed_too_large", url=url, limit=self.limits.size)
            if time.monotonic() > deadline:
                raise _Passing(FeedError("feed_too_slow", url=url, seconds=f"{self.limits.seconds:g}"))
            parts.append(part)
        return b"".join(parts)


def _is_html(answer: Response, body: bytes) -> bool:
    # A firewall or a page of maintenance answers 200 with a page; some call it XML.
    declared = answer.headers.get("content-type", "").lower()
    return "text/html" in declared or body.lstrip(b"\xef\xbb\xbf \t\r\n")[:14].lower().startswith(HTML_BEGINS)


def printable(text: str) -> str:
    """A stranger's words, cut short, that cannot forge a line on a terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in text[:SHOWN_CHARACTERS]).strip()
