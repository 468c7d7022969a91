"""Volatility and greeks at one go: the same numbers as one after the other."""

import numpy as np
import pytest

from core.pricing.black76 import price
from core.pricing.greeks import full_greeks
from core.pricing.implied_greeks import implied_full_greeks, implied_greeks
from core.pricing.implied_vol import BLOCK, Status, implied_vol
from tests.core.pricing.accuracy import draw

FIRST = ("delta", "gamma", "theta", "vega", "rho")
SECOND = ("vanna", "charm", "volga", "speed", "colour")


@pytest.mark.parametrize("years", [5 / 525600, 7 / 365, 5.0])
@pytest.mark.parametrize("vol", [0.05, 0.3, 1.5])
def test_they_are_the_greeks_at_the_implied_volatility(years: float, vol: float):
    strikes = 24250.0 * np.exp(np.linspace(-5, 5, 41) * vol * np.sqrt(years))
    call = strikes > 24250.0
    value = price(24250.0, strikes, years, vol, 0.98, call)
    got = implied_full_greeks(value, 24250.0, strikes, years, 0.98, call)
    iv, status = implied_vol(value, 24250.0, strikes, years, 0.98, call)
    assert np.array_equal(got.iv, iv)
    assert np.array_equal(got.status, status)
    same = full_greeks(24250.0, strikes, years, iv, 0.98, call)
    for name in FIRST + SECOND:
        size = np.max(np.abs(getattr(same, name)))
        assert getattr(got.greeks, name) == pytest.approx(
            getattr(same, name), rel=1e-9, abs=1e-11 * size
        ), name
    first = implied_greeks(value, 24250.0, strikes, years, 0.98, call).greeks
    for name in FIRST:
        assert np.array_equal(getattr(first, name), getattr(got.greeks, name)), name


def test_a_side_of_the_money_makes_no_difference_to_how_they_are_made():
    # deep in and out of the money, above and below half of the largest price
    strikes = np.array([2000.0, 9000.0, 24000.0, 24250.0, 24500.0, 60000.0, 400000.0])
    for call in (True, False):
        value = price(24250.0, strikes, 2.0, 1.2, 0.9, call)
        got = implied_greeks(value, 24250.0, strikes, 2.0, 0.9, call).greeks
        want = full_greeks(24250.0, strikes, 2.0, 1.2, 0.9, call)
        for name in FIRST:
            assert getattr(got, name) == pytest.approx(getattr(want, name), rel=1e-8), name


def test_what_has_no_volatility_has_no_greeks():
    got = implied_full_greeks([5.0, np.nan, 9.0, 5.0], [100, 100, 110, 100], 100, 0.1, 1, True)
    assert [Status(s) for s in got.status] == [
        Status.OK,
        Status.NO_PRICE,
        Status.BELOW_INTRINSIC,
        Status.OK,
    ]
    for name in FIRST + SECOND:
        assert np.isnan(getattr(got.greeks, name)).tolist() == [False, True, True, False], name


def test_a_contract_alone_gives_the_same_bits_as_among_others():
    d = draw(BLOCK + 300, 4)
    value = price(d.forward, d.strike, d.years, d.vol, d.discount, d.call)
    columns = (value, d.forward, d.strike, d.years, d.discount, d.call)
    whole = implied_greeks(*columns)
    for size in (1, 2, 3, 5, 8, 13, 100):
        for at in range(BLOCK + 300 - 20 * size, BLOCK + 300, size):
            part = slice(at, at + size)
            some = implied_greeks(*(column[part] for column in columns))
            assert np.array_equal(some.iv, whole.iv[part])
            assert np.array_equal(some.greeks.delta, whole.greeks.delta[part])


def test_blocks_and_shapes_do_not_show():
    strikes = np.linspace(80, 120, BLOCK + 7)
    value = price(100.0, strikes, 0.2, 0.25, 1.0, True)
    long = implied_greeks(value, 100.0, strikes, 0.2, 1.0, True)
    short = implied_greeks(value[-9:], 100.0, strikes[-9:], np.full(9, 0.2), 1.0, True)
    assert long.iv[-9:] == pytest.approx(short.iv, rel=1e-14)
    assert long.greeks.delta[-9:] == pytest.approx(short.greeks.delta, rel=1e-14)
    both = implied_greeks([[5.0], [4.0]], 100.0, [95.0, 100.0, 105.0], 0.2, 1.0, [[True], [False]])
    assert both.iv.shape == both.status.shape == both.greeks.rho.shape == (2, 3)
    alone = implied_greeks(5.0, 100.0, 100.0, 0.2, 1.0, True)
    assert alone.iv.shape == alone.greeks.delta.shape == ()
    assert alone.iv == pytest.approx(both.iv[0, 1])
    none = implied_greeks([], 100.0, [], 0.2, 1.0, True)
    assert none.iv.shape == none.status.shape == none.greeks.theta.shape == (0,)
