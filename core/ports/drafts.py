"""Drafts on disk, and the minutes of those that are tracked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.ids import UserId
from core.strategies.draft import Draft
from core.strategies.tracking import DraftMinute, PnlCandles


class DraftRepository(Protocol):
    async def all(self, user: UserId) -> list[Draft]:
        """Last edited first."""
        ...

    async def tracked(self) -> list[Draft]:
        """Everybody's that are tracked."""
        ...

    async def save(self, draft: Draft) -> None: ...
    async def delete(self, id: str) -> None:
        """With its minutes."""
        ...

    async def save_minutes(self, minutes: Sequence[DraftMinute]) -> None:
        """Upsert on (draft, minute); those of drafts that are gone are dropped."""
        ...

    async def minutes(self, id: str, first: datetime, last: datetime) -> PnlCandles:
        """Candles of minutes that start in [first, last)."""
        ...
