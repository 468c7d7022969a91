"""Whether fitted smiles leave something for nothing: butterflies and calendars, looked at anew."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from core.analytics.smile import Curve
from core.analytics.svi import durrleman

REACH: Final = 6.0
"""Standard deviations on either side of the money that are looked at."""
POINTS: Final = 241
SLACK: Final = 1e-9
"""Of a density or a total variance: less than this is the rounding of numbers."""


def butterflies(curve: Curve) -> float:
    """The least of Durrleman's g within `REACH`: below zero a butterfly costs less than nothing."""
    width = float(np.sqrt(curve.variance(0.0)))
    k = np.linspace(-REACH, REACH, POINTS) * width
    return float(durrleman(k, *curve.shape(k)).min())


def crossing(near: Curve, far: Curve) -> float:
    """The most by which the nearer total variance exceeds the later one; above zero they cross."""
    width = float(np.sqrt(far.variance(0.0)))
    k = np.linspace(-REACH, REACH, POINTS) * width
    return float((near.variance(k) - far.variance(k)).max())


def faults(curves: Sequence[Curve]) -> tuple[str, ...]:
    """Of each smile, by time, what is wrong with it in words; "" for nothing."""
    found = ["" if butterflies(curve) >= -SLACK else "butterfly" for curve in curves]
    for at, (near, far) in enumerate(pairwise(curves)):
        if crossing(near, far) > SLACK:
            found[at + 1] = f"{found[at + 1]} calendar".strip()
    return tuple(found)
