"""Candles of shares, adjusted for what happened to the shares since."""

from datetime import datetime
from typing import Final

from core.ids import InstrumentKey
from core.instruments.candle import Candles, Interval
from core.instruments.corporate_actions import adjusted, shown
from core.ports.corporate_actions import ActionRepository
from core.ports.repositories import CandleRepository

SHARES: Final = ("NSE_EQ", "BSE_EQ")


class AdjustedCandles:
    """Reads what is stored, and changes nothing of it."""

    def __init__(self, candles: CandleRepository, actions: ActionRepository) -> None:
        self._candles = candles
        self._actions = actions

    async def between(
        self,
        key: InstrumentKey,
        interval: Interval,
        first: datetime,
        last: datetime,
        *,
        dividends: bool = False,
    ) -> Candles:
        """Bars that start in [first, last); those of anything but shares as they are."""
        found = await self._candles.between(key, interval, first, last)
        return await self.adjust(key, found, dividends=dividends)

    async def adjust(
        self, key: InstrumentKey, candles: Candles, *, dividends: bool = False
    ) -> Candles:
        segment, _, isin = key.partition("|")
        if segment not in SHARES or not len(candles):
            return candles
        actions = shown(candles, await self._actions.of(isin))
        return adjusted(candles, actions, dividends=dividends)
