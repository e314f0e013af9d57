"""One careful GET, with a client that does what the test says; the plugins test theirs against a real server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

import kztax
from kztax.fetching import Fetcher, Limits, address, is_loopback, printable

URL = "https://feed.example/rates"


@dataclass
class Answer:
    body: bytes = b"<rates/>"
    status_code: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def iter_raw(self) -> Iterator[bytes]:
        for place in range(0, len(self.body), 10):
            yield self.body[place : place + 10]


@dataclass
class Client:
    answers: list[Answer | Exception]
    asked: int = 0

    @contextmanager
    def stream(self, method: str, url: str, *, params: Mapping[str, str]) -> Iterator[Answer]:
        assert (method, url, params) == ("GET", URL, {"on": "today"})
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        yield answer


SMALL = Limits(size=100)


def fetch(*answers: Answer | Exception, limits: Limits = SMALL) -> tuple[bytes, list[float], int]:
    client, slept = Client(list(answers)), list[float]()
    body = Fetcher(client, ConnectionError, limits, slept.append).get(URL, {"on": "today"})
    return body, slept, client.asked


def test_what_fails_in_passing_is_tried_again_after_a_pause_that_doubles() -> None:
    answers = (ConnectionError("reset"), Answer(status_code=503), Answer())
    assert fetch(*answers) == (b"<rates/>", [0.5, 1.0], 3)
    assert fetch(Answer(status_code=429), Answer())[2] == 2


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(status_code=500), "feed_status"),
        (ConnectionError("no route"), "feed_unreachable"),
    ],
)
def test_attempts_are_counted(answer: Answer | Exception, reason: str) -> None:
    with pytest.raises(kztax.FeedError) as refused:
        fetch(answer, answer, answer)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(status_code=404, body=b"no\x07thing"), "feed_status"),
        (Answer(status_code=403, body=b"<html>denied</html>"), "feed_status"),
        (Answer(status_code=301, headers={"location": "https://elsewhere.example"}), "feed_moved"),
        (Answer(status_code=204, body=b""), "feed_status"),
        (Answer(headers={"content-encoding": "gzip"}), "feed_unreadable"),
        (Answer(headers={"content-type": "text/html"}), "feed_answers_html"),
        (Answer(body=b"\xef\xbb\xbf\n <!DOCTYPE HTML><p>"), "feed_answers_html"),
        (Answer(body=b"x" * 101), "feed_too_large"),
    ],
)
def test_what_will_not_change_is_not_tried_again(answer: Answer, reason: str) -> None:
    with pytest.raises(kztax.FeedError) as refused:
        fetch(answer)
    assert refused.value.reason == reason
    assert "denied" not in str(refused.value)
    assert str(refused.value).isprintable()


def test_the_whole_answer_has_a_deadline() -> None:
    with pytest.raises(kztax.FeedError, match="within 0 seconds"):
        fetch(Answer(), limits=Limits(seconds=0, attempts=1))


def test_other_exceptions_of_a_client_are_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        fetch(ZeroDivisionError())


@pytest.mark.parametrize("good", ["https://feed.example", "https://feed.example/kz/", "http://127.0.0.1:8000"])
def test_an_address(good: str) -> None:
    assert address(good, "--url") == good.rstrip("/")
    assert is_loopback(good) == ("127" in good)


@pytest.mark.parametrize(
    "bad", ["http://feed.example", "feed.example", "https://", "https://me@feed.example", "https://feed.example?key=1"]
)
def test_an_address_that_is_refused(bad: str) -> None:
    with pytest.raises(kztax.InvalidFacts) as refused:
        address(bad, "--url")
    assert refused.value.path == ("--url",)


def test_a_strangers_words_stay_on_one_line() -> None:
    assert printable("a\nb\x1b[0m\u202e" + "x" * 500) == "a b [0m " + "x" * 192
