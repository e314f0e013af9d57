"""A server on this machine that answers as two exchanges do, and as they should not."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = Callable[["Handler", dict[str, str]], None]
DAY_OF_MILLISECONDS = 86_400_000


class Handler(BaseHTTPRequestHandler):
    """Hands each request to the test's own answer."""

    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        try:
            self.server.answer(self, query)
        except (BrokenPipeError, ConnectionResetError):
            return

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def send(self, body: bytes, status: int = 200, kind: str = "application/json", length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def send_json(self, answer: Any, status: int = 200) -> None:
        self.send(json.dumps(answer).encode(), status)


class Server(ThreadingHTTPServer):
    """Counts what it was asked."""

    daemon_threads = True

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serving(answer: Answer) -> Iterator[Server]:
    server = Server(answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def moment(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def _days(first: str, last: str) -> list[int]:
    return list(range(int(first), int(last) + 1, DAY_OF_MILLISECONDS))


def bybit_row(opened: int, **changes: str) -> list[str]:
    row = {"open": "79000", "high": "81000", "low": "78000", "close": "80500", "volume": "2", "turnover": "160001"}
    row.update(changes)
    return [str(opened), *row.values()]


def bybit_says(rows: list[Any]) -> dict[str, Any]:
    return {"retCode": 0, "retMsg": "OK", "result": {"category": "spot", "symbol": "BTCUSDT", "list": rows}}


def bybit(handler: Handler, query: dict[str, str]) -> None:
    assert (query["category"], query["interval"], query["limit"]) == ("spot", "D", "1000")
    if query["symbol"] not in ("BTCUSDT", "ETHUSDT", "BTCKZT"):
        handler.send_json({"retCode": 10001, "retMsg": "Not supported symbols", "result": {}})
        return
    newest_first = reversed(_days(query["start"], query["end"]))
    handler.send_json(bybit_says([bybit_row(opened) for opened in newest_first]))


def bybit_with(**changes: str) -> Answer:
    def answer(handler: Handler, query: dict[str, str]) -> None:
        handler.send_json(bybit_says([bybit_row(int(query["start"]), **changes)]))

    return answer


def bybit_rows(*rows: Any) -> Answer:
    def answer(handler: Handler, query: dict[str, str]) -> None:
        handler.send_json(bybit_says(list(rows)))

    return answer


def says(answer: Any) -> Answer:
    def said(handler: Handler, query: dict[str, str]) -> None:
        handler.send_json(answer)

    return said


def binance(handler: Handler, query: dict[str, str]) -> None:
    assert (query["interval"], query["limit"]) == ("1d", "1000")
    if query["symbol"] != "BTCUSDT":
        handler.send_json({"code": -1121, "msg": "Invalid symbol."}, status=400)
        return
    handler.send_json(
        [
            [
                opened, "79000.00", "81000.00", "78000.00", "80500.00", "4.0", opened + DAY_OF_MILLISECONDS - 1,
                "320004.0", 12, "1", "1", "0",
            ]
            for opened in _days(query["startTime"], query["endTime"])
        ]
    )  # fmt: skip


def html(handler: Handler, query: dict[str, str]) -> None:
    handler.send(b"<html>Access denied in your region</html>", kind="text/html")


def truncated(handler: Handler, query: dict[str, str]) -> None:
    handler.send(b'{"retCode": 0, "result"', length=5000)


def truncated_silently(handler: Handler, query: dict[str, str]) -> None:
    handler.send(b'{"retCode": 0, "result"')


def huge(handler: Handler, query: dict[str, str]) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b" " * 10_000)


def slow(handler: Handler, query: dict[str, str]) -> None:
    time.sleep(1.5)
    bybit(handler, query)


def drop_by_drop(handler: Handler, query: dict[str, str]) -> None:
    handler.send_response(200)
    handler.end_headers()
    for byte in json.dumps(bybit_says([bybit_row(int(query["start"]))])).encode():
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.05)


def moved(handler: Handler, query: dict[str, str]) -> None:
    handler.send_response(307)
    handler.send_header("Location", "https://elsewhere.example")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def busy(handler: Handler, query: dict[str, str]) -> None:
    handler.send(b"too many", status=429, kind="text/plain")
