"""Build-up: what price and open interest, together, say that traders did."""

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PRICE_BAND: Final = 0.005
OI_BAND: Final = 0.01
"""The dead-band: changes of less than 0.5 % in price or 1 % in open interest say nothing."""
FUTURE_PRICE_BAND: Final = 0.001
FUTURE_OI_BAND: Final = 0.005
"""A future moves less than its options: 0.1 % in price and 0.5 % in open interest."""


class BuildUp(IntEnum):
    NONE = 0
    LONG_BUILD_UP = 1  # price up, OI up
    SHORT_BUILD_UP = 2  # price down, OI up
    SHORT_COVERING = 3  # price up, OI down
    LONG_UNWINDING = 4  # price down, OI down

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def short(self) -> str:
        return _SHORT[self]


_LABELS = {
    BuildUp.NONE: "",
    BuildUp.LONG_BUILD_UP: "Long build-up",
    BuildUp.SHORT_BUILD_UP: "Short build-up",
    BuildUp.SHORT_COVERING: "Short covering",
    BuildUp.LONG_UNWINDING: "Long unwinding",
}
_SHORT = {
    BuildUp.NONE: "",
    BuildUp.LONG_BUILD_UP: "LB",
    BuildUp.SHORT_BUILD_UP: "SB",
    BuildUp.SHORT_COVERING: "SC",
    BuildUp.LONG_UNWINDING: "LU",
}


def build_up(
    price: Floats,
    close: Floats,
    oi: Floats,
    oi_prev: Floats,
    *,
    price_band: float = PRICE_BAND,
    oi_band: float = OI_BAND,
) -> NDArray[np.int8]:
    """`BuildUp` per contract against the previous session; NONE inside the dead-band or unknown.

    Yesterday's open interest of 0 is known: whatever stands today was built today.
    """
    up = price > close * (1 + price_band)
    down = price < close * (1 - price_band)
    more = oi > oi_prev * (1 + oi_band)
    less = oi < oi_prev * (1 - oi_band)
    known = (price > 0) & (close > 0) & (oi >= 0) & (oi_prev >= 0)
    kinds = [up & more, down & more, up & less, down & less]
    return np.select([known & k for k in kinds], [1, 2, 3, 4], 0).astype(np.int8)


def build_up_of(
    price: float,
    close: float,
    oi: float,
    oi_prev: float,
    *,
    price_band: float = FUTURE_PRICE_BAND,
    oi_band: float = FUTURE_OI_BAND,
) -> BuildUp:
    """Of one contract, with the dead-band of a future unless told otherwise."""
    numbers = (np.array([x]) for x in (price, close, oi, oi_prev))
    return BuildUp(int(build_up(*numbers, price_band=price_band, oi_band=oi_band)[0]))


def dead_band(price_band: float = PRICE_BAND, oi_band: float = OI_BAND) -> str:
    """What the quadrants leave out, for a person."""
    return (
        f"Moves within ±{price_band:.1%} in price or ±{oi_band:.1%} in open interest are left out."
    )
