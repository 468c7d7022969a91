"""Candles: bars of price, volume and open interest, kept as arrays."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.errors import BadData


class Interval(StrEnum):
    """Stored bar lengths; longer ones are made from these."""

    MINUTE = "1m"
    DAY = "1d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candles:
    """Bars oldest first; `time` is the bar's start in epoch seconds UTC, strictly rising.

    Prices in rupees, `volume` and `open_interest` in units. All arrays have the same length.
    """

    time: NDArray[np.int64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.int64]
    open_interest: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.time)

    def check(self) -> "Candles":
        """Return itself; raises BadData for bars that cannot be (high below low, out of order)."""
        if len(self) and not (
            np.all(np.diff(self.time) > 0)
            and np.all(self.high >= np.maximum(self.open, self.close))
            and np.all(self.low <= np.minimum(self.open, self.close))
            and np.all(self.low > 0)
            and np.all(np.isfinite(self.high))
        ):
            raise BadData("candles with a high below their low, or out of order")
        return self

    @classmethod
    def none(cls) -> "Candles":
        f, i = np.empty(0), np.empty(0, dtype=np.int64)
        return cls(time=i, open=f, high=f, low=f, close=f, volume=i, open_interest=i)
