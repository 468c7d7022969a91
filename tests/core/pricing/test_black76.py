"""Prices: published numbers, mpmath, parity, limits, bounds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.pricing.black76 import price
from tests.core.pricing.on_spot import black_scholes
from tests.core.pricing.reference import black76

SANE = {"allow_nan": False, "allow_infinity": False}


def test_the_textbook_call_and_put():
    # Hull, Options, Futures and Other Derivatives, example 15.6: S 42, K 40, r 10 %, 20 %, 6 months
    assert black_scholes(42, 40, 0.5, 0.2, 0.1, True) == pytest.approx(4.76, abs=0.005)
    assert black_scholes(42, 40, 0.5, 0.2, 0.1, False) == pytest.approx(0.81, abs=0.005)


def test_the_textbook_put_on_a_future():
    # Hull, example 17.6: F 20, K 20, r 9 %, 25 %, 4 months
    put = price(20, 20, 4 / 12, 0.25, np.exp(-0.09 * 4 / 12), False)
    assert put == pytest.approx(1.12, abs=0.005)


@pytest.mark.parametrize("strike", [20000.0, 23500.0, 24250.0, 25000.0, 28000.0])
@pytest.mark.parametrize(("years", "vol"), [(1e-5, 0.5), (5 / 365, 0.12), (2.0, 0.3), (5.0, 1.5)])
def test_prices_equal_mpmath(strike: float, years: float, vol: float):
    for call in (True, False):
        exact = float(black76(24250.0, strike, years, vol, 0.97, call))
        assert price(24250.0, strike, years, vol, 0.97, call) == pytest.approx(
            exact, rel=1e-12, abs=2e-11
        )


def test_no_time_or_no_volatility_leaves_the_discounted_intrinsic_value():
    assert price([105.0, 95.0, 100.0], 100.0, 0.0, 0.2, 0.9, True) == pytest.approx([4.5, 0, 0])
    assert price([105.0, 95.0, 100.0], 100.0, 1.0, 0.0, 0.9, False) == pytest.approx([0, 4.5, 0])


def test_unknown_in_is_unknown_out_for_that_contract_alone():
    got = price([100.0, np.nan, 100.0], 100.0, [1.0, 1.0, -1.0], 0.2, 1.0, True)
    assert np.isnan(got).tolist() == [False, True, True]


def test_arguments_broadcast_like_a_chain():
    strikes = np.array([[95.0, 100.0, 105.0]])
    both = price(100.0, strikes, 0.1, 0.2, 0.99, np.array([[True], [False]]))
    assert both.shape == (2, 3)
    assert both[0] - both[1] == pytest.approx(0.99 * (100.0 - strikes[0]))


@given(
    f=st.floats(1, 1e5, **SANE),
    moneyness=st.floats(-1, 1, **SANE),
    years=st.floats(1e-6, 5, **SANE),
    vol=st.floats(0.005, 4, **SANE),
    discount=st.floats(0.5, 1, **SANE),
)
def test_prices_keep_parity_and_the_bounds(f, moneyness, years, vol, discount):
    k = f * np.exp(moneyness)
    call, put = price(f, k, years, vol, discount, [True, False])
    slack = 1e-12 * (f + k)
    assert call - put == pytest.approx(discount * (f - k), abs=slack)
    assert discount * max(f - k, 0) - slack <= call <= discount * f + slack
    assert discount * max(k - f, 0) - slack <= put <= discount * k + slack
