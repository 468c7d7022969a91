"""Backtests: what was asked and what came of it; the result itself packed beside it."""

import json
import zlib
from datetime import datetime
from math import isfinite, isnan, nan

from sqlalchemy import ForeignKey, LargeBinary
from sqlmodel import Field

from core.backtest.run import Run, RunState, plan_from_json, plan_to_json
from core.errors import BadData
from data.db.types import UtcDateTime
from data.models.base import Row


class BacktestRow(Row, table=True):
    """`plan` and `metrics` are JSON; an unknown metric is null."""

    __tablename__ = "backtests"

    id: str = Field(primary_key=True)
    name: str
    state: str = Field(index=True)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    started_at: datetime | None = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(sa_type=UtcDateTime)
    code_hash: str
    data_hash: str
    plan: str
    metrics: str
    problem: str

    @classmethod
    def from_domain(cls, run: Run) -> "BacktestRow":
        metrics = {name: _told(value) for name, value in run.metrics.items()}
        return cls(
            id=run.id,
            name=run.name,
            state=run.state,
            created_at=run.created_at,
            started_at=run.started_at,
            finished_at=run.finished_at,
            code_hash=run.code_hash,
            data_hash=run.data_hash,
            plan=plan_to_json(run.plan),
            metrics=json.dumps(metrics, sort_keys=True),
            problem=run.problem,
        )

    def to_domain(self) -> Run:
        """Raises BadData for what this version cannot read."""
        try:
            metrics = json.loads(self.metrics).items()
            return Run(
                id=self.id,
                name=self.name,
                plan=plan_from_json(self.plan),
                state=RunState(self.state),
                created_at=self.created_at,
                started_at=self.started_at,
                finished_at=self.finished_at,
                code_hash=self.code_hash,
                data_hash=self.data_hash,
                metrics={name: nan if each is None else float(each) for name, each in metrics},
                problem=self.problem,
            )
        except (ValueError, TypeError, AttributeError) as problem:
            raise BadData(f"backtest {self.id} cannot be read: {problem}") from problem


class BacktestResultRow(Row, table=True):
    __tablename__ = "backtest_results"

    backtest_id: str = Field(
        primary_key=True, sa_column_args=[ForeignKey("backtests.id", ondelete="CASCADE")]
    )
    packed: bytes = Field(sa_type=LargeBinary)

    @classmethod
    def from_text(cls, id: str, text: str) -> "BacktestResultRow":
        return cls(backtest_id=id, packed=zlib.compress(text.encode(), 6))

    def to_text(self) -> str:
        """Raises BadData for what is no packed text."""
        try:
            return zlib.decompress(self.packed).decode()
        except (zlib.error, UnicodeDecodeError) as problem:
            raise BadData(f"the result of backtest {self.backtest_id} is damaged") from problem


def _told(value: float) -> float | str | None:
    """JSON has no endless numbers, and none that are unknown."""
    if isfinite(value):
        return value
    return None if isnan(value) else str(value)
