"""Columns of bars to and from the database without an object per number.

Writing: tuples in SQLite, one binary COPY in PostgreSQL. Reading: the database joins each column
into one value (text in SQLite, bytes in PostgreSQL) and NumPy takes it apart; meanwhile the
interpreter is free, so the event loop is not held up.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from psycopg.errors import UniqueViolation
from sqlmodel import Session

from data.db.database import dialect, driver

Whole = NDArray[np.int64]
COLUMNS: Final = ("time", "open", "high", "low", "close", "volume", "open_interest")
VALUES: Final = COLUMNS[1:]
NAMES: Final = ", ".join(("key_id", *COLUMNS))
OVERWRITE: Final = ", ".join(f"{name} = excluded.{name}" for name in VALUES)
IST_SECONDS: Final = 19_800  # east of Greenwich
MOST_KEYS: Final = 500  # in one question
COPY_START: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_END: Final = b"\xff\xff"
COPY_ROW: Final = np.dtype(
    [("fields", ">i2"), ("key_id_size", ">i4"), ("key_id", ">i4")]
    + [part for name in COLUMNS for part in ((f"{name}_size", ">i4"), (name, ">i8"))]
)


class Bars(NamedTuple):
    """Whole numbers, as stored."""

    time: Whole
    open: Whole
    high: Whole
    low: Whole
    close: Whole
    volume: Whole
    open_interest: Whole


class Batch(NamedTuple):
    """Bars of several keys, sorted by key and time, each (key, time) once."""

    key_id: NDArray[np.int64]
    bars: Bars

    @property
    def time(self) -> Whole:
        return self.bars.time


def joined(parts: Sequence[tuple[int, Bars]]) -> Batch:
    """Where a bar is given twice, the later one counts."""
    key_id = np.concatenate([np.full(len(each.time), id, dtype=np.int64) for id, each in parts])
    columns = [np.concatenate(each) for each in zip(*(bars for _, bars in parts), strict=True)]
    order = np.lexsort((columns[0], key_id))
    key_id, columns = key_id[order], [each[order] for each in columns]
    if len(key_id) > 1:
        last = np.ones(len(key_id), dtype=bool)
        last[:-1] = (np.diff(key_id) != 0) | (np.diff(columns[0]) != 0)
        if not last.all():
            key_id, columns = key_id[last], [each[last] for each in columns]
    return Batch(key_id, Bars(*columns))


def upsert(session: Session, table: str, batch: Batch) -> None:
    if dialect(session) == "sqlite":
        _upsert_sqlite(session, table, batch)
    else:
        _upsert_postgres(session, table, batch)


def _upsert_sqlite(session: Session, table: str, batch: Batch) -> None:
    rows = zip(batch.key_id.tolist(), *(each.tolist() for each in batch.bars), strict=True)
    driver(session).executemany(
        f"INSERT INTO {table} ({NAMES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
        f"ON CONFLICT (key_id, time) DO UPDATE SET {OVERWRITE}",
        rows,
    )


def _upsert_postgres(session: Session, table: str, batch: Batch) -> None:
    """Append when the bars are new, else by way of a temporary table."""
    connection, payload = driver(session), copy_payload(batch)
    connection.execute("SAVEPOINT append")
    try:
        if _is_new(connection, table, batch):
            _copy(connection, table, payload)
            return
    except UniqueViolation:  # another desk was quicker
        connection.execute("ROLLBACK TO SAVEPOINT append")
    connection.execute(
        f"CREATE TEMP TABLE IF NOT EXISTS incoming_{table} (LIKE {table}) ON COMMIT DELETE ROWS"
    )
    _copy(connection, f"incoming_{table}", payload)
    connection.execute(
        f"INSERT INTO {table} ({NAMES}) SELECT {NAMES} FROM incoming_{table} "
        f"ON CONFLICT (key_id, time) DO UPDATE SET {OVERWRITE}"
    )


def _is_new(connection: Any, table: str, batch: Batch) -> bool:
    keys = np.unique(batch.key_id).tolist()
    span = int(batch.time.min()), int(batch.time.max())
    found = connection.execute(
        f"SELECT EXISTS (SELECT FROM {table} WHERE key_id = ANY(%s) AND time BETWEEN %s AND %s)",
        (keys, *span),
    ).fetchone()
    return not found[0]


def _copy(connection: Any, table: str, payload: bytes) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({NAMES}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.write(payload)


def copy_payload(batch: Batch) -> bytes:
    """PostgreSQL's binary COPY format, made in one piece: big-endian, each field with its size."""
    rows = np.empty(len(batch.key_id), dtype=COPY_ROW)
    rows["fields"] = len(COLUMNS) + 1
    rows["key_id_size"], rows["key_id"] = 4, batch.key_id
    for name, values in zip(COLUMNS, batch.bars, strict=True):
        rows[f"{name}_size"], rows[name] = 8, values
    return COPY_START + rows.tobytes() + COPY_END


def read(
    session: Session, table: str, key_id: int, first: int, last: int, *, newest: int | None = None
) -> Bars:
    """Bars that start in [first, last), oldest first; only the `newest` so many when given."""
    sqlite = dialect(session) == "sqlite"
    mark, join = ("?", _AS_TEXT) if sqlite else ("%s", _AS_BYTES)
    order, limit = ("DESC", f" LIMIT {int(newest)}") if newest is not None else ("ASC", "")
    query = (
        f"SELECT {join} FROM (SELECT * FROM {table} WHERE key_id = {mark} AND time >= {mark} "
        f"AND time < {mark} ORDER BY time {order}{limit}) AS chosen"
    )
    connection = driver(session)
    cursor = connection.cursor() if sqlite else connection.cursor(binary=True)
    found = cursor.execute(query, (key_id, first, last)).fetchone()
    return Bars(*_in_order([_numbers(each) for each in found]))


def count_by_day(
    session: Session, table: str, key_ids: Sequence[int], span: tuple[int, int], until: int
) -> list[tuple[int, int, int]]:
    """(key_id, day in India since 1970-01-01, its bars that start before `until` seconds of it).

    Of bars that start in `span`, its end not included.
    """
    found: list[tuple[int, int, int]] = []
    mark = "?" if dialect(session) == "sqlite" else "%s"
    for at in range(0, len(key_ids), MOST_KEYS):
        some = list(key_ids[at : at + MOST_KEYS])
        query = (
            f"SELECT key_id, (time + {IST_SECONDS}) / 86400 AS day, count(*) FROM {table} "
            f"WHERE key_id IN ({', '.join([mark] * len(some))}) "
            f"AND time >= {mark} AND time < {mark} AND (time + {IST_SECONDS}) %% 86400 < {mark} "
            "GROUP BY key_id, day"
        )
        query = query.replace("%%", "%") if mark == "?" else query
        found += driver(session).execute(query, (*some, *span, until)).fetchall()
    return found


_AS_TEXT: Final = ", ".join(f"group_concat({name})" for name in COLUMNS)
_AS_BYTES: Final = ", ".join(f"string_agg(int8send({name}), ''::bytea)" for name in COLUMNS)


def _numbers(joined: str | bytes | None) -> Whole:
    if joined is None:
        return np.empty(0, dtype=np.int64)
    if isinstance(joined, str):
        return np.fromstring(joined, dtype=np.int64, sep=",")
    return np.frombuffer(joined, dtype=">i8").astype(np.int64)


def _in_order(columns: list[Whole]) -> list[Whole]:
    """By time, rising: databases keep the order of a subquery in practice, but promise nothing."""
    time = columns[0]
    if len(time) > 1 and time[0] > time[-1]:
        columns = [each[::-1] for each in columns]
    if np.any(np.diff(columns[0]) <= 0):
        order = np.argsort(columns[0])
        columns = [each[order] for each in columns]
    return [np.ascontiguousarray(each) for each in columns]


def lock(session: Session, table: str) -> None:
    """Let nobody else write the table until the end of the transaction (in SQLite nobody can)."""
    if dialect(session) != "sqlite":
        driver(session).execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
