"""The tape: a recorded day laid out as frames, moment by moment.

What a recording cannot say is not made up. A chain was taken down at the end of each minute: its
prices step then. Of a bar nobody knows the way inside: the open comes at its beginning, then the
extreme that lies against the bar's own direction (the low of a rising bar, the high of a falling
one), then the other, and the close a second before its end, with the volume of the whole bar. So a
stop that lies against the move is met before the move goes on.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.ids import InstrumentKey
from core.instruments.instrument import has_open_interest, is_traded
from core.state.market import WIDTH, Col
from data.replay.recording import RecordedBars, RecordedChain, Recording

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

CHAIN: Final = (Col.LTP, Col.BID, Col.ASK, Col.VOLUME, Col.OI)
QUOTES: Final = (Col.BID, Col.ASK)
"""A quote that is gone is gone; of all other columns an unknown number leaves what was known."""
BAR: Final = (Col.LTP, Col.OPEN, Col.HIGH, Col.LOW, Col.VOLUME, Col.OI)


@dataclass(frozen=True, slots=True)
class Part:
    """Numbers of some of the tape's keys at one moment; nan = not said."""

    keys: Ints
    columns: tuple[Col, ...]
    values: Floats
    traded: Floats
    """Epoch seconds of the last trade."""


@dataclass(frozen=True, slots=True)
class Frame:
    at: int
    """Epoch seconds."""
    parts: tuple[Part, ...]


class Tape:
    def __init__(self, recording: Recording) -> None:
        self.keys: list[InstrumentKey] = []
        self._of: dict[InstrumentKey, int] = {}
        with_bars = {each.key for each in recording.bars}
        parts = [
            *self._bars([each for each in recording.bars if len(each.bars)]),
            *(each for chain in recording.chains for each in self._chain(chain, with_bars)),
        ]
        self.frames = _frames(parts)
        self.first = np.full((len(self.keys), WIDTH), np.nan)
        """The rows before anything is heard: yesterday's closes."""
        for key, close in self._closes(recording):
            self.first[self._of[key], Col.CLOSE] = close
        self.traded = np.array([is_traded(key) for key in self.keys], dtype=np.bool_)

    def index(self, key: InstrumentKey) -> int | None:
        return self._of.get(key)

    def _number(self, key: InstrumentKey) -> int:
        if key not in self._of:
            self._of[key] = len(self.keys)
            self.keys.append(key)
        return self._of[key]

    def _closes(self, recording: Recording) -> Iterator[tuple[InstrumentKey, float]]:
        for chain in recording.chains:
            if chain.before is not None:
                for side in (0, 1):
                    for key, strike in zip(chain.keys[side], chain.day.strikes, strict=True):
                        at = np.flatnonzero(chain.before.strikes == strike)
                        if key is not None and at.size:
                            yield key, float(chain.before.ltp[-1, side, at[0]])
        for key, close in recording.closes.items():
            if key in self._of:
                yield key, close

    def _chain(
        self, chain: RecordedChain, with_bars: Container[InstrumentKey]
    ) -> Iterator[tuple[int, Part]]:
        """Each minute at its end; what has bars of its own is told by them."""
        day = chain.day
        keys = [key for side in chain.keys for key in side]
        listed = np.array([key is not None for key in keys])
        rows = np.array([self._number(key) for key in keys if key is not None], dtype=np.int64)
        lone = [
            (self._number(key), line)
            for key, line in ((chain.underlying, day.spot), (chain.future, day.future))
            if key is not None and key not in with_bars and (line > 0).any()
        ]
        for row, minute in enumerate(day.minutes):
            at = (int(minute) + 1) * 60
            values = np.stack([getattr(day, name)[row].ravel()[listed] for name in _NAMES], axis=1)
            yield at, Part(rows, CHAIN, values, np.full(len(rows), at - 1.0))
            known = [(n, line[row]) for n, line in lone if line[row] > 0]
            if known:
                numbers = np.array([n for n, _ in known], dtype=np.int64)
                prices = np.array([[price] for _, price in known])
                yield at, Part(numbers, (Col.LTP,), prices, np.full(len(known), at - 1.0))

    def _bars(self, several: Sequence[RecordedBars]) -> Iterator[tuple[int, Part]]:
        """All bars' four moments, by moment."""
        if not several:
            return
        laid = [_way(each) for each in several]
        moments = np.concatenate([at for at, _ in laid])
        values = np.concatenate([numbers for _, numbers in laid])
        keys = np.concatenate(
            [
                np.full(len(at), self._number(each.key))
                for each, (at, _) in zip(several, laid, strict=True)
            ]
        )
        order = np.argsort(moments, kind="stable")
        moments, values, keys = moments[order], values[order], keys[order]
        begins = np.flatnonzero(np.diff(moments, prepend=-1))
        for first, last in zip(begins, [*begins[1:], len(moments)], strict=True):
            at = int(moments[first])
            yield (
                at,
                Part(keys[first:last], BAR, values[first:last], np.full(last - first, float(at))),
            )


def _way(each: RecordedBars) -> tuple[Ints, Floats]:
    """Moments, and rows of `BAR`: open, the extreme against the direction, the other, close."""
    bars, third = each.bars, each.seconds // 3
    rising = bars.close >= bars.open
    against = np.where(rising, bars.low, bars.high)
    along = np.where(rising, bars.high, bars.low)
    prices = np.stack([bars.open, against, along, bars.close], axis=1)
    offsets = np.array([0, third, 2 * third, each.seconds - 1])
    moments = (bars.time[:, None] + offsets).ravel()
    line = prices.ravel()
    volume, interest = np.full(prices.shape, np.nan), np.full(prices.shape, np.nan)
    if is_traded(each.key):
        done = np.cumsum(bars.volume).astype(np.float64)
        volume[:, -1] = done
        volume[0, 0] = 0.0
    if has_open_interest(each.key):
        interest[:, -1] = bars.open_interest
    opened = np.full(len(line), bars.open[0])
    high, low = np.maximum.accumulate(line), np.minimum.accumulate(line)
    return moments, np.stack([line, opened, high, low, volume.ravel(), interest.ravel()], axis=1)


_NAMES: Final = ("ltp", "bid", "ask", "volume", "oi")


def _frames(parts: Sequence[tuple[int, Part]]) -> list[Frame]:
    """In time."""
    by_moment: dict[int, list[Part]] = {}
    for at, part in parts:
        by_moment.setdefault(at, []).append(part)
    return [Frame(at, tuple(by_moment[at])) for at in sorted(by_moment)]
