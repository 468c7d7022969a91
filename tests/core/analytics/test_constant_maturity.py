from math import exp, isnan, nan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analytics.constant_maturity import (
    Maturity,
    at_the_money_vol,
    constant_maturity,
    nearest_vol,
    of_chain,
    of_straddle,
)
from core.pricing.black76 import price

RATE = 0.065
VOLS = st.floats(0.03, 1.5)
DAYS = st.floats(1.5, 300)


def at(days: float, vol: float) -> Maturity:
    return Maturity(years=days / 365, forward=24_000.0, vol=vol)


def test_between_two_expiries_total_variance_is_linear():
    near, far = at(20, 0.10), at(50, 0.16)
    variance = (0.10**2 * 20 * (2 / 3) + 0.16**2 * 50 * (1 / 3)) / 30
    assert constant_maturity([far, near]) == pytest.approx(sqrt(variance), rel=1e-12)


def test_an_expiry_of_just_thirty_days_is_the_answer():
    assert constant_maturity([at(20, 0.1), at(30, 0.123), at(50, 0.2)]) == pytest.approx(0.123)


def test_the_expiries_next_to_thirty_days_decide_and_no_others():
    near, far = at(25, 0.11), at(32, 0.12)
    assert constant_maturity([at(4, 0.5), near, far, at(90, 0.5)]) == constant_maturity([near, far])


@given(DAYS, DAYS, VOLS)
def test_a_flat_surface_has_the_same_volatility_everywhere(one: float, other: float, vol: float):
    found = constant_maturity([at(one, vol), at(other, vol)])
    assert isnan(found) or found == pytest.approx(vol, rel=1e-9)


@given(DAYS, DAYS, VOLS, VOLS)
def test_it_lies_between_the_two_where_they_lie_on_both_sides(
    one: float, other: float, v1: float, v2: float
):
    near, far = sorted((one, other))
    if near <= 30 <= far:
        found = constant_maturity([at(near, v1), at(far, v2)])
        assert min(v1, v2) * (1 - 1e-9) <= found <= max(v1, v2) * (1 + 1e-9)


@pytest.mark.parametrize(("days", "known"), [(35, True), (20, True), (41, False), (12, False)])
def test_one_expiry_stands_for_thirty_days_only_if_it_is_near(days: float, known: bool):
    found = constant_maturity([at(days, 0.12)])
    assert found == 0.12 if known else isnan(found)


@pytest.mark.parametrize("points", [[], [at(20, nan), at(50, nan)], [at(0.5, 0.3)]])
def test_nothing_known_is_unknown(points: list[Maturity]):
    assert isnan(constant_maturity(points))
    assert nearest_vol(points) is None


def test_the_nearest_expiry_is_not_the_one_in_its_last_day():
    assert nearest_vol([at(30, 0.1), at(0.9, 0.5), at(5, 0.2)]) == at(5, 0.2)


def test_at_the_money_the_side_out_of_the_money_counts():
    strikes = np.array([90.0, 110.0])
    iv = np.array([[9.0, 0.10], [0.20, 9.0]])
    assert at_the_money_vol(strikes, iv, 100.0) == pytest.approx(0.15)
    assert isnan(at_the_money_vol(strikes, iv, 120.0))
    assert isnan(at_the_money_vol(strikes, np.full((2, 2), nan), 100.0))
    assert isnan(at_the_money_vol(strikes, iv, nan))


@given(st.floats(0.05, 0.8), st.floats(2, 200), st.floats(-0.02, 0.04))
def test_a_chain_priced_at_one_volatility_gives_it_back(vol: float, days: float, carry: float):
    spot, years = 24_000.0, days / 365
    forward, discount = spot * (1 + carry), exp(-RATE * days / 365)
    strikes = np.arange(22_000.0, 26_001.0, 50)
    prices = np.stack(
        [price(forward, strikes, years, vol, discount, call) for call in (True, False)]
    )
    found = of_chain(strikes, prices, spot, years, RATE)
    assert found.forward == pytest.approx(forward, rel=1e-9)
    assert found.vol == pytest.approx(vol, rel=1e-6)
    one = int(np.abs(strikes - forward).argmin())
    pair = of_straddle(strikes[one], prices[0, one], prices[1, one], years, RATE)
    assert pair.forward == pytest.approx(forward, rel=1e-9)
    assert pair.vol == pytest.approx(vol, rel=1e-6)


def test_without_quotes_on_both_sides_the_forward_is_the_spot_grown():
    strikes = np.array([23_900.0, 24_000.0, 24_100.0])
    prices = np.array([[nan] * 3, [60.0, 100.0, 150.0]])
    found = of_chain(strikes, prices, 24_000.0, 0.1, RATE)
    assert found.forward == pytest.approx(24_000.0 * exp(RATE * 0.1))
