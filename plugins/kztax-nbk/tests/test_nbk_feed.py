"""The feed: what a document says, and what becomes of a server that answers something else."""

from __future__ import annotations

import socket
from datetime import date
from decimal import Decimal

import nbk_server as server
import pytest
from kztax_nbk.feed import Feed, document

import kztax
from kztax.fetching import Limits

DAY = date(2026, 3, 14)
QUICK = Limits(size=100_000, seconds=0.6, attempts=3, pause=0.01)


def written(usd: str = "497.35", **changes: str) -> bytes:
    text = server.DOCUMENT.format(day="14.03.2026", usd=usd)
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def test_a_rate_is_divided_by_its_quantity() -> None:
    read = document(written(), "feed")
    assert read.day == DAY
    assert read.rates == {"USD": Decimal("497.35"), "IRR": Decimal("0.0105"), "AMD": Decimal("1.234")}


def test_the_digest_is_of_the_values_not_of_white_space() -> None:
    spaced = written().replace(b"<item>", b"\n\n  <item>\n")
    assert document(spaced, "feed").digest == document(written(), "feed").digest
    assert document(written("497.36"), "feed").digest != document(written(), "feed").digest


@pytest.mark.parametrize("rate", ["0", "0.00", "-1", "", "NaN", "1e3", "497,35", "Infinity"])
def test_a_rate_that_cannot_be_is_refused_and_its_currency_named(rate: str) -> None:
    with pytest.raises(kztax.FeedError, match="the rate of USD cannot be") as refused:
        document(written(rate), "feed")
    assert refused.value.reason == "feed_rate_impossible"


@pytest.mark.parametrize("quantity", ["0", "", "-1", "3", "1.5"])
def test_a_quantity_that_cannot_be_is_refused(quantity: str) -> None:
    with pytest.raises(kztax.FeedError, match="AMD"):
        document(written(**{"<quant>10</quant>": f"<quant>{quantity}</quant>"}), "feed")


BOMB = b"""<?xml version="1.0"?><!DOCTYPE rates [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<rates><date>14.03.2026</date><item><title>USD</title><description>&b;</description><quant>1</quant></item></rates>"""
FOREIGN_FILE = b"""<!DOCTYPE rates [<!ENTITY x SYSTEM "file:///etc/passwd">]><rates><date>&x;</date></rates>"""


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "feed_unreadable"),
        (b"<html></html>", "feed_unreadable"),
        (b"<rates>", "feed_unreadable"),
        (BOMB, "feed_unreadable"),
        (FOREIGN_FILE, "feed_unreadable"),
        (b'<?xml version="1.0" encoding="no-such"?><rates/>', "feed_unreadable"),
        (b"<rates><date>14.03.2026</date></rates>", "feed_without_rates"),
        (b"<rates><date>2026-03-14</date></rates>", "feed_unreadable"),
        (written()[:300], "feed_unreadable"),
        (written(IRR="USD"), "feed_unreadable"),
        (written(IRR="rial"), "feed_unreadable"),
    ],
)
def test_what_is_no_document_of_the_feed_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(kztax.FeedError) as refused:
        document(content, "feed")
    assert refused.value.reason == reason


def test_a_day_is_asked_for_as_the_feed_documents_it() -> None:
    with server.serving(server.good) as bank, Feed(bank.url) as feed:
        assert feed.day(DAY).rates["USD"] == Decimal("497.35")
        assert bank.asked == ["/rss/get_rates.cfm?fdate=14.03.2026"]
        assert feed.source(DAY).endswith("/rss/get_rates.cfm?fdate=14.03.2026")


@pytest.mark.parametrize(
    ("answer", "reason", "asked"),
    [
        (server.html, "feed_answers_html", 1),
        (server.html_said_to_be_html, "feed_answers_html", 1),
        (server.truncated, "feed_unreachable", 3),
        (server.truncated_silently, "feed_unreadable", 1),
        (server.huge, "feed_too_large", 1),
        (server.slow_to_begin, "feed_unreachable", 3),
        (server.drop_by_drop, "feed_too_slow", 3),
        (server.compressed, "feed_unreadable", 1),
        (server.moved, "feed_moved", 1),
        (server.not_found, "feed_status", 1),
        (server.another_day, "feed_wrong_day", 1),
        (server.failing(9), "feed_status", 3),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_server_that_does_not_answer_properly(answer: server.Answer, reason: str, asked: int) -> None:
    with server.serving(answer) as bank, Feed(bank.url, QUICK) as feed:
        with pytest.raises(kztax.FeedError) as refused:
            feed.day(DAY)
        assert (refused.value.reason, len(bank.asked)) == (reason, asked)
    for locale in ("en", "ru", "kk"):
        assert "127.0.0.1" in refused.value.message(locale)
        assert "\x1b" not in refused.value.message(locale)


def test_a_busy_server_is_asked_again() -> None:
    with server.serving(server.failing(2)) as bank, Feed(bank.url, QUICK) as feed:
        assert feed.day(DAY).day == DAY
        assert len(bank.asked) == 3


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with Feed(f"http://127.0.0.1:{port}", QUICK) as feed, pytest.raises(kztax.FeedError, match="cannot be reached"):
        feed.day(DAY)


@pytest.mark.parametrize(
    "address",
    ["http://nationalbank.kz", "ftp://nationalbank.kz", "nationalbank.kz", "https://user:secret@mirror.kz", "https://"],
)
def test_an_address_that_is_not_safe_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(kztax.InvalidFacts) as refused:
        Feed(address)
    assert "secret" not in str(refused.value)
