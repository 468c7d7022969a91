from datetime import date, datetime, timedelta

import numpy as np
import pytest

from core.clock import SetClock
from core.jobs.maintain_database import RUNS_KEPT, SNAPSHOTS_KEPT, maintain_database
from core.ports.repositories import ChainSnapshot, JobRun, RunResult
from core.services.scheduler import Progress
from core.state.jobs import JobsState, JobStatus
from tests.fake_universe import NOW
from tests.fakes import MemoryJobRuns, MemorySnapshots

SECOND = timedelta(seconds=1)


class CaredFor:
    async def maintain(self) -> str:
        return "tidy"


def snapshot(minute: datetime) -> ChainSnapshot:
    nothing = np.empty((2, 0))
    return ChainSnapshot(
        symbol="NIFTY",
        expiry=date(2026, 11, 23),
        minute=minute,
        spot=24_000.0,
        forward=24_010.0,
        strikes=np.empty(0),
        ltp=nothing,
        bid=nothing,
        ask=nothing,
        volume=nothing,
        oi=nothing,
        iv=nothing,
    )


def run(started: datetime) -> JobRun:
    return JobRun(
        id=started.isoformat(),
        job="instruments",
        started_at=started,
        finished_at=started,
        result=RunResult.OK,
        message="",
        by_hand=False,
    )


@pytest.fixture
def progress() -> Progress:
    return Progress(JobStatus(name="database", title="", schedule=""), JobsState())


async def test_what_is_too_old_is_let_go_and_the_rest_is_kept(progress: Progress):
    snapshots, job_runs = MemorySnapshots(), MemoryJobRuns()
    kept = NOW - SNAPSHOTS_KEPT
    await snapshots.save([snapshot(at) for at in (kept - SECOND, kept, NOW)])
    for started in (NOW - RUNS_KEPT - SECOND, NOW - RUNS_KEPT):
        await job_runs.save(run(started))
    said = await maintain_database(
        progress,
        database=CaredFor(),
        snapshots=snapshots,
        job_runs=job_runs,
        clock=SetClock(NOW),
    )
    assert sorted(minute for _, _, minute in snapshots.rows) == [kept, NOW]
    assert [each.started_at for each in await job_runs.history()] == [NOW - RUNS_KEPT]
    assert said == "tidy; 1 old chain minutes and 1 old runs let go"
