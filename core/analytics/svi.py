"""The SVI curve of total variance by its wings, and Durrleman's test for butterfly arbitrage.

Raw SVI (Gatheral, 2004) is w(k) = a + b(ρ(k - m) + √((k - m)² + σ²)). With the wings' slopes
right = b(1 + ρ) and left = b(1 - ρ) it reads

    w(k) = a + right·(R + z)/2 + left·(R - z)/2,    z = k - m,  R = √(z² + σ²)

which is linear in a, right and left, and Lee's moment formula says: both slopes at most 2.

Curves are arrays of shape (curves, 5) with the columns A, RIGHT, LEFT, M, LOG_SIGMA (ln σ); their
points `k` (log-moneyness) have the shape (curves, points).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

A, RIGHT, LEFT, M, LOG_SIGMA = range(5)

_U: Final = np.linspace(-7.5, 7.5, 61)
_FINE_U: Final = np.linspace(-8.5, 8.5, 341)


def shape(curves: Floats, k: Floats) -> tuple[Floats, Floats, Floats]:
    """w(k) and its first and second derivative."""
    a, right, left, m, log_sigma = curves.T[..., None]
    sigma2 = np.exp(2 * log_sigma)
    z = k - m
    root = np.sqrt(z * z + sigma2)
    half = 0.5 * (right + left)
    lean = 0.5 * (right - left)
    w = a + lean * z + half * root
    return w, lean + half * z / root, half * sigma2 / root**3


def gradient(curves: Floats, k: Floats) -> tuple[Floats, Floats]:
    """w(k), and ∂w by the five parameters: (curves, 5, points)."""
    a, right, left, m, log_sigma = curves.T[..., None]
    sigma2 = np.exp(2 * log_sigma)
    z = k - m
    root = np.sqrt(z * z + sigma2)
    half = 0.5 * (right + left)
    lean = 0.5 * (right - left)
    found = np.empty((len(curves), 5, k.shape[-1]))
    found[:, A] = 1.0
    found[:, RIGHT] = 0.5 * (root + z)
    found[:, LEFT] = 0.5 * (root - z)
    found[:, M] = -lean - half * (z / root)
    found[:, LOG_SIGMA] = half * sigma2 / root
    return a + lean * z + half * root, found


def bend_gradients(curves: Floats, k: Floats) -> tuple[Floats, Floats]:
    """∂w' and ∂w'' by the five parameters: (curves, 5, points) each."""
    _, right, left, m, log_sigma = curves.T[..., None]
    sigma2 = np.exp(2 * log_sigma)
    z = k - m
    inverse = 1.0 / np.sqrt(z * z + sigma2)
    half = 0.5 * (right + left)
    slope = z * inverse
    bend = sigma2 * inverse**3
    first, second = np.zeros((2, len(curves), 5, k.shape[-1]))
    first[:, RIGHT] = 0.5 * (slope + 1)
    first[:, LEFT] = 0.5 * (slope - 1)
    first[:, M] = -half * bend
    first[:, LOG_SIGMA] = -half * z * bend
    second[:, RIGHT] = second[:, LEFT] = 0.5 * bend
    second[:, M] = 3 * half * bend * z * inverse**2
    second[:, LOG_SIGMA] = half * bend * (2 - 3 * sigma2 * inverse**2)
    return first, second


def durrleman(k: Floats, w: Floats, w1: Floats, w2: Floats, scale2: Floats | float = 1.0) -> Floats:
    """g(k) of Gatheral and Jacquier (2014, eq. 2.1): a density exists where g ≥ 0.

    For curves in units of `scale` (k/scale, w/scale²) give its square.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        lean = 1 - 0.5 * k * w1 / w
        return np.asarray(lean * lean - 0.25 * w1 * w1 * (1 / w + 0.25 * scale2) + 0.5 * w2)


def own_grid(curves: Floats, *, fine: bool = False) -> Floats:
    """Points at which a curve tells all of itself: dense at its bend, sparse in its wings."""
    sigma = np.exp(curves[:, LOG_SIGMA, None])
    return np.asarray(curves[:, M, None] + sigma * np.sinh(_FINE_U if fine else _U))


def arbitrage_free(curves: Floats, scale: Floats | float = 1.0) -> NDArray[np.bool_]:
    """Of each curve: positive everywhere, g ≥ 0, and Lee's bound on both wings."""
    scale = np.asarray(scale, np.float64) + np.zeros(len(curves))
    k = own_grid(curves, fine=True)
    w, w1, w2 = shape(curves, k)
    g = durrleman(k, w, w1, w2, scale[:, None] ** 2)
    wings = curves[:, RIGHT : LEFT + 1]
    lee = ((wings >= 0) & (wings * scale[:, None] <= 2)).all(axis=1)
    return np.asarray(lee & (w > 0).all(axis=1) & (g >= 0).all(axis=1))
