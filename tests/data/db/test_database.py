"""Many readers, one writer, on either engine."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, text

from core.errors import SettingsProblem, StorageProblem
from data.db.database import Database, driver
from data.db.engines import shown


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    yield made
    await made.close()


def put(name: str, value: str = "1") -> object:
    def work(session: Session) -> None:
        session.connection().execute(
            text("INSERT INTO preferences (user_id, name, value) VALUES ('x', :n, :v)"),
            {"n": name, "v": value},
        )

    return work


def names(session: Session) -> list[str]:
    rows = session.connection().execute(text("SELECT name FROM preferences ORDER BY name"))
    return [row[0] for row in rows]


async def test_two_hundred_saves_at_once_all_arrive(database: Database) -> None:
    saves = [database.write(put(f"{i:03}")) for i in range(200)]  # type: ignore[arg-type]
    reads = [database.read(names) for _ in range(20)]
    await asyncio.gather(*saves, *reads)
    assert await database.read(names) == [f"{i:03}" for i in range(200)]


async def test_a_failed_write_leaves_nothing_and_the_next_one_works(database: Database) -> None:
    def half(session: Session) -> None:
        put("half")(session)  # type: ignore[operator]
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        await database.write(half)
    await database.write(put("whole"))  # type: ignore[arg-type]
    assert await database.read(names) == ["whole"]


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises((DBAPIError, StorageProblem)):
        await database.read(put("sneaky"))  # type: ignore[arg-type]
    assert await database.read(names) == []


async def test_a_read_sees_one_moment_while_others_write(database: Database) -> None:
    await database.write(put("before"))  # type: ignore[arg-type]

    def twice(session: Session) -> tuple[list[str], list[str]]:
        first = names(session)
        database.write_now(put("meanwhile"))  # type: ignore[arg-type]
        return first, names(session)

    first, second = await database.read(twice)
    assert first == second == ["before"]
    assert await database.read(names) == ["before", "meanwhile"]


async def test_the_event_loop_runs_on_while_a_write_takes_long(database: Database) -> None:
    release = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(session: Session) -> None:
        asyncio.run_coroutine_threadsafe(release.wait(), loop).result(10)

    writing = asyncio.create_task(database.write(slow))  # type: ignore[arg-type]
    await database.read(names)
    assert not writing.done()
    release.set()
    await writing


async def test_closing_finishes_what_was_asked_for(database_url: str) -> None:
    database = Database(database_url)
    saves = [asyncio.create_task(database.write(put(f"{i:02}"))) for i in range(30)]  # type: ignore[arg-type]
    await asyncio.sleep(0)
    await database.close()
    await asyncio.gather(*saves)
    again = Database(database_url)
    assert len(await again.read(names)) == 30
    await again.close()


async def test_figures_and_maintenance_tell_what_is_there(database: Database) -> None:
    await database.write(put("one"))  # type: ignore[arg-type]
    assert "statistics" in await database.maintain()
    figures = await database.figures()
    assert str(figures["engine"]).startswith(("SQLite 3", "PostgreSQL 1"))
    assert int(figures["size"]) > 0
    assert figures["writes"] == 1


async def test_sqlite_is_set_up_for_one_writer_and_many_readers(new_sqlite: str) -> None:
    database = Database(new_sqlite)

    def pragma(session: Session) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [driver(session).execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert await database.write(pragma) == ["wal", 1, 1, 10_000]
    assert await database.read(pragma) == ["wal", 1, 1, 10_000]
    await database.close()


async def test_a_missing_server_is_explained_without_its_password(free_port: int) -> None:
    url = f"postgresql+psycopg://desk:hidden@127.0.0.1:{free_port}/desk"
    database = Database(url)
    for pool in database._postgres:
        pool._pool.timeout = 0.5
    with pytest.raises(StorageProblem) as caught:
        await database.read(names)
    assert "hidden" not in str(caught.value)
    await database.close()


@pytest.mark.parametrize(
    "url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:", "nonsense", "postgresql://x/y"]
)
def test_addresses_of_other_databases_are_refused(url: str) -> None:
    with pytest.raises(SettingsProblem):
        Database(url)


def test_passwords_are_not_shown() -> None:
    assert "secret" not in shown("postgresql+psycopg://me:secret@host/desk")


async def test_an_unusable_folder_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageProblem, match="--home"):
        Database(f"sqlite:///{tmp_path}/file/home/desk.db")
