"""Fits the smiles of many expiries so that total variance never falls from one to the next.

First each alone; where two cross, both are drawn to a line between them, nearer to the one that
has better quotes; what is still left is put right by hand, the best expiries first, and an expiry
that finds no room between its neighbours is given up.
"""

from dataclasses import astuple
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.svi import LEFT, LOG_SIGMA, RIGHT, A, M, arbitrage_free, shape
from core.analytics.svi_fit import Batch, Fence, calmed, costs, fit_batch, fit_within

Floats = NDArray[np.float64]

REACH: Final = 3.0
"""Log-moneyness up to which curves are compared point by point; beyond, their slopes are."""
STEPS: Final = (6, 4)
"""Of the descent in each round of drawing crossed expiries apart."""
_COARSE, _DENSE = 49, 401
_AIM: Final = 2e-3
"""What is asked between two expiries beyond mere order, as a part of the variance."""
_GAP: Final = 2e-4
"""What is left between two expiries at the end, as a part of the variance."""
POLISH: Final = 5
POOR: Final = 1.3
"""An expiry that fits this much worse than it would alone is fitted again."""
_NOTHING: Final = 1e-4
WINGS: Final = slice(RIGHT, LEFT + 1)
_MOVE: Final = 0.05
"""Most that a curve is lifted or lowered by hand, as a part of its variance at the money."""


def fit_apart(batch: Batch) -> list[Floats | None]:
    """Curves in their own units, of expiries in order of time; None for one without room."""
    alone = fit_batch(batch)
    if len(alone) == 1:
        return list(alone)
    k = _grid(batch.width, _COARSE)
    w = _variance(batch, alone, k)
    curves, calm, trust = alone, calmed(batch, alone), _trust(batch, k)
    for steps in STEPS:
        if (w[1:] >= w[:-1]).all():
            break
        curves = fit_within(calm, curves, _fence(batch, curves, w, trust, k), steps)
        w = _variance(batch, curves, k)
    taken = _settled(batch, curves)
    for parity in (0, 1):
        _polish(calm, alone, taken, parity)
    return [
        _own(taken[row], batch.width[row]) if row in taken else None for row in range(len(curves))
    ]


def _grid(width: Floats, points: int) -> Floats:
    """Log-moneyness, dense about the money of the narrowest curve."""
    unit = 0.3 * float(width.min())
    return np.asarray(unit * np.sinh(np.linspace(-1, 1, points) * np.arcsinh(REACH / unit)))


def _variance(batch: Batch, curves: Floats, k: Floats) -> Floats:
    width = batch.width[:, None]
    return np.asarray(shape(curves, k / width)[0] * width**2)


def _trust(batch: Batch, k: Floats) -> Floats:
    """What each expiry has to say at each log-moneyness: much where it has quotes, else little."""
    heard = batch.weight > 0
    low = np.where(heard, batch.x, np.inf).min(axis=1, keepdims=True)
    high = np.where(heard, batch.x, -np.inf).max(axis=1, keepdims=True)
    x = k / batch.width[:, None]
    away = np.maximum(np.maximum(low - x, x - high), 0.0)
    return np.asarray(batch.weight.sum(axis=1, keepdims=True) * np.maximum(np.exp(-away), 0.01))


def _fence(batch: Batch, curves: Floats, w: Floats, trust: Floats, k: Floats) -> Fence:
    """Half-way between neighbours, once they have been put in order."""
    width = batch.width[:, None]
    line = _middle(isotonic(w, trust))
    wings = _middle(isotonic(curves[:, WINGS] * width, trust[:, [-1, 0]]))
    low, high = np.zeros_like(w), np.full_like(w, np.inf)
    low[1:], high[:-1] = line * (1 + _AIM), line * (1 - _AIM)
    least, most = np.zeros_like(curves[:, WINGS]), np.full_like(curves[:, WINGS], np.inf)
    least[1:], most[:-1] = wings, wings
    return _in_own_units(Fence(k, low, high, least, most), width)


def _in_own_units(fence: Fence, width: Floats) -> Fence:
    """From log-moneyness and total variance to those of each curve's own width (curves, 1)."""
    return Fence(
        x=fence.x / width,
        low=np.sqrt(fence.low) / width,
        high=np.sqrt(fence.high) / width,
        least=fence.least / width,
        most=fence.most / width,
    )


def _middle(rows: Floats) -> Floats:
    return np.asarray(0.5 * (rows[1:] + rows[:-1]))


def isotonic(values: Floats, weights: Floats) -> Floats:
    """The nearest rows that never fall, by weighted least squares: max-min of means of runs.

    Robertson, Wright and Dykstra, "Order Restricted Statistical Inference" (1988), theorem 1.4.4.
    """
    rows = len(values)
    sums = np.concatenate([np.zeros((1, values.shape[1])), (values * weights).cumsum(axis=0)])
    total = np.concatenate([np.zeros((1, values.shape[1])), weights.cumsum(axis=0)])
    first, last = np.arange(rows)[:, None], np.arange(1, rows + 1)[None, :]
    backwards = (first >= last)[..., None]
    with np.errstate(invalid="ignore", divide="ignore"):
        means = (sums[last] - sums[first]) / (total[last] - total[first])
    least = np.minimum.accumulate(np.where(backwards, np.inf, means)[:, ::-1], axis=1)[:, ::-1]
    most = np.maximum.accumulate(np.where(backwards, -np.inf, least), axis=0)
    return np.asarray(most[np.arange(rows), np.arange(rows)])


def _settled(batch: Batch, curves: Floats) -> dict[int, Floats]:
    """Take the best quoted expiry as it is, and put each next one in between those taken."""
    k = _grid(batch.width, _DENSE)
    taken: dict[int, Floats] = {}
    for row in np.argsort(-batch.weight.sum(axis=1)).tolist():
        moved = _moved(_raw(curves[row], batch.width[row]), *_neighbours(taken, row), k)
        if moved is not None:
            taken[row] = moved
    return taken


def _neighbours(taken: dict[int, Floats], row: int) -> tuple[Floats | None, Floats | None]:
    before = taken.get(max((i for i in taken if i < row), default=-1))
    return before, taken.get(min((i for i in taken if i > row), default=-1))


def _polish(batch: Batch, alone: Floats, taken: dict[int, Floats], parity: int) -> None:
    """Fit every other expiry again, all the way to its neighbours, where that does it good."""
    ideal, now = costs(batch, alone), np.full(len(alone), np.inf)
    own = alone.copy()
    for row, raw in taken.items():
        own[row] = _own(raw, batch.width[row])
    now[list(taken)] = costs(batch, own)[list(taken)]
    rows = [r for r in range(parity, len(alone), 2) if now[r] > POOR * ideal[r] + _NOTHING]
    if not rows:
        return
    k = _grid(batch.width, _DENSE)
    part, fence = _of(batch, rows + rows), _between(batch, taken, rows)
    found = fit_within(part, np.concatenate([alone[rows], own[rows]]), fence, POLISH)
    cost = costs(part, found)
    for at in np.argsort(cost).tolist():
        row = (rows + rows)[at]
        if cost[at] >= now[row]:
            continue
        moved = _moved(_raw(found[at], batch.width[row]), *_neighbours(taken, row), k)
        if moved is not None:
            taken[row], now[row] = moved, cost[at]


def _of(batch: Batch, rows: list[int]) -> Batch:
    return Batch(batch.x[rows], batch.y[rows], batch.weight[rows], batch.width[rows])


def _between(batch: Batch, taken: dict[int, Floats], rows: list[int]) -> Fence:
    """The fence that its neighbours are for each row; twice, for two starts."""
    k = _grid(batch.width, _COARSE)
    shape_ = (len(rows), len(k))
    low, high = np.zeros(shape_), np.full(shape_, np.inf)
    least, most = np.zeros((len(rows), 2)), np.full((len(rows), 2), np.inf)
    for at, row in enumerate(rows):
        before, after = _neighbours(taken, row)
        if before is not None:
            low[at], least[at] = _w(before, k) * (1 + _AIM), before[WINGS]
        if after is not None:
            high[at], most[at] = _w(after, k) * (1 - _AIM), after[WINGS]
    fence = _in_own_units(Fence(k, low, high, least, most), batch.width[rows][:, None])
    return Fence(*(np.concatenate([part, part]) for part in astuple(fence)))


def _moved(raw: Floats, before: Floats | None, after: Floats | None, k: Floats) -> Floats | None:
    """The curve between two others, with its wings and its level moved as little as that takes."""
    found = raw.copy()
    if before is not None:
        found[WINGS] = np.maximum(found[WINGS], before[WINGS])
    if after is not None:
        found[WINGS] = np.minimum(found[WINGS], after[WINGS])
    money = np.zeros(1)
    level = float(_w(raw, money)[0])
    found[A] += level - float(_w(found, money)[0])
    points = _points(k, found, before, after)
    w = _w(found, points)
    floor = None if before is None else _w(before, points) * (1 + _GAP)
    ceiling = None if after is None else _w(after, points) / (1 + _GAP)
    over = 0.0 if ceiling is None else max(float((w - ceiling).max()), 0.0)
    under = 0.0 if floor is None else max(float((floor - w).max()) + over, 0.0)
    found[A] += under - over
    fits = ceiling is None or bool((w + under - over <= ceiling * (1 + 0.5 * _GAP)).all())
    small = max(over, under) <= _MOVE * level
    return found if fits and small and arbitrage_free(found[None])[0] else None


def _points(k: Floats, *curves: Floats | None) -> Floats:
    """The common grid, and about each curve's own bend."""
    u = np.sinh(np.linspace(-6, 6, 121))
    own = [c[M] + np.exp(c[LOG_SIGMA]) * u for c in curves if c is not None]
    points = np.concatenate([k, *own])
    return np.asarray(points[np.abs(points) <= REACH])


def _w(curve: Floats, k: Floats) -> Floats:
    return np.asarray(shape(curve[None], k[None])[0][0])


def _raw(curve: Floats, width: float) -> Floats:
    """From the units of its own width to those of the market."""
    shift = np.array([0.0, 0.0, 0.0, 0.0, np.log(width)])
    return np.asarray(curve * [width**2, width, width, width, 1.0] + shift)


def _own(curve: Floats, width: float) -> Floats:
    shift = np.array([0.0, 0.0, 0.0, 0.0, np.log(width)])
    return np.asarray((curve - shift) / [width**2, width, width, width, 1.0])
