"""The price of every contract of a chain's day: the middle of its quotes, else its last trade."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainPrices:
    """(minutes, 2, strikes) in rupees, nan = unknown; `traded` where it is a last trade."""

    value: Floats
    traded: NDArray[np.bool_]


def chain_prices(day: ChainDay) -> ChainPrices:
    mid = day.mid()
    traded = ~np.isfinite(mid) & (day.ltp > 0)
    return ChainPrices(value=np.where(traded, day.ltp, mid), traded=traded)
