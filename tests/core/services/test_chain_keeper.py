import asyncio
from dataclasses import replace
from datetime import date, timedelta
from math import nan

import numpy as np
import pytest

from core.errors import BrokerUnavailable, RuleBroken
from core.instruments.instrument import Kind
from core.ports.feed import FeedMode
from core.services import chain_keeper as module
from core.state.chains import CALL, PUT
from core.state.market import Col
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import (
    EXPIRY,
    FUTURE,
    NEXT_EXPIRY,
    NIFTY,
    NOW,
    STRIKES,
    option_key,
    universe,
)


@pytest.fixture
def desk() -> FakeDesk:
    return make_desk()


def mode(desk: FakeDesk, strike: float) -> FeedMode:
    return desk.feed.wanted[option_key(strike, Kind.CALL)]


async def test_an_opened_chain_has_its_strikes_keys_and_numbers(desk: FakeDesk):
    chain = await desk.services.chain_keeper.open("page", "NIFTY", EXPIRY)
    assert chain.strikes.tolist() == list(STRIKES)
    assert chain.keys[PUT][3] == option_key(STRIKES[3], Kind.PUT)
    assert (chain.underlying, chain.future, chain.lot_size) == (NIFTY, FUTURE, 65)
    assert chain.closes_at.strftime("%d %H:%M") == "23 15:40"
    assert chain.forward > 0  # the feed's snapshot was there at once
    assert desk.services.chains.get("NIFTY", EXPIRY) is chain


@pytest.mark.parametrize("symbol", ["NOSUCH", "", "<b>x</b>", "'; drop table instruments;--"])
async def test_an_unknown_underlying_is_refused_and_changes_nothing(desk: FakeDesk, symbol: str):
    with pytest.raises(RuleBroken, match="no options"):
        await desk.services.chain_keeper.open("page", symbol, EXPIRY)
    assert not list(desk.services.chains)
    assert desk.feed.asked == []


async def test_an_expiry_that_is_not_listed_is_refused(desk: FakeDesk):
    with pytest.raises(RuleBroken, match="24 Nov 2026"):
        await desk.services.chain_keeper.open("page", "NIFTY", date(2026, 11, 24))


async def test_viewers_share_one_chain_also_when_they_come_at_once(desk: FakeDesk):
    keeper = desk.services.chain_keeper
    one, two = await asyncio.gather(*(keeper.open(v, "NIFTY", EXPIRY) for v in ("one", "two")))
    assert one is two


async def test_yesterdays_open_interest_comes_by_request(desk: FakeDesk):
    keeper = desk.services.chain_keeper
    chain = await keeper.open("page", "NIFTY", EXPIRY)
    assert np.isnan(chain.oi_prev).all()
    await keeper.settle()
    assert chain.filled
    oi = desk.market_data.values[option_key(STRIKES[0], Kind.CALL)][Col.OI]
    assert chain.oi_prev[CALL, 0] == pytest.approx(0.9 * oi)


async def test_first_values_come_by_request_while_the_feed_is_away():
    desk = make_desk(connected=False)
    keeper = desk.services.chain_keeper
    chain = await keeper.open("page", "NIFTY", EXPIRY)
    assert not chain.iv[CALL, 10] > 0
    await keeper.settle()
    keeper.refresh(chain)
    assert chain.iv[CALL, 14] > 0
    assert chain.pcr == pytest.approx(1.2, abs=0.001)


async def test_a_request_never_overwrites_what_the_feed_has_sent(desk: FakeDesk):
    key = option_key(24_200.0, Kind.CALL)
    chain = await desk.services.chain_keeper.open("page", "NIFTY", EXPIRY)
    desk.feed.say(key, {Col.LTP: 999.0})
    await desk.services.chain_keeper.settle()
    assert chain.filled
    assert desk.services.market.get(key, Col.LTP) == 999.0


async def test_a_contract_that_never_traded_has_no_last_price():
    desk = make_desk(connected=False)
    key = option_key(24_200.0, Kind.CALL)
    desk.market_data.values[key] = {**desk.market_data.values[key], Col.LTP: 0.0}
    await desk.services.chain_keeper.open("page", "NIFTY", EXPIRY)
    await desk.services.chain_keeper.settle()
    assert np.isnan(desk.services.market.get(key, Col.LTP))


async def test_a_broker_that_is_away_is_asked_again(
    desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "TRY_AGAIN", 0.0)
    desk.market_data.fails = BrokerUnavailable("no answer")
    keeper = desk.services.chain_keeper
    chain = await keeper.open("page", "NIFTY", EXPIRY)
    await keeper.settle()
    assert (chain.filled, chain.problem) == (False, "no answer")
    desk.market_data.fails = None
    running = asyncio.create_task(keeper.run())
    await asyncio.sleep(0)
    await keeper.settle()
    running.cancel()
    assert (chain.filled, chain.problem) == (True, "")


async def test_rows_in_view_are_sent_in_full_and_the_rest_in_brief(desk: FakeDesk):
    keeper = desk.services.chain_keeper
    await keeper.open("one", "NIFTY", EXPIRY)
    assert mode(desk, 24_200.0) is FeedMode.OPTION_GREEKS
    keeper.focus("one", 10, 12)
    await keeper.open("two", "NIFTY", EXPIRY)
    keeper.focus("two", 20, 500)
    full = [k for k in STRIKES if mode(desk, k) is FeedMode.FULL]
    assert full == [*STRIKES[10:13], *STRIKES[20:]]
    assert desk.feed.wanted[NIFTY] == desk.feed.wanted[FUTURE] == FeedMode.FULL
    keeper.release("two")
    assert mode(desk, STRIKES[25]) is FeedMode.OPTION_GREEKS


async def test_a_stranger_changes_nothing(desk: FakeDesk):
    keeper = desk.services.chain_keeper
    await keeper.open("one", "NIFTY", EXPIRY)
    asked = len(desk.feed.asked)
    keeper.focus("stranger", 0, 5)
    keeper.release("stranger")
    assert len(desk.feed.asked) == asked


async def test_a_chain_closes_after_its_last_viewer(desk: FakeDesk):
    keeper = desk.services.chain_keeper
    chain = await keeper.open("one", "NIFTY", EXPIRY)
    keeper.release("one")
    await asyncio.sleep(0.01)
    assert not list(desk.services.chains)
    assert desk.feed.wanted == {}
    assert not keeper.refresh(chain)


async def test_a_reload_within_the_grace_finds_the_chain_as_it_was():
    desk = make_desk(grace=0.05)
    keeper = desk.services.chain_keeper
    chain = await keeper.open("one", "NIFTY", EXPIRY)
    keeper.release("one")
    assert await keeper.open("again", "NIFTY", EXPIRY) is chain
    await asyncio.sleep(0.1)
    assert list(desk.services.chains) == [chain]


async def test_a_viewer_looks_at_one_chain_at_a_time(desk: FakeDesk):
    keeper = desk.services.chain_keeper
    await keeper.open("page", "NIFTY", EXPIRY)
    second = await keeper.open("page", "NIFTY", NEXT_EXPIRY)
    await asyncio.sleep(0.01)
    assert list(desk.services.chains) == [second]
    assert second.future_expiry == date(2026, 12, 29)  # the next later one


async def test_numbers_are_computed_only_when_something_moved(desk: FakeDesk):
    keeper = desk.services.chain_keeper
    chain = await keeper.open("page", "NIFTY", EXPIRY)
    await keeper.settle()
    assert keeper.refresh(chain)
    assert not keeper.refresh(chain)
    desk.feed.say(option_key(24_200.0, Kind.PUT), {Col.OI: 1.0})
    assert keeper.refresh(chain)
    desk.feed.say(universe()[3].key, {Col.LTP: 1.0})  # a share
    assert not keeper.refresh(chain)
    desk.clock.advance(timedelta(minutes=1))
    assert keeper.refresh(chain)


async def test_a_new_day_makes_open_chains_anew_in_place(desk: FakeDesk):
    keeper, repository = desk.services.chain_keeper, desk.services.instruments
    chain = await keeper.open("page", "NIFTY", EXPIRY)
    await keeper.settle()
    listed = [i for i in universe() if i.strike != STRIKES[0]]
    desk.market_data.instruments = listed
    await repository.replace(listed, NOW)
    await keeper.remake()
    assert chain.strikes.tolist() == list(STRIKES[1:])
    assert chain.iv.shape == chain.oi_prev.shape == (2, len(STRIKES) - 1)
    assert (chain.generation, chain.filled, chain.listed) == (1, False, True)
    await keeper.settle()
    assert chain.filled
    assert option_key(STRIKES[0], Kind.CALL) not in desk.feed.wanted


async def test_an_expiry_that_is_over_is_said_to_be_unlisted(desk: FakeDesk):
    keeper = desk.services.chain_keeper
    chain = await keeper.open("page", "NIFTY", EXPIRY)
    await keeper.settle()
    await desk.services.instruments.replace(
        [i for i in universe() if not (i.is_option and i.expiry == EXPIRY)], NOW
    )
    await keeper.remake()
    assert not chain.listed
    assert chain.generation == 1
    assert desk.feed.wanted == {}
    keeper.focus("page", 0, 5)
    assert desk.feed.wanted == {}
    assert not keeper.refresh(chain)


async def test_an_answer_of_another_contract_is_not_taken(desk: FakeDesk):
    keeper = desk.services.chain_keeper
    broker_lists = [
        replace(i, strike=STRIKES[-1] + 50) if i.key == option_key(STRIKES[-1], Kind.CALL) else i
        for i in desk.market_data.instruments
    ]
    desk.market_data.instruments = broker_lists
    chain = await keeper.open("page", "NIFTY", EXPIRY)
    await keeper.settle()
    assert chain.filled
    assert np.isnan(chain.oi_prev[CALL, -1])
    assert chain.oi_prev[PUT, -1] > 0
    assert nan not in chain.strikes


async def test_the_days_price_limits_are_told_to_the_feed(desk: FakeDesk):
    limited, free = option_key(STRIKES[0], Kind.CALL), option_key(STRIKES[1], Kind.CALL)
    desk.market_data.limits[limited] = (0.05, 900.0)
    await desk.services.chain_keeper.open("page", "NIFTY", EXPIRY)
    await desk.services.chain_keeper.settle()
    assert desk.feed.bounds[limited] == (0.05, 900.0)
    assert free not in desk.feed.bounds
