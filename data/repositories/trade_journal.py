"""The trade journal on disk: contracts, settlements, notes and snapshots."""

from collections.abc import Iterable, Sequence

import structlog
from sqlalchemy import tuple_
from sqlmodel import Session, col, delete, select

from core.errors import BadData
from core.instruments.instrument import Instrument
from core.journal.contracts import Settled
from core.journal.notes import TradeNote
from core.journal.snaps import Snap
from core.trading.fills import FillId
from data.db.database import Database
from data.db.upsert import upsert
from data.models.trade_journal import (
    SettlementRow,
    TradedContractRow,
    TradeNoteRow,
    TradeSnapRow,
)

log = structlog.get_logger(__name__)
AT_ONCE = 200


class SqlContracts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, contracts: Sequence[Instrument]) -> None:
        rows = [TradedContractRow.from_domain(each) for each in contracts]
        if rows:
            newest = list({(row.key, row.expiry): row for row in rows}.values())
            await self._database.write(lambda session: upsert(session, newest))

    async def all(self) -> list[Instrument]:
        """One that another version has written stays where it is, and is logged."""
        order = (col(TradedContractRow.key), col(TradedContractRow.expiry))
        wanted = select(TradedContractRow).order_by(*order)
        rows = await self._database.read(lambda s: s.exec(wanted).all())
        found = []
        for row in rows:
            try:
                found.append(row.to_domain())
            except BadData as problem:
                log.error("contract.unreadable", key=row.key, problem=str(problem))
        return found


class SqlSettlements:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, settled: Sequence[Settled]) -> None:
        rows = [SettlementRow.from_domain(each) for each in settled]
        if rows:
            newest = list({(row.key, row.expiry): row for row in rows}.values())
            await self._database.write_durably(lambda session: upsert(session, newest))

    async def all(self) -> list[Settled]:
        wanted = select(SettlementRow).order_by(col(SettlementRow.expiry), col(SettlementRow.key))
        rows = await self._database.read(lambda s: s.exec(wanted).all())
        return [row.to_domain() for row in rows]


class SqlNotes:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, note: TradeNote) -> None:
        row = TradeNoteRow.from_domain(note)
        gone = delete(TradeNoteRow).where(col(TradeNoteRow.trade) == note.trade)

        def work(session: Session) -> None:
            if note.empty:
                session.exec(gone)
            else:
                upsert(session, [row])

        await self._database.write(work)

    async def all(self) -> dict[str, TradeNote]:
        rows = await self._database.read(lambda s: s.exec(select(TradeNoteRow)).all())
        return {row.trade: row.to_domain() for row in rows}


class SqlSnaps:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, snaps: Sequence[Snap]) -> None:
        rows = [TradeSnapRow.from_domain(each) for each in snaps]
        if rows:
            newest = list({(row.order_id, row.trade_id): row for row in rows}.values())
            await self._database.write(lambda session: upsert(session, newest))

    async def of(self, fills: Iterable[FillId]) -> dict[FillId, Snap]:
        wanted = sorted(set(fills))
        found: dict[FillId, Snap] = {}
        for at in range(0, len(wanted), AT_ONCE):
            rows = await self._rows(wanted[at : at + AT_ONCE])
            found.update({snap.fill: snap for snap in map(TradeSnapRow.to_domain, rows)})
        return found

    async def _rows(self, fills: Sequence[FillId]) -> Sequence[TradeSnapRow]:
        key = tuple_(col(TradeSnapRow.order_id), col(TradeSnapRow.trade_id))
        wanted = select(TradeSnapRow).where(key.in_(fills))
        return await self._database.read(lambda s: s.exec(wanted).all())
