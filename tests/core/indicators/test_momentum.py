import numpy as np
import pytest

from core.indicators.momentum import macd, rsi
from core.indicators.trend import Seed, ema
from tests.core.indicators.published import CLOSE, numbers

# StockCharts ChartSchool, "Relative Strength Index (RSI)": Wilder's smoothing over 14 bars.
SCHOOL = numbers(
    """
    44.3389 44.0902 44.1497 43.6124 44.3278 44.8264 45.0955 45.4245 45.8433 46.0826
    45.8931 46.0328 45.6140 46.2820 46.2820 46.0028 46.0328 46.4116 46.2222 45.6439
    46.2122 46.2521 45.7137 46.4515 45.7835 45.3548 44.0288 44.1783 44.2181 44.5672
    43.4205 42.6628 43.1314
    """
)
SCHOOL_RSI = numbers(
    """
    70.53 66.32 66.55 69.41 66.36 57.97 62.93 63.26 56.06 62.38
    54.71 50.42 39.99 41.46 41.87 45.46 37.30 33.08 37.77
    """
)


def test_relative_strength_has_its_published_values():
    found = rsi(SCHOOL, 14)
    assert np.isnan(found[:14]).all()
    assert found[14:] == pytest.approx(SCHOOL_RSI, abs=0.006)


def test_relative_strength_over_five_bars_has_its_published_values():
    expected = [72.034, 64.927, 75.936, 79.796, 74.713, 83.033, 87.478, 88.755, 91.483, 78.498]
    assert rsi(CLOSE, 5)[5:] == pytest.approx(expected, abs=5e-4)


def test_only_gains_are_100_only_losses_0_and_no_movement_50():
    rising = np.arange(1.0, 10.0)
    assert rsi(rising, 3)[3:].tolist() == [100.0] * 6
    assert rsi(-rising, 3)[3:].tolist() == [0.0] * 6
    assert rsi(np.ones(9), 3)[3:].tolist() == [50.0] * 6


def test_an_unknown_bar_does_not_disturb_the_others():
    found = rsi(np.insert(CLOSE, 8, np.nan), 5)
    assert np.isnan(found[8])
    assert np.delete(found, 8) == pytest.approx(rsi(CLOSE, 5), nan_ok=True)


def test_too_few_bars_are_all_warm_up():
    assert np.isnan(rsi(CLOSE[:5], 5)).all()
    assert rsi(CLOSE[:0], 5).size == 0


def test_convergence_has_its_published_values():
    found = macd(CLOSE, 2, 5, 9, Seed.FIRST)
    expected = [0.618, 0.351, 0.111, 0.416, 0.578, 0.422, 0.684, 0.927, 0.891, 0.979, 0.621]
    # the publisher's weights are those of (2, 5) on averages from the first bar
    assert found.line[4:] == pytest.approx(
        (ema(CLOSE, 2, Seed.FIRST) - ema(CLOSE, 5, Seed.FIRST))[4:]
    )
    assert found.line[4:] == pytest.approx(expected, abs=5e-4)


def test_the_histogram_is_the_distance_to_the_signal():
    found = macd(SCHOOL, 5, 10, 4)
    assert np.isnan(found.line[:9]).all()
    assert np.isnan(found.signal[:12]).all()
    assert found.signal[12] == pytest.approx(found.line[9:13].mean())
    assert found.histogram[12:] == pytest.approx((found.line - found.signal)[12:])
