"""A broken line: values at rising places, straight between them; where it is zero."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NOTHING: Final = 1e-6
"""Rupees: a smaller value is none."""


def zeros(at: Floats, values: Floats) -> list[float]:
    """Rising, without the last place itself; of a stretch at zero its ends; none if unknown."""
    if not np.isfinite(values).all():
        return []
    held = np.where(np.abs(values) < NOTHING, 0.0, values)
    beside = np.maximum(np.abs(held[1:]), np.abs(np.concatenate([[0.0], held[:-2]])))
    found = set(at[:-1][(held[:-1] == 0) & (beside > 0)].tolist())
    for i in np.flatnonzero(held[1:] * held[:-1] < 0):
        share = held[i] / (held[i] - held[i + 1])
        found.add(float(at[i] + share * (at[i + 1] - at[i])))
    return sorted(found)


def zero_beyond(at: Floats, values: Floats) -> float | None:
    """Where the last stretch, carried on, is zero from the last place on; None if nowhere."""
    slope = (values[-1] - values[-2]) / (at[-1] - at[-2])
    if not abs(slope) > 0 or values[-1] * slope > 0:
        return None
    return float(at[-1] - values[-1] / slope)
