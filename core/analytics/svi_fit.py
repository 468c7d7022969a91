"""Fits many SVI curves at once: bounded Levenberg-Marquardt on all of them in the same arrays.

Every curve is fitted in units of its own width s = σ√T at the money (k/s and w/s²), in which all
smiles look alike, so that one set of starts serves them all: a small grid of (m, σ), where the rest
is linear least squares (Zeliade Systems, "Quasi-explicit calibration of Gatheral's SVI model",
2009). Then Cauchy's loss, which lets go of a mad quote, and penalties on what no market allows: a
negative density, and less total variance than an earlier expiry has at equal log-moneyness.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.smile_quotes import SmileQuotes
from core.analytics.svi import (
    LEFT,
    LOG_SIGMA,
    RIGHT,
    A,
    M,
    arbitrage_free,
    durrleman,
    gradients,
    own_grid,
    shape,
)

Floats = NDArray[np.float64]

_M, _SIGMA = (a.ravel() for a in np.meshgrid((-1.0, 0.0, 1.0), (0.3, 0.8, 2.0, 5.0)))
_LOW: Final = np.array([-np.inf, 0.0, 0.0, -6.0, np.log(0.08)])
_HIGH: Final = np.array([np.inf, np.inf, np.inf, 6.0, np.log(12.0)])
LEE: Final = 1.99
"""Of the two that Lee's formula allows a wing."""
FLOOR: Final = 1e-4
"""Least total variance of a curve, as a part of that at the money."""
_TAME: Final = np.array([0.0, 0.0, 0.0, 1e-4, 1e-4])
"""A breath of preference for m = 0 and σ = s, where quotes leave them open."""
_MARGIN: Final = 0.02
"""The penalty starts at this density factor, so that the fit ends above zero."""
_PUSH: Final = 4.0
"""Weight of a point of penalty against a quote at the money."""


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
    """Total variance w/s² that curves may not fall below or rise above, at x of (curves, points)."""

    x: Floats
    low: Floats
    high: Floats


def batch_of(quotes: Sequence[SmileQuotes]) -> Batch:
    most = max(len(each.x) for each in quotes)
    x, y, weight = np.zeros((3, len(quotes), most))
    y += 1
    for row, each in enumerate(quotes):
        many = len(each.x)
        x[row, :many], y[row, :many], weight[row, :many] = each.x, each.y, each.weight
    return Batch(x, y, weight, np.array([each.width for each in quotes]))


def fit_batch(
    batch: Batch, *, start: Floats | None = None, fence: Fence | None = None, steps: int = 24
) -> Floats:
    """The curves in their own units, shape (curves, 5), free of butterfly arbitrage."""
    curves = first_guess(batch) if start is None else start
    scatter = _scatter(batch, curves)
    found = _descend(batch, _inside(batch, curves), scatter, fence, steps)
    return flattened(found, batch.width)


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
    return found


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
    """How far an honest quote may lie from its curve: twice the weighted median miss, and a floor."""
    miss = np.abs(_misses(batch, curves))
    order = np.argsort(miss, axis=1)
    weights = np.take_along_axis(batch.weight, order, 1).cumsum(axis=1)
    middle = (weights < 0.5 * weights[:, -1:]).sum(axis=1, keepdims=True)
    found = np.take_along_axis(np.take_along_axis(miss, order, 1), middle, 1)
    return np.asarray(np.clip(2 * found, 0.02, 0.2))


def _misses(batch: Batch, curves: Floats) -> Floats:
    return np.asarray(np.sqrt(np.maximum(shape(curves, batch.x)[0], FLOOR)) - batch.y)


def _descend(
    batch: Batch, curves: Floats, scatter: Floats, fence: Fence | None, steps: int
) -> Floats:
    damping = np.full(len(curves), 1e-2)
    cost, hessian, slope = _terms(batch, curves, scatter, fence)
    for _ in range(steps):
        step = _solve(curves, hessian, slope, damping, batch)
        trial = _inside(batch, curves + step)
        found = _terms(batch, trial, scatter, fence)
        better = found[0] < cost
        gain = np.where(better, (cost - found[0]) / np.maximum(cost, 1e-12), 0.0)
        curves = np.where(better[:, None], trial, curves)
        cost = np.where(better, found[0], cost)
        hessian = np.where(better[:, None, None], found[1], hessian)
        slope = np.where(better[:, None], found[2], slope)
        damping = np.where(better, damping * 0.2, damping * 6.0)
        if ((better & (gain < 1e-3)) | (~better & (damping > 10))).all():
            break
    return curves


def _solve(curves: Floats, hessian: Floats, slope: Floats, damping: Floats, batch: Batch) -> Floats:
    """The damped step; a parameter at its bound that would leave it stays where it is."""
    low, high = _bounds(batch)
    stuck = ((curves <= low) & (slope > 0)) | ((curves >= high) & (slope < 0))
    free = ~stuck
    h = hessian * (free[:, :, None] & free[:, None, :])
    diagonal = np.einsum("nii->ni", hessian)
    extra = np.where(free, damping[:, None] * (diagonal + 1e-6) + 1e-9, 1.0)
    h = h + extra[:, :, None] * np.eye(5)
    return np.asarray(np.linalg.solve(h, (-slope * free)[..., None])[..., 0])


def _bounds(batch: Batch) -> tuple[Floats, Floats]:
    high = np.tile(_HIGH, (len(batch.width), 1))
    high[:, RIGHT] = high[:, LEFT] = LEE / batch.width
    return np.tile(_LOW, (len(batch.width), 1)), high


def _inside(batch: Batch, curves: Floats) -> Floats:
    """Moved into the bounds, and lifted until the total variance is positive everywhere."""
    curves = np.clip(curves, *_bounds(batch))
    least = FLOOR - np.exp(curves[:, LOG_SIGMA]) * np.sqrt(curves[:, RIGHT] * curves[:, LEFT])
    curves[:, A] = np.maximum(curves[:, A], least)
    return curves


def _terms(
    batch: Batch, curves: Floats, scatter: Floats, fence: Fence | None
) -> tuple[Floats, Floats, Floats]:
    """Cost of each curve, its Gauss-Newton matrix and half its gradient."""
    middle = curves * _TAME
    parts = [
        _quotes(batch, curves, scatter),
        _butterfly(batch, curves),
        ((middle * curves).sum(axis=1), np.diag(_TAME), middle),
    ]
    if fence is not None:
        parts.append(_calendar(curves, fence))
    cost, hessian, slope = (sum(part[i] for part in parts) for i in range(3))
    return np.asarray(cost), np.asarray(hessian), np.asarray(slope)


def _calendar(curves: Floats, fence: Fence) -> tuple[Floats, Floats, Floats]:
    """What lies beyond the fence, as a volatility."""
    w = shape(curves, fence.x)[0]
    below, above = np.maximum(fence.low - w, 0.0), np.maximum(w - fence.high, 0.0)
    scale = 0.5 / np.sqrt(np.maximum(np.fmax(w, fence.low), FLOOR))
    miss = (above - below) * scale
    jacobian = gradients(curves, fence.x)[0] * scale[..., None]
    weight = _PUSH * (miss != 0)
    return _normal((weight * miss * miss).sum(axis=1), jacobian, miss, weight)


def _quotes(batch: Batch, curves: Floats, scatter: Floats) -> tuple[Floats, Floats, Floats]:
    w = shape(curves, batch.x)[0]
    vol = np.sqrt(np.maximum(w, FLOOR))
    miss = vol - batch.y
    odd = 1 + (miss / scatter) ** 2
    weight = batch.weight / odd
    cost = (batch.weight * np.log(odd)).sum(axis=1) * scatter[:, 0] ** 2
    jacobian = gradients(curves, batch.x)[0] * (0.5 / vol)[..., None]
    return _normal(cost, jacobian, miss, weight)


def _butterfly(batch: Batch, curves: Floats) -> tuple[Floats, Floats, Floats]:
    k = own_grid(curves)
    s2 = batch.width[:, None] ** 2
    w, w1, w2 = shape(curves, k)
    w = np.maximum(w, FLOOR)
    short = _MARGIN - durrleman(k, w, w1, w2, s2)
    short = np.clip(short, 0.0, 5.0)
    if not short.any():
        n = len(curves)
        return np.zeros(n), np.zeros((n, 5, 5)), np.zeros((n, 5))
    by_w, by_w1, by_w2 = gradients(curves, k)
    lean = 1 - 0.5 * k * w1 / w
    g_w = lean * k * w1 / (w * w) + 0.25 * w1 * w1 / (w * w)
    g_w1 = -lean * k / w - 0.5 * w1 * (1 / w + 0.25 * s2)
    jacobian = -(g_w[..., None] * by_w + g_w1[..., None] * by_w1 + 0.5 * by_w2)
    weight = _PUSH * (short > 0)
    return _normal((weight * short * short).sum(axis=1), jacobian, short, weight)


def _normal(
    cost: Floats, jacobian: Floats, miss: Floats, weight: Floats
) -> tuple[Floats, Floats, Floats]:
    weighted = np.swapaxes(jacobian * weight[..., None], -1, -2)
    return cost, weighted @ jacobian, (weighted @ miss[..., None])[..., 0]
