from datetime import date

import httpx
import pytest

from data.simulator.market import Market
from data.simulator.rest.candles import months_before
from tests.data.simulator.running import DAY, NIFTY, RELIANCE, StillClock, data

V3, V2 = "/v3/historical-candle", "/v2/historical-candle"


async def test_history_is_newest_first_and_ends_before_today(exchange: httpx.AsyncClient) -> None:
    found = (await data(exchange, f"{V3}/{NIFTY}/days/1/2026-11-30/2026-11-02"))["candles"]
    days = [row[0] for row in found]
    assert days == sorted(days, reverse=True)
    assert days[0] == "2026-11-17T00:00:00+05:30"
    assert days[-1] == "2026-11-02T00:00:00+05:30"
    assert "2026-11-10T00:00:00+05:30" not in days  # a holiday
    for row in found:
        assert row[3] <= min(row[1], row[4]) <= max(row[1], row[4]) <= row[2]


async def test_minutes_begin_at_the_opening_and_make_the_day(exchange: httpx.AsyncClient) -> None:
    path = f"{V3}/{RELIANCE}/minutes"
    ones = (await data(exchange, f"{path}/1/2026-11-17/2026-11-17"))["candles"]
    assert ones[-1][0] == "2026-11-17T09:15:00+05:30"
    fives = (await data(exchange, f"{path}/5/2026-11-17/2026-11-17"))["candles"]
    assert fives[-1][2] == max(row[2] for row in ones[-5:])
    assert fives[-1][5] == sum(row[5] for row in ones[-5:])
    [day] = (await data(exchange, f"{V3}/{RELIANCE}/days/1/2026-11-17/2026-11-17"))["candles"]
    assert day[1] == ones[-1][1]
    assert day[2] == max(row[2] for row in ones)
    assert day[3] == min(row[3] for row in ones)


async def test_hours_are_minutes_in_sixties(exchange: httpx.AsyncClient) -> None:
    hours = await data(exchange, f"{V3}/{NIFTY}/hours/2/2026-11-17/2026-11-17")
    assert hours == await data(exchange, f"{V3}/{NIFTY}/minutes/120/2026-11-17/2026-11-17")
    starts = [row[0][11:16] for row in hours["candles"]]
    assert starts == ["15:15", "13:15", "11:15", "09:15"]


@pytest.mark.parametrize(("unit", "first"), [("weeks", "2026-11-16"), ("months", "2026-11-01")])
async def test_weeks_and_months_are_made_of_their_days(
    exchange: httpx.AsyncClient, unit: str, first: str
) -> None:
    days = (await data(exchange, f"{V3}/{NIFTY}/days/1/2026-11-17/{first}"))["candles"]
    newest, *older = (await data(exchange, f"{V3}/{NIFTY}/{unit}/1/2026-11-17"))["candles"]
    assert newest[0] == f"{first}T00:00:00+05:30"
    assert newest[1] == days[-1][1]
    assert newest[4] == days[0][4]
    assert newest[2] == max(row[2] for row in days)
    assert newest[5] == sum(row[5] for row in days)
    assert older[-1][0].startswith("2000-01" if unit == "months" else "1999-12-27")


async def test_without_a_first_day_the_longest_span_is_given(exchange: httpx.AsyncClient) -> None:
    minutes = (await data(exchange, f"{V3}/{NIFTY}/minutes/15/2026-11-17"))["candles"]
    assert minutes[-1][0].startswith("2026-10-19")  # 17 October is a Saturday
    days = (await data(exchange, f"{V3}/{NIFTY}/days/1/2026-11-17"))["candles"]
    assert days[-1][0].startswith("2016-11-17")


async def test_today_ends_with_the_running_bar(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    found = (await data(exchange, f"{V3}/intraday/{RELIANCE}/minutes/1"))["candles"]
    assert found[0][0] == "2026-11-18T11:42:00+05:30"
    assert found[-1][0] == "2026-11-18T09:15:00+05:30"
    assert found[0][4] == market.quotes([RELIANCE], clock.ms).ltp[0]
    older = (await data(exchange, f"{V2}/intraday/{RELIANCE}/1minute"))["candles"]
    assert older == found


@pytest.mark.parametrize("hour", [5, 9])
async def test_before_the_opening_today_is_the_last_session(
    exchange: httpx.AsyncClient, clock: StillClock, hour: int
) -> None:
    clock.set(DAY.replace(hour=hour))
    found = (await data(exchange, f"{V3}/intraday/{RELIANCE}/minutes/1"))["candles"]
    assert found[0][0].startswith("2026-11-17")


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 15), 3, date(2025, 10, 15)),
        (date(2024, 2, 29), 120, date(2014, 2, 28)),
        (date(2026, 12, 31), 12, date(2025, 12, 31)),
    ],
)
def test_months_are_counted_by_the_calendar(day: date, months: int, expected: date) -> None:
    assert months_before(day, months) == expected
