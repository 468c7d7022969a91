"""Drawings in memory."""

from core.drawings.drawing import Drawing
from core.ids import InstrumentKey, UserId


class MemoryDrawings:
    def __init__(self) -> None:
        self.kept: dict[tuple[UserId, str], Drawing] = {}

    async def of(self, user: UserId, key: InstrumentKey) -> list[Drawing]:
        own = [each for (owner, _), each in self.kept.items() if owner == user and each.key == key]
        return sorted(own, key=lambda each: each.id)

    async def save(self, user: UserId, drawing: Drawing) -> None:
        self.kept[user, drawing.id] = drawing

    async def delete(self, user: UserId, id: str) -> None:
        self.kept.pop((user, id), None)
