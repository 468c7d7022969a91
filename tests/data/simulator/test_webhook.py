"""Postbacks to the address that a program registered."""

import asyncio
import queue
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from data.simulator.limits import GENEROUS
from data.simulator.market import Market
from tests.data.simulator.running import StillClock, app_at, behind_sockets, error_code, log_in
from tests.data.simulator.trader import option, place


class Mailbox:
    def __init__(self) -> None:
        self.letters: list[dict[str, Any]] = []
        self._queue: queue.Queue[dict[str, Any]] = queue.Queue()

    async def take(self, request: Request) -> Response:
        self._queue.put(await request.json())
        return Response()

    async def holds(self, count: int) -> list[dict[str, Any]]:
        while len(self.letters) < count:
            self.letters.append(await asyncio.to_thread(self._queue.get, timeout=5))
        return self.letters

    def empty(self) -> bool:
        return self._queue.empty()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def address(mailbox: Mailbox) -> Iterator[str]:
    with behind_sockets(Starlette(routes=[Route("/", mailbox.take, methods=["POST"])])) as url:
        yield url


@pytest.fixture
async def trader(market: Market, clock: StillClock) -> AsyncIterator[httpx.AsyncClient]:
    app = app_at(market, clock, rate_limits=GENEROUS, order_limits=GENEROUS)
    with behind_sockets(app) as base:
        async with httpx.AsyncClient(base_url=base) as client:
            await log_in(client)
            yield client


async def test_every_step_of_an_order_is_posted_in_order(
    trader: httpx.AsyncClient, market: Market, address: str, mailbox: Mailbox
) -> None:
    key = option(market).key
    await place(trader, key, price=50.0)
    await trader.put("/sim/webhook", json={"url": address})
    found = await place(trader, key, price=50.0)
    letters = await mailbox.holds(4)
    assert {letter["order_id"] for letter in letters} == {found}
    assert [letter["status"] for letter in letters] == [
        "put order req received", "validation pending", "open pending", "open",
    ]  # fmt: skip
    await trader.delete("/sim/webhook")
    await place(trader, key, price=50.0)
    assert mailbox.empty()


async def test_an_address_that_does_not_answer_holds_up_nothing(
    trader: httpx.AsyncClient, market: Market, address: str, mailbox: Mailbox
) -> None:
    key = option(market).key
    await trader.put("/sim/webhook", json={"url": "http://127.0.0.1:9/"})
    await place(trader, key, price=50.0)
    await trader.put("/sim/webhook", json={"url": address})
    found = await place(trader, key, price=50.0)
    assert {letter["order_id"] for letter in await mailbox.holds(4)} == {found}


async def test_what_is_no_address_is_refused(trader: httpx.AsyncClient) -> None:
    for body in ({}, [], {"url": "ftp://here"}, {"url": 7}):
        assert error_code(await trader.put("/sim/webhook", json=body)) == "UDAPI100036"
