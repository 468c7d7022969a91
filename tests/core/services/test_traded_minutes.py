"""Asking the broker for what was traded before anybody recorded it."""

from datetime import date

import numpy as np
import pytest

from core.analytics.chain_day import ChainDay, minute_of
from core.analytics.premium import Pick, PremiumLeg, Rolling, combined
from core.analytics.sides import CALL, PUT
from core.errors import BrokerUnavailable
from core.instruments.instrument import Kind
from core.services.traded_minutes import MOST, TradedMinutes
from core.state.chains import LiveChain
from core.state.market import Col
from tests.core.analytics.chain_minutes import OPENING, snapshot
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import EXPIRY, NIFTY, STRIKES, option_key

TODAY = date(2026, 11, 18)
STRADDLE = (PremiumLeg(side=CALL, strike=24_200.0), PremiumLeg(side=PUT, strike=24_200.0))
MINUTES = 45
"""From 09:15 to 10:00."""


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


def made(desk: FakeDesk) -> TradedMinutes:
    services = desk.services
    return TradedMinutes(desk.history, services.calendar, desk.clock, services.rate)


async def test_fixed_legs_need_their_own_minutes_and_the_underlyings(
    desk: FakeDesk, chain: LiveChain
) -> None:
    filled = await made(desk).fill(chain, None, TODAY, [STRADDLE])
    keys = {NIFTY, *(option_key(24_200.0, kind) for kind in (Kind.CALL, Kind.PUT))}
    assert set(desk.history.calls) == {f"today {key}" for key in keys}
    assert filled.traded == MINUTES
    assert filled.day is not None
    series = combined(filled.day, STRADDLE, chain.closes_at)
    last = sum(desk.market_data.values[key][Col.LTP] for key in keys - {NIFTY})
    assert series.value[-1] == pytest.approx(last)
    assert series.traded.all()


async def test_what_is_recorded_is_kept_and_only_the_rest_is_filled(
    desk: FakeDesk, chain: LiveChain
) -> None:
    recorded = ChainDay.of([snapshot(minute, STRIKES) for minute in (0, 1, 44)])
    filled = await made(desk).fill(chain, recorded, TODAY, [STRADDLE])
    assert filled.traded == MINUTES - 3
    assert filled.day is not None
    assert len(filled.day) == MINUTES
    at = filled.day.at(minute_of(OPENING) + 44)
    np.testing.assert_array_equal(filled.day.bid[at], recorded.bid[2])


async def test_the_broker_is_asked_once(desk: FakeDesk, chain: LiveChain) -> None:
    minutes = made(desk)
    await minutes.fill(chain, None, TODAY, [STRADDLE])
    asked = len(desk.history.calls)
    await minutes.fill(chain, None, TODAY, [STRADDLE])
    assert len(desk.history.calls) == asked


async def test_a_rolling_straddle_asks_for_the_strikes_where_the_money_was(
    desk: FakeDesk, chain: LiveChain
) -> None:
    filled = await made(desk).fill(chain, None, TODAY, [Rolling()])
    assert 6 <= len(desk.history.calls) - 1 <= MOST
    assert filled.day is not None
    assert np.isfinite(combined(filled.day, Rolling(), chain.closes_at).value).all()


async def test_a_pair_by_delta_is_not_filled_and_says_so(desk: FakeDesk, chain: LiveChain) -> None:
    filled = await made(desk).fill(chain, None, TODAY, [Rolling(by=Pick.DELTA, target=0.25)])
    assert desk.history.calls == [f"today {NIFTY}"]
    assert "delta" in filled.said[0]


async def test_what_the_broker_does_not_answer_stays_a_gap(
    desk: FakeDesk, chain: LiveChain
) -> None:
    desk.history.fails = BrokerUnavailable("the broker does not answer")
    recorded = ChainDay.of([snapshot(3, STRIKES)])
    filled = await made(desk).fill(chain, recorded, TODAY, [STRADDLE])
    assert filled.day is recorded
    assert filled.said == ("the broker has no minutes of the underlying",)
    assert len(desk.history.calls) == 1


async def test_a_holiday_has_no_minutes(desk: FakeDesk, chain: LiveChain) -> None:
    filled = await made(desk).fill(chain, None, date(2026, 11, 21), [STRADDLE])
    assert filled.day is None
    assert desk.history.calls == []
