"""Drawings on disk."""

import structlog
from sqlmodel import col, delete, select

from core.drawings.drawing import Drawing
from core.errors import BadData
from core.ids import InstrumentKey, UserId
from data.db.database import Database
from data.db.upsert import upsert
from data.models.drawing import DrawingRow

log = structlog.get_logger(__name__)


class SqlDrawings:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, user: UserId, key: InstrumentKey) -> list[Drawing]:
        """One that another version has written stays where it is, and is logged."""
        own = select(DrawingRow).where(DrawingRow.user_id == user, DrawingRow.key == key)
        rows = await self._database.read(lambda s: s.exec(own.order_by(DrawingRow.id)).all())
        found = []
        for row in rows:
            try:
                found.append(row.to_domain())
            except BadData as problem:
                log.error("drawing.unreadable", id=row.id, problem=str(problem))
        return found

    async def save(self, user: UserId, drawing: Drawing) -> None:
        row = DrawingRow.from_domain(user, drawing)
        await self._database.write(lambda session: upsert(session, [row]))

    async def delete(self, user: UserId, id: str) -> None:
        gone = delete(DrawingRow).where(col(DrawingRow.user_id) == user, col(DrawingRow.id) == id)
        await self._database.write(lambda session: session.exec(gone) and None)
