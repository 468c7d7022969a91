"""SQLite files as wholes: copied while in use, checked, put in place of another."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DatabaseError

from core.errors import StorageProblem
from data.db.engines import shown

PAGES: Final = 4096
MAGIC: Final = b"SQLite format 3\0"


def make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise StorageProblem(
            f"The folder {file.parent} cannot be made: {problem.strerror}. "
            "Choose another with --home or STRIKEDESK_HOME."
        ) from problem


def copy(file: Path, target: Path, progress: Callable[[int, int], None] | None = None) -> None:
    """A consistent copy, also while others write; appears under its name only when complete."""
    make_folder(target)
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)

    def step(_: int, remaining: int, total: int) -> None:
        if progress:
            progress(total - remaining, total)

    try:
        with closing(_opened(file)) as source, closing(sqlite3.connect(part)) as copied:
            source.backup(copied, pages=PAGES, progress=step)
            copied.execute("PRAGMA journal_mode=DELETE")
        os.replace(part, target)
    except (sqlite3.Error, OSError) as problem:
        part.unlink(missing_ok=True)
        raise StorageProblem(f"{file} cannot be copied to {target}: {problem}") from problem


def check(file: Path) -> None:
    """Raises StorageProblem unless the file is a whole SQLite database."""
    try:
        with file.open("rb") as stream:
            if stream.read(len(MAGIC)) != MAGIC:
                raise StorageProblem(f"{file} is not a SQLite database. Nothing was changed.")
        with closing(_opened(file)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except (OSError, sqlite3.Error) as problem:
        raise StorageProblem(f"{file} cannot be read: {problem}. Nothing was changed.") from problem
    if found != "ok":
        raise StorageProblem(f"{file} is damaged: {found}. Nothing was changed.")


def swap(new: Path, file: Path) -> Path | None:
    """Put `new` in the place of `file`; returns where the old one is kept.

    Raises StorageProblem while somebody has the old one open.
    """
    old = None
    if file.exists():
        _close_log(file)
        old = unused(file.with_name(file.name + ".before-restore"))
        os.replace(file, old)
    for ending in ("-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    os.replace(new, file)
    return old


def _close_log(file: Path) -> None:
    """Write the log back and end WAL mode: works only when nobody else has the file open."""
    try:
        with closing(sqlite3.connect(file, timeout=0.5)) as connection:
            mode = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
    except sqlite3.OperationalError as problem:
        raise StorageProblem(
            f"{file} is in use: close the desk first. Nothing was changed."
        ) from problem
    except sqlite3.DatabaseError:
        return  # damaged: that is why it is replaced
    if mode == "wal":
        raise StorageProblem(f"{file} is in use: close the desk first. Nothing was changed.")


def plain(file: Path) -> None:
    """One file without a log beside it, fit to be moved."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def remove(file: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        file.with_name(file.name + ending).unlink(missing_ok=True)


def unused(path: Path) -> Path:
    """The path itself, or with a number where it is taken."""
    number, found = 1, path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return found


def _opened(file: Path) -> sqlite3.Connection:
    """For reading, and never made when missing."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=30)


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn "unable to open database file" into what to do."""
    try:
        yield
    except DatabaseError as problem:
        raise StorageProblem(
            f"The database {shown(url)} cannot be opened: {problem.orig}. "
            "Check STRIKEDESK_DATABASE_URL, or choose another home with --home."
        ) from problem
