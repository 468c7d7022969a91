"""The matrix says what the curve and the greeks say, cell by cell."""

import numpy as np
import pytest

from core.strategies.payoff import evaluate, matrix, summary
from core.strategies.what_if import MEASURES, PNL
from tests.core.strategies.markets import FAR, NOW, SPOT, after, future, leg, market

LEGS = (leg(-1, 24_200, "CE", 150), leg(1, 24_200, "CE", 420, FAR), future(1))
SPOTS = np.linspace(23_500, 25_000, 21)
DATES = [NOW, after(3), after(9)]


def test_every_measure_has_a_cell_for_each_shift_date_and_spot() -> None:
    found = matrix(LEGS, market(), spots=SPOTS, dates=DATES, shifts=[-0.02, 0.0])
    assert set(found.values) == set(MEASURES)
    assert all(grid.shape == (2, 3, 21) for grid in found.values.values())
    assert all(np.isfinite(grid).all() for grid in found.values.values())


def test_profit_is_that_of_the_curve_with_the_volatility_shifted() -> None:
    found = matrix(LEGS, market(), spots=SPOTS, dates=DATES, shifts=[-0.02, 0.03])
    for row, shift in enumerate((-0.02, 0.03)):
        right = evaluate(LEGS, market(), SPOTS, DATES, iv_shift=shift)
        assert found.values[PNL][row] == pytest.approx(right, abs=1e-6)


def test_greeks_here_and_now_are_those_of_the_summary() -> None:
    found = matrix(LEGS, market(), spots=[SPOT], dates=[NOW])
    greeks = summary(LEGS, market()).greeks
    for name in ("delta", "gamma", "theta", "vega", "rho"):
        assert found.values[name][0, 0, 0] == pytest.approx(getattr(greeks, name))


def test_greeks_with_the_volatility_shifted_are_slopes_of_the_profit_there() -> None:
    h = 1e-4
    found = matrix(LEGS, market(), spots=SPOTS, dates=DATES, shifts=[0.02 - h, 0.02, 0.02 + h])
    slope = (found.values[PNL][2] - found.values[PNL][0]) / (2 * h) * 0.01
    assert found.values["vega"][1] == pytest.approx(slope, rel=1e-4, abs=1e-3)


def test_after_the_near_expiry_its_greeks_are_gone() -> None:
    found = matrix(LEGS[:1], market(), spots=SPOTS, dates=[after(9)], measures=["delta", "vega"])
    assert set(found.values) == {"delta", "vega"}
    assert not found.values["delta"].any()
    assert not found.values["vega"].any()
