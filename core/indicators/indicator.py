"""An indicator as the registry knows it: parameters with their ranges, outputs, and its formula."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import BadData, RuleBroken
from core.instruments.candle import Candles

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PRICES: Final = ("open", "high", "low", "close")
COLUMNS: Final = (*PRICES, "volume", "open_interest")


class Group(StrEnum):
    TREND = "Trend"
    MOMENTUM = "Momentum"
    VOLATILITY = "Volatility"
    VOLUME = "Volume"
    LEVELS = "Levels"
    STATISTICS = "Statistics"


class Pane(StrEnum):
    PRICE = "price"  # drawn over the candles
    OWN = "own"  # a scale of its own below them


class Style(StrEnum):
    LINE = "line"
    STEP = "step"
    DOTS = "dots"
    HISTOGRAM = "histogram"
    CANDLE = "candle"  # four outputs in the order open, high, low, close


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A number that the user may change within `low` and `high`.

    With `choices` the value is the place of one of them; a `moment` is in epoch seconds, 0 = none.
    """

    name: str
    title: str
    default: float
    low: float
    high: float
    step: float = 1.0
    choices: tuple[str, ...] = ()
    moment: bool = False

    @property
    def whole(self) -> bool:
        return float(self.step).is_integer() and float(self.default).is_integer()

    def settled(self, value: object) -> float:
        """The value as the formula takes it; RuleBroken for one that is out of range."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise RuleBroken(f"{self.title} is a number, not {value!r}")
        if not self.low <= value <= self.high or not math.isfinite(value):
            raise RuleBroken(f"{self.title} is from {self.low:g} to {self.high:g}, not {value:g}")
        if self.whole and value != int(value):
            raise RuleBroken(f"{self.title} is a whole number, not {value:g}")
        return int(value) if self.whole else float(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A line of an indicator.

    `displaced`: a chart draws it so many times the parameter `displacement` to the right of the bar
    at which it is known (to the left, below 0); the array itself is never moved.
    """

    name: str
    title: str
    pane: Pane
    style: Style = Style.LINE
    displaced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """What a formula is given: the bars of which everything that it needs is known.

    `time` in epoch seconds at each bar's start; prices in rupees, quantities in units; columns that
    are none of the indicator's inputs are empty.
    """

    time: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    open_interest: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """`inputs`: the columns without which a bar is stepped over; `seed`: how it starts.

    `levels` are guide lines of its pane. Every value is made of its own bar and those before it.
    """

    name: str
    title: str
    group: Group
    inputs: tuple[str, ...]
    outputs: tuple[Output, ...]
    seed: str
    formula: Callable[..., Floats | tuple[Floats, ...]]
    parameters: tuple[Parameter, ...] = ()
    levels: tuple[float, ...] = ()

    @property
    def pane(self) -> Pane:
        return self.outputs[0].pane

    @property
    def needs_volume(self) -> bool:
        """An index has none: then every value is unknown."""
        return "volume" in self.inputs

    def settled(self, given: Mapping[str, object]) -> dict[str, float]:
        """The parameters, defaults where none is given.

        Raises BadData for a name that it does not have, RuleBroken for a value out of range.
        """
        unknown = sorted(set(given) - {each.name for each in self.parameters})
        if unknown:
            raise BadData(f"{self.title} has no parameter {', '.join(unknown)}")
        return {p.name: p.settled(given.get(p.name, p.default)) for p in self.parameters}

    def compute(self, candles: Candles, **given: float) -> dict[str, Floats]:
        """One array per output, as long as the candles; nan where nothing is known."""
        values = self.settled(given)
        columns = {
            name: np.ascontiguousarray(getattr(candles, name), dtype=np.float64)
            for name in self.inputs
        }
        known = np.ones(candles.time.size, np.bool_)
        for name, column in columns.items():
            if name in PRICES:  # quantities are whole numbers, and always known
                known &= np.isfinite(column)
        if known.all():
            return self._named(self.formula(_bars(candles.time, columns), **values))
        part = _bars(candles.time[known], {name: c[known] for name, c in columns.items()})
        found = self._named(self.formula(part, **values))
        return {name: _placed(lines, known) for name, lines in found.items()}

    def _named(self, found: Floats | tuple[Floats, ...]) -> dict[str, Floats]:
        lines = found if isinstance(found, tuple) else (found,)
        return {output.name: line for output, line in zip(self.outputs, lines, strict=True)}


def _bars(time: Ints, columns: Mapping[str, Floats]) -> Bars:
    """Columns that were not asked for are empty."""
    nothing = np.empty(0)
    return Bars(time=time, **{name: columns.get(name, nothing) for name in COLUMNS})


def _placed(values: Floats, known: NDArray[np.bool_]) -> Floats:
    whole = np.full(known.shape, np.nan)
    whole[known] = values
    return whole
