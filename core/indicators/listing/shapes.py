"""Words for the entries of the registry: how their parameters and outputs are written."""

from collections.abc import Callable
from typing import Final

from core.indicators.indicator import Bars, Floats, Group, Indicator, Output, Pane, Parameter, Style
from core.indicators.library import ta
from core.indicators.periods import SPANS

Formula = Callable[..., Floats | tuple[Floats, ...]]

WINDOW: Final = "each value is made of its last bars only"
MEAN: Final = "starts with the simple average of its first bars"
FIRST: Final = "starts with the first bar"
TOTAL: Final = "a running total from the first bar, so that only its changes tell something"

CLOSE: Final = ("close",)
HIGH_LOW: Final = ("high", "low")
RANGE: Final = ("high", "low", "close")
WHOLE_BAR: Final = ("open", "high", "low", "close")
TRADED: Final = ("high", "low", "close", "volume")
PAID: Final = ("close", "volume")


def length(default: int, *, low: int = 2, high: int = 500, name: str = "length") -> Parameter:
    """A number of bars."""
    return Parameter(
        name=name, title=name.replace("_", " ").capitalize(), default=default, low=low, high=high
    )


def factor(
    name: str, title: str, default: float, low: float, high: float, step: float = 0.1
) -> Parameter:
    return Parameter(name=name, title=title, default=default, low=low, high=high, step=step)


def span(default: int = 0) -> Parameter:
    """Which period a formula begins anew with."""
    return Parameter(
        name="span", title="Period", default=default, low=0, high=len(SPANS) - 1, choices=SPANS
    )


def over(name: str, title: str, style: Style = Style.LINE, displaced: int = 0) -> Output:
    """Drawn over the candles."""
    return Output(name=name, title=title, pane=Pane.PRICE, style=style, displaced=displaced)


def below(name: str, title: str, style: Style = Style.LINE) -> Output:
    """Drawn in a pane of its own."""
    return Output(name=name, title=title, pane=Pane.OWN, style=style)


def entry(
    group: Group,
    name: str,
    title: str,
    inputs: tuple[str, ...],
    outputs: tuple[Output, ...],
    formula: Formula,
    *parameters: Parameter,
    seed: str = WINDOW,
    levels: tuple[float, ...] = (),
) -> Indicator:
    return Indicator(
        name=name,
        title=title,
        group=group,
        inputs=inputs,
        outputs=outputs,
        formula=formula,
        parameters=parameters,
        seed=seed,
        levels=levels,
    )


def by_library(function: str, inputs: tuple[str, ...]) -> Formula:
    """TA-Lib's function of that name, given the parameters in their order."""

    def formula(bars: Bars, **values: float) -> tuple[Floats, ...]:
        columns = (getattr(bars, name) for name in inputs)
        found = getattr(ta(), function)(*columns, *values.values())
        return tuple(found) if isinstance(found, (list, tuple)) else (found,)

    return formula
