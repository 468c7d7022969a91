import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from core.clock import IST
from core.errors import BadData, RuleBroken
from core.ports.repositories import JobRun, RunResult
from core.services import scheduler as module
from core.services.schedule import Daily
from core.services.scheduler import Job, Progress, Scheduler
from core.state.jobs import JobStatus
from core.state.notices import Level
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import NOW


class Work:
    """A job's doing: counts its runs, waits for `gate`, and ends with `fails`."""

    def __init__(self) -> None:
        self.runs = 0
        self.at_once = 0
        self.most_at_once = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails: Exception | None = None

    async def __call__(self, progress: Progress) -> str:
        self.runs += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            progress.say("half of it", 0.5)
            await self.gate.wait()
            if self.fails is not None:
                raise self.fails
        finally:
            self.at_once -= 1
        return "all done"


@pytest.fixture
def desk() -> FakeDesk:
    return make_desk()


@pytest.fixture
async def work() -> Work:
    return Work()


@pytest.fixture
def scheduler(desk: FakeDesk) -> Scheduler:
    return desk.services.scheduler


def job(work: Work, name: str = "sweep", *, timeout: float = 60) -> Job:
    at = (NOW + timedelta(hours=1)).time()
    return Job(
        name=name,
        title=f"Job {name}",
        schedule=Daily(at=at),
        run=work,
        timeout=timedelta(seconds=timeout),
    )


def status(desk: FakeDesk, name: str = "sweep") -> JobStatus:
    return desk.services.jobs.jobs[name]


async def ended(desk: FakeDesk, *, before: timedelta, result: RunResult = RunResult.OK) -> JobRun:
    run = JobRun(
        id="earlier",
        job="sweep",
        started_at=NOW - before,
        finished_at=None if result is RunResult.RUNNING else NOW - before,
        result=result,
        message="",
        by_hand=False,
    )
    await desk.services.job_runs.save(run)
    return run


async def test_a_job_runs_at_its_hour_and_not_before(
    desk: FakeDesk, scheduler: Scheduler, work: Work
):
    scheduler.add(job(work))
    scheduler.look()
    assert status(desk).next_run == NOW + timedelta(hours=1)
    desk.clock.advance(timedelta(minutes=59))
    scheduler.look()
    await scheduler.until_idle()
    assert work.runs == 0
    desk.clock.advance(timedelta(minutes=1))
    scheduler.look()
    await scheduler.until_idle()
    assert work.runs == 1
    assert status(desk).next_run == NOW + timedelta(hours=25)


async def test_a_leap_of_the_clock_over_many_hours_runs_it_once(
    desk: FakeDesk, scheduler: Scheduler, work: Work
):
    scheduler.add(job(work))
    scheduler.look()
    desk.clock.advance(timedelta(days=5))
    scheduler.look()
    await scheduler.until_idle()
    assert work.runs == 1


async def test_a_clock_that_goes_back_brings_the_hour_nearer(
    desk: FakeDesk, scheduler: Scheduler, work: Work
):
    scheduler.add(job(work))
    desk.clock.advance(timedelta(days=30))
    scheduler.look()
    desk.clock.set(NOW)
    scheduler.look()
    assert status(desk).next_run == NOW + timedelta(hours=1)


async def test_a_run_is_remembered_with_what_it_did(
    desk: FakeDesk, scheduler: Scheduler, work: Work
):
    scheduler.add(job(work))
    scheduler.run_now("sweep")
    await scheduler.until_idle()
    (run,) = await scheduler.history("sweep")
    assert (run.result, run.message, run.by_hand) == (RunResult.OK, "all done", True)
    assert run.finished_at == desk.clock.now()
    assert status(desk).last == run
    assert not status(desk).running


async def test_progress_is_seen_while_it_runs(desk: FakeDesk, scheduler: Scheduler, work: Work):
    work.gate.clear()
    scheduler.add(job(work))
    revision = desk.services.jobs.revision
    scheduler.run_now("sweep")
    await asyncio.sleep(0.01)
    now = status(desk)
    assert (now.running, now.detail, now.progress) == (True, "half of it", 0.5)
    assert desk.services.jobs.revision > revision
    (run,) = await scheduler.history()
    assert run.result is RunResult.RUNNING
    work.gate.set()
    await scheduler.until_idle()
    assert (await scheduler.history())[0].result is RunResult.OK


async def test_one_job_runs_at_a_time_and_asking_twice_is_asking_once(
    desk: FakeDesk, scheduler: Scheduler, work: Work
):
    work.gate.clear()
    scheduler.add(job(work), job(work, "second"))
    for _ in range(3):
        scheduler.run_now("sweep")
        scheduler.run_now("second")
        await asyncio.sleep(0.01)
    assert status(desk, "second").waiting
    work.gate.set()
    await scheduler.until_idle()
    assert (work.runs, work.most_at_once) == (2, 1)


async def test_a_failure_is_said_and_the_next_job_runs(
    desk: FakeDesk, scheduler: Scheduler, work: Work
):
    bad = Work()
    bad.fails = BadData("the file is a zip")
    scheduler.add(job(bad, "bad"), job(work))
    scheduler.run_now("bad")
    scheduler.run_now("sweep")
    await scheduler.until_idle()
    assert status(desk, "bad").last is not None
    assert status(desk, "bad").last.result is RunResult.FAILED  # type: ignore[union-attr]
    (notice,) = desk.services.notices.all()
    assert (notice.level, notice.text) == (Level.PROBLEM, "Job bad failed: the file is a zip")
    assert work.runs == 1


async def test_an_unforeseen_error_is_a_failed_run_and_no_crash(
    desk: FakeDesk, scheduler: Scheduler, work: Work
):
    work.fails = KeyError("x")
    scheduler.add(job(work))
    scheduler.run_now("sweep")
    await scheduler.until_idle()
    (run,) = await scheduler.history()
    assert (run.result, run.message) == (RunResult.FAILED, "KeyError: 'x'")


async def test_a_job_that_takes_too_long_is_stopped(
    desk: FakeDesk, scheduler: Scheduler, work: Work
):
    work.gate.clear()
    scheduler.add(job(work, timeout=0.02))
    scheduler.run_now("sweep")
    await scheduler.until_idle()
    (run,) = await scheduler.history()
    assert run.result is RunResult.FAILED
    assert "was stopped" in run.message


async def test_an_unknown_job_is_refused(scheduler: Scheduler):
    with pytest.raises(RuleBroken, match="nosuch"):
        scheduler.run_now("nosuch")


async def started(scheduler: Scheduler) -> None:
    """Run it until what was due at the start is done."""
    running = asyncio.create_task(scheduler.run())
    await asyncio.sleep(0.02)
    await scheduler.until_idle()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize(("hours_ago", "runs"), [(2, 0), (22, 0), (23.5, 1), (400, 1), (-3, 1)])
async def test_a_run_missed_while_the_desk_was_off_is_made_up_for(
    desk: FakeDesk, scheduler: Scheduler, work: Work, hours_ago: float, runs: int
):
    """It was last due 23 hours ago; a success in the future was in another, simulated time."""
    await ended(desk, before=timedelta(hours=hours_ago))
    scheduler.add(job(work))
    await started(scheduler)
    assert work.runs == runs


async def test_a_job_that_never_ran_runs_at_the_start(scheduler: Scheduler, work: Work):
    scheduler.add(job(work))
    await started(scheduler)
    assert work.runs == 1


async def test_a_run_that_a_crash_cut_off_is_closed(
    desk: FakeDesk, scheduler: Scheduler, work: Work
):
    await ended(desk, before=timedelta(hours=1), result=RunResult.RUNNING)
    scheduler.add(job(work))
    await started(scheduler)
    again, cut_off = await scheduler.history("sweep")
    assert cut_off.result is RunResult.CANCELLED
    assert cut_off.finished_at is not None
    assert again.result is RunResult.OK
    assert status(desk).last == again


async def test_stopping_the_desk_ends_a_running_job_and_says_so(
    desk: FakeDesk, scheduler: Scheduler, work: Work
):
    work.gate.clear()
    scheduler.add(job(work))
    running = asyncio.create_task(scheduler.run())
    await asyncio.sleep(0.02)
    assert status(desk).running
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    (run,) = await scheduler.history()
    assert (run.result, run.message) == (RunResult.CANCELLED, "the desk was stopped")
    assert not status(desk).running


async def test_the_beat_looks_at_the_markets_clock(
    desk: FakeDesk, scheduler: Scheduler, work: Work, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "BEAT", 0.02)
    await ended(desk, before=timedelta(hours=1))
    scheduler.add(job(work))
    running = asyncio.create_task(scheduler.run())
    await asyncio.sleep(0.05)
    assert work.runs == 0
    desk.clock.set((NOW + timedelta(hours=2)).astimezone(IST))
    await asyncio.sleep(0.2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert work.runs == 1


async def test_a_job_stopped_by_hand_is_cancelled_and_the_next_one_runs(
    desk: FakeDesk, scheduler: Scheduler, work: Work
):
    other = Work()
    scheduler.add(job(work), job(other, "other"))
    work.gate.clear()
    scheduler.run_now("sweep")
    scheduler.run_now("other")
    await asyncio.sleep(0.01)
    scheduler.cancel("sweep")
    await scheduler.until_idle()
    last = status(desk).last
    assert last is not None
    assert (last.result, last.message) == (RunResult.CANCELLED, "stopped by hand")
    assert (work.at_once, other.runs) == (0, 1)
    assert not status(desk).running


async def test_a_job_that_waits_can_be_taken_back(desk: FakeDesk, scheduler: Scheduler, work: Work):
    other = Work()
    scheduler.add(job(work), job(other, "other"))
    work.gate.clear()
    scheduler.run_now("sweep")
    scheduler.run_now("other")
    await asyncio.sleep(0.01)
    scheduler.cancel("other")
    scheduler.cancel("nobody")
    work.gate.set()
    await scheduler.until_idle()
    assert (work.runs, other.runs) == (1, 0)
    assert not status(desk, "other").waiting


async def test_a_job_that_need_not_be_made_up_waits_for_its_hour(scheduler: Scheduler, work: Work):
    scheduler.add(replace(job(work), made_up=False))
    running = asyncio.create_task(scheduler.run())
    await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert work.runs == 0
