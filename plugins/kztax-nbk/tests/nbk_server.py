"""A server on this machine that answers as the feed does, and as it should not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

Answer = Callable[["Handler", str], None]

DOCUMENT = """\
<?xml version="1.0" encoding="utf-8"?><rates><generator>Alternate RSS Builder</generator>
<title>Official exchange rates</title><link>www.nationalbank.kz</link><description>1</description><date>{day}</date>
<item><fullname>ДОЛЛАР США</fullname><title>USD</title><description>{usd}</description><quant>1</quant><index></index>
<change>0.00</change></item>
<item><fullname>ИРАНСКИЙ РИАЛ</fullname><title>IRR</title><description>10.5</description><quant>1000</quant></item>
<item><fullname>АРМЯНСКИЙ ДРАМ</fullname><title>AMD</title><description>12.34</description><quant>10</quant></item>
</rates>"""


class Handler(BaseHTTPRequestHandler):
    """Hands each request to the test's own answer."""

    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        day = parse_qs(urlsplit(self.path).query).get("fdate", [""])[0]
        try:
            self.server.answer(self, day)
        except (BrokenPipeError, ConnectionResetError):
            return

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def send(self, body: bytes, status: int = 200, kind: str = "text/xml", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", headers.pop("length", str(len(body))))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


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


def good(handler: Handler, day: str) -> None:
    handler.send(DOCUMENT.format(day=day, usd="497.35").encode())


def html(handler: Handler, day: str) -> None:
    handler.send("<!DOCTYPE html><html><body>Технические работы</body></html>".encode(), kind="text/xml")


def html_said_to_be_html(handler: Handler, day: str) -> None:
    handler.send(b"maintenance", kind="text/html; charset=utf-8")


def truncated(handler: Handler, day: str) -> None:
    whole = DOCUMENT.format(day=day, usd="497.35").encode()
    handler.send(whole[:200], length=str(len(whole)))


def truncated_silently(handler: Handler, day: str) -> None:
    handler.send(DOCUMENT.format(day=day, usd="497.35").encode()[:200])


def huge(handler: Handler, day: str) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b"<!-- padding -->" * 1000)


def slow_to_begin(handler: Handler, day: str) -> None:
    time.sleep(1.5)
    good(handler, day)


def drop_by_drop(handler: Handler, day: str) -> None:
    handler.send_response(200)
    handler.end_headers()
    for byte in DOCUMENT.format(day=day, usd="497.35").encode():
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.05)


def compressed(handler: Handler, day: str) -> None:
    import gzip

    handler.send(gzip.compress(DOCUMENT.format(day=day, usd="497.35").encode()), Content_Encoding="gzip")


def moved(handler: Handler, day: str) -> None:
    handler.send(b"", status=302, Location="https://elsewhere.example/rates")


def not_found(handler: Handler, day: str) -> None:
    handler.send(b"no such page\x1b[31m", status=404, kind="text/plain")


def another_day(handler: Handler, day: str) -> None:
    good(handler, "01.01.2020")


def failing(times: int) -> Answer:
    left = [times]

    def answer(handler: Handler, day: str) -> None:
        left[0] -= 1
        if left[0] >= 0:
            handler.send(b"busy", status=503, kind="text/plain")
        else:
            good(handler, day)

    return answer
