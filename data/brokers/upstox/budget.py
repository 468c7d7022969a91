"""The broker's allowance: so many calls a second, a minute and half an hour, exits first."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from enum import IntEnum
from heapq import heappop, heappush
from itertools import count
from typing import Final

from core.errors import BrokerUnavailable
from core.state.health import BudgetHealth

SPANS: Final = (1.0, 60.0, 1800.0)
"""Seconds of the three windows."""

STANDARD: Final = (50, 500, 2000)
"""What the broker allows of all calls that are not orders."""

ORDERS: Final = (10, 500, 2000)
"""What the broker allows of the calls that place, modify and cancel, without a registered algo."""


class Priority(IntEnum):
    """Who goes first when calls must wait; only EXIT may use the head-room."""

    EXIT = 0
    SCREEN = 1
    JOB = 2


class RateBudget:
    """Lets calls through so that no window ever holds more than its share of the allowance."""

    def __init__(
        self,
        health: BudgetHealth,
        allowed: tuple[int, int, int] = STANDARD,
        *,
        share: float = 0.8,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._health = health
        self._now = now
        self._all = allowed
        self._usual = tuple(max(1, int(share * n)) for n in allowed)
        self._calls: deque[float] = deque(maxlen=allowed[-1])
        self._queue: list[tuple[Priority, int, asyncio.Future[None]]] = []
        self._ticket = count()
        self._pump: asyncio.Task[None] | None = None
        health.allowed = (self._usual[0], self._usual[1], self._usual[2])

    async def take(self, priority: Priority = Priority.SCREEN, *, patience: float = 30.0) -> None:
        """Return when one more call may be made; raises BrokerUnavailable after `patience` s."""
        first = not self._queue or priority < self._queue[0][0]
        if first and self._wait(priority) <= 0:
            self._record()
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._queue, (priority, next(self._ticket), turn))
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._let_through())
        try:
            await asyncio.wait_for(turn, patience)
        except TimeoutError:
            raise BrokerUnavailable(
                f"the broker's call allowance is used up for more than {patience:.0f} s"
            ) from None

    def refresh(self) -> None:
        """Say in the health state how full the windows are now."""
        now = self._now()
        self._health.used = tuple(sum(t > now - span for t in self._calls) for span in SPANS)  # type: ignore[assignment]

    async def _let_through(self) -> None:
        while self._queue:
            if (wait := self._wait(self._queue[0][0])) > 0:
                await asyncio.sleep(min(wait, 1.0))
                continue  # somebody more urgent may have come
            turn = heappop(self._queue)[2]
            if not turn.done():
                self._record()
                turn.set_result(None)

    def _wait(self, priority: Priority) -> float:
        """Seconds until a call of this priority may be made."""
        now, allowed = self._now(), self._all if priority is Priority.EXIT else self._usual
        waits = (
            self._calls[-n] + span - now
            for n, span in zip(allowed, SPANS, strict=True)
            if len(self._calls) >= n
        )
        return max(waits, default=0.0)

    def _record(self) -> None:
        self._calls.append(self._now())
        self.refresh()

    async def close(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)
