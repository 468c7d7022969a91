import numpy as np
import pytest

from core.indicators.trend import Seed, ema, sma, supertrend
from tests.core.indicators.published import CLOSE, numbers

# StockCharts ChartSchool, "Moving averages": 10 bars, seeded with their simple average.
SCHOOL = numbers(
    """
    22.27 22.19 22.08 22.17 22.18 22.13 22.23 22.43 22.24 22.29
    22.15 22.39 22.38 22.61 23.36 24.05 23.75 23.83 23.95 23.63
    23.82 23.87 23.65 23.19 23.10 23.33 22.68 23.10 22.40 22.17
    """
)
SCHOOL_EMA = numbers(
    """
    22.22 22.21 22.24 22.27 22.33 22.52 22.80 22.97 23.13 23.28
    23.34 23.43 23.51 23.54 23.47 23.40 23.39 23.26 23.23 23.08
    22.92
    """
)


def known(values: np.ndarray, warm_up: int) -> np.ndarray:
    assert np.isnan(values[:warm_up]).all()
    return values[warm_up:]


def test_the_simple_average_has_its_published_values():
    expected = [82.426, 82.738, 83.094, 83.318, 83.628, 83.778, 84.254, 84.994, 85.574, 86.218]
    assert known(sma(CLOSE, 5), 4) == pytest.approx([*expected, 86.804], abs=5e-4)


def test_the_exponential_average_from_the_first_bar_has_its_published_values():
    expected = [81.590, 81.413, 81.899, 82.266, 82.714, 82.859, 82.853, 83.232, 83.671, 83.901]
    expected += [84.444, 85.143, 85.725, 86.407, 86.701]
    assert ema(CLOSE, 5, Seed.FIRST) == pytest.approx(expected, abs=5e-4)


def test_the_exponential_average_from_the_mean_has_its_published_values():
    assert known(ema(SCHOOL, 10), 9) == pytest.approx(SCHOOL_EMA, abs=0.01)


@pytest.mark.parametrize("average", [sma, ema])
def test_an_unknown_bar_stays_unknown_and_is_no_part_of_any_window(average):
    gap = np.insert(CLOSE, 7, np.nan)
    found = average(gap, 5)
    assert np.isnan(found[7])
    assert np.delete(found, 7) == pytest.approx(average(CLOSE, 5), nan_ok=True)


@pytest.mark.parametrize("average", [sma, ema])
@pytest.mark.parametrize("bars", [0, 1, 4])
def test_too_few_bars_are_all_warm_up(average, bars: int):
    assert np.isnan(average(CLOSE[:bars], 5)).tolist() == [True] * bars


def test_the_stop_only_tightens_until_a_close_breaks_it():
    close = 100 + 8 * np.sin(np.arange(120) / 6)
    found = supertrend(close + 1, close - 1, close, 3, 1.5)
    assert np.isnan(found.line[:3]).all()
    line, up, seen = found.line[3:], found.up[3:], close[3:]
    same = up[1:] == up[:-1]
    assert (np.diff(line) * up[1:] >= 0)[same].all()
    assert ((seen - line) * up > 0).all()  # the stop is always on the other side of the close
    assert (~same).sum() >= 5


def test_supertrend_by_hand():
    close = np.array([10.0, 12.0, 15.0, 14.0, 9.0, 8.0, 12.0])
    found = supertrend(close + 0.5, close - 0.5, close, 2, 1.0)
    # bar 2: ranges 2.5 and 3.5, average 3, bands 12 and 18: rising, stop 12
    # bar 3: average 2.25, bands 11.75 and 16.25: the lower stays 12
    # bar 4: average 3.875, bands 5.125 and 12.875, close 9 below 12: falling, stop 12.875
    # bar 5: average 2.6875, bands 5.3125 and 10.6875: falling, stop 10.6875
    # bar 6: average 3.59375, bands 8.40625 and 15.59375, close 12 above: rising, stop 8.40625
    assert np.isnan(found.line[:2]).all()
    assert found.line[2:].tolist() == [12.0, 12.0, 12.875, 10.6875, 8.40625]
    assert found.up[2:].tolist() == [1, 1, -1, -1, 1]
