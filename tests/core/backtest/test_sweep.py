"""Sweeps and walk-forwards: every combination once, whoever works on it, and judged unseen."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.backtest.kinds import ready_kind
from core.backtest.metrics import metrics
from core.backtest.report import Report
from core.backtest.run import Plan
from core.backtest.sweep import sweep
from core.backtest.walk_forward import stretches, walk_forward
from core.backtest.work import BarData, run_plan
from core.charges.rates import Segment
from core.clock import SetClock
from core.errors import RuleBroken
from core.instruments.calendar import MarketCalendar
from tests.core.backtest.markets import KEY, MONDAY, minutes

DAYS = 8
OWN = """
from core.strategies.strategy import Strategy, parameter

class Mine(Strategy):
    wait: int = parameter("Wait", 5, low=1, high=50)

    def init(self, setup):
        self.seen = 0

    def on_bar(self, desk):
        self.seen += 1
        if self.seen % self.wait == 0:
            desk.target(0 if desk.units else desk.lot)
"""


def plan(**more: Any) -> Plan:
    given = {
        "strategy": "sma_cross",
        "key": KEY,
        "symbol": "RELIANCE",
        "interval": "1m",
        "first": MONDAY,
        "last": MONDAY + timedelta(days=11),
        "capital": 20_000.0,
        "segment": Segment.EQUITY_INTRADAY,
    }
    return Plan(**{**given, **more})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def data() -> BarData:
    calendar = MarketCalendar(SetClock(datetime(2026, 6, 30, tzinfo=UTC)))
    return BarData(candles=minutes(days=DAYS), calendar=calendar)


def silent(share: float, words: str) -> None: ...


def test_every_combination_is_tried_in_order(data: BarData) -> None:
    told: list[tuple[float, str]] = []
    swept = sweep(
        plan(sweep={"fast": (5, 10), "slow": (30, 60, 90)}),
        "",
        data,
        tell=lambda share, words: told.append((share, words)),
    )
    assert [(t.parameters["fast"], t.parameters["slow"]) for t in swept.tried] == [
        (5, 30), (5, 60), (5, 90), (10, 30), (10, 60), (10, 90),
    ]  # fmt: skip
    assert swept.fast
    assert told[-1] == (1.0, "6 of 6 combinations")
    best = max(swept.tried, key=lambda each: each.metrics["sharpe"])
    assert swept.best is best
    assert 0 <= swept.deflated <= 1


def test_arrays_and_the_loop_find_the_same(data: BarData, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = plan(sweep={"fast": (3, 8), "slow": (20, 50)})
    fast = sweep(asked, "", data)
    monkeypatch.setattr("core.backtest.sweep.agrees", lambda *_: False)
    slow = sweep(asked, "", data)
    assert not slow.fast
    for mine, its in zip(fast.tried, slow.tried, strict=True):
        assert mine.parameters == its.parameters
        assert dict(mine.metrics) == pytest.approx(dict(its.metrics), rel=1e-9, nan_ok=True)


def test_a_value_that_cannot_be_stops_the_sweep_before_it_begins(data: BarData) -> None:
    with pytest.raises(RuleBroken, match="fast: 1 is below 2"):
        sweep(plan(sweep={"fast": (5, 1)}), "", data)
    with pytest.raises(RuleBroken, match="too many"):
        sweep(plan(sweep={"fast": tuple(range(400)), "slow": tuple(range(400))}), "", data)


def test_an_own_strategy_is_swept_by_the_loop(data: BarData, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(OWN)
    swept = sweep(plan(strategy="mine.py", sweep={"wait": (5, 50)}), str(file), data)
    assert not swept.fast
    assert swept.tried[0].metrics["trades"] > swept.tried[1].metrics["trades"] > 0


def test_a_walk_forward_judges_each_choice_where_nobody_looked(data: BarData) -> None:
    asked = plan(sweep={"fast": (3, 8), "slow": (20, 50)}, folds=3)
    walked = walk_forward(asked, "", data)
    assert [each.judged_from for each in walked.stretches] == [
        date(2026, 6, 4), date(2026, 6, 7), date(2026, 6, 10),
    ]  # fmt: skip
    for each in walked.stretches:
        inside = sweep(
            plan(
                sweep=asked.sweep,
                first=each.chosen_from,
                last=each.judged_from - timedelta(days=1),
            ),
            "",
            data,
        )
        assert each.parameters == inside.best.parameters
        unseen = plan(first=each.judged_from, last=each.judged_to)
        result = data.run(ready_kind("sma_cross")(**each.parameters), unseen, None)
        assert each.outside == pytest.approx(metrics(result), nan_ok=True)
        assert result.trades[0].entered_at >= result.time[0] - 3_600
    made = sum(t.profit for t in walked.result.trades)
    assert walked.result.profit == pytest.approx(made)
    assert np.all(np.diff(walked.result.time) > 0)
    numbers = [order.number for order in walked.result.orders]
    assert len(set(numbers)) == len(numbers)
    assert {fill.order for fill in walked.result.fills} <= set(numbers)


def test_stretches_share_out_the_span() -> None:
    assert stretches(date(2026, 1, 1), date(2026, 1, 9), 2) == [
        date(2026, 1, 1), date(2026, 1, 4), date(2026, 1, 7), date(2026, 1, 10),
    ]  # fmt: skip
    with pytest.raises(RuleBroken, match="too few"):
        stretches(date(2026, 1, 1), date(2026, 1, 3), 2)


def test_a_plan_with_folds_or_a_sweep_comes_back_as_one_report(data: BarData) -> None:
    values = {"fast": (3, 8), "slow": (20, 50)}
    swept = run_plan(plan(sweep=values), "", data, None, silent)
    report = Report.from_json(swept.report)
    assert len(report.tried) == 4
    assert report.metrics["sharpe"] == max(each.metrics["sharpe"] for each in report.tried)
    walked = Report.from_json(run_plan(plan(sweep=values, folds=2), "", data, None, silent).report)
    assert len(walked.stretches) == 2
