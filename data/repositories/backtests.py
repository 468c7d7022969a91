"""Backtests on disk."""

import structlog
from sqlmodel import Session, col, delete, select

from core.backtest.run import Run
from core.errors import BadData
from data.db.database import Database
from data.db.upsert import upsert
from data.models.backtest import BacktestResultRow, BacktestRow

log = structlog.get_logger(__name__)


class SqlBacktests:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, run: Run) -> None:
        row = BacktestRow.from_domain(run)
        await self._database.write(lambda session: upsert(session, [row]))

    async def all(self) -> list[Run]:
        order = (col(BacktestRow.created_at).desc(), col(BacktestRow.id))
        wanted = select(BacktestRow).order_by(*order)
        rows = await self._database.read(lambda session: session.exec(wanted).all())
        found = []
        for row in rows:
            try:
                found.append(row.to_domain())
            except BadData as problem:
                log.error("backtest.unreadable", id=row.id, problem=str(problem))
        return found

    async def get(self, id: str) -> Run | None:
        row = await self._database.read(lambda session: session.get(BacktestRow, id))
        return row.to_domain() if row else None

    async def delete(self, id: str) -> None:
        gone = delete(BacktestRow).where(col(BacktestRow.id) == id)
        await self._database.write(lambda session: session.exec(gone) and None)

    async def save_result(self, id: str, result: str) -> None:
        def save(session: Session) -> None:
            if session.get(BacktestRow, id) is not None:
                upsert(session, [BacktestResultRow.from_text(id, result)])

        await self._database.write(save)

    async def result(self, id: str) -> str | None:
        row = await self._database.read(lambda session: session.get(BacktestResultRow, id))
        return row.to_text() if row else None
