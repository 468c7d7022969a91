"""Quotes, chains, contracts, calendar: the broker's answers as ours."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from core.errors import BadData, RuleBroken
from core.ids import InstrumentKey
from core.instruments.candle import Interval
from core.instruments.instrument import Kind
from data.brokers.upstox.history import UpstoxHistory
from data.brokers.upstox.market_data import UpstoxMarketData
from tests.data.brokers.upstox.parts import Broker, Parts, good

NIFTY = InstrumentKey("NSE_INDEX|Nifty 50")
RELIANCE = InstrumentKey("NSE_EQ|INE002A01018")


def asking(home: Path, data: Any) -> tuple[UpstoxMarketData, Parts, Broker]:
    broker = Broker(good(data))
    parts = Parts(home, broker)
    return UpstoxMarketData(parts.http), parts, broker


def quote(**other: Any) -> dict[str, Any]:
    return {
        "ohlc": {"open": 1410.0, "high": 1419.8, "low": 1406.1, "close": 1416.2},
        "depth": {
            "buy": [{"quantity": 220, "price": 1416.1, "orders": 4}],
            "sell": [{"quantity": 0, "price": 0.0, "orders": 0}],
        },
        "timestamp": "2026-11-20T11:42:10.412+05:30",
        "instrument_token": RELIANCE,
        "last_price": 1416.2,
        "volume": 4123980,
        "oi": 0.0,
        "lower_circuit_limit": 1268.1,
        "upper_circuit_limit": 1549.7,
        "prev_close_price": 1408.9,
    } | other


async def test_a_quote_is_in_utc_and_tells_what_the_broker_does_not_have(tmp_path: Path) -> None:
    market, _, broker = asking(tmp_path, {"NSE_EQ:RELIANCE": quote()})
    found = (await market.quotes([RELIANCE, RELIANCE]))[RELIANCE]
    assert broker.asked[0].url.params["instrument_key"] == RELIANCE
    assert found.at == datetime(2026, 11, 20, 6, 12, 10, 412000, tzinfo=UTC)
    assert (found.bid, found.bid_quantity, found.ask, found.ask_quantity) == (1416.1, 220, None, 0)
    assert found.oi is None, "a share has no open interest"
    assert (found.close, found.upper_circuit) == (1408.9, 1549.7)


async def test_an_index_has_no_book_and_no_circuit(tmp_path: Path) -> None:
    bare = quote(
        instrument_token=NIFTY, depth=None, volume=None, oi=None,
        lower_circuit_limit=0.0, upper_circuit_limit=None,
    )  # fmt: skip
    market, _, _ = asking(tmp_path, {"NSE_INDEX:Nifty 50": bare})
    found = (await market.quotes([NIFTY]))[NIFTY]
    assert (found.bid, found.lower_circuit, found.upper_circuit) == (None, None, None)


async def test_many_keys_are_asked_for_in_parts_of_five_hundred(tmp_path: Path) -> None:
    market, _, broker = asking(tmp_path, {})
    await market.quotes([InstrumentKey(f"NSE_FO|{i}") for i in range(1001)])
    sizes = [request.url.params["instrument_key"].count(",") + 1 for request in broker.asked]
    assert sorted(sizes) == [1, 500, 500]


def recorded(shared_data: Path, name: str) -> dict[str, Any]:
    whole = json.loads((shared_data / "option_chain" / name).read_text())
    reply: dict[str, Any] = whole["response"]
    return reply


async def test_a_recorded_chain_parses(tmp_path: Path, shared_data: Path) -> None:
    reply = recorded(shared_data, "upstox_v2_option_chain_nifty_20260402.json")
    market, _, _ = asking(tmp_path, reply["data"])
    chain = await market.chain(NIFTY, date(2026, 4, 7))
    assert len(chain.strikes) == 129
    assert chain.spot == 22266.25
    call, put = chain.calls[0], chain.puts[0]
    assert call is not None
    assert put is not None
    assert chain.strikes[0] == 20200
    assert call.iv is None, "the broker's 0 means not solved"
    assert np.isnan(call.ltp)
    assert (call.bid, call.ask_quantity) == (1910.7, 780)
    assert put.iv == pytest.approx(0.4114)
    assert put.pop == pytest.approx(0.023)
    assert (put.oi, put.oi_prev, put.delta) == (11252540, 9782370, -0.0209)


async def test_recorded_contracts_parse(tmp_path: Path, shared_data: Path) -> None:
    reply = recorded(shared_data, "upstox_v2_option_contracts_nifty_20260402.json")
    market, _, _ = asking(tmp_path, reply["data"])
    contracts = await market.contracts(NIFTY)
    assert len(contracts) == len(reply["data"])
    first = contracts[0]
    assert first.kind is Kind.CALL
    assert first.expiry == date(2028, 6, 27)
    assert first.tick_size == Decimal("0.05")
    assert (first.lot_size, first.freeze_quantity, first.weekly) == (65, 1755, False)


NUMBERS = "ltp volume oi close_price bid_price bid_qty ask_price ask_qty prev_oi"
SIDE = {
    "instrument_key": "NSE_FO|1",
    "market_data": dict.fromkeys(NUMBERS.split(), 1),
    "option_greeks": dict.fromkeys(["vega", "theta", "gamma", "delta", "iv", "pop"], 1.0),
}


def strike(**other: Any) -> dict[str, Any]:
    return {
        "expiry": "2026-11-23",
        "strike_price": 26000.0,
        "underlying_key": NIFTY,
        "underlying_spot_price": 26012.35,
        "call_options": SIDE,
    } | other


async def test_a_missing_side_is_none(tmp_path: Path) -> None:
    market, _, _ = asking(tmp_path, [strike()])
    chain = await market.chain(NIFTY, date(2026, 11, 23))
    assert chain.puts == (None,)
    assert chain.calls[0] is not None


@pytest.mark.parametrize(
    "rows",
    [
        [strike(expiry="2026-11-30")],
        [strike(underlying_key="NSE_INDEX|Nifty Bank")],
        [strike(), strike()],
        [strike(strike_price=-1)],
        [strike(call_options={**SIDE, "market_data": {}})],
    ],
)
async def test_a_chain_that_is_not_what_was_asked_for_is_bad_data(
    tmp_path: Path, rows: list[dict[str, Any]]
) -> None:
    market, parts, _ = asking(tmp_path, rows)
    with pytest.raises(BadData):
        await market.chain(NIFTY, date(2026, 11, 23))
    assert parts.health.bad_data == {"option chain": 1}


async def test_an_unknown_market_status_or_kind_of_holiday_is_bad_data(tmp_path: Path) -> None:
    market, parts, _ = asking(tmp_path, {"exchange": "NSE", "status": "HALF_OPEN"})
    with pytest.raises(BadData):
        await market.market_status("NSE")
    holiday = {
        "date": "2026-12-25", "description": "Christmas", "holiday_type": "PARTY",
        "closed_exchanges": ["NSE"], "open_exchanges": [],
    }  # fmt: skip
    market, parts, _ = asking(tmp_path, [holiday])
    with pytest.raises(BadData):
        await market.holidays()
    assert parts.health.bad_data == {"holidays": 1}


async def test_holidays_keep_their_special_hours(tmp_path: Path) -> None:
    hours = {"exchange": "NSE", "start_time": 1794141900000, "end_time": 1794145500000}
    holiday = {
        "date": "2026-11-08", "description": "Diwali", "holiday_type": "SPECIAL_TIMING",
        "closed_exchanges": ["BCD"], "open_exchanges": [hours],
    }  # fmt: skip
    market, _, _ = asking(tmp_path, [holiday])
    (found,) = await market.holidays()
    assert (found.day, found.closed) == (date(2026, 11, 8), ("BCD",))
    assert found.open[0].opens_at == datetime(2026, 11, 8, 12, 45, tzinfo=UTC)


def bar(time: str, close: float = 10.0) -> list[Any]:
    return [time, close, close + 1, close - 1, close, 100, 0]


def history(
    home: Path, answer: Callable[[httpx.Request], list[Any]]
) -> tuple[UpstoxHistory, list[str]]:
    paths: list[str] = []

    def broker(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.raw_path.decode())
        return good({"candles": answer(request)})

    return UpstoxHistory(Parts(home, broker).http), paths


async def test_candles_come_oldest_first_with_the_key_escaped(tmp_path: Path) -> None:
    bars = [bar("2026-11-19T09:16:00+05:30"), bar("2026-11-19T09:15:00+05:30")]
    door, paths = history(tmp_path, lambda _: bars)
    candles = await door.minutes(NIFTY, date(2026, 11, 19), date(2026, 11, 19))
    assert candles.time.tolist() == [1795059900, 1795059960]
    assert paths == ["/v3/historical-candle/NSE_INDEX%7CNifty%2050/minutes/1/2026-11-19/2026-11-19"]


async def test_a_long_span_is_asked_for_in_pieces_and_joined(tmp_path: Path) -> None:
    door, paths = history(tmp_path, lambda r: [bar(f"{r.url.path.split('/')[-2]}T09:15:00+05:30")])
    candles = await door.minutes(NIFTY, date(2026, 8, 1), date(2026, 10, 31))
    assert len(paths) == 3
    assert len(candles) == 3


async def test_any_length_is_asked_for_in_the_brokers_words(tmp_path: Path) -> None:
    door, paths = history(tmp_path, lambda _: [])
    day = date(2026, 11, 19)
    for text in ("15m", "90m", "120m", "1w", "1M"):
        await door.bars(NIFTY, Interval.parse(text), day, day)
    await door.today(NIFTY, Interval.parse("5m"))
    named = [path.split("Nifty%2050/")[1] for path in paths]
    assert named[:5] == [
        f"{words}/2026-11-19/2026-11-19"
        for words in ("minutes/15", "minutes/90", "hours/2", "weeks/1", "months/1")
    ]
    assert named[5] == "minutes/5"


async def test_what_the_broker_does_not_serve_is_not_asked_for(tmp_path: Path) -> None:
    door, paths = history(tmp_path, lambda _: [])
    day = date(2026, 11, 19)
    for text in ("30s", "6h", "301m", "2d", "2w"):
        with pytest.raises(RuleBroken, match="no candles of"):
            await door.bars(NIFTY, Interval.parse(text), day, day)
    with pytest.raises(RuleBroken, match="running session"):
        await door.today(NIFTY, Interval.parse("1w"))
    assert await door.bars(NIFTY, Interval.MINUTE, date(2020, 1, 1), date(2021, 12, 31)) is not None
    assert paths == []


@pytest.mark.parametrize(
    "bars",
    [
        [["2026-11-19T09:15:00+05:30", 10, 9, 11, 10, 5, 0]],
        [bar("2026-11-19T09:15:00+05:30"), bar("2026-11-19T09:15:00+05:30")],
        [["2026-11-19T09:15:00", 10, 11, 9, 10, 5, 0]],
        [[1795059900, 10, 11, 9]],
    ],
)
async def test_candles_that_cannot_be_are_bad_data(tmp_path: Path, bars: list[Any]) -> None:
    door, _ = history(tmp_path, lambda _: bars)
    with pytest.raises(BadData):
        await door.today(NIFTY)
