"""A day of a chain that grows by the minute, without copying what is already there."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import PER_MINUTE, PER_STRIKE, ChainDay

NAMES: Final = ("minutes", *PER_MINUTE, *PER_STRIKE)
ROOM: Final = 400
"""Minutes of room: a session fits. What is not written to takes no memory of the machine."""


class GrowingDay:
    """`day` is always whole; days that were given out before stay as they were.

    Each is a view, not to be written to, of arrays with room at their end: a new minute is written
    behind what others look at.
    """

    def __init__(self, day: ChainDay) -> None:
        self.day = day
        self._arrays: dict[str, NDArray[np.generic]] = {}

    def grow(self, more: ChainDay) -> None:
        """More minutes of the same chain and day; of a minute that both have, the new one counts.

        Raises BadData for another chain's. Other strikes or an earlier minute cost a copy of all.
        """
        if self._follows(more):
            self._append(more)
        else:
            self.day, self._arrays = self.day.joined(more), {}

    def _follows(self, more: ChainDay) -> bool:
        day = self.day
        same = (more.symbol, more.expiry, more.day) == (day.symbol, day.expiry, day.day)
        later = more.minutes[0] > day.minutes[-1]
        return bool(same and later and np.array_equal(more.strikes, day.strikes))

    def _append(self, more: ChainDay) -> None:
        known, count = len(self.day), len(self.day) + len(more)
        if not self._arrays or len(self._arrays["minutes"]) < count:
            self._arrays = {name: _roomy(getattr(self.day, name), count) for name in NAMES}
        for name, whole in self._arrays.items():
            whole[known:count] = getattr(more, name)
        self.day = ChainDay(
            symbol=more.symbol,
            expiry=more.expiry,
            day=more.day,
            strikes=self.day.strikes,
            **{name: _view(whole[:count]) for name, whole in self._arrays.items()},  # type: ignore[arg-type]
        )


def _roomy(values: NDArray[np.generic], count: int) -> NDArray[np.generic]:
    whole = np.empty((count + ROOM, *values.shape[1:]), values.dtype)
    whole[: len(values)] = values
    return whole


def _view(values: NDArray[np.generic]) -> NDArray[np.generic]:
    values.flags.writeable = False
    return values
