"""Runs of jobs."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from core.ports.repositories import JobRun, RunResult
from data.db.types import Flag, UtcDateTime
from data.models.base import Row


class JobRunRow(Row, table=True):
    __tablename__ = "job_runs"
    __table_args__ = (Index("ix_job_runs_job_started_at", "job", "started_at"),)

    id: str = Field(primary_key=True)
    job: str
    started_at: datetime = Field(sa_type=UtcDateTime, index=True)
    finished_at: datetime | None = Field(sa_type=UtcDateTime)
    result: str
    message: str
    by_hand: bool = Field(sa_type=Flag)

    @classmethod
    def from_domain(cls, run: JobRun) -> "JobRunRow":
        return cls(
            id=run.id,
            job=run.job,
            started_at=run.started_at,
            finished_at=run.finished_at,
            result=run.result.value,
            message=run.message,
            by_hand=run.by_hand,
        )

    def to_domain(self) -> JobRun:
        return JobRun(
            id=self.id,
            job=self.job,
            started_at=self.started_at,
            finished_at=self.finished_at,
            result=RunResult(self.result),
            message=self.message,
            by_hand=self.by_hand,
        )
