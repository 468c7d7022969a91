"""Runs of jobs on disk."""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from core.ports.repositories import JobRun, RunResult
from data.db.database import Database
from data.db.upsert import upsert
from data.models.job_run import JobRunRow


class SqlJobRuns:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, run: JobRun) -> None:
        row = JobRunRow.from_domain(run)
        await self._database.write(lambda session: upsert(session, [row]))

    async def history(self, job: str | None = None, limit: int = 50) -> list[JobRun]:
        return await self._database.read(lambda session: _newest(session, job, None, limit))

    async def last_success(self, job: str) -> JobRun | None:
        runs = await self._database.read(lambda session: _newest(session, job, RunResult.OK, 1))
        return runs[0] if runs else None

    async def forget(self, before: datetime) -> int:
        old = delete(JobRunRow).where(col(JobRunRow.started_at) < before)
        return await self._database.write(lambda session: session.exec(old).rowcount)


def _newest(
    session: Session, job: str | None, result: RunResult | None, limit: int
) -> list[JobRun]:
    wanted = select(JobRunRow).order_by(col(JobRunRow.started_at).desc(), col(JobRunRow.id).desc())
    if job is not None:
        wanted = wanted.where(JobRunRow.job == job)
    if result is not None:
        wanted = wanted.where(JobRunRow.result == result.value)
    return [row.to_domain() for row in session.exec(wanted.limit(limit))]
