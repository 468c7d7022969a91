"""The doctor finds what is wrong, and says what to do."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from core.settings import load
from data import doctor
from data.db.database import Database
from data.repositories.journal import SqlJournal
from tests.data.repositories.test_orders import journal_entry


async def examine(home: Path, database_url: str = "", **more: object) -> dict[str, doctor.Finding]:
    chosen = load({}, None, {"home": home, "database_url": database_url, **more})
    return {finding.name: finding for finding in await doctor.run(chosen)}


async def test_a_fresh_machine_in_the_simulated_mode_has_nothing_wrong(tmp_path: Path) -> None:
    findings = await examine(tmp_path / "home")
    assert [f for f in findings.values() if not f.ok] == []
    assert {"python", "home", "disk", "database", "journal", "browser", "broker", "clock"} == set(
        findings
    )


async def test_a_replay_needs_no_broker(tmp_path: Path) -> None:
    findings = await examine(tmp_path / "home", mode="replay")
    assert [f for f in findings.values() if not f.ok] == []
    assert "recorded day" in findings["broker"].text


async def test_it_leaves_no_database_behind(tmp_path: Path) -> None:
    await examine(tmp_path)
    assert os.listdir(tmp_path) == []


async def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    home = (await examine(tmp_path / "file" / "home"))["home"]
    assert not home.ok
    assert "STRIKEDESK_HOME" in home.remedy


async def test_a_database_that_does_not_answer_is_named_without_its_password(
    tmp_path: Path, free_port: int
) -> None:
    url = f"postgresql+psycopg://me:hush@127.0.0.1:{free_port}/desk?connect_timeout=2"
    database = (await examine(tmp_path, url))["database"]
    assert not database.ok
    assert str(free_port) in database.text
    assert "hush" not in database.text


async def test_a_database_of_a_newer_version_is_named(tmp_path: Path) -> None:
    (tmp_path / "simulated").mkdir()
    connection = sqlite3.connect(tmp_path / "simulated" / "strikedesk.db")
    connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    connection.execute("INSERT INTO alembic_version VALUES ('from_the_future')")
    connection.commit()
    connection.close()
    database = (await examine(tmp_path))["database"]
    assert not database.ok
    assert "newer version" in database.text


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "simulated").mkdir()
    (tmp_path / "simulated" / "strikedesk.db").write_bytes(os.urandom(5000))
    assert not (await examine(tmp_path))["database"].ok


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"mode": "paper"}, "no credentials"),
        ({"mode": "paper", "upstox": {"api_key": "k", "api_secret": "s"}}, "not logged in"),
    ],
)
async def test_a_missing_login_is_named(
    tmp_path: Path, free_port: int, more: dict[str, object], says: str
) -> None:
    upstox = {"base_url": f"http://127.0.0.1:{free_port}", **more.pop("upstox", {})}
    findings = await examine(tmp_path, **more, upstox=upstox)
    assert says in findings["broker"].text
    assert not findings["broker"].ok
    assert not findings["clock"].ok, "nothing answers there, so the time is not known"


@asynccontextmanager
async def broker_whose_clock_is_off_by(seconds: float) -> AsyncIterator[str]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        at = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
        writer.write(f"HTTP/1.1 404 Not Found\r\nDate: {at}\r\nConnection: close\r\n\r\n".encode())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(("seconds", "fine"), [(0, True), (-90, False), (3600, False)])
async def test_a_clock_that_is_off_is_noticed(tmp_path: Path, seconds: float, fine: bool) -> None:
    async with broker_whose_clock_is_off_by(seconds) as base_url:
        findings = await examine(tmp_path, mode="paper", upstox={"base_url": base_url})
    assert findings["clock"].ok is fine


async def test_a_journal_that_was_tampered_with_is_named(new_sqlite: str, tmp_path: Path) -> None:
    database = Database(new_sqlite)
    await SqlJournal(database).append(*(journal_entry("a", str(n)) for n in range(3)))
    assert (await examine(tmp_path, new_sqlite))["journal"].text == "3 entries, unbroken"
    await database.write(
        lambda session: session.execute(text("DELETE FROM journal WHERE number=2"))
    )
    await database.close()
    journal = (await examine(tmp_path, new_sqlite))["journal"]
    assert not journal.ok
    assert journal.text == "entry 2 is missing"
