"""What a price can be: the rules a message must pass to replace what is known of a key."""

from collections.abc import Sequence
from math import inf, isfinite, nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.state.market import FIRST_ROWS, Col, MarketState
from core.state.session import Phase, SessionState

FIRST: Final = 1e-4  # no price is below, in rupees
LAST: Final = 2e9  # no price is above
MOST: Final = 1e15  # no quantity is above
LEAST_IV: Final = 1e-4
MOST_IV: Final = 100.0
CELL: Final = Col.VEGA + 1  # columns LTP … VEGA
YEAR_2000: Final = 946_684_800_000
YEAR_2100: Final = 4_102_444_800_000
CASH: Final = ("NSE_EQ|", "BSE_EQ|", "NSE_INDEX|", "BSE_INDEX|")
CASH_STEP: Final = 2.0
"""A share or an index below half or above twice its previous close is a mistake, not a market."""
OLD: Final = 60_000.0
"""Milliseconds after which the last value says nothing about the next."""
BELIEVED_AFTER: Final = 5_000.0
"""Milliseconds for which an absurd jump must be repeated to be believed."""


class Sanity:
    """`low` and `high` per row: between them a price is neither forbidden nor an absurd jump."""

    def __init__(self, market: MarketState, session: SessionState) -> None:
        self._market, self._session = market, session
        self.low: NDArray[np.float64] = np.zeros(FIRST_ROWS)
        self.high: NDArray[np.float64] = np.zeros(FIRST_ROWS)
        self._bounds: dict[int, tuple[float, float]] = {}
        self._doubted: dict[int, tuple[float, float]] = {}

    def admit(self, row: int) -> None:
        """Make room; until its first price nothing lies between a row's low and high."""
        while row >= len(self.low):
            self.low = np.concatenate([self.low, np.zeros_like(self.low)])
            self.high = np.concatenate([self.high, np.zeros_like(self.high)])

    def usual(self, rows: Sequence[int], values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which cells are as an option's usually are; the others need a careful look."""
        ltp, ltt, ltq, close, bid, bid_qty, ask, ask_qty, volume, oi, iv, *greeks = values.T[:CELL]
        low, high = self.low[rows], self.high[rows]
        quantities = np.maximum(np.maximum(bid_qty, ask_qty), np.maximum(volume, ltq))
        good: NDArray[np.bool_] = (
            (low < ltp)
            & (ltp < high)
            & (low < bid)
            & (bid <= ask)
            & (ask < high)
            & (np.minimum(bid_qty, ask_qty) > 0)
            & (quantities < MOST)
            & (ltt > YEAR_2000)
            & (ltt < YEAR_2100)
            & (close >= FIRST)
            & (close < LAST)
            & (oi >= 0)
            & (oi < MOST)
            & (iv >= LEAST_IV)
            & (iv < MOST_IV)
            & (np.abs(sum(greeks)) < MOST)
        )
        return good

    def bound(self, row: int, low: float, high: float) -> None:
        self._bounds[row] = (low, high)
        self.low[row] = self.high[row] = 0.0

    def forget(self) -> None:
        """After a gap, prices may be anywhere."""
        self.low[:] = self.high[:] = 0.0
        self._doubted.clear()

    def checked(self, row: int, raw: Sequence[float], received: float) -> tuple[float, ...] | None:
        """The cell's values with nan for what the broker does not know; None if they cannot be.

        `raw` is in the order of `Col`, from LTP to OI, IV and greeks; 0 where nothing was sent.
        """
        ltp, ltt, ltq, close, bid, bid_qty, ask, ask_qty, volume, oi, iv, *greeks = raw
        for price in (ltp, close, bid, ask):
            if price != 0.0 and not FIRST <= price < LAST:
                return None
        for quantity in (ltq, bid_qty, ask_qty, volume, oi):
            if not 0.0 <= quantity < MOST:
                return None
        if ltt and not YEAR_2000 < ltt < YEAR_2100:
            return None
        bid, ask = bid if bid_qty else nan, ask if ask_qty else nan
        bid, ask = bid or nan, ask or nan
        if bid > ask and not self._auction(row):
            return None
        if not ltp:
            if ltt or self._known(row):
                return None
            ltp = nan  # never traded
        elif not self._believed(row, ltp, close, received) or not self._inside(row, bid, ask):
            return None
        solved = LEAST_IV <= iv < MOST_IV
        if not solved and not any(greeks):
            greeks = [nan] * 4  # the broker's zeros for what it has not solved
        return (
            ltp,
            ltt or nan,
            ltq,
            close or nan,
            bid,
            bid_qty,
            ask,
            ask_qty,
            volume,
            oi,
            iv if solved else nan,
            *(g if abs(g) < MOST else nan for g in greeks),
        )

    def _auction(self, row: int) -> bool:
        """In an auction orders cross, and rightly so."""
        phase = self._session.phase
        return phase is Phase.PRE_OPEN or (phase is Phase.CLOSING_AUCTION and self._is_cash(row))

    def _is_cash(self, row: int) -> bool:
        return self._market.key(row).startswith(CASH)

    def _known(self, row: int) -> bool:
        return isfinite(self._market.values[row, Col.LTP])

    def _inside(self, row: int, bid: float, ask: float) -> bool:
        """The book lies within the bounds; an absent side is always inside."""
        low, high = self._bounds.get(row, (0.0, inf))
        return not (bid > high or ask > high or bid < low or ask < low)

    def _believed(self, row: int, ltp: float, close: float, received: float) -> bool:
        """A price within its bounds, near the close (cash) and the last price, or insisted on."""
        low, high = self._bounds.get(row, (0.0, inf))
        if close and self._is_cash(row):
            low, high = max(low, close / CASH_STEP), min(high, close * CASH_STEP)
        if not low <= ltp <= high:
            return False
        values = self._market.values[row]
        last, heard = values[Col.LTP], values[Col.RECEIVED]
        near = jump_window(last) if received - heard < OLD else (0.0, inf)
        if not (
            near[0] <= ltp <= near[1] or self.high[row] == 0.0 or self._insisted(row, ltp, received)
        ):
            return False
        self._doubted.pop(row, None)
        near = jump_window(ltp)
        self.low[row], self.high[row] = max(low, near[0], FIRST), min(high, near[1])
        return True

    def _insisted(self, row: int, ltp: float, received: float) -> bool:
        """The same absurd price, for long enough that it must be the market's."""
        doubted, since = self._doubted.get(row, (nan, received))
        low, high = jump_window(doubted)
        if not low <= ltp <= high:
            self._doubted[row] = (ltp, received)
            return False
        return received - since >= BELIEVED_AFTER


def jump_window(last: float) -> tuple[float, float]:
    """Where the next price may be within a minute: to thrice and 300, or a third less 100."""
    return (last / 3 - 100.0, 3 * last + 300.0)
