"""Market feed: keeps the live feed running and measures how well it and the loop do."""

import asyncio
import time
from collections import deque
from typing import Final

from core.clock import Clock
from core.ports.feed import Feed
from core.state.health import Condition, FeedHealth, HealthState, Link
from core.state.session import SessionState

BEAT: Final = 0.02
"""Seconds between two samples of the loop's lag."""
KEPT: Final = 500
"""Samples of the lag: ten seconds of them."""
RATE_EVERY: Final = 50
"""Beats between two figures of the tick rate."""


class MarketFeed:
    """One service: the feed's own loop and the measuring beside it end together."""

    def __init__(
        self, *, feed: Feed, health: HealthState, session: SessionState, clock: Clock
    ) -> None:
        self._feed = feed
        self._health = health
        self._session = session
        self._clock = clock
        self._lags: deque[float] = deque(maxlen=KEPT)

    async def run(self) -> None:
        """Runs until cancelled; ends with the feed's error if the feed fails."""
        measuring = asyncio.create_task(self._measure())
        try:
            await self._feed.run()
        finally:
            measuring.cancel()
            self._health.feed.link = Link.DOWN
            self._health.feed.ticks_per_second = 0.0

    async def _measure(self) -> None:
        loop, health = asyncio.get_running_loop(), self._health.feed
        ticks, since, beats = health.ticks, time.perf_counter(), 0
        while True:
            asked = loop.time()
            await asyncio.sleep(BEAT)
            self._lags.append(max(loop.time() - asked - BEAT, 0.0))
            beats += 1
            if beats % RATE_EVERY == 0:
                now = time.perf_counter()
                health.ticks_per_second = (health.ticks - ticks) / (now - since)
                ticks, since = health.ticks, now
                self._health.loop_lag_ms = 1000 * percentile(self._lags, 0.99)
                self._describe(health)

    def _describe(self, health: FeedHealth) -> None:
        """Say of the service what the link says, where they differ."""
        service = self._health.services.get("feed")
        if service is None or service.condition not in (Condition.RUNNING, Condition.WAITING):
            return
        up = health.link is Link.UP
        waiting = not up and (health.link is Link.LOGIN_NEEDED or not self._session.trading)
        condition = Condition.WAITING if waiting else Condition.RUNNING
        if service.condition is not condition:
            service.condition, service.since = condition, self._clock.now()
        service.detail = health.detail if not up else f"{health.ticks_per_second:.0f} ticks/s"


def percentile(samples: deque[float], share: float) -> float:
    ordered = sorted(samples)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0
