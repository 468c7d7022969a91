"""How much volatility moves from one day to the next, for the band of later legs."""

from typing import Final

import numpy as np

from core.errors import AppError
from core.services import Services

LEAST: Final = 20
"""Sessions; of fewer, nothing is said."""


async def daily_iv_change(services: Services, symbol: str) -> float | None:
    """One standard deviation of the daily changes of 30-day volatility, a fraction; None while
    there is no history of it."""
    try:
        history = await services.volatility_history.series(symbol)
    except AppError:
        return None
    changes = np.diff(history.iv30[np.isfinite(history.iv30)])
    return float(changes.std()) if len(changes) >= LEAST else None
