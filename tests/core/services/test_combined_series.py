"""Bars of a combined premium over recorded days, and over minutes that were only traded."""

from datetime import date

import numpy as np
import pytest

from core.analytics.premium import PremiumLeg, Rolling, combined
from core.analytics.sides import CALL, PUT
from core.errors import BrokerUnavailable
from core.services.combined_series import CombinedSeries
from core.services.traded_minutes import TradedMinutes
from core.state.chains import LiveChain
from tests.core.analytics.chain_minutes import snapshot
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import EXPIRY, STRIKES

TODAY, YESTERDAY = date(2026, 11, 18), date(2026, 11, 17)
STRADDLE = (PremiumLeg(side=CALL, strike=24_200.0), PremiumLeg(side=PUT, strike=24_200.0))


@pytest.fixture
def desk() -> FakeDesk:
    return make_desk()


@pytest.fixture
async def chain(desk: FakeDesk) -> LiveChain:
    keeper = desk.services.chain_keeper
    found = await keeper.open("test", "NIFTY", EXPIRY)
    await keeper.settle()
    keeper.refresh(found)
    return found


def made(desk: FakeDesk) -> CombinedSeries:
    services = desk.services
    return CombinedSeries(
        option_history=services.option_history,
        chain_history=services.chain_history,
        traded=TradedMinutes(desk.history, services.calendar, desk.clock, services.rate),
        calendar=services.calendar,
        clock=desk.clock,
    )


async def record(desk: FakeDesk, *minutes: int, level: float = 100.0) -> None:
    taken = [snapshot(m, STRIKES, level=level + m % 60, expiry=EXPIRY) for m in minutes]
    await desk.services.snapshots.save(taken)
    desk.services.chain_history.take(taken)


async def test_recorded_minutes_of_two_days_follow_each_other(desk: FakeDesk, chain: LiveChain):
    desk.history.fails = BrokerUnavailable("away")
    await record(desk, *range(-1440, -1438), *range(3))
    told: list[str] = []
    found = await made(desk).minutes(chain, STRADDLE, YESTERDAY, TODAY, told)
    assert len(found) == 5
    day = await desk.services.option_history.chain("NIFTY", EXPIRY, TODAY)
    assert day is not None
    value = combined(day, STRADDLE, chain.closes_at).value
    assert found.close[2:].tolist() == value.tolist()
    assert found.open[3:].tolist() == value[:-1].tolist()  # of the minute before
    assert (np.diff(found.time[2:]) == 60).all()
    assert any("no minutes" in each for each in told)


async def test_what_nobody_recorded_is_made_of_trades(desk: FakeDesk, chain: LiveChain):
    told: list[str] = []
    found = await made(desk).minutes(chain, STRADDLE, TODAY, TODAY, told)
    assert len(found) == 45
    assert "traded minutes where none was recorded" in told


async def test_strikes_chosen_anew_each_minute_make_bars_too(desk: FakeDesk, chain: LiveChain):
    await record(desk, *range(4))
    found = await made(desk).minutes(chain, Rolling(), TODAY, TODAY, [])
    assert len(found) == 45
    assert np.isfinite(found.close).all()


async def test_strikes_that_a_day_does_not_list_have_no_bars(desk: FakeDesk, chain: LiveChain):
    strange = (PremiumLeg(side=CALL, strike=1.0),)
    assert len(await made(desk).minutes(chain, strange, TODAY, TODAY, [])) == 0


async def test_its_recorded_days_are_told(desk: FakeDesk, chain: LiveChain):
    await record(desk, -1440, 1)
    assert await made(desk).days(chain) == [YESTERDAY, TODAY]
