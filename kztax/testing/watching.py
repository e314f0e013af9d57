"""Watches what is done beside the answer: the network, standard output, files left open."""

from __future__ import annotations

import builtins
import io
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import IO, Any
from unittest import mock

LONGEST_QUOTED = 80
_ON_SOCKETS = ("connect", "connect_ex", "sendto")


class NetworkBlocked(OSError):
    """What a plugin meets that reaches for the network while it is watched."""


@dataclass(slots=True)
class Seen:
    """What was done: addresses reached for, text printed, files opened."""

    reached: list[str] = field(default_factory=list)
    printed: io.StringIO = field(default_factory=io.StringIO)
    opened: list[IO[Any]] = field(default_factory=list)

    def problems(self) -> Iterator[str]:
        """Each thing that should not have been done, in words."""
        if self.reached:
            yield f"reaches for the network, though it is not said to: {', '.join(dict.fromkeys(self.reached))}"
        if printed := self.printed.getvalue():
            yield f"prints: {printed[:LONGEST_QUOTED]!r}"
        if left := [str(file.name) for file in self.opened if not file.closed]:
            yield f"leaves a file open: {', '.join(dict.fromkeys(left))}"


@contextmanager
def watching(*, network: bool) -> Iterator[Seen]:
    """Look on while a plugin works. Without `network` every connection fails with `NetworkBlocked`."""
    seen = Seen()
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(seen.printed))
        stack.enter_context(redirect_stderr(seen.printed))
        opening = _opening(io.open, seen)
        stack.enter_context(mock.patch.object(io, "open", opening))
        stack.enter_context(mock.patch.object(builtins, "open", opening))
        if not network:
            stack.enter_context(mock.patch.object(socket, "getaddrinfo", _blocked(socket.getaddrinfo, seen, 0)))
            for name in _ON_SOCKETS:
                blocked = _blocked(getattr(socket.socket, name), seen, -1)
                stack.enter_context(mock.patch.object(socket.socket, name, blocked))
        yield seen


def _opening(really: Callable[..., IO[Any]], seen: Seen) -> Callable[..., IO[Any]]:
    def opened(*arguments: Any, **named: Any) -> IO[Any]:
        file = really(*arguments, **named)
        seen.opened.append(file)
        return file

    return opened


def _blocked(really: Callable[..., Any], seen: Seen, place: int) -> Callable[..., Any]:
    def blocked(*arguments: Any, **named: Any) -> Any:
        address = arguments[place] if arguments else named
        if place and isinstance(address, (str, bytes)):
            return really(*arguments, **named)  # a socket of this machine's file system
        seen.reached.append(str(address))
        raise NetworkBlocked(f"the network is blocked in this test: {address}")

    return blocked
