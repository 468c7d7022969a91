"""How good the numbers are: against mpmath, QuantLib, and a million inputs good and bad."""

from collections.abc import Callable

import mpmath as mp
import numpy as np
import pytest

from core.pricing.black76 import price
from core.pricing.greeks import full_greeks
from core.pricing.implied_vol import Status, implied_vol
from tests.core.pricing.accuracy import (
    EPS,
    Drawn,
    draw,
    fuzz,
    greeks_errors,
    quantlib_prices,
    volatility_errors,
)
from tests.core.pricing.reference import formula


def test_volatility_is_within_ten_times_the_attainable_error_of_mpmath():
    worst = volatility_errors(5000, 5)
    assert worst.without == 0
    assert worst.attainable <= 10
    assert worst.tradable <= 1e-10
    assert worst.well_conditioned <= 1e-12


def test_a_hundred_thousand_prices_of_quantlib_give_their_volatility_back():
    d = draw(100_000, 6)
    theirs = quantlib_prices(d)
    ours = price(d.forward, d.strike, d.years, d.vol, d.discount, d.call)
    # its tails are good to the last bit of the larger of forward and strike, not of the price
    bit = EPS * d.discount * np.maximum(d.forward, d.strike)
    assert np.all(np.abs(ours - theirs) <= 10 * bit)
    got, status = implied_vol(theirs, d.forward, d.strike, d.years, d.discount, d.call)
    assert not status.any()
    vega = 100 * full_greeks(d.forward, d.strike, d.years, d.vol, d.discount, d.call).vega
    assert np.all(np.abs(got - d.vol) <= 10 * np.maximum(bit / vega, EPS * d.vol))


def test_a_hundred_thousand_greeks_are_those_of_quantlib():
    for name, error in greeks_errors(100_000, 7).items():
        assert error <= 1e-8, name


ORDERS = {  # of forward, years and volatility, and what one unit of ours is
    "gamma": ((2, 0, 0), 1),
    "vanna": ((1, 0, 1), 100),
    "charm": ((1, 1, 0), -365),
    "volga": ((0, 0, 2), 10_000),
    "speed": ((3, 0, 0), 1),
    "colour": ((2, 1, 0), -365),
}


@pytest.mark.parametrize("name", ORDERS)
def test_the_second_order_is_mpmaths(name: str):
    """By differentiating Black's formula in 50 digits: no step, no rounding."""
    d = draw(25, 8)
    g = getattr(full_greeks(d.forward, d.strike, d.years, d.vol, d.discount, d.call), name)
    orders, unit = ORDERS[name]
    with mp.workdps(50):
        for i in range(25):
            at = tuple(mp.mpf(float(a[i])) for a in (d.forward, d.years, d.vol))
            exact = float(mp.diff(of_forward_years_and_vol(d, i), at, orders)) / unit
            assert g[i] == pytest.approx(exact, rel=1e-8), i


def of_forward_years_and_vol(d: Drawn, i: int) -> Callable[..., mp.mpf]:
    rate, strike, call = mp.mpf(float(d.rate[i])), mp.mpf(float(d.strike[i])), bool(d.call[i])
    return lambda f, t, vol: formula(f, strike, t, vol, mp.exp(-rate * t), call)


def test_a_million_inputs_give_a_number_or_a_reason():
    found = fuzz(1_000_000, 1)
    assert found.wrong == 0
    assert found.solved > 200_000
    assert found.reasons == set(Status)


def test_good_contracts_among_bad_ones_are_none_the_worse():
    d = draw(1000, 9)
    value = price(d.forward, d.strike, d.years, d.vol, d.discount, d.call)
    alone, status = implied_vol(value, d.forward, d.strike, d.years, d.discount, d.call)
    bad = np.arange(1000) % 3 == 0
    mixed, codes = implied_vol(
        np.where(bad, np.nan, value), d.forward, d.strike, d.years, d.discount, d.call
    )
    assert not status.any()
    assert np.array_equal(codes == Status.OK, ~bad)
    assert mixed[~bad] == pytest.approx(alone[~bad], rel=1e-12)
