"""Chain snapshots on disk."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from core.ports.repositories import ChainSnapshot
from data.db.database import Database
from data.db.upsert import upsert
from data.models.snapshot import ChainSnapshotRow


class SqlSnapshots:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, snapshots: Sequence[ChainSnapshot]) -> None:
        if not snapshots:
            return
        latest = {(each.symbol, each.expiry, each.minute): each for each in snapshots}
        rows = [ChainSnapshotRow.from_domain(each) for each in latest.values()]
        await self._database.write(lambda session: upsert(session, rows))

    async def at(self, symbol: str, expiry: date, minute: datetime) -> ChainSnapshot | None:
        def find(session: Session) -> ChainSnapshotRow | None:
            return session.get(ChainSnapshotRow, (symbol, expiry, minute))

        row = await self._database.read(find)
        return row.to_domain() if row else None

    async def minutes(
        self, symbol: str, expiry: date, first: datetime, last: datetime
    ) -> list[datetime]:
        wanted = (
            select(ChainSnapshotRow.minute)
            .where(ChainSnapshotRow.symbol == symbol, ChainSnapshotRow.expiry == expiry)
            .where(ChainSnapshotRow.minute >= first, ChainSnapshotRow.minute < last)
            .order_by(col(ChainSnapshotRow.minute))
        )
        return list(await self._database.read(lambda session: session.exec(wanted).all()))

    async def count(self) -> int:
        wanted = select(func.count()).select_from(ChainSnapshotRow)
        return await self._database.read(lambda session: session.exec(wanted).one())

    async def forget(self, before: datetime) -> int:
        old = delete(ChainSnapshotRow).where(col(ChainSnapshotRow.minute) < before)
        return await self._database.write(lambda session: session.exec(old).rowcount)
