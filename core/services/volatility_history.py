"""Volatility history: the sessions that today's implied volatility and VIX are ranked against."""

from dataclasses import fields
from datetime import date, datetime, time, timedelta
from typing import Final

import numpy as np

from core.analytics.volatility_days import VolatilityHistory
from core.clock import IST
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles, Interval
from core.ports.market_data import History
from core.ports.repositories import CandleRepository, VolatilityRepository

INDIA_VIX: Final = InstrumentKey("NSE_INDEX|India VIX")
SESSIONS: Final = 252
"""A year of sessions: the longest span that is ranked."""
CALENDAR_DAYS: Final = timedelta(days=380)
"""Enough to hold `SESSIONS`."""


class VolatilityRecord:
    """Reads only; the jobs "volatility" and "backfill volatility" write the days."""

    def __init__(
        self,
        *,
        days: VolatilityRepository,
        history: History,
        candles: CandleRepository,
        calendar: MarketCalendar,
    ) -> None:
        self._days, self._history = days, history
        self._candles, self._calendar = candles, calendar
        self._asked: dict[InstrumentKey, date] = {}

    async def series(self, symbol: str) -> VolatilityHistory:
        """The last sessions on record before today, oldest first; an empty history for none."""
        today = self._calendar.today()
        known = [each for each in await self._days.of(symbol) if each.day < today]
        return VolatilityHistory.of(symbol, known[-SESSIONS:])

    async def bars(self, key: InstrumentKey) -> Candles:
        """Daily bars of an instrument before today, oldest first, up to a year of them.

        From the database; where that is short of the last session, fetched, at most once a day.
        Raises what the broker's history raises.
        """
        today, bars = self._calendar.today(), await self.on_record(key)
        if self._asked.get(key) != today and not self._covers(bars, today):
            await self._fetch(key, today)
            bars = await self.on_record(key)
        return bars

    async def on_record(self, key: InstrumentKey) -> Candles:
        """What `bars` would give without asking the broker: the last sessions may be missing."""
        known = await self._candles.latest(key, Interval.DAY, SESSIONS + 1)
        return _last_before(known, self._calendar.today())

    def _covers(self, bars: Candles, today: date) -> bool:
        newest = _midnight(self._calendar.previous_trading_day(today))
        return len(bars) >= SESSIONS and bars.time[-1] >= newest

    async def _fetch(self, key: InstrumentKey, today: date) -> None:
        bars = await self._history.days(key, today - CALENDAR_DAYS, today - timedelta(days=1))
        if len(bars):
            await self._candles.upsert(key, Interval.DAY, bars)
        self._asked[key] = today


def _last_before(bars: Candles, today: date) -> Candles:
    wanted = np.flatnonzero(bars.time < _midnight(today))[-SESSIONS:]
    return Candles(**{each.name: getattr(bars, each.name)[wanted] for each in fields(Candles)})


def _midnight(day: date) -> int:
    """The start of a day in India, in epoch seconds: how the broker stamps a daily bar."""
    return int(datetime.combine(day, time(), IST).timestamp())
