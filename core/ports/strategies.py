"""Strategy groups on disk, and the minutes of their profit and loss."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.strategies.tracking import DraftMinute, PnlCandles
from core.trading.groups import StrategyGroup


class StrategyRepository(Protocol):
    async def all(self, account: str, since: datetime) -> list[StrategyGroup]:
        """Of an account: those that are open, and those changed since; the oldest first."""
        ...

    async def save(self, *groups: StrategyGroup) -> None:
        """All or nothing, and on the disk when it returns."""
        ...

    async def save_minutes(self, minutes: Sequence[DraftMinute]) -> None:
        """Upsert on (strategy, minute); those of strategies that are gone are dropped."""
        ...

    async def minutes(self, id: str, first: datetime, last: datetime) -> PnlCandles:
        """Candles of minutes that start in [first, last); their spot is not known."""
        ...
