"""Matching of the paper account's orders, contract by contract; what it assumes, in words.

An incoming order takes the shown levels at their prices, once: what one order has taken is gone for
the next until the market quotes anew. What is left rests and trades at its own price: when a quote
of the other side reaches it, for what is shown there at that price or better; or when others trade
through its price, for the units of that trade. A trade at its price fills nothing, since others may
stand before it. Better prices come first, then earlier orders. A stop waits for a trade at or
beyond its trigger, then comes in like any other, behind those that rest already. Before two orders
of this account would trade with each other, the one that rests is cancelled. Our orders never move
the market.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from core.errors import BadData
from core.ids import BrokerOrderId
from core.trading.requests import Side

Level = tuple[Decimal, int]
"""Rupees and units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """`limit` is the worst price; for a market order that of its protection.

    `worst` gives that of a stop at market, from the price of the trade that sets it off.
    """

    id: BrokerOrderId
    side: Side
    units: int
    limit: Decimal
    trigger: Decimal | None = None
    worst: Callable[[Decimal], Decimal] | None = None
    at_once: bool = False
    """What cannot be filled at once is cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    id: BrokerOrderId
    units: int
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Triggered:
    id: BrokerOrderId


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Cancelled by the exchange, with what was left of it."""

    id: BrokerOrderId
    reason: str


Event = Filled | Triggered | Ended


@dataclass(slots=True)
class _Working:
    order: Incoming
    left: int
    rank: int
    waits: bool

    @property
    def buys(self) -> bool:
        return self.order.side is Side.BUY

    def reached(self, price: Decimal) -> bool:
        """Whether a price of the other side is good enough."""
        return price <= self.order.limit if self.buys else price >= self.order.limit

    def passed(self, price: Decimal) -> bool:
        """Whether others traded beyond its limit."""
        return price < self.order.limit if self.buys else price > self.order.limit

    def set_off(self, price: Decimal) -> bool:
        trigger = self.order.trigger
        if not self.waits or trigger is None:
            return False
        return price >= trigger if self.buys else price <= trigger


@dataclass(slots=True)
class Matching:
    """One contract. Each call tells what happened, in order."""

    _orders: dict[BrokerOrderId, _Working] = field(default_factory=dict)
    _bids: list[Level] = field(default_factory=list)
    _asks: list[Level] = field(default_factory=list)
    _ranks: int = 0

    def working(self) -> list[BrokerOrderId]:
        return list(self._orders)

    def enter(self, order: Incoming) -> list[Event]:
        """A new order, or a modified one with what is left of it: it goes to the end of the row."""
        if order.units <= 0 or not order.limit.is_finite() or order.limit <= 0:
            raise BadData(f"order {order.id} of {order.units} units at {order.limit}")
        self._orders.pop(order.id, None)
        self._ranks += 1
        mine = _Working(order, order.units, self._ranks, order.trigger is not None)
        self._orders[order.id] = mine
        return [] if mine.waits else list(self._come_in(mine))

    def leave(self, id: BrokerOrderId) -> bool:
        """Cancel; False where it does not work here any more."""
        return self._orders.pop(id, None) is not None

    def reduce(self, id: BrokerOrderId, left: int) -> None:
        """Ask for less with the same terms: it keeps its place."""
        if (mine := self._orders.get(id)) is not None and 0 < left <= mine.left:
            mine.left = left

    def quote(self, bids: Sequence[Level], asks: Sequence[Level]) -> list[Event]:
        """The market quotes anew, best first; levels without price or units are no levels."""
        self._bids, self._asks = _shown(bids), _shown(asks)
        return [
            event
            for mine in self._ranked(lambda each: not each.waits)
            for event in self._meet(mine)
        ]

    def trade(self, price: Decimal, units: int) -> list[Event]:
        """Others traded: what it passed through is filled, what it set off comes in."""
        events: list[Event] = []
        for mine in self._ranked(lambda each: not each.waits and each.passed(price)):
            if taken := min(mine.left, units):
                units -= taken
                events.append(self._fill(mine, taken, mine.order.limit))
        for mine in self._ranked(lambda each: each.set_off(price)):
            if mine.order.id in self._orders:
                events += [Triggered(id=mine.order.id), *self._start(mine, price)]
        return events

    def _start(self, mine: _Working, price: Decimal) -> Iterator[Event]:
        """A stop that was set off comes in as if it were new."""
        self._ranks += 1
        mine.waits, mine.rank = False, self._ranks
        if mine.order.worst is not None:
            mine.order = replace(mine.order, limit=mine.order.worst(price))
        yield from self._come_in(mine)

    def _come_in(self, mine: _Working) -> Iterator[Event]:
        levels = self._asks if mine.buys else self._bids
        while mine.left and levels and mine.reached(levels[0][0]):
            price, shown = levels[0]
            yield from self._cross(mine, price)
            taken = min(mine.left, shown)
            levels[:1] = [(price, shown - taken)] if shown > taken else []
            yield self._fill(mine, taken, price)
        if mine.left:
            yield from self._cross(mine, mine.order.limit)
            if mine.order.at_once:
                del self._orders[mine.order.id]
                yield Ended(id=mine.order.id, reason="not filled at once")

    def _meet(self, mine: _Working) -> Iterator[Event]:
        levels = self._asks if mine.buys else self._bids
        while mine.left and levels and mine.reached(levels[0][0]):
            price, shown = levels[0]
            taken = min(mine.left, shown)
            levels[:1] = [(price, shown - taken)] if shown > taken else []
            yield self._fill(mine, taken, mine.order.limit)

    def _cross(self, mine: _Working, price: Decimal) -> Iterator[Event]:
        """Own orders of the other side that stand at this price or better."""

        def in_the_way(other: _Working) -> bool:
            if other.waits or other.buys is mine.buys:
                return False
            return other.order.limit <= price if mine.buys else other.order.limit >= price

        for other in self._ranked(in_the_way):
            del self._orders[other.order.id]
            yield Ended(id=other.order.id, reason="would trade with another order of this account")

    def _fill(self, mine: _Working, units: int, price: Decimal) -> Filled:
        mine.left -= units
        if not mine.left:
            del self._orders[mine.order.id]
        return Filled(id=mine.order.id, units=units, price=price)

    def _ranked(self, wanted: Callable[[_Working], bool]) -> list[_Working]:
        """Better prices first, then the earlier order."""
        found = [each for each in self._orders.values() if wanted(each)]
        return sorted(found, key=lambda e: (-e.order.limit if e.buys else e.order.limit, e.rank))


def _shown(levels: Sequence[Level]) -> list[Level]:
    return [(price, units) for price, units in levels if price > 0 and units > 0]
