"""Liquidity: can this contract be traded near its price, in size?"""

from enum import IntEnum
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WIDE: Final = 0.05
"""A spread above 5 % of the mid is wide; below two ticks it never is."""
FEW_LOTS: Final = 2.0
"""A best quote of less than two lots on either side is thin."""
TIGHT: Final = 0.002
"""A spread of 0.2 % of the mid, or of two ticks, is as good as can be asked."""
DEEP_LOTS: Final = 100.0
BUSY_LOTS: Final = 10_000.0
FORMULA: Final = (
    "50 × spread (1 up to 0.2 % of the mid or two ticks, 0 from 5 %, on a log scale)"
    " + 30 × depth (lots of the smaller best quote: 0 at one, 1 at 100, log)"
    " + 20 × volume (lots today: 0 at one, 1 at 10,000, log); 0 without a price to trade at"
)


class Liquidity(IntEnum):
    UNKNOWN = 0  # nothing was heard of the quotes
    GOOD = 1
    THIN = 2  # tight enough, but little on offer
    WIDE = 3
    ONE_SIDED = 4  # no bid or no ask: there is no price to trade at
    CROSSED = 5  # the bid is above the ask: one of them is old

    @property
    def label(self) -> str:
        return ("", "", "Thin", "Wide spread", "One-sided", "Crossed")[self]


def spread(bid: Floats, ask: Floats) -> Floats:
    """Ask less bid as a fraction of the mid; nan unless both are quoted."""
    both = (bid > 0) & (ask > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(both, 2 * (ask - bid) / (ask + bid), np.nan)


def liquidity(
    bid: Floats,
    ask: Floats,
    bid_quantity: Floats,
    ask_quantity: Floats,
    *,
    lot_size: int,
    tick_size: float = 0.05,
) -> NDArray[np.int8]:
    """`Liquidity` per contract; quantities in units."""
    with np.errstate(invalid="ignore"):
        both = (bid > 0) & (ask > 0)
        heard = np.isfinite(bid) | np.isfinite(ask)
        wide = (spread(bid, ask) > WIDE) & (ask - bid > 2.001 * tick_size)
        thin = np.fmin(bid_quantity, ask_quantity) < FEW_LOTS * lot_size
        crossed = both & (bid > ask)
    cases = [~heard, ~both, crossed, wide, thin]
    return np.select(cases, [0, 4, 5, 3, 2], 1).astype(np.int8)


def score(
    bid: Floats,
    ask: Floats,
    bid_quantity: Floats,
    ask_quantity: Floats,
    volume: Floats,
    *,
    lot_size: int,
    tick_size: float = 0.05,
) -> Floats:
    """0 to 100 per contract by `FORMULA`; quantities and volume in units; nan when one is unknown.

    A contract quoted on one side only, or with its bid above its ask, has 0: there is no price to
    trade at.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = spread(bid, ask)
        tightness = _part(np.log(relative), log(WIDE), log(TIGHT))
        tightness = np.where(ask - bid <= 2.001 * tick_size, 1.0, tightness)
        lots = np.minimum(bid_quantity, ask_quantity) / lot_size
        depth = _part(np.log(lots), 0.0, log(DEEP_LOTS))
        traded = _part(np.log(volume / lot_size), 0.0, log(BUSY_LOTS))
    points = 50 * tightness + 30 * depth + 20 * traded
    heard = np.isfinite(bid) | np.isfinite(ask)
    tradable = (bid > 0) & (ask >= bid)
    return np.where(tradable, points, np.where(heard, 0.0, np.nan))


def _part(value: Floats, worst: float, best: float) -> Floats:
    """0 at the worst or beyond, 1 at the best or beyond."""
    return np.clip((value - worst) / (best - worst), 0.0, 1.0)
