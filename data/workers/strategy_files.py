"""The user's own strategies: the Python files of one folder."""

import asyncio
from pathlib import Path
from typing import Final

from core.ports.backtests import StrategyFile

MOST: Final = 200


class FolderOfStrategies:
    """`folder` need not exist. Names that begin with `_` are parts of others, not strategies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def folder(self) -> str:
        return str(self._folder)

    async def all(self) -> list[StrategyFile]:
        return await asyncio.to_thread(self._look)

    def _look(self) -> list[StrategyFile]:
        if not self._folder.is_dir():
            return []
        files = sorted(p for p in self._folder.glob("*.py") if not p.name.startswith("_"))
        return [StrategyFile(p.name, str(p), _stamp(p)) for p in files[:MOST]]


def _stamp(path: Path) -> str:
    state = path.stat()
    return f"{state.st_mtime_ns}-{state.st_size}"
