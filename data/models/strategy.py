"""Strategy groups, and their profit by minute."""

from datetime import datetime
from functools import cache

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Float, ForeignKey
from sqlmodel import Field

from core.errors import BadData, RuleBroken
from core.strategies.tracking import DraftMinute
from core.trading.groups import StrategyGroup
from data.db.types import Flag, UtcDateTime
from data.models.base import Row


@cache
def _groups() -> TypeAdapter[StrategyGroup]:
    return TypeAdapter(StrategyGroup)


class StrategyRow(Row, table=True):
    """`body` is the whole group; the other columns are there to be searched."""

    __tablename__ = "strategies"

    id: str = Field(primary_key=True)
    account: str = Field(index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    edited_at: datetime = Field(sa_type=UtcDateTime)
    is_open: bool = Field(sa_type=Flag)
    body: str

    @classmethod
    def from_domain(cls, group: StrategyGroup) -> "StrategyRow":
        return cls(
            id=group.id,
            account=group.account,
            created_at=group.created_at,
            edited_at=group.edited_at,
            is_open=group.is_open,
            body=_groups().dump_json(group).decode(),
        )

    def to_domain(self) -> StrategyGroup:
        """Raises BadData for a body that this version cannot read."""
        try:
            return _groups().validate_json(self.body)
        except (ValidationError, RuleBroken) as problem:
            raise BadData(f"strategy {self.id} cannot be read: {problem}") from problem


class StrategyMinuteRow(Row, table=True):
    __tablename__ = "strategy_minutes"
    __table_args__ = ({"sqlite_with_rowid": False},)

    strategy_id: str = Field(
        primary_key=True, sa_column_args=[ForeignKey("strategies.id", ondelete="CASCADE")]
    )
    minute: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    open: float = Field(sa_type=Float)
    high: float = Field(sa_type=Float)
    low: float = Field(sa_type=Float)
    close: float = Field(sa_type=Float)

    @classmethod
    def from_domain(cls, minute: DraftMinute) -> "StrategyMinuteRow":
        return cls(
            strategy_id=minute.draft,
            minute=minute.minute,
            open=minute.open,
            high=minute.high,
            low=minute.low,
            close=minute.close,
        )

    def to_domain(self) -> DraftMinute:
        return DraftMinute(
            draft=self.strategy_id,
            minute=self.minute,
            open=self.open,
            high=self.high,
            low=self.low,
            close=self.close,
            spot=float("nan"),
        )
