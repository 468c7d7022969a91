"""Downloads and their pieces on disk."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import delete
from sqlmodel import Session, col, select

from core.downloads.plan import UNFINISHED, Download, Piece, PieceStatus
from core.ids import InstrumentKey
from core.instruments.candle import Interval
from data.db.database import Database
from data.db.upsert import upsert
from data.models.download import DownloadPieceRow, DownloadRow

AT_ONCE = 500
"""Keys in one question, rows in one statement."""


class SqlDownloads:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, download: Download) -> None:
        row = DownloadRow.from_domain(download)
        await self._database.write(lambda session: upsert(session, [row]))

    async def begin(self, download: Download, pieces: Sequence[Piece]) -> None:
        row = DownloadRow.from_domain(download)

        def write(session: Session) -> None:
            old = delete(DownloadPieceRow).where(col(DownloadPieceRow.download_id) == download.id)
            session.exec(old)
            upsert(session, [row])
            _write(session, download.id, pieces)

        await self._database.write(write)

    async def record(self, id: str, pieces: Sequence[Piece]) -> None:
        await self._database.write(lambda session: _write(session, id, pieces))

    async def get(self, id: str) -> Download | None:
        row = await self._database.read(lambda session: session.get(DownloadRow, id))
        return row.to_domain() if row is not None else None

    async def pieces(self, id: str) -> list[Piece]:
        wanted = (
            select(DownloadPieceRow)
            .where(DownloadPieceRow.download_id == id)
            .order_by(col(DownloadPieceRow.number))
        )
        return await self._database.read(
            lambda session: [row.to_domain() for row in session.exec(wanted)]
        )

    async def all(self, limit: int = 50) -> list[Download]:
        newest = col(DownloadRow.created_at).desc(), col(DownloadRow.id).desc()
        wanted = select(DownloadRow).order_by(*newest).limit(limit)
        return await self._database.read(
            lambda session: [row.to_domain() for row in session.exec(wanted)]
        )

    async def unfinished(self) -> list[Download]:
        wanted = (
            select(DownloadRow)
            .where(col(DownloadRow.status).in_(UNFINISHED))
            .order_by(col(DownloadRow.created_at), col(DownloadRow.id))
        )
        return await self._database.read(
            lambda session: [row.to_domain() for row in session.exec(wanted)]
        )

    async def asked(
        self, keys: Sequence[InstrumentKey], interval: Interval, first: date, last: date
    ) -> Mapping[InstrumentKey, list[tuple[date, date]]]:
        return await self._database.read(
            lambda session: _asked(session, keys, interval, first, last)
        )


def _write(session: Session, id: str, pieces: Sequence[Piece]) -> None:
    rows = [DownloadPieceRow.from_domain(id, each) for each in pieces]
    for at in range(0, len(rows), AT_ONCE):
        upsert(session, rows[at : at + AT_ONCE])


def _asked(
    session: Session, keys: Sequence[InstrumentKey], interval: Interval, first: date, last: date
) -> dict[InstrumentKey, list[tuple[date, date]]]:
    row, found = DownloadPieceRow, dict[InstrumentKey, list[tuple[date, date]]]()
    for at in range(0, len(keys), AT_ONCE):
        wanted = select(col(row.key), col(row.first), col(row.last)).where(
            col(row.key).in_(keys[at : at + AT_ONCE]),
            row.interval == str(interval),
            row.status == PieceStatus.DONE.value,
            row.first <= last,
            row.last >= first,
        )
        for key, begin, end in session.exec(wanted):
            found.setdefault(InstrumentKey(key), []).append((begin, end))
    return found
