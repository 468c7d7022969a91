import asyncio
from datetime import timedelta

import numpy as np
import pytest

from core.errors import BrokerUnavailable
from core.ids import InstrumentKey
from core.ports.feed import FeedMode
from core.services import day_bars as module
from core.state.market import Col
from tests.fake_broker import candles
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import NIFTY, SPOT


@pytest.fixture
def desk() -> FakeDesk:
    desk = make_desk()
    desk.services.subscriptions.hold("test", {NIFTY: FeedMode.LTPC})
    return desk


async def test_the_day_so_far_comes_from_history_and_ends_with_the_newest_price(desk: FakeDesk):
    closes = await desk.services.day_bars.closes(NIFTY)
    assert len(closes) == 46  # 09:15 to 09:59, and the minute that runs
    assert (closes[0], closes[-2], closes[-1]) == (SPOT - 44, SPOT, SPOT)


async def test_history_is_asked_once_also_by_two_at_the_same_time(desk: FakeDesk):
    bars = desk.services.day_bars
    await asyncio.gather(bars.closes(NIFTY), bars.closes(NIFTY))
    await bars.closes(NIFTY)
    assert desk.history.calls == [f"today {NIFTY}"]


async def test_prices_that_come_in_carry_the_day_on(desk: FakeDesk):
    bars = desk.services.day_bars
    await bars.closes(NIFTY)
    for minute, price in ((0, 24_220.0), (1, 24_230.0), (1, 24_225.0)):
        desk.clock.advance(timedelta(minutes=minute))
        desk.feed.say(NIFTY, {Col.LTP: price})
        bars.look()
    closes = await bars.closes(NIFTY)
    assert closes[-3:].tolist() == [24_220.0, 24_230.0, 24_225.0]


async def test_a_price_that_stands_still_makes_no_new_minutes(desk: FakeDesk):
    before = len(await desk.services.day_bars.closes(NIFTY))
    desk.clock.advance(timedelta(minutes=20))
    assert len(await desk.services.day_bars.closes(NIFTY)) == before


async def test_without_history_the_line_is_empty_and_the_broker_is_left_in_peace(desk: FakeDesk):
    desk.history.fails = BrokerUnavailable("away")
    bars = desk.services.day_bars
    assert (await bars.closes(NIFTY)).size == 0
    assert (await bars.closes(NIFTY)).size == 0
    assert len(desk.history.calls) == 1


async def test_history_that_was_away_is_asked_again_later(
    desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "TRY_AGAIN", 0.0)
    desk.history.fails = BrokerUnavailable("away")
    await desk.services.day_bars.closes(NIFTY)
    desk.history.fails = None
    assert (await desk.services.day_bars.closes(NIFTY)).size > 0


async def test_bars_from_the_future_of_another_clock_are_left_out(desk: FakeDesk):
    now = int(desk.clock.now().timestamp())
    desk.history.candles[NIFTY] = candles(np.array([now - 60, now + 600]), np.array([1.0, 2.0]))
    closes = await desk.services.day_bars.closes(NIFTY)
    assert 2.0 not in closes


async def test_a_new_day_begins_with_an_empty_line(desk: FakeDesk):
    bars = desk.services.day_bars
    await bars.closes(NIFTY)
    bars.clear()
    await bars.closes(NIFTY)
    assert len(desk.history.calls) == 2


async def test_an_instrument_without_bars_has_none(desk: FakeDesk):
    assert (await desk.services.day_bars.closes(InstrumentKey("NSE_EQ|X"))).size == 0


async def test_it_looks_by_itself(desk: FakeDesk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "PACE", 0.01)
    bars = desk.services.day_bars
    before = len(await bars.closes(NIFTY))
    running = asyncio.create_task(bars.run())
    for price in (1.0, 2.0):
        desk.clock.advance(timedelta(minutes=1))
        desk.feed.say(NIFTY, {Col.LTP: price})
        await asyncio.sleep(0.03)
    running.cancel()
    assert len(await bars.closes(NIFTY)) == before + 2
