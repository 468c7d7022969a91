from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from math import isnan, nan

import numpy as np
import pytest

from core.analytics.constant_maturity import Maturity, constant_maturity
from core.analytics.volatility_days import VolatilityDay, VolatilitySource
from core.clock import IST
from core.errors import BrokerUnavailable
from core.ids import LOCAL_USER
from core.instruments.expiries import years_left
from core.jobs.keep_volatility import VolatilityKeeping
from core.ports.repositories import ChainSnapshot
from core.services.scheduler import Progress
from core.services.standing_chains import PREFERENCE
from core.state.jobs import JobsState, JobStatus
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import EXPIRY, FAR_EXPIRY, FORWARD, NEXT_EXPIRY, SPOT, VOL

TODAY = date(2026, 11, 18)
CLOSE = datetime.combine(TODAY, time(15, 40), IST)
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
async def desk() -> FakeDesk:
    """Three minutes before the close; only NIFTY is kept."""
    desk = make_desk(now=CLOSE - timedelta(minutes=3))
    await desk.services.preferences.set(LOCAL_USER, PREFERENCE, {"NIFTY": 1})
    return desk


async def keep(desk: FakeDesk) -> str:
    s = desk.services
    job = VolatilityKeeping(
        days=s.volatility_days,
        snapshots=s.snapshots,
        instruments=s.instruments,
        preferences=s.preferences,
        market_data=desk.market_data,
        calendar=s.calendar,
        clock=desk.clock,
        rate=0.0,  # as the made-up market is priced
    )
    return await job.run(Progress(JobStatus(name="", title="", schedule=""), JobsState()))


async def kept(desk: FakeDesk) -> list[VolatilityDay]:
    return await desk.services.volatility_days.of("NIFTY")


def minute(at: datetime, expiry: date = EXPIRY, vol: float = 0.2) -> ChainSnapshot:
    strikes, nothing = np.array([24_000.0, 24_500.0]), np.full((2, 2), nan)
    return ChainSnapshot(
        symbol="NIFTY",
        expiry=expiry,
        minute=at.astimezone(UTC),
        spot=24_200.0,
        forward=24_250.0,
        strikes=strikes,
        **dict.fromkeys(("ltp", "bid", "ask", "volume", "oi"), nothing),
        iv=np.full((2, 2), vol),
    )


async def test_without_a_record_the_broker_is_asked_for_the_expiries_around_thirty_days(
    desk: FakeDesk,
):
    assert await keep(desk) == "18 Nov 2026: NIFTY 12.00 %"
    (found,) = await kept(desk)
    assert found.iv30 == pytest.approx(VOL, abs=1e-3)
    assert found.iv_near == pytest.approx(VOL, abs=1e-3)
    assert (found.day, found.source, found.spot) == (TODAY, VolatilitySource.OWN, SPOT)
    assert found.forward == pytest.approx(FORWARD, abs=1)
    assert desk.market_data.calls == ["chain", "chain"]


async def test_what_was_recorded_near_the_close_is_not_asked_for(desk: FakeDesk):
    last = CLOSE - timedelta(minutes=4)
    for expiry, vol in ((NEXT_EXPIRY, 0.1), (FAR_EXPIRY, 0.2)):
        early = minute(last - timedelta(minutes=1), expiry, vol=9.0)
        await desk.services.snapshots.save([minute(last, expiry, vol), early])
    await keep(desk)
    (found,) = await kept(desk)
    taken = last + timedelta(minutes=1)
    close_of = desk.services.calendar.close_of
    points = [
        Maturity(years=years_left(close_of(expiry), taken), forward=nan, vol=vol)
        for expiry, vol in ((NEXT_EXPIRY, 0.1), (FAR_EXPIRY, 0.2))
    ]
    assert found.iv30 == pytest.approx(constant_maturity(points))
    assert (found.iv_near, found.forward, found.spot) == (0.1, 24_250.0, 24_200.0)
    assert desk.market_data.calls == []


async def test_a_minute_of_the_morning_does_not_stand_for_the_close(desk: FakeDesk):
    await desk.services.snapshots.save([minute(CLOSE - timedelta(hours=3), FAR_EXPIRY, 0.5)])
    await keep(desk)
    (found,) = await kept(desk)
    assert found.iv30 == pytest.approx(VOL, abs=1e-3)


async def test_after_the_close_the_last_prices_are_those_of_the_close(desk: FakeDesk):
    await keep(desk)
    desk.clock.advance(timedelta(hours=5))
    first = await kept(desk)
    await keep(desk)
    (found,) = await kept(desk)
    assert found.iv30 == pytest.approx(first[0].iv30, abs=1e-4)


async def test_in_the_morning_yesterday_is_made_up_from_the_record_alone(desk: FakeDesk):
    desk.clock.set(datetime.combine(TODAY, time(9, 0), IST))
    ended = CLOSE - timedelta(days=1, minutes=1)
    await desk.services.snapshots.save([minute(ended, EXPIRY), minute(ended, NEXT_EXPIRY)])
    assert await keep(desk) == "17 Nov 2026: NIFTY without one of 30 days"  # 14 days are too few
    (found,) = await kept(desk)
    assert (found.day, found.iv_near) == (YESTERDAY, 0.2)
    assert isnan(found.iv30)
    assert desk.market_data.calls == []


async def test_a_session_that_is_over_is_not_written_twice(desk: FakeDesk):
    desk.clock.set(datetime.combine(TODAY, time(9, 0), IST))
    known = VolatilityDay(
        symbol="NIFTY",
        day=YESTERDAY,
        iv30=0.15,
        iv_near=0.14,
        forward=1.0,
        spot=1.0,
        source=VolatilitySource.OWN,
    )
    await desk.services.volatility_days.save([known])
    await desk.services.snapshots.save([minute(CLOSE - timedelta(days=1, minutes=1))])
    assert await keep(desk) == "17 Nov 2026: NIFTY 15.00 %"
    assert await kept(desk) == [known]
    poor = replace(known, iv30=nan)
    await desk.services.volatility_days.save([poor])
    await keep(desk)
    assert (await kept(desk))[0].iv_near == 0.2


async def test_a_broker_that_is_away_leaves_what_was_recorded(desk: FakeDesk):
    desk.market_data.fails = BrokerUnavailable("away")
    assert await keep(desk) == "18 Nov 2026: NIFTY without a figure"
    assert await kept(desk) == []
    await desk.services.snapshots.save([minute(CLOSE - timedelta(minutes=4))])
    assert await keep(desk) == "18 Nov 2026: NIFTY without one of 30 days"


async def test_what_has_no_options_here_has_no_figure(desk: FakeDesk):
    await desk.services.preferences.set(LOCAL_USER, PREFERENCE, {"SENSEX": 1, "NIFTY": 0})
    assert await keep(desk) == "18 Nov 2026: SENSEX without a figure"
    await desk.services.preferences.set(LOCAL_USER, PREFERENCE, {})
    assert await keep(desk) == "no chains are kept"
