"""Orders, fills and the paper account on disk; every write is synced before it returns."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import structlog
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from core.clock import Clock
from core.errors import BadData
from core.ids import OrderId
from core.trading.broker_orders import FINAL, Status
from core.trading.fills import Fill
from core.trading.journal import Entry
from core.trading.orders import Order
from data.db.database import Database
from data.db.upsert import upsert
from data.models.order import FillRow, OrderRow, PaperAccountRow
from data.repositories.journal import write_entries

log = structlog.get_logger(__name__)

SETTLED: Final = sorted({*FINAL, Status.LOST})


class SqlOrders:
    """Of one account: a desk on paper neither sees nor settles the orders of one that is live."""

    def __init__(self, database: Database, account: str = "") -> None:
        self._database, self._account = database, account

    async def record(
        self,
        orders: Sequence[Order] = (),
        fills: Sequence[Fill] = (),
        entries: Sequence[Entry] = (),
    ) -> None:
        rows = [
            OrderRow.from_domain(each, self._account) for each in {o.id: o for o in orders}.values()
        ]
        new = [
            FillRow.from_domain(each, self._account) for each in {f.id: f for f in fills}.values()
        ]

        def work(session: Session) -> None:
            if rows:
                upsert(session, rows)
            for fill in new:
                if session.get(FillRow, (fill.account, fill.order_id, fill.trade_id)) is None:
                    session.add(fill)
            if entries:
                write_entries(session, entries)

        if rows or new or entries:
            await self._database.write_durably(work)

    async def get(self, id: OrderId) -> Order | None:
        row = await self._database.read(lambda s: s.get(OrderRow, id))
        return row.to_domain() if row else None

    async def unsettled(self) -> list[Order]:
        wanted = self._own().where(col(OrderRow.status).not_in(SETTLED))
        order = (col(OrderRow.placed_at), col(OrderRow.id))
        rows = await self._database.read(lambda s: s.exec(wanted.order_by(*order)).all())
        return _readable(rows)

    async def between(self, first: datetime, last: datetime) -> list[Order]:
        placed = col(OrderRow.placed_at)
        wanted = self._own().where(placed >= first, placed < last)
        rows = await self._database.read(
            lambda s: s.exec(wanted.order_by(placed, col(OrderRow.id))).all()
        )
        return _readable(rows)

    def _own(self) -> SelectOfScalar[OrderRow]:
        return select(OrderRow).where(OrderRow.account == self._account)


class SqlFills:
    """Of one account."""

    def __init__(self, database: Database, account: str = "") -> None:
        self._database, self._account = database, account

    async def between(self, first: datetime, last: datetime) -> list[Fill]:
        at = col(FillRow.at)
        own = select(FillRow).where(FillRow.account == self._account)
        wanted = own.where(at >= first, at < last)
        order = (at, col(FillRow.order_id), col(FillRow.trade_id))
        rows = await self._database.read(lambda s: s.exec(wanted.order_by(*order)).all())
        return [row.to_domain() for row in rows]


class SqlPaperStore:
    """One paper account by name."""

    def __init__(self, database: Database, clock: Clock, name: str = "paper") -> None:
        self._database, self._clock, self._name = database, clock, name

    async def load(self) -> str | None:
        row = await self._database.read(lambda s: s.get(PaperAccountRow, self._name))
        return row.body if row else None

    async def save(self, body: str) -> None:
        row = PaperAccountRow(name=self._name, saved_at=self._clock.now(), body=body)
        await self._database.write_durably(lambda session: upsert(session, [row]))


def _readable(rows: Iterable[OrderRow]) -> list[Order]:
    """An order that another version has written stays where it is, and is logged."""
    found = []
    for row in rows:
        try:
            found.append(row.to_domain())
        except BadData as problem:
            log.error("order.unreadable", id=row.id, problem=str(problem))
    return found
