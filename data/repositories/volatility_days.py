"""Implied volatility by session on disk."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from core.analytics.volatility_days import VolatilityDay
from data.db.database import Database
from data.db.upsert import upsert
from data.models.volatility_day import VolatilityDayRow


class SqlVolatilityDays:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, days: Sequence[VolatilityDay]) -> None:
        if not days:
            return
        latest = {(each.symbol, each.day): each for each in days}
        rows = [VolatilityDayRow.from_domain(each) for each in latest.values()]
        await self._database.write(lambda session: upsert(session, rows))

    async def of(self, symbol: str) -> list[VolatilityDay]:
        wanted = (
            select(VolatilityDayRow)
            .where(VolatilityDayRow.symbol == symbol)
            .order_by(col(VolatilityDayRow.day))
        )

        def find(session: Session) -> list[VolatilityDay]:
            return [row.to_domain() for row in session.exec(wanted)]

        return await self._database.read(find)
