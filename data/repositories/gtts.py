"""Orders good till triggered on disk; every write is synced before it returns."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import structlog
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from core.errors import BadData
from core.ids import GttId
from core.trading.gtt import FINAL, Gtt
from core.trading.journal import Entry
from data.db.database import Database
from data.db.upsert import upsert
from data.models.gtt import GttRow
from data.repositories.journal import write_entries

log = structlog.get_logger(__name__)

SETTLED: Final = sorted(FINAL)


class SqlGtts:
    """Of one account: a desk on paper neither sees nor ends those of one that is live."""

    def __init__(self, database: Database, account: str = "") -> None:
        self._database, self._account = database, account

    async def record(self, gtts: Sequence[Gtt], entries: Sequence[Entry] = ()) -> None:
        rows = [
            GttRow.from_domain(each, self._account) for each in {g.id: g for g in gtts}.values()
        ]

        def work(session: Session) -> None:
            if rows:
                upsert(session, rows)
            if entries:
                write_entries(session, entries)

        if rows or entries:
            await self._database.write_durably(work)

    async def get(self, id: GttId) -> Gtt | None:
        row = await self._database.read(lambda s: s.get(GttRow, id))
        return row.to_domain() if row else None

    async def unsettled(self) -> list[Gtt]:
        wanted = self._own().where(col(GttRow.status).not_in(SETTLED))
        order = (col(GttRow.placed_at), col(GttRow.id))
        rows = await self._database.read(lambda s: s.exec(wanted.order_by(*order)).all())
        return _readable(rows)

    async def between(self, first: datetime, last: datetime) -> list[Gtt]:
        placed = col(GttRow.placed_at)
        wanted = self._own().where(placed >= first, placed < last)
        rows = await self._database.read(
            lambda s: s.exec(wanted.order_by(placed, col(GttRow.id))).all()
        )
        return _readable(rows)

    def _own(self) -> SelectOfScalar[GttRow]:
        return select(GttRow).where(GttRow.account == self._account)


def _readable(rows: Iterable[GttRow]) -> list[Gtt]:
    """One that another version has written stays where it is, and is logged."""
    found = []
    for row in rows:
        try:
            found.append(row.to_domain())
        except BadData as problem:
            log.error("gtt.unreadable", id=row.id, problem=str(problem))
    return found
