"""The desk as a strategy sees it in a run over recorded chains: this minute, and what it holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import nan
from typing import Final

from core.backtest.results import Note
from core.clock import IST
from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.strategies.asking import Ask
from core.strategies.chain_view import ExpiryView
from core.strategies.strategy import Formula, Held, Line

MOST: Final = 200
"""Orders that one event may ask for: more is a strategy that has lost its head."""

ChainOf = Callable[[str, int | date], ExpiryView]


@dataclass(slots=True)
class OptionSetup:
    """Fills the `Setup` of the contract; `wanted` are numbers of expiries by symbol."""

    symbol: str
    wanted: dict[str, int] = field(default_factory=dict)

    def line(self, indicator: str, output: str = "", **parameters: float) -> Line:
        raise RuleBroken("A run over days of options has no bars, so it has no lines.")

    def own_line(self, formula: Formula) -> Line:
        raise RuleBroken("A run over days of options has no bars, so it has no lines.")

    def chains(self, symbol: str = "", expiries: int = 1) -> None:
        if not expiries >= 1:
            raise RuleBroken(f"{expiries} expiries cannot be asked for")
        name = symbol or self.symbol
        self.wanted[name] = max(expiries, self.wanted.get(name, 0))


class OptionDesk:
    """Fills the `Context` of the contract; the engine moves it from minute to minute.

    What is asked for is carried out when the event is over. `close` is the underlying at the
    minute's end; of what was between two minutes nothing is known.
    """

    units = 0
    lot = 1
    open = high = low = volume = nan

    def __init__(
        self, symbol: str, chain_of: ChainOf, held: Callable[[], Sequence[Held]],
        pnl: Callable[[], float],
    ) -> None:  # fmt: skip
        self.close = nan
        self._symbol, self._chain_of, self._held, self._pnl = symbol, chain_of, held, pnl
        self._now = self._closes_at = datetime.fromtimestamp(0, IST)
        self._number = 0
        self.asked: list[Ask | int] = []
        """Orders, and numbers of orders to be cancelled, in turn."""
        self.notes: list[Note] = []

    def move(self, now: datetime, closes_at: datetime, spot: float) -> None:
        self._now, self._closes_at, self.close = now.astimezone(IST), closes_at, spot

    @property
    def now(self) -> datetime:
        return self._now

    @property
    def day(self) -> date:
        return self._now.date()

    @property
    def closes_at(self) -> datetime:
        return self._closes_at

    @property
    def held(self) -> Sequence[Held]:
        return self._held()

    @property
    def pnl(self) -> float:
        return self._pnl()

    def chain(self, expiry: int | date = 0, symbol: str = "") -> ExpiryView:
        return self._chain_of(symbol or self._symbol, expiry)

    def buy(self, units: int, *, limit: float | None = None, stop: float | None = None) -> int:
        raise self._no_own()

    def sell(self, units: int, *, limit: float | None = None, stop: float | None = None) -> int:
        raise self._no_own()

    def target(self, units: int) -> int:
        raise self._no_own()

    def order(
        self,
        key: InstrumentKey,
        units: int,
        *,
        limit: float | None = None,
        stop: float | None = None,
        tag: str = "",
    ) -> int:
        if not isinstance(units, int) or not units:
            raise RuleBroken(f"an order of {units!r} units: it takes a whole number, not 0")
        if len(self.asked) >= MOST:
            raise RuleBroken(f"more than {MOST} orders at one moment")
        self._number += 1
        self.asked.append(
            Ask(number=self._number, key=key, units=units, limit=limit, stop=stop, tag=tag)
        )
        return self._number

    def cancel(self, order: int) -> None:
        self.asked.append(order)

    def note(self, text: str) -> None:
        self.notes.append(Note(int(self._now.timestamp()), str(text)))

    def take(self) -> list[Ask | int]:
        """What was asked for since this was last called."""
        asked, self.asked = self.asked, []
        return asked

    def _no_own(self) -> RuleBroken:
        return RuleBroken(
            f"{self._symbol} itself is not traded here: order its options by their keys."
        )
