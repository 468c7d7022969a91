"""Two-sided arrays: calls in the first row, puts in the second."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CALL: Final = 0
PUT: Final = 1
"""First index of every two-sided array."""
IS_CALL: Final = np.array([[True], [False]])


def total(values: Floats, axis: int = -2) -> Floats:
    """Sum over an axis (of both sides unless told); unknown counts as nothing, nan if all are."""
    known = np.isfinite(values)
    return np.where(known.any(axis=axis), np.where(known, values, 0.0).sum(axis=axis), np.nan)
