from datetime import timedelta
from math import exp, isnan, nan, sqrt

import numpy as np
import pytest

from core.instruments.instrument import Kind
from core.pricing.implied_vol import Status
from core.services.chain_numbers import compute
from core.state.chains import CALL, PUT, ForwardSource, LiveChain
from core.state.market import Col
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import EXPIRY, FORWARD, FUTURE, NIFTY, SPOT, STRIKES, VOL, option_key

RATE = 0.065


@pytest.fixture
def desk() -> FakeDesk:
    return make_desk()


@pytest.fixture
async def chain(desk: FakeDesk) -> LiveChain:
    chain = await desk.services.chain_keeper.open("test", "NIFTY", EXPIRY)
    await desk.services.chain_keeper.settle()
    return chain


def again(desk: FakeDesk, chain: LiveChain) -> LiveChain:
    s = desk.services
    compute(chain, s.market, s.clock.now(), RATE, s.calendar.close_of(EXPIRY))
    return chain


def unquote(desk: FakeDesk) -> None:
    for strike in STRIKES:
        for kind in (Kind.CALL, Kind.PUT):
            desk.feed.say(option_key(strike, kind), {Col.BID: 0.0, Col.ASK: 0.0})


async def test_forward_and_volatility_come_back_from_the_quotes(desk: FakeDesk, chain: LiveChain):
    again(desk, chain)
    assert chain.forward_source is ForwardSource.PARITY
    assert chain.forward == pytest.approx(FORWARD, abs=0.1)
    assert chain.spot == SPOT
    assert chain.basis == pytest.approx(FORWARD - SPOT, abs=0.1)
    near = slice(chain.atm - 5, chain.atm + 6)
    assert chain.iv[:, near] == pytest.approx(np.full((2, 11), VOL), abs=0.001)
    assert (chain.status[:, near] == Status.OK).all()


async def test_call_and_put_of_a_strike_agree(desk: FakeDesk, chain: LiveChain):
    again(desk, chain)
    near = slice(chain.atm - 3, chain.atm + 4)
    assert (chain.iv[CALL, near] == chain.iv[PUT, near]).all()
    discount = exp(-RATE * chain.years)
    assert chain.delta[CALL] - chain.delta[PUT] == pytest.approx(discount, abs=0.02)


async def test_the_headline_is_that_of_the_made_up_chain(desk: FakeDesk, chain: LiveChain):
    again(desk, chain)
    assert chain.strikes[chain.atm] == 24_250
    assert chain.pcr == pytest.approx(1.2, abs=0.001)
    assert chain.pcr_volume == pytest.approx(1.0)
    assert chain.max_pain == 24_250
    days = 5 + (5 * 60 + 40) / 1440
    assert chain.years * 365 == pytest.approx(days)
    assert chain.expected_move == pytest.approx(FORWARD * VOL * sqrt(days / 365), rel=0.002)
    assert chain.straddle == pytest.approx(0.8 * chain.expected_move, rel=0.01)


async def test_without_quotes_the_future_gives_the_forward(desk: FakeDesk, chain: LiveChain):
    unquote(desk)
    desk.feed.say(FUTURE, {Col.LTP: 24_260.0})
    again(desk, chain)
    assert (chain.forward, chain.forward_source) == (24_260.0, ForwardSource.FUTURE)


async def test_a_later_future_is_taken_back_to_the_expiry(desk: FakeDesk, chain: LiveChain):
    unquote(desk)
    later = chain.closes_at + timedelta(days=365)
    compute(chain, desk.services.market, desk.clock.now(), RATE, later)
    assert chain.forward == pytest.approx(FORWARD * exp(-RATE))


async def test_without_a_future_the_spot_is_carried(desk: FakeDesk, chain: LiveChain):
    unquote(desk)
    compute(chain, desk.services.market, desk.clock.now(), RATE, None)
    assert chain.forward_source is ForwardSource.CARRY
    assert chain.forward == pytest.approx(SPOT * exp(RATE * chain.years))


async def test_with_nothing_known_nothing_is_made_up(desk: FakeDesk, chain: LiveChain):
    unquote(desk)
    for key in (NIFTY, FUTURE):
        desk.feed.say(key, {Col.LTP: nan})
    again(desk, chain)
    assert chain.forward_source is ForwardSource.NONE
    assert chain.atm == -1
    numbers = (chain.forward, chain.basis, chain.straddle, chain.expected_move)
    assert all(isnan(number) for number in numbers)
    assert np.isnan(chain.iv).all()


async def test_the_frozen_index_does_not_move_the_forward(desk: FakeDesk, chain: LiveChain):
    before = again(desk, chain).forward
    desk.feed.say(NIFTY, {Col.LTP: SPOT - 60})
    assert again(desk, chain).forward == pytest.approx(before, abs=0.1)
    assert chain.basis == pytest.approx(before - SPOT + 60, abs=0.1)


async def test_the_last_price_stands_in_for_a_missing_quote(desk: FakeDesk, chain: LiveChain):
    key, at = option_key(24_400.0, Kind.CALL), int(np.searchsorted(chain.strikes, 24_400))
    desk.feed.say(key, {Col.BID: 0.0})
    assert again(desk, chain).status[CALL, at] == Status.OK
    desk.feed.say(key, {Col.LTP: nan})
    assert np.isnan(again(desk, chain).iv[CALL, at])
    assert chain.status[CALL, at] != Status.OK


async def test_an_expired_chain_has_no_time_and_no_volatility(desk: FakeDesk, chain: LiveChain):
    desk.clock.set(chain.closes_at + timedelta(minutes=1))
    again(desk, chain)
    assert chain.years == 0.0
    assert np.isnan(chain.iv).all()


async def test_an_absent_contract_has_no_numbers_of_another(desk: FakeDesk, chain: LiveChain):
    chain.rows[PUT, 4] = -1
    desk.services.market.values[-1, :] = 7.0  # what a careless -1 would read
    again(desk, chain)
    assert np.isnan(chain.iv[PUT, 4])
    assert chain.max_pain == 24_250


async def test_a_wide_quote_in_the_money_moves_no_volatility(desk: FakeDesk, chain: LiveChain):
    before = again(desk, chain).iv[CALL, 0]
    deep = option_key(STRIKES[0], Kind.CALL)
    ask = desk.services.market.get(deep, Col.ASK)
    desk.feed.say(deep, {Col.ASK: ask + 80.0})
    assert again(desk, chain).iv[CALL, 0] == pytest.approx(before, abs=1e-4)


async def test_without_the_other_side_an_option_has_its_own_volatility(
    desk: FakeDesk, chain: LiveChain
):
    inside, outside = option_key(STRIKES[0], Kind.CALL), option_key(STRIKES[0], Kind.PUT)
    desk.feed.say(outside, {Col.BID: 0.0, Col.ASK: 0.0, Col.LTP: 0.0})
    own = again(desk, chain).iv[CALL, 0]
    desk.feed.say(inside, {Col.ASK: desk.services.market.get(inside, Col.ASK) + 40.0})
    assert again(desk, chain).iv[CALL, 0] > own + 0.001
