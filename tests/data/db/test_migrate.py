"""Migrations, up and down on both engines, and what is refused."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import inspect, text

from core.errors import StorageProblem
from core.ports.repositories import ChainSnapshot
from data.db import copying, migrate
from data.db.database import Database
from data.repositories.snapshots import SqlSnapshots
from tests.data.db.samples import TABLES, fill
from tests.data.repositories.samples import AUGUST


def tables(url: str) -> set[str]:
    engine = migrate.plain_engine(url)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def set_revision(url: str, revision: str) -> None:
    engine = migrate.plain_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
    engine.dispose()


def test_the_schema_goes_up_down_and_up_again(empty_url: str) -> None:
    assert migrate.upgrade(empty_url)
    assert len(tables(empty_url)) == TABLES + 1
    migrate.downgrade(empty_url, "base")
    assert tables(empty_url) == {"alembic_version"}
    assert migrate.upgrade(empty_url)
    assert not migrate.upgrade(empty_url)


async def test_models_and_migrations_agree_also_when_there_are_partitions(
    database_url: str,
) -> None:
    migrate.check(database_url)
    await fill(database_url)
    migrate.check(database_url)


async def test_a_downgrade_also_removes_tables_with_rows(database_url: str) -> None:
    await fill(database_url)
    migrate.downgrade(database_url, "base")
    assert tables(database_url) == {"alembic_version"}


async def test_a_database_of_a_newer_program_is_refused_and_left_alone(database_url: str) -> None:
    await fill(database_url)
    before = copying.sums(database_url)
    set_revision(database_url, "9999")
    with pytest.raises(StorageProblem, match="newer Strikedesk"):
        migrate.upgrade(database_url)
    assert copying.sums(database_url) == before


def test_an_upgrade_that_is_not_due_makes_no_copy(new_sqlite: str, tmp_path: Path) -> None:
    assert not migrate.upgrade(new_sqlite, backups=tmp_path / "backups")
    assert not (tmp_path / "backups").exists()


def test_the_copy_before_an_upgrade_holds_what_was_there(
    new_sqlite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = migrate.newest()
    monkeypatch.setattr(migrate, "newest", lambda: "9998")  # an upgrade is due
    said: list[str] = []
    for _ in range(8):
        assert migrate.upgrade(new_sqlite, backups=tmp_path / "backups", say=said.append)
    kept = sorted((tmp_path / "backups").iterdir())
    assert len(kept) == migrate.KEPT
    with closing(sqlite3.connect(kept[0])) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (last,)
    assert any(f"before-upgrade-from-{last}" in line for line in said)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "strikedesk.db"
    file.write_text("symbol,price\nNIFTY,24211.35\n" * 100)
    with pytest.raises(StorageProblem, match="cannot be opened"):
        migrate.upgrade(f"sqlite:///{file}")
    assert file.read_text().startswith("symbol,price")


def test_a_home_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageProblem, match="--home"):
        migrate.upgrade(f"sqlite:///{tmp_path}/file/home/strikedesk.db")


def test_a_server_that_does_not_answer_is_explained(free_port: int) -> None:
    url = f"postgresql+psycopg://desk:hidden@127.0.0.1:{free_port}/desk"
    with pytest.raises(StorageProblem, match="cannot be opened") as caught:
        migrate.upgrade(url)
    assert "hidden" not in str(caught.value)


async def test_children_keep_their_rows_when_a_parent_is_made_anew(new_sqlite: str) -> None:
    """Batch mode drops and recreates tables: with foreign keys on, items would be gone."""
    await fill(new_sqlite)
    engine = migrate.plain_engine(new_sqlite)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("watchlists", recreate="always"):
            pass
        left = connection.exec_driver_sql("SELECT count(*) FROM watchlist_items").scalar()
    engine.dispose()
    assert left == 3


async def test_a_database_from_before_the_history_keeps_its_minutes(empty_url: str) -> None:
    migrate.upgrade(empty_url)
    await fill(empty_url)
    minutes = await _minutes(empty_url)
    migrate.downgrade(empty_url, "0001")
    assert "volatility_days" not in tables(empty_url)
    assert _indexed(empty_url) == set()
    assert migrate.upgrade(empty_url)
    migrate.check(empty_url)
    assert _indexed(empty_url) == {"ix_chain_snapshots_minute"}
    again = await _minutes(empty_url)
    assert [each.minute for each in again] == [each.minute for each in minutes]
    assert all(np.isnan(each.future) for each in again)
    assert all(
        np.array_equal(a.ltp, b.ltp, equal_nan=True) for a, b in zip(minutes, again, strict=True)
    )


async def _minutes(url: str) -> list[ChainSnapshot]:
    database = Database(url)
    first = datetime(2026, 1, 1, tzinfo=UTC)
    found = await SqlSnapshots(database).between(
        "NIFTY", AUGUST, first, first + timedelta(days=365)
    )
    await database.close()
    return found


def _indexed(url: str) -> set[str | None]:
    engine = migrate.plain_engine(url)
    try:
        return {each["name"] for each in inspect(engine).get_indexes("chain_snapshots")}
    finally:
        engine.dispose()
