"""Bars for a chart: the newest, older ones, those around a moment, and the ones to come."""

from datetime import date, datetime

import numpy as np
import pytest

from core.clock import IST, SetClock
from core.errors import BrokerUnavailable
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles, Interval
from tests.fake_broker import candles
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import NIFTY, NOW
from ui.chart.source import InstrumentBars, ahead, day_of

FIVE = Interval.parse("5m")
MONTH = Interval.parse("1M")


@pytest.fixture
def desk() -> FakeDesk:
    return make_desk()


def minutes(desk: FakeDesk, *days: date) -> Candles:
    """Whole sessions, put into the broker's history."""
    times = list[int]()
    for day in days:
        session = desk.services.calendar.session_of(day)
        assert session is not None
        opens, closes = (int(at.timestamp()) for at in (session.opens_at, session.closes_at))
        times += range(opens, closes, 60)
    made = candles(np.array(times), 24_000.0 + np.arange(len(times)) % 50)
    desk.history.candles[NIFTY] = made
    return made


async def test_the_newest_bars_end_with_now(desk: FakeDesk) -> None:
    minutes(desk, date(2026, 11, 16), date(2026, 11, 17))
    found = await InstrumentBars(desk.services, NIFTY, Interval.MINUTE).load()
    assert len(found.candles)
    assert not found.ended
    assert found.candles.time[-1] <= NOW.timestamp()
    assert found.said


async def test_older_bars_end_before_those_that_are_known(desk: FakeDesk) -> None:
    given = minutes(desk, date(2026, 11, 13), date(2026, 11, 16), date(2026, 11, 17))
    source = InstrumentBars(desk.services, NIFTY, FIVE)
    before = int(given.time[-20])
    found = await source.older(before)
    assert len(found.candles)
    assert found.candles.time[-1] < before
    none = await source.older(int(given.time[0]))
    assert none.whole
    assert not len(none.candles)


async def test_a_broker_that_does_not_answer_has_not_said_that_there_is_nothing_older(
    desk: FakeDesk,
) -> None:
    desk.history.fails = BrokerUnavailable("no answer")
    found = await InstrumentBars(desk.services, NIFTY, FIVE).older(int(NOW.timestamp()))
    assert not len(found.candles)
    assert not found.whole


async def test_a_moment_long_ago_is_shown_without_all_that_came_after(desk: FakeDesk) -> None:
    source = InstrumentBars(desk.services, NIFTY, Interval.MINUTE)
    long_ago = int(datetime(2025, 3, 3, 11, 0, tzinfo=IST).timestamp())
    assert (await source.load(long_ago)).ended
    lately = int(datetime(2026, 11, 12, 11, 0, tzinfo=IST).timestamp())
    assert not (await source.load(lately)).ended
    daily = InstrumentBars(desk.services, NIFTY, Interval.DAY)
    assert not (await daily.load(long_ago)).ended


def test_bars_to_come_are_of_sessions_only() -> None:
    calendar = MarketCalendar(SetClock(NOW))
    last = int(datetime(2026, 11, 20, 15, 28, tzinfo=IST).timestamp())  # a Friday
    coming = ahead(calendar, last, Interval.MINUTE)
    days = {day_of(each) for each in coming}
    assert coming[0] > last
    assert min(days) == date(2026, 11, 20)
    assert date(2026, 11, 21) not in days
    assert date(2026, 11, 23) in days
    daily = ahead(calendar, last, Interval.DAY)
    assert day_of(daily[0]) == date(2026, 11, 23)
    assert ahead(calendar, last, MONTH) == ()
