from datetime import date, datetime, timedelta

import numpy as np
import pytest

from core.analytics.volatility_days import VolatilityDay, VolatilitySource
from core.clock import IST
from core.errors import BrokerUnavailable
from core.services.volatility_history import INDIA_VIX, SESSIONS
from tests.fake_broker import candles
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import NIFTY, NOW

TODAY = NOW.date()


@pytest.fixture
def desk() -> FakeDesk:
    return make_desk()


def session(
    back: int, iv30: float = 0.12, source: VolatilitySource = VolatilitySource.OWN
) -> VolatilityDay:
    return VolatilityDay(
        symbol="NIFTY",
        day=TODAY - timedelta(days=back),
        iv30=iv30,
        iv_near=0.11,
        forward=24_230.0,
        spot=24_210.0,
        source=source,
    )


async def test_the_series_ends_before_today_and_holds_a_year(desk: FakeDesk):
    s = desk.services
    await s.volatility_days.save([session(back, iv30=back / 1000) for back in range(300)])
    found = await s.volatility_history.series("NIFTY")
    assert len(found) == SESSIONS
    assert found.days[-1] == TODAY - timedelta(days=1)
    assert found.iv30[-1] == 0.001
    assert found.days == tuple(sorted(found.days))


async def test_a_symbol_without_a_record_has_an_empty_series(desk: FakeDesk):
    found = await desk.services.volatility_history.series("NOSUCH")
    assert (len(found), found.described) == (0, "0 sessions on record")


async def test_the_words_say_where_the_sessions_are_from(desk: FakeDesk):
    s = desk.services
    expired = VolatilitySource.EXPIRED
    await s.volatility_days.save([session(1), session(2, source=expired), session(3)])
    said = (await s.volatility_history.series("NIFTY")).described
    assert said == (
        "3 sessions: 2 own record near the close, 1 back-filled from closes of expired contracts"
    )


def vix_until(last: date, count: int) -> object:
    """Daily bars, Saturdays and Sundays too: which days trade does not matter here."""
    days = [last - timedelta(days=n) for n in range(count)][::-1]
    starts = [int(datetime(d.year, d.month, d.day, tzinfo=IST).timestamp()) for d in days]
    return candles(np.array(starts, dtype=np.int64), 12.0 + np.arange(count) / 100)


async def test_vix_days_are_fetched_once_and_end_before_today(desk: FakeDesk):
    desk.history.candles[INDIA_VIX] = vix_until(TODAY, 400)
    for _ in range(2):
        bars = await desk.services.volatility_history.bars(INDIA_VIX)
        assert len(bars) == SESSIONS
        assert bars.close[-1] == 12.0 + 398 / 100
        assert np.all(np.diff(bars.time) > 0)
    assert desk.history.calls == [f"days {INDIA_VIX}"]


async def test_a_new_day_asks_for_the_sessions_since(desk: FakeDesk):
    desk.history.candles[INDIA_VIX] = vix_until(TODAY - timedelta(days=1), 400)
    await desk.services.volatility_history.bars(INDIA_VIX)
    desk.clock.advance(timedelta(days=1))
    desk.history.candles[INDIA_VIX] = vix_until(TODAY, 400)
    bars = await desk.services.volatility_history.bars(INDIA_VIX)
    assert bars.time[-1] == int(datetime(2026, 11, 18, tzinfo=IST).timestamp())
    assert len(desk.history.calls) == 2


async def test_a_broker_that_is_away_is_asked_again_at_the_next_look(desk: FakeDesk):
    desk.history.fails = BrokerUnavailable("away")
    for _ in range(2):
        with pytest.raises(BrokerUnavailable):
            await desk.services.volatility_history.bars(INDIA_VIX)
    assert len(desk.history.calls) == 2


async def test_sessions_on_record_are_there_without_the_broker(desk: FakeDesk):
    desk.history.candles[INDIA_VIX] = vix_until(TODAY - timedelta(days=1), 400)
    volatility = desk.services.volatility_history
    await volatility.bars(INDIA_VIX)
    desk.clock.advance(timedelta(days=1))
    desk.history.fails = BrokerUnavailable("away")
    with pytest.raises(BrokerUnavailable):
        await volatility.bars(INDIA_VIX)
    found = await volatility.on_record(INDIA_VIX)
    assert len(found) == SESSIONS
    assert found.close[-1] == 12.0 + 399 / 100


async def test_a_short_history_is_asked_for_once_a_day(desk: FakeDesk):
    desk.history.candles[INDIA_VIX] = vix_until(TODAY - timedelta(days=1), 3)
    for _ in range(2):
        assert len(await desk.services.volatility_history.bars(INDIA_VIX)) == 3
    assert len(desk.history.calls) == 1


async def test_bars_of_any_instrument_are_kept_apart(desk: FakeDesk):
    desk.history.candles[INDIA_VIX] = vix_until(TODAY, 400)
    desk.history.candles[NIFTY] = vix_until(TODAY, 300)
    volatility = desk.services.volatility_history
    assert len(await volatility.bars(NIFTY)) == SESSIONS
    assert (await volatility.bars(NIFTY)).close[-1] == 12.0 + 298 / 100
    assert (await volatility.bars(INDIA_VIX)).close[-1] == 12.0 + 398 / 100
    assert desk.history.calls == [f"days {NIFTY}", f"days {INDIA_VIX}"]
