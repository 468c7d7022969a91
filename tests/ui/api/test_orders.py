"""Orders by REST: the same desk, the same gate, sent once."""

import asyncio
from typing import Any

import httpx
import pytest
from nicegui.testing import User

from core.instruments.instrument import Kind
from core.risk.limits import Standing
from core.settings import Mode
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_exchange import Fault
from tests.fake_universe import option_key
from ui import api

CALL = option_key(24_200.0, Kind.CALL)
LOT = 65


@pytest.fixture
def client(user: User, desk: FakeDesk) -> httpx.AsyncClient:
    api.register(desk.services)
    return user.http_client


def buy(**more: object) -> dict[str, Any]:
    asked = {"instrument_key": CALL, "side": "buy", "quantity": LOT, "price": "80.05"}
    return {**asked, **more}


async def place(client: httpx.AsyncClient, status: int = 200, **more: object) -> dict[str, Any]:
    answer = await client.post("/api/v1/orders", json=buy(**more))
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    assert body["mode"] == "simulated"
    return body


async def test_an_order_is_placed_once_for_one_click(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    first = await place(client, click="a")
    again = await place(client, click="a")
    assert first["order"]["id"] == again["order"]["id"]
    assert desk.exchange.asked == ["place"]
    (order,) = (await client.get("/api/v1/orders")).json()["orders"]
    assert (order["instrument_key"], order["quantity"], order["price"]) == (CALL, LOT, "80.05")
    assert order["parts"][0]["broker_order_id"] in desk.exchange.book


async def test_an_order_that_breaks_a_rule_is_refused_with_the_reason(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    refused = await place(client, 409, quantity=LOT + 1)
    assert refused["error"] == "rule_broken"
    assert "not a multiple of the lot" in refused["message"]
    assert "greater than or equal to 0" in (await place(client, 422, quantity=-5))["message"]
    await place(client, 422, unheard_of=1)
    await place(client, 422, side="hold")
    assert desk.exchange.asked == []


async def test_a_lost_answer_is_no_error_but_unknown(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.exchange.faults = [Fault.LOST_AFTER]
    order = (await place(client))["order"]
    assert order["status"] == "unknown"
    assert desk.exchange.asked == ["place"]
    await client.post("/api/v1/positions/reconcile")
    found = (await client.get(f"/api/v1/orders/{order['id']}")).json()["order"]
    assert found["status"] == "open"


async def test_a_working_order_is_modified_and_cancelled(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    id = (await place(client))["order"]["id"]
    answer = await client.put(f"/api/v1/orders/{id}", json={"price": "79.95"})
    assert answer.status_code == 200, answer.text
    (heard,) = desk.exchange.book.values()
    assert str(heard.price) == "79.95"
    assert (await client.delete(f"/api/v1/orders/{id}")).status_code == 200
    assert desk.exchange.asked == ["place", "modify", "cancel"]
    assert (await client.get("/api/v1/orders/none")).status_code == 404
    assert (await client.delete("/api/v1/orders/none")).status_code == 409


async def test_the_kill_switch_stops_everything_until_it_is_released(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    await place(client)
    listening = asyncio.create_task(desk.trading.desk.run())
    halted = await client.post("/api/v1/risk/halt", json={"reason": "enough"})
    assert halted.json()["standing"] == Standing.HALTED
    assert desk.exchange.asked == ["place", "cancel"]
    assert "trading is halted: enough" in (await place(client, 409))["message"]
    wrong = await client.post("/api/v1/risk/release", json={"typed": "please"})
    assert wrong.status_code == 409
    released = await client.post("/api/v1/risk/release", json={"typed": "RELEASE"})
    assert released.json()["standing"] == Standing.ACTIVE
    listening.cancel()


async def test_what_is_held_and_what_was_done_can_be_read(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    id = (await place(client))["order"]["parts"][0]["broker_order_id"]
    desk.exchange.trade(id, LOT, "80")
    body = (await client.post("/api/v1/positions/reconcile")).json()
    assert [(p["instrument_key"], p["quantity"]) for p in body["positions"]] == [(CALL, LOT)]
    assert body["differences"] == []
    (trade,) = (await client.get("/api/v1/trades")).json()["trades"]
    assert (trade["quantity"], trade["price"]) == (LOT, "80")
    texts = [each["text"] for each in (await client.get("/api/v1/journal")).json()["entries"]]
    assert texts[0] == "wanted"
    assert (await client.get("/api/v1/funds")).json()["available"] == "1000000"


async def test_a_desk_without_orders_says_so(user: User) -> None:
    api.register(make_desk(mode=Mode.READONLY).services)
    answer = await user.http_client.get("/api/v1/orders")
    assert answer.status_code == 404
    assert "has no orders" in answer.json()["message"]


async def test_live_orders_wait_for_the_arming(user: User) -> None:
    desk = make_desk(mode=Mode.LIVE)
    api.register(desk.services)
    client = user.http_client
    refused = await client.post("/api/v1/orders", json=buy())
    assert "not armed" in refused.json()["message"]
    assert (await client.post("/api/v1/risk/arm", json={"typed": "live"})).status_code == 409
    assert (await client.post("/api/v1/risk/arm", json={"typed": "LIVE"})).json()["armed"]
    assert (await client.post("/api/v1/orders", json=buy())).status_code == 200
    await client.post("/api/v1/risk/disarm")
    assert "not armed" in (await client.post("/api/v1/orders", json=buy())).json()["message"]
