"""Bars of one second, built from the market's rows as frames come in, and kept in memory."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from core.ids import InstrumentKey
from core.instruments.candle import Candles
from core.instruments.instrument import is_traded
from core.state.market import Col, MarketState

MOST: Final = 25_000
"""Seconds kept of an instrument: more than a session has."""
_BAR: Final = np.dtype(
    [
        ("time", np.int64),
        *((name, np.float64) for name in ("open", "high", "low", "close", "volume", "oi")),
    ]
)
_COLUMNS: Final = [Col.LTP, Col.LTT, Col.VOLUME, Col.OI]


class SecondBars:
    """Of indices since the start, of others since they were first asked for.

    A trade belongs to the second of its own time. The first second seen is left out, since nobody
    knows how it began; a second without a trade has no bar.
    """

    def __init__(self, market: MarketState) -> None:
        self._market = market
        self._books: dict[int, _Book | None] = {}

    def keep(self, key: InstrumentKey) -> None:
        row = self._market.row(key)
        if self._books.get(row) is None:
            self._books[row] = _Book()
            self.frame([row])  # the trade before is where it begins

    def begun(self, key: InstrumentKey) -> int:
        """The epoch second after which every trade was seen; 0 while none was."""
        book = self._books.get(self._market.row(key))
        return book.begun if book is not None else 0

    def frame(self, rows: Iterable[int]) -> None:
        """The feed's listener: these rows have changed."""
        for row in rows:
            book = self._books[row] if row in self._books else self._first_seen(row)
            if book is not None:
                book.see(*self._market.values[row, _COLUMNS].tolist())

    def of(self, key: InstrumentKey, since: float = 0.0) -> Candles:
        """What is kept from an epoch second on, the second that runs included."""
        book = self._books.get(self._market.row(key))
        return book.candles(since) if book is not None else Candles.none()

    def clear(self) -> None:
        """A new trading day."""
        self._books = {
            row: _Book() if book is not None else None for row, book in self._books.items()
        }

    def _first_seen(self, row: int) -> "_Book | None":
        """Indices are kept unasked: there are few of them, and they have charts on every desk."""
        self._books[row] = book = None if is_traded(self._market.key(row)) else _Book()
        return book


class _Book:
    __slots__ = ("_bars", "_count", "_second", "_volume", "begun")

    def __init__(self) -> None:
        self._bars = np.zeros(256, _BAR)
        self._count = 0
        self._second = self.begun = 0  # the newest that was seen, and the first
        self._volume = 0.0  # of the day, before that second

    def see(self, price: float, traded: float, volume: float, oi: float) -> None:
        if not (price > 0 and traded > 0):
            return
        second = int(traded) // 1000
        total, held = (number if number == number else 0.0 for number in (volume, oi))
        if second > self._second:
            first, self._second = self._second == 0, second
            if first:
                self._volume, self.begun = total, second
                return
            self._begin(second, price)
        elif second < self._second:
            return
        elif second == self.begun:  # still in the second that is left out
            self._volume = total
            return
        bar = self._bars[self._count - 1]
        bar["high"], bar["low"] = max(bar["high"], price), min(bar["low"], price)
        bar["close"], bar["oi"] = price, held
        gained = total - self._volume
        if gained > 0:
            bar["volume"] += gained
        self._volume = total

    def _begin(self, second: int, price: float) -> None:
        if self._count == len(self._bars):
            self._make_room()
        bar = self._bars[self._count]
        bar["time"] = second
        for name in ("open", "high", "low", "close"):
            bar[name] = price
        bar["volume"] = 0.0
        self._count += 1

    def _make_room(self) -> None:
        if self._count >= MOST:
            self._bars = np.roll(self._bars, -self._count // 4)
            self._count -= self._count // 4
        else:
            self._bars = np.concatenate([self._bars, np.zeros(self._count, _BAR)])

    def candles(self, since: float) -> Candles:
        bars = self._bars[: self._count]
        bars = bars[np.searchsorted(bars["time"], since) :]
        return Candles(
            time=bars["time"].copy(),
            **{name: bars[name].copy() for name in ("open", "high", "low", "close")},
            volume=bars["volume"].astype(np.int64),
            open_interest=bars["oi"].astype(np.int64),
        )
