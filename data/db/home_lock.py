"""One desk to a home: a lock that the system lets go of when its process ends, however it ends."""

import os
import sys
from pathlib import Path
from typing import IO, Final

from core.errors import StorageProblem

NAME: Final = "desk.lock"
LOCKED_AT: Final = 1 << 30  # Windows locks bytes and hides them from others: lock one past the text


class HomeLock:
    """Taken by `take`, held until `release` or the end of the process."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._file: IO[str] | None = None

    def take(self) -> "HomeLock":
        """Raises StorageProblem when another desk has this home, or it cannot be written."""
        file = self._opened()
        try:
            _lock(file)
        except OSError:
            owner = _owner(file)
            file.close()
            raise StorageProblem(
                f"Another desk{owner} is running on {self.home}. Close it first, "
                "or give this one a home of its own with --home or STRIKEDESK_HOME."
            ) from None
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        self._file = file
        return self

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> "HomeLock":
        return self if self._file is not None else self.take()

    def __exit__(self, *_: object) -> None:
        self.release()

    def _opened(self) -> IO[str]:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            return (self.home / NAME).open("a+", encoding="utf-8")
        except OSError as problem:
            raise StorageProblem(
                f"The folder {self.home} cannot be written: {problem.strerror}. "
                "Choose another with --home or STRIKEDESK_HOME."
            ) from problem


def _owner(file: IO[str]) -> str:
    file.seek(0)
    number = file.read(20).strip()
    return f" (process {number})" if number.isdigit() else ""


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        file.seek(LOCKED_AT)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
