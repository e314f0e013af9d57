"""The Bank's feed: one XML document a day, each rate for a quantity of units."""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from kztax.core.errors import FeedError
from kztax.fetching import Fetcher, Limits, address, is_loopback
from kztax.store import Observation, Store

ADDRESS = "https://nationalbank.kz"
ADDRESS_NAMED_BY = "KZTAX_NBK_URL"
DOCUMENT = "/rss/get_rates.cfm"
OFFICIAL = "rate.official"
QUANTITIES = ("1", "10", "100", "1000", "10000")
CONNECT_SECONDS = 10.0

_CODE = re.compile(r"[A-Z]{3}", re.ASCII)
_RATE = re.compile(r"\d{1,12}(\.\d{1,8})?", re.ASCII)


class Document(NamedTuple):
    """The rates of a day, KZT for one unit of each currency, and the digest of what the document says.

    The digest is of values, not of bytes: the feed's white space changes between calls.
    """

    day: date
    rates: dict[str, Decimal]
    digest: str

    def observations(self, source: str) -> list[Observation]:
        """The rates as the store keeps them."""
        return [
            Observation(OFFICIAL, currency, self.day, rate, "KZT", source, self.day, self.digest)
            for currency, rate in self.rates.items()
        ]


def document(content: bytes, url: str) -> Document:
    """Read a document of the feed. `url` is what errors call it.

    Raises `FeedError`: not XML of the feed, an entity or a DTD in it, no rate, a rate that is zero or no number.
    """
    import defusedxml.ElementTree
    from defusedxml.common import DefusedXmlException

    try:
        root = defusedxml.ElementTree.fromstring(content, forbid_dtd=True)
    except (SyntaxError, DefusedXmlException, ValueError, LookupError) as error:
        raise FeedError("feed_unreadable", url=url, problem=f"{type(error).__name__}: {error}") from error
    if root.tag != "rates":
        raise FeedError("feed_unreadable", url=url, problem=f"<{str(root.tag)[:40]}> instead of <rates>")
    # The root has a title and a description of its own: a rate is looked for inside an item alone.
    day = _day(root.findtext("date", ""), url)
    rates: dict[str, Decimal] = {}
    said = [day.isoformat()]
    for item in root.findall("item"):
        code, rate, quantity = (item.findtext(tag, "").strip() for tag in ("title", "description", "quant"))
        if _CODE.fullmatch(code) is None or code in rates:
            raise FeedError("feed_unreadable", url=url, problem=f"currency {code[:40]!r}")
        if _RATE.fullmatch(rate) is None or not Decimal(rate) or quantity not in QUANTITIES:
            shown = {"rate": rate[:40], "units": quantity[:40]}
            raise FeedError("feed_rate_impossible", url=url, currency=code, **shown)
        rates[code] = Decimal(rate) / Decimal(quantity)
        said.append(f"{code} {rate} {quantity}")
    if not rates:
        raise FeedError("feed_without_rates", url=url, on=day.isoformat())
    return Document(day, rates, hashlib.sha256("\n".join(said).encode()).hexdigest())


class Feed:
    """The feed over HTTP, at the Bank's address or at a mirror's. Close it, or use it in a `with`."""

    def __init__(self, base: str = ADDRESS, limits: Limits = Limits()) -> None:  # noqa: B008 - frozen
        import httpx

        self.base = address(base, ADDRESS_NAMED_BY)
        self._client = httpx.Client(
            timeout=httpx.Timeout(limits.seconds, connect=min(CONNECT_SECONDS, limits.seconds)),
            follow_redirects=False,
            headers={"accept": "application/xml, text/xml", "accept-encoding": "identity"},
            trust_env=not is_loopback(self.base),
        )
        self._fetcher = Fetcher(self._client, httpx.HTTPError, limits)

    def day(self, day: date) -> Document:
        """The document of a day; `FeedError` for anything else, a document of another day included."""
        url = self.base + DOCUMENT
        found = document(self._fetcher.get(url, {"fdate": f"{day:%d.%m.%Y}"}), url)
        if found.day != day:
            raise FeedError("feed_wrong_day", url=url, asked=day.isoformat(), answered=found.day.isoformat())
        return found

    def source(self, day: date) -> str:
        """Where a day's rates are from, as an explanation shows it."""
        return f"National Bank of Kazakhstan, {self.base}{_question(day)}"

    def __enter__(self) -> Feed:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()


def days_fetched(store: Store, first: date, last: date) -> set[date]:
    """The days whose document is stored: it never changes. A rate imported by hand is not the whole document."""
    if not store.exists:
        return set()
    known = store.observations([OFFICIAL], first=first, last=last)
    return {each.day for each in known if each.source.endswith(_question(each.day))}


def _question(day: date) -> str:
    return f"{DOCUMENT}?fdate={day:%d.%m.%Y}"


def _day(words: str, url: str) -> date:
    try:
        return datetime.strptime(words.strip(), "%d.%m.%Y").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise FeedError("feed_unreadable", url=url, problem=f"date {words[:40]!r}") from None
