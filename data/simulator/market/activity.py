"""When things happen: events as an O(1) function of time.

Time is stretched by how busy the market is (a burst at the opening, quiet at noon, busy again
before the close, hot minutes in between). In that active time each key has one event in each of its
periods, at a place that noise picks; so the newest event up to a moment is found without looking at
any other.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.simulator.market.noise import Words, mixed, normal, uniform

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MINUTE: Final = 60_000

# One-minute standard deviation by quarter hour in basis points (measured on the NIFTY), and the
# opening minute's own; the last value goes on to any later close.
QUARTERS: Final = (
    *(5.8, 4.8, 4.0, 3.7, 3.5, 3.3, 3.1, 3.0, 2.9, 2.9, 2.9, 2.9, 2.9),
    *(3.0, 3.0, 3.1, 3.2, 3.4, 3.5, 3.7, 4.0, 4.2, 4.0, 3.6, 2.8, 2.8),
)
OPENING_MINUTE: Final = 22.0
# Share of volume by quarter hour, relative to midday (measured on a large share).
BUSY: Final = (
    *(3.0, 1.7, 1.4, 1.25, 1.15, 1.1, 1.05, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    *(1.0, 1.0, 1.0, 1.05, 1.1, 1.1, 1.2, 1.3, 1.5, 1.9, 2.6, 2.7, 2.0),
)
OPENING_BURST: Final = 8.0
HOT_CHANCE, HOT = 0.004, 6.0


def by_minute(quarters: tuple[float, ...], first: float, minutes: int) -> Floats:
    """A value per minute of the session from one per quarter hour."""
    place = np.minimum(np.arange(minutes) // 15, len(quarters) - 1)
    values = np.array(quarters)[place]
    values[0] = first
    return values


def heat(words: Words, spread: float) -> Floats:
    """Lognormal multipliers of mean square one, with a rare hot minute."""
    values = np.exp(spread * normal(words) - spread * spread)
    return np.where(uniform(mixed(words, np.uint64(1))) < HOT_CHANCE, HOT, values)


class ActiveClock:
    """Active milliseconds since the opening, one to one with milliseconds of the session."""

    def __init__(self, opens_ms: int, closes_ms: int, day_word: Words) -> None:
        self.opens_ms, self.closes_ms = opens_ms, closes_ms
        minutes = -(-(closes_ms - opens_ms) // MINUTE)
        words = mixed(day_word, np.arange(minutes, dtype=np.uint64))
        pace = by_minute(BUSY, OPENING_BURST, minutes) * np.clip(heat(words, 0.3), 0.5, 5.0)
        self._ms = np.arange(minutes + 1) * float(MINUTE)
        self._active = np.concatenate([[0.0], np.cumsum(pace * MINUTE)])

    def active(self, ms: int | Ints) -> Floats:
        return np.asarray(np.interp(np.asarray(ms) - self.opens_ms, self._ms, self._active))

    def ms(self, active: Floats) -> Ints:
        """The first whole millisecond at or after an active time."""
        exact = np.interp(active, self._active, self._ms)
        return np.asarray(self.opens_ms + np.ceil(exact).astype(np.int64))


def event_at(clock: ActiveClock, words: Words, period: Floats, slot: Ints) -> Ints:
    """When the event of a slot happens."""
    place = uniform(mixed(words, slot.astype(np.uint64)))
    return clock.ms((slot + place) * period)


def newest(
    clock: ActiveClock, words: Words, period: Floats, count: Ints, now_ms: Ints | int
) -> tuple[Ints, Ints]:
    """Slot and time of the newest event up to now; slot -1 and time 0 where there was none yet."""
    slot = np.minimum((clock.active(now_ms) / period).astype(np.int64), count - 1)
    slot = np.maximum(slot, 0)
    at = event_at(clock, words, period, slot)
    early = at > now_ms
    if early.any():
        slot = slot - early
        again = event_at(clock, words[early], period[early], np.maximum(slot[early], 0))
        at[early] = again
    none = (slot < 0) | (count == 0)
    return np.where(none, -1, slot), np.where(none, 0, at)
