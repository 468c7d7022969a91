"""Bars that are empty, out of order, double or impossible: left out and said, or refused."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np
import pytest

from core.backtest.bars import data_hash, picked, prepared
from core.backtest.engine import run
from core.clock import IST, SetClock
from core.errors import BadData, RuleBroken
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles, Interval
from core.strategies.ready.sma_cross import SmaCross
from tests.core.backtest.markets import MONDAY, bars, candles, days, minutes, over

MINUTE = Interval.MINUTE
FLAT = (100.0, 101.0, 99.0, 100.0)


@pytest.fixture
def calendar() -> MarketCalendar:
    return MarketCalendar(SetClock(datetime(2026, 6, 30, tzinfo=UTC)))


def stamped(*moments: datetime) -> Candles:
    times = [int(at.timestamp()) for at in moments]
    flat = np.full(len(times), 100.0)
    return candles(times, flat, flat + 1, flat - 1, flat, np.ones(len(times)))


def test_no_bars_are_nothing_to_run_on() -> None:
    with pytest.raises(RuleBroken, match="no bars to run on"):
        run(SmaCross(), over(Candles.none()))


def test_bars_out_of_order_are_sorted_and_it_is_said() -> None:
    market = minutes(days=1)
    mixed = picked(market, np.random.default_rng(1).permutation(len(market)))
    found = run(SmaCross(fast=3, slow=9), over(mixed))
    assert found.trades == run(SmaCross(fast=3, slow=9), over(market)).trades
    assert any("out of order" in each for each in found.assumptions)


def test_a_bar_that_came_twice_is_taken_once() -> None:
    market = minutes(days=1, per_day=50)
    twice = picked(market, np.sort(np.r_[np.arange(50), 10, 10, 20]))
    found = prepared(twice, MINUTE, None)
    assert len(found.candles) == 50
    assert found.notes == ("3 bars that came twice left out, first 01 Jun 2026 09:25.",)


def test_two_different_bars_of_one_time_are_refused() -> None:
    double = picked(bars([FLAT, FLAT]), np.array([0, 1, 1]))
    close = double.close.copy()
    close[2] = 100.5
    with pytest.raises(BadData, match="two different bars of 01 Jun 2026 09:16"):
        prepared(replace(double, close=close), MINUTE, None)


def test_a_bar_without_a_price_is_left_out() -> None:
    market = minutes(days=1, per_day=30)
    close = market.close.copy()
    close[[4, 7]] = np.nan
    found = prepared(replace(market, close=close), MINUTE, None)
    assert len(found.candles) == 28
    assert "2 bars without a price left out" in found.notes[0]
    with pytest.raises(RuleBroken, match="30 bars without a price"):
        prepared(replace(market, open=np.full(30, np.nan)), MINUTE, None)


@pytest.mark.parametrize(
    "bar", [(100, 99, 98, 99), (100, 101, 100.5, 101), (100, 101, -1, 100), (0, 1, 0, 1)]
)
def test_a_bar_that_cannot_be_is_refused_with_its_time(bar: Any) -> None:
    with pytest.raises(BadData, match="the bar of 01 Jun 2026 09:16 cannot be"):
        prepared(bars([FLAT, bar]), MINUTE, None)


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(BadData, match="shorter"):
        prepared(replace(bars([FLAT, FLAT]), volume=np.ones(1, dtype=np.int64)), MINUTE, None)


def test_bars_of_a_day_without_a_session_are_left_out(calendar: MarketCalendar) -> None:
    week = days([FLAT] * 7)  # Monday to Sunday
    found = prepared(week, Interval.DAY, calendar)
    assert found.days[-1] == date(2026, 6, 5)
    assert found.notes == (
        "2 bars on days on which the calendar has no session left out, first 06 Jun 2026 00:00.",
    )


def test_a_day_of_two_sessions_is_one_day(calendar: MarketCalendar) -> None:
    """Saturday 2 March 2024 traded from 09:15 to 10:00 and from 11:30 to 12:30."""
    day = date(2024, 3, 2)
    hours = (time(9, 15), time(9, 59), time(11, 30), time(12, 29))
    found = prepared(stamped(*(datetime.combine(day, t, IST) for t in hours)), MINUTE, calendar)
    assert found.days == (day,)
    assert found.ends[-1] == datetime.combine(day, time(12, 30), IST).timestamp()
    assert not found.notes


def test_a_last_bar_is_over_when_its_session_is(calendar: MarketCalendar) -> None:
    opened = [datetime.combine(MONDAY, time(h, 15), IST) for h in (9, 14, 15)]
    found = prepared(stamped(*opened), Interval.parse("1h"), calendar)
    assert found.ends[-1] == datetime.combine(MONDAY, time(15, 30), IST).timestamp()
    assert found.ends[0] == datetime.combine(MONDAY, time(10, 15), IST).timestamp()


def test_days_before_all_tables_can_be_run(calendar: MarketCalendar) -> None:
    old = stamped(*(datetime(2005, 1, day, 9, 15, tzinfo=IST) for day in (3, 4, 5)))
    assert len(run(SmaCross(), over(old, calendar=calendar)).equity) == 3


def test_the_hash_tells_data_apart() -> None:
    market = minutes(days=1)
    assert data_hash(market) == data_hash(minutes(days=1))
    assert data_hash(market) != data_hash(minutes(days=1, seed=2))
