"""The band of what else the same trades could have become."""

import numpy as np
import pytest

from core.backtest.monte_carlo import LEVELS, band


def test_levels_rise_and_the_band_begins_at_the_capital() -> None:
    pnls = np.random.default_rng(1).normal(0.0, 3_000.0, 400)
    pnls += 200.0 - pnls.mean()
    found = band(pnls, 100_000.0)
    assert found is not None
    assert found.trades[0] == 0
    assert found.trades[-1] == 400
    assert all(found.equity[level][0] == 100_000.0 for level in LEVELS)
    assert sorted(found.end.values()) == list(found.end.values())
    assert found.end[50] == pytest.approx(100_000 + pnls.sum(), abs=4 * 3_000 * 20 / 30)
    assert 0.0 < found.loses < 0.5


def test_trades_that_only_win_never_fall() -> None:
    found = band(np.full(10, 5.0), 1_000.0)
    assert found is not None
    assert (found.end[5], found.end[95], found.loses) == (1_050.0, 1_050.0, 0.0)
    assert set(found.drawdown.values()) == {0.0}


def test_the_same_trades_give_the_same_band() -> None:
    pnls = np.array([1.0, -2.0, 3.0])
    first, second = band(pnls, 10.0, paths=50), band(pnls, 10.0, paths=50)
    assert first is not None
    assert second is not None
    assert first.drawdown == second.drawdown


def test_one_trade_tells_nothing() -> None:
    assert band(np.array([4.0]), 10.0) is None
