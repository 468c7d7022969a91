"""Probes and figures: alive, ready, and how much of everything."""

import asyncio

import httpx
import pytest
from nicegui.testing import User

from core.settings import Mode
from core.state.health import BudgetHealth
from tests.fake_desk import FakeDesk
from ui import api
from ui.opening import prepare


@pytest.fixture
def client(user: User, desk: FakeDesk) -> httpx.AsyncClient:
    api.register(desk.services)
    return user.http_client


async def test_the_process_answers_before_the_desk_is_complete(user: User) -> None:
    complete = prepare(Mode.SIMULATED, "0.0.0-test")
    answer = await user.http_client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"mode": "simulated", "status": "ok", "version": "0.0.0-test"}
    page = asyncio.create_task(user.http_client.get("/nowhere"))
    assert not (await asyncio.wait({page}, timeout=0.1))[0]
    complete.set()
    assert (await page).status_code == 404


async def test_ready_is_200_and_not_ready_is_503_with_every_reason(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    assert (await client.get("/readyz")).json() == {
        "mode": "simulated",
        "ready": True,
        "reasons": [],
    }
    desk.feed.drop()
    desk.services.health.instruments_count = 0
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["there are no instruments yet", "the feed is down"]


async def test_metrics_tell_feed_services_budgets_and_database(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    health = desk.services.health
    health.feed.ticks, health.loop_lag_ms = 12_345, 4.0
    health.broker.budgets = [BudgetHealth("standard", (3, 41, 310), (45, 450, 1800))]
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    lines = answer.text.splitlines()
    for line in (
        "strikedesk_feed_ticks_total 12345.0",
        "strikedesk_feed_up 1.0",
        "strikedesk_loop_lag_seconds 0.004",
        'strikedesk_service_up{service="feed"} 1.0',
        'strikedesk_broker_budget_used{budget="standard",window="minute"} 41.0',
        'strikedesk_broker_budget_allowed{budget="standard",window="half_hour"} 1800.0',
        'strikedesk_info{mode="simulated",version="0.0.0-test"} 1.0',
        "strikedesk_ready 1.0",
    ):
        assert line in lines
    assert any(line.startswith("strikedesk_database{figure=") for line in lines)
    assert any(line.startswith("process_resident_memory_bytes") for line in lines)


async def test_metrics_may_be_scraped_again_and_again(client: httpx.AsyncClient) -> None:
    for _ in range(3):
        assert (await client.get("/metrics")).status_code == 200
