"""Usual volumes: what a share trades on a usual day, and how much of it by a time of day."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray

from core.clock import IST, Clock
from core.errors import AppError
from core.ids import InstrumentKey
from core.instruments.candle import Candles, Interval
from core.ports.market_data import History
from core.ports.repositories import CandleRepository

log = structlog.get_logger(__name__)

DAYS: Final = 20
CALENDAR_DAYS: Final = 35
"""Enough to hold `DAYS` sessions."""
FIRST_QUARTER: Final = 0.099
LAST_QUARTERS: Final = (0.088, 0.089)
QUARTERS: Final = 25
_BETWEEN: Final = (1 - FIRST_QUARTER - sum(LAST_QUARTERS)) / (QUARTERS - 1 - len(LAST_QUARTERS))
_BY_QUARTER: Final = np.cumsum(
    [0.0, FIRST_QUARTER, *[_BETWEEN] * (QUARTERS - 1 - len(LAST_QUARTERS)), *LAST_QUARTERS]
)
"""Of a large share's day, as measured: much in the first quarter of an hour and the last two."""


def usual_part(opens_at: datetime, closes_at: datetime, now: datetime) -> float:
    """The part (0 to 1) of a usual day's volume that is traded by `now`."""
    whole = (closes_at - opens_at).total_seconds()
    gone = (now - opens_at).total_seconds() / whole * QUARTERS if whole > 0 else 0.0
    return float(np.interp(gone, np.arange(QUARTERS + 1), _BY_QUARTER))


class UsualVolumes:
    """Daily candles from the database, fetched once from the broker where it has none."""

    def __init__(self, history: History, candles: CandleRepository, clock: Clock) -> None:
        self._history, self._candles, self._clock = history, candles, clock

    async def of(self, keys: Sequence[InstrumentKey]) -> NDArray[np.float64]:
        """Mean volume of the last sessions before today, in units; nan where nothing is known."""
        return np.array([await self._of(key) for key in keys])

    async def _of(self, key: InstrumentKey) -> float:
        bars = await self._candles.latest(key, Interval.DAY, DAYS + 1)
        if not self._covers(bars):
            bars = await self._fetch(key)
        before = bars.time < self._midnight().timestamp()
        volumes = bars.volume[before][-DAYS:]
        return float(volumes.mean()) if len(volumes) else float("nan")

    def _covers(self, bars: Candles) -> bool:
        """The newest is of the last few days: a long weekend is no reason to ask again."""
        newest = self._midnight() - timedelta(days=5)
        return len(bars) >= DAYS // 2 and bars.time[-1] >= newest.timestamp()

    async def _fetch(self, key: InstrumentKey) -> Candles:
        today = self._clock.now().astimezone(IST).date()
        try:
            bars = await self._history.days(
                key, today - timedelta(days=CALENDAR_DAYS), today - timedelta(days=1)
            )
        except AppError as problem:
            log.warning("usual_volumes.not_loaded", key=key, problem=str(problem))
            return Candles.none()
        if len(bars):
            await self._candles.upsert(key, Interval.DAY, bars)
        return bars

    def _midnight(self) -> datetime:
        now = self._clock.now().astimezone(IST)
        return now.replace(hour=0, minute=0, second=0, microsecond=0)
