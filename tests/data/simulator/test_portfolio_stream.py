"""The portfolio stream: what a client hears of its own orders, and in which order."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import websockets
from websockets.asyncio.client import ClientConnection

from data.simulator.limits import GENEROUS
from data.simulator.market import Market
from tests.data.simulator.running import StillClock, app_at, behind_sockets, log_in
from tests.data.simulator.trader import option, order, place

ENTRY = "/v2/feed/portfolio-stream-feed"
ALL = "order,gtt_order,position,holding"


@pytest.fixture
def base(market: Market, clock: StillClock) -> Iterator[str]:
    app = app_at(market, clock, faults=True, rate_limits=GENEROUS, order_limits=GENEROUS)
    with behind_sockets(app) as address:
        yield address


@pytest.fixture
async def trader(base: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=base) as client:
        await log_in(client)
        yield client


@asynccontextmanager
async def stream(trader: httpx.AsyncClient, kinds: str | None = ALL) -> AsyncIterator[Any]:
    query = {} if kinds is None else {"update_types": kinds}
    answer = (await trader.get(f"{ENTRY}/authorize", params=query)).json()["data"]
    assert answer["authorized_redirect_uri"] == answer["authorizedRedirectUri"]
    async with websockets.connect(answer["authorized_redirect_uri"]) as socket:
        yield socket


async def heard(socket: ClientConnection, count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(5):
        return [json.loads(await socket.recv(decode=True)) for _ in range(count)]


async def test_every_step_of_an_order_and_the_position_are_heard_in_order(
    trader: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    price = float(market.ladder(call.key, clock.ms, 1).ask[0])
    async with stream(trader) as socket:
        found = await place(trader, call.key, price=price, tag="mine")
        updates = await heard(socket, 6)
    assert [u.get("status") for u in updates] == [
        "put order req received", "validation pending", "open pending", "open", "complete", None,
    ]  # fmt: skip
    assert {u["order_id"] for u in updates[:5]} == {found}
    assert {u["tag"] for u in updates[:5]} == {"mine"}
    assert (updates[5]["update_type"], updates[5]["quantity"]) == ("position", 65)


async def test_only_what_was_asked_for_is_heard_and_orders_when_nothing_was(
    trader: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    price = float(market.ladder(call.key, clock.ms, 1).ask[0])
    async with stream(trader, "position") as positions, stream(trader, None) as orders:
        await place(trader, call.key, price=price)
        assert [u["update_type"] for u in await heard(positions, 1)] == ["position"]
        assert {u["update_type"] for u in await heard(orders, 5)} == {"order"}
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(positions.recv(), 0.2)


async def test_a_fill_is_heard_without_anybody_asking(
    trader: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    call = option(market)
    price = float(market.ladder(call.key, clock.ms, 1).bid[0]) - 1.5
    async with stream(trader, "position") as socket:
        await place(trader, call.key, price=price)
        clock.advance(1800)
        [update] = await heard(socket, 1)
        assert update["day_buy_price"] == price


async def test_a_lost_reply_leaves_the_order_in_the_book(
    trader: httpx.AsyncClient, market: Market, clock: StillClock
) -> None:
    await trader.post("/sim/faults", json={"kind": "lose_order_reply"})
    call = option(market)
    async with stream(trader) as socket:
        with pytest.raises(httpx.RemoteProtocolError):
            await trader.post("/v3/order/place", json=order(call.key, price=100.0, tag="lost"))
        assert (await heard(socket, 4))[3]["status"] == "open"
    [row] = (await trader.get("/v2/order/retrieve-all")).json()["data"]
    assert (row["tag"], row["status"]) == ("lost", "open")


async def test_a_dropped_socket_ends_the_stream_too(trader: httpx.AsyncClient) -> None:
    async with stream(trader) as socket:
        await trader.post("/sim/faults", json={"kind": "drop_socket"})
        with pytest.raises(websockets.ConnectionClosedError):
            await asyncio.wait_for(socket.recv(), 5)


async def test_a_wrong_address_and_a_used_one_are_refused(
    base: str, trader: httpx.AsyncClient
) -> None:
    answer = (await trader.get(f"{ENTRY}/authorize")).json()["data"]["authorized_redirect_uri"]
    async with websockets.connect(answer):
        pass
    for address in (answer, answer.split("?")[0]):
        with pytest.raises(websockets.InvalidStatus) as refusal:
            await websockets.connect(address)
        assert refusal.value.response.status_code == 401
