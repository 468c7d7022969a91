from dataclasses import replace
from datetime import date, datetime
from urllib.parse import quote

import httpx
import pytest

from data.simulator.market import Contract, Market
from data.simulator.rest.options import profit_chance
from tests.data.simulator.running import DAY, NIFTY, data

EXPIRY = "2026-11-23"


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
