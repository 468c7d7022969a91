"""A tracked draft's candles with the minute that runs."""

from datetime import UTC, datetime

import numpy as np

from core.strategies.tracking import Floats, Mark, PnlCandles


class LiveCandles:
    """`kept` are whole minutes, as they were written; marks make the one after them."""

    def __init__(self) -> None:
        self.kept: PnlCandles = PnlCandles.of([])
        self._minute = 0
        self._ohlc: list[float] = []
        self._spot = np.nan

    def take(self, kept: PnlCandles) -> None:
        self.kept = kept

    def forget(self) -> None:
        self.kept, self._minute, self._ohlc = PnlCandles.of([]), 0, []

    def add(self, mark: Mark) -> bool:
        """True when a minute has begun: the one before is written by now, or will be soon."""
        if mark.pnl != mark.pnl:
            return False
        minute = _minute(mark.at)
        begun = minute != self._minute
        if begun:
            self._minute, self._ohlc = minute, [mark.pnl] * 4
        first, high, low, _ = self._ohlc
        self._ohlc = [first, max(high, mark.pnl), min(low, mark.pnl), mark.pnl]
        self._spot = mark.spot
        return begun

    @property
    def times(self) -> Floats:
        """Starts of the minutes in epoch milliseconds."""
        own = [self._minute] if self._runs else []
        return np.concatenate([self.kept.time, own]) * 1000.0

    @property
    def rows(self) -> Floats:
        """Open, high, low, close in rupees."""
        kept = self.kept
        made = np.column_stack([kept.open, kept.high, kept.low, kept.close])
        return np.vstack([made, self._ohlc]) if self._runs else made

    @property
    def spots(self) -> Floats:
        return np.append(self.kept.spot, self._spot) if self._runs else self.kept.spot

    @property
    def _runs(self) -> bool:
        last = int(self.kept.time[-1]) if len(self.kept) else 0
        return bool(self._ohlc) and self._minute > last


def _minute(at: datetime) -> int:
    return int(at.astimezone(UTC).replace(second=0, microsecond=0).timestamp())
