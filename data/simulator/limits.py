"""Rate limits: so many calls of one API by one user in a second, a minute, half an hour."""

import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Final

from data.simulator.answers import ApiError

STANDARD: Final = ((1.0, 50), (60.0, 500), (1800.0, 2000))
ORDERS: Final = ((1.0, 10), (60.0, 500), (1800.0, 2000))
"""Of order writes, all together, for programs that are not registered as algorithms."""
MOST_KEPT: Final = 1_000  # users times calls, before those long silent are forgotten
GENEROUS: Final = ((1.0, 100_000),)  # for load in tests: nobody reaches it


class RateLimits:
    """Counts in wall time, whatever the speed of the exchange's clock: load is real."""

    def __init__(
        self,
        limits: Sequence[tuple[float, int]] = STANDARD,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._monotonic = monotonic
        self._longest = max(window for window, _ in limits)
        self._calls: dict[tuple[str, str], list[float]] = {}

    def spend(self, user: str, api: str) -> None:
        """Count one call; raises the 429 where a window is full (a refused call is not counted)."""
        now = self._monotonic()
        if len(self._calls) > MOST_KEPT:
            old = now - self._longest
            self._calls = {key: calls for key, calls in self._calls.items() if calls[-1] > old}
        calls = self._calls.setdefault((user, api), [])
        del calls[: bisect_left(calls, now - self._longest)]
        for window, allowed in self._limits:
            if len(calls) - bisect_left(calls, now - window) >= allowed:
                raise ApiError("UDAPI10005", 429)
        calls.append(now)
