"""Metrics equal those of empyrical on the same curve, and say nan where nothing can be said."""

import warnings
from math import inf, isnan, nan, sqrt
from typing import Any

import numpy as np
import pytest

from core.backtest.deflated import deflated, expected_best
from core.backtest.engine import run
from core.backtest.metrics import by_day, compared, metrics, of_days, of_trades, returns
from core.strategies.ready.sma_cross import SmaCross
from tests.core.backtest.markets import minutes, over

THEIRS = {
    "total_return": "cum_returns_final",
    "cagr": "annual_return",
    "volatility": "annual_volatility",
    "sharpe": "sharpe_ratio",
    "sortino": "sortino_ratio",
    "calmar": "calmar_ratio",
    "max_drawdown": "max_drawdown",
    "tail_ratio": "tail_ratio",
    "value_at_risk": "value_at_risk",
}


def empyrical() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import empyrical

    return empyrical


@pytest.mark.parametrize("seed", range(4))
def test_every_metric_equals_empyrical(seed: int) -> None:
    rng = np.random.default_rng(seed)
    equity = 1e6 * np.cumprod(1 + rng.standard_t(4, 600) * 0.01 + 0.0005 * (seed - 1))
    ours, theirs = of_days(equity, 1e6), empyrical()
    grown = returns(equity, 1e6)
    for name, function in THEIRS.items():
        expected = getattr(theirs, function)(grown)
        assert float(ours[name]) == pytest.approx(expected, rel=1e-9, abs=1e-9), name


def test_skew_and_kurtosis_are_those_of_scipy() -> None:
    from scipy import stats

    equity = 1e6 * np.cumprod(1 + np.random.default_rng(1).standard_t(5, 400) * 0.01)
    grown, ours = returns(equity, 1e6), of_days(equity, 1e6)
    assert float(ours["skew"]) == pytest.approx(stats.skew(grown), rel=1e-9)
    assert float(ours["kurtosis"]) == pytest.approx(stats.kurtosis(grown, fisher=False), rel=1e-9)


def test_a_run_is_measured_by_its_days_and_beside_its_instrument() -> None:
    found = run(SmaCross(fast=3, slow=9), over(minutes(days=12), capital=50_000.0))
    days, equity = by_day(found.time, found.equity)
    assert len(days) == 12
    told = metrics(found)
    grown = returns(equity, 50_000.0)
    assert told["sharpe"] == pytest.approx(grown.mean() / grown.std(ddof=1) * sqrt(252), rel=1e-9)
    assert told["trades"] == len(found.closed)
    assert told["total_return"] == pytest.approx(found.profit / 50_000)
    beside = compared(found)
    its = returns(by_day(found.time, found.benchmark)[1], float(found.benchmark[0]))
    alpha, beta = empyrical().alpha_beta_aligned(grown, its)
    assert beside["beta"] == pytest.approx(beta, rel=1e-9)
    assert beside["alpha"] == pytest.approx(alpha, rel=1e-9)
    assert beside["correlation"] == pytest.approx(np.corrcoef(grown, its)[0, 1], rel=1e-9)


def test_many_curves_are_measured_at_once() -> None:
    curves = 1e6 * np.cumprod(1 + np.random.default_rng(2).normal(0, 0.01, (3, 90)), axis=1)
    together = of_days(curves, 1e6)
    for i, curve in enumerate(curves):
        alone = of_days(curve, 1e6)
        for name, values in together.items():
            assert values[i] == pytest.approx(float(alone[name]), rel=1e-12), name


def test_what_cannot_be_told_is_unknown() -> None:
    flat = of_days(np.full(20, 1e6), 1e6)
    assert float(flat["total_return"]) == 0
    assert all(isnan(float(flat[name])) for name in ("sharpe", "sortino", "calmar", "tail_ratio"))
    empty = of_days(np.array([5e5, -1e5, 2e5]), 1e6)
    assert isnan(float(empty["sharpe"]))
    assert isnan(float(of_days(np.array([5e5, -1e5]), 1e6)["cagr"]))
    assert isnan(float(of_days(np.empty(0), 1e6)["sharpe"]))
    assert isnan(float(of_days(np.array([1.1e6]), 1e6)["sharpe"]))


def test_round_trips_are_counted_in_rupees() -> None:
    told = of_trades(np.array([300.0, -100.0, 100.0, 0.0]))
    assert (told["trades"], told["win_rate"], told["profit_factor"]) == (4, 0.5, 4.0)
    assert (told["expectancy"], told["average_win"], told["average_loss"]) == (75, 200, -100)
    assert of_trades(np.array([1.0]))["profit_factor"] == inf
    assert isnan(of_trades(np.empty(0))["win_rate"])


def test_the_deflated_sharpe_is_that_of_its_paper() -> None:
    """The paper's example: 100 trials, variance 1/2, five years of 250 days, Sharpe 2.5 a year."""
    luck = expected_best(sqrt(0.5 / 250), 100)
    assert luck == pytest.approx(0.1132, abs=1e-4)
    yearly = sqrt(252 / 250)  # our year has 252 sessions
    half = sqrt(0.5) * yearly
    tried = [half * x for x in (-1.0, 1.0) for _ in range(50)]
    scale = sqrt(99 / 100)  # so that the sample's variance is the one that was given
    found = deflated(2.5 * yearly, [x * scale for x in tried], 1250, skew=-3.0, kurtosis=10.0)
    assert found == pytest.approx(0.9004, abs=1e-4)


def test_more_trials_make_the_same_sharpe_less_believable() -> None:
    few, many = (deflated(1.5, [0.0, 1.0] * n, 500) for n in (2, 200))
    assert few > many
    assert isnan(deflated(nan, [1.0, 2.0], 500))
    assert isnan(deflated(1.0, [1.0, 2.0], 1))
    assert deflated(1.0, [1.0], 500) == pytest.approx(deflated(1.0, [], 500))
