from math import exp, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analytics.smile import Smile, fit, fitted
from core.analytics.smile_quotes import outside, quote_weights
from core.analytics.svi import durrleman
from core.pricing.black76 import price

FORWARD, YEARS = 24_000.0, 7 / 365
STRIKES = 22_500.0 + 50 * np.arange(61)
TRUE = Smile(forward=FORWARD, years=YEARS, a=8e-5, b=0.009, rho=-0.35, m=0.004, sigma=0.02)

SCATTERED = np.random.default_rng(7).uniform(0.08, 0.4, STRIKES.size)


def flat(vol: float) -> Smile:
    total = vol**2 * YEARS
    return Smile(forward=FORWARD, years=YEARS, a=total, b=0.0, rho=0.0, m=0.0, sigma=0.1)


def test_a_smile_that_is_svi_comes_back():
    found = fit(STRIKES, TRUE.vol(STRIKES), forward=FORWARD, years=YEARS)
    assert found is not None
    assert np.abs(found.vol(STRIKES) - TRUE.vol(STRIKES)).max() < 5e-4


@settings(max_examples=40, deadline=None)
@given(
    level=st.floats(0.06, 0.8),
    rho=st.floats(-0.8, 0.5),
    wing=st.floats(0.1, 1.2),
    bend=st.floats(0.5, 2.5),
    days=st.floats(0.05, 700),
)
def test_any_smile_is_fitted_near_the_money_without_butterfly_arbitrage(
    level: float, rho: float, wing: float, bend: float, days: float
):
    years = days / 365
    s = level * years**0.5
    a = max(s * s - wing * s * bend * s, -0.9 * wing * s * bend * s * (1 - rho * rho) ** 0.5)
    true = Smile(forward=FORWARD, years=years, a=a, b=wing * s, rho=rho, m=0.0, sigma=bend * s)
    strikes = FORWARD * np.exp(np.linspace(-4, 3, 80) * s)
    found = fit(strikes, true.vol(strikes), forward=FORWARD, years=years)
    assert found is not None
    k = np.linspace(-3, 3, 6001)
    assert durrleman(k, *found.shape(k)).min() >= 0
    assert found.b * (1 + abs(found.rho)) <= 2
    shapes = true.shape(k)
    if durrleman(k, *shapes).min() > 0.05:  # else the quotes themselves are an arbitrage
        near = np.abs(np.log(strikes / FORWARD)) < s
        miss = found.vol(strikes)[near] - true.vol(strikes)[near]
        assert np.sqrt((miss**2).mean()) < 0.02 * level


def test_one_mad_quote_does_no_harm():
    iv = TRUE.vol(STRIKES)
    iv[33] = 0.9
    iv[50] = 0.03
    found = fit(STRIKES, iv, forward=FORWARD, years=YEARS)
    assert found is not None
    near = slice(22, 40)
    assert np.abs(found.vol(STRIKES[near]) - TRUE.vol(STRIKES[near])).max() < 1e-3


def test_three_stale_quotes_side_by_side_do_little():
    iv = TRUE.vol(STRIKES)
    iv[34:37] += 0.1
    found = fit(STRIKES, iv, forward=FORWARD, years=YEARS)
    assert found is not None
    near = slice(22, 40)
    assert np.abs(found.vol(STRIKES[near]) - TRUE.vol(STRIKES[near])).max() < 0.005


def test_unknown_volatilities_are_passed_over():
    iv = TRUE.vol(STRIKES)
    iv[::3] = nan
    found = fit(STRIKES, iv, forward=FORWARD, years=YEARS)
    assert found is not None
    assert found.vol(FORWARD) == pytest.approx(TRUE.vol(FORWARD), abs=3e-4)


def test_of_two_sides_the_one_out_of_the_money_counts():
    both = np.stack([TRUE.vol(STRIKES)] * 2)
    both[0, STRIKES < FORWARD] = 0.5  # calls in the money
    assert (outside(both, STRIKES, FORWARD) == TRUE.vol(STRIKES)).all()
    found = fit(STRIKES, both, forward=FORWARD, years=YEARS)
    assert found is not None
    assert found.vol(FORWARD) == pytest.approx(TRUE.vol(FORWARD), abs=3e-4)


@pytest.mark.parametrize(
    ("iv", "forward", "years", "reason"),
    [
        (TRUE.vol(STRIKES), nan, YEARS, "the forward is unknown"),
        (TRUE.vol(STRIKES), FORWARD, 0.0, "expired"),
        (TRUE.vol(STRIKES), FORWARD, 1 / 525_600, "it expires within two minutes"),
        (np.full(61, nan), FORWARD, YEARS, "fewer than 5 strikes have a volatility"),
        (np.where(STRIKES > 24_500, 0.1, nan), FORWARD, YEARS, "no quote near the money"),
        (np.where(STRIKES >= 24_050, 0.1, nan), FORWARD, YEARS, "quotes on one side"),
        (SCATTERED, FORWARD, YEARS, "the quotes lie on no smile"),
    ],
)
def test_where_there_is_no_smile_the_reason_is_said(
    iv: np.ndarray, forward: float, years: float, reason: str
):
    found = fitted(STRIKES, iv, forward=forward, years=years)
    assert found.smile is None
    assert found.reason.startswith(reason)
    assert fit(STRIKES, iv, forward=forward, years=years) is None


def test_the_density_sums_to_one_about_the_forward():
    spots = np.linspace(15_000, 36_000, 200_001)
    density = TRUE.density(spots)
    assert density.min() >= 0
    assert np.trapezoid(density, spots) == pytest.approx(1, abs=1e-4)
    assert np.trapezoid(density * spots, spots) == pytest.approx(FORWARD, rel=1e-4)


def test_the_cdf_is_the_integral_of_the_density():
    spots = np.linspace(15_000, 36_000, 200_001)
    steps = np.concatenate([[0], np.cumsum((density := TRUE.density(spots))[1:] * 0.105)])
    assert density.size == spots.size
    assert np.abs(TRUE.cdf(spots) - TRUE.cdf(spots[0]) - steps).max() < 1e-4
    assert TRUE.cdf(15_000) < 1e-4
    assert TRUE.cdf(36_000) > 1 - 1e-4


def test_a_flat_smile_has_the_lognormal_density():
    vol, strike = 0.15, 24_300.0
    root = vol * YEARS**0.5
    d2 = (np.log(FORWARD / strike) - root**2 / 2) / root
    expected = np.exp(-(d2**2) / 2) / (strike * root * np.sqrt(2 * np.pi))
    assert flat(vol).density(strike) == pytest.approx(expected, rel=1e-12)


def test_the_density_is_the_second_derivative_of_the_price():
    h = 1.0
    for strike in (23_000.0, 24_000.0, 24_900.0):
        ks = np.array([strike - h, strike, strike + h])
        calls = price(FORWARD, ks, YEARS, TRUE.vol(ks), 1.0, True)
        second = (calls[0] - 2 * calls[1] + calls[2]) / h**2
        assert TRUE.density(strike) == pytest.approx(second, rel=1e-4)
        assert TRUE.cdf(strike) == pytest.approx(1 + (calls[2] - calls[0]) / (2 * h), abs=1e-6)


def test_a_strike_of_zero_or_less_has_no_volatility():
    assert np.isnan(TRUE.vol([0.0, -5.0])).all()


def test_a_tight_quote_counts_for_more_than_a_wide_one_and_a_last_price():
    tight, wide, last = quote_weights([100, 100, nan], [100.2, 120, nan], 10.0)
    assert tight > 0.9
    assert wide < 0.1
    assert last == pytest.approx(0.3)


def test_variance_is_total_and_by_log_moneyness():
    strike = FORWARD * exp(0.01)
    assert TRUE.variance(0.01) == pytest.approx(float(TRUE.vol(strike)) ** 2 * YEARS, rel=1e-9)
