"""Backup, restore and copy: nothing lost, nothing half done."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import RuleBroken, StorageProblem
from core.ids import LOCAL_USER
from data.db import commands, copying, migrate, sqlite_files
from data.db.database import Database
from data.repositories.preferences import SqlPreferences
from tests.data.db.samples import TABLES, fill
from tests.data.db.test_migrate import set_revision


def left_over(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.name.endswith((".restoring", ".part"))]


async def change(url: str) -> None:
    database = Database(url)
    await SqlPreferences(database).set(LOCAL_USER, "theme", "light")
    await database.close()


async def test_data_survive_the_way_to_postgres_and_back(
    new_sqlite: str, postgres_url: str, tmp_path: Path
) -> None:
    await fill(new_sqlite)
    seen: list[tuple[str, float]] = []
    said = commands.copy(new_sqlite, postgres_url, lambda *step: seen.append(step))
    first = copying.sums(postgres_url)
    back = f"sqlite:///{tmp_path / 'back.db'}"
    commands.copy(postgres_url, back)
    assert copying.sums(back) == copying.sums(new_sqlite) == first
    assert len(first) == TABLES
    assert all(each.rows for each in first.values())
    assert ("Copying minute_candles: 2,000 rows", 1.0) in seen
    assert "all equal" in said
    migrate.check(postgres_url)


async def test_a_target_with_data_is_refused(new_sqlite: str, database_url: str) -> None:
    other = database_url if database_url != new_sqlite else None
    if other is None:
        with pytest.raises(RuleBroken, match="one and the same"):
            commands.copy(new_sqlite, new_sqlite)
        return
    await fill(new_sqlite)
    await change(other)
    before = copying.sums(other)
    with pytest.raises(RuleBroken, match="already holds data"):
        commands.copy(new_sqlite, other)
    assert copying.sums(other) == before


async def test_a_copy_that_differs_leaves_the_target_empty(
    new_sqlite: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(new_sqlite)
    append = copying.bulk.append

    def losing(session: object, table: object, rows: object) -> None:
        lost = getattr(table, "name", "") == "job_runs"
        append(session, table, list(rows)[lost:])  # type: ignore[arg-type,call-overload]

    monkeypatch.setattr(copying.bulk, "append", losing)
    with pytest.raises(StorageProblem, match="differs"):
        commands.copy(new_sqlite, postgres_url)
    assert not any(each.rows for each in copying.sums(postgres_url).values())


async def test_a_backup_taken_while_others_write_is_consistent(
    database_url: str, tmp_path: Path
) -> None:
    await fill(database_url)
    before, file = copying.sums(database_url), tmp_path / "kept" / "one.db"
    database = Database(database_url)
    commands.backup(database_url, file)
    await SqlPreferences(database).set(LOCAL_USER, "theme", "light")
    await database.close()
    assert copying.sums(f"sqlite:///{file}") == before
    assert [each.name for each in file.parent.iterdir()] == ["one.db"]
    with pytest.raises(RuleBroken, match="exists already"):
        commands.backup(database_url, file)


async def test_a_restored_backup_is_what_was_saved_and_the_old_one_is_kept(
    database_url: str, tmp_path: Path
) -> None:
    await fill(database_url)
    saved, file = copying.sums(database_url), tmp_path / "kept" / "one.db"
    commands.backup(database_url, file)
    await change(database_url)
    changed = copying.sums(database_url)
    said = commands.restore(database_url, file)
    assert copying.sums(database_url) == saved
    old = said.rpartition("kept in ")[2].rstrip(".")
    assert copying.sums(f"sqlite:///{old}") == changed
    assert not left_over(tmp_path)


async def test_a_backup_can_be_restored_where_there_was_nothing(
    new_sqlite: str, empty_url: str, tmp_path: Path
) -> None:
    await fill(new_sqlite)
    file = tmp_path / "one.db"
    commands.backup(new_sqlite, file)
    saved = copying.sums(new_sqlite)
    if empty_url == new_sqlite:
        sqlite_files.remove(tmp_path / "strikedesk.db")
    assert "kept" not in commands.restore(empty_url, file)
    assert copying.sums(empty_url) == saved


async def test_bad_backups_are_refused_and_change_nothing(
    database_url: str, tmp_path: Path
) -> None:
    await fill(database_url)
    before = copying.sums(database_url)
    good = tmp_path / "good.db"
    commands.backup(database_url, good)
    newer = tmp_path / "newer.db"
    newer.write_bytes(good.read_bytes())
    set_revision(f"sqlite:///{newer}", "9999")
    damaged = tmp_path / "damaged.db"
    whole = bytearray(good.read_bytes())
    whole[8192 : 8192 + 6000] = os.urandom(6000)
    damaged.write_bytes(bytes(whole))
    text = tmp_path / "text.db"
    text.write_text("symbol,price")
    foreign = tmp_path / "foreign.db"
    with closing(sqlite3.connect(foreign)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    for bad in (newer, damaged, text, foreign, tmp_path / "missing.db"):
        with pytest.raises(StorageProblem):
            commands.restore(database_url, bad)
        assert copying.sums(database_url) == before


async def test_a_file_in_use_is_not_replaced(new_sqlite: str, tmp_path: Path) -> None:
    await fill(new_sqlite)
    commands.backup(new_sqlite, tmp_path / "one.db")
    database = Database(new_sqlite)
    await SqlPreferences(database).set(LOCAL_USER, "theme", "light")
    with pytest.raises(StorageProblem, match="in use"):
        commands.restore(new_sqlite, tmp_path / "one.db")
    assert await SqlPreferences(database).all(LOCAL_USER) == {"theme": "light"}
    await database.close()


def test_a_missing_database_cannot_be_saved_or_copied(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'nothing.db'}"
    with pytest.raises(StorageProblem, match="There is no database"):
        commands.backup(url, tmp_path / "one.db")
    with pytest.raises(StorageProblem, match="There is no database"):
        commands.copy(url, f"sqlite:///{tmp_path / 'two.db'}")
    assert list(tmp_path.iterdir()) == []


def test_upgrade_says_what_it_does(empty_url: str) -> None:
    said: list[str] = []
    assert "now up to date" in commands.upgrade(empty_url, lambda step, _: said.append(step))
    assert "already up to date" in commands.upgrade(empty_url)
    assert said == [f"Upgrading the database from nothing to {migrate.newest()}"]
