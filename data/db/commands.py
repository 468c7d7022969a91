"""What `db upgrade`, `backup`, `restore` and `copy` do.

They block, tell how far they are, and return what they did in a sentence.
"""

import os
from collections.abc import Callable
from pathlib import Path

from core.errors import RuleBroken, StorageProblem
from data.db import copying, migrate, sqlite_files
from data.db.copying import Progress, quiet
from data.db.database import Database
from data.db.engines import check_url, shown, sqlite_file


def upgrade(url: str, progress: Progress = quiet) -> str:
    """To the newest schema, with a copy of a SQLite file first."""
    file = sqlite_file(url)
    backups = file.parent / "backups" if file else None
    due = migrate.upgrade(url, backups=backups, say=lambda step: progress(step, 0.0))
    return f"The database {shown(url)} is {'now' if due else 'already'} up to date."


def backup(url: str, file: Path, progress: Progress = quiet) -> str:
    """A consistent copy as a SQLite file, also while a desk runs; of either engine."""
    _require_database(url)
    if file.exists():
        raise RuleBroken(f"{file} exists already. Nothing was changed: choose another name.")
    sqlite_files.make_folder(file)
    origin = sqlite_file(url)
    if origin is not None:
        sqlite_files.copy(origin, file, _pages(progress))
        sqlite_files.check(file)
        return f"Saved to {file}."
    part = file.with_name(file.name + ".part")
    sqlite_files.remove(part)
    try:
        copying.copy(url, f"sqlite:///{part}", progress)
        sqlite_files.plain(part)
        os.replace(part, file)
    finally:
        sqlite_files.remove(part)
    return f"Saved to {file}."


def restore(url: str, file: Path, progress: Progress = quiet) -> str:
    """Put a backup in the place of the database, all or nothing; the old one is kept.

    The file is checked first: whole, ours, and not of a newer program. An older one is upgraded.
    """
    check_url(url)
    sqlite_files.check(file)
    target = sqlite_file(url)
    beside = target if target is not None else file
    part = sqlite_files.unused(beside.with_name(beside.name + ".restoring"))
    try:
        sqlite_files.copy(file, part, _pages(progress))
        _upgrade_copy(part, file)
        if target is not None:
            old = sqlite_files.swap(part, target)
        else:
            old = _restore_into_server(url, part, file, progress)
    finally:
        sqlite_files.remove(part)
    return f"Restored from {file}." + (f" What was there before is kept in {old}." if old else "")


def copy(from_url: str, to_url: str, progress: Progress = quiet) -> str:
    """All data from one database to another, empty one."""
    if check_url(from_url) == check_url(to_url):
        raise RuleBroken("The two databases are one and the same. Nothing was changed.")
    _require_database(from_url)
    copied = copying.copy(from_url, to_url, progress)
    rows = sum(each.rows for each in copied.values())
    return f"{rows:,} rows of {len(copied)} tables copied to {shown(to_url)}, all equal."


def _pages(progress: Progress) -> Callable[[int, int], None]:
    return lambda done, total: progress("Copying the file", done / max(total, 1))


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
