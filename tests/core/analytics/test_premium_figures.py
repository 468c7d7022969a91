"""What a premium needs to break even, and what time alone takes from it."""

import numpy as np
import pytest

from core.analytics.premium import PremiumLeg, Rolling, combined
from core.analytics.premium_figures import breakevens, decay
from core.analytics.sides import CALL, PUT
from tests.core.analytics.priced_day import CLOSES, priced_day


def test_a_straddle_breaks_even_its_premium_away_on_either_side():
    found = breakevens([CALL, PUT], np.array([24_000.0] * 2), np.ones(2), 150.0)
    assert found == pytest.approx((23_850.0, 24_150.0))


def test_what_is_sold_breaks_even_at_the_same_places():
    found = breakevens([CALL, PUT], np.array([24_200.0, 23_800.0]), -np.ones(2), -90.0)
    assert found == pytest.approx((23_710.0, 24_290.0))


def test_a_spread_breaks_even_between_its_strikes_and_a_certain_gain_nowhere():
    legs = [CALL, CALL], np.array([24_000.0, 24_200.0]), np.array([1.0, -1.0])
    assert breakevens(*legs, 80.0) == pytest.approx((24_080.0,))
    assert breakevens(*legs, -10.0) == ()
    assert breakevens(*legs, float("nan")) == ()


def test_a_call_breaks_even_however_far_away():
    for premium in (100.0, 24_000.0, 100_000.0):
        found = breakevens([CALL], np.array([24_000.0]), np.ones(1), premium)
        assert found == (24_000.0 + premium,)


def test_with_nothing_but_time_passing_the_premium_is_its_decay():
    day = priced_day(60)
    legs = (
        PremiumLeg(side=CALL, strike=24_000.0),
        PremiumLeg(side=PUT, strike=24_050.0, ratio=2.0),
    )
    series = combined(day, legs, CLOSES)
    found = decay(day, series, [CALL, PUT], np.array([1.0, 2.0]), closes_at=CLOSES, rate=0.0)
    assert found == pytest.approx(series.value, abs=1e-6)
    assert found[-1] < found[0]


def test_the_decay_of_a_rolling_straddle_is_that_of_its_first_strikes():
    forward = np.array([np.nan, 24_010.0] + [24_060.0] * 4)
    day = priced_day(6, forward=forward)
    series = combined(day, Rolling(), CLOSES)
    found = decay(day, series, [CALL, PUT], np.ones(2), closes_at=CLOSES, rate=0.0)
    assert np.isnan(found[0])
    still = combined(priced_day(6, forward=24_010.0), Rolling(), CLOSES)
    assert found[1:] == pytest.approx(still.value[1:], abs=1e-6)


def test_without_an_implied_volatility_there_is_no_decay():
    day = priced_day(4)
    series = combined(day, [PremiumLeg(side=CALL, strike=24_000.0)], CLOSES)
    day.ask[:], day.bid[:] = 0.02, 0.01
    found = decay(day, series, [CALL], np.ones(1), closes_at=CLOSES, rate=0.0)
    assert np.isnan(found).all()
