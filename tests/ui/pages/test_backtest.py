"""The page of backtests: what is run, what is said before and after, and what is kept."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest
from nicegui.testing import User

from core.backtest.report import Report, Tried
from core.backtest.run import Plan, Run, RunState
from core.instruments.candle import Interval
from tests.core.backtest.test_work import bars
from tests.fake_backtests import MemoryBacktests
from tests.fake_desk import FakeDesk
from tests.fake_universe import NIFTY, NOW
from tests.ui import waiting
from tests.ui.backtest.samples import a_year
from tests.ui.finding import one, shown
from tests.ui.waiting import press
from ui.components.segments import Segments

until = partial(waiting.until, seconds=30.0)
"""A busy machine takes its time."""

YESTERDAY = date(2026, 11, 17)


@pytest.fixture
async def page(visitor: User, desk: FakeDesk) -> AsyncIterator[User]:
    """The page before anything was run, with the service at work."""
    task = asyncio.create_task(desk.services.backtests.run())
    await visitor.open("/backtest")
    yield visitor
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def newest(desk: FakeDesk) -> Run:
    return desk.services.backtests.state.newest_first()[0]


def kept(desk: FakeDesk) -> MemoryBacktests:
    found = desk.services.backtests._runs
    assert isinstance(found, MemoryBacktests)
    return found


async def keep_days(desk: FakeDesk) -> None:
    """A year of NIFTY, as if it had been downloaded."""
    await desk.services.candles.upsert(NIFTY, Interval.DAY, bars(date(2025, 11, 18), YESTERDAY))


async def run_demo(page: User, desk: FakeDesk) -> Run:
    await keep_days(desk)
    await page.should_see("Nothing has been run yet", retries=60)
    await press(page, "bt-demo")
    await until(lambda: bool(desk.services.backtests.state.runs))
    await until(lambda: newest(desk).is_over)
    await page.should_see("Net profit", retries=60)
    return newest(desk)


def problem(page: User) -> str:
    """What the form refuses; nothing while it refuses nothing."""
    try:
        return str(one(page, "bt-problem").text)
    except AssertionError:
        return ""


def segments(page: User, value: str) -> Segments:
    """The row of buttons that has this one."""
    return next(each for each in page.find(Segments).elements if value in each._buttons)


async def keep(desk: FakeDesk, id: str, report: Report, **more: Any) -> Run:
    plan = Plan(strategy="sma_cross", symbol="NIFTY", first=NOW.date(), last=NOW.date())
    run = Run(id=id, name=f"Run {id}", plan=plan, state=RunState.DONE, created_at=NOW, **more)
    await kept(desk).save(run)
    await kept(desk).save_result(id, report.to_json())
    return run


async def test_one_click_runs_a_demo_on_data_that_the_desk_can_get(
    page: User, desk: FakeDesk
) -> None:
    run = await run_demo(page, desk)
    assert run.state is RunState.DONE, run.problem
    assert (run.plan.symbol, run.plan.interval) == ("NIFTY", "1d")
    assert shown(one(page, "run"))[run.id][0] == "Demo: SMA cross"
    assert run.metrics["days"] > 100


async def test_what_there_is_of_the_span_is_said_before_it_is_run(
    page: User, desk: FakeDesk
) -> None:
    await until(lambda: "sessions are here" in one(page, "bt-coverage").text)
    page.find(marker="bt-first").clear().type("2027-01-01")
    await until(lambda: "before it begins" in problem(page))
    await press(page, "bt-run")
    assert desk.services.backtests.state.runs == {}


async def test_parameters_are_typed_checked_and_remembered(page: User, desk: FakeDesk) -> None:
    one(page, "bt-p-fast").set_value(4000)
    await until(lambda: "Fast: 4000 is above" in problem(page))
    one(page, "bt-p-fast").set_value(7)
    await until(lambda: problem(page) == "")
    await press(page, "bt-run")
    await until(lambda: bool(desk.services.backtests.state.runs))
    assert newest(desk).plan.parameters["fast"] == 7
    await until(lambda: newest(desk).is_over)
    await page.open("/backtest")
    assert one(page, "bt-p-fast").value == 7


async def test_a_sweep_takes_ranges_and_shows_where_the_best_lie(
    page: User, desk: FakeDesk
) -> None:
    await keep_days(desk)
    segments(page, "sweep").choose("sweep")
    await until(lambda: "Nothing varies yet" in problem(page))
    await press(page, "bt-vary-fast")
    for end, value in (("from", 4), ("to", 8), ("step", 2)):
        one(page, f"bt-p-fast-{end}").set_value(value)
    await page.should_see("3 combinations", retries=60)
    await press(page, "bt-run")
    await until(lambda: bool(desk.services.backtests.state.runs) and newest(desk).is_over)
    assert newest(desk).state is RunState.DONE, newest(desk).problem
    assert newest(desk).plan.sweep == {"fast": (4, 6, 8)}
    await page.should_see("Net profit", retries=60)
    await press(page, "bt-tab-sweep")
    await page.should_see("3 combinations were tried", retries=60)
    table = one(page, "tried")
    assert len(table.ids) == 3
    await table.act("0", "run")
    await until(lambda: len(desk.services.backtests.state.runs) == 2)
    assert {} in [run.plan.sweep for run in desk.services.backtests.state.runs.values()]


async def test_trades_are_listed_sorted_and_lead_to_their_chart(page: User, desk: FakeDesk) -> None:
    await keep(desk, "a", Report(result=a_year(), metrics={"sharpe": 1.0}))
    await desk.services.backtests.load()
    await page.open("/backtest?run=a")
    await press(page, "bt-tab-trades")
    await page.should_see("40 of 40", retries=60)
    table = one(page, "btt")
    first = table.texts(table.ids[0])
    assert first["contract"] == "NIFTY"
    assert first["entered"] == "05 Jan 26 09:15"
    segments(page, "won").choose("won")
    assert all(line.text(7).startswith("+") for line in table.lines.values())
    assert 0 < len(table.ids) < 40


async def test_runs_are_renamed_deleted_and_put_back(page: User, desk: FakeDesk) -> None:
    await keep(desk, "a", Report(result=a_year(), metrics={}))
    await desk.services.backtests.load()
    await page.open("/backtest?run=a")
    await press(page, "bt-delete")
    await until(lambda: desk.services.backtests.state.runs == {})
    await page.should_see("Nothing has been run yet", retries=60)
    await press(page, "bt-undo")
    await until(lambda: "a" in desk.services.backtests.state.runs)
    await page.should_see("Net profit", retries=60)
    await press(page, "bt-rename")
    await page.should_see("Rename the run", retries=60)
    one(page, "bt-name").set_value("Mine")
    await press(page, "bt-name-yes")
    await until(lambda: desk.services.backtests.state.runs["a"].name == "Mine")


async def test_two_runs_stand_side_by_side(page: User, desk: FakeDesk) -> None:
    await keep(desk, "a", Report(result=a_year(), metrics={"sharpe": 1.0, "cagr": 0.2}))
    other = replace(a_year(), parameters={"fast": 5, "slow": 30})
    await keep(desk, "b", Report(result=other, metrics={"sharpe": 2.0, "cagr": 0.1}))
    await desk.services.backtests.load()
    await page.open("/backtest?run=a")
    await one(page, "run").act("a", "compare")
    await one(page, "run").act("b", "compare")
    rows = shown(one(page, "compared"))
    assert rows["sharpe"] == ["Sharpe", "1.00", "2.00"]
    assert rows["plan-fast"] == ["fast", "10", "5"]


async def test_a_run_that_failed_says_why_where_its_result_would_be(
    page: User, desk: FakeDesk
) -> None:
    run = await keep(desk, "a", Report(result=a_year(), metrics={}))
    await kept(desk).delete("a")
    await kept(desk).save(replace(run, state=RunState.FAILED, problem="mine.py line 3: boom"))
    await desk.services.backtests.load()
    await page.open("/backtest?run=a")
    await page.should_see("mine.py line 3: boom", retries=60)


async def test_a_result_of_another_version_is_refused_with_words(
    page: User, desk: FakeDesk
) -> None:
    await keep(desk, "a", Report(result=a_year(), metrics={}))
    await kept(desk).save_result("a", '{"version": 99}')
    await desk.services.backtests.load()
    await page.open("/backtest?run=a")
    await page.should_see("another version of the desk", retries=60)


async def test_a_sweep_of_words_has_a_list_and_no_map(page: User, desk: FakeDesk) -> None:
    tried = tuple(
        Tried(parameters={"below": word, "fast": 10}, metrics={"sharpe": 1.0})
        for word in ("flat", "short")
    )
    report = Report(result=a_year(), metrics={}, tried=tried, objective="sharpe")
    await keep(desk, "a", report)
    await desk.services.backtests.load()
    await page.open("/backtest?run=a")
    await press(page, "bt-tab-sweep")
    await page.should_see("2 combinations were tried", retries=60)
    assert len(one(page, "tried").ids) == 2
