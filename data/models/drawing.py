"""Drawings on charts as rows."""

import json

from sqlmodel import Field

from core.drawings.drawing import Drawing, read
from core.errors import BadData
from core.ids import InstrumentKey, UserId
from data.models.base import Row


class DrawingRow(Row, table=True):
    """`body` is the drawing as the browser has it."""

    __tablename__ = "drawings"

    user_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    key: str = Field(index=True)
    body: str

    @classmethod
    def from_domain(cls, user: UserId, drawing: Drawing) -> "DrawingRow":
        body = json.dumps(drawing.told(), separators=(",", ":"), ensure_ascii=False)
        return cls(user_id=user, id=drawing.id, key=drawing.key, body=body)

    def to_domain(self) -> Drawing:
        """Raises BadData for a body that this version cannot read."""
        try:
            told = json.loads(self.body)
        except ValueError as problem:
            raise BadData(f"drawing {self.id} is not JSON") from problem
        return read(told, InstrumentKey(self.key))
