"""Fits many SVI curves at once: bounded Levenberg-Marquardt on all of them in the same arrays.

Every curve is fitted in units of its own width s = σ√T at the money (k/s and w/s²), in which all
smiles look alike, so that one set of starts serves them all: a small grid of (m, σ), where the rest
is linear least squares (Zeliade Systems, "Quasi-explicit calibration of Gatheral's SVI model",
2009). Then Cauchy's loss, which lets go of a mad quote, and penalties on what no market allows: a
negative density, and less total variance than an earlier expiry has at equal log-moneyness.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.smile_quotes import SmileQuotes
from core.analytics.svi import (
    LEFT,
    LOG_SIGMA,
    RIGHT,
    A,
    arbitrage_free,
    bend_gradients,
    durrleman,
    gradient,
    own_grid,
    shape,
)

Floats = NDArray[np.float64]

_M, _SIGMA = (a.ravel() for a in np.meshgrid((-1.0, 0.0, 1.0), (0.3, 0.8, 2.0, 5.0)))
_LOW: Final = np.array([-np.inf, 0.0, 0.0, -6.0, np.log(0.08)])
_HIGH: Final = np.array([np.inf, np.inf, np.inf, 6.0, np.log(6.0)])
STEPS: Final = 12
LEE: Final = 1.99
"""Of the two that Lee's formula allows a wing."""
FLOOR: Final = 1e-4
"""Least total variance of a curve, as a part of that at the money."""
_TAME: Final = np.array([0.0, 0.0, 0.0, 3e-4, 1e-3])
"""A breath of preference for m = 0 and σ = s, where quotes leave them open."""
_TAMED: Final = np.diag(_TAME)
_MARGIN: Final = 0.02
"""The penalty starts at this density factor, so that the fit ends above zero."""
_PUSH: Final = 50.0
_FENCE: Final = 20.0
"""Weights of a point of penalty against a quote at the money."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Quotes of many expiries, padded with weight 0: x = k/s, y = σ/σ(at the money), s = σ√T.

    Shapes (curves, quotes), `width` (curves,).
    """

    x: Floats
    y: Floats
    weight: Floats
    width: Floats


@dataclass(frozen=True, slots=True)
class Fence:
    """Volatilities √w/s that curves may not fall below or rise above, at x (curves, points).

    `least` and `most` are the bounds of the slopes (curves, 2): right, left.
    """

    x: Floats
    low: Floats
    high: Floats
    least: Floats
    most: Floats


def batch_of(quotes: Sequence[SmileQuotes]) -> Batch:
    most = max(len(each.x) for each in quotes)
    x, y, weight = np.zeros((3, len(quotes), most))
    y += 1
    for row, each in enumerate(quotes):
        many = len(each.x)
        x[row, :many], y[row, :many], weight[row, :many] = each.x, each.y, each.weight
    return Batch(x, y, weight, np.array([each.width for each in quotes]))


def fit_batch(batch: Batch) -> Floats:
    """The curves in their own units, shape (curves, 5), free of butterfly arbitrage."""
    curves = first_guess(batch)
    task = _task(batch, _scatter(batch, curves))
    return flattened(_descend(task, curves, STEPS), batch.width)


def calmed(batch: Batch, curves: Floats) -> Batch:
    """With the weights that quotes keep when they are judged by these curves."""
    odd = 1 + (_misses(batch, curves) / _scatter(batch, curves)) ** 2
    return replace(batch, weight=batch.weight / odd)


def costs(batch: Batch, curves: Floats) -> Floats:
    """Weighted squared misses of each curve."""
    return np.asarray((batch.weight * _misses(batch, curves) ** 2).sum(axis=1))


def fit_within(batch: Batch, curves: Floats, fence: Fence, steps: int) -> Floats:
    """`curves` moved so that they keep to the fence; the weights are taken as they are."""
    all_good = np.full((len(curves), 1), 1e3)
    return flattened(_descend(_task(batch, all_good, fence), curves, steps), batch.width)


def flattened(curves: Floats, width: Floats) -> Floats:
    """Wings taken down about an unmoved level, just so far that no butterfly arbitrage is left.

    A flat curve has g = 1, so there always is such a curve.
    """
    curves = curves.copy()
    wrong = np.flatnonzero(~arbitrage_free(curves, width))
    for row in wrong:
        low, high = 0.0, 1.0
        for _ in range(12):
            middle = 0.5 * (low + high)
            tried = _flatter(curves[row : row + 1], middle)
            free = bool(arbitrage_free(tried, width[row : row + 1])[0])
            low, high = (middle, high) if free else (low, middle)
        curves[row] = _flatter(curves[row : row + 1], low)[0]
    return curves


def _flatter(curves: Floats, share: float) -> Floats:
    """With `share` of the wings' slopes, and the same variance at the money."""
    level = np.maximum(shape(curves, np.zeros((len(curves), 1)))[0], FLOOR)
    found = curves * np.array([0.0, share, share, 1.0, 1.0])
    found[:, A] = (level - shape(found, np.zeros((len(found), 1)))[0])[:, 0]
    return np.asarray(found)


def first_guess(batch: Batch) -> Floats:
    """The best of a grid of (m, σ) with a, right and left by weighted least squares."""
    z = batch.x[:, None, :] - _M[:, None]
    root = np.sqrt(z * z + _SIGMA[:, None] ** 2)
    basis = np.stack([np.ones_like(z), 0.5 * (root + z), 0.5 * (root - z)], -1)
    weight = (batch.weight / (4 * batch.y * batch.y))[:, None, :]
    goal = (batch.y * batch.y)[:, None, :]
    left_side = np.swapaxes(basis * weight[..., None], -1, -2)
    normal = left_side @ basis + 1e-6 * np.eye(3)
    linear = np.linalg.solve(normal, left_side @ goal[..., None])[..., 0]
    linear[..., 1:] = np.maximum(linear[..., 1:], 0.0)
    miss = np.abs((basis @ linear[..., None])[..., 0] - goal)
    best = (np.minimum(miss, 0.3) * weight).sum(axis=-1).argmin(axis=-1)
    chosen = linear[np.arange(len(best)), best]
    return np.column_stack([chosen, _M[best], np.log(_SIGMA[best])])


def _scatter(batch: Batch, curves: Floats) -> Floats:
    """How far an honest quote may lie from its curve: twice the weighted median miss, at least."""
    miss = np.abs(_misses(batch, curves))
    order = np.argsort(miss, axis=1)
    weights = np.take_along_axis(batch.weight, order, 1).cumsum(axis=1)
    middle = (weights < 0.5 * weights[:, -1:]).sum(axis=1, keepdims=True)
    found = np.take_along_axis(np.take_along_axis(miss, order, 1), middle, 1)
    return np.asarray(np.clip(2 * found, 0.02, 0.2))


def _misses(batch: Batch, curves: Floats) -> Floats:
    return np.asarray(np.sqrt(np.maximum(shape(curves, batch.x)[0], FLOOR)) - batch.y)


@dataclass(frozen=True, slots=True)
class _Task:
    """What the descent needs to know: its quotes with their scatter, fence and bounds."""

    batch: Batch
    scatter: Floats
    low: Floats
    high: Floats
    x: Floats  # of quotes, then of the fence
    fence: Fence | None


def _task(batch: Batch, scatter: Floats, fence: Fence | None = None) -> _Task:
    low, high = _bounds(batch.width)
    if fence is None:
        return _Task(batch, scatter, low, high, batch.x, None)
    wings = slice(RIGHT, LEFT + 1)
    low[:, wings] = np.maximum(low[:, wings], fence.least)
    high[:, wings] = np.maximum(np.minimum(high[:, wings], fence.most), low[:, wings])
    return _Task(batch, scatter, low, high, np.concatenate([batch.x, fence.x], axis=1), fence)


def _bounds(width: Floats) -> tuple[Floats, Floats]:
    low, high = _LOW + np.zeros((len(width), 5)), _HIGH + np.zeros((len(width), 5))
    high[:, RIGHT] = high[:, LEFT] = LEE / width
    return low, high


def _descend(task: _Task, curves: Floats, steps: int) -> Floats:
    damping = np.full(len(curves), 1e-2)
    curves = _inside(task, curves)
    cost, hessian, slope = _terms(task, curves)
    for _ in range(steps):
        trial = _moved(task, curves, hessian, slope, damping)
        found = _terms(task, trial)
        better = found[0] < cost
        settled = (cost - found[0] < 1e-3 * cost) & better | (damping > 10)
        curves = np.where(better[:, None], trial, curves)
        cost = np.where(better, found[0], cost)
        hessian = np.where(better[:, None, None], found[1], hessian)
        slope = np.where(better[:, None], found[2], slope)
        damping = np.where(better, damping * 0.2, damping * 6.0)
        if settled.all():
            break
    return curves


def _moved(task: _Task, curves: Floats, hessian: Floats, slope: Floats, damping: Floats) -> Floats:
    """One damped step, taken with the level at the money in place of `a`.

    The level hardly depends on the bend, so that the valley of the cost is straight. A parameter
    at its bound that would leave it stays where it is.
    """
    money = np.zeros((len(curves), 1))
    level, by_level = gradient(curves, money)
    turn = np.eye(5) + np.zeros((len(curves), 1, 1))
    turn[:, A, 1:] = -by_level[:, 1:, 0]
    back = np.swapaxes(turn, -1, -2)
    hessian, slope = back @ hessian @ turn, (back @ slope[..., None])[..., 0]
    free = ~(((curves <= task.low) & (slope > 0)) | ((curves >= task.high) & (slope < 0)))
    hessian *= free[:, :, None] & free[:, None, :]
    diagonal = np.einsum("nii->ni", hessian)
    diagonal += np.where(free, damping[:, None] * (diagonal + 1e-6) + 1e-9, 1.0)
    step = np.linalg.solve(hessian, (-slope * free)[..., None])[..., 0]
    found = np.minimum(np.maximum(curves + step, task.low), task.high)
    found[:, A] = 0.0
    found[:, A] = level[:, 0] + step[:, A] - shape(found, money)[0][:, 0]
    return _inside(task, found)


def _inside(task: _Task, curves: Floats) -> Floats:
    """Moved into the bounds, and lifted until the total variance is positive everywhere."""
    curves = np.minimum(np.maximum(curves, task.low), task.high)
    least = FLOOR - np.exp(curves[:, LOG_SIGMA]) * np.sqrt(curves[:, RIGHT] * curves[:, LEFT])
    curves[:, A] = np.maximum(curves[:, A], least)
    return curves


def _terms(task: _Task, curves: Floats) -> tuple[Floats, Floats, Floats]:
    """Cost of each curve, its Gauss-Newton matrix and half its gradient."""
    middle = curves * _TAME
    cost, hessian, slope = _heard(task, curves)
    cost += (middle * curves).sum(axis=1)
    hessian += _TAMED
    slope += middle
    k = own_grid(curves)
    w, w1, w2 = shape(curves, k)
    w = np.maximum(w, FLOOR)
    short = _MARGIN - durrleman(k, w, w1, w2, task.batch.width[:, None] ** 2)
    seen = np.flatnonzero((short > 0).any(axis=0))
    if seen.size:
        width = task.batch.width
        more = _butterfly(curves, k[:, seen], short[:, seen], (w[:, seen], w1[:, seen]), width)
        cost, hessian, slope = cost + more[0], hessian + more[1], slope + more[2]
    return cost, hessian, slope


def _heard(task: _Task, curves: Floats) -> tuple[Floats, Floats, Floats]:
    """Of the quotes, and of the fence: both as volatilities."""
    w, by_w = gradient(curves, task.x)
    vol = np.sqrt(np.maximum(w, FLOOR))
    many = task.batch.x.shape[1]
    miss, weight = np.empty_like(w), np.empty_like(w)
    miss[:, :many] = vol[:, :many] - task.batch.y
    odd = (miss[:, :many] / task.scatter) ** 2
    weight[:, :many] = task.batch.weight / (1 + odd)
    cost = (task.batch.weight * np.log1p(odd)).sum(axis=1) * task.scatter[:, 0] ** 2
    if task.fence is not None:
        beyond = vol[:, many:]
        out = np.maximum(beyond - task.fence.high, 0) - np.maximum(task.fence.low - beyond, 0)
        miss[:, many:] = out
        weight[:, many:] = _FENCE * (out != 0)
        cost += _FENCE * (out * out).sum(axis=1)
    return _normal(cost, by_w * (0.5 / vol)[:, None, :], miss, weight)


def _butterfly(
    curves: Floats, k: Floats, short: Floats, shapes: tuple[Floats, Floats], width: Floats
) -> tuple[Floats, Floats, Floats]:
    """Of what Durrleman's g falls short of the margin."""
    w, w1 = shapes
    by_w = gradient(curves, k)[1]
    by_w1, by_w2 = bend_gradients(curves, k)
    lean = 1 - 0.5 * k * w1 / w
    g_w = lean * k * w1 / (w * w) + 0.25 * w1 * w1 / (w * w)
    g_w1 = -lean * k / w - 0.5 * w1 * (1 / w + 0.25 * width[:, None] ** 2)
    by_g = g_w[:, None, :] * by_w + g_w1[:, None, :] * by_w1 + 0.5 * by_w2
    short = np.minimum(np.maximum(short, 0.0), 5.0)
    weight = np.where(short > 0, _PUSH, 0.0)
    return _normal((weight * short * short).sum(axis=1), -by_g, short, weight)


def _normal(
    cost: Floats, jacobian: Floats, miss: Floats, weight: Floats
) -> tuple[Floats, Floats, Floats]:
    weighted = jacobian * weight[:, None, :]
    return cost, weighted @ np.swapaxes(jacobian, -1, -2), (weighted @ miss[..., None])[..., 0]
