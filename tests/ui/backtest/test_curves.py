"""Charts of long runs: thinned, but with every peak."""

import numpy as np
import pytest

from tests.ui.backtest.samples import result
from ui.backtest.curves import MOST, curves, drawdown, held, places


def test_a_short_run_is_drawn_whole() -> None:
    found = curves(result([100.0, 120.0, 90.0, 150.0], capital=100.0))
    assert found.equity[:, 1].tolist() == [100.0, 120.0, 90.0, 150.0]
    assert found.drawdown[:, 1].tolist() == [0.0, 0.0, pytest.approx(-0.25), 0.0]
    assert np.diff(found.equity[:, 0]).tolist() == [86_400_000.0] * 3


def test_a_long_run_keeps_its_peaks_and_its_ends() -> None:
    values = np.random.default_rng(3).normal(size=50_000).cumsum()
    values[12_345] = 9_999.0
    values[40_000] = np.nan
    at = places(values)
    assert len(at) <= MOST + 2
    assert {0, 12_345, int(np.nanargmin(values)), 49_999} <= set(at.tolist())
    assert np.all(np.diff(at) > 0)


def test_a_fall_from_the_capital_counts_before_any_gain() -> None:
    assert drawdown(np.array([50.0, 75.0]), 100.0).tolist() == [-0.5, -0.25]
    assert len(drawdown(np.empty(0), 100.0)) == 0


def test_holding_begins_with_the_capital_at_the_first_known_price() -> None:
    run = result([1.0, 2.0, 3.0], capital=100.0, benchmark=[np.nan, 50.0, 75.0])
    assert held(run)[1:].tolist() == [100.0, 150.0]
    assert len(held(result([1.0], benchmark=[]))) == 0
