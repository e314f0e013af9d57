"""OData of 1C, version 3, in JSON: asked over a verified connection, every answer checked before it is believed.

Reading is repeated where the connection fails. Writing is not: an answer that did not come says nothing of whether the
document was written, so the caller asks for it by the key that it chose itself.
"""

from __future__ import annotations

import json
import ssl
import time
from decimal import Decimal
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from kztax.core.words import shown
from kztax_1c.credentials import Credentials
from kztax_1c.words import OneCError

VERSION = "3.0"
LARGEST_ANSWER = 32_000_000
LARGEST_METADATA = 128_000_000
TRIES = 3
SAFE = "()',$="
"""Signs of a path or an option that stand as they are; everything else, Cyrillic too, is percent-encoded."""


class NoAnswer(Exception):
    """The answer to a writing did not come. Whether it was carried out is not known."""


class Client:
    """One base. Use it as a context; `timeout` and `pause` are seconds."""

    def __init__(self, credentials: Credentials, *, timeout: float = 60, pause: float = 1.0) -> None:
        self._url = credentials.url
        self._pause = pause
        # No proxy and no .netrc of the environment: credentials go to the address that was stated, and nowhere else.
        self._http = httpx.Client(
            auth=httpx.BasicAuth(*credentials.basic),
            headers={"Accept": "application/json", "DataServiceVersion": VERSION, "MaxDataServiceVersion": VERSION},
            timeout=httpx.Timeout(timeout, connect=min(timeout, 10)),
            verify=ssl.create_default_context(),
            follow_redirects=False,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def __repr__(self) -> str:
        return f"Client({self._url!r})"

    def rows(self, entity_set: str, condition: str, *, most: int = 10) -> list[dict[str, Any]]:
        """At most so many rows of a set that a condition ($filter) lets through."""
        found = self._read(f"{entity_set}?$filter={quote(condition, safe=SAFE)}&$top={most}&$format=json")
        value = found.get("value")
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise OneCError("not_odata", problem="value")
        return value

    def metadata(self) -> bytes:
        """The description of all that the base publishes, as XML."""
        content, kind = self._content("GET", "$metadata", None, LARGEST_METADATA)
        if "xml" not in kind:
            raise OneCError("not_odata", problem=shown(kind, 60))
        return content

    def create(self, entity_set: str, stated: dict[str, Any]) -> None:
        """Write a new object. Raises `NoAnswer` where none came in time."""
        self._write(f"{entity_set}?$format=json", stated)

    def post(self, entity_set: str, key: str) -> None:
        """Post (провести) a document. Raises `NoAnswer` where no answer came in time."""
        self._write(f"{entity_set}(guid'{key}')/Post()", None)

    def _read(self, path: str) -> dict[str, Any]:
        content, kind = self._content("GET", path, None, LARGEST_ANSWER)
        return _json(content, kind)

    def _write(self, path: str, stated: dict[str, Any] | None) -> None:
        body = None if stated is None else json.dumps(stated, ensure_ascii=False).encode("utf-8")
        try:
            content, kind = self._once("POST", path, body, LARGEST_ANSWER)
        except httpx.TransportError as error:
            if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol)):
                raise OneCError("not_reached", problem=_fault(error)) from None
            raise NoAnswer from None
        if content.strip():
            _json(content, kind)

    def _content(self, method: str, path: str, body: bytes | None, limit: int) -> tuple[bytes, str]:
        for again in range(TRIES):
            try:
                return self._once(method, path, body, limit)
            except httpx.TransportError as error:
                if again == TRIES - 1:
                    raise OneCError("not_reached", problem=_fault(error)) from None
                time.sleep(self._pause * (again + 1))
        raise AssertionError("unreachable")

    def _once(self, method: str, path: str, body: bytes | None, limit: int) -> tuple[bytes, str]:
        resource, question, options = path.partition("?")
        headers = {} if body is None else {"Content-Type": "application/json; charset=utf-8"}
        url = self._url + quote(resource, safe=SAFE + "/") + question + options
        with self._http.stream(method, url, content=body, headers=headers) as answer:
            content = bytearray()
            for chunk in answer.iter_bytes():
                content += chunk
                if len(content) > limit:
                    raise OneCError("answer_too_large", limit=limit)
        kind = answer.headers.get("Content-Type", "").lower()
        _check(resource, answer.status_code, kind, bytes(content), answer.headers.get("DataServiceVersion", ""))
        return bytes(content), kind


def _check(resource: str, status: int, kind: str, content: bytes, version: str) -> None:
    is_page = "html" in kind or content[:200].lstrip().lower().startswith((b"<!doctype html", b"<html"))
    if status in (401, 403) or is_page:
        # 1C answers a lack of rights with a page for people, at times under the status of success.
        raise OneCError("rights")
    if status == 404:
        raise OneCError("not_published", missing=resource)
    if status >= 300:
        raise OneCError("server_error", status=status, problem=_said(content))
    if version and not version.startswith("3."):
        raise OneCError("not_odata", problem=f"DataServiceVersion {shown(version, 20)}")


def _json(content: bytes, kind: str) -> dict[str, Any]:
    try:
        # Sums come as numbers: read as decimals they keep the digits that the base sent.
        found = json.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise OneCError("not_odata", problem=shown(kind, 60) or "JSON") from None
    if not isinstance(found, dict) or "odata.metadata" not in found:
        problem = "@odata.context" if isinstance(found, dict) and "@odata.context" in found else "odata.metadata"
        raise OneCError("not_odata", problem=problem)
    return found


def _said(content: bytes) -> str:
    """What 1C says of an error, in its own words; nothing of an answer of another shape."""
    try:
        found = json.loads(content.decode("utf-8-sig"))
        return shown(str(found["odata.error"]["message"]["value"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return "?"


def _fault(error: httpx.TransportError) -> str:
    return shown(f"{type(error).__name__} {error}")
