"""The desk as a strategy sees it in a run over bars: now and before, and nothing else to ask."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from math import nan
from operator import index
from typing import Final

from core.backtest.ledger import Ledger
from core.backtest.matching import Ask, checked_price
from core.backtest.results import Note, OrderEnd
from core.clock import IST
from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.strategies.chain_view import ExpiryView
from core.strategies.strategy import Held

MOST_WAITING: Final = 1_000
"""Orders at one time: more is a strategy that has lost its head."""


class BarDesk:
    """Fills the `Context` of the contract. The engine writes the numbers of a bar when it is over.

    `at` is now, in epoch seconds; `shut` says why no order is taken, empty while they are;
    `inside` is set within a bar. `asked` has every order, `waiting` those that are not over.
    """

    __slots__ = (
        "_closes_of",
        "_key",
        "_ledger",
        "asked",
        "at",
        "close",
        "high",
        "inside",
        "lot",
        "low",
        "notes",
        "open",
        "shut",
        "units",
        "volume",
        "waiting",
    )

    def __init__(
        self, key: InstrumentKey, closes_of: Callable[[date], datetime], ledger: Ledger
    ) -> None:
        self.open = self.high = self.low = self.close = self.volume = nan
        self.units, self.lot, self.at = 0, 1, 0
        self.shut, self.inside = "", False
        self.asked: list[Ask] = []
        self.waiting: list[Ask] = []
        self.notes: list[Note] = []
        self._key, self._closes_of, self._ledger = key, closes_of, ledger

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC).astimezone(IST)

    @property
    def day(self) -> date:
        return self.now.date()

    @property
    def closes_at(self) -> datetime:
        return self._closes_of(self.day)

    @property
    def held(self) -> Sequence[Held]:
        return self._ledger.rounds().held

    @property
    def pnl(self) -> float:
        return self._ledger.rounds().cash + (self.units * self.close if self.units else 0.0)

    def chain(self, expiry: int | date = 0, symbol: str = "") -> ExpiryView:
        raise RuleBroken("A run over bars knows no chains: run it over days of options.")

    def buy(self, units: int, *, limit: float | None = None, stop: float | None = None) -> int:
        return self._ask(_positive(units), limit, stop, "")

    def sell(self, units: int, *, limit: float | None = None, stop: float | None = None) -> int:
        return self._ask(-_positive(units), limit, stop, "")

    def target(self, units: int) -> int:
        coming = 0
        for order in self.waiting:
            if order.is_market:
                coming += order.units
        missing = units - self.units - coming
        return self._ask(missing, None, None, "") if missing else 0

    def order(
        self,
        key: InstrumentKey,
        units: int,
        *,
        limit: float | None = None,
        stop: float | None = None,
        tag: str = "",
    ) -> int:
        if key != self._key:
            raise RuleBroken(f"A run over the bars of {self._key} cannot trade {key}.")
        return self._ask(units, limit, stop, tag)

    def cancel(self, order: int) -> None:
        for each in self.waiting:
            if each.number == order:
                self.end(each, OrderEnd.CANCELLED)
                return

    def note(self, text: str) -> None:
        self.notes.append(Note(self.at, str(text)))

    def end(self, order: Ask, end: OrderEnd, words: str = "") -> None:
        """Take an order off, and say what became of it."""
        self.waiting.remove(order)
        order.end, order.ended_at, order.words = end, self.at, words

    def _ask(self, units: int, limit: float | None, stop: float | None, tag: str) -> int:
        order = Ask(
            len(self.asked) + 1,
            units if type(units) is int and units else _whole(units),
            nan if limit is None else checked_price(limit, "limit"),
            nan if stop is None else checked_price(stop, "stop"),
            self.at,
            tag,
        )
        self.asked.append(order)
        if self.shut:
            order.end, order.ended_at, order.words = OrderEnd.REFUSED, self.at, self.shut
            return order.number
        if len(self.waiting) >= MOST_WAITING:
            raise RuleBroken(f"more than {MOST_WAITING} orders wait at one time")
        order.inside = self.inside
        self.waiting.append(order)
        return order.number


def _whole(units: int) -> int:
    try:
        found = index(units)
    except TypeError as problem:
        raise RuleBroken(f"an order of {units!r} units: it takes a whole number") from problem
    if not found:
        raise RuleBroken("an order of 0 units says nothing")
    return found


def _positive(units: int) -> int:
    if not units > 0:
        raise RuleBroken(f"{units!r} units cannot be bought or sold: it takes more than 0")
    return units
