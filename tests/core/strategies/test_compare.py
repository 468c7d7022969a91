"""Positions beside each other, and a portfolio before and after."""

from dataclasses import replace

import numpy as np
import pytest

from core.errors import RuleBroken
from core.strategies.compare import before_and_after, compare
from core.strategies.payoff import evaluate
from tests.core.strategies.markets import NOW, after, leg, market

STRADDLE = (leg(-1, 24_200, "CE", 150), leg(-1, 24_200, "PE", 140))
WINGS = (leg(1, 24_600, "CE", 30), leg(1, 23_800, "PE", 35))
SPOTS = np.linspace(23_000, 25_500, 26)


def test_curves_and_figures_come_for_each_with_its_own_charges() -> None:
    found = compare([STRADDLE, WINGS], market(), SPOTS, [NOW, after(7)], [120.0])
    assert found.values.shape == (2, 2, 26)
    own = evaluate(STRADDLE, market(), SPOTS, [NOW, after(7)]) - 120
    assert np.array_equal(found.values[0], own)
    assert [s.charges for s in found.summaries] == [120.0, 0.0]


def test_more_than_four_or_other_underlyings_are_refused() -> None:
    with pytest.raises(RuleBroken, match="4"):
        compare([STRADDLE] * 5, market(), SPOTS, [NOW])
    foreign = replace(STRADDLE[0], symbol="BANKNIFTY")
    with pytest.raises(RuleBroken, match="BANKNIFTY, NIFTY"):
        compare([STRADDLE, [foreign]], market(), SPOTS, [NOW])


def test_a_portfolio_takes_a_draft_on_top_of_what_is_held_of_its_underlying() -> None:
    held = [*STRADDLE, replace(STRADDLE[0], symbol="BANKNIFTY")]
    found = before_and_after(held, WINGS, market(), SPOTS, [after(3)], charges=50.0)
    assert found.elsewhere == 1
    assert found.before.max_loss == -np.inf
    assert found.after.max_loss == pytest.approx(65 * (290 - 65 - 400) - 50)
    both = evaluate([*STRADDLE, *WINGS], market(), SPOTS, [after(3)])
    assert np.allclose(found.values_after, both - 50)


def test_nothing_held_is_nothing_before() -> None:
    found = before_and_after([], WINGS, market(), SPOTS, [NOW])
    assert not found.values_before.any()
    assert found.before.max_profit == found.before.max_loss == 0.0
