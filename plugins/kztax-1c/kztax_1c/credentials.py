"""Address of the base, user and password: from the environment, or from a file that its owner alone can read."""

from __future__ import annotations

import os
import stat
import tomllib
from typing import NoReturn
from urllib.parse import urlsplit

from kztax_1c.words import OneCError

URL, USER, PASSWORD, FILE = "KZTAX_1C_URL", "KZTAX_1C_USER", "KZTAX_1C_PASSWORD", "KZTAX_1C_CREDENTIALS"
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
LARGEST_BYTES = 10_000


class Credentials:
    """Where the base is and who asks. Neither user nor password is shown by `repr`, and it is never pickled.

    >>> Credentials("https://host/base/odata/standard.odata/", "accountant", "secret")
    Credentials('https://host/base/odata/standard.odata/')
    """

    __slots__ = ("_password", "_user", "url")

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = _checked(url)
        self._user = user
        self._password = password

    @property
    def basic(self) -> tuple[str, str]:
        """User and password, for the header alone."""
        return self._user, self._password

    def __repr__(self) -> str:
        return f"Credentials({self.url!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials are not stored")


def credentials() -> Credentials:
    """From the file that `KZTAX_1C_CREDENTIALS` names, else from the environment.

    Raises `OneCError` where there are none, where the file is open to others, or the address is not encrypted.
    """
    named = os.environ.get(FILE)
    if named:
        return _from_file(named)
    stated = [os.environ.get(name, "") for name in (URL, USER, PASSWORD)]
    if not stated[0] or not stated[1]:
        raise OneCError("credentials_missing", path=(URL if not stated[0] else USER,))
    return Credentials(*stated)


def _from_file(named: str) -> Credentials:
    try:
        # The rights are those of the very file that is read: a link, or a file put in its place, does not pass.
        opened = os.open(named, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(opened, "rb") as file:
            _check_rights(os.fstat(opened))
            content = file.read(LARGEST_BYTES)
    except OSError as error:
        raise OneCError("credentials_unreadable", path=(FILE,), problem=error.strerror or "") from None
    try:
        found = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        # The message of the parser would quote the line.
        raise OneCError("credentials_shape", path=(FILE,)) from None
    values = [found.pop(name, None) for name in ("url", "user", "password")]
    if found or not all(isinstance(value, str) for value in values):
        raise OneCError("credentials_shape", path=(FILE,))
    return Credentials(*values)


def _check_rights(status: os.stat_result) -> None:
    if os.name != "posix":
        return
    mine = status.st_uid in (os.geteuid(), 0)
    if not stat.S_ISREG(status.st_mode) or status.st_mode & (stat.S_IRWXG | stat.S_IRWXO) or not mine:
        raise OneCError("credentials_open", path=(FILE,))


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname
        strange = parts.username is not None or parts.password is not None or parts.query or parts.fragment
    except ValueError:
        raise OneCError("url_shape", path=(URL,)) from None
    if parts.scheme not in ("http", "https") or not host or strange or not url.isprintable() or " " in url:
        raise OneCError("url_shape", path=(URL,))
    if parts.scheme == "http" and host not in THIS_MACHINE:
        raise OneCError("url_not_encrypted", path=(URL,))
    return url.rstrip("/") + "/"
