"""Fits the smiles of many expiries so that no later one has less total variance than an earlier one.

First each alone; where two cross, both are drawn to a line between them, nearer to the one that
has better quotes; what is still left is put right by hand, the best expiries first, and an expiry
that finds no room between its neighbours is given up.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.svi import LEFT, LOG_SIGMA, RIGHT, A, M, arbitrage_free, shape
from core.analytics.svi_fit import Batch, Fence, fit_batch

Floats = NDArray[np.float64]

REACH: Final = 3.0
"""Log-moneyness up to which curves are compared point by point; beyond, their slopes are."""
ROUNDS: Final = 4
_COARSE, _DENSE = 49, 801
_AIM: Final = 2e-3
"""What is asked between two expiries beyond mere order, as a part of the variance."""
_MOVE: Final = 0.05
"""Most that a curve is lifted or lowered by hand, as a part of its variance at the money."""


def fit_apart(batch: Batch) -> list[Floats | None]:
    """Curves in their own units, of expiries in order of time; None for one without room."""
    curves = fit_batch(batch)
    if len(curves) == 1:
        return list(curves)
    k = _grid(batch.width, _COARSE)
    for _ in range(ROUNDS):
        fence = _fence(batch, curves, k)
        if fence is None:
            break
        curves = fit_batch(batch, start=curves, fence=fence, steps=8)
    return _settled(batch, curves)


def _grid(width: Floats, points: int) -> Floats:
    """Log-moneyness, dense about the money of the narrowest curve."""
    unit = 0.3 * float(width.min())
    return np.asarray(unit * np.sinh(np.linspace(-1, 1, points) * np.arcsinh(REACH / unit)))


def _fence(batch: Batch, curves: Floats, k: Floats) -> Fence | None:
    """Between neighbours that cross: a line between the two. None where all are in order."""
    x = k / batch.width[:, None]
    square = batch.width[:, None] ** 2
    w = shape(curves, x)[0] * square
    if (w[1:] >= w[:-1]).all():
        return None
    trust = batch.weight.sum(axis=1)[:, None]
    line = (w[:-1] * trust[:-1] + w[1:] * trust[1:]) / (trust[:-1] + trust[1:])
    crossed = w[1:] < w[:-1] * (1 + _AIM)
    low, high = np.full_like(w, -np.inf), np.full_like(w, np.inf)
    low[1:] = np.where(crossed, line * (1 + 0.5 * _AIM), -np.inf)
    high[:-1] = np.where(crossed, line * (1 - 0.5 * _AIM), np.inf)
    return Fence(x, low / square, high / square)


def _settled(batch: Batch, curves: Floats) -> list[Floats | None]:
    """Take the best quoted expiry as it is, and fit each next one in between those taken."""
    k = _grid(batch.width, _DENSE)
    taken: dict[int, Floats] = {}
    for row in np.argsort(-batch.weight.sum(axis=1)):
        before = max((i for i in taken if i < row), default=None)
        after = min((i for i in taken if i > row), default=None)
        raw = _raw(curves[row], batch.width[row])
        moved = _moved(
            raw,
            None if before is None else taken[before],
            None if after is None else taken[after],
            k,
        )
        if moved is not None:
            taken[int(row)] = moved
    return [
        _own(taken[row], batch.width[row]) if row in taken else None for row in range(len(curves))
    ]


def _moved(raw: Floats, before: Floats | None, after: Floats | None, k: Floats) -> Floats | None:
    """The curve between two others, with its wings and its level moved as little as that takes."""
    found = raw.copy()
    if before is not None:
        found[RIGHT : LEFT + 1] = np.maximum(found[RIGHT : LEFT + 1], before[RIGHT : LEFT + 1])
    if after is not None:
        found[RIGHT : LEFT + 1] = np.minimum(found[RIGHT : LEFT + 1], after[RIGHT : LEFT + 1])
    found[A] += float(_w(raw, np.zeros(1))[0] - _w(found, np.zeros(1))[0])  # level at the money
    points = _points(k, found, before, after)
    w = _w(found, points)
    over = 0.0 if after is None else max(float((w - _w(after, points)).max()), 0.0)
    found[A] -= over * (1 + 1e-6)
    w = w - over * (1 + 1e-6)
    under = 0.0 if before is None else max(float((_w(before, points) - w).max()), 0.0)
    found[A] += under * (1 + 1e-6)
    w = w + under * (1 + 1e-6)
    fits = after is None or bool((w <= _w(after, points)).all())
    small = max(over, under) <= _MOVE * float(_w(raw, np.zeros(1))[0])
    return found if fits and small and arbitrage_free(found[None])[0] else None


def _points(k: Floats, *curves: Floats | None) -> Floats:
    """The common grid, and about each curve's own bend."""
    u = np.sinh(np.linspace(-6, 6, 121))
    own = [c[M] + np.exp(c[LOG_SIGMA]) * u for c in curves if c is not None]
    points = np.concatenate([k, *own])
    return np.asarray(points[np.abs(points) <= REACH])


def _w(curve: Floats, k: Floats) -> Floats:
    return shape(curve[None], k[None])[0][0]


def _raw(curve: Floats, width: float) -> Floats:
    """From the units of its own width to those of the market."""
    shift = np.array([0.0, 0.0, 0.0, 0.0, np.log(width)])
    return np.asarray(curve * [width**2, width, width, width, 1.0] + shift)


def _own(curve: Floats, width: float) -> Floats:
    shift = np.array([0.0, 0.0, 0.0, 0.0, np.log(width)])
    return np.asarray((curve - shift) / [width**2, width, width, width, 1.0])
