"""The journal on disk, append-only."""

from collections.abc import Iterator, Sequence
from typing import Final

from sqlmodel import Session, col, select

from core.errors import BadData
from core.trading.journal import FIRST_SEAL, Entry, Sealed, first_break, seal
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

    async def first_break(self) -> str:
        return await self._database.read(broken_at)


_row_number = col(JournalRow.number)


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
