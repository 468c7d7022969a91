"""The order book as one visit sees it: today's from the state, earlier days' from the disk."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from core.clock import IST, Clock
from core.ids import InstrumentKey, OrderId
from core.instruments.instrument import Instrument
from core.ports.repositories import InstrumentRepository
from core.services.trading import Trading
from core.trading.fills import Fill, in_order
from core.trading.orders import Order

RANGES: Final = {"1": "Today", "2": "2 days", "7": "A week", "31": "A month", "92": "3 months"}
"""Days back, today among them."""


class Book:
    """`look` takes in what the state has; `load` reads the earlier days that are wanted."""

    def __init__(self, trading: Trading, instruments: InstrumentRepository, clock: Clock) -> None:
        self._trading, self._instruments, self._clock = trading, instruments, clock
        self._earlier: dict[OrderId, Order] = {}
        self._earlier_fills: list[Fill] = []
        self._asked: set[InstrumentKey] = set()
        self._seen: tuple[int, date] | None = None
        self.version = 0
        """Grows whenever anything of it may differ."""
        self.orders: dict[OrderId, Order] = {}
        self.listed: dict[InstrumentKey, Instrument] = {}

    @property
    def today(self) -> date:
        return self._clock.now().astimezone(IST).date()

    @property
    def fills(self) -> list[Fill]:
        """Each once, the oldest first."""
        return in_order([*self._earlier_fills, *self._trading.state.ledger.fills])

    def look(self) -> int:
        """Take in what the state has; returns `version`."""
        seen = self._trading.state.revision, self.today
        if seen != self._seen:
            self._seen = seen
            self.orders = {**self._earlier, **self._trading.state.orders}
            self.version += 1
        return self.version

    async def load(self, days: int) -> None:
        """Read the days before today; raises what the disk's reads raise."""
        midnight = midnight_of(self.today)
        first = midnight - timedelta(days=days - 1)
        if first < midnight:
            orders = await self._trading.orders.between(first, midnight)
            self._earlier_fills = await self._trading.fills.between(first, midnight)
        else:
            orders, self._earlier_fills = [], []
        self._earlier = {order.id: order for order in orders}
        self._seen = None

    def unnamed(self) -> set[InstrumentKey]:
        """Contracts whose names were not asked for yet."""
        keys = {order.request.key for order in self.orders.values()}
        return (keys | {fill.key for fill in self.fills}) - self._asked

    async def name(self, keys: Iterable[InstrumentKey]) -> None:
        wanted = list(keys)
        self._asked |= set(wanted)
        self.listed |= await self._instruments.get_many(wanted)
        self.version += 1

    def underlyings(self) -> Mapping[str, str]:
        """Those that the orders are on, to choose from."""
        found = {i.underlying_symbol or i.symbol for i in self.listed.values()}
        return {symbol: symbol for symbol in sorted(found)}


def midnight_of(day: date) -> datetime:
    return datetime.combine(day, time(), IST)
