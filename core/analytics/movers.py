"""Movers and breadth: what rose, what fell, what traded more than usual."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Order = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breadth:
    advances: int
    declines: int
    unchanged: int

    @property
    def known(self) -> int:
        return self.advances + self.declines + self.unchanged


def change(price: Floats, close: Floats) -> Floats:
    """Change since the previous close as a fraction; nan where either is unknown."""
    good = (price > 0) & (close > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(good, price / close - 1, np.nan)


def gainers(changes: Floats, count: int) -> Order:
    """Indices of the largest rises, largest first."""
    order = np.argsort(-changes, kind="stable")  # nan sorts last
    return order[changes[order] > 0][:count]


def losers(changes: Floats, count: int) -> Order:
    """Indices of the largest falls, largest first."""
    order = np.argsort(changes, kind="stable")
    return order[changes[order] < 0][:count]


def surges(volume: Floats, usual: Floats, elapsed: float, count: int) -> tuple[Order, Floats]:
    """The largest ratios of today's volume to the usual day's, had it run `elapsed` of its course.

    `elapsed` is the fraction (0, 1] of a usual day's volume expected by now. Indices, largest
    first, and the ratios of all.
    """
    good = (volume >= 0) & (usual > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(good & (elapsed > 0), volume / (usual * max(elapsed, 1e-9)), np.nan)
    order = np.argsort(-ratio, kind="stable")
    return order[ratio[order] > 1][:count], ratio


def breadth(changes: Floats) -> Breadth:
    known = changes[np.isfinite(changes)]
    up, down = int((known > 0).sum()), int((known < 0).sum())
    return Breadth(advances=up, declines=down, unchanged=len(known) - up - down)
