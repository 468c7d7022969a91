import asyncio
from collections import deque

import pytest

from core.services import market_feed as module
from core.services.market_feed import MarketFeed, percentile
from core.state.health import Condition, Link
from core.state.market import Col
from core.state.session import Phase
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import NIFTY


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> FakeDesk:
    monkeypatch.setattr(module, "BEAT", 0.005)
    monkeypatch.setattr(module, "RATE_EVERY", 10)
    return make_desk()


def service(desk: FakeDesk) -> MarketFeed:
    s = desk.services
    return MarketFeed(feed=desk.feed, health=s.health, session=s.session, clock=desk.clock)


async def test_the_rate_of_ticks_and_the_lag_of_the_loop_are_measured(desk: FakeDesk):
    running = asyncio.create_task(service(desk).run())
    for _ in range(40):
        desk.feed.say(NIFTY, {Col.LTP: 1.0})
        await asyncio.sleep(0.005)
    health = desk.services.health
    assert health.feed.ticks_per_second > 20
    assert "ticks/s" in health.services["feed"].detail
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (health.feed.link, health.feed.ticks_per_second) == (Link.DOWN, 0.0)


async def test_a_loop_that_is_held_up_shows_it(desk: FakeDesk):
    import time

    running = asyncio.create_task(service(desk).run())
    for _ in range(15):
        await asyncio.sleep(0.005)
        time.sleep(0.02)  # noqa: ASYNC251 -- holding the loop is what is measured
    await asyncio.sleep(0.06)
    assert desk.services.health.loop_lag_ms > 5
    running.cancel()


async def test_a_feed_that_fails_ends_the_service_with_its_error(desk: FakeDesk):
    desk.feed.fails = OSError("no route")
    with pytest.raises(OSError, match="no route"):
        await service(desk).run()
    assert desk.services.health.feed.link is Link.DOWN


@pytest.mark.parametrize(
    ("link", "phase", "condition"),
    [
        (Link.UP, Phase.OPEN, Condition.RUNNING),
        (Link.CONNECTING, Phase.OPEN, Condition.RUNNING),
        (Link.LOGIN_NEEDED, Phase.OPEN, Condition.WAITING),
        (Link.DOWN, Phase.CLOSED, Condition.WAITING),
    ],
)
async def test_a_feed_that_rightly_does_nothing_is_waiting(
    desk: FakeDesk, link: Link, phase: Phase, condition: Condition
):
    running = asyncio.create_task(service(desk).run())
    desk.services.health.feed.link, desk.services.health.feed.detail = link, "so it is"
    desk.services.session.phase = phase
    await asyncio.sleep(0.12)
    health = desk.services.health.services["feed"]
    assert health.condition is condition
    assert (health.detail == "so it is") == (link is not Link.UP)
    running.cancel()


async def test_a_service_that_is_being_restarted_is_not_said_to_run(desk: FakeDesk):
    desk.services.health.services["feed"].condition = Condition.RESTARTING
    running = asyncio.create_task(service(desk).run())
    await asyncio.sleep(0.12)
    assert desk.services.health.services["feed"].condition is Condition.RESTARTING
    running.cancel()


def test_a_percentile_is_one_of_the_samples():
    samples = deque(float(n) for n in range(100))
    assert (percentile(samples, 0.99), percentile(samples, 0.5)) == (99.0, 50.0)
    assert percentile(deque(), 0.99) == 0.0
    assert percentile(deque([3.0]), 0.99) == 3.0
