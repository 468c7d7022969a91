"""Backtests: keeps runs, does them one after the other in processes of their own, and tells how far
they are.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol
from uuid import uuid4

import structlog

from core.backtest.described import Described
from core.backtest.run import Outcome, Plan, Run, RunState
from core.clock import Clock
from core.errors import AppError, RuleBroken, StorageProblem
from core.ports.backtests import BacktestRepository, Workers
from core.state.backtests import BacktestsState, Progress
from core.state.notices import Level, Notices

log = structlog.get_logger(__name__)

LONGEST: Final = 3_600.0
"""Seconds after which a run is ended: by then it waits for something that never comes."""
MOST_WAITING: Final = 50
NAME_LENGTH: Final = 80


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker is given: a function of a module, and what it is called with."""

    work: Callable[..., Any]
    given: tuple[Any, ...]


class Material(Protocol):
    async def task(self, plan: Plan) -> Task:
        """With the data that the plan needs; raises RuleBroken where there is none."""
        ...

    async def strategies(self) -> list[Described]: ...
    async def coverage(self, plan: Plan) -> str:
        """In words, what of it is here, before it is run."""
        ...

    async def demo(self) -> Plan: ...
    @property
    def folder(self) -> str:
        """Where the user's own strategies are."""
        ...


@dataclass(frozen=True, slots=True)
class Removed:
    """A run that was deleted, for whoever wants it back."""

    run: Run
    result: str | None


class Backtests:
    def __init__(
        self,
        *,
        runs: BacktestRepository,
        workers: Workers,
        material: Material,
        state: BacktestsState,
        clock: Clock,
        notices: Notices,
        longest: float = LONGEST,
    ) -> None:
        self._runs, self._workers, self.material = runs, workers, material
        self.state, self._clock, self._notices = state, clock, notices
        self._longest = longest
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._now: asyncio.Task[Outcome] | None = None
        self._running = ""

    async def run(self) -> None:
        """Take up what is kept, then do what is asked for, one after the other."""
        await self.load()
        while True:
            id = await self._queue.get()
            run = self.state.runs.get(id)
            if run is not None and run.state is RunState.QUEUED:
                await self._do(run)

    async def load(self) -> None:
        """What went on when the desk ended is marked so: it is not done again unasked."""
        for run in await self._runs.all():
            if run.id in self.state.runs:
                continue
            if not run.is_over:
                words = "The desk ended while this ran. Run it again: the same data gives the same."
                run = run.ended(RunState.INTERRUPTED, self._clock.now(), words)
                await self._runs.save(run)
            self.state.put(run)

    # asking
    async def start(self, plan: Plan, name: str = "") -> Run:
        """Queue it; raises RuleBroken where too many wait."""
        if len(self.state.waiting()) >= MOST_WAITING:
            raise RuleBroken(f"{MOST_WAITING} backtests wait already: cancel some, or wait.")
        run = Run(
            id=f"bt{uuid4().hex[:10]}",
            name=_named(name) or plan.strategy,
            plan=plan,
            created_at=self._clock.now(),
        )
        await self._keep(run)
        self._queue.put_nowait(run.id)
        return run

    async def again(self, id: str) -> Run:
        """The same plan once more, as a run of its own."""
        run = self._known(id)
        return await self.start(run.plan, run.name)

    async def cancel(self, id: str) -> None:
        """Nothing happens to one that is over."""
        run = self._known(id)
        if id == self._running and self._now is not None:
            self._now.cancel()
        elif run.state is RunState.QUEUED:
            await self._keep(run.ended(RunState.CANCELLED, self._clock.now()))

    async def rename(self, id: str, name: str) -> None:
        if named := _named(name):
            await self._keep(replace(self._known(id), name=named))

    async def delete(self, id: str) -> Removed:
        """What was there, so that it can be put back. Raises RuleBroken for one that runs."""
        run = self._known(id)
        if not run.is_over:
            raise RuleBroken("This backtest is not over: cancel it first.")
        removed = Removed(run, await self._runs.result(id))
        await self._runs.delete(id)
        self.state.drop(id)
        return removed

    async def put_back(self, removed: Removed) -> None:
        await self._keep(removed.run)
        if removed.result is not None:
            await self._runs.save_result(removed.run.id, removed.result)

    async def result(self, id: str) -> str | None:
        """The report as text; None where there is none."""
        return await self._runs.result(id)

    # doing
    async def _do(self, run: Run) -> None:
        run = replace(run, state=RunState.RUNNING, started_at=self._clock.now())
        self.state.progress[run.id] = Progress(words="Starting", begun=time.monotonic())
        await self._keep(run)
        self._running = run.id
        self._now = asyncio.create_task(self._work(run), name=f"backtest {run.id}")
        try:
            await asyncio.wait([self._now])
        except asyncio.CancelledError:  # the desk ends: the run is interrupted
            self._now.cancel()
            await asyncio.wait([self._now])
            raise
        finally:
            self._running = ""
        await self._end(self.state.runs.get(run.id, run), self._now)

    async def _work(self, run: Run) -> Outcome:
        task = await self.material.task(run.plan)
        begun = time.monotonic()

        def tell(share: float, words: str = "") -> None:
            self.state.progress[run.id] = Progress(share=share, words=words, begun=begun)

        outcome = await self._workers.run(task.work, *task.given, tell=tell, seconds=self._longest)
        assert isinstance(outcome, Outcome)
        return outcome

    async def _end(self, run: Run, done: "asyncio.Task[Outcome]") -> None:
        now = self._clock.now()
        if done.cancelled():
            await self._keep(run.ended(RunState.CANCELLED, now))
            return
        problem = done.exception()
        if problem is None:
            await self._succeed(run, done.result())
            return
        if not isinstance(problem, AppError):
            log.error("backtest.failed", id=run.id, exc_info=problem)
        await self._fail(run, str(problem) or type(problem).__name__)

    async def _succeed(self, run: Run, outcome: Outcome) -> None:
        done = replace(
            run.ended(RunState.DONE, self._clock.now()),
            code_hash=outcome.code_hash,
            data_hash=outcome.data_hash,
            metrics=dict(outcome.metrics),
        )
        try:
            await self._runs.save_result(run.id, outcome.report)
            await self._keep(done)
        except StorageProblem as problem:
            await self._fail(run, f"It was done, but could not be kept: {problem}")
            return
        self._tell(Level.GOOD, f"{done.plan.kind.capitalize()} done: {run.name}", run, "done")

    async def _fail(self, run: Run, words: str) -> None:
        failed = run.ended(RunState.FAILED, self._clock.now(), words)
        try:
            await self._keep(failed)
        except StorageProblem as problem:
            log.warning("backtest.unsaved", id=run.id, problem=str(problem))
        self._tell(Level.PROBLEM, f"{run.name} failed: {words}", run, "failed")

    def _tell(self, level: Level, text: str, run: Run, event: str) -> None:
        self._notices.add(
            level,
            text,
            at=self._clock.now(),
            source="backtest",
            link=f"/backtest?run={run.id}",
            event=f"backtest.{event}",
        )

    async def _keep(self, run: Run) -> None:
        """Memory first: nobody may start from a stale copy."""
        self.state.put(run)
        await self._runs.save(run)

    def _known(self, id: str) -> Run:
        run = self.state.runs.get(id)
        if run is None:
            raise RuleBroken(f"There is no backtest {id[:40]}.")
        return run


def _named(name: str) -> str:
    return " ".join(name.split())[:NAME_LENGTH]
