"""Backtests by REST: the same runs as on the page."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from functools import partial
from typing import Any

import httpx
import pytest
from nicegui.testing import User

from core.instruments.candle import Interval
from tests.core.backtest.test_work import bars
from tests.fake_desk import FakeDesk
from tests.fake_universe import NIFTY
from tests.ui import waiting
from ui import api

until = partial(waiting.until, seconds=30.0)
"""A busy machine takes its time."""

ASKED = {
    "strategy": "sma_cross",
    "symbol": "NIFTY",
    "first": "2025-11-18",
    "last": "2026-11-17",
    "parameters": {"fast": 5, "slow": 20},
}


@pytest.fixture
async def client(user: User, desk: FakeDesk) -> AsyncIterator[httpx.AsyncClient]:
    await desk.services.candles.upsert(
        NIFTY, Interval.DAY, bars(date(2025, 11, 18), date(2026, 11, 17))
    )
    task = asyncio.create_task(desk.services.backtests.run())
    api.register(desk.services)
    yield user.http_client
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def read(client: httpx.AsyncClient, id: str, more: str = "") -> dict[str, Any]:
    answer = await client.get(f"/api/v1/backtests/{id}{more}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_backtest_is_asked_for_and_read(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    answer = await client.post("/api/v1/backtests", json={**ASKED, "name": "By REST"})
    assert answer.status_code == 200, answer.text
    id = answer.json()["backtest"]["id"]
    await until(lambda: desk.services.backtests.state.runs[id].is_over)
    found = await read(client, id, "?trades=true")
    assert found["mode"] == "simulated"
    assert (found["backtest"]["state"], found["backtest"]["name"]) == ("done", "By REST")
    assert found["backtest"]["metrics"]["trades"] == len(
        [t for t in found["trades"] if not t["open"]]
    )
    assert found["backtest"]["instrument_key"] == NIFTY
    assert found["assumptions"]
    (listed,) = (await client.get("/api/v1/backtests")).json()["backtests"]
    assert listed["id"] == id
    assert (await client.post(f"/api/v1/backtests/{id}/cancel")).json()["backtest"][
        "state"
    ] == "done"


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        ({"strategy": "nobody"}, 409, "no strategy nobody"),
        ({"symbol": "NOBODY"}, 409, "not listed"),
        ({"last": "2020-01-01"}, 409, "before it begins"),
        ({"capital": -1}, 422, "capital"),
        ({"unheard_of": 1}, 422, "unheard_of"),
    ],
)
async def test_what_cannot_be_run_is_refused_with_words(
    client: httpx.AsyncClient, more: dict[str, Any], status: int, words: str
) -> None:
    answer = await client.post("/api/v1/backtests", json={**ASKED, **more})
    assert (answer.status_code, words in answer.text) == (status, True), answer.text


async def test_an_unknown_run_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/backtests/nobody")).status_code == 404
