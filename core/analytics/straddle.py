"""The strike at the money, its straddle, and the move that the options expect."""

from math import nan, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def at_the_money(strikes: Floats, forward: float) -> int:
    """Index of the strike nearest the forward, the lower of equals; -1 when unknown."""
    if not strikes.size or not forward > 0:
        return -1
    return int(np.abs(strikes - forward).argmin())


def straddle(call: float, put: float) -> float:
    """Price of both options of one strike; nan unless both have one."""
    return call + put if call > 0 and put > 0 else nan


def expected_move(forward: float, iv: float, years: float) -> float:
    """One standard deviation to expiry in rupees: F·σ·√T."""
    return forward * iv * sqrt(years) if years >= 0 and forward > 0 else nan
