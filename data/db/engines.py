"""Connections to SQLite and PostgreSQL, set up the way the desk needs them."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg_pool import ConnectionPool
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from core.errors import SettingsProblem

BUSY_MS: Final = 10_000
CONNECT_SECONDS: Final = 10
CACHE_KIB: Final = 4_000  # of each connection


def check_url(url: str) -> str:
    """Return the URL itself; raises SettingsProblem for one that no engine of ours takes."""
    try:
        parsed = make_url(url)
    except ArgumentError as problem:
        raise SettingsProblem(f"{url!r} is not the address of a database") from problem
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return url
    if parsed.drivername == "postgresql+psycopg" and parsed.database:
        return url
    raise SettingsProblem(
        "The database must be sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME"
    )


def sqlite_file(url: str) -> Path | None:
    """The file behind a SQLite URL; None for PostgreSQL."""
    parsed = make_url(check_url(url))
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def shown(url: str) -> str:
    """The URL without its password, fit for messages."""
    return make_url(url).render_as_string(hide_password=True)


def sqlite_engine(file: Path, *, write: bool, connections: int, durable: bool = False) -> Engine:
    """`durable`: a commit returns when the disk has it, also if the power is cut right after."""
    engine = create_engine(
        f"sqlite:///{file}",
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        connect_args={
            "check_same_thread": False,
            "timeout": BUSY_MS / 1000,
            "cached_statements": 256,
        },
    )
    event.listen(engine, "connect", _tune_sqlite(write, durable))
    start = "BEGIN IMMEDIATE" if write else "BEGIN"

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(start)

    event.listen(engine, "begin", begin)
    return engine


def _tune_sqlite(
    write: bool, durable: bool = False
) -> Callable[[sqlite3.Connection, object], None]:
    def tune(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves: the driver would do it too late
        connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        connection.execute(f"PRAGMA fullfsync={int(durable)}")  # where a plain sync is not enough
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        connection.execute("PRAGMA temp_store=MEMORY")
        if write:
            connection.execute("PRAGMA journal_mode=WAL")
        else:
            connection.execute("PRAGMA query_only=ON")

    return tune


class PostgresEngine:
    """A pool of psycopg's own, with SQLAlchemy on top; connects when first used."""

    def __init__(self, url: str, *, write: bool, connections: int) -> None:
        self._pool = ConnectionPool(
            _conninfo(url),
            kwargs={"prepare_threshold": 3},
            min_size=1,
            max_size=connections,
            open=False,
            configure=_tune_postgres(write),
            close_returns=True,
            timeout=CONNECT_SECONDS,
            check=ConnectionPool.check_connection if write else None,
            name="writer" if write else "readers",
        )
        self.engine = create_engine(
            "postgresql+psycopg://",
            creator=self._connect,
            poolclass=NullPool,
            use_native_hstore=False,
        )

    def _connect(self) -> "psycopg.Connection[Any]":
        self._pool.open()
        return self._pool.getconn()

    def close(self) -> None:
        self.engine.dispose()
        self._pool.close()


def _tune_postgres(write: bool) -> Callable[["psycopg.Connection[Any]"], None]:
    def tune(connection: "psycopg.Connection[Any]") -> None:
        connection.execute("SET TIME ZONE 'UTC'")
        connection.execute("SET jit = off")  # our queries are short: compiling them costs more
        connection.commit()
        if not write:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True

    return tune


def _conninfo(url: str) -> str:
    parsed = make_url(url)
    options = {name: str(value) for name, value in parsed.query.items()}
    options.setdefault("connect_timeout", str(CONNECT_SECONDS))
    options.setdefault("application_name", "strikedesk")
    return make_conninfo(
        host=parsed.host,
        port=parsed.port,
        user=parsed.username,
        password=parsed.password,
        dbname=parsed.database,
        **options,
    )
