from datetime import datetime

import httpx
import pytest

from core.clock import IST
from tests.data.simulator.running import DAY, StillClock, data


async def test_holidays_name_closed_and_open_exchanges(exchange: httpx.AsyncClient) -> None:
    every = await data(exchange, "/v2/market/holidays")
    assert {row["date"][:4] for row in every} == {"2026"}
    [republic] = await data(exchange, "/v2/market/holidays/2026-01-26")
    assert "NFO" in republic["closed_exchanges"]
    [diwali] = await data(exchange, "/v2/market/holidays/2026-11-08")
    assert diwali["holiday_type"] == "SPECIAL_TIMING"
    assert diwali["open_exchanges"]
    assert await data(exchange, "/v2/market/holidays/2026-11-18") == []


async def test_timings_are_those_of_the_day(exchange: httpx.AsyncClient) -> None:
    rows = await data(exchange, "/v2/market/timings/2026-11-18")
    hours = {
        row["exchange"]: [
            datetime.fromtimestamp(row[name] / 1000, IST).strftime("%H:%M")
            for name in ("start_time", "end_time")
        ]
        for row in rows
    }
    assert hours["NSE"] == ["09:15", "15:30"]
    assert hours["NFO"] == ["09:15", "15:40"]
    assert hours["MCX"] == ["09:00", "23:55"]  # New York has winter time
    assert await data(exchange, "/v2/market/timings/2026-11-24") == []


@pytest.mark.parametrize(
    ("hour", "minute", "status", "auction"),
    [
        (8, 0, "NORMAL_CLOSE", "NORMAL_CLOSE"),
        (9, 2, "PRE_OPEN_START", "NORMAL_CLOSE"),
        (12, 0, "NORMAL_OPEN", "NORMAL_OPEN"),
        (15, 21, "NORMAL_CLOSE", "CAS_LM_START"),
    ],
)
async def test_status_follows_the_day(
    exchange: httpx.AsyncClient,
    clock: StillClock,
    hour: int,
    minute: int,
    status: str,
    auction: str,
) -> None:
    clock.set(DAY.replace(hour=hour, minute=minute))
    exchange.headers["Authorization"] = "Bearer strikedesk-demo-analytics"
    found = await data(exchange, "/v2/market/status/NSE")
    assert (found["status"], found["cas_eligible_status"]["status"]) == (status, auction)
    assert found["last_updated"] <= clock.ms
    assert "cas_eligible_status" not in await data(exchange, "/v2/market/status/NFO")
