"""The live feed: a set of wishes in, rows of numbers out."""

from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from typing import Protocol

from core.ids import InstrumentKey


class FeedMode(IntEnum):
    """How much is sent of a key, from little to much."""

    LTPC = 0
    OPTION_GREEKS = 1
    FULL = 2
    FULL_D30 = 3


FrameListener = Callable[[Iterable[int]], None]
"""Called after the rows of a frame are in the market state, with the rows that changed."""


class Feed(Protocol):
    """Writes into the `MarketState` and `FeedHealth` that it was built with."""

    def want(self, wishes: Mapping[InstrumentKey, FeedMode]) -> None:
        """Replace the desired set; sends the difference, and all of it after a reconnect."""
        ...

    def bound(self, key: InstrumentKey, low: float, high: float) -> None:
        """Today's price limits of `key`, in rupees: what lies outside is refused."""
        ...

    def listen(self, listener: FrameListener) -> None: ...

    async def run(self) -> None:
        """Connect, and stay connected until cancelled."""
        ...
