"""Orders that are changed, cancelled, triggered."""

from typing import Any

import httpx
import pytest

from data.simulator.market import Market
from tests.data.simulator.running import StillClock, error_code
from tests.data.simulator.trader import details, option, order, place, place_all, statuses, trades


async def modify(client: httpx.AsyncClient, order_id: str, **change: Any) -> httpx.Response:
    usual = {"validity": "DAY", "order_type": "LIMIT", "trigger_price": 0, "order_id": order_id}
    return await client.put("/v3/order/modify", json=usual | change)


async def cancel(client: httpx.AsyncClient, order_id: str) -> httpx.Response:
    return await client.delete("/v3/order/cancel", params={"order_id": order_id})


async def test_a_changed_order_keeps_its_id_and_trades_at_the_new_price(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    found = await place(exchange, call.key, price=100.0)
    ask = float(market.ladder(call.key, clock.ms, 1).ask[0])
    assert (await modify(exchange, found, price=ask, quantity=130)).status_code == 200
    told = await details(exchange, found)
    assert (told["status"], told["quantity"]) == ("complete", 130)
    assert told["order_request_id"] == "2"
    assert await statuses(exchange, found) == [
        "put order req received", "validation pending", "open pending", "open",
        "modify validation pending", "modify pending", "modified", "open", "complete",
    ]  # fmt: skip


async def test_a_change_that_breaks_a_rule_leaves_the_order_as_it_was(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    found = await place(exchange, option(market).key, price=100.0)
    assert (await modify(exchange, found, price=100.03)).status_code == 200
    told = await details(exchange, found)
    assert (told["status"], told["price"]) == ("open", 100.0)
    assert "not modified" in await statuses(exchange, found)


async def test_what_is_final_can_neither_be_changed_nor_cancelled(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    found = await place(exchange, option(market).key, price=100.0)
    assert (await cancel(exchange, found)).status_code == 200
    assert (await statuses(exchange, found))[-2:] == ["cancel pending", "cancelled"]
    assert error_code(await cancel(exchange, found)) == "UDAPI100040"
    assert error_code(await modify(exchange, found, price=99.0)) == "UDAPI100041"


@pytest.mark.parametrize(
    ("order_id", "code"),
    [("", "UDAPI1023"), ("no such", "UDAPI1010"), ("261118999999999", "UDAPI100010")],
)
async def test_an_order_that_is_not_there_is_refused_by_its_code(
    exchange: httpx.AsyncClient, order_id: str, code: str
) -> None:
    assert error_code(await cancel(exchange, order_id)) == code
    answer = await exchange.get("/v2/order/details", params={"order_id": order_id})
    assert error_code(answer) == code


async def test_a_stop_waits_for_a_trade_at_its_trigger_and_then_takes_the_book(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    last = market.last_price(call.key, clock.ms)
    found = await place(exchange, call.key, order_type="SL", trigger_price=last + 2, price=last + 4)
    assert (await details(exchange, found))["status"] == "trigger pending"
    clock.advance(600)
    assert (await statuses(exchange, found))[3:] == ["open", "trigger pending", "open", "complete"]
    [(_, price)] = await trades(exchange, found)
    assert last + 1 < price <= last + 4


async def test_what_an_ioc_order_does_not_get_at_once_is_cancelled(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    book = market.ladder(call.key, clock.ms, 1)
    shown = int(book.ask_qty[0])
    found = await place(
        exchange, call.key, price=float(book.ask[0]), quantity=shown + 65, validity="IOC"
    )
    told = await details(exchange, found)
    assert (told["status"], told["filled_quantity"]) == ("cancelled", shown)


async def test_at_market_the_protection_is_the_worst_price(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    last = market.last_price(call.key, clock.ms)
    made = await place_all(
        exchange,
        call.key,
        order_type="MARKET",
        quantity=65 * 27 * 5,
        market_protection=1,
        slice=True,
    )
    rows = [await details(exchange, one) for one in made]
    assert (rows[0]["status"], rows[-1]["status"]) == ("complete", "open")
    prices = [price for one in made for _, price in await trades(exchange, one)]
    assert max(prices) <= last * 1.01


async def test_before_two_own_orders_would_meet_the_resting_one_is_cancelled(
    exchange: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    bid = float(market.ladder(call.key, clock.ms, 1).bid[0])
    resting = await place(exchange, call.key, price=bid)
    await place(exchange, call.key, "SELL", price=bid)
    told = await details(exchange, resting)
    assert (told["status"], told["filled_quantity"]) == ("cancelled", 0)
    assert "Self trade" in told["status_message"]


async def test_the_analytics_token_reads_no_orders_and_places_none(
    exchange: httpx.AsyncClient, market: Market
) -> None:
    exchange.headers["Authorization"] = "Bearer strikedesk-demo-analytics"
    answer = await exchange.get("/v2/order/retrieve-all")
    assert (answer.status_code, error_code(answer)) == (401, "UDAPI1221")
    body = order(option(market).key, price=50.0)
    assert (await exchange.post("/v3/order/place", json=body)).status_code == 401
