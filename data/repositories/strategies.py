"""Strategy groups on disk; they are synced before a save returns."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog
from sqlmodel import Session, col, or_, select

from core.errors import BadData
from core.strategies.tracking import DraftMinute, PnlCandles
from core.trading.groups import StrategyGroup
from data.db.database import Database
from data.db.upsert import upsert
from data.models.strategy import StrategyMinuteRow, StrategyRow

log = structlog.get_logger(__name__)


class SqlStrategies:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, account: str, since: datetime) -> list[StrategyGroup]:
        in_sight = or_(col(StrategyRow.is_open) == True, col(StrategyRow.edited_at) >= since)  # noqa: E712
        wanted = select(StrategyRow).where(StrategyRow.account == account, in_sight)
        order = (col(StrategyRow.created_at), col(StrategyRow.id))
        rows = await self._database.read(lambda s: s.exec(wanted.order_by(*order)).all())
        return _readable(rows)

    async def save(self, *groups: StrategyGroup) -> None:
        rows = [StrategyRow.from_domain(each) for each in {g.id: g for g in groups}.values()]
        if rows:
            await self._database.write_durably(lambda session: upsert(session, rows))

    async def save_minutes(self, minutes: Sequence[DraftMinute]) -> None:
        if minutes:
            await self._database.write(lambda session: _save_minutes(session, minutes))

    async def minutes(self, id: str, first: datetime, last: datetime) -> PnlCandles:
        minute = col(StrategyMinuteRow.minute)
        wanted = select(StrategyMinuteRow).where(
            StrategyMinuteRow.strategy_id == id, minute >= first, minute < last
        )
        rows = await self._database.read(lambda s: s.exec(wanted.order_by(minute)).all())
        return PnlCandles.of([row.to_domain() for row in rows])


def _save_minutes(session: Session, minutes: Sequence[DraftMinute]) -> None:
    ids = {each.draft for each in minutes}
    known = set(session.exec(select(StrategyRow.id).where(col(StrategyRow.id).in_(ids))))
    newest = {(m.draft, m.minute): StrategyMinuteRow.from_domain(m) for m in minutes}
    rows = [row for (id, _), row in newest.items() if id in known]
    if rows:
        upsert(session, rows)


def _readable(rows: Iterable[StrategyRow]) -> list[StrategyGroup]:
    """A group that another version has written stays where it is, and is logged."""
    found = []
    for row in rows:
        try:
            found.append(row.to_domain())
        except BadData as problem:
            log.error("strategy.unreadable", id=row.id, problem=str(problem))
    return found
