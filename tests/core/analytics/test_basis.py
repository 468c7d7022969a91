from math import isnan, nan

import pytest

from core.analytics.basis import basis, roll


def test_the_basis_in_points_percent_and_a_year():
    found = basis(24_120.0, 24_000.0, 0.1)
    assert found.points == 120.0
    assert found.fraction == pytest.approx(0.005)
    assert found.annual == pytest.approx(0.05)


def test_a_future_below_its_spot_has_a_negative_basis():
    assert basis(23_940.0, 24_000.0, 0.05).annual == pytest.approx(-0.05)


@pytest.mark.parametrize(("future", "spot"), [(nan, 24_000), (24_000, nan), (0, 24_000)])
def test_an_unknown_price_leaves_all_unknown(future: float, spot: float):
    found = basis(future, spot, 0.1)
    assert isnan(found.points)
    assert isnan(found.annual)


def test_at_expiry_nothing_can_be_annualised():
    assert isnan(basis(24_001.0, 24_000.0, 0.0).annual)
    assert basis(24_001.0, 24_000.0, 0.0).points == 1.0


def test_the_roll_is_next_less_near_and_tells_how_much_has_rolled():
    found = roll(24_100.0, 24_220.5, 28 / 365, near_oi=3e6, next_oi=1e6)
    assert found.spread == 120.5
    assert found.annual == pytest.approx(0.005 * 365 / 28)
    assert found.rolled == 0.25


def test_without_open_interest_how_much_has_rolled_is_unknown():
    assert isnan(roll(24_100.0, 24_220.5, 0.1).rolled)
    assert isnan(roll(24_100.0, 24_220.5, 0.1, 0.0, 0.0).rolled)
