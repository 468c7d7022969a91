"""Put-call ratios."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def put_call_ratio(calls: Floats, puts: Floats) -> float:
    """Sum of puts over sum of calls, of open interest or of volume; nan without any calls.

    Unknown strikes (nan) count as nothing; the ratio is nan when one side is wholly unknown.
    """
    if not (np.isfinite(calls).any() and np.isfinite(puts).any()):
        return float("nan")
    below = float(np.nansum(calls))
    return float(np.nansum(puts)) / below if below > 0 else float("nan")
