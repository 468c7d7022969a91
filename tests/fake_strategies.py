"""Strategy groups in memory: the same contract as those on disk."""

from collections.abc import Sequence
from datetime import datetime

from core.strategies.tracking import DraftMinute, PnlCandles
from core.trading.groups import StrategyGroup


class MemoryStrategies:
    def __init__(self) -> None:
        self.rows: dict[str, StrategyGroup] = {}
        self.minute_rows: dict[tuple[str, datetime], DraftMinute] = {}
        self.problem: Exception | None = None
        """Raised by the next writes, as a full disk would."""

    async def all(self, account: str, since: datetime) -> list[StrategyGroup]:
        own = [each for each in self.rows.values() if each.account == account]
        found = [each for each in own if each.is_open or each.edited_at >= since]
        return sorted(found, key=lambda each: (each.created_at, each.id))

    async def save(self, *groups: StrategyGroup) -> None:
        if self.problem is not None:
            raise self.problem
        self.rows.update({each.id: each for each in groups})

    async def save_minutes(self, minutes: Sequence[DraftMinute]) -> None:
        for each in minutes:
            if each.draft in self.rows:
                self.minute_rows[each.draft, each.minute] = each

    async def minutes(self, id: str, first: datetime, last: datetime) -> PnlCandles:
        keys = sorted(k for k in self.minute_rows if k[0] == id and first <= k[1] < last)
        return PnlCandles.of([self.minute_rows[key] for key in keys])
