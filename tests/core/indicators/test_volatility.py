import numpy as np
import pytest

from core.indicators.volatility import atr, bollinger, true_range
from tests.core.indicators.published import CLOSE, HIGH, LOW


def test_the_true_range_reaches_to_the_close_before():
    expected = [0.86, 1.25, 1.97, 0.65, 0.85, 0.79, 0.84, 2.00, 0.85, 0.89, 1.87, 1.19, 1.22]
    assert true_range(HIGH, LOW, CLOSE) == pytest.approx([*expected, 1.11, 0.86])


def test_the_average_true_range_has_its_published_values():
    expected = [1.116, 1.051, 1.009, 1.207, 1.136, 1.086, 1.243, 1.233, 1.230, 1.206, 1.137]
    found = atr(HIGH, LOW, CLOSE, 5)
    assert np.isnan(found[:4]).all()
    assert found[4:] == pytest.approx(expected, abs=5e-4)


def test_bollingers_bands_have_their_published_values():
    found = bollinger(CLOSE, 5, 2)
    lower = [80.530, 80.987, 82.533, 82.472, 82.418, 82.435, 82.511, 83.143, 83.536, 83.870]
    upper = [84.322, 84.489, 83.655, 84.164, 84.838, 85.121, 85.997, 86.845, 87.612, 88.566]
    assert found.lower[4:] == pytest.approx([*lower, 85.289], abs=5e-4)
    assert found.upper[4:] == pytest.approx([*upper, 88.319], abs=5e-4)
    assert found.middle == pytest.approx((found.lower + found.upper) / 2, nan_ok=True)
    assert np.isnan(found.middle[:4]).all()


def test_a_bar_without_a_high_is_stepped_over():
    high = np.insert(HIGH, 6, np.nan)
    found = atr(high, np.insert(LOW, 6, 83.0), np.insert(CLOSE, 6, 83.0), 5)
    assert np.isnan(found[6])
    assert np.delete(found, 6) == pytest.approx(atr(HIGH, LOW, CLOSE, 5), nan_ok=True)


def test_no_bars_have_no_range():
    nothing = np.empty(0)
    assert true_range(nothing, nothing, nothing).size == 0
    assert np.isnan(atr(HIGH[:3], LOW[:3], CLOSE[:3], 5)).all()
