"""One piece of a download: asked of the broker, checked, kept."""

from collections.abc import Awaitable, Callable
from dataclasses import fields
from datetime import date
from typing import Final

import numpy as np

from core.downloads.plan import Piece, is_expired
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles
from core.ports.market_data import ExpiredContracts, History
from core.ports.repositories import CandleRepository

Work = Callable[[Piece], Awaitable[int]]
"""Does one piece and returns how much was kept; safe to repeat."""

IST_SECONDS: Final = 19_800
DAY_SECONDS: Final = 86_400
EPOCH: Final = date(1970, 1, 1).toordinal()


class CandleWork:
    def __init__(
        self,
        history: History,
        expired: ExpiredContracts,
        candles: CandleRepository,
        calendar: MarketCalendar,
    ) -> None:
        self._history = history
        self._expired = expired
        self._candles = candles
        self._calendar = calendar

    async def __call__(self, piece: Piece) -> int:
        """Bars of other days than those asked for are left out: the broker has been seen to give
        the last session's in the place of a day without one."""
        bars = await self._asked(piece)
        if piece.interval.intraday:
            bars = of_days(bars, piece.first, piece.last)
        return await self._candles.upsert(piece.key, piece.interval, bars) if len(bars) else 0

    async def _asked(self, piece: Piece) -> Candles:
        if is_expired(piece.key):
            return await self._expired.bars(piece.key, piece.interval, piece.first, piece.last)
        if piece.first == self._calendar.today():
            return await self._history.today(piece.key, piece.interval)
        return await self._history.bars(piece.key, piece.interval, piece.first, piece.last)


def of_days(bars: Candles, first: date, last: date) -> Candles:
    """Those that start on a day (IST) from `first` to `last`."""
    days = (bars.time + IST_SECONDS) // DAY_SECONDS + EPOCH
    inside = (days >= first.toordinal()) & (days <= last.toordinal())
    if np.all(inside):
        return bars
    return Candles(**{each.name: getattr(bars, each.name)[inside] for each in fields(Candles)})
