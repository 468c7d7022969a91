"""Database: what is too old let go, space given back, and statistics renewed."""

from datetime import timedelta
from typing import Final

from core.clock import Clock
from core.ports.repositories import DatabaseCare, JobRunRepository, SnapshotRepository
from core.services.scheduler import Progress

SNAPSHOTS_KEPT: Final = timedelta(days=400)
"""Set in November 2026: a year of expiries to compare with, at about 1 MB per chain and day."""
RUNS_KEPT: Final = timedelta(days=90)
"""Set in November 2026: a quarter shows how a job usually goes; nobody reads further back."""


async def maintain_database(
    progress: Progress,
    *,
    database: DatabaseCare,
    snapshots: SnapshotRepository,
    job_runs: JobRunRepository,
    clock: Clock,
) -> str:
    now = clock.now()
    progress.say("letting go of old snapshots and runs")
    minutes = await snapshots.forget(now - SNAPSHOTS_KEPT)
    runs = await job_runs.forget(now - RUNS_KEPT)
    progress.say("tidying the database", 0.5)
    done = await database.maintain()
    return f"{done}; {minutes:,} old chain minutes and {runs:,} old runs let go"
