"""The chain's numbers as one array, and which of them are sent."""

import numpy as np
import pytest

from core.instruments.instrument import Kind
from core.state.chains import CALL, PUT, LiveChain
from core.state.freshness import Freshness
from core.state.market import Col
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import EXPIRY, STRIKES, option_key
from ui.components.chain_fields import (
    ABSENT,
    AT,
    DEFAULT,
    DIGITS,
    FIELDS,
    NAMES,
    NARROW,
    numbers,
    orders,
)

STRIKE = 24_200.0
ROW = STRIKES.index(STRIKE)


async def opened(desk: FakeDesk) -> LiveChain:
    keeper = desk.services.chain_keeper
    chain = await keeper.open("test", "NIFTY", EXPIRY)
    await keeper.settle()
    keeper.refresh(chain)
    return chain


def cell(desk: FakeDesk, chain: LiveChain, side: int, name: str) -> float:
    return float(numbers(desk.services, chain, desk.clock.now())[ROW, side, AT[name]])


async def test_every_field_is_what_the_market_and_the_chain_say() -> None:
    desk = make_desk()
    chain = await opened(desk)
    key = option_key(STRIKE, Kind.CALL)
    market = desk.services.market
    for name, column in (("ltp", Col.LTP), ("bid", Col.BID), ("ask", Col.ASK), ("oi", Col.OI)):
        assert cell(desk, chain, CALL, name) == market.get(key, column)
    assert cell(desk, chain, CALL, "volume") == market.get(key, Col.VOLUME)
    change = market.get(key, Col.LTP) - market.get(key, Col.CLOSE)
    assert cell(desk, chain, CALL, "change") == pytest.approx(change, abs=1e-4)
    assert cell(desk, chain, PUT, "oi-change") == pytest.approx(
        market.get(option_key(STRIKE, Kind.PUT), Col.OI) * 0.1
    )
    for name in ("iv", "delta", "gamma", "theta", "vega"):
        ours = getattr(chain, name)[PUT, ROW]
        half_a_digit = 0.5001 * 10.0 ** -DIGITS[name]
        assert cell(desk, chain, PUT, name) == pytest.approx(ours, abs=half_a_digit)


async def test_liquidity_is_scored_by_spread_size_and_volume() -> None:
    desk = make_desk()
    chain = await opened(desk)
    assert 0 < cell(desk, chain, PUT, "liquidity-score") <= 100
    desk.feed.say(option_key(STRIKE, Kind.PUT), {Col.BID: 0.0, Col.BID_QTY: 0.0})
    assert cell(desk, chain, PUT, "liquidity-score") == 0


async def test_a_side_without_a_buyer_has_no_bid_and_says_it_is_one_sided() -> None:
    desk = make_desk()
    chain = await opened(desk)
    desk.feed.say(option_key(STRIKE, Kind.PUT), {Col.BID: 0.0, Col.BID_QTY: 0.0})
    assert np.isnan(cell(desk, chain, PUT, "bid"))
    assert np.isnan(cell(desk, chain, PUT, "bid-qty"))
    assert cell(desk, chain, PUT, "liquidity") == 4


async def test_everything_is_stale_while_the_feed_is_down() -> None:
    desk = make_desk()
    chain = await opened(desk)
    assert cell(desk, chain, CALL, "fresh") == 0
    desk.feed.drop()
    assert cell(desk, chain, CALL, "fresh") == 1


async def test_a_refused_value_leaves_the_last_good_one_and_a_mark() -> None:
    desk = make_desk()
    chain = await opened(desk)
    before = cell(desk, chain, CALL, "ltp")
    row = int(chain.rows[CALL, ROW])
    desk.services.market.quarantine([row], desk.clock.now().timestamp() * 1000)
    assert cell(desk, chain, CALL, "ltp") == before
    assert cell(desk, chain, CALL, "fresh") == Freshness.REFUSED
    assert cell(desk, chain, PUT, "fresh") == Freshness.LIVE


async def test_a_strike_without_a_put_is_absent_there() -> None:
    desk = make_desk()
    chain = await opened(desk)
    chain.rows[PUT, ROW] = -1
    assert cell(desk, chain, PUT, "fresh") == ABSENT
    assert np.isnan(cell(desk, chain, PUT, "ltp"))
    assert cell(desk, chain, CALL, "ltp") > 0


def test_calls_end_and_puts_begin_at_the_strike_and_bids_stand_left_of_asks() -> None:
    calls, puts = orders(DEFAULT)
    assert calls == list(DEFAULT)
    assert puts[0] == "ltp"
    assert puts[-1] == "oi-change"
    assert puts.index("bid") < puts.index("ask")
    assert sorted(puts) == sorted(calls)
    assert orders(NARROW) == (["oi", "iv", "ltp"], ["ltp", "iv", "oi"])


def test_one_of_two_paired_columns_alone_stays_itself() -> None:
    assert orders(("ltp", "bid")) == (["bid", "ltp"], ["ltp", "bid"])


def test_the_names_of_the_contract_with_users_are_all_there() -> None:
    promised = [
        "ltp",
        "bid",
        "ask",
        "iv",
        "delta",
        "gamma",
        "theta",
        "vega",
        "oi",
        "oi-change",
        "volume",
        "change",
    ]
    assert set(promised) <= {field.name for field in FIELDS}
    assert len(set(NAMES)) == len(NAMES)
