"""What the volatility page knows of past sessions, and where India VIX stands."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import nan
from typing import Final

from core.analytics.volatility_days import VolatilityHistory
from core.errors import AppError
from core.ids import InstrumentKey
from core.instruments.candle import Candles, Interval
from core.jobs.table import BACKFILL
from core.services import Services
from core.services.volatility_history import INDIA_VIX
from core.state.market import Col
from ui.components.fresh import fresh

TRY_AGAIN: Final = 60.0
"""Seconds after a failure before the broker is asked again."""


@dataclass(frozen=True, slots=True)
class IndexNow:
    """India VIX in points; nan when unknown. `stale`: not of this moment, `why` says so."""

    points: float
    stale: bool = False
    why: str = ""


class PastSessions:
    """Loaded for an underlying, and again on a new day, after a back-fill and after a failure."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._loaded_for: object = None
        self._asked = 0.0
        self.history = VolatilityHistory.of("", ())
        self.bars = self.vix_bars = Candles.none()
        self.problem = ""

    async def load(self, symbol: str) -> bool:
        """True if anything was due and has come."""
        wanted = (symbol, self._services.calendar.today(), self._backfilled())
        now = asyncio.get_running_loop().time()
        failed = self.problem and now - self._asked > TRY_AGAIN
        if wanted == self._loaded_for and not failed:
            return False
        self._loaded_for, self._asked = wanted, now
        services, self.problem = self._services, ""
        self.history = await services.volatility_history.series(symbol)
        underlying = await services.instruments.underlying(symbol)
        self.vix_bars = await self._bars(INDIA_VIX)
        self.bars = await self._bars(underlying.key) if underlying else Candles.none()
        return True

    async def _bars(self, key: InstrumentKey) -> Candles:
        """Up to the last session; without an answer of the broker those that are on record."""
        record = self._services.volatility_history
        try:
            return await record.bars(key)
        except AppError as problem:
            self.problem = str(problem)
            return await record.on_record(key)

    def _backfilled(self) -> datetime | None:
        job = self._services.jobs.jobs.get(BACKFILL)
        return job.last.finished_at if job is not None and job.last is not None else None

    async def vix(self, minute: datetime | None) -> IndexNow:
        """Now, or at the close of a recorded minute."""
        if minute is None:
            row = self._services.market.row(INDIA_VIX)
            points = float(self._services.market.values[row, Col.LTP])
            tone, why = fresh(self._services, row)
            return IndexNow(points if points > 0 else nan, bool(tone), why)
        bars = await self._services.candles.between(
            INDIA_VIX, Interval.MINUTE, minute, minute + timedelta(minutes=1)
        )
        return IndexNow(float(bars.close[-1]) if len(bars) else nan)
