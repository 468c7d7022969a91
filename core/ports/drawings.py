"""Drawings on disk."""

from typing import Protocol

from core.drawings.drawing import Drawing
from core.ids import InstrumentKey, UserId


class DrawingRepository(Protocol):
    async def of(self, user: UserId, key: InstrumentKey) -> list[Drawing]:
        """One instrument's, in the order of their ids."""
        ...

    async def save(self, user: UserId, drawing: Drawing) -> None:
        """Upsert on the id; another user's of the same id stays as it is."""
        ...

    async def delete(self, user: UserId, id: str) -> None: ...
