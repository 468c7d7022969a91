"""Many orders at once, and the ways to end everything."""

from typing import Any

import httpx
import pytest

from data.simulator.market import Market
from tests.data.simulator.running import RELIANCE, StillClock, data, error_code
from tests.data.simulator.trader import details, option, order, place, position

MULTI = "/v2/order/multi/place"


def lines(market: Market, *sides: str) -> list[dict[str, Any]]:
    key = option(market).key
    return [
        order(key, side, price=170.0, slice=False, correlation_id=f"leg{i}")
        for i, side in enumerate(sides)
    ]


async def test_what_buys_goes_first_and_the_answer_keeps_the_order_of_the_lines(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    answer = await exchange.post(MULTI, json=lines(market, "SELL", "BUY"))
    sold, bought = answer.json()["data"]
    assert (sold["correlation_id"], bought["correlation_id"]) == ("leg0", "leg1")
    assert bought["order_id"] < sold["order_id"]
    assert answer.json()["summary"] == {"total": 2, "payload_error": 0, "success": 2, "error": 0}


async def test_slices_of_a_line_are_counted_on(exchange: httpx.AsyncClient, market: Market) -> None:
    [line] = lines(market, "BUY")
    answer = await exchange.post(MULTI, json=[line | {"slice": True, "quantity": 65 * 30}])
    assert [row["correlation_id"] for row in answer.json()["data"]] == ["leg0_1", "leg0_2"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"correlation_id": ""}, "UDAPI1115"),
        ({"correlation_id": "x" * 21}, "UDAPI1116"),
        ({"correlation_id": "leg1"}, "UDAPI1117"),
        ({"quantity": 0}, "UDAPI1052"),
    ],
)
async def test_one_bad_line_refuses_all(
    exchange: httpx.AsyncClient, market: Market, change: dict[str, Any], code: str
) -> None:
    good, bad = lines(market, "BUY", "BUY")[1], lines(market, "BUY")[0]
    answer = await exchange.post(MULTI, json=[good, bad | change])
    assert answer.status_code == 400
    assert [error["error_code"] for error in answer.json()["errors"]] == [code]
    assert await data(exchange, "/v2/order/retrieve-all") == []


async def test_no_lines_and_too_many_are_refused(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    assert error_code(await exchange.post(MULTI, json=[])) == "UDAPI1114"
    many = lines(market, *["BUY"] * 26)
    assert error_code(await exchange.post(MULTI, json=many)) == "UDAPI1118"
    assert error_code(await exchange.post(MULTI, json={})) == "UDAPI100036"


async def test_all_that_works_is_cancelled_or_what_carries_a_tag(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    key, path = option(market).key, "/v2/order/multi/cancel"
    plain = await place(exchange, key, price=50.0)
    tagged = await place(exchange, key, price=50.0, tag="mine")
    answer = await exchange.delete(path, params={"tag": "mine"})
    assert answer.json()["data"]["order_ids"] == [tagged]
    answer = await exchange.delete(path, params={"segment": "NSE_EQ"})
    assert error_code(answer) == "UDAPI1109"
    answer = await exchange.delete(path, params={"segment": "MOON"})
    assert error_code(answer) == "UDAPI1108"
    assert (await exchange.delete(path)).json()["data"]["order_ids"] == [plain]


async def test_all_positions_are_closed_but_shares_to_keep(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call, put, path = option(market), option(market, kind="PE"), "/v2/order/positions/exit"
    assert error_code(await exchange.post(path, json={})) == "UDAPI1111"
    await place(exchange, call.key, order_type="MARKET")
    await place(exchange, put.key, "SELL", order_type="MARKET")
    await place(exchange, RELIANCE, order_type="MARKET", quantity=1)
    answer = await exchange.post(path, json={})
    first, second = [await details(exchange, o) for o in answer.json()["data"]["order_ids"]]
    assert (first["transaction_type"], first["instrument_token"]) == ("BUY", put.key)
    assert (second["transaction_type"], second["order_type"]) == ("SELL", "MARKET")
    for key, left in ((call.key, 0), (put.key, 0), (RELIANCE, 1)):
        assert (await position(exchange, key))["quantity"] == left
    await place(exchange, call.key, order_type="MARKET")
    clock.advance(5 * 3600)
    assert error_code(await exchange.post(path, json={})) == "UDAPI1113"


async def test_a_tag_closes_what_was_traded_under_it_within_the_day(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    call = option(market)
    for tag in ("mine", None):
        await place(exchange, call.key, order_type="MARKET", product="I", tag=tag)
    answer = await exchange.post("/v2/order/positions/exit", params={"tag": "mine"}, json={})
    assert answer.status_code == 200, answer.text
    assert (await position(exchange, call.key, "I"))["quantity"] == 65
