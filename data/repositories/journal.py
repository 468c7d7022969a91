"""The journal on disk, append-only."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from core.errors import BadData
from core.trading.journal import FIRST_SEAL, Entry, Kind, Sealed, first_break, seal
from data.db.database import Database
from data.models.order import JournalRow

PAGE: Final = 2_000


class SqlJournal:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, *entries: Entry) -> None:
        if entries:
            await self._database.write_durably(lambda session: write_entries(session, entries))

    async def of(self, correlation: str) -> list[Sealed]:
        wanted = select(JournalRow).where(JournalRow.correlation == correlation)
        rows = await self._database.read(lambda s: s.exec(wanted.order_by(_row_number)).all())
        return [row.to_domain() for row in rows]

    async def after(self, number: int, limit: int = 500) -> list[Sealed]:
        wanted = select(JournalRow).where(_row_number > number).order_by(_row_number).limit(limit)
        rows = await self._database.read(lambda s: s.exec(wanted).all())
        return [row.to_domain() for row in rows]

    async def find(
        self,
        text: str = "",
        *,
        first: datetime | None = None,
        last: datetime | None = None,
        kind: Kind | None = None,
        before: int | None = None,
        limit: int = 200,
    ) -> list[Sealed]:
        wanted = select(JournalRow).order_by(_row_number.desc()).limit(limit)
        if first is not None:
            wanted = wanted.where(col(JournalRow.at) >= first)
        if last is not None:
            wanted = wanted.where(col(JournalRow.at) < last)
        if kind is not None:
            wanted = wanted.where(JournalRow.kind == kind)
        if before is not None:
            wanted = wanted.where(_row_number < before)
        if text:
            wanted = wanted.where(or_(*(_holds(column, text) for column in _SEARCHED)))
        rows = await self._database.read(lambda s: s.exec(wanted).all())
        return [row.to_domain() for row in rows]

    async def count(self) -> int:
        return await self._database.read(
            lambda s: s.exec(select(func.count()).select_from(JournalRow)).one()
        )

    async def first_break(self) -> str:
        return await self._database.read(broken_at)


_row_number = col(JournalRow.number)
_SEARCHED: Final = (JournalRow.text, JournalRow.correlation, JournalRow.facts)


def _holds(column: str, text: str) -> ColumnElement[bool]:
    return func.lower(column).contains(text.lower(), autoescape=True)


def write_entries(session: Session, entries: Sequence[Entry]) -> None:
    """Seal entries at the end of the journal, within somebody's transaction."""
    last = session.exec(select(JournalRow).order_by(_row_number.desc()).limit(1)).first()
    number, before = (last.number, last.seal) if last else (0, FIRST_SEAL)
    for entry in entries:
        sealed = seal(entry, number := number + 1, before)
        before = sealed.seal
        session.add(JournalRow.from_domain(sealed))
    session.flush()


def broken_at(session: Session) -> str:
    """What is wrong with the whole chain; empty when it is unbroken."""
    try:
        return first_break(_all(session))
    except BadData as problem:
        return str(problem)


def _all(session: Session) -> Iterator[Sealed]:
    number = 0
    while True:
        page = select(JournalRow).where(_row_number > number).order_by(_row_number).limit(PAGE)
        rows = session.exec(page).all()
        yield from (row.to_domain() for row in rows)
        session.expunge_all()
        if len(rows) < PAGE:
            return
        number = rows[-1].number
