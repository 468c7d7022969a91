"""Chain snapshots on disk."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, Select, delete, func, type_coerce
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from core.clock import IST
from core.ports.repositories import ChainSnapshot, RecordedDay
from data.db.database import Database
from data.db.types import EPOCH
from data.db.upsert import upsert
from data.models.snapshot import ChainSnapshotRow

MICROS_A_DAY: Final = 86_400_000_000
AHEAD: Final = 19_800_000_000
"""India is 5 h 30 min ahead of UTC, in microseconds."""


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

    async def between(
        self, symbol: str, expiry: date, first: datetime, last: datetime
    ) -> list[ChainSnapshot]:
        wanted = (
            select(ChainSnapshotRow)
            .where(ChainSnapshotRow.symbol == symbol, ChainSnapshotRow.expiry == expiry)
            .where(ChainSnapshotRow.minute >= first, ChainSnapshotRow.minute < last)
            .order_by(col(ChainSnapshotRow.minute))
        )

        def find(session: Session) -> list[ChainSnapshot]:
            """Unpacked here, in the reader's thread."""
            return [row.to_domain() for row in session.exec(wanted)]

        return await self._database.read(find)

    async def days(self, symbol: str, expiry: date) -> list[date]:
        number = (type_coerce(col(ChainSnapshotRow.minute), BigInteger) + AHEAD) // MICROS_A_DAY
        wanted = (
            select(number)
            .where(ChainSnapshotRow.symbol == symbol, ChainSnapshotRow.expiry == expiry)
            .distinct()
        )
        numbers = await self._database.read(lambda session: session.exec(wanted).all())
        return [(EPOCH + timedelta(days=each)).date() for each in sorted(numbers)]

    async def expiries(self, symbol: str, day: date) -> list[date]:
        begins = datetime.combine(day, time(), IST)
        wanted = (
            select(col(ChainSnapshotRow.expiry))
            .where(ChainSnapshotRow.symbol == symbol)
            .where(ChainSnapshotRow.minute >= begins)
            .where(ChainSnapshotRow.minute < begins + timedelta(days=1))
            .distinct()
        )
        return sorted(await self._database.read(lambda session: session.exec(wanted).all()))

    async def recorded(self, symbol: str = "") -> list[RecordedDay]:
        found = await self._database.read(
            lambda session: session.connection().execute(_days_of_all(symbol)).all()
        )
        return [
            RecordedDay(
                symbol=each.symbol,
                expiry=each.expiry,
                day=(EPOCH + timedelta(days=each.day)).date(),
                minutes=each.minutes,
                rows=each.minutes * each.strikes * 2,
                last=each.last,
            )
            for each in found
        ]

    async def count(self) -> int:
        wanted = select(func.count()).select_from(ChainSnapshotRow)
        return await self._database.read(lambda session: session.exec(wanted).one())

    async def forget(self, before: datetime) -> int:
        old = delete(ChainSnapshotRow).where(col(ChainSnapshotRow.minute) < before)
        return await self._database.write(lambda session: session.exec(old).rowcount)


def _days_of_all(symbol: str) -> Select[Any]:
    """Counted on the index alone; the strikes are looked up in each day's last minute."""
    row = ChainSnapshotRow
    day = (type_coerce(col(row.minute), BigInteger) + AHEAD) // MICROS_A_DAY
    numbers = func.count().label("minutes"), func.max(col(row.minute)).label("last")
    groups = sql_select(col(row.symbol), col(row.expiry), day.label("day"), *numbers)
    if symbol:
        groups = groups.where(col(row.symbol) == symbol)
    days = groups.group_by(col(row.symbol), col(row.expiry), day).subquery()
    at_last = (
        (col(row.symbol) == days.c.symbol)
        & (col(row.expiry) == days.c.expiry)
        & (col(row.minute) == days.c.last)
    )
    return (
        sql_select(days, col(row.strikes))
        .join_from(days, row, at_last)
        .order_by(days.c.symbol, days.c.day, days.c.expiry)
    )
