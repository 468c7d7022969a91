from math import exp, isnan, nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analytics.forward import carried, mids, mids_or_last, parity_forward
from core.analytics.straddle import at_the_money, straddle
from core.pricing.black76 import price
from tests.core.analytics import nse_chain

STRIKES = 24_000.0 + 50 * np.arange(21)


@given(
    forward=st.floats(24_100, 24_900),
    vol=st.floats(0.05, 1.0),
    years=st.floats(1e-4, 1.0),
    off=st.floats(-100, 100),
)
def test_the_forward_that_priced_the_options_comes_back(
    forward: float, vol: float, years: float, off: float
):
    discount = exp(-0.065 * years)
    calls, puts = (price(forward, STRIKES, years, vol, discount, call) for call in (True, False))
    found = parity_forward(STRIKES, calls, puts, forward + off, discount)
    assert found == pytest.approx(forward, abs=1e-6)


def test_a_mid_needs_both_quotes_above_zero_and_uncrossed():
    bid, ask = np.array([10.0, 0.0, 10.0, 11.0, nan]), np.array([10.5, 1.0, 0.0, 10.0, 2.0])
    assert mids(bid, ask)[0] == 10.25
    assert np.isnan(mids(bid, ask)[1:]).all()


def test_without_a_mid_the_last_trade_is_the_price_and_a_last_of_zero_is_none():
    bid, ask = np.array([10.0, 0.0, 11.0, nan]), np.array([10.5, 1.0, 10.0, nan])
    found = mids_or_last(bid, ask, np.array([9.0, 0.8, 0.0, nan]))
    np.testing.assert_array_equal(found, [10.25, 0.8, nan, nan])


def test_one_wild_strike_does_not_move_the_median():
    calls, puts = np.maximum(24_500 - STRIKES, 0) + 100, np.maximum(STRIKES - 24_500, 0) + 100
    calls[10] += 40
    assert parity_forward(STRIKES, calls, puts, 24_500) == 24_500


def test_two_strikes_are_too_few():
    calls = np.full(21, nan)
    calls[10:12] = 100.0
    assert isnan(parity_forward(STRIKES, calls, np.full(21, 100.0), 24_500))


def test_quotes_in_the_wings_alone_say_nothing():
    calls = np.full(21, nan)
    calls[:4] = 500.0
    assert isnan(parity_forward(STRIKES, calls, np.full(21, 1.0), 24_900))


@pytest.mark.parametrize("near", [nan, 0.0, -5.0])
def test_without_a_level_to_look_near_there_is_none(near: float):
    ones = np.ones(21)
    assert isnan(parity_forward(STRIKES, ones, ones, near))


def test_carry_grows_a_price_and_takes_it_back():
    assert carried(24_000, 0.065, 0.5) == pytest.approx(24_000 * exp(0.0325))
    assert carried(carried(24_000, 0.065, 0.5), 0.065, -0.5) == pytest.approx(24_000)
    assert isnan(carried(nan, 0.065, 0.5))
    assert isnan(carried(24_000, 0.065, nan))


def test_the_published_chain_of_5_december_2025_gives_its_forward_and_straddle(shared_data: Path):
    chain = nse_chain.read(shared_data, "09-Dec-2025")
    calls, puts = (
        mids(chain.column(side, "bidprice"), chain.column(side, "askPrice"))
        for side in ("CE", "PE")
    )
    forward = parity_forward(chain.strikes, calls, puts, chain.spot)
    assert forward == pytest.approx(26_203.95, abs=0.005)
    at = at_the_money(chain.strikes, forward)
    assert chain.strikes[at] == 26_200
    assert straddle(calls[at], puts[at]) == pytest.approx(152.95)


def test_the_far_expiry_is_not_fooled_by_strikes_without_real_quotes(shared_data: Path):
    chain = nse_chain.read(shared_data, "30-Dec-2025")
    calls, puts = (
        mids(chain.column(side, "bidprice"), chain.column(side, "askPrice"))
        for side in ("CE", "PE")
    )
    assert parity_forward(chain.strikes, calls, puts, chain.spot) == pytest.approx(26_330, abs=10)
