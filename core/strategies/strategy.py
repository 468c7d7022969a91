"""The contract of a strategy: what it may know, what it may ask for, and when it is called.

The same class runs in a backtest, in a replay, on paper and live: each of them hands it a `Context`
that knows the past and the present only, and carries out what the strategy asks of it. A strategy
never sees an array that reaches beyond now, and sends no order itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.instruments.candle import Candles
from core.strategies.chain_view import ExpiryView

Formula = Callable[[Candles], NDArray[np.float64]]
"""Bars in, one value for each of them out, nan for unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A number or a word that a user may change; `low` to `high` in steps is what a sweep tries."""

    title: str
    default: Any
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()

    def checked(self, name: str, value: Any) -> Any:
        """The value in the default's type; raises RuleBroken for one that cannot be."""
        try:
            found = type(self.default)(value)
        except (TypeError, ValueError) as problem:
            raise RuleBroken(f"{name}: {value!r} is no {type(self.default).__name__}") from problem
        if self.choices and found not in self.choices:
            raise RuleBroken(f"{name}: {value!r} is none of {', '.join(self.choices)}")
        if self.low is not None and not found >= self.low:
            raise RuleBroken(f"{name}: {found} is below {self.low:g}")
        if self.high is not None and not found <= self.high:
            raise RuleBroken(f"{name}: {found} is above {self.high:g}")
        return found


def parameter(title: str, default: Any, **more: Any) -> Any:
    """Declare a parameter in a strategy's class: `fast: int = parameter("Fast", 10, low=2)`."""
    return Parameter(title=title, default=default, **more)


class Line:
    """A number that grows with the bars: its value now and at the bar before; nan is unknown."""

    __slots__ = ("before", "now")

    def __init__(self) -> None:
        self.now = self.before = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a strategy holds of a contract: signed units, and rupees a unit paid or received."""

    key: InstrumentKey
    units: int
    price: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A fill of an order that the strategy asked for; `units` below 0 were sold."""

    order: int
    key: InstrumentKey
    units: int
    price: float
    at: datetime
    tag: str = ""


class Setup(Protocol):
    """What `init` may declare; nothing of the market is known yet."""

    def line(self, indicator: str, output: str = "", **parameters: float) -> Line:
        """A line of the indicator's registry, by name, over the strategy's bars."""
        ...

    def own_line(self, formula: Formula) -> Line:
        """A line by the strategy's own formula.

        Before a run it is tried on bars cut short: RuleBroken where a value knew later bars.
        """
        ...

    def chains(self, symbol: str = "", expiries: int = 1) -> None:
        """Ask for chains of the nearest expiries of `symbol` (the strategy's own), each minute."""
        ...


class Context(Protocol):
    """The desk at one moment; numbers of the bar that has just closed, nan while unknown."""

    open: float
    high: float
    low: float
    close: float
    volume: float
    units: int
    """Held of the strategy's own instrument, below 0 sold."""
    lot: int
    """Units of one lot of the own instrument today; 1 where it is traded by the unit."""

    @property
    def now(self) -> datetime:
        """Aware, in IST: `desk.now.time()` is what the exchange's clock shows."""
        ...

    @property
    def day(self) -> date: ...
    @property
    def closes_at(self) -> datetime:
        """The end of the session that runs."""
        ...

    @property
    def held(self) -> Sequence[Held]:
        """Everything that this strategy holds."""
        ...

    @property
    def pnl(self) -> float:
        """Rupees since the start, at the mid where quoted, charges taken off."""
        ...

    def chain(self, expiry: int | date = 0, symbol: str = "") -> ExpiryView:
        """The chain as quoted now: the nearest expiry, the `expiry`-th after it, or that of a date.

        Raises RuleBroken where it is not known at this minute.
        """
        ...

    def buy(self, units: int, *, limit: float | None = None, stop: float | None = None) -> int: ...
    def sell(self, units: int, *, limit: float | None = None, stop: float | None = None) -> int: ...
    def target(self, units: int) -> int:
        """Have so many units of the own instrument, by a market order; the order's number or 0.

        What the market orders that still wait will bring is counted as held.
        """
        ...

    def order(
        self,
        key: InstrumentKey,
        units: int,
        *,
        limit: float | None = None,
        stop: float | None = None,
        tag: str = "",
    ) -> int:
        """Buy (or sell, below 0) units of a contract; the order's number."""
        ...

    def cancel(self, order: int) -> None: ...
    def note(self, text: str) -> None:
        """A line in the run's log, and a signal where the strategy runs live."""
        ...


class Strategy:
    """Subclass it, declare parameters, and fill the events that matter.

    Raised errors end the run and are shown with the moment and the line of the strategy.
    """

    title: ClassVar[str] = ""
    words: ClassVar[str] = ""
    """What it does, in one or two sentences for the page."""
    parameters: ClassVar[Mapping[str, Parameter]] = {}

    def __init_subclass__(cls) -> None:
        own = {name: each for name, each in vars(cls).items() if isinstance(each, Parameter)}
        cls.parameters = {**cls.parameters, **own}

    def __init__(self, **values: Any) -> None:
        unknown = sorted(set(values) - set(self.parameters))
        if unknown:
            raise RuleBroken(f"{type(self).__name__} has no parameter {', '.join(unknown)}")
        for name, each in self.parameters.items():
            setattr(self, name, each.checked(name, values.get(name, each.default)))

    def init(self, setup: Setup) -> None:
        """Declare lines and chains; called once, before anything else."""

    def on_day(self, desk: Context) -> None:
        """A session begins."""

    def on_bar(self, desk: Context) -> None:
        """A bar of the own instrument has closed."""

    def on_minute(self, desk: Context) -> None:
        """A minute of the chains has ended; only where chains were asked for."""

    def on_fill(self, desk: Context, fill: Filled) -> None:
        """An order of this strategy was filled, wholly or in part."""

    def on_refused(self, desk: Context, order: int, why: str) -> None:
        """An order over chains, or one that runs live, was refused: nothing comes of it."""

    def on_day_end(self, desk: Context) -> None:
        """The session's last bar or minute has come; orders sent now may find no market."""
