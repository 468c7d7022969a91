"""The desk as a strategy sees it live: what was true at one moment, and a list for what it wants.

It holds no door to anything: strategies run beside the event loop, and what they ask for is carried
out after their event is over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import nan
from typing import Final

from core.clock import IST
from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.strategies.asking import Ask
from core.strategies.chain_view import ExpiryView
from core.strategies.strategy import Held

ChainName = tuple[str, date]
MOST: Final = 200
"""Orders that one event may ask for: more is a strategy that has lost its head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The one that has just closed; of a minute of chains only the underlying's `close`."""

    open: float = nan
    high: float = nan
    low: float = nan
    close: float = nan
    volume: float = nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Everything that a strategy may know at one event. `chains` are nearest first by symbol."""

    now: datetime
    closes_at: datetime
    key: InstrumentKey
    symbol: str
    bar: Bar
    held: tuple[Held, ...]
    pnl: float
    chains: Mapping[str, Sequence[ExpiryView]]
    lot: int = 1
    waiting: int = 0
    """Units of the own instrument that market orders under way will bring, below 0 sold."""


@dataclass(slots=True)
class Numbers:
    """Counts a run's orders."""

    last: int = 0

    def next(self) -> int:
        self.last += 1
        return self.last


@dataclass(slots=True)
class LiveContext:
    """Fills the `Context` of the contract."""

    _moment: Moment
    _numbers: Numbers
    asked: list[Ask | int] = field(default_factory=list)
    """Orders, and numbers of orders to be cancelled, in turn."""
    notes: list[str] = field(default_factory=list)

    open: float = field(init=False)
    high: float = field(init=False)
    low: float = field(init=False)
    close: float = field(init=False)
    volume: float = field(init=False)
    units: int = field(init=False)
    lot: int = field(init=False)

    def __post_init__(self) -> None:
        bar, key = self._moment.bar, self._moment.key
        self.open, self.high, self.low = bar.open, bar.high, bar.low
        self.close, self.volume = bar.close, bar.volume
        self.lot = self._moment.lot
        self.units = sum(each.units for each in self._moment.held if each.key == key)

    @property
    def now(self) -> datetime:
        return self._moment.now.astimezone(IST)

    @property
    def day(self) -> date:
        return self.now.date()

    @property
    def closes_at(self) -> datetime:
        return self._moment.closes_at

    @property
    def held(self) -> Sequence[Held]:
        return self._moment.held

    @property
    def pnl(self) -> float:
        return self._moment.pnl

    def chain(self, expiry: int | date = 0, symbol: str = "") -> ExpiryView:
        views = self._moment.chains.get(symbol or self._moment.symbol, ())
        found: Sequence[ExpiryView]
        if isinstance(expiry, int):
            found = views[expiry : expiry + 1]
        else:
            found = [each for each in views if each.expiry == expiry]
        if not found:
            raise RuleBroken(f"the chain {symbol or self._moment.symbol} {expiry} is not known now")
        return found[0]

    def buy(self, units: int, *, limit: float | None = None, stop: float | None = None) -> int:
        return self.order(self._moment.key, units, limit=limit, stop=stop)

    def sell(self, units: int, *, limit: float | None = None, stop: float | None = None) -> int:
        return self.order(self._moment.key, -units, limit=limit, stop=stop)

    def target(self, units: int) -> int:
        key = self._moment.key
        asked = sum(i.units for i in self._orders() if i.key == key and is_market(i))
        more = units - self.units - self._moment.waiting - asked
        return self.order(self._moment.key, more) if more else 0

    def order(
        self,
        key: InstrumentKey,
        units: int,
        *,
        limit: float | None = None,
        stop: float | None = None,
        tag: str = "",
    ) -> int:
        if not units:
            raise RuleBroken("an order of 0 units says nothing")
        if len(self.asked) >= MOST:
            raise RuleBroken(f"more than {MOST} orders at one moment")
        number = self._numbers.next()
        self.asked.append(Ask(number=number, key=key, units=units, limit=limit, stop=stop, tag=tag))
        return number

    def cancel(self, order: int) -> None:
        self.asked.append(order)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def _orders(self) -> list[Ask]:
        return [each for each in self.asked if isinstance(each, Ask)]


def is_market(ask: Ask) -> bool:
    return ask.limit is None and ask.stop is None
