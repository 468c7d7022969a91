"""What backtests are made of: own files looked at once, and data told of and handed over."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from core.backtest.run import Over, Plan
from core.backtest.work import BarData, ChainData
from core.errors import RuleBroken
from core.instruments.candle import Interval
from core.ports.backtests import StrategyFile, Tell
from core.services.backtest_material import BacktestMaterial, Sources
from tests.core.backtest.option_days import CE, MONDAY, TUESDAY, day_of
from tests.core.backtest.test_work import bars
from tests.fake_backtests import NoFiles, no_days
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import NIFTY

YEAR, YESTERDAY = date(2025, 11, 18), date(2026, 11, 17)
PLAN = Plan(
    strategy="sma_cross", key=NIFTY, symbol="NIFTY", interval="1d", first=YEAR, last=YESTERDAY
)
CHAINS = Plan(
    strategy="short_straddle", over=Over.CHAINS, symbol="NIFTY", first=MONDAY, last=TUESDAY
)


class CountedWorkers:
    def __init__(self) -> None:
        self.asked: list[str] = []

    async def run(self, work: Callable[..., Any], *given: Any, tell: Tell, seconds: float) -> Any:
        self.asked.append(given[0])
        if given[0] == "broken.py":
            raise RuleBroken("broken.py line 1: invalid syntax")
        return given[0]


class Place:
    def __init__(self) -> None:
        self.desk: FakeDesk = make_desk()
        self.files, self.workers = NoFiles(), CountedWorkers()
        services = self.desk.services
        self.material = BacktestMaterial(
            files=self.files,
            workers=self.workers,
            sources=Sources(
                candle_series=services.candle_series,
                coverage=services.downloads.coverage,
                option_history=services.option_history,
                days_of=no_days,
                crew=None,
            ),
            instruments=services.instruments,
            calendar=services.calendar,
            rate=0.065,
        )

    async def keep_days(self) -> None:
        await self.desk.services.candles.upsert(NIFTY, Interval.DAY, bars(YEAR, YESTERDAY))


async def test_a_file_is_looked_at_again_only_when_it_has_changed() -> None:
    place = Place()
    place.files.files = [StrategyFile("broken.py", "/x/broken.py", "1")]
    for stamp in ("1", "1", "2"):
        place.files.files = [StrategyFile("broken.py", "/x/broken.py", stamp)]
        found = (await place.material.strategies())[-1]
    assert (found.name, found.own, found.problem) == (
        "broken.py",
        True,
        "broken.py line 1: invalid syntax",
    )
    assert len(place.workers.asked) == 2


async def test_bars_are_handed_over_with_what_is_known_of_them() -> None:
    place = Place()
    await place.keep_days()
    task = await place.material.task(PLAN)
    plan, file, data, crew = task.given
    assert (plan, file, crew) == (PLAN, "", None)
    assert isinstance(data, BarData)
    assert len(data.candles) > 200
    assert (data.lot, data.underlying) == (0, "NIFTY")
    assert data.said


async def test_what_there_is_is_told_in_words() -> None:
    place = Place()
    await place.keep_days()
    assert await place.material.coverage(PLAN) == "247 of 247 sessions are here."
    longer = replace(PLAN, first=date(2025, 10, 1))
    assert "will be asked of the broker" in await place.material.coverage(longer)
    to_come = replace(PLAN, first=date(2027, 1, 1), last=date(2027, 2, 1))
    assert await place.material.coverage(to_come) == "These days have not come yet."


async def test_a_plan_without_data_or_strategy_is_refused_with_words() -> None:
    place = Place()
    with pytest.raises(RuleBroken, match=r"no strategy gone\.py"):
        await place.material.task(replace(PLAN, strategy="gone.py"))
    with pytest.raises(RuleBroken, match="No option days of NIFTY"):
        await place.material.task(CHAINS)
    day = day_of(MONDAY, TUESDAY, [24_000.0], {(CE, 24_000.0): [100.0]})
    await place.desk.services.option_history.save(day, "a test")
    assert "1 of 2 sessions" in await place.material.coverage(CHAINS)
    task = await place.material.task(CHAINS)
    assert isinstance(task.given[2], ChainData)
