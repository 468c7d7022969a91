"""What is refused at once by its code, and what is taken first and rejected by update."""

from typing import Any

import httpx
import pytest

from data.simulator.limits import ORDERS
from data.simulator.market import Market
from tests.data.simulator.running import (
    DAY,
    NIFTY,
    RELIANCE,
    StillClock,
    data,
    error_code,
)
from tests.data.simulator.trader import (
    PLACE,
    details,
    option,
    order,
    place,
    place_all,
    statuses,
    trader_at,
)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quantity": 0}, "UDAPI1052"),
        ({"quantity": "65"}, "UDAPI100036"),
        ({"quantity": -65}, "UDAPI100036"),
        ({"quantity": True}, "UDAPI100036"),
        ({"product": None}, "UDAPI1006"),
        ({"product": "CO"}, "UDAPI1054"),
        ({"validity": None}, "UDAPI1007"),
        ({"validity": "GTC"}, "UDAPI1055"),
        ({"price": None}, "UDAPI1008"),
        ({"price": -1}, "UDAPI100036"),
        ({"price": 1e300}, "UDAPI100036"),
        ({"order_type": None}, "UDAPI1004"),
        ({"order_type": "STOP"}, "UDAPI1056"),
        ({"transaction_type": "HOLD"}, "UDAPI1057"),
        ({"instrument_token": None}, "UDAPI1026"),
        ({"instrument_token": "nonsense"}, "UDAPI100011"),
        ({"instrument_token": "NSE_FO|1"}, "UDAPI100011"),
        ({"instrument_token": NIFTY}, "UDAPI100011"),
        ({"instrument_token": "MCX_FO|1"}, "UDAPI1161"),
        ({"trigger_price": None}, "UDAPI1036"),
        ({"order_type": "MARKET", "price": 100}, "UDAPI1040"),
        ({"order_type": "LIMIT", "price": 0}, "UDAPI1043"),
        ({"order_type": "SL", "price": 100}, "UDAPI1041"),
        ({"order_type": "SL-M", "price": 100, "trigger_price": 100}, "UDAPI1042"),
        ({"order_type": "SL", "price": 100, "trigger_price": 101}, "UDAPI1037"),
        (
            {"order_type": "SL", "price": 100, "trigger_price": 99, "transaction_type": "SELL"},
            "UDAPI1038",
        ),
        ({"disclosed_quantity": 5}, "UDAPI1039"),
        ({"tag": "x" * 41}, "UDAPI1119"),
        ({"order_type": "MARKET", "price": 0, "market_protection": 0}, "UDAPI1158"),
        ({"market_protection": 26}, "UDAPI1159"),
        ({"market_protection": 0.5}, "UDAPI1160"),
        ({"market_protection": "auto"}, "UDAPI1160"),
        ({"slice": True, "quantity": 65 * 27 * 26}, "UDAPI1118"),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused_by_its_code(
    exchange: httpx.AsyncClient, market: Market, change: dict[str, Any], code: str
) -> None:
    body = order(option(market).key, price=100.0) | change
    answer = await exchange.post(PLACE, json=body)
    assert (answer.status_code, error_code(answer)) == (400, code)
    assert await data(exchange, "/v2/order/retrieve-all") == []


@pytest.mark.parametrize(
    ("change", "raw"),
    [
        ({"quantity": 66}, "multiple of lot size 65"),
        ({"quantity": 65 * 28}, "exceeds freeze quantity 1755"),
        ({"price": 100.03}, "multiple of the tick size"),
        ({"price": 0.04}, "multiple of the tick size"),
        ({"price": 90_000.0}, "Check circuit limit"),
        ({"order_type": "SL-M", "price": 0, "trigger_price": 300.0}, "SL-M order type blocked"),
        ({"order_type": "SL", "price": 150.0, "trigger_price": 140.0}, "must be above LTP"),
        ({"product": "MTF"}, "MTF blocked"),
    ],
)
async def test_what_breaks_a_rule_is_taken_first_and_rejected_by_update(
    exchange: httpx.AsyncClient, market: Market, change: dict[str, Any], raw: str
) -> None:
    found = await place(exchange, option(market).key, **{"price": 100.0, **change})
    told = await details(exchange, found)
    assert told["status"] == "rejected"
    assert raw in told["status_message_raw"]
    assert (told["exchange_order_id"], told["exchange_timestamp"]) == ("", None)
    assert told["pending_quantity"] == 0
    assert await statuses(exchange, found) == [
        "put order req received", "validation pending", "rejected",
    ]  # fmt: skip


async def test_a_cover_order_of_the_old_call_is_rejected(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    body = order(option(market).key, price=100.0, product="CO")
    answer = await exchange.post("/v2/order/place", json=body)
    told = await details(exchange, answer.json()["data"]["order_id"])
    assert (told["status"], told["status_message_raw"]) == (
        "rejected", "RMS:Rule: Product CO blocked",
    )  # fmt: skip


async def test_too_little_money_is_told_in_the_brokers_words(
    market: Market, clock: StillClock
) -> None:
    async with trader_at(market, clock, cash=10_000) as poor:
        found = await place(poor, option(market).key, price=170.0)
        told = await details(poor, found)
    assert told["status_message_raw"] == "RMS:Margin Exceeds,Required:11050.00, Available:10000.00"
    assert told["status_message"].startswith("You need to add Rs. 1050.00")


async def test_a_market_order_in_an_option_without_trades_is_rejected(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    listed = [c for c in market.listed(DAY.date()).values() if c.underlying == "NIFTY"]
    keys = [c.key for c in listed if c.type == "PE"]
    volume = market.quotes(keys, clock.ms, 1).volume
    idle = keys[int(volume.argmin())]
    assert volume.min() == 0
    found = await place(exchange, idle, order_type="MARKET")
    assert "not traded today" in (await details(exchange, found))["status_message_raw"]


async def test_an_order_above_the_freeze_quantity_is_sliced_when_asked(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    made = await place_all(exchange, option(market).key, price=50.0, quantity=65 * 60, slice=True)
    rows = [await details(exchange, one) for one in made]
    assert [row["quantity"] for row in rows] == [65 * 27, 65 * 27, 65 * 6]
    assert {row["status"] for row in rows} == {"open"}


async def test_the_same_tag_twice_makes_two_orders(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    key = option(market).key
    both = [await place(exchange, key, price=50.0, tag="same") for _ in range(2)]
    assert len(set(both)) == 2
    stages = await data(exchange, "/v2/order/history", tag="same")
    assert {stage["order_id"] for stage in stages} == set(both)


async def test_shares_are_sold_only_as_far_as_they_are_held(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    price = round(market.last_price(RELIANCE, clock.ms) * 1.05, 0)
    first = await place(exchange, RELIANCE, "SELL", price=price, quantity=30)
    second = await place(exchange, RELIANCE, "SELL", price=price, quantity=21)
    assert (await details(exchange, first))["status"] == "open"
    assert "available 20" in (await details(exchange, second))["status_message_raw"]


async def test_orders_are_rejected_on_demand(exchange: httpx.AsyncClient, market: Market) -> None:
    key = option(market).key
    await exchange.post("/sim/faults", json={"kind": "reject_orders", "target": key})
    other = await place(exchange, RELIANCE, price=1300.0, quantity=1)
    struck, after = [await place(exchange, key, price=100.0) for _ in range(2)]
    found = [(await details(exchange, one))["status"] for one in (other, struck, after)]
    assert found == ["open", "rejected", "open"]


async def test_the_eleventh_order_of_a_second_is_too_many(
    market: Market, clock: StillClock
) -> None:
    key = option(market).key
    async with trader_at(market, clock, order_limits=ORDERS) as client:
        answers = [await client.post(PLACE, json=order(key, price=50.0)) for _ in range(10)]
        late = await client.delete("/v3/order/cancel", params={"order_id": "1"})
        assert {answer.status_code for answer in answers} == {200}
        assert (late.status_code, error_code(late)) == (429, "UDAPI10005")


async def test_at_night_no_orders_are_taken(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    key = option(market).key
    clock.advance(13 * 3600)
    answer = await exchange.post(PLACE, json=order(key, price=50.0))
    assert error_code(answer) == "UDAPI100074"
