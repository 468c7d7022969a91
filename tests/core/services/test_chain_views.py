"""Live chains as positions see them."""

import numpy as np
import pytest

from core.errors import RuleBroken
from core.instruments.instrument import Kind, Right
from core.services.chain_views import chain_view
from core.state.market import Col
from core.strategies.chain_view import ChainView
from core.strategies.chooser import By, Chooser
from core.strategies.payoff import summary
from core.strategies.templates import BY_NAME
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import EXPIRY, FAR_EXPIRY, FORWARD, FUTURE, option_key


@pytest.fixture
def desk() -> FakeDesk:
    return make_desk()


async def seen(desk: FakeDesk) -> ChainView:
    s = desk.services
    chains = [
        await s.chain_keeper.open(f"page {expiry}", "NIFTY", expiry)
        for expiry in (FAR_EXPIRY, EXPIRY)
    ]
    await s.chain_keeper.settle()
    for chain in chains:
        s.chain_keeper.refresh(chain)
    return chain_view(
        chains,
        s.market,
        now=desk.clock.now(),
        rate=s.rate,
        futures=await s.instruments.futures("NIFTY"),
        close_of=s.calendar.close_of,
    )


async def test_expiries_come_nearest_first_with_what_the_chains_say(desk: FakeDesk) -> None:
    found = await seen(desk)
    assert [each.expiry for each in found.expiries] == [EXPIRY, FAR_EXPIRY]
    near = found.expiries[0]
    assert near.forward == pytest.approx(FORWARD, abs=0.1)
    assert near.lot_size == 65
    at = near.index(Right.CALL, 24_250.0)
    assert near.bid[0, at] < near.mid[0, at] < near.ask[0, at]
    assert near.iv[0, at] == pytest.approx(0.12, abs=0.001)


async def test_an_option_without_quotes_has_its_last_price_and_one_without_any_none(
    desk: FakeDesk,
) -> None:
    await seen(desk)
    key, other = (option_key(24_250.0, kind) for kind in (Kind.CALL, Kind.PUT))
    desk.feed.say(key, {Col.BID: 0.0, Col.ASK: 12.0, Col.LTP: 11.0})
    desk.feed.say(other, {Col.BID: 0.0, Col.ASK: 0.0, Col.LTP: 0.0})
    near = (await seen(desk)).expiries[0]
    at = near.index(Right.CALL, 24_250.0)
    assert (near.mid[0, at], near.ask[0, at]) == (11.0, 12.0)
    assert np.isnan([near.bid[0, at], near.mid[1, at], near.bid[1, at]]).all()


async def test_templates_build_and_are_valued_on_the_live_chain(desk: FakeDesk) -> None:
    found = await seen(desk)
    legs = BY_NAME["iron-condor"].build(found, Chooser(by=By.DELTA, delta=0.3))
    figures = summary(legs, found.market())
    assert figures.max_loss < 0 < figures.max_profit
    assert figures.pnl == pytest.approx(0.0, abs=1e-6)
    assert 0 < figures.pop_smile < 1
    calendar = BY_NAME["call-calendar"].build(found, Chooser())
    assert {leg.expiry for leg in calendar} == {EXPIRY, FAR_EXPIRY}


async def test_a_future_goes_along_with_its_quotes(desk: FakeDesk) -> None:
    await seen(desk)
    desk.feed.say(FUTURE, {Col.BID: 24_230.0, Col.ASK: 24_232.0, Col.LTP: 24_240.0})
    found = await seen(desk)
    future, call = BY_NAME["covered-call"].build(found, Chooser())
    assert (future.key, future.price, future.closes_at) == (FUTURE, 24_231.0, call.closes_at)
    with pytest.raises(RuleBroken, match="no future"):
        found.future(FAR_EXPIRY.replace(year=2030))
