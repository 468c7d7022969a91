"""The arrays that stand in for the event loop in a sweep make its very trades."""

from datetime import date, time
from typing import Any

import numpy as np
import pytest

from core.backtest.costs import Costs
from core.backtest.crossing import Crossings, agrees
from core.backtest.engine import run
from core.backtest.metrics import metrics
from core.charges.rates import Segment
from core.instruments.candle import Candles
from core.strategies.ready.ema_cross import EmaCross
from core.strategies.ready.rsi_turn import RsiTurn
from core.strategies.ready.sma_cross import SmaCross
from tests.core.backtest.markets import bars, candles, minutes, over

MARKET = minutes(days=6)


def coarse() -> Candles:
    """Prices of few steps: averages meet, stay equal, and part either way."""
    steps = np.random.default_rng(5).integers(-1, 2, 600).cumsum() + 100.0
    return candles(MARKET.time[:600], steps, steps, steps, steps, np.ones(600))


@pytest.mark.parametrize("kind", [SmaCross, EmaCross])
@pytest.mark.parametrize("below", ["flat", "short"])
@pytest.mark.parametrize("costs", [Costs(), Costs(segment=Segment.FUTURE, slippage=0.05)])
@pytest.mark.parametrize("market", [MARKET, coarse()], ids=["fine", "coarse"])
def test_the_trades_and_metrics_are_those_of_the_loop(
    kind: Any, below: str, costs: Costs, market: Candles
) -> None:
    for more in ({}, {"begins": date(2026, 6, 2)}):
        terms = over(market, costs=costs, **more)
        fast = Crossings(kind, terms)
        for lengths in ((2, 3), (2, 4), (5, 20), (12, 90), (40, 10)):
            chosen = {"fast": lengths[0], "slow": lengths[1], "below": below, "lots": 3}
            found = run(kind(**chosen), terms)
            assert fast.trades(chosen) == list(found.trades)
            (told,) = fast.metrics([chosen])
            assert told == pytest.approx(metrics(found), rel=1e-9, nan_ok=True)


def test_a_market_that_never_crosses_has_no_trades() -> None:
    rising = bars([(n, n + 1, n, n + 1) for n in range(100, 140)])
    fast = Crossings(SmaCross, over(rising))
    assert fast.trades({"fast": 2, "slow": 5}) == []
    assert fast.metrics([{"fast": 2, "slow": 5}])[0]["trades"] == 0
    short = Crossings(SmaCross, over(bars([(100, 101, 99, 100)] * 3)))
    assert short.trades({"fast": 2, "slow": 50}) == []


def test_the_loop_is_asked_whether_it_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = {"fast": 3, "slow": 11}
    assert agrees(SmaCross, over(MARKET), chosen)
    real = Crossings.rounds
    monkeypatch.setattr(Crossings, "rounds", lambda self, _: real(self, {"fast": 4, "slow": 11}))
    assert not agrees(SmaCross, over(MARKET), chosen)


def test_what_arrays_cannot_do_is_left_to_the_loop() -> None:
    assert Crossings(SmaCross, over(MARKET, lots=lambda day: 75)).can()
    assert not Crossings(RsiTurn, over(MARKET)).can()
    assert not Crossings(SmaCross, over(MARKET, square_off=time(15, 15))).can()
    assert not Crossings(SmaCross, over(MARKET, lots=lambda day: day.day)).can()
