"""Runs of backtests: queued, done, cancelled, failed, interrupted, deleted and put back."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest

from core.backtest.described import Described
from core.backtest.run import Outcome, Plan, RunState
from core.clock import SetClock
from core.errors import RuleBroken, StorageProblem
from core.ports.backtests import Tell
from core.services.backtests import MOST_WAITING, Backtests, Task
from core.state.backtests import BacktestsState
from core.state.notices import Notices
from tests.fake_backtests import MemoryBacktests
from tests.fake_universe import NOW
from tests.ui import waiting

until = partial(waiting.until, seconds=30.0)
"""A busy machine takes its time."""

PLAN = Plan(strategy="sma_cross", first=date(2026, 1, 1), last=date(2026, 6, 30))
DONE = Outcome(report="{}", metrics={"sharpe": 1.5}, code_hash="c0de", data_hash="da7a")


def work(tell: Tell) -> Outcome:
    tell(0.5, "half")
    return DONE


class HeldWorkers:
    """Does nothing before it is let go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.started = 0
        self.problem: Exception | None = None

    async def run(self, work: Callable[..., Any], *given: Any, tell: Tell, seconds: float) -> Any:
        self.started += 1
        tell(0.25, "a quarter")
        await self.go.wait()
        if self.problem is not None:
            raise self.problem
        return work(*given, tell)


class Prepared:
    folder = "strategies"

    async def strategies(self) -> list[Described]:
        return []

    async def coverage(self, plan: Plan) -> str:
        return ""

    async def demo(self) -> Plan:
        return PLAN

    async def task(self, plan: Plan) -> Task:
        if plan.strategy == "nowhere":
            raise RuleBroken("There are no candles of it.")
        return Task(work, ())


class Place:
    """A service that runs, and what is around it."""

    def __init__(self, runs: MemoryBacktests | None = None) -> None:
        self.runs, self.workers, self.notices = runs or MemoryBacktests(), HeldWorkers(), Notices()
        self.service = Backtests(
            runs=self.runs,
            workers=self.workers,
            material=Prepared(),
            state=BacktestsState(),
            clock=SetClock(NOW),
            notices=self.notices,
        )
        self.task = asyncio.create_task(self.service.run())

    def state(self, id: str) -> RunState:
        return self.service.state.runs[id].state

    async def comes_to(self, id: str, state: RunState) -> None:
        await until(lambda: self.state(id) is state)

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def test_runs_are_done_one_after_the_other_and_kept() -> None:
    place = Place()
    first = await place.service.start(PLAN, "  First   one ")
    second = await place.service.start(PLAN)
    await place.comes_to(first.id, RunState.RUNNING)
    await until(lambda: place.service.state.progress[first.id].share == 0.25)
    assert (first.name, second.name) == ("First one", "sma_cross")
    assert place.state(second.id) is RunState.QUEUED
    place.workers.go.set()
    await place.comes_to(second.id, RunState.DONE)
    kept = await place.runs.get(first.id)
    assert kept is not None
    assert (kept.state, kept.metrics, kept.code_hash) == (RunState.DONE, {"sharpe": 1.5}, "c0de")
    assert await place.service.result(first.id) == "{}"
    assert place.service.state.progress == {}
    assert place.notices.all()[0].link == f"/backtest?run={first.id}"
    await place.stop()


async def test_a_running_and_a_waiting_one_can_be_cancelled_and_the_next_goes_on() -> None:
    place = Place()
    ids = [(await place.service.start(PLAN)).id for _ in range(3)]
    await place.comes_to(ids[0], RunState.RUNNING)
    await until(lambda: place.workers.started == 1)
    await place.service.cancel(ids[1])
    await place.service.cancel(ids[0])
    await place.comes_to(ids[2], RunState.RUNNING)
    assert [place.state(id) for id in ids[:2]] == [RunState.CANCELLED] * 2
    place.workers.go.set()
    await place.comes_to(ids[2], RunState.DONE)
    await place.service.cancel(ids[2])
    assert place.state(ids[2]) is RunState.DONE
    await place.stop()


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (RuleBroken("mine.py:12 at 18 Nov 10:05: boom"), "mine.py:12"),
        (ValueError("odd"), "odd"),
        (KeyError(), "KeyError"),
    ],
)
async def test_a_failure_is_kept_and_told_with_its_words(problem: Exception, words: str) -> None:
    place = Place()
    place.workers.problem = problem
    place.workers.go.set()
    id = (await place.service.start(PLAN)).id
    await place.comes_to(id, RunState.FAILED)
    assert words in place.service.state.runs[id].problem
    await until(lambda: bool(place.notices.all()))
    assert words in place.notices.all()[0].text
    other = await place.service.start(replace(PLAN, strategy="nowhere"))
    await place.comes_to(other.id, RunState.FAILED)
    assert "no candles" in place.service.state.runs[other.id].problem
    await place.stop()


async def test_what_ran_when_the_desk_ended_is_marked_interrupted_and_can_be_run_again() -> None:
    place = Place()
    running = await place.service.start(PLAN)
    waiting = await place.service.start(PLAN)
    await until(lambda: place.workers.started == 1)
    await place.stop()
    next_desk = Place(place.runs)
    await until(lambda: len(next_desk.service.state.runs) == 2)
    for each in (running, waiting):
        assert next_desk.state(each.id) is RunState.INTERRUPTED
        assert "desk ended" in next_desk.service.state.runs[each.id].problem
    next_desk.workers.go.set()
    again = await next_desk.service.again(running.id)
    await next_desk.comes_to(again.id, RunState.DONE)
    assert again.plan == running.plan
    await next_desk.stop()


async def test_a_full_disk_fails_the_run_and_not_the_service() -> None:
    class Full(MemoryBacktests):
        async def save_result(self, id: str, result: str) -> None:
            raise StorageProblem("disk full")

    place = Place(Full())
    place.workers.go.set()
    id = (await place.service.start(PLAN)).id
    await place.comes_to(id, RunState.FAILED)
    assert "disk full" in place.service.state.runs[id].problem
    assert not place.task.done()
    await place.stop()


async def test_a_deleted_run_can_be_put_back_with_its_result() -> None:
    place = Place()
    place.workers.go.set()
    run = await place.service.start(PLAN)
    with pytest.raises(RuleBroken, match="cancel it first"):
        await place.service.delete(run.id)
    await place.comes_to(run.id, RunState.DONE)
    removed = await place.service.delete(run.id)
    assert (place.service.state.runs, place.runs.rows) == ({}, {})
    await place.service.put_back(removed)
    await place.service.rename(run.id, " Mine ")
    await place.service.rename(run.id, "  ")
    assert place.service.state.runs[run.id].name == "Mine"
    assert await place.service.result(run.id) == "{}"
    with pytest.raises(RuleBroken, match="no backtest"):
        await place.service.cancel("nobody")
    await place.stop()


async def test_no_more_are_taken_than_can_wait() -> None:
    place = Place()
    for _ in range(MOST_WAITING):
        await place.service.start(PLAN)
    with pytest.raises(RuleBroken, match="wait already"):
        await place.service.start(PLAN)
    await place.stop()
