"""Minute bars of whatever ticks, built from the market's rows as frames come in."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.ids import InstrumentKey
from core.instruments.candle import Candles
from core.state.market import Col, MarketState

Ints = NDArray[np.int64]
Bar = tuple[int, float, float, float, float, int, int]
"""Start in epoch seconds, open, high, low, close, volume, open interest."""

_COLUMNS = [Col.LTP, Col.LTT, Col.VOLUME, Col.OI]
_BAR = np.dtype(
    [
        ("minute", np.int64),  # epoch minutes; 0 = never seen
        ("open", np.bool_),  # the bar is still being built
        ("whole", np.bool_),  # watched since before its minute began
        ("ohlc", np.float64, 4),
        ("volume_before", np.float64),  # of the day
        ("volume", np.float64),
        ("oi", np.float64),
    ]
)


class MinuteBars:
    """A trade belongs to the minute of its own time, however late it comes.

    The first minute seen of an instrument is left out: nobody knows how it began. A bar is done
    when a trade of a later minute comes, or when `close_before` says that its minute is over.
    """

    def __init__(self, market: MarketState) -> None:
        self._market = market
        self._bars = np.zeros(0, _BAR)
        self._done: dict[InstrumentKey, list[Bar]] = {}

    def frame(self, rows: Iterable[int]) -> None:
        """A frame is in the market state; these rows changed."""
        at = np.fromiter(rows, dtype=np.int64)
        if not at.size:
            return
        self._grow()
        seen = self._market.values[at[:, None], _COLUMNS]
        good = (seen[:, 0] > 0) & (seen[:, 1] > 0)
        at, seen = at[good], seen[good]
        minute = (seen[:, 1] // 60_000).astype(np.int64)
        later = minute > self._bars["minute"][at]
        if later.any():
            self._begin(at[later], minute[later], seen[later])
        same = (minute == self._bars["minute"][at]) & self._bars["open"][at]
        self._extend(at[same], seen[same])

    def close_before(self, minute: int) -> None:
        """Every bar of an epoch minute before `minute` is done."""
        over = np.flatnonzero(self._bars["open"] & (self._bars["minute"] < minute))
        self._finish(over)

    def interrupt(self) -> None:
        """Something may have been missed: the bars under way are worth nothing."""
        self._bars[:] = 0

    def take(self) -> list[tuple[InstrumentKey, Candles]]:
        """The bars done since last taken."""
        done, self._done = self._done, {}
        return [(key, _candles(bars)) for key, bars in done.items()]

    def _grow(self) -> None:
        missing = len(self._market.values) - len(self._bars)
        if missing > 0:
            self._bars = np.concatenate([self._bars, np.zeros(missing, _BAR)])

    def _begin(self, at: Ints, minute: Ints, seen: NDArray[np.float64]) -> None:
        bars = self._bars
        self._finish(at[bars["open"][at]])
        watched = bars["minute"][at] > 0
        bars["whole"][at] = watched
        bars["volume_before"][at] = np.where(watched, bars["volume"][at], seen[:, 2])
        bars["minute"][at] = minute
        bars["open"][at] = True
        bars["ohlc"][at] = seen[:, :1]

    def _extend(self, at: Ints, seen: NDArray[np.float64]) -> None:
        price, ohlc = seen[:, 0], self._bars["ohlc"]
        ohlc[at, 1] = np.maximum(ohlc[at, 1], price)
        ohlc[at, 2] = np.minimum(ohlc[at, 2], price)
        ohlc[at, 3] = price
        self._bars["volume"][at] = seen[:, 2]
        self._bars["oi"][at] = seen[:, 3]

    def _finish(self, rows: Ints) -> None:
        self._bars["open"][rows] = False
        for row in rows:
            bar = self._bars[row]
            if bar["whole"]:
                self._done.setdefault(self._market.key(int(row)), []).append(_finished(bar))


def _finished(bar: np.void) -> Bar:
    volume = bar["volume"] - bar["volume_before"]
    if volume < 0:  # the day's volume began anew
        volume = bar["volume"]
    o, h, low, c = (float(price) for price in bar["ohlc"])
    # instruments without volume or open interest (indices) have 0 of it
    return int(bar["minute"]) * 60, o, h, low, c, _whole(volume), _whole(bar["oi"])


def _whole(number: float) -> int:
    return int(number) if np.isfinite(number) else 0


def _candles(bars: Sequence[Bar]) -> Candles:
    time, o, high, low, close, volume, oi = (list(column) for column in zip(*bars, strict=True))
    return Candles(
        time=np.array(time, dtype=np.int64),
        open=np.array(o),
        high=np.array(high),
        low=np.array(low),
        close=np.array(close),
        volume=np.array(volume, dtype=np.int64),
        open_interest=np.array(oi, dtype=np.int64),
    )
