"""Drafts on disk."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog
from sqlmodel import Session, col, delete, select

from core.errors import BadData
from core.ids import UserId
from core.strategies.draft import Draft
from core.strategies.tracking import DraftMinute, PnlCandles
from data.db.database import Database
from data.db.upsert import upsert
from data.models.draft import DraftMinuteRow, DraftRow

log = structlog.get_logger(__name__)


class SqlDrafts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, user: UserId) -> list[Draft]:
        own = select(DraftRow).where(DraftRow.user_id == user)
        order = (col(DraftRow.edited_at).desc(), col(DraftRow.id))
        rows = await self._database.read(lambda s: s.exec(own.order_by(*order)).all())
        return _readable(rows)

    async def tracked(self) -> list[Draft]:
        wanted = select(DraftRow).where(DraftRow.tracked == True).order_by(DraftRow.id)  # noqa: E712
        rows = await self._database.read(lambda s: s.exec(wanted).all())
        return _readable(rows)

    async def save(self, draft: Draft) -> None:
        row = DraftRow.from_domain(draft)
        await self._database.write(lambda session: upsert(session, [row]))

    async def delete(self, id: str) -> None:
        gone = delete(DraftRow).where(col(DraftRow.id) == id)
        await self._database.write(lambda session: session.exec(gone) and None)

    async def save_minutes(self, minutes: Sequence[DraftMinute]) -> None:
        if minutes:
            await self._database.write(lambda session: _save_minutes(session, minutes))

    async def minutes(self, id: str, first: datetime, last: datetime) -> PnlCandles:
        minute = col(DraftMinuteRow.minute)
        wanted = select(DraftMinuteRow).where(
            DraftMinuteRow.draft_id == id, minute >= first, minute < last
        )
        rows = await self._database.read(lambda s: s.exec(wanted.order_by(minute)).all())
        return PnlCandles.of([row.to_domain() for row in rows])


def _save_minutes(session: Session, minutes: Sequence[DraftMinute]) -> None:
    ids = {each.draft for each in minutes}
    known = set(session.exec(select(DraftRow.id).where(col(DraftRow.id).in_(ids))))
    newest = {(m.draft, m.minute): DraftMinuteRow.from_domain(m) for m in minutes}
    rows = [row for (draft, _), row in newest.items() if draft in known]
    if rows:
        upsert(session, rows)


def _readable(rows: Iterable[DraftRow]) -> list[Draft]:
    """A draft that another version has written stays where it is, and is logged."""
    found = []
    for row in rows:
        try:
            found.append(row.to_domain())
        except BadData as problem:
            log.error("draft.unreadable", id=row.id, problem=str(problem))
    return found
