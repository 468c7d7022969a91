"""Executions: baskets, TWAPs and icebergs, as far as they got."""

from datetime import datetime
from functools import cache

from pydantic import TypeAdapter, ValidationError
from sqlmodel import Field

from core.errors import BadData, RuleBroken
from core.trading.executions import BasketRun, Execution, SliceRun
from data.db.types import UtcDateTime
from data.models.base import Row


@cache
def _adapter(kind: str) -> TypeAdapter[Execution]:
    found: TypeAdapter[Execution] = TypeAdapter(BasketRun if kind == "basket" else SliceRun)
    return found


class ExecutionRow(Row, table=True):
    """`body` is the whole execution; the other columns are there to be searched, `account` tells
    whose it is: a basket on paper never goes on with real money."""

    __tablename__ = "executions"

    id: str = Field(primary_key=True)
    account: str = Field(index=True)
    kind: str
    phase: str = Field(index=True)
    started_at: datetime = Field(sa_type=UtcDateTime, index=True)
    body: str

    @classmethod
    def from_domain(cls, run: Execution, account: str) -> "ExecutionRow":
        kind = "basket" if isinstance(run, BasketRun) else "slices"
        return cls(
            id=run.id,
            account=account,
            kind=kind,
            phase=run.phase,
            started_at=run.started_at,
            body=_adapter(kind).dump_json(run).decode(),
        )

    def to_domain(self) -> Execution:
        """Raises BadData for a body that this version cannot read."""
        try:
            return _adapter(self.kind).validate_json(self.body)
        except (ValidationError, RuleBroken) as problem:
            raise BadData(f"execution {self.id} cannot be read: {problem}") from problem
