"""Brings a database to the newest schema, and refuses one that is newer than the program."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, NullPool, create_engine

from core.errors import StorageProblem
from data.db import sqlite_files
from data.db.engines import check_url, shown, sqlite_file

log = structlog.get_logger()
SCRIPTS: Final = Path(__file__).parents[2] / "migrations"
KEPT: Final = 5
Say = Callable[[str], None]


def upgrade(url: str, *, backups: Path | None = None, say: Say = lambda _: None) -> bool:
    """Upgrade if due, with a copy of a SQLite file into `backups` first; True if it was due.

    Raises StorageProblem for a database of a newer program, or one that cannot be opened.
    """
    file = sqlite_file(url)
    if file is not None:
        sqlite_files.make_folder(file)
    engine = plain_engine(url)
    try:
        before = revision(engine, url)
        if before == newest():
            return False
        if file is not None and before is not None and backups is not None:
            say(f"Copying the database to {_keep(file, before, backups)}")
        say(f"Upgrading the database from {before or 'nothing'} to {newest()}")
        command.upgrade(config(engine), "head")
        log.info("database.upgraded", before=before, now=newest())
        return True
    finally:
        engine.dispose()


def check(url: str) -> None:
    """Raises when models and schema differ (for tests and CI)."""
    _with_engine(url, lambda engine: command.check(config(engine)))


def downgrade(url: str, to: str) -> None:
    _with_engine(url, lambda engine: command.downgrade(config(engine), to))


def require_newest(url: str) -> None:
    """Raises StorageProblem for a database that is not at the newest schema."""
    engine = plain_engine(url)
    try:
        at = revision(engine, url)
    finally:
        engine.dispose()
    if at != newest():
        raise StorageProblem(f"The database {shown(url)} is not up to date: run db upgrade first.")


def newest() -> str:
    return ScriptDirectory(str(SCRIPTS)).get_current_head() or ""


def revision(engine: Engine, url: str) -> str | None:
    """Where a database stands; None for one without our tables."""
    with sqlite_files.explained(url), engine.connect() as connection:
        at = current(connection)
    known = {script.revision for script in ScriptDirectory(str(SCRIPTS)).walk_revisions()}
    if at is not None and at not in known:
        raise StorageProblem(
            f"The database {shown(url)} was made by a newer Strikedesk (its version is {at}). "
            "Nothing was changed. Update the program, or choose another database or home."
        )
    return at


def current(connection: Connection) -> str | None:
    heads = MigrationContext.configure(connection).get_current_heads()
    return heads[0] if heads else None


def plain_engine(url: str) -> Engine:
    """One short connection, tuned for nothing: migrations say BEGIN and COMMIT themselves."""
    file = sqlite_file(check_url(url))
    if file is None:
        return create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 10})
    return create_engine(
        f"sqlite:///{file}",
        poolclass=NullPool,
        connect_args={"timeout": 30, "isolation_level": None},
    )


def config(engine: Engine) -> Config:
    made = Config()
    made.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    made.attributes["engine"] = engine
    return made


def _with_engine(url: str, work: Callable[[Engine], None]) -> None:
    engine = plain_engine(url)
    try:
        work(engine)
    finally:
        engine.dispose()


def _keep(file: Path, at: str, backups: Path) -> Path:
    """Copy the file beside earlier ones; the oldest beyond a handful go."""
    backups.mkdir(parents=True, exist_ok=True)
    earlier = sorted(backups.glob("before-upgrade-*.db"), key=lambda each: each.stat().st_mtime)
    for old in earlier[: max(len(earlier) - KEPT + 1, 0)]:
        old.unlink()
    target = sqlite_files.unused(backups / f"before-upgrade-from-{at}.db")
    sqlite_files.copy(file, target)
    return target
