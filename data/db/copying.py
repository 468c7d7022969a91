"""All rows from one database to another, in one transaction, proved equal before it ends."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from sqlalchemy import String, Table
from sqlmodel import Session

from core.errors import RuleBroken, StorageProblem
from data.db import bulk, migrate, partitions
from data.db.database import Database, dialect, driver
from data.db.engines import shown
from data.models import METADATA

BATCH: Final = 20_000
Row = tuple[Any, ...]
Progress = Callable[[str, float], None]
"""Called with what is being done, and the share of it that is done."""


def quiet(step: str, share: float) -> None:
    """No progress shown."""


@dataclass(frozen=True, slots=True)
class Sum:
    """What a table holds: how many rows, and a checksum over all of them in the order of keys."""

    rows: int
    checksum: str


def copy(
    source_url: str, target_url: str, progress: Progress = quiet, *, empty_first: bool = False
) -> dict[str, Sum]:
    """Copy every table; raises and leaves the target as it was when anything differs.

    The target must hold no rows of ours, unless `empty_first` says to remove them.
    """
    migrate.require_newest(source_url)
    migrate.upgrade(target_url)
    source, target = Database(source_url), Database(target_url)
    try:
        if not empty_first:
            target.read_now(lambda session: _require_empty(session, target_url))
        return source.read_now(
            lambda reading: target.write_now(
                lambda writing: _copy_all(reading, writing, progress, empty_first)
            )
        )
    finally:
        source.close_now()
        target.close_now()


def sums(url: str) -> dict[str, Sum]:
    """Counts and checksums of all tables: equal on both engines when the rows are."""
    database = Database(url)
    try:
        return database.read_now(
            lambda session: {table.name: _sum(session, table) for table in METADATA.sorted_tables}
        )
    finally:
        database.close_now()


def holds_rows(session: Session) -> bool:
    return any(
        driver(session).execute(f"SELECT 1 FROM {table.name} LIMIT 1").fetchone()
        for table in METADATA.sorted_tables
    )


def _require_empty(session: Session, url: str) -> None:
    if holds_rows(session):
        raise RuleBroken(
            f"The database {shown(url)} already holds data. Nothing was changed: "
            "copy into an empty one."
        )


def _copy_all(
    reading: Session, writing: Session, progress: Progress, empty_first: bool
) -> dict[str, Sum]:
    tables = METADATA.sorted_tables
    if empty_first:
        for table in reversed(tables):
            driver(writing).execute(f"DELETE FROM {table.name}")
    copied = {table.name: _copy_table(reading, writing, table, progress) for table in tables}
    for place, table in enumerate(tables):
        progress("Comparing", place / len(tables))
        if _sum(writing, table) != copied[table.name]:
            raise StorageProblem(f"Table {table.name} differs after the copy. Nothing was changed.")
    progress("Comparing", 1.0)
    return copied


def _copy_table(reading: Session, writing: Session, table: Table, progress: Progress) -> Sum:
    total = _count(reading, table)
    done, checksum = 0, hashlib.blake2b(digest_size=16)
    step = f"Copying {table.name}: {total:,} rows"
    progress(step, 0.0)
    for batch in _batches(reading, table):
        _make_room(writing, table, batch)
        bulk.append(writing, table, batch)
        _add(checksum, batch)
        done += len(batch)
        progress(step, done / total)
    return Sum(done, checksum.hexdigest())


def _make_room(writing: Session, table: Table, batch: Sequence[Row]) -> None:
    if table.name == partitions.PARENT and dialect(writing) == "postgresql":
        time = list(table.columns.keys()).index("time")
        partitions.make(writing, partitions.months_of({row[time] for row in batch}))


def _sum(session: Session, table: Table) -> Sum:
    rows, checksum = 0, hashlib.blake2b(digest_size=16)
    for batch in _batches(session, table):
        _add(checksum, batch)
        rows += len(batch)
    return Sum(rows, checksum.hexdigest())


def _add(checksum: "hashlib.blake2b", batch: Sequence[Row]) -> None:
    checksum.update("\n".join(map(repr, batch)).encode("utf-8", "surrogatepass") + b"\n")


def _batches(session: Session, table: Table) -> Iterator[list[Row]]:
    """Plain rows by key, text compared byte by byte on both engines."""
    names = ", ".join(f'"{name}"' for name in table.columns.keys())  # noqa: SIM118
    query = f"SELECT {names} FROM {table.name} ORDER BY {_order(session, table)}"
    connection = driver(session)
    if dialect(session) == "sqlite":
        rows = iter(connection.execute(query))
        while batch := list(islice(rows, BATCH)):
            yield batch
        return
    with connection.cursor(name="copying", binary=True) as cursor:
        cursor.execute(query)
        while batch := cursor.fetchmany(BATCH):
            yield batch


def _order(session: Session, table: Table) -> str:
    collate = "" if dialect(session) == "sqlite" else ' COLLATE "C"'
    return ", ".join(
        f'"{column.name}"{collate if isinstance(column.type, String) else ""}'
        for column in table.primary_key
    )


def _count(session: Session, table: Table) -> int:
    return int(driver(session).execute(f"SELECT count(*) FROM {table.name}").fetchone()[0])
