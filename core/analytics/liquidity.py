"""Liquidity: can this contract be traded near its price, in size?"""

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WIDE: Final = 0.05
"""A spread above 5 % of the mid is wide; below two ticks it never is."""
FEW_LOTS: Final = 2.0
"""A best quote of less than two lots on either side is thin."""


class Liquidity(IntEnum):
    UNKNOWN = 0  # nothing was heard of the quotes
    GOOD = 1
    THIN = 2  # tight enough, but little on offer
    WIDE = 3
    ONE_SIDED = 4  # no bid or no ask: there is no price to trade at

    @property
    def label(self) -> str:
        return ("", "", "Thin", "Wide spread", "One-sided")[self]


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
    cases = [~heard, ~both, wide, thin]
    return np.select(cases, [0, 4, 3, 2], 1).astype(np.int8)
