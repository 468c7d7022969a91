"""The broker's instrument file: downloaded with a cap, checked, parsed in small pieces.

Parsing runs in a thread. Small pieces (a few hundred records each) let the event loop breathe,
since the JSON parser does not give way while it works.
"""

import asyncio
import tempfile
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, timedelta
from email.utils import parsedate_to_datetime
from typing import IO, Any, Final

import httpx
import orjson
import structlog

from core.clock import IST, Clock
from core.errors import BadData, BrokerUnavailable
from core.instruments.instrument import Instrument
from data.brokers.upstox.http import is_loopback
from data.brokers.upstox.mapping import instrument

log = structlog.get_logger(__name__)

PATH: Final = "/market-quote/instruments/exchange/complete.json.gz"
LARGEST_FILE: Final = 64 * 2**20
LARGEST_CONTENT: Final = 512 * 2**20
PIECE: Final = 128 * 2**10
BETWEEN_RECORDS: Final = b"},{"
MOST_BAD: Final = 0.01
LEAST_OF_LAST: Final = 0.8
OLDEST: Final = timedelta(days=7)
GZIP, ZIP = b"\x1f\x8b", b"PK"


class UpstoxInstruments:
    """Fills the `InstrumentSource` port; `skipped` counts kinds that we do not know."""

    def __init__(
        self,
        assets_url: str,
        previous_count: Callable[[], Awaitable[int]],
        clock: Clock,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._url = assets_url + PATH
        self._previous_count, self._clock, self._transport = previous_count, clock, transport
        self.skipped: Counter[str] = Counter()
        self.bad = 0

    async def fetch(self) -> list[Instrument]:
        with tempfile.TemporaryFile() as file:
            await self._download(file)
            parsed = await asyncio.to_thread(parse, file)
        found, self.skipped, self.bad = parsed
        check_day(found, self._clock.now().astimezone(IST).date())
        previous = await self._previous_count()
        if len(found) < LEAST_OF_LAST * previous:
            raise BadData(
                f"the instrument file has only {len(found):,} rows, after {previous:,} last time"
            )
        log.info("instruments.fetched", count=len(found), skipped=dict(self.skipped), bad=self.bad)
        return found

    async def _download(self, file: IO[bytes]) -> None:
        timeout = httpx.Timeout(30.0, connect=5.0)
        try:
            async with (
                httpx.AsyncClient(
                    transport=self._transport,
                    timeout=timeout,
                    trust_env=not is_loopback(self._url),
                ) as client,
                client.stream("GET", self._url, headers={"Accept-Encoding": "identity"}) as reply,
            ):
                if reply.status_code != 200:
                    raise BrokerUnavailable(f"no instrument file (HTTP {reply.status_code})")
                self._check_age(reply)
                size = 0
                async for piece in reply.aiter_raw():
                    size += len(piece)
                    if size > LARGEST_FILE:
                        raise BadData(f"the instrument file is larger than {LARGEST_FILE:,} bytes")
                    file.write(piece)
        except httpx.TransportError as problem:
            raise BrokerUnavailable(f"the instrument file did not come ({problem})") from problem

    def _check_age(self, reply: httpx.Response) -> None:
        """Refuse a file that says itself that it is old."""
        try:
            made = parsedate_to_datetime(reply.headers["last-modified"])
        except (KeyError, ValueError):
            return  # it does not say, or not so that we understand: its expiries will tell
        if made.tzinfo is not None and self._clock.now() - made > OLDEST:
            raise BadData(f"the instrument file is of {made.astimezone(IST):%d %b %Y}")


def parse(file: IO[bytes]) -> tuple[list[Instrument], Counter[str], int]:
    """Instruments, counts of unknown kinds, and how many records were not as documented."""
    found: list[Instrument] = []
    skipped: Counter[str] = Counter()
    seen: set[str] = set()
    bad = 0
    for record in _records(file):
        try:
            one = instrument(record, skipped)
            if one is None:
                continue
            if one.key in seen or "|" not in one.key:
                raise ValueError(one.key)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            bad += 1
            continue
        seen.add(one.key)
        found.append(one)
    if not found:
        raise BadData("the instrument file holds no instrument")
    if bad > MOST_BAD * (len(found) + bad):
        raise BadData(f"{bad:,} of {len(found) + bad:,} records of the instrument file are wrong")
    return found, skipped, bad


def check_day(found: list[Instrument], today: date) -> None:
    """Raises BadData for a file of another day: too many of its contracts have expired."""
    expiries = Counter(one.expiry for one in found if one.expiry is not None)
    over = sum(count for expiry, count in expiries.items() if expiry < today)
    if expiries and over > 0.1 * expiries.total():
        raise BadData(
            f"the instrument file is old: {over:,} of {expiries.total():,} contracts have expired"
        )


def _records(file: IO[bytes]) -> Iterator[Any]:
    """The records of a JSON array, parsed piece by piece at the seams between flat records."""
    rest, whole = b"", False
    first = True
    for piece in _content(file):
        rest += piece
        if first:
            rest = rest.lstrip()
            if not rest:
                continue
            if not rest.startswith(b"["):
                raise BadData("the instrument file holds no JSON array")
            rest, first = rest[1:], False
        seam = -1 if whole else rest.rfind(BETWEEN_RECORDS)
        if seam >= 0:
            try:
                records = orjson.loads(b"[" + rest[: seam + 1] + b"]")
            except orjson.JSONDecodeError:
                whole = True  # not flat records after all: parse the rest in one go
                continue
            rest = rest[seam + 2 :]
            yield from records
    try:
        yield from orjson.loads(b"[" + rest)
    except orjson.JSONDecodeError as problem:
        raise BadData(f"the instrument file is not whole JSON ({problem.msg})") from problem


def _content(file: IO[bytes]) -> Iterator[bytes]:
    """The unpacked content; raises BadData for what is not gzip, not whole, or far too much."""
    file.seek(0)
    magic = file.read(2)
    if magic != GZIP:
        what = "a zip archive" if magic == ZIP else "not compressed by gzip"
        raise BadData(f"the instrument file is {what}; gzip JSON is expected")
    file.seek(0)
    unpack, size = zlib.decompressobj(wbits=31), 0
    try:
        while not unpack.eof:
            packed = unpack.unconsumed_tail or file.read(PIECE // 8)
            piece = unpack.decompress(packed, PIECE) if packed else unpack.flush()
            size += len(piece)
            if size > LARGEST_CONTENT:
                raise BadData(f"the instrument file unpacks to over {LARGEST_CONTENT:,} bytes")
            yield piece
            if not packed:
                break
    except zlib.error as problem:
        raise BadData(f"the instrument file is damaged ({problem})") from problem
    if not unpack.eof:
        raise BadData("the instrument file is cut off")
