"""The instrument file: real, small, wrong."""

import gzip
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from core.clock import SetClock
from core.errors import BadData, BrokerUnavailable
from core.instruments.instrument import Instrument, Kind
from data.brokers.upstox import instruments_file
from data.brokers.upstox.instruments_file import UpstoxInstruments, check_day, parse
from tests.data.brokers.upstox.parts import NOW

OPTION: dict[str, Any] = {
    "weekly": True, "segment": "NSE_FO", "name": "NIFTY", "exchange": "NSE",
    "expiry": 1795544999000, "instrument_type": "CE", "underlying_symbol": "NIFTY",
    "instrument_key": "NSE_FO|54710", "lot_size": 65, "freeze_quantity": 1800.0,
    "exchange_token": "54710", "underlying_key": "NSE_INDEX|Nifty 50", "tick_size": 5.0,
    "trading_symbol": "NIFTY 26000 CE 24 NOV 26", "strike_price": 26000.0,
}  # fmt: skip
SHARE: dict[str, Any] = {
    "segment": "NSE_EQ", "name": "RELIANCE & SONS", "exchange": "NSE", "isin": "INE002A01018",
    "instrument_type": "EQ", "instrument_key": "NSE_EQ|INE002A01018", "lot_size": 1,
    "freeze_quantity": 100000.0, "exchange_token": "2885", "tick_size": 10.0,
    "trading_symbol": "RELIANCE",
}  # fmt: skip
INDEX: dict[str, Any] = {
    "segment": "NSE_INDEX", "name": "Nifty 50", "exchange": "NSE", "instrument_type": "INDEX",
    "instrument_key": "NSE_INDEX|Nifty 50", "exchange_token": "26000", "trading_symbol": "NIFTY",
}  # fmt: skip
SOME = [OPTION, SHARE, INDEX]


def packed(records: object) -> bytes:
    return gzip.compress(orjson.dumps(records))


def source(
    content: bytes, *, previous: int = 0, status: int = 200, **headers: str
) -> UpstoxInstruments:
    async def count() -> int:
        return previous

    async def stream() -> AsyncIterator[bytes]:
        for i in range(0, len(content), 1000):
            yield content[i : i + 1000]

    network = httpx.MockTransport(
        lambda _: httpx.Response(status, content=stream(), headers=headers)
    )
    return UpstoxInstruments("http://127.0.0.1:1", count, SetClock(NOW), transport=network)


async def test_records_become_instruments() -> None:
    option, share, index = await source(packed(SOME)).fetch()
    assert option.expiry == date(2026, 11, 24)
    assert option.kind is Kind.CALL
    assert option.tick_size == Decimal("0.05"), "the file counts in paise"
    assert (option.lot_size, option.freeze_quantity, option.strike) == (65, 1800, 26000.0)
    assert (share.isin, share.name, share.kind) == ("INE002A01018", "RELIANCE & SONS", Kind.EQUITY)
    assert index.kind is Kind.INDEX
    assert index.expiry is None


async def test_kinds_that_we_do_not_know_are_counted_not_fatal() -> None:
    strange = [
        {"segment": "MOON_EQ", "instrument_type": "ROCK"},
        {**OPTION, "instrument_type": "XX"},
    ]
    door = source(packed([*SOME, *strange]))
    assert len(await door.fetch()) == 3
    assert door.skipped == {"MOON_EQ ROCK": 1, "NSE_FO XX": 1}


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("complete.json", orjson.dumps(SOME))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"instrument_key,exchange_token\nNSE_EQ|1,2\n", "not compressed by gzip"),
        (b"", "not compressed by gzip"),
        (orjson.dumps(SOME), "not compressed by gzip"),
        (zipped(), "a zip archive"),
        (gzip.compress(b"instrument_key,exchange_token\n"), "no JSON array"),
        (gzip.compress(b'{"data": []}'), "no JSON array"),
        (gzip.compress(b"[]"), "no instrument"),
        (gzip.compress(orjson.dumps(SOME)[:-5]), "not whole JSON"),
        (packed(SOME * 5000)[:-20], "cut off"),
        (packed(SOME * 5000)[:40] + b"\x00" * 400, "damaged"),
        (packed([OPTION, {**SHARE, "lot_size": None}, INDEX]), "are wrong"),
        (packed([OPTION, {**SHARE, "tick_size": -5.0}, INDEX]), "are wrong"),
        (packed([OPTION, OPTION]), "are wrong"),
        (packed([1, "x", None]), "no instrument"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_wrong_file_is_bad_data_and_says_why(content: bytes, complaint: str) -> None:
    with pytest.raises(BadData, match=complaint):
        await source(content).fetch()


async def test_a_file_that_lost_more_than_a_fifth_is_refused() -> None:
    assert len(await source(packed(SOME), previous=3).fetch()) == 3
    with pytest.raises(BadData, match="only 3 rows, after 4"):
        await source(packed(SOME), previous=4).fetch()


async def test_a_file_of_last_month_is_refused() -> None:
    with pytest.raises(BadData, match="is old"):
        await source(packed([{**OPTION, "expiry": 1792866599000}, INDEX])).fetch()
    with pytest.raises(BadData, match="is of 01 Nov 2026"):
        await source(packed(SOME), **{"last-modified": "Sun, 01 Nov 2026 06:00:00 GMT"}).fetch()
    assert await source(packed(SOME), **{"last-modified": "Mon, 23 Nov 2026 00:30:00 GMT"}).fetch()


async def test_a_file_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instruments_file, "LARGEST_FILE", 100)
    with pytest.raises(BadData, match="larger than 100 bytes"):
        await source(packed(SOME * 9)).fetch()
    monkeypatch.setattr(instruments_file, "LARGEST_FILE", 10**6)
    monkeypatch.setattr(instruments_file, "LARGEST_CONTENT", 1000)
    with pytest.raises(BadData, match="unpacks to over 1,000 bytes"):
        await source(packed(SOME * 50)).fetch()


async def test_no_file_means_the_broker_is_unavailable() -> None:
    with pytest.raises(BrokerUnavailable, match="HTTP 404"):
        await source(b"", status=404).fetch()


def of(content: bytes) -> list[Instrument]:
    return parse(io.BytesIO(content))[0]


def test_records_that_are_not_flat_or_not_compact_are_read_all_the_same() -> None:
    many = [{**OPTION, "instrument_key": f"NSE_FO|{i}"} for i in range(3000)]
    nested = [{**record, "more": [{"a": 1}, {"b": "},{"}]} for record in many]
    assert of(packed(nested)) == of(packed(many))
    indented = gzip.compress(orjson.dumps(many, option=orjson.OPT_INDENT_2))
    assert of(indented) == of(packed(many))


def test_the_real_file_parses_whole(shared_data: Path) -> None:
    path = shared_data / "instruments" / "upstox_complete_20260818.json.gz"
    with path.open("rb") as file:
        found, skipped, bad = parse(file)
    assert len(found) + skipped.total() + bad == 125_004
    assert bad == 0
    assert set(skipped) == {"NSE_COM COM", "GLOBAL_INDEX", "GLOBAL_INDICATOR"}
    by_key = {one.key: one for one in found}
    sensex = next(one for one in found if one.symbol == "SENSEX 67200 PE 27 AUG 26")
    assert (sensex.expiry, sensex.lot_size, sensex.tick_size) == (
        date(2026, 8, 27),
        20,
        Decimal("0.05"),
    )
    assert len(by_key) == len(found)
    check_day(found, date(2026, 8, 18))
    with pytest.raises(BadData, match="is old"):
        check_day(found, date(2026, 11, 23))
