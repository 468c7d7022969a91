"""Instruments on disk, with their search in memory."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import structlog
from sqlalchemy import Table
from sqlmodel import Session, col, func, select

from core.ids import InstrumentKey
from core.instruments.instrument import Instrument, Kind, main_segment
from core.instruments.search import Entry, SearchIndex, browsing_order
from core.ports.repositories import InstrumentFilter
from data.db import bulk
from data.db.database import Database, driver
from data.models.instrument import InstrumentFileRow, InstrumentRow, raw_row

log = structlog.get_logger()
TABLE: Table = InstrumentRow.__table__  # type: ignore[attr-defined]
OPTIONS = (Kind.CALL.value, Kind.PUT.value)
AT_ONCE = 500


class SqlInstruments:
    """The search index follows the table: made anew when the version in the file row moved."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._index: tuple[int, SearchIndex] = (0, SearchIndex(()))
        self._underlyings: tuple[int, list[str]] = (0, [])
        self._building = asyncio.Lock()

    async def replace(self, instruments: Sequence[Instrument], as_of: datetime) -> None:
        await self._database.write(lambda session: _replace(session, instruments, as_of))

    async def warm(self) -> None:
        """Make the search index now, so that the first search need not wait for it."""
        version = await self._database.read(_version)
        async with self._building:
            if version != self._index[0]:
                self._index = await self._database.read(_build)

    async def as_of(self) -> datetime | None:
        row = await self._database.read(lambda session: session.get(InstrumentFileRow, 1))
        return row.as_of if row else None

    async def count(self) -> int:
        row = await self._database.read(lambda session: session.get(InstrumentFileRow, 1))
        return row.rows if row else 0

    async def get(self, key: InstrumentKey) -> Instrument | None:
        return (await self.get_many([key])).get(key)

    async def get_many(self, keys: Sequence[InstrumentKey]) -> dict[InstrumentKey, Instrument]:
        found: dict[InstrumentKey, Instrument] = {}
        wanted = [key for key in dict.fromkeys(keys) if storable(key)]
        for at in range(0, len(wanted), AT_ONCE):
            rows = await self._all(col(InstrumentRow.key).in_(wanted[at : at + AT_ONCE]))
            found.update({each.key: each for each in rows})
        return {key: found[key] for key in wanted if key in found}

    async def search(
        self, text: str, *, where: InstrumentFilter | None = None, limit: int = 50
    ) -> list[Instrument]:
        while True:
            found = await self._database.read(
                lambda session: self._find(session, text, where, limit)
            )
            if found is not None:
                return found
            await self.warm()

    async def underlyings(self) -> list[str]:
        version = await self._database.read(_version)
        if version != self._underlyings[0]:
            self._underlyings = version, await self._database.read(_underlyings)
        return list(self._underlyings[1])

    async def underlying(self, symbol: str) -> Instrument | None:
        if not storable(symbol):
            return None
        keys = (
            select(InstrumentRow.underlying_key)
            .where(InstrumentRow.underlying_symbol == symbol)
            .where(col(InstrumentRow.kind).in_(OPTIONS))
            .distinct()
        )
        found = await self._all(col(InstrumentRow.key).in_(keys))
        return found[0] if found else None

    async def expiries(self, symbol: str) -> list[date]:
        if not symbol or not storable(symbol):
            return []
        wanted = select(InstrumentRow.segment, col(InstrumentRow.expiry)).distinct()
        wanted = wanted.where(InstrumentRow.underlying_symbol == symbol)
        wanted = wanted.where(col(InstrumentRow.kind).in_(OPTIONS))
        rows = await self._database.read(lambda session: session.exec(wanted).all())
        main = main_segment({segment for segment, _ in rows})
        return sorted(day for segment, day in rows if segment == main and day)

    async def options(self, symbol: str, expiry: date) -> list[Instrument]:
        found = await self._of_symbol(symbol, OPTIONS, expiry)
        return sorted(found, key=lambda each: (each.strike or 0.0, each.kind is Kind.PUT, each.key))

    async def futures(self, symbol: str) -> list[Instrument]:
        return await self._of_symbol(symbol, (Kind.FUTURE.value,), None)

    async def _of_symbol(
        self, symbol: str, kinds: Sequence[str], expiry: date | None
    ) -> list[Instrument]:
        """Of the symbol's main segment, where two exchanges list it."""
        if not symbol or not storable(symbol):
            return []
        of_symbol = InstrumentRow.underlying_symbol == symbol
        segments = select(InstrumentRow.segment).where(of_symbol).distinct()

        def find(session: Session) -> list[Instrument]:
            segment = main_segment(session.exec(segments).all())
            wanted = select(InstrumentRow).where(of_symbol, InstrumentRow.segment == segment)
            wanted = wanted.where(col(InstrumentRow.kind).in_(kinds))
            if expiry is not None:
                wanted = wanted.where(InstrumentRow.expiry == expiry)
            rows = sorted(session.exec(wanted), key=lambda row: row.id)
            return [row.to_domain() for row in rows]

        return await self._database.read(find)

    async def _all(self, condition: Any) -> list[Instrument]:
        wanted = select(InstrumentRow).where(condition)

        def find(session: Session) -> list[Instrument]:
            rows = sorted(session.exec(wanted), key=lambda row: row.id)
            return [row.to_domain() for row in rows]

        return await self._database.read(find)

    def _find(
        self, session: Session, text: str, where: InstrumentFilter | None, limit: int
    ) -> list[Instrument] | None:
        """None when the index is not that of the table."""
        version, index = self._index
        if version != _version(session):
            return None
        places = index.find(text, where, limit)
        found: dict[int, Instrument] = {}
        for at in range(0, len(places), AT_ONCE):
            wanted = col(InstrumentRow.id).in_(places[at : at + AT_ONCE])
            rows = session.exec(select(InstrumentRow).where(wanted))
            found.update({row.id: row.to_domain() for row in rows})
        return [found[place] for place in places]


def storable(text: str) -> bool:
    """False for text that no row can hold: PostgreSQL knows no NUL, UTF-8 no lone surrogate."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _replace(session: Session, instruments: Sequence[Instrument], as_of: datetime) -> None:
    unique = {each.key: each for each in instruments}
    ordered = sorted(unique.values(), key=browsing_order)
    version = _version(session) + 1
    driver(session).execute(f"DELETE FROM {TABLE.name}")
    bulk.append(session, TABLE, (raw_row(place, each) for place, each in enumerate(ordered)))
    session.merge(InstrumentFileRow(id=1, as_of=as_of, version=version, rows=len(ordered)))
    log.info("instruments.replaced", rows=len(ordered))


def _version(session: Session) -> int:
    return session.exec(select(InstrumentFileRow.version)).first() or 0


def _build(session: Session) -> tuple[int, SearchIndex]:
    rows = driver(session).execute(
        "SELECT symbol, name, key, isin, segment, kind, underlying_symbol, COALESCE(expiry, 0) "
        f"FROM {TABLE.name} ORDER BY id"
    )
    return _version(session), SearchIndex(map(Entry._make, rows))


def _underlyings(session: Session) -> list[str]:
    asset = select(InstrumentRow.underlying_symbol, func.min(InstrumentRow.underlying_key))
    asset = asset.where(col(InstrumentRow.kind).in_(OPTIONS), InstrumentRow.underlying_symbol != "")
    assets = dict(session.exec(asset.group_by(InstrumentRow.underlying_symbol)).all())
    indices = set(
        session.exec(select(InstrumentRow.key).where(InstrumentRow.kind == Kind.INDEX.value))
    )
    return sorted(assets, key=lambda symbol: (assets[symbol] not in indices, symbol))
