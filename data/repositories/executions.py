"""Executions on disk; every write is synced before it returns."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import structlog
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from core.errors import BadData
from core.trading.executions import UNFINISHED, Execution
from data.db.database import Database
from data.db.upsert import upsert
from data.models.execution import ExecutionRow

log = structlog.get_logger(__name__)

GOING_ON: Final = sorted(UNFINISHED)


class SqlExecutions:
    """Of one account."""

    def __init__(self, database: Database, account: str = "") -> None:
        self._database, self._account = database, account

    async def save(self, run: Execution) -> None:
        row = ExecutionRow.from_domain(run, self._account)
        await self._database.write_durably(lambda session: upsert(session, [row]))

    async def unfinished(self) -> list[Execution]:
        wanted = self._mine.where(col(ExecutionRow.phase).in_(GOING_ON))
        rows = await self._database.read(lambda s: s.exec(wanted.order_by(*_oldest_first)).all())
        return _readable(rows)

    async def between(self, first: datetime, last: datetime) -> list[Execution]:
        started = col(ExecutionRow.started_at)
        wanted = self._mine.where(started >= first, started < last)
        rows = await self._database.read(lambda s: s.exec(wanted.order_by(*_oldest_first)).all())
        return _readable(rows)

    @property
    def _mine(self) -> SelectOfScalar[ExecutionRow]:
        return select(ExecutionRow).where(ExecutionRow.account == self._account)


_oldest_first = (col(ExecutionRow.started_at), col(ExecutionRow.id))


def _readable(rows: Iterable[ExecutionRow]) -> list[Execution]:
    """One that another version has written stays where it is, and is logged."""
    found = []
    for row in rows:
        try:
            found.append(row.to_domain())
        except BadData as problem:
            log.error("execution.unreadable", id=row.id, problem=str(problem))
    return found
