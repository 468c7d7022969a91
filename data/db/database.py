"""The database: many readers, one writer, none of them on the event loop."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import Any, Final, TypeVar

import psycopg
import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session

from core.errors import StorageProblem
from data.db.engines import PostgresEngine, check_url, shown, sqlite_engine, sqlite_file

log = structlog.get_logger()
T = TypeVar("T")
READERS: Final = 4
FAILURES: Final = (DBAPIError, sqlite3.Error, psycopg.Error)  # ours also speak to drivers directly
UNUSABLE: Final = (OperationalError, sqlite3.OperationalError, psycopg.OperationalError)


class Database:
    """Runs functions of a session: reads side by side, writes one after the other.

    A read sees one moment of the database. A write is one transaction, on disk when it returns;
    writes keep the order in which they were asked for. A durable write outlives a power cut too.
    """

    def __init__(self, url: str) -> None:
        self.url = check_url(url)
        self.file = sqlite_file(url)
        self._reading = ThreadPoolExecutor(READERS, thread_name_prefix="db-read")
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="db-write")
        self._postgres: tuple[PostgresEngine, ...] = ()
        self._open()
        self.writes = 0

    def _open(self) -> None:
        if self.file is None:
            readers = PostgresEngine(self.url, write=False, connections=READERS)
            writer = PostgresEngine(self.url, write=True, connections=1)
            self._postgres = (readers, writer)
            self.reader, self.writer = readers.engine, writer.engine
            self.durable_writer = self.writer
            return
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise StorageProblem(
                f"The folder {self.file.parent} cannot be made: {problem.strerror}. "
                "Choose another with STRIKEDESK_HOME or --home."
            ) from problem
        self.reader = sqlite_engine(self.file, write=False, connections=READERS)
        self.writer = sqlite_engine(self.file, write=True, connections=1)
        self.durable_writer = sqlite_engine(self.file, write=True, connections=1, durable=True)

    @property
    def is_sqlite(self) -> bool:
        return self.file is not None

    async def read(self, work: Callable[[Session], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reading, self.read_now, work)

    async def write(self, work: Callable[[Session], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writing, self.write_now, work)

    async def write_durably(self, work: Callable[[Session], T]) -> T:
        """What `write` does, in the same row of writes, synced to the disk before it returns."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writing, self._write_durably, work)

    def read_now(self, work: Callable[[Session], T]) -> T:
        """What `read` does, for callers without an event loop."""
        try:
            with Session(self.reader) as session:
                return work(session)
        except FAILURES as problem:
            raise self._explained(problem) from problem

    def write_now(self, work: Callable[[Session], T]) -> T:
        """What `write` does, for callers without an event loop."""
        return self._write(self.writer, work)

    def _write_durably(self, work: Callable[[Session], T]) -> T:
        def synced(session: Session) -> T:
            if not self.is_sqlite:
                session.execute(text("SET LOCAL synchronous_commit = on"))
            return work(session)

        return self._write(self.durable_writer, synced)

    def _write(self, engine: Engine, work: Callable[[Session], T]) -> T:
        try:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                result = work(session)
        except FAILURES as problem:
            raise self._explained(problem) from problem
        self.writes += 1
        return result

    async def figures(self) -> dict[str, str | int]:
        """For the health page."""
        return await self.read(self._figures)

    def _figures(self, session: Session) -> dict[str, str | int]:
        if self.file is None:
            version = str(session.execute(text("SHOW server_version")).scalar())
            size = session.execute(text("SELECT pg_database_size(current_database())")).scalar()
            return {
                "engine": f"PostgreSQL {version}",
                "place": shown(self.url),
                "size": int(size or 0),
                "writes": self.writes,
            }
        version = str(session.execute(text("SELECT sqlite_version()")).scalar())
        wal = self.file.with_name(self.file.name + "-wal")
        return {
            "engine": f"SQLite {version}",
            "place": str(self.file),
            "size": self.file.stat().st_size,
            "log size": wal.stat().st_size if wal.exists() else 0,
            "writes": self.writes,
        }

    async def maintain(self) -> str:
        """Renew the planner's statistics and shorten the log of writes, while in use."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._writing, self._maintain)
        return "statistics renewed" if self.file is None else "statistics renewed, log written back"

    def _maintain(self) -> None:
        statements = ["ANALYZE"]
        if self.is_sqlite:
            statements = ["PRAGMA analysis_limit=1000", "PRAGMA optimize=0x10002"]
        with self.writer.connect() as connection, connection.begin():
            for statement in statements:
                connection.exec_driver_sql(statement)
        if self.file is not None:
            with closing(sqlite3.connect(self.file)) as plain:
                plain.execute("PRAGMA wal_checkpoint(PASSIVE)")

    async def close(self) -> None:
        """Finish what was asked for, then let go."""
        await asyncio.to_thread(self.close_now)

    def close_now(self) -> None:
        self._writing.shutdown()
        self._reading.shutdown()
        self.reader.dispose()
        if self.is_sqlite:
            with suppress(DBAPIError), self.writer.connect() as connection:
                connection.exec_driver_sql("PRAGMA optimize")
        self.writer.dispose()
        self.durable_writer.dispose()
        for each in self._postgres:
            each.close()

    def _explained(self, problem: Exception) -> Exception:
        """What the user can do something about, in words; the rest as it is."""
        if not isinstance(problem, UNUSABLE):
            return problem
        why = getattr(problem, "orig", None) or problem
        log.warning("database.failed", problem=str(why))
        return StorageProblem(f"The database {shown(self.url)} cannot be used: {why}")


def driver(session: Session) -> Any:
    """The driver's own connection under a session, in the session's transaction."""
    return session.connection().connection.driver_connection


def dialect(bind: Session | Engine) -> str:
    engine = bind.get_bind() if isinstance(bind, Session) else bind
    return engine.dialect.name
