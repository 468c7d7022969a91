"""Orders good till triggered."""

from datetime import datetime
from functools import cache

from pydantic import TypeAdapter, ValidationError
from sqlmodel import Field

from core.errors import BadData, RuleBroken
from core.trading.gtt import Gtt
from data.db.types import UtcDateTime
from data.models.base import Row


@cache
def _gtts() -> TypeAdapter[Gtt]:
    return TypeAdapter(Gtt)


class GttRow(Row, table=True):
    """`body` is the whole of it; the other columns are there to be searched."""

    __tablename__ = "gtts"

    id: str = Field(primary_key=True)
    placed_at: datetime = Field(sa_type=UtcDateTime, index=True)
    status: str = Field(index=True)
    instrument_key: str
    body: str
    account: str = Field(default="", sa_column_kwargs={"server_default": ""})

    @classmethod
    def from_domain(cls, gtt: Gtt, account: str) -> "GttRow":
        return cls(
            id=gtt.id,
            account=account,
            placed_at=gtt.placed_at,
            status=gtt.status,
            instrument_key=gtt.request.key,
            body=_gtts().dump_json(gtt).decode(),
        )

    def to_domain(self) -> Gtt:
        """Raises BadData for a body that this version cannot read."""
        try:
            return _gtts().validate_json(self.body)
        except (ValidationError, RuleBroken) as problem:
            raise BadData(f"GTT {self.id} cannot be read: {problem}") from problem
