import gzip
import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import pytest

from core.clock import IST
from data.simulator.listing import make_listing
from data.simulator.market import Contract, Market
from data.simulator.rest.candles import months_before
from data.simulator.rest.open_interest import Interest
from data.simulator.rest.options import profit_chance
from data.simulator.symbols import exchange_symbol, map_key
from tests.data.simulator.running import DAY, NIFTY, RELIANCE, StillClock, app_at, error_code

EXPIRY = "2026-11-23"
V3, V2 = "/v3/historical-candle", "/v2/historical-candle"
INTEREST = {"instrument_key": NIFTY, "expiry": EXPIRY, "date": "2026-11-18"}


async def data(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "success"
    return answer.json()["data"]


@pytest.fixture(scope="module")
def listed(market: Market) -> dict[str, Contract]:
    return dict(market.listed(DAY.date()))


# Errors, by the documents


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("/v2/market-quote/quotes", {}, "UDAPI1009"),
        ("/v3/market-quote/ltp", {"instrument_key": "Nifty 50"}, "UDAPI1011"),
        ("/v3/market-quote/ltp", {"instrument_key": "NSE_INDEX|A'; DROP TABLE x"}, "UDAPI1011"),
        ("/v3/market-quote/ltp", {"instrument_key": f"{NIFTY},NSE_EQ|NOBODY"}, "UDAPI1087"),
        ("/v3/market-quote/ohlc", {"instrument_key": NIFTY}, "UDAPI1027"),
        ("/v3/market-quote/ohlc", {"instrument_key": NIFTY, "interval": "5m"}, "UDAPI1028"),
        ("/v2/option/chain", {"instrument_key": NIFTY}, "UDAPI1088"),
        ("/v2/option/chain", {"instrument_key": NIFTY, "expiry_date": "24-11-2026"}, "UDAPI1088"),
        ("/v2/option/chain", {"instrument_key": "NSE_INDEX|No", "expiry_date": EXPIRY},
         "UDAPI100011"),
        ("/v2/option/contract", {}, "UDAPI100011"),
        ("/v2/expired-instruments/option/contract", {"instrument_key": NIFTY}, "UDAPI1088"),
        ("/v2/market/holidays/yesterday", {}, "UDAPI1088"),
        ("/v2/market/timings/2026-13-01", {}, "UDAPI1088"),
        ("/v2/market/status/NSE_EQ", {}, "UDAPI1089"),
        ("/v2/market/oi", INTEREST | {"date": "2026-11-15"}, "UDAPI1088"),  # a Sunday
        ("/v2/market/oi", INTEREST | {"expiry": "2026-11-22"}, "UDAPI1088"),
        ("/v2/market/pcr", INTEREST, "UDAPI1028"),
        ("/v2/market/pcr", INTEREST | {"bucket_interval": "0"}, "UDAPI1028"),
        ("/v2/instruments/search", {}, "UDAPI100036"),
        ("/v2/instruments/search", {"query": "a", "records": "31"}, "UDAPI100036"),
        ("/v2/instruments/search", {"query": "a", "page_number": "0"}, "UDAPI100036"),
        (f"{V3}/Nifty/days/1/2026-11-17", {}, "UDAPI1021"),
        (f"{V3}/NSE_EQ|NOBODY/days/1/2026-11-17", {}, "UDAPI100011"),
        (f"{V3}/{NIFTY}/years/1/2026-11-17", {}, "UDAPI1146"),
        (f"{V3}/{NIFTY}/minutes/301/2026-11-17", {}, "UDAPI1147"),
        (f"{V3}/{NIFTY}/minutes/0/2026-11-17", {}, "UDAPI1147"),
        (f"{V3}/{NIFTY}/hours/6/2026-11-17", {}, "UDAPI1147"),
        (f"{V3}/{NIFTY}/days/2/2026-11-17", {}, "UDAPI1147"),
        (f"{V3}/{NIFTY}/days/1/17-11-2026", {}, "UDAPI1022"),
        (f"{V3}/{NIFTY}/days/1/2026-11-17/2026-11-18", {}, "UDAPI1015"),
        (f"{V3}/{NIFTY}/days/1/2026-11-17/then", {}, "UDAPI1015"),
        (f"{V3}/{NIFTY}/minutes/15/2026-11-17/2026-10-16", {}, "UDAPI1148"),
        (f"{V3}/{NIFTY}/minutes/16/2026-11-17/2026-08-16", {}, "UDAPI1148"),
        (f"{V3}/{NIFTY}/hours/1/2026-11-17/2026-08-16", {}, "UDAPI1148"),
        (f"{V3}/{NIFTY}/days/1/2026-11-17/2016-11-16", {}, "UDAPI1148"),
        (f"{V3}/intraday/{NIFTY}/weeks/1", {}, "UDAPI1146"),
        (f"{V2}/{NIFTY}/5minute/2026-11-17", {}, "UDAPI1020"),
        (f"{V2}/intraday/{NIFTY}/day", {}, "UDAPI1020"),
        ("/v2/expired-instruments/historical-candle/NSE_FO|1/day/2026-11-17/2026-11-16", {},
         "UDAPI1021"),
        ("/v2/expired-instruments/historical-candle/NSE_FO|1|17-11-2026/day/2026-11-17/2026-11-16",
         {}, "UDAPI100011"),
    ],
)  # fmt: skip
async def test_each_mistake_has_its_documented_code(
    exchange: httpx.AsyncClient, path: str, query: dict[str, str], code: str
) -> None:
    answer = await exchange.get(path, params=query)
    assert (answer.status_code, error_code(answer)) == (400, code)


@pytest.mark.parametrize(
    ("path", "most", "code"),
    [
        ("/v2/market-quote/quotes", 500, "UDAPI100042"),
        ("/v3/market-quote/quotes", 500, "UDAPI100042"),
        ("/v3/market-quote/ltp", 500, "UDAPI100043"),
        ("/v3/market-quote/ohlc", 500, "UDAPI100043"),
        ("/v3/market-quote/option-greek", 50, "UDAPI100076"),
    ],
)
async def test_so_many_keys_and_not_one_more(
    exchange: httpx.AsyncClient, listed: dict[str, Contract], path: str, most: int, code: str
) -> None:
    keys = [c.key for c in listed.values() if c.type in ("CE", "PE")][: most + 1]
    query = {"interval": "1d", "instrument_key": ",".join(keys[:most])}
    assert (await exchange.get(path, params=query)).status_code == 200
    query["instrument_key"] = ",".join(keys)
    assert error_code(await exchange.get(path, params=query)) == code


# Quotes


async def test_quotes_are_filed_under_the_exchange_s_own_symbols(
    exchange: httpx.AsyncClient, listed: dict[str, Contract]
) -> None:
    options = [c for c in listed.values() if c.underlying == "NIFTY" and c.type == "CE"]
    weekly = next(c for c in options if c.weekly)
    monthly = next(c for c in options if not c.weekly)
    future = next(c for c in listed.values() if c.type == "FUT" and c.underlying == "NIFTY")
    keys = [NIFTY, RELIANCE, weekly.key, monthly.key, future.key]
    found = await data(exchange, "/v3/market-quote/ltp", instrument_key=",".join(keys))
    assert list(found) == [map_key(listed[key]) for key in keys]
    assert [quote["instrument_token"] for quote in found.values()] == keys
    assert list(found)[:2] == ["NSE_INDEX:Nifty 50", "NSE_EQ:RELIANCE"]


@pytest.mark.parametrize(
    ("expiry", "weekly", "strike", "kind", "symbol"),
    [
        (date(2026, 11, 24), True, 26000.0, "CE", "NIFTY26N2426000CE"),
        (date(2026, 11, 23), False, 26000.0, "PE", "NIFTY26NOV26000PE"),
        (date(2026, 9, 15), True, 23500.0, "PE", "NIFTY2691523500PE"),
        (date(2026, 10, 6), True, 102.5, "CE", "NIFTY26O06102.5CE"),
        (date(2026, 12, 29), False, 0.0, "FUT", "NIFTY26DECFUT"),
    ],
)
def test_symbols_are_written_as_the_exchange_does(
    listed: dict[str, Contract], expiry: date, weekly: bool, strike: float, kind: str, symbol: str
) -> None:
    one = next(c for c in listed.values() if c.underlying == "NIFTY")
    contract = replace(one, expiry=expiry, weekly=weekly, strike=strike, type=kind)
    assert exchange_symbol(contract) == symbol


async def test_the_older_name_of_the_key_list_is_understood(exchange: httpx.AsyncClient) -> None:
    new = await data(exchange, "/v2/market-quote/ltp", instrument_key=NIFTY)
    assert await data(exchange, "/v2/market-quote/ltp", symbol=NIFTY) == new


async def test_every_kind_of_quote_tells_the_same_price(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    expected = market.quotes([RELIANCE], clock.ms).ltp[0]
    for path in ("quotes", "ltp", "ohlc"):
        for version in ("v2", "v3"):
            found = await data(
                exchange,
                f"/{version}/market-quote/{path}",
                instrument_key=RELIANCE,
                interval="1d",
            )
            assert found["NSE_EQ:RELIANCE"]["last_price"] == expected


async def test_greeks_are_those_of_the_market_iv_as_a_fraction(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock, listed: dict[str, Contract]
) -> None:
    spot = market.spot("NIFTY", clock.ms)
    options = [c for c in listed.values() if c.underlying == "NIFTY" and c.type == "CE"]
    call = min(options, key=lambda c: (c.expiry, abs(c.strike - spot)))
    found = await data(exchange, "/v3/market-quote/option-greek", instrument_key=call.key)
    quotes = market.quotes([call.key], clock.ms)
    [answer] = found.values()
    assert answer["delta"] == quotes.delta[0]
    assert answer["iv"] == quotes.iv[0] < 1


async def test_minute_bars_come_with_the_one_before_and_day_bars_alone(
    exchange: httpx.AsyncClient, clock: StillClock
) -> None:
    path, key = "/v3/market-quote/ohlc", "NSE_EQ:RELIANCE"
    minute = (await data(exchange, path, instrument_key=RELIANCE, interval="I1"))[key]
    assert minute["live_ohlc"]["ts"] - minute["prev_ohlc"]["ts"] == 60_000
    assert minute["live_ohlc"]["ts"] == clock.ms // 60_000 * 60_000
    day = (await data(exchange, path, instrument_key=RELIANCE, interval="1d"))[key]
    assert day["prev_ohlc"] is None
    assert day["live_ohlc"]["low"] <= day["last_price"] <= day["live_ohlc"]["high"]


# Options


async def test_a_chain_holds_both_sides_of_every_strike_and_agrees_with_the_truth(
    exchange: httpx.AsyncClient,
) -> None:
    rows = await data(exchange, "/v2/option/chain", instrument_key=NIFTY, expiry_date=EXPIRY)
    truth = (
        await exchange.get("/sim/state", params={"underlying": "NIFTY", "expiry": EXPIRY})
    ).json()
    assert len(rows) == len(truth["strikes"])
    assert [row["strike_price"] for row in rows] == sorted(row["strike_price"] for row in rows)
    for row in rows:
        strike = f"{row['strike_price']:.2f}".rstrip("0").rstrip(".")
        for side, name in (("CE", "call_options"), ("PE", "put_options")):
            ours, true = row[name], truth["strikes"][strike][side]
            assert ours["instrument_key"] == true["instrument_key"]
            assert ours["market_data"]["ltp"] == true["ltp"]
            assert ours["market_data"]["bid_price"] == true["bid"]
            assert ours["market_data"]["ask_qty"] == true["ask_qty"]
            iv = true["iv"] or 0.0
            assert ours["option_greeks"]["iv"] == pytest.approx(100 * iv, abs=1e-3)
    assert rows[0]["underlying_spot_price"] == truth["spot"]


async def test_an_expiry_may_be_given_by_a_word(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    expiries = market.expiries("NIFTY", DAY.date())
    for word, expected in (
        ("current_week", expiries[0]),
        ("next_week", expiries[1]),
        ("current_month", date(2026, 11, 23)),
        ("next_month", date(2026, 12, 29)),
    ):
        rows = await data(exchange, "/v2/option/chain", instrument_key=NIFTY, expiry_date=word)
        assert rows[0]["expiry"] == expected.isoformat(), word


async def test_contracts_list_all_expiries_or_one(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    every = await data(exchange, "/v2/option/contract", instrument_key=NIFTY)
    days = sorted({row["expiry"] for row in every})
    assert days == [day.isoformat() for day in market.expiries("NIFTY", DAY.date())]
    one = await data(exchange, "/v2/option/contract", instrument_key=NIFTY, expiry_date=EXPIRY)
    assert one == [row for row in every if row["expiry"] == EXPIRY]


def test_the_chance_of_profit_falls_with_the_price_paid(listed: dict[str, Contract]) -> None:
    one = next(c for c in listed.values() if c.underlying == "NIFTY")
    call = replace(one, type="CE", strike=100.0)
    put = replace(one, type="PE", strike=100.0)
    assert profit_chance(call, 0.0, 0.2, 100.0, 0.25) == pytest.approx(0.48006, abs=1e-4)
    assert profit_chance(put, 0.0, 0.2, 100.0, 0.25) == pytest.approx(0.51994, abs=1e-4)
    assert profit_chance(call, 5.0, 0.2, 100.0, 0.25) < 0.35
    assert profit_chance(call, 5.0, float("nan"), 100.0, 0.25) == 0.0


async def test_expired_contracts_carry_their_expiry_in_their_key(
    exchange: httpx.AsyncClient,
) -> None:
    days = await data(exchange, "/v2/expired-instruments/expiries", instrument_key=NIFTY)
    assert days == sorted(days)
    assert "2026-05-01" < days[0] < days[-1] < "2026-11-18"
    rows = await data(
        exchange,
        "/v2/expired-instruments/option/contract",
        instrument_key=NIFTY,
        expiry_date=days[-1],
    )
    ending = datetime.fromisoformat(days[-1]).strftime("%d-%m-%Y")
    assert all(row["instrument_key"] == f"NSE_FO|{row['exchange_token']}|{ending}" for row in rows)
    key = rows[len(rows) // 2]["instrument_key"]
    path = f"/v2/expired-instruments/historical-candle/{quote(key)}/day/2026-11-18/2026-11-01"
    candles = (await data(exchange, path))["candles"]
    assert candles[0][0] == f"{days[-1]}T00:00:00+05:30"


async def test_what_has_not_expired_is_not_among_the_expired(exchange: httpx.AsyncClient) -> None:
    path = "/v2/expired-instruments/option/contract"
    assert await data(exchange, path, instrument_key=NIFTY, expiry_date=EXPIRY) == []


# Candles


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


# Instruments


async def records(client: httpx.AsyncClient, name: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/market-quote/instruments/exchange/{name}.json.gz")
    assert answer.status_code == 200
    return list(json.loads(gzip.decompress(answer.content)))


async def test_the_files_list_the_day_and_split_by_exchange(
    exchange: httpx.AsyncClient, listed: dict[str, Contract]
) -> None:
    complete = await records(exchange, "complete")
    assert {row["instrument_key"] for row in complete} == set(listed)
    nse, bse = await records(exchange, "NSE"), await records(exchange, "BSE")
    assert len(nse) + len(bse) == len(complete)
    assert {row["exchange"] for row in bse} == {"BSE"}
    answer = await exchange.get("/market-quote/instruments/exchange/MCX.json.gz")
    assert answer.status_code == 404


async def test_ticks_are_in_paise_and_expiries_at_the_end_of_the_indian_day(
    exchange: httpx.AsyncClient,
) -> None:
    rows = await records(exchange, "NSE")
    option = next(r for r in rows if r["instrument_type"] == "CE" and r["name"] == "NIFTY")
    assert option["tick_size"] == 5.0
    ends = datetime.fromtimestamp(option["expiry"] / 1000, IST)
    assert (ends.hour, ends.minute, ends.second) == (23, 59, 59)


async def test_the_file_is_of_the_simulated_day(
    exchange: httpx.AsyncClient, clock: StillClock
) -> None:
    before = await records(exchange, "NSE")
    clock.set(DAY + timedelta(days=6, hours=10))
    after = await records(exchange, "NSE")
    expired = {row["instrument_key"] for row in before} - {row["instrument_key"] for row in after}
    assert any(row["expiry"] for row in before if row["instrument_key"] in expired)


async def test_a_search_filters_and_pages(exchange: httpx.AsyncClient) -> None:
    path = "/v2/instruments/search"
    query: dict[str, Any] = {"query": "nifty", "segments": "FO", "instrument_types": "CE,PE"}
    first = (await exchange.get(path, params=query | {"expiry": EXPIRY, "records": 7})).json()
    page = first["meta_data"]["page"]
    assert page["records"] == len(first["data"]) == 7
    assert {row["expiry"] for row in first["data"]} == {EXPIRY}
    pages = page["total_pages"]
    last = (
        await exchange.get(
            path, params=query | {"expiry": EXPIRY, "records": 7, "page_number": pages}
        )
    ).json()
    assert len(last["data"]) == page["total_records"] - 7 * (pages - 1)
    assert await data(exchange, path, query="no such thing") == []


async def test_a_search_finds_the_strike_at_the_money(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    found = await data(
        exchange,
        "/v2/instruments/search",
        query="NIFTY",
        instrument_types="CE,PE",
        expiry="current_week",
        atm_offset=0,
    )
    mine = [row for row in found if row["underlying_symbol"] == "NIFTY"]
    assert {row["instrument_type"] for row in mine} == {"CE", "PE"}
    assert abs(mine[0]["strike_price"] - market.spot("NIFTY", clock.ms)) <= 25


async def test_a_search_puts_the_index_first(exchange: httpx.AsyncClient) -> None:
    found = await data(exchange, "/v2/instruments/search", query="nifty")
    assert found[0]["instrument_key"] == NIFTY


# Calendar


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


# Open interest


async def test_open_interest_agrees_with_the_chain(exchange: httpx.AsyncClient) -> None:
    rows = await data(exchange, "/v2/option/chain", instrument_key=NIFTY, expiry_date=EXPIRY)
    found = await data(exchange, "/v2/market/oi", **INTEREST)
    calls = sum(row["call_options"]["market_data"]["oi"] for row in rows)
    puts = sum(row["put_options"]["market_data"]["oi"] for row in rows)
    assert (found["total_calls"], found["total_puts"]) == (calls, puts)
    assert found["expiry"] == "23-11-2026"
    ratio = await data(exchange, "/v2/market/pcr", **INTEREST, bucket_interval=30)
    assert ratio["pcr"] == pytest.approx(puts / calls, abs=1e-4)
    assert [row["time"] for row in ratio["insights"]] == [
        "09:15", "09:45", "10:15", "10:45", "11:15"
    ]  # fmt: skip


async def test_change_is_against_the_close_of_the_day_before(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    change = await data(exchange, "/v2/market/change-oi", **INTEREST, interval=1)
    now = await data(exchange, "/v2/market/oi", **INTEREST)
    before = await data(exchange, "/v2/market/oi", **INTEREST | {"date": "2026-11-17"})
    assert change["total_call_change_oi"] == now["total_calls"] - before["total_calls"]
    listed = {row["strike_price"] for row in now["call_put_oi_data_list"]}
    assert {row["strike_price"] for row in change["call_put_oi_data_list"]} == listed


def test_max_pain_is_where_holders_get_least() -> None:
    found = Interest(
        np.array([90.0, 100.0, 110.0]), np.array([10, 20, 90]), np.array([80, 30, 5]), 101.0
    )
    # at 90: puts 30·10 + 5·20 = 400; at 100: calls 10·10 + puts 5·10 = 150; at 110: 400
    assert found.max_pain == 100.0
    assert found.ratio == round(115 / 120, 4)


# Truth


async def test_the_truth_is_for_this_machine_only(market: Market, clock: StillClock) -> None:
    transport = httpx.ASGITransport(app_at(market, clock, faults=True), client=("10.0.0.5", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://exchange") as client:
        for path in ("/sim/clock", "/sim/state", "/sim/faults", "/sim/load"):
            answer = await client.get(path)
            assert (answer.status_code, error_code(answer)) == (404, "UDAPI100060")


async def test_the_truth_names_every_figure_of_the_contract(exchange: httpx.AsyncClient) -> None:
    query = {"underlying": "NIFTY", "expiry": EXPIRY}
    state = (await exchange.get("/sim/state", params=query)).json()
    assert state.keys() == {
        "now", "seed", "spot", "forward", "strikes", "orders", "trades", "positions"
    }  # fmt: skip
    side = next(iter(state["strikes"].values()))["CE"]
    assert side.keys() == {
        "instrument_key", "ltp", "bid", "ask", "bid_qty", "ask_qty", "volume", "oi", "oi_prev",
        "iv", "delta", "gamma", "theta", "vega",
    }  # fmt: skip
    clock = (await exchange.get("/sim/clock")).json()
    assert clock == {"now": state["now"], "speed": 1.0, "clock": "open", "session": "open"}
    answer = await exchange.get("/sim/state", params=query | {"underlying": "<b>"})
    assert answer.status_code == 404


def test_a_listing_knows_its_chains(market: Market) -> None:
    listing = make_listing(DAY.date(), market.listed(DAY.date()))
    chain = listing.chain(NIFTY, date(2026, 11, 23))
    assert [c.type for c in chain[:4]] == ["CE", "PE", "CE", "PE"]
    assert listing.chain(NIFTY, date(2026, 11, 22)) == ()
    assert listing.expiry_of(NIFTY, "far_week") == listing.expiries(NIFTY)[2]
    assert listing.expiry_of("NSE_EQ|NOBODY", "current_week") is None


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v2/expired-instruments/option/contract", {"expiry_date": "2026-11-16"}),
        ("/v2/expired-instruments/future/contract", {"expiry_date": "1999-01-01"}),
        ("/v2/expired-instruments/expiries", {"instrument_key": "NSE_INDEX|India VIX"}),
        ("/v2/option/contract", {"instrument_key": "NSE_INDEX|India VIX"}),
        ("/v2/option/chain", {"expiry_date": "2031-01-01"}),
    ],
)
async def test_where_there_is_nothing_the_answer_is_an_empty_list(
    exchange: httpx.AsyncClient, path: str, query: dict[str, str]
) -> None:
    assert await data(exchange, path, **{"instrument_key": NIFTY} | query) == []


async def test_open_interest_of_what_has_no_options_is_refused(exchange: httpx.AsyncClient) -> None:
    query = INTEREST | {"instrument_key": "NSE_INDEX|India VIX"}
    assert error_code(await exchange.get("/v2/market/oi", params=query)) == "UDAPI100011"
