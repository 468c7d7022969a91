"""Candles: bars of price, volume and open interest, kept as arrays."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import BadData


class Unit(StrEnum):
    SECOND = "s"
    MINUTE = "m"
    HOUR = "h"
    DAY = "d"
    WEEK = "w"
    MONTH = "M"


SECONDS: Final = {Unit.SECOND: 1, Unit.MINUTE: 60, Unit.HOUR: 3600}
"""Of the units that are counted from the opening of a session."""

LARGER: Final = {Unit.SECOND: Unit.MINUTE, Unit.MINUTE: Unit.HOUR}
TEXT: Final = re.compile(r"([1-9]\d{0,3})([smhdwM])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Interval:
    """The length of a bar; one value for one length: sixty minutes are one hour."""

    unit: Unit
    count: int = 1

    MINUTE: ClassVar["Interval"]
    DAY: ClassVar["Interval"]

    def __post_init__(self) -> None:
        if self.count < 1:
            raise BadData(f"no bar is {self.count} {self.unit} long")
        unit, count = self.unit, self.count
        while unit in LARGER and count % 60 == 0:
            unit, count = LARGER[unit], count // 60
        object.__setattr__(self, "unit", unit)
        object.__setattr__(self, "count", count)

    @classmethod
    def parse(cls, text: str) -> "Interval":
        """Of "15m", "2h", "30s", "1d", "1w", "1M"; raises BadData for anything else."""
        found = TEXT.fullmatch(text)
        if found is None:
            raise BadData(f"{text!r} is no length of a bar: 30s, 15m, 2h, 1d, 1w and 1M are")
        return cls(Unit(found[2]), int(found[1]))

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    @property
    def intraday(self) -> bool:
        return self.unit in SECONDS

    @property
    def seconds(self) -> int:
        """Of an intraday length; raises BadData for days and longer, which the calendar counts."""
        if self.unit not in SECONDS:
            raise BadData(f"bars of {self} are counted by the calendar, not in seconds")
        return self.count * SECONDS[self.unit]


Interval.MINUTE = Interval(Unit.MINUTE)
Interval.DAY = Interval(Unit.DAY)


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
