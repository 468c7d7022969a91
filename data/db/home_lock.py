"""One desk to a home: a lock that the system lets go of when its process ends, however it ends."""

import os
import sys
from pathlib import Path
from typing import Final

from core.errors import StorageProblem

NAME: Final = "desk.lock"
LOCKED_AT: Final = 1 << 30  # Windows hides locked bytes from others: lock one past the text


class HomeLock:
    """Taken by `take`, held until `release` or the end of the process.

    The file is kept as a bare number, so that a forgotten lock object does not open the door.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._file: int | None = None

    def take(self) -> "HomeLock":
        """Raises StorageProblem when another desk has this home, or it cannot be written."""
        file = self._opened()
        try:
            _lock(file)
        except OSError:
            owner = _owner(file)
            os.close(file)
            raise StorageProblem(
                f"Another desk{owner} is running on {self.home}. Close it first, "
                "or give this one a home of its own with --home or STRIKEDESK_HOME."
            ) from None
        os.lseek(file, 0, os.SEEK_SET)
        os.ftruncate(file, 0)
        os.write(file, str(os.getpid()).encode())
        self._file = file
        return self

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> "HomeLock":
        return self if self._file is not None else self.take()

    def __exit__(self, *_: object) -> None:
        self.release()

    def _opened(self) -> int:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            return os.open(self.home / NAME, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as problem:
            raise StorageProblem(
                f"The folder {self.home} cannot be written: {problem.strerror}. "
                "Choose another with --home or STRIKEDESK_HOME."
            ) from problem


def _owner(file: int) -> str:
    os.lseek(file, 0, os.SEEK_SET)
    number = os.read(file, 20).decode("ascii", "replace").strip()
    return f" (process {number})" if number.isdigit() else ""


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        os.lseek(file, LOCKED_AT, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
