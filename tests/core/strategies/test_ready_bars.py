"""Ready bar strategies on markets made so that one knows what they have to do."""

from datetime import time
from typing import Any

import numpy as np
import pytest

from core.backtest.engine import run
from core.backtest.results import Result
from core.errors import RuleBroken
from core.instruments.candle import Candles
from core.strategies.ready.ema_cross import EmaCross
from core.strategies.ready.opening_range import OpeningRange
from core.strategies.ready.registry import READY
from core.strategies.ready.rsi_turn import RsiTurn
from core.strategies.ready.sma_cross import SmaCross
from core.strategies.ready.supertrend_turn import SupertrendTurn
from core.strategies.strategy import Strategy
from tests.core.backtest.markets import bars, over


def path(*closes: float) -> Candles:
    """Bars that go from one close to the next, and half a rupee beyond on both sides."""
    rows, before = [], closes[0]
    for close in closes:
        rows.append((before, max(before, close) + 0.5, min(before, close) - 0.5, close))
        before = close
    return bars(rows)


def fills(strategy: Strategy, market: Candles) -> list[tuple[int, float]]:
    return [(each.units, each.price) for each in run(strategy, over(market)).fills]


VEE = [100.0 - n for n in range(10)] + [91.0 + n for n in range(10)] + [99.0 - n for n in range(10)]


@pytest.mark.parametrize("kind", [SmaCross, EmaCross])
def test_a_cross_buys_the_rise_and_leaves_or_turns_in_the_fall(kind: Any) -> None:
    flat = fills(kind(fast=2, slow=4, lots=2), path(*VEE))
    assert [units for units, _ in flat] == [2, -2]
    assert flat[0][1] < flat[1][1]
    turned = fills(kind(fast=2, slow=4, lots=2, below="short"), path(*VEE))
    assert [units for units, _ in turned] == [2, -4]


def test_rsi_buys_weakness_that_turns_and_leaves_with_strength() -> None:
    market = path(*[100.0 - n for n in range(12)], *[90.0 + 2 * n for n in range(8)])
    found = run(RsiTurn(length=5, stop=50), over(market))
    assert [fill.units for fill in found.fills] == [1, -1]
    assert found.profit > 0


def test_rsi_bounds_its_loss() -> None:
    market = path(*[100.0 - n for n in range(12)], 91, 91.5, 92, *[86.0 - 3 * n for n in range(5)])
    found = run(RsiTurn(length=5, stop=2), over(market))
    assert [fill.units for fill in found.fills] == [1, -1]
    assert found.fills[1].price < found.fills[0].price * 0.98


def test_supertrend_turns_with_the_trend() -> None:
    wave = 100 + 8 * np.sin(np.arange(120) / 9)
    both = run(SupertrendTurn(length=5, multiplier=1.5), over(path(*wave)))
    assert [fill.units for fill in both.fills] == [-1, 2, -2, 2]
    flat = run(SupertrendTurn(length=5, multiplier=1.5, below="flat"), over(path(*wave)))
    assert set(flat.units.tolist()) == {0, 1}


def day(*after: float) -> Candles:
    """Fifteen minutes between 99.5 and 101.5, then these closes."""
    return path(*[100.0, 101.0] * 7, 100.0, *after)


def outcome(market: Candles, **values: Any) -> Result:
    return run(OpeningRange(**values), over(market))


def test_the_opening_range_is_followed_upwards_with_a_stop_and_a_target() -> None:
    found = outcome(day(102, 103, 104, 106, 110, 112), reward=1.0)
    entry, target = found.fills
    assert (entry.units, entry.price) == (1, 102)
    assert target.price == pytest.approx(102 + (102 - 99.5))
    assert [order.end for order in found.orders] == ["filled", "cancelled", "filled"]


def test_the_opening_range_is_followed_downwards_and_stopped() -> None:
    found = outcome(day(99, 98.5, 99, 103, 104))
    entry, stop = found.fills
    assert (entry.units, stop.units) == (-1, 1)
    assert stop.price == 101.5
    assert len(found.trades) == 1  # once a day


def test_the_opening_range_may_follow_one_side_only() -> None:
    assert outcome(day(99, 98), sides="long").fills == ()
    assert outcome(day(103, 104), sides="short").fills == ()


def test_the_opening_range_is_out_by_its_hour() -> None:
    found = outcome(day(102, *[102.5] * 20), leave="09:40")
    assert [fill.units for fill in found.fills] == [1, -1]
    assert found.fills[1].at == found.time[25] - 60
    with pytest.raises(RuleBroken, match="it takes an hour"):
        outcome(day(102), leave="noon")


def test_nothing_is_followed_once_the_hour_has_come() -> None:
    assert outcome(day(*[100.5] * 15, 103, 104), leave=str(time(9, 40))).fills == ()


def test_every_ready_strategy_says_what_it_does() -> None:
    for name, kind in READY.items():
        assert kind.title, name
        assert kind.words.endswith("."), name
        assert kind.parameters, name
        kind()  # its defaults are values that it allows
