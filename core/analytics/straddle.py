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


def at_the_money_each(strikes: Floats, forwards: Floats) -> NDArray[np.int64]:
    """The same for each of `forwards` (minutes,)."""
    if not strikes.size:
        return np.full(forwards.shape, -1)
    return np.where(forwards > 0, np.abs(strikes - forwards[:, None]).argmin(axis=1), -1)


def straddle(call: float, put: float) -> float:
    """Price of both options of one strike; nan unless both have one."""
    return call + put if call > 0 and put > 0 else nan


def expected_move(forward: float, iv: float, years: float) -> float:
    """One standard deviation to expiry in rupees: F·σ·√T."""
    return forward * iv * sqrt(years) if years >= 0 and forward > 0 else nan


def straddle_move(straddle: float, part: float = 1.0) -> float:
    """The move that the straddle at the money expects, in rupees: its price.

    Desks also take `part` 0.85 of it.
    """
    return part * straddle if straddle > 0 else nan
