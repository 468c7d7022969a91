"""Orders, fills and the journal in memory: the same contract as those on disk."""

import json
from collections.abc import Sequence
from datetime import datetime

from core.ids import OrderId
from core.trading.broker_orders import Status
from core.trading.executions import UNFINISHED, Execution
from core.trading.fills import Fill, FillId, in_order
from core.trading.journal import FIRST_SEAL, Entry, Kind, Sealed, first_break, seal
from core.trading.orders import Order


class MemoryOrders:
    def __init__(self, memory: "MemoryTrading") -> None:
        self._memory = memory
        self.rows: dict[OrderId, Order] = {}
        self.problem: Exception | None = None
        """Raised by the next writes, as a full disk would."""

    async def record(
        self,
        orders: Sequence[Order] = (),
        fills: Sequence[Fill] = (),
        entries: Sequence[Entry] = (),
    ) -> None:
        if self.problem is not None:
            raise self.problem
        self.rows.update({each.id: each for each in orders})
        for fill in fills:
            self._memory.fills.rows.setdefault(fill.id, fill)
        await self._memory.journal.append(*entries)

    async def get(self, id: OrderId) -> Order | None:
        return self.rows.get(id)

    async def unsettled(self) -> list[Order]:
        settled = {Status.LOST}
        found = [o for o in self.rows.values() if not o.status.is_final]
        return _oldest_first([o for o in found if o.status not in settled])

    async def between(self, first: datetime, last: datetime) -> list[Order]:
        return _oldest_first([o for o in self.rows.values() if first <= o.placed_at < last])


def _oldest_first(orders: list[Order]) -> list[Order]:
    return sorted(orders, key=lambda order: (order.placed_at, order.id))


class MemoryFills:
    def __init__(self) -> None:
        self.rows: dict[FillId, Fill] = {}

    async def between(self, first: datetime, last: datetime) -> list[Fill]:
        return in_order(fill for fill in self.rows.values() if first <= fill.at < last)


class MemoryJournal:
    def __init__(self) -> None:
        self.chain: list[Sealed] = []

    @property
    def told(self) -> list[str]:
        return [each.entry.text for each in self.chain]

    async def append(self, *entries: Entry) -> None:
        for entry in entries:
            before = self.chain[-1].seal if self.chain else FIRST_SEAL
            self.chain.append(seal(entry, len(self.chain) + 1, before))

    async def of(self, correlation: str) -> list[Sealed]:
        return [each for each in self.chain if each.entry.correlation == correlation]

    async def after(self, number: int, limit: int = 500) -> list[Sealed]:
        return self.chain[number : number + limit]

    async def find(
        self,
        text: str = "",
        *,
        first: datetime | None = None,
        last: datetime | None = None,
        kind: Kind | None = None,
        before: int | None = None,
        limit: int = 200,
    ) -> list[Sealed]:
        found = [
            each
            for each in reversed(self.chain)
            if (first is None or each.entry.at >= first)
            and (last is None or each.entry.at < last)
            and (kind is None or each.entry.kind is kind)
            and (before is None or each.number < before)
            and text.lower() in _words(each.entry)
        ]
        return found[:limit]

    async def count(self) -> int:
        return len(self.chain)

    async def first_break(self) -> str:
        return first_break(self.chain)


def _words(entry: Entry) -> str:
    facts = json.dumps(dict(entry.facts), ensure_ascii=False)
    return f"{entry.text} {entry.correlation} {facts}".lower()


class MemoryTrading:
    """The three doors, which share one memory as those on disk share one database."""

    def __init__(self) -> None:
        self.orders = MemoryOrders(self)
        self.fills = MemoryFills()
        self.journal = MemoryJournal()


class MemoryExecutions:
    def __init__(self) -> None:
        self.rows: dict[str, Execution] = {}
        self.saved: list[Execution] = []
        """Every one that was written, in sequence."""
        self.problem: Exception | None = None
        """Raised by the next writes, as a full disk would."""

    async def save(self, run: Execution) -> None:
        if self.problem is not None:
            raise self.problem
        self.rows[run.id] = run
        self.saved.append(run)

    async def unfinished(self) -> list[Execution]:
        return [run for run in self._sorted() if run.phase in UNFINISHED]

    async def between(self, first: datetime, last: datetime) -> list[Execution]:
        return [run for run in self._sorted() if first <= run.started_at < last]

    def _sorted(self) -> list[Execution]:
        return sorted(self.rows.values(), key=lambda run: (run.started_at, run.id))


class MemoryPaperStore:
    def __init__(self) -> None:
        self.body: str | None = None

    async def load(self) -> str | None:
        return self.body

    async def save(self, body: str) -> None:
        self.body = body
