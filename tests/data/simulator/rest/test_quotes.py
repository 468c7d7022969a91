from dataclasses import replace
from datetime import date

import httpx
import pytest

from data.simulator.market import Contract, Market
from data.simulator.symbols import exchange_symbol, map_key
from tests.data.simulator.running import NIFTY, RELIANCE, StillClock, data


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
