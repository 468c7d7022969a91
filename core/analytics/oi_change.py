"""Open interest against an earlier moment: yesterday's close, or any minute of the day."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.analytics.build_up import (
    OI_BAND,
    PRICE_BAND,
    build_up,
)
from core.analytics.open_interest import change, fraction

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class OiChange:
    """(2, strikes), calls first: `change` in units, `fraction` of what there was, `BuildUp`s."""

    strikes: Floats
    change: Floats
    fraction: Floats
    build_up: NDArray[np.int8]


def since_yesterday(
    strikes: Floats,
    price: Floats,
    close: Floats,
    oi: Floats,
    oi_prev: Floats,
    *,
    price_band: float = PRICE_BAND,
    oi_band: float = OI_BAND,
) -> OiChange:
    """Against the previous session's closing prices and open interest, each (2, strikes)."""
    kinds = build_up(price, close, oi, oi_prev, price_band=price_band, oi_band=oi_band)
    return OiChange(
        strikes=strikes,
        change=change(oi, oi_prev),
        fraction=fraction(oi, oi_prev),
        build_up=kinds,
    )
