"""Day bars: today's minute closes of an instrument, for sparklines."""

import asyncio
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray

from core.clock import IST, Clock
from core.errors import AppError
from core.ids import InstrumentKey
from core.ports.market_data import History
from core.state.market import Col, MarketState

log = structlog.get_logger(__name__)

TRY_AGAIN: Final = 60.0
"""Seconds after a failure before the history is asked again."""
PACE: Final = 5.0
"""Seconds between two looks at the market."""


@dataclass(slots=True)
class _Day:
    day: date
    minutes: list[int] = field(default_factory=list)  # epoch minutes
    closes: list[float] = field(default_factory=list)

    def see(self, minute: int, price: float) -> None:
        """The newest price is the close of its minute so far."""
        if self.minutes and minute == self.minutes[-1]:
            self.closes[-1] = price
        elif not self.minutes or minute > self.minutes[-1]:
            self.minutes.append(minute)
            self.closes.append(price)


class DayBars:
    """History once per instrument and day, carried on from the market state."""

    def __init__(self, history: History, market: MarketState, clock: Clock) -> None:
        self._history = history
        self._market = market
        self._clock = clock
        self._days: dict[InstrumentKey, _Day] = {}
        self._locks: dict[InstrumentKey, asyncio.Lock] = {}
        self._failed: dict[InstrumentKey, float] = {}

    async def closes(self, key: InstrumentKey) -> NDArray[np.float64]:
        """Oldest first; empty while nothing is known."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            if key not in self._days and not self._failed_lately(key):
                await self._load(key)
        day = self._days.get(key)
        if day is None:
            return np.empty(0)
        self._carry_on(key, day)
        return np.array(day.closes)

    async def run(self) -> None:
        """Look at the market often enough to miss no minute; runs until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(PACE)

    def look(self) -> None:
        for key, day in self._days.items():
            self._carry_on(key, day)

    def clear(self) -> None:
        """A new trading day: everything is asked anew when next looked at."""
        self._days.clear()
        self._failed.clear()

    async def _load(self, key: InstrumentKey) -> None:
        try:
            bars = await self._history.today(key)
        except AppError as problem:
            self._failed[key] = asyncio.get_running_loop().time()
            log.warning("day_bars.not_loaded", key=key, problem=str(problem))
            return
        now = self._clock.now()
        past = bars.time <= now.timestamp()
        self._days[key] = _Day(
            day=now.astimezone(IST).date(),
            minutes=[int(t) // 60 for t in bars.time[past]],
            closes=[float(c) for c in bars.close[past]],
        )

    def _failed_lately(self, key: InstrumentKey) -> bool:
        at = self._failed.get(key)
        return at is not None and asyncio.get_running_loop().time() - at < TRY_AGAIN

    def _carry_on(self, key: InstrumentKey, day: _Day) -> None:
        """By the time of the last trade: a price that stands still makes no new minutes."""
        traded, price = self._market.get(key, Col.LTT), self._market.get(key, Col.LTP)
        if price > 0 and traded > 0:
            day.see(int(traded) // 60_000, price)
