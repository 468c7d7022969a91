"""Orders, fills and the journal on disk. What is written here is on the disk when it returns."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.ids import OrderId
from core.trading.fills import Fill
from core.trading.journal import Entry, Kind, Sealed
from core.trading.orders import Order


class OrderRepository(Protocol):
    async def record(
        self,
        orders: Sequence[Order] = (),
        fills: Sequence[Fill] = (),
        entries: Sequence[Entry] = (),
    ) -> None:
        """All or nothing: orders overwrite their older selves, known fills are passed over,
        entries are sealed at the end of the journal."""
        ...

    async def get(self, id: OrderId) -> Order | None: ...
    async def unsettled(self) -> list[Order]:
        """Those that may still change, the oldest first: not final, and not known as lost."""
        ...

    async def between(self, first: datetime, last: datetime) -> list[Order]:
        """Placed in [first, last), the oldest first."""
        ...


class FillRepository(Protocol):
    async def between(self, first: datetime, last: datetime) -> list[Fill]:
        """Made in [first, last), the oldest first."""
        ...


class JournalRepository(Protocol):
    """Append-only: there is no other way to write."""

    async def append(self, *entries: Entry) -> None: ...
    async def of(self, correlation: str) -> list[Sealed]: ...
    async def after(self, number: int, limit: int = 500) -> list[Sealed]: ...
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
        """Newest first: with `text` in their words, correlation or facts (letters of either case),
        made in [first, last), of one kind, with a number below `before`."""
        ...

    async def count(self) -> int: ...
    async def first_break(self) -> str:
        """What is wrong with the chain, and where; empty when it is unbroken."""
        ...


class PaperStore(Protocol):
    """The paper account's own memory, apart from everything that is real."""

    async def load(self) -> str | None:
        """What was saved last; None before anything was."""
        ...

    async def save(self, body: str) -> None: ...
