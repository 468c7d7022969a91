"""What `db upgrade`, `backup`, `restore` and `copy` do; they block, and say how far they are."""

import os
from pathlib import Path

from core.errors import RuleBroken, StorageProblem
from data.db import copying, migrate, sqlite_files
from data.db.copying import Progress, Sum, quiet
from data.db.database import Database
from data.db.engines import check_url, sqlite_file


def upgrade(url: str, progress: Progress = quiet) -> bool:
    """To the newest schema, with a copy of a SQLite file first; False if it was there already."""
    file = sqlite_file(url)
    backups = file.parent / "backups" if file else None
    return migrate.upgrade(url, backups=backups, say=lambda what: progress(what, 0, 1))


def backup(url: str, file: Path, progress: Progress = quiet) -> None:
    """A consistent copy as a SQLite file, also while a desk runs; of either engine."""
    _require_database(url)
    if file.exists():
        raise RuleBroken(f"{file} exists already. Nothing was changed: choose another name.")
    sqlite_files.make_folder(file)
    origin = sqlite_file(url)
    if origin is not None:
        sqlite_files.copy(origin, file, lambda done, total: progress("pages", done, total))
        sqlite_files.check(file)
        return
    part = file.with_name(file.name + ".part")
    sqlite_files.remove(part)
    try:
        copying.copy(url, f"sqlite:///{part}", progress)
        sqlite_files.plain(part)
        os.replace(part, file)
    finally:
        sqlite_files.remove(part)


def restore(url: str, file: Path, progress: Progress = quiet) -> Path | None:
    """Put a backup in the place of the database, all or nothing; returns where the old one is kept.

    The file is checked first: whole, ours, and not of a newer program. An older one is upgraded.
    """
    check_url(url)
    sqlite_files.check(file)
    target = sqlite_file(url)
    beside = target if target is not None else file
    part = sqlite_files.unused(beside.with_name(beside.name + ".restoring"))
    try:
        sqlite_files.copy(file, part, lambda done, total: progress("pages", done, total))
        _upgrade_copy(part, file)
        if target is not None:
            return sqlite_files.swap(part, target)
        return _restore_into_server(url, part, file, progress)
    finally:
        sqlite_files.remove(part)


def copy(from_url: str, to_url: str, progress: Progress = quiet) -> dict[str, Sum]:
    """All data from one database to another, empty one; returns what was copied."""
    if check_url(from_url) == check_url(to_url):
        raise RuleBroken("The two databases are one and the same. Nothing was changed.")
    _require_database(from_url)
    return copying.copy(from_url, to_url, progress)


def _require_database(url: str) -> None:
    file = sqlite_file(url)
    if file is not None and not file.is_file():
        raise StorageProblem(f"There is no database at {file}.")


def _upgrade_copy(part: Path, file: Path) -> None:
    url = f"sqlite:///{part}"
    engine = migrate.plain_engine(url)
    try:
        at = migrate.revision(engine, f"sqlite:///{file}")
    finally:
        engine.dispose()
    if at is None:
        raise StorageProblem(f"{file} is not a backup of Strikedesk. Nothing was changed.")
    migrate.upgrade(url)
    sqlite_files.plain(part)


def _restore_into_server(url: str, part: Path, file: Path, progress: Progress) -> Path | None:
    migrate.upgrade(url)
    old = None
    if _holds_rows(url):
        old = sqlite_files.unused(file.with_name(f"{file.stem}.before-restore.db"))
        backup(url, old, progress)
    copying.copy(f"sqlite:///{part}", url, progress, empty_first=True)
    return old


def _holds_rows(url: str) -> bool:
    database = Database(url)
    try:
        return database.read_now(copying.holds_rows)
    finally:
        database.close_now()
