"""What a sweep tried, as a map of two parameters and as lines of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.backtest.report import Report, Tried

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """`values[i, j]` is the best found with `xs[i]` and `ys[j]`, whatever the others were."""

    x: str
    y: str
    xs: tuple[Any, ...]
    ys: tuple[Any, ...]
    values: Floats


def varied(tried: Sequence[Tried]) -> list[str]:
    """Parameters of which more than one value was tried."""
    names = list(tried[0].parameters) if tried else []
    return [name for name in names if len(tried_of(tried, name)) > 1]


def numbered(tried: Sequence[Tried]) -> list[str]:
    """Those that are numbers: words have no place on a map."""
    return [n for n in varied(tried) if not isinstance(tried[0].parameters[n], (str, bool))]


def tried_of(tried: Sequence[Tried], name: str) -> tuple[Any, ...]:
    """The values of a parameter, in their order."""
    found = dict.fromkeys(each.parameters[name] for each in tried)
    return tuple(sorted(found, key=lambda value: (isinstance(value, str), value)))


def heat(tried: Sequence[Tried], x: str, y: str, metric: str) -> Heat:
    xs, ys = tried_of(tried, x), tried_of(tried, y)
    best: dict[tuple[Any, Any], float] = {}
    for each in tried:
        place = each.parameters[x], each.parameters[y]
        value = each.metrics.get(metric, nan)
        if not isnan(value) and value > best.get(place, -np.inf):
            best[place] = value
    values = np.array([[best.get((i, j), nan) for j in ys] for i in xs], dtype=float)
    return Heat(x=x, y=y, xs=xs, ys=ys, values=np.where(np.isfinite(values), values, nan))


def ranked(report: Report) -> list[Tried]:
    """The best by the report's objective first; unknown ones last."""

    def order(each: Tried) -> tuple[bool, float]:
        value = each.metrics.get(report.objective, nan)
        return isnan(value), -value if not isnan(value) else 0.0

    return sorted(report.tried, key=order)


def words(parameters: Mapping[str, Any], names: Sequence[str]) -> str:
    return ", ".join(f"{name} {parameters[name]}" for name in names if name in parameters)
