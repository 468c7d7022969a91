"""What the feed's rows show, as the paper account wants it: levels, trades, last prices."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.ids import InstrumentKey
from core.paper.account import PaperAccount
from core.paper.matching import Level
from core.ports.feed import FeedMode
from core.ports.paper import Bands
from core.services.subscriptions import Subscriptions
from core.state.market import Col, MarketState

OWNER: Final = "paper account"
DEPTH_WITHIN: Final = 2.0
"""Seconds after subscribing in which a book without depth is not believed: it is on its way."""


Levels = tuple[Sequence[Level], Sequence[Level]]
Assume = Callable[[InstrumentKey, NDArray[np.float64]], Levels]
"""What to take for the book (bids, asks) of a row, where no sizes were recorded."""


@dataclass(slots=True)
class _Last:
    """Of one contract: what its last trade and volume were."""

    at: float
    volume: float


class PaperPrices:
    """Holds a subscription of what the account wants, and hands it what changes.

    Of several trades within one frame only the last is told, with its own units. `assume` is for
    markets that were recorded without sizes: there all that was traded since is told at the last
    price, and at the least one unit.
    """

    def __init__(
        self, market: MarketState, subscriptions: Subscriptions, assume: Assume | None = None
    ) -> None:
        self._market, self._subscriptions, self._assume = market, subscriptions, assume
        self.bands: Bands = {}
        """The day's price limits, rupees, as far as they are known."""
        self._rows: dict[int, tuple[InstrumentKey, bool]] = {}
        self._last: dict[int, _Last] = {}
        self._since: dict[int, datetime] = {}

    def want(self, keys: Mapping[InstrumentKey, bool], now: datetime) -> list[InstrumentKey]:
        """Hear of these; True = its book too. Returns those that are not heard any more."""
        rows = {self._market.row(key): (key, book) for key, book in keys.items()}
        for row in rows.keys() - self._rows.keys():
            self._market.watch_depth(row)
            self._since[row] = now
        gone = self._rows.keys() - rows.keys()
        for row in gone:
            self._market.leave_depth(row)
            self._last.pop(row, None)
        left = [self._rows[row][0] for row in gone]
        self._rows = rows
        modes = {key: FeedMode.FULL if book else FeedMode.LTPC for key, book in keys.items()}
        self._subscriptions.hold(OWNER, modes)
        return left

    def give(self, rows: Iterable[int], account: PaperAccount, now: datetime) -> None:
        """Tell the account what these rows show."""
        for row in rows:
            if row in self._rows:
                key, book = self._rows[row]
                self._give(row, key, account, now, book=book)

    def give_all(self, account: PaperAccount, now: datetime, oldest: datetime) -> None:
        """Tell it of all that was heard since `oldest`."""
        fresh = oldest.timestamp() * 1000
        self.give(
            [row for row in self._rows if self._market.values[row, Col.RECEIVED] >= fresh],
            account,
            now,
        )

    def _give(
        self, row: int, key: InstrumentKey, account: PaperAccount, now: datetime, *, book: bool
    ) -> None:
        v = self._market.values[row]
        last = price(v[Col.LTP])
        account.exchange.saw(
            key, now, last=last, traded=bool(v[Col.VOLUME] > 0), band=self._band(key)
        )
        if not book:
            return
        bids, asks = self._levels(row, now) if self._assume is None else self._assume(key, v)
        if bids or asks or self._assume is not None:
            account.quote(key, bids, asks, now)
        had = self._last.get(row)
        self._last[row] = _Last(float(v[Col.LTT]), float(v[Col.VOLUME]))
        if had is None or last is None:
            return
        grown = v[Col.VOLUME] - had.volume
        units = v[Col.LTQ] if self._assume is None else grown if grown > 0 else 1
        if (v[Col.LTT] > had.at or grown > 0) and units > 0:
            account.trade(key, last, int(units), now)

    def _levels(self, row: int, now: datetime) -> Levels:
        """The depth where there is one, else the best price of each side."""
        v, depth = self._market.values[row], self._market.depth.get(row)
        if depth:
            sides = (
                [(each.bid, each.bid_quantity) for each in depth],
                [(each.ask, each.ask_quantity) for each in depth],
            )
        elif (now - self._since[row]).total_seconds() < DEPTH_WITHIN:
            return [], []
        else:
            sides = ([(v[Col.BID], v[Col.BID_QTY])], [(v[Col.ASK], v[Col.ASK_QTY])])
        bids, asks = ([_level(p, q) for p, q in side if p > 0 and q > 0] for side in sides)
        return bids, asks

    def _band(self, key: InstrumentKey) -> tuple[Decimal, Decimal] | None:
        found = self.bands.get(key)
        low, high = (price(found[0]), price(found[1])) if found else (None, None)
        return (low, high) if low is not None and high is not None else None


def price(value: float) -> Decimal | None:
    """Rupees; None where nothing is known."""
    return Decimal(str(round(float(value), 4))) if value > 0 else None


def _level(at: float, units: float) -> Level:
    return Decimal(str(round(float(at), 4))), int(units)
