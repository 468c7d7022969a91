"""Implied volatility: to the precision of the price, and a reason where there is none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.pricing.black76 import price
from core.pricing.implied_vol import BLOCK, Status, implied_vol


@pytest.mark.parametrize("vol", [0.005, 0.05, 0.5, 1.0, 4.0])
@pytest.mark.parametrize("years", [5 / 525600, 7 / 365, 1.0, 5.0])
def test_a_round_trip_at_and_around_the_money(vol: float, years: float):
    strikes = 100 * np.exp(np.array([-1.0, -1e-9, 0.0, 1e-12, 0.5]) * vol * np.sqrt(years))
    call = strikes >= 100
    value = price(100.0, strikes, years, vol, 0.95, call)
    got, status = implied_vol(value, 100.0, strikes, years, 0.95, call)
    assert status.tolist() == [Status.OK] * 5
    assert got == pytest.approx(np.full(5, vol), rel=1e-11)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((5.0, 1e-40, 1e-40, 0.1, 1.0), Status.BAD_INPUT),
        ((5.0, 100.0, 1e60, 0.1, 1.0), Status.BAD_INPUT),
        ((5.0, 100.0, 100.0, 1e5, 1.0), Status.BAD_INPUT),
        ((5.0, 100.0, 100.0, 0.1, np.inf), Status.BAD_INPUT),
        ((5.0, 100.0, 100.0, 1e-13, 1.0), Status.EXPIRED),
        ((1e-120, 100.0, 100.0, 0.1, 1.0), Status.BELOW_INTRINSIC),
    ],
)
def test_sizes_that_no_contract_has_are_refused(arguments: tuple[float, ...], status: Status):
    vol, code = implied_vol(*arguments, True)
    assert np.isnan(vol)
    assert Status(int(code)) is status


def test_every_missing_volatility_says_why():
    cases = {
        Status.OK: (5.0, 100.0, 100.0, 0.1),
        Status.BELOW_INTRINSIC: (9.0, 110.0, 100.0, 0.1),
        Status.ABOVE_MAXIMUM: (111.0, 110.0, 100.0, 0.1),
        Status.NO_PRICE: (np.nan, 110.0, 100.0, 0.1),
        Status.EXPIRED: (5.0, 110.0, 100.0, 0.0),
        Status.BAD_INPUT: (5.0, np.nan, 100.0, 0.1),
    }
    p, f, k, t = (np.array(column) for column in zip(*cases.values(), strict=True))
    vol, status = implied_vol(p, f, k, t, 1.0, True)
    assert [Status(s) for s in status] == list(cases)
    assert np.isnan(vol).tolist() == [False] + [True] * 5
    assert Status.OK.reason == ""
    assert all(s.reason for s in Status if s is not Status.OK)


def test_a_price_of_zero_is_no_price_and_the_intrinsic_value_itself_has_no_volatility():
    vol, status = implied_vol([0.0, 10.0], 110.0, [120.0, 100.0], 0.1, 1.0, True)
    assert [Status(s) for s in status] == [Status.NO_PRICE, Status.BELOW_INTRINSIC]
    assert np.isnan(vol).all()


@given(st.lists(st.tuples(*[st.floats()] * 5, st.booleans()), min_size=1, max_size=30))
def test_no_number_whatever_raises_or_gives_a_volatility_that_is_none(rows):
    columns = [np.array(c) for c in zip(*rows, strict=True)]
    vol, status = implied_vol(*columns)
    solved = status == Status.OK
    assert np.all(np.isfinite(vol[solved]))
    assert np.all(vol[solved] >= 0)
    assert np.all(np.isnan(vol[~solved]))


def test_blocks_and_shapes_do_not_show():
    n = BLOCK + 7
    strikes = np.linspace(80, 120, n)
    value = price(100.0, strikes, 0.2, 0.25, 1.0, strikes > 100)
    vol, status = implied_vol(value, 100.0, strikes, 0.2, 1.0, strikes > 100)
    assert vol == pytest.approx(np.full(n, 0.25), rel=1e-9)
    assert not status.any()
    scalar, code = implied_vol(5.0, 100.0, 100.0, 0.2, 1.0, True)
    assert scalar.shape == code.shape == ()
    none, no_code = implied_vol([], 100.0, 100.0, 0.2, 1.0, True)
    assert none.shape == no_code.shape == (0,)
