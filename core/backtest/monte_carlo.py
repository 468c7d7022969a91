"""Monte-Carlo of trades: what else the same trades could have become, drawn in another order."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
PATHS: Final = 1_000
LEVELS: Final = (5, 25, 50, 75, 95)
SEED: Final = 7
POINTS: Final = 240
"""Places of a band; more trades than that are told at every so many of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """After `trades[i]` trades the equity is below `equity[level][i]` in `level` % of the paths.

    `end` and `drawdown` are the same levels of the last equity and of the deepest fall (rupees,
    0 or below; the fall that is deeper in `level` % of the paths); `loses` is the share of paths
    that end below the capital.
    """

    trades: NDArray[np.int64]
    equity: dict[int, Floats]
    end: dict[int, float]
    drawdown: dict[int, float]
    loses: float


def band(pnls: Floats, capital: float, *, paths: int = PATHS, seed: int = SEED) -> Band | None:
    """Trades are drawn with replacement (bootstrap), each with its profit in rupees.

    It takes them as independent of each other, which trades of one trend are not. None for fewer
    than two trades.
    """
    count = len(pnls)
    if count < 2:
        return None
    places = np.unique(np.linspace(0, count, min(count, POINTS) + 1).round().astype(np.int64))
    random = np.random.default_rng(seed)
    at = np.empty((paths, len(places)))
    falls = np.empty(paths)
    for path in range(paths):
        drawn = pnls[random.integers(0, count, count)]
        equity = capital + np.concatenate([[0.0], np.cumsum(drawn)])
        at[path] = equity[places]
        falls[path] = np.min(equity - np.maximum.accumulate(equity))
    levels = np.percentile(at, LEVELS, axis=0)
    return Band(
        trades=places,
        equity=dict(zip(LEVELS, levels, strict=True)),
        end={level: float(each[-1]) for level, each in zip(LEVELS, levels, strict=True)},
        drawdown={level: float(np.percentile(falls, level)) for level in LEVELS},
        loses=float(np.mean(at[:, -1] < capital)),
    )
