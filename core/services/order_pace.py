"""The pace of orders: so many calls a second, a minute and half an hour; exits never wait behind
entries."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from enum import IntEnum
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Final

from core.errors import RuleBroken

SPANS: Final = (1.0, 60.0, 1800.0)
ALLOWED: Final = (8, 400, 1_600)
"""Places, modifications and cancellations together; the broker's own limits are 10, 500, 2,000."""
RESERVED: Final = 2
"""Of each second's calls, kept free for exits."""


class Urgency(IntEnum):
    EXIT = 0  # cancellations too
    ENTRY = 1


class OrderPace:
    """Counts every call that is let through, whatever comes of it."""

    def __init__(
        self,
        allowed: tuple[int, int, int] = ALLOWED,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allowed, self._now = allowed, now
        self._calls: deque[float] = deque(maxlen=allowed[-1])
        self._queue: list[tuple[Urgency, int, asyncio.Future[None]]] = []
        self._ticket = count()
        self._pump: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def limit(self, a_second: int) -> None:
        """A smaller number of calls a second, from now on."""
        self._allowed = (min(a_second, ALLOWED[0]), *self._allowed[1:])

    def refuse_entries(self, why: str) -> None:
        """Send away all entries that wait; exits keep their places."""
        for urgency, _, mine in self._queue:
            if urgency is Urgency.ENTRY and not mine.done():
                mine.set_exception(RuleBroken(why))
        self._queue = [each for each in self._queue if not each[2].done()]
        heapify(self._queue)

    async def turn(self, urgency: Urgency) -> None:
        """Return when one more call may be made; raises RuleBroken for one that is sent away."""
        if not self._queue and self._wait(urgency) <= 0:
            self._calls.append(self._now())
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._queue, (urgency, next(self._ticket), mine))
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._let_through())
        await mine

    async def _let_through(self) -> None:
        while self._queue:
            if (wait := self._wait(self._queue[0][0])) > 0:
                await asyncio.sleep(min(wait, 0.05))  # somebody more urgent may have come
                continue
            mine = heappop(self._queue)[2]
            if not mine.done():
                self._calls.append(self._now())
                mine.set_result(None)

    def _wait(self, urgency: Urgency) -> float:
        """Seconds until a call so urgent may be made."""
        now, waits = self._now(), [0.0]
        for allowed, span in zip(self._allowed, SPANS, strict=True):
            kept = RESERVED if urgency is Urgency.ENTRY and span == 1.0 else 0
            share = max(allowed - kept, 1)
            if len(self._calls) >= share:
                waits.append(self._calls[-share] + span - now)
        return max(waits)
