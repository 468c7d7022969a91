"""Orders good till triggered at the broker, and our own memory of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.ids import BrokerGttId, GttId
from core.trading.gtt import BrokerGtt, Gtt
from core.trading.gtt_terms import GttRequest
from core.trading.journal import Entry


class GttDoor(Protocol):
    """Writes are sent once. BrokerRejected, LoginNeeded, RuleBroken: nothing was done.
    BrokerUnavailable, BadData: unknown, and the list must be asked.
    """

    async def place(self, gtt: Gtt) -> BrokerGttId: ...
    async def modify(self, id: BrokerGttId, request: GttRequest) -> None:
        """Give it these terms: all rules anew, in the same roles."""
        ...

    async def cancel(self, id: BrokerGttId) -> None:
        """End it, with the orders of its rules that still work."""
        ...

    async def all(self) -> list[BrokerGtt]:
        """Those that are not over, from any channel."""
        ...


class GttRepository(Protocol):
    async def record(self, gtts: Sequence[Gtt], entries: Sequence[Entry] = ()) -> None:
        """All or nothing, on the disk when it returns; entries go to the end of the journal."""
        ...

    async def unsettled(self) -> list[Gtt]:
        """Those that may still change, the oldest first."""
        ...

    async def between(self, first: datetime, last: datetime) -> list[Gtt]:
        """Placed in [first, last), the oldest first."""
        ...

    async def get(self, id: GttId) -> Gtt | None: ...
