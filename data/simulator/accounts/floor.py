"""The floor: working orders meet the market's book, event by event, in price-time order.

An incoming order takes what the thirty shown levels hold, at their prices, once: what one order has
taken is gone for the next until the market quotes anew. What is left rests, and trades at its own
price when a new quote of the other side reaches it, for what that quote shows at that price or
better; or when the market trades through its price, for the units that are shown of that trade. Of
resting orders the better price comes first, then the earlier one. Before two orders of this account
would trade with each other, the one that rests is cancelled.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from data.simulator.accounts.orders import Order
from data.simulator.market import Market

Ints = NDArray[np.int64]

LEVELS: Final = 30
AHEAD_MS: Final = 10_000
"""So far ahead the market's events are looked up, once."""
MOST_MS: Final = 1_800_000
FOREVER: Final = 1 << 62


@dataclass(slots=True, kw_only=True, eq=False)
class Alarm:
    """Rings when a trade's price (paise) is at or beyond `level`; `up` from below."""

    key: str
    up: bool
    level: int
    rule: object


class Broker(Protocol):
    """Who is told what happens on the floor."""

    def filled(self, order: Order, quantity: int, paise: int, at: int) -> None: ...
    def triggered(self, order: Order, paise: int, at: int) -> None: ...
    def crossed(self, order: Order, at: int) -> None: ...
    def rang(self, alarm: Alarm, paise: int, at: int) -> None: ...


@dataclass(slots=True)
class _Line:
    """One contract's coming events up to `end`, in paise; `due` is the next one that matters."""

    cursor: int
    end: int
    tops_at: Ints
    bid: Ints
    ask: Ints
    prints_at: Ints
    price: Ints
    shown: Ints
    due: int | None = None
    stale: bool = True


@dataclass(slots=True)
class _Depth:
    """The book since the newest quote, less what was taken: [paise, units] by level."""

    slot: int
    bids: list[list[int]] = field(default_factory=list)
    asks: list[list[int]] = field(default_factory=list)


class Floor:
    """Continuous trading of one session; orders are entered, and events run, in order of time."""

    def __init__(self, market: Market, broker: Broker) -> None:
        self._market, self._broker = market, broker
        self._orders: dict[str, list[Order]] = {}
        self._alarms: dict[str, list[Alarm]] = {}
        self._lines: dict[str, _Line] = {}
        self._depths: dict[str, _Depth] = {}
        self._session: tuple[int, int] | None = None
        self._ranks = 0

    def open(self, now: int, closes: int) -> None:
        self._session = (now, closes)
        self._lines.clear()
        self._depths.clear()

    def close(self) -> None:
        self._session = None
        self._lines.clear()

    def working(self, key: str | None = None) -> list[Order]:
        if key is not None:
            return list(self._orders.get(key, ()))
        return [order for orders in self._orders.values() for order in orders]

    def enter(self, order: Order, now: int) -> None:
        """Match what can be matched; the rest works on, unless it may not."""
        order.rank = self._ranks = self._ranks + 1
        if not order.waits:
            self._take(order, now)
        if order.left and not order.final:
            self._orders.setdefault(order.key, []).append(order)
            self._touch(order.key, now)

    def leave(self, order: Order) -> None:
        orders = self._orders.get(order.key, [])
        if order in orders:
            orders.remove(order)
            self._changed(order.key)

    def set(self, alarm: Alarm, now: int) -> None:
        self._alarms.setdefault(alarm.key, []).append(alarm)
        self._touch(alarm.key, now)

    def unset(self, rule: object) -> None:
        for key, alarms in self._alarms.items():
            self._alarms[key] = [alarm for alarm in alarms if alarm.rule is not rule]
            self._changed(key)

    # Events

    def due(self, until: int) -> tuple[int, str] | None:
        """The next event up to `until` that concerns somebody, and its contract."""
        if self._session is None:
            return None
        until = min(until, self._session[1] - 1)
        keys = [k for k in self._lines if self._orders.get(k) or self._alarms.get(k)]
        found = [(at, key) for key in keys if (at := self._next(key, until)) is not None]
        return min(found, default=None)

    def run(self, key: str, at: int) -> None:
        """The events of one contract at one moment: first its quote, then its trades."""
        line = self._lines[key]
        line.cursor, line.stale = at, True
        if np.searchsorted(line.tops_at, at, "right") > np.searchsorted(line.tops_at, at, "left"):
            for order in self._ranked(key):
                if not order.waits:
                    self._meet(order, at)
        first, last = np.searchsorted(line.prints_at, [at, at + 1])
        for i in range(int(first), int(last)):
            self._print(key, int(line.price[i]), int(line.shown[i]), at)

    def _next(self, key: str, until: int) -> int | None:
        line = self._lines[key]
        while True:
            if line.stale:
                line.due, line.stale = self._search(key, line), False
            if line.due is not None:
                return line.due if line.due <= until else None
            if line.end >= until:
                return None
            self._extend(key, line, until)

    def _extend(self, key: str, line: _Line, until: int) -> None:
        """Look up the events after the line's end; nothing before it concerned anybody."""
        assert self._session is not None
        start = line.end
        ahead = max(AHEAD_MS, min(until - start, MOST_MS))
        end = min(start + ahead, self._session[1] - 1)
        tops = self._market.tops(key, start, end)
        prints = self._market.prints(key, start, end)
        line.cursor, line.end, line.stale = max(line.cursor, start), end, True
        line.tops_at, line.bid, line.ask = tops.at, _paise(tops.bid), _paise(tops.ask)
        line.prints_at, line.price, line.shown = prints.at, _paise(prints.price), prints.quantity

    def _search(self, key: str, line: _Line) -> int | None:
        """The first event after the cursor that concerns an order or an alarm."""
        live = [o for o in self._orders.get(key, ()) if not o.waits]
        waiting = [o for o in self._orders.get(key, ()) if o.waits]
        buys = max((o.limit for o in live if o.ask.buy), default=0)
        sells = min((o.limit for o in live if not o.ask.buy), default=FOREVER)
        above = [_trigger(o) for o in waiting if o.ask.buy]
        below = [_trigger(o) for o in waiting if not o.ask.buy]
        above += [alarm.level for alarm in self._alarms.get(key, ()) if alarm.up]
        below += [alarm.level for alarm in self._alarms.get(key, ()) if not alarm.up]
        high, low = min([*above, sells + 1]), max([*below, buys - 1])
        i = int(np.searchsorted(line.tops_at, line.cursor, "right"))
        reached = ((line.ask[i:] <= buys) & (line.ask[i:] > 0)) | (line.bid[i:] >= sells)
        j = int(np.searchsorted(line.prints_at, line.cursor, "right"))
        hit = (line.price[j:] >= high) | (line.price[j:] <= low)
        moments = [
            int(at[start:][np.argmax(mask)])
            for at, start, mask in ((line.tops_at, i, reached), (line.prints_at, j, hit))
            if mask.any()
        ]
        return min(moments, default=None)

    def _touch(self, key: str, now: int) -> None:
        line = self._lines.get(key)
        if line is None and self._session is not None:
            start = max(now, self._session[0] - 1)
            none = np.empty(0, np.int64)
            self._lines[key] = _Line(start, start, none, none, none, none, none, none)
        elif line is not None:
            line.cursor, line.stale = max(line.cursor, now), True

    def _changed(self, key: str) -> None:
        if key in self._lines:
            self._lines[key].stale = True

    # Matching

    def _ranked(self, key: str) -> list[Order]:
        """Better prices first, then the earlier order."""
        orders = self._orders.get(key, ())
        return sorted(orders, key=lambda o: (-o.limit if o.ask.buy else o.limit, o.rank))

    def _take(self, order: Order, now: int) -> None:
        """An incoming order takes the shown levels at their prices."""
        for level in self._levels(order, now):
            price, shown = level
            if not order.left or not _good(order, price):
                break
            self._cancel_own(order, price, now)
            if quantity := min(order.left, shown):
                level[1] -= quantity
                self._broker.filled(order, quantity, price, now)
        if order.left:
            self._cancel_own(order, order.limit, now)

    def _meet(self, order: Order, now: int) -> None:
        """A resting order meets a new quote of the other side, at its own price."""
        for level in self._levels(order, now):
            price, shown = level
            if not order.left or not _good(order, price):
                break
            if quantity := min(order.left, shown):
                level[1] -= quantity
                self._broker.filled(order, quantity, order.limit, now)
        self._settle(order)

    def _print(self, key: str, price: int, shown: int, now: int) -> None:
        """A trade of others: it fills what it passes through, triggers stops, rings alarms."""
        for order in self._ranked(key):
            if order.waits or not _through(order, price) or not shown:
                continue
            quantity = min(order.left, shown)
            shown -= quantity
            self._broker.filled(order, quantity, order.limit, now)
            self._settle(order)
        for order in self._ranked(key):
            if order.waits and _reached(order.ask.buy, _trigger(order), price):
                self.leave(order)
                order.waits = False
                self._broker.triggered(order, price, now)
        for alarm in list(self._alarms.get(key, ())):
            there = alarm in self._alarms.get(key, ())  # a ring may end other alarms
            if there and _reached(alarm.up, alarm.level, price):
                self._alarms[key].remove(alarm)
                self._broker.rang(alarm, price, now)

    def _settle(self, order: Order) -> None:
        if not order.left:
            self.leave(order)

    def _cancel_own(self, order: Order, price: int, now: int) -> None:
        """Orders of this account on the other side that this one would trade with up to `price`."""
        for other in self._ranked(order.key):
            if other.waits or other.ask.buy is order.ask.buy:
                continue
            if (other.limit <= price) if order.ask.buy else (other.limit >= price):
                self.leave(other)
                self._broker.crossed(other, now)

    def _levels(self, order: Order, now: int) -> Sequence[list[int]]:
        depth = self._depth(order.key, now)
        return depth.asks if order.ask.buy else depth.bids

    def _depth(self, key: str, now: int) -> _Depth:
        book = self._market.ladder(key, now, LEVELS)
        known = self._depths.get(key)
        if known is None or known.slot != book.slot:
            bids = _listed(_paise(book.bid), book.bid_qty)
            asks = _listed(_paise(book.ask), book.ask_qty)
            known = self._depths[key] = _Depth(book.slot, bids, asks)
        return known


def _paise(rupees: NDArray[np.float64]) -> Ints:
    return np.asarray(np.rint(rupees * 100).astype(np.int64))


def _listed(prices: Ints, quantities: Ints) -> list[list[int]]:
    return [[p, q] for p, q in zip(prices.tolist(), quantities.tolist(), strict=True) if p and q]


def _good(order: Order, price: int) -> bool:
    return price <= order.limit if order.ask.buy else price >= order.limit


def _through(order: Order, price: int) -> bool:
    return price < order.limit if order.ask.buy else price > order.limit


def _reached(up: bool, level: int, price: int) -> bool:
    return price >= level if up else price <= level


def _trigger(order: Order) -> int:
    return int(order.ask.trigger * 100)
