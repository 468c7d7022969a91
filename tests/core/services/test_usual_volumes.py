from datetime import date, datetime, time, timedelta

import numpy as np
import pytest

from core.clock import IST
from core.errors import BrokerUnavailable
from core.instruments.candle import Candles, Interval
from core.services.usual_volumes import UsualVolumes, usual_part
from tests.fake_broker import candles
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import NOW, RELIANCE


def day_bars(last: date, count: int, volume: int = 1_000) -> Candles:
    days = [last - timedelta(days=count - 1 - n) for n in range(count)]
    times = [int(datetime.combine(day, time(), IST).timestamp()) for day in days]
    bars = candles(np.array(times), np.full(count, 100.0))
    bars.volume[:] = volume
    return bars


@pytest.fixture
def desk() -> FakeDesk:
    return make_desk()


@pytest.fixture
def volumes(desk: FakeDesk) -> UsualVolumes:
    return UsualVolumes(desk.history, desk.services.candles, desk.clock)


async def test_the_usual_volume_is_the_mean_of_the_days_before_today(
    desk: FakeDesk, volumes: UsualVolumes
):
    bars = day_bars(NOW.date(), 21)
    bars.volume[-1] = 99_999_999  # today is not over
    desk.history.candles[RELIANCE] = bars
    assert (await volumes.of([RELIANCE])).tolist() == [1_000.0]


async def test_the_broker_is_asked_once_and_the_database_from_then_on(
    desk: FakeDesk, volumes: UsualVolumes
):
    desk.history.candles[RELIANCE] = day_bars(NOW.date() - timedelta(days=1), 20)
    await volumes.of([RELIANCE])
    await volumes.of([RELIANCE])
    assert desk.history.calls == [f"days {RELIANCE}"]
    assert len(await desk.services.candles.latest(RELIANCE, Interval.DAY, 50)) == 20


async def test_old_days_in_the_database_are_not_taken_for_usual(
    desk: FakeDesk, volumes: UsualVolumes
):
    old = day_bars(NOW.date() - timedelta(days=40), 20, volume=5)
    await desk.services.candles.upsert(RELIANCE, Interval.DAY, old)
    desk.history.candles[RELIANCE] = day_bars(NOW.date() - timedelta(days=1), 20)
    assert (await volumes.of([RELIANCE])).tolist() == [1_000.0]


async def test_without_an_answer_the_usual_volume_is_unknown(desk: FakeDesk, volumes: UsualVolumes):
    assert np.isnan(await volumes.of([RELIANCE])).all()
    desk.history.fails = BrokerUnavailable("away")
    assert np.isnan(await volumes.of([RELIANCE])).all()


def test_a_usual_day_trades_much_at_its_ends():
    opens = NOW.replace(hour=9, minute=15)
    closes = opens + timedelta(minutes=375)
    parts = [usual_part(opens, closes, opens + timedelta(minutes=15 * n)) for n in range(26)]
    assert (parts[0], parts[-1]) == (0.0, pytest.approx(1.0))
    assert parts[1] == pytest.approx(0.099)
    steps = np.diff(parts)
    assert steps.min() > 0
    assert steps[0] > steps[-1] > steps[-2] > 2 * steps[10]
    assert usual_part(opens, closes, opens - timedelta(hours=1)) == 0.0
    assert usual_part(opens, closes, closes + timedelta(hours=1)) == pytest.approx(1.0)
    assert usual_part(opens, opens, opens) == 0.0
