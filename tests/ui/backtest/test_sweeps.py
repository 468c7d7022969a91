"""Maps and rankings of what a sweep tried."""

from dataclasses import replace
from math import inf, nan

import numpy as np

from core.backtest.report import Report, Tried
from tests.ui.backtest.samples import a_year
from ui.backtest.sweeps import heat, numbered, ranked, tried_of, varied, words


def tried(fast: int, slow: int, side: str, sharpe: float) -> Tried:
    return Tried(
        parameters={"fast": fast, "slow": slow, "side": side, "lots": 1},
        metrics={"sharpe": sharpe},
    )


TRIED = (
    tried(10, 30, "long", 0.5),
    tried(5, 30, "long", nan),
    tried(5, 20, "long", 1.5),
    tried(5, 20, "both", 2.5),
    tried(10, 20, "long", -inf),
)
REPORT = Report(result=a_year(), metrics={}, tried=TRIED, objective="sharpe")


def test_a_map_shows_the_best_of_each_place_and_gaps_where_nothing_is_known() -> None:
    found = heat(TRIED, "fast", "slow", "sharpe")
    assert (found.xs, found.ys) == ((5, 10), (20, 30))
    assert np.array_equal(found.values, [[2.5, nan], [nan, 0.5]], equal_nan=True)


def test_only_what_differs_is_varied() -> None:
    assert varied(TRIED) == ["fast", "slow", "side"]
    assert varied(()) == []
    assert numbered(TRIED) == ["fast", "slow"]
    assert tried_of(TRIED, "side") == ("both", "long")


def test_the_best_is_first_and_the_unknown_last() -> None:
    order = [each.metrics["sharpe"] for each in ranked(REPORT)]
    assert order[:4] == [2.5, 1.5, 0.5, -inf]
    assert np.isnan(order[4])
    assert len(ranked(replace(REPORT, objective="other"))) == 5


def test_a_combination_is_told_by_what_differs() -> None:
    assert words(TRIED[0].parameters, ["fast", "side"]) == "fast 10, side long"
