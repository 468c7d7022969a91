"""Drafts of positions, and their profit by minute."""

from datetime import datetime

from sqlalchemy import Float, ForeignKey
from sqlmodel import Field

from core.ids import UserId
from core.strategies.draft import Draft
from core.strategies.draft_file import from_json, to_json
from core.strategies.tracking import DraftMinute
from data.db.types import Flag, UtcDateTime
from data.models.base import Row


class DraftRow(Row, table=True):
    """`body` is the draft in the form in which it is shared."""

    __tablename__ = "drafts"

    id: str = Field(primary_key=True)
    user_id: str = Field(index=True)
    edited_at: datetime = Field(sa_type=UtcDateTime)
    tracked: bool = Field(sa_type=Flag)
    body: str

    @classmethod
    def from_domain(cls, draft: Draft) -> "DraftRow":
        return cls(
            id=draft.id,
            user_id=draft.user,
            edited_at=draft.edited_at,
            tracked=draft.tracked,
            body=to_json(draft),
        )

    def to_domain(self) -> Draft:
        """Raises BadData for a body that this version cannot read."""
        return from_json(self.body, id=self.id, user=UserId(self.user_id), tracked=self.tracked)


class DraftMinuteRow(Row, table=True):
    __tablename__ = "draft_minutes"
    __table_args__ = ({"sqlite_with_rowid": False},)

    draft_id: str = Field(
        primary_key=True, sa_column_args=[ForeignKey("drafts.id", ondelete="CASCADE")]
    )
    minute: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    open: float = Field(sa_type=Float)
    high: float = Field(sa_type=Float)
    low: float = Field(sa_type=Float)
    close: float = Field(sa_type=Float)
    spot: float | None = Field(sa_type=Float)

    @classmethod
    def from_domain(cls, minute: DraftMinute) -> "DraftMinuteRow":
        return cls(
            draft_id=minute.draft,
            minute=minute.minute,
            open=minute.open,
            high=minute.high,
            low=minute.low,
            close=minute.close,
            spot=minute.spot if minute.spot == minute.spot else None,
        )

    def to_domain(self) -> DraftMinute:
        return DraftMinute(
            draft=self.draft_id,
            minute=self.minute,
            open=self.open,
            high=self.high,
            low=self.low,
            close=self.close,
            spot=float("nan") if self.spot is None else self.spot,
        )
