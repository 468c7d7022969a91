from math import exp, isnan, sqrt
from statistics import NormalDist

import numpy as np
import pytest

from core.analytics.skew import skew, strike_of_delta
from core.analytics.smile import Smile

YEARS = 30 / 365
TRUE = Smile(forward=24_000.0, years=YEARS, a=6e-4, b=0.02, rho=-0.4, m=0.0, sigma=0.05)
FLAT = Smile(forward=24_000.0, years=YEARS, a=0.15**2 * YEARS, b=0.0, rho=0.0, m=0.0, sigma=0.05)


def delta(smile: Smile, strike: float) -> float:
    s = float(smile.vol(strike)) * sqrt(smile.years)
    return NormalDist().cdf(np.log(smile.forward / strike) / s + s / 2)


@pytest.mark.parametrize("wanted", [0.1, 0.25, 0.5, -0.1, -0.25])
def test_the_strike_has_the_delta_that_was_asked(wanted: float):
    strike = strike_of_delta(TRUE, wanted)
    found = delta(TRUE, strike) - (0 if wanted > 0 else 1)
    assert found == pytest.approx(wanted, abs=1e-6)


def test_on_a_flat_smile_the_strike_is_that_of_the_textbook():
    s = 0.15 * sqrt(YEARS)
    expected = 24_000 * exp(-NormalDist().inv_cdf(0.25) * s + s * s / 2)
    assert strike_of_delta(FLAT, 0.25) == pytest.approx(expected, rel=1e-8)


def test_a_flat_smile_has_no_skew():
    found = skew(FLAT)
    assert (found.rr25, found.bf25, found.slope) == pytest.approx((0, 0, 0), abs=1e-12)
    assert found.atm == found.call25 == found.put25 == pytest.approx(0.15)


def test_puts_dearer_than_calls_are_a_negative_risk_reversal():
    found = skew(TRUE)
    assert found.rr25 == pytest.approx(found.call25 - found.put25)
    assert found.rr25 < -0.01
    assert found.bf25 == pytest.approx((found.call25 + found.put25) / 2 - found.atm)
    assert found.put25_strike < 24_000 < found.call25_strike
    assert found.call25 == pytest.approx(float(TRUE.vol(found.call25_strike)))


def test_the_slope_is_the_change_of_volatility_per_percent():
    up, down = TRUE.vol([24_000 * exp(0.0001), 24_000 * exp(-0.0001)])
    assert skew(TRUE).slope == pytest.approx((up - down) / 0.0002 * 0.01, rel=1e-4)


def test_a_delta_that_the_smile_does_not_have_is_unknown():
    steep = Smile(forward=24_000.0, years=YEARS, a=0.0, b=1.9, rho=0.0, m=0.0, sigma=0.001)
    assert isnan(strike_of_delta(steep, 0.001))
