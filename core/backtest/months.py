"""What each month brought: the share that the equity grew by, from month end to month end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import nan

import numpy as np
from numpy.typing import NDArray

from core.clock import IST

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Year:
    """Growth as fractions, January first; nan for months that are not in the run."""

    year: int
    months: tuple[float, ...]
    total: float


def years(time: NDArray[np.int64], equity: Floats, capital: float) -> Sequence[Year]:
    """`time` in epoch seconds, rising; months are those of India."""
    ends: dict[tuple[int, int], float] = {}
    for place in month_ends(time):
        at = datetime.fromtimestamp(int(time[place]), UTC).astimezone(IST)
        ends[at.year, at.month] = float(equity[place])
    found: list[Year] = []
    before = capital
    for year in sorted({year for year, _ in ends}):
        start, months = before, []
        for month in range(1, 13):
            end = ends.get((year, month))
            months.append(nan if end is None else growth(before, end))
            before = before if end is None else end
        found.append(Year(year, tuple(months), growth(start, before)))
    return found


def growth(before: float, after: float) -> float:
    """nan where nothing or less was there before: no share of it can be told."""
    return after / before - 1 if before > 0 else nan


def month_ends(time: NDArray[np.int64]) -> Sequence[int]:
    """Places of each month's last moment."""
    if not len(time):
        return []
    local = (time + int(IST.utcoffset(None).total_seconds())).astype("datetime64[s]")
    months = local.astype("datetime64[M]").astype(np.int64)
    return [*np.flatnonzero(np.diff(months)).tolist(), len(time) - 1]
