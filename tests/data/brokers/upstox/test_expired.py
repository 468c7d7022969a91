"""Expired contracts: the broker's answers as ours, from its own samples and a scripted network."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from core.errors import BadData, BrokerRejected
from core.ids import InstrumentKey
from core.instruments.candle import Interval
from core.instruments.instrument import Kind
from data.brokers.upstox.expired import UpstoxExpired
from tests.data.brokers.upstox.parts import Broker, Parts, bad, good

NIFTY = InstrumentKey("NSE_INDEX|Nifty 50")
EXPIRY = date(2026, 11, 17)
SAMPLES = Path(__file__).parents[4].parent / "shared/reference/upstox-samples"


def asking(home: Path, *answers: Any) -> tuple[UpstoxExpired, Parts, Broker]:
    broker = Broker(*(good(data) for data in answers))
    parts = Parts(home, broker)
    return UpstoxExpired(parts.http), parts, broker


def sample(name: str) -> Any:
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip("../shared is not here")
    return json.loads(path.read_text())["data"]


async def test_expiries_come_oldest_first(tmp_path: Path) -> None:
    expired, _, broker = asking(tmp_path, ["2026-11-17", "2026-05-26"])
    assert await expired.expiries(NIFTY) == [date(2026, 5, 26), EXPIRY]
    assert broker.asked[0].url.path == "/v2/expired-instruments/expiries"
    assert broker.asked[0].url.params["instrument_key"] == NIFTY
    assert "authorization" in broker.asked[0].headers


async def test_contracts_carry_their_expiry_in_their_key(tmp_path: Path) -> None:
    expired, _, broker = asking(tmp_path, sample("get-expired-option-contracts.json"))
    found = await expired.options(NIFTY, EXPIRY)
    assert {one.kind for one in found} <= {Kind.CALL, Kind.PUT}
    assert all(one.strike and one.expiry for one in found)
    assert all(one.key.count("|") == 2 for one in found)
    assert broker.asked[0].url.params["expiry_date"] == "2026-11-17"


async def test_daily_bars_are_asked_by_the_whole_key(tmp_path: Path) -> None:
    rows = [
        ["2026-11-17T00:00:00+05:30", 60.0, 61.0, 0.05, 0.05, 650, 0],
        ["2026-11-16T00:00:00+05:30", 80.0, 90.0, 55.0, 60.0, 1300, 65],
    ]
    expired, _, broker = asking(tmp_path, {"candles": rows})
    key = InstrumentKey("NSE_FO|47983|17-11-2026")
    bars = await expired.days(key, date(2026, 11, 1), EXPIRY)
    assert broker.asked[0].url.raw_path.decode() == (
        "/v2/expired-instruments/historical-candle/NSE_FO%7C47983%7C17-11-2026/day/"
        "2026-11-17/2026-11-01"
    )
    assert bars.close.tolist() == [60.0, 0.05]
    first = datetime.fromtimestamp(int(bars.time[0]), UTC)
    assert first == datetime(2026, 11, 15, 18, 30, tzinfo=UTC)


async def test_minutes_of_a_long_span_are_asked_for_in_pieces(tmp_path: Path) -> None:
    expired, _, broker = asking(tmp_path, {"candles": []})
    key = InstrumentKey("NSE_FO|47983|17-11-2026")
    await expired.bars(key, Interval.parse("5m"), date(2026, 9, 20), EXPIRY)
    words = [request.url.path.rsplit("/", 3)[1:] for request in broker.asked]
    assert words == [
        ["5minute", "2026-10-19", "2026-09-20"],
        ["5minute", "2026-11-17", "2026-10-20"],
    ]


async def test_futures_have_neither_strike_nor_week(tmp_path: Path) -> None:
    expired, _, broker = asking(tmp_path, sample("get-expired-future-contracts.json"))
    (found,) = await expired.futures(NIFTY, date(2026, 10, 27))
    assert (found.kind, found.strike, found.weekly) == (Kind.FUTURE, None, None)
    assert found.key == "NSE_FO|47001|27-10-2026"
    assert broker.asked[0].url.path == "/v2/expired-instruments/future/contract"


async def test_the_brokers_sample_of_bars_is_understood(tmp_path: Path) -> None:
    expired, _, _ = asking(tmp_path, sample("get-expired-historical-candles.json"))
    bars = await expired.days(InstrumentKey("NSE_FO|1|17-11-2026"), EXPIRY, EXPIRY)
    assert len(bars) > 0


async def test_impossible_bars_are_counted_and_refused(tmp_path: Path) -> None:
    row = ["2026-11-17T00:00:00+05:30", 60.0, 50.0, 0.05, 0.05, 650, 0]
    expired, parts, _ = asking(tmp_path, {"candles": [row]})
    with pytest.raises(BadData):
        await expired.days(InstrumentKey("NSE_FO|1|17-11-2026"), EXPIRY, EXPIRY)
    assert parts.health.bad_data["expired candles"] == 1


async def test_an_account_without_the_plan_is_told_by_the_brokers_code(tmp_path: Path) -> None:
    parts = Parts(tmp_path, Broker(bad(403, "UDAPI1149", "Plus plan only")))
    with pytest.raises(BrokerRejected) as refused:
        await UpstoxExpired(parts.http).expiries(NIFTY)
    assert refused.value.code == "UDAPI1149"


async def test_an_expiry_that_is_no_day_is_refused(tmp_path: Path) -> None:
    expired, _, _ = asking(tmp_path, ["soon"])
    with pytest.raises(BadData):
        await expired.expiries(NIFTY)
