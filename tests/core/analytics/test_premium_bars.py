"""Bars of a premium with their gaps, and a series that grows."""

import numpy as np
import pytest

from core.analytics.premium import PremiumLeg, Rolling, combined
from core.analytics.premium_bars import bars, followed, until
from core.analytics.premium_candles import candles
from core.analytics.sides import CALL, PUT
from tests.core.analytics.priced_day import CLOSES, FIRST, priced_day

STRADDLE = (PremiumLeg(side=CALL, strike=24_000.0), PremiumLeg(side=PUT, strike=24_000.0))


def test_a_gap_has_its_place_and_nothing_in_it():
    series = combined(priced_day(12, missing=(3, 4, 5)), STRADDLE, CLOSES)
    found = bars(series, 3, FIRST)
    assert (found.starts - FIRST).tolist() == [0, 3, 6, 9]
    assert np.isnan(found.close).tolist() == [False, True, False, False]
    assert found.rows.tolist() == [2, -1, 5, 8]
    plain = candles(series, 3, FIRST)
    np.testing.assert_array_equal(found.close[[0, 2, 3]], plain.close)
    np.testing.assert_array_equal(found.vwap[[0, 2, 3]], plain.vwap)


def test_a_number_by_rows_is_told_as_it_is_at_each_bars_end():
    series = combined(priced_day(12, missing=(3, 4, 5)), STRADDLE, CLOSES)
    at_ends = bars(series, 3, FIRST).of(series.minutes - FIRST)
    np.testing.assert_array_equal(at_ends, [2, np.nan, 8, 11])


def test_a_bar_that_ends_with_other_strikes_than_the_one_before_is_marked():
    forward = np.array([24_010.0] * 4 + [24_060.0] * 4)
    series = combined(priced_day(8, forward=forward), Rolling(), CLOSES)
    assert bars(series, 2, FIRST).rolled.tolist() == [False, False, True, False]
    assert not bars(combined(priced_day(8), STRADDLE, CLOSES), 2, FIRST).rolled.any()


def test_no_minutes_make_no_bars():
    series = until(combined(priced_day(3), STRADDLE, CLOSES), FIRST - 1)
    assert not len(bars(series, 5, FIRST).starts)


def test_a_series_ends_with_a_minute_and_goes_on_with_another():
    series = combined(priced_day(6), STRADDLE, CLOSES)
    early = until(series, FIRST + 2)
    assert (early.minutes - FIRST).tolist() == [0, 1, 2]
    late = combined(priced_day(6, missing=(0, 1)), STRADDLE, CLOSES)
    again = followed(early, late)
    assert again.minutes.tolist() == series.minutes.tolist()
    assert again.value == pytest.approx(series.value)
