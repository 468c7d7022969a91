from dataclasses import replace
from datetime import date
from math import isnan
from pathlib import Path

import numpy as np
import pytest

from core.analytics.vix import VixSide, india_vix, natural_spline, quotes, variance
from core.pricing.black76 import price
from tests.core.analytics import real_chains

STRIKES = 10_000.0 + 50 * np.arange(561)


def side(days: float, vol: float, spread: float = 0.01) -> VixSide:
    years, forward = days / 365, 24_010.0
    mid = price(forward, STRIKES, years, vol, np.exp(-0.06 * years), [[True], [False]])
    return VixSide(
        years=years,
        forward=forward,
        strikes=STRIKES,
        bid=mid * (1 - spread / 2),
        ask=mid * (1 + spread / 2),
    )


def test_at_one_volatility_everywhere_the_index_is_that():
    assert india_vix(side(16, 0.12), side(44, 0.12), rate=0.06) == pytest.approx(12, abs=0.02)


def test_two_months_are_mixed_in_total_variance():
    near, later = side(16, 0.10), side(44, 0.14)
    total = (16 * 0.10**2 + 44 * 0.14**2) / 2  # thirty days are half-way
    assert india_vix(near, later, rate=0.06) == pytest.approx(100 * (total / 30) ** 0.5, abs=0.02)


def test_the_published_quotes_of_5_december_2025_come_near_the_official_index(shared_data: Path):
    found = {q.expiry: q for q in real_chains.nse_json(shared_data).expiries}
    near, later = (
        VixSide(years=q.years, forward=q.forward, strikes=q.strikes, bid=q.bid, ask=q.ask)
        for q in (found[date(2025, 12, 30)], found[date(2026, 1, 27)])
    )
    assert india_vix(near, later, rate=0.055) == pytest.approx(10.32, abs=0.5)


def test_a_spread_too_wide_is_replaced_by_the_spline_of_its_neighbours():
    good = side(16, 0.12)
    bid, ask = good.bid.copy(), good.ask.copy()
    at = 300  # a call above the money
    bid[0, at], ask[0, at] = 0.2 * bid[0, at], 3 * ask[0, at]
    wide = replace(good, bid=bid, ask=ask)
    assert quotes(wide)[0, at] == pytest.approx(quotes(good)[0, at], rel=1e-3)
    assert variance(wide, 0.06) == pytest.approx(variance(good, 0.06), rel=1e-4)


def test_beyond_the_outermost_good_quotes_nothing_is_made_up():
    good = side(16, 0.12)
    bid = good.bid.copy()
    bid[0, 320:] = 0
    assert np.isnan(quotes(replace(good, bid=bid))[0, 320:]).all()


def test_the_spline_goes_through_its_points_and_is_straight_at_its_ends():
    x = np.array([0.0, 1.0, 2.5, 4.0, 5.0])
    assert natural_spline(x, x**2, x) == pytest.approx(x**2)
    assert natural_spline(x, 3 * x + 1, np.array([0.3, 4.7])) == pytest.approx([1.9, 15.1])
    # by hand: for 0, 1, 0 at 0, 1, 2 the bend in the middle is -3
    y = natural_spline(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 0.0]), np.array([0.5]))
    assert y == pytest.approx([0.5 + 3 * 0.375 / 6])


def test_without_quotes_there_is_no_index():
    good = side(16, 0.12)
    nothing = replace(good, bid=np.zeros_like(good.bid))
    assert isnan(india_vix(nothing, side(44, 0.12), rate=0.06))
    assert isnan(india_vix(side(44, 0.12), good, rate=0.06))
    assert isnan(variance(replace(good, forward=5_000.0), 0.06))
