"""Jobs: what runs by the clock, when next, and how it went."""

from dataclasses import dataclass, field
from datetime import datetime

from core.ports.repositories import JobRun


@dataclass(slots=True)
class JobStatus:
    """`progress` is a fraction, None while unknown; `waiting` = asked for, behind another job."""

    name: str
    title: str
    schedule: str  # in words
    next_run: datetime | None = None
    waiting: bool = False
    running: bool = False
    started_at: datetime | None = None
    progress: float | None = None
    detail: str = ""
    last: JobRun | None = None


@dataclass(slots=True)
class JobsState:
    """By name, in the order of the table."""

    jobs: dict[str, JobStatus] = field(default_factory=dict)
    revision: int = 0

    def touch(self) -> None:
        self.revision += 1
