"""Executions on disk. What is written here is on the disk when it returns."""

from datetime import datetime
from typing import Protocol

from core.trading.executions import Execution


class ExecutionRepository(Protocol):
    async def save(self, run: Execution) -> None:
        """In the place of its older self."""
        ...

    async def unfinished(self) -> list[Execution]:
        """Those that are going on or were interrupted, the oldest first."""
        ...

    async def between(self, first: datetime, last: datetime) -> list[Execution]:
        """Started in [first, last), the oldest first."""
        ...
