"""Scheduler: runs jobs at their hours, one at a time, and remembers how each run went.

APScheduler gives the beat; what is due is decided against the market's clock, which may be a
simulated one.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]
from structlog.contextvars import bound_contextvars

from core.clock import Clock
from core.errors import AppError, RuleBroken
from core.instruments.calendar import MarketCalendar
from core.ports.repositories import JobRun, JobRunRepository, RunResult
from core.services.schedule import Schedule
from core.state.jobs import JobsState, JobStatus
from core.state.notices import Level, Notices

log = structlog.get_logger(__name__)

BEAT: Final = 1.0
"""Seconds between two looks at what is due."""
CLOSING: Final = 2.0
"""Seconds that a cancelled job has to put its things away."""


class Progress:
    """Given to a running job, to say how far it is."""

    def __init__(self, status: JobStatus, state: JobsState) -> None:
        self._status = status
        self._state = state

    def say(self, detail: str, fraction: float | None = None) -> None:
        self._status.detail, self._status.progress = detail, fraction
        self._state.touch()


def unheard() -> Progress:
    """For a job's work that is done without its job."""
    return Progress(JobStatus(name="", title="", schedule=""), JobsState())


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Safe to run twice; `run` returns what it did, in a sentence.

    A run missed while the desk was off is made up for at the start, unless `made_up` is False.
    """

    name: str
    title: str
    schedule: Schedule
    run: Callable[[Progress], Awaitable[str]]
    timeout: timedelta = timedelta(minutes=10)
    made_up: bool = True


class Scheduler:
    def __init__(
        self,
        *,
        state: JobsState,
        runs: JobRunRepository,
        calendar: MarketCalendar,
        clock: Clock,
        notices: Notices,
    ) -> None:
        self._state = state
        self._runs = runs
        self._calendar = calendar
        self._clock = clock
        self._notices = notices
        self._jobs: dict[str, Job] = {}
        self._queue: deque[tuple[str, bool]] = deque()
        self._work: asyncio.Task[None] | None = None
        self._running: tuple[str, asyncio.Future[str]] | None = None
        self._stopped_by_hand = False
        self._idle = asyncio.Event()
        self._idle.set()

    def add(self, *jobs: Job) -> None:
        for job in jobs:
            self._jobs[job.name] = job
            self._state.jobs[job.name] = JobStatus(
                name=job.name, title=job.title, schedule=job.schedule.text
            )
        self._state.touch()

    def run_now(self, name: str) -> None:
        """Run a job by hand, behind what is running; asking for one under way does nothing."""
        if name not in self._jobs:
            raise RuleBroken(f"There is no job called “{name}”.")
        self._ask(name, by_hand=True)

    def cancel(self, name: str) -> None:
        """Stop a job that runs, or forget one that waits; for any other it does nothing."""
        for asked in [each for each in self._queue if each[0] == name]:
            self._queue.remove(asked)
            self._state.jobs[name].waiting = False
            self._state.touch()
        if self._running is not None and self._running[0] == name:
            self._stopped_by_hand = True
            self._running[1].cancel()

    async def history(self, name: str | None = None, limit: int = 50) -> list[JobRun]:
        """Newest first."""
        return await self._runs.history(name, limit)

    async def run(self) -> None:
        """Look up what was missed, then keep the beat; runs until cancelled."""
        await self._recover()
        beat = AsyncIOScheduler(timezone="UTC")
        beat.add_job(self._beat, "interval", seconds=BEAT, max_instances=1, coalesce=True)
        beat.start()
        try:
            self.look()
            await asyncio.Event().wait()
        finally:
            beat.shutdown(wait=False)
            await self._stop_work()

    async def _beat(self) -> None:
        """APScheduler runs what is not a coroutine on a thread of its own: state is the loop's."""
        self.look()

    def look(self) -> None:
        """Ask for every job that is due by the market's clock."""
        now = self._clock.now()
        for name, job in self._jobs.items():
            status = self._state.jobs[name]
            if status.next_run is not None and status.next_run > now:
                if self._too_far(job, status.next_run, now):  # the clock went back
                    status.next_run = job.schedule.next_after(now, self._calendar)
                continue
            if status.next_run is not None:
                self._ask(name, by_hand=False)
            status.next_run = job.schedule.next_after(now, self._calendar)
            self._state.touch()

    async def until_idle(self) -> None:
        """Wait until nothing runs and nothing waits."""
        await self._idle.wait()

    def _too_far(self, job: Job, due: datetime, now: datetime) -> bool:
        return job.schedule.next_after(now, self._calendar) < due

    def _ask(self, name: str, *, by_hand: bool) -> None:
        status = self._state.jobs[name]
        if status.waiting or status.running:
            return
        self._queue.append((name, by_hand))
        status.waiting = True
        self._state.touch()
        self._idle.clear()
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._work_off(), name="jobs")

    async def _work_off(self) -> None:
        try:
            while self._queue:
                name, by_hand = self._queue.popleft()
                await self._run_one(self._jobs[name], by_hand=by_hand)
        finally:
            self._idle.set()

    async def _run_one(self, job: Job, *, by_hand: bool) -> None:
        status = self._state.jobs[job.name]
        run = JobRun(
            id=uuid4().hex,
            job=job.name,
            started_at=self._clock.now(),
            finished_at=None,
            result=RunResult.RUNNING,
            message="",
            by_hand=by_hand,
        )
        status.waiting, status.running, status.started_at = False, True, run.started_at
        status.progress, status.detail, status.last = None, "", run
        self._state.touch()
        result, message = RunResult.CANCELLED, "the desk was stopped"
        try:
            with bound_contextvars(job=job.name):
                await self._runs.save(run)
                result, message = await self._outcome(job, Progress(status, self._state))
        finally:
            done = replace(run, finished_at=self._clock.now(), result=result, message=message)
            status.running, status.progress, status.last = False, None, done
            self._state.touch()
            await self._runs.save(done)
        if result is RunResult.FAILED:
            self._tell(f"{job.title} failed: {message}", Level.PROBLEM)

    async def _outcome(self, job: Job, progress: Progress) -> tuple[RunResult, str]:
        seconds = job.timeout.total_seconds()
        work = asyncio.ensure_future(job.run(progress))
        self._running, self._stopped_by_hand = (job.name, work), False
        try:
            async with asyncio.timeout(seconds):
                message = await work
        except asyncio.CancelledError:
            if not self._stopped_by_hand:
                raise
            log.info("job.stopped")
            return RunResult.CANCELLED, "stopped by hand"
        except AppError as problem:
            log.warning("job.failed", problem=str(problem))
            return RunResult.FAILED, str(problem)
        except TimeoutError:
            log.warning("job.timed_out", seconds=seconds)
            return RunResult.FAILED, f"was not done after {seconds:.0f} s and was stopped"
        except Exception as problem:
            log.exception("job.failed")
            return RunResult.FAILED, f"{type(problem).__name__}: {problem}"
        finally:
            self._running = None
        log.info("job.done", result=message)
        return RunResult.OK, message

    async def _recover(self) -> None:
        """Runs that a crash cut off are closed; jobs whose hour was missed are due at once."""
        now = self._clock.now()
        for name, job in self._jobs.items():
            history = await self._runs.history(name, 5)
            for run in history:
                if run.result is RunResult.RUNNING:
                    await self._runs.save(
                        replace(
                            run,
                            finished_at=max(now, run.started_at),
                            result=RunResult.CANCELLED,
                            message="the desk ended while it ran",
                        )
                    )
            self._state.jobs[name].last = next(iter(await self._runs.history(name, 1)), None)
            success = await self._runs.last_success(name)
            if self._missed(job, success, now):
                self._ask(name, by_hand=False)

    def _missed(self, job: Job, success: JobRun | None, now: datetime) -> bool:
        """A success later than now was in another (simulated) time and does not count."""
        if not job.made_up:
            return False
        if success is None or success.started_at > now:
            return True
        return success.started_at < job.schedule.last_before(now, self._calendar)

    async def _stop_work(self) -> None:
        self._queue.clear()
        if self._work is not None and not self._work.done():
            self._work.cancel()
            await asyncio.wait([self._work], timeout=CLOSING)

    def _tell(self, text: str, level: Level) -> None:
        self._notices.add(level, text, at=self._clock.now(), source="jobs")
