"""Market state: one row of numbers per instrument, the latest of everything that was heard.

The feed's decoder writes rows; screens, services and analytics read them as arrays. A `Tick` object
is made only for a listener that asks for one.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import IntEnum
from math import nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.ids import InstrumentKey
from core.instruments.tick import Auction, DepthLevel, Tick


class Col(IntEnum):
    """Columns of a row: prices in rupees, quantities in units, times in epoch milliseconds."""

    LTP = 0
    LTT = 1  # last trade, exchange time
    LTQ = 2
    CLOSE = 3  # previous session's close
    BID = 4
    BID_QTY = 5
    ASK = 6
    ASK_QTY = 7
    VOLUME = 8  # of the day
    OI = 9
    IV = 10  # the broker's, a fraction; nan where it says 0, its word for "not solved"
    DELTA = 11  # the broker's greeks
    THETA = 12
    GAMMA = 13
    VEGA = 14
    AVERAGE = 15  # average traded price of the day
    BUY_QTY = 16
    SELL_QTY = 17
    OPEN = 18  # of the day
    HIGH = 19
    LOW = 20
    EXCHANGE_TS = 21  # the frame's currentTs
    RECEIVED = 22  # our clock, when the frame came in
    QUARANTINED = 23  # our clock, when a message of this key was refused; nan once a good one came


WIDTH: Final = len(Col)
FIRST_ROWS: Final = 512


class MarketState:
    """Rows by key, and which of them changed when. Lives on the event loop's thread only."""

    def __init__(self) -> None:
        self._row: dict[InstrumentKey, int] = {}
        self._keys: list[InstrumentKey] = []
        self.values: NDArray[np.float64] = np.full((FIRST_ROWS, WIDTH), np.nan)
        self.changed: NDArray[np.int64] = np.zeros(FIRST_ROWS, dtype=np.int64)
        self.depth: dict[int, tuple[DepthLevel, ...]] = {}
        self.auctions: dict[int, Auction] = {}
        """By row, while the exchange tells of an auction of it."""
        self.depth_rows: set[int] = set()
        """Rows whose depth somebody looks at; the decoder skips the others' ladders."""
        self._depth_viewers: Counter[int] = Counter()
        self.revision = 0
        self.ticks = 0

    def row(self, key: InstrumentKey) -> int:
        """The row of `key`, made on first use; it never moves."""
        found = self._row.get(key)
        if found is None:
            found = self._row[key] = len(self._keys)
            self._keys.append(key)
            if found >= len(self.values):
                grown = np.full((2 * len(self.values), WIDTH), np.nan)
                grown[: len(self.values)] = self.values
                self.values = grown
                self.changed = np.concatenate([self.changed, np.zeros_like(self.changed)])
        return found

    def known(self, key: InstrumentKey) -> int | None:
        return self._row.get(key)

    def key(self, row: int) -> InstrumentKey:
        return self._keys[row]

    def begin_frame(self) -> int:
        """A new revision, under which the rows of one frame are written."""
        self.revision += 1
        return self.revision

    def write(self, row: int, values: Sequence[float]) -> None:
        """Replace a row whole; `values` has `WIDTH` numbers in the order of `Col`."""
        self.values[row] = values
        self.changed[row] = self.revision
        self.ticks += 1

    def write_some(self, row: int, columns: Sequence[int], values: Sequence[float]) -> None:
        """Replace a few columns of a row, and keep the rest."""
        self.values[row, columns] = values
        self.changed[row] = self.revision
        self.ticks += 1

    def write_block(self, rows: Sequence[int], first: Col, values: NDArray[np.float64]) -> None:
        """Replace columns from `first` on, as many as `values` has, of many rows at once."""
        self.values[rows, first : first + values.shape[1]] = values
        self.changed[rows] = self.revision
        self.ticks += len(rows)

    def quarantine(self, rows: Sequence[int], received: float) -> None:
        """Mark rows whose newest message was refused; their values stay."""
        self.values[rows, Col.QUARANTINED] = received
        self.changed[rows] = self.revision

    def get(self, key: InstrumentKey, col: Col) -> float:
        """One number, nan where nothing is known."""
        row = self._row.get(key)
        return nan if row is None else float(self.values[row, col])

    def read(self, rows: NDArray[np.int64], columns: Sequence[Col]) -> NDArray[np.float64]:
        """One array of the rows' shape per column; nan for absent (negative) rows."""
        seen = self.values[rows[..., None], columns]
        seen[rows < 0] = nan
        return np.moveaxis(seen, -1, 0)

    def changed_since(self, revision: int, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Mask over `rows`: those that changed after `revision`; absent (negative) ones did not."""
        return (self.changed[rows] > revision) & (rows >= 0)

    def age(self, key: InstrumentKey, now: datetime) -> float | None:
        """Seconds since anything was heard of `key`; None if nothing ever was."""
        received = self.get(key, Col.RECEIVED)
        return None if received != received else now.timestamp() - received / 1000

    def watch_depth(self, row: int) -> None:
        """One more viewer of the row's depth; ends with `leave_depth`."""
        self._depth_viewers[row] += 1
        self.depth_rows.add(row)

    def leave_depth(self, row: int) -> None:
        self._depth_viewers[row] -= 1
        if self._depth_viewers[row] <= 0:
            del self._depth_viewers[row]
            self.depth_rows.discard(row)
            self.depth.pop(row, None)  # else the next viewer would see it as if it were new

    def tick(self, row: int) -> Tick:
        v = self.values[row]
        at = v[Col.LTT]
        return Tick(
            key=self._keys[row],
            at=datetime.fromtimestamp(at / 1000, UTC) if at > 0 else None,
            received=datetime.fromtimestamp(v[Col.RECEIVED] / 1000, UTC),
            ltp=float(v[Col.LTP]),
            close=float(v[Col.CLOSE]),
            bid=float(v[Col.BID]),
            ask=float(v[Col.ASK]),
            volume=float(v[Col.VOLUME]),
            oi=float(v[Col.OI]),
            iv=float(v[Col.IV]),
        )

    def rows_of(self, keys: Iterable[InstrumentKey | None]) -> NDArray[np.int64]:
        """Rows of many keys; -1 where a key is None."""
        return np.array([-1 if k is None else self.row(k) for k in keys], dtype=np.int64)
