"""Implied volatility by session: the days that today's is ranked against."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST_SESSIONS: Final = 30
"""Fewer say too little of where today stands: a rank is shown from here on."""


class VolatilitySource(StrEnum):
    """Where a session's figure is from, in the words that are shown."""

    OWN = "own record near the close"
    EXPIRED = "back-filled from closes of expired contracts"


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityDay:
    """One session near its close; volatilities are fractions, nan where there was none.

    `iv30` is the at-the-money volatility of 30 calendar days, interpolated between expiries in
    total variance; `iv_near` that of the nearest expiry with at least a day to go, `forward` its
    forward.
    """

    symbol: str
    day: date
    iv30: float
    iv_near: float
    forward: float
    spot: float
    source: VolatilitySource


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityHistory:
    """Sessions oldest first, all of the same length; `iv30` and `iv_near` as in `VolatilityDay`."""

    symbol: str
    days: tuple[date, ...]
    iv30: NDArray[np.float64]
    iv_near: NDArray[np.float64]
    source: tuple[VolatilitySource, ...]

    def __len__(self) -> int:
        return len(self.days)

    @classmethod
    def of(cls, symbol: str, days: Sequence[VolatilityDay]) -> "VolatilityHistory":
        return cls(
            symbol=symbol,
            days=tuple(each.day for each in days),
            iv30=np.array([each.iv30 for each in days]),
            iv_near=np.array([each.iv_near for each in days]),
            source=tuple(each.source for each in days),
        )

    @property
    def described(self) -> str:
        """What a rank rests on, in words: `61 sessions: 3 own record …, 58 back-filled …`."""
        counts = [(source, self.source.count(source)) for source in VolatilitySource]
        parts = ", ".join(f"{count} {source}" for source, count in counts if count)
        words = f"{len(self)} session{'' if len(self) == 1 else 's'}"
        return f"{words}: {parts}" if parts else f"{words} on record"
