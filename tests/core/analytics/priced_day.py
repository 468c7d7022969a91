"""A day of a chain whose every price follows from one forward and one smile; all made up."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay
from core.instruments.expiries import MINUTES_A_YEAR
from core.pricing.black76 import price

Floats = NDArray[np.float64]

EXPIRY = date(2026, 11, 24)
OPENING = datetime(2026, 11, 24, 3, 45, tzinfo=UTC)  # 09:15 IST
CLOSES = datetime(2026, 11, 24, 10, 10, tzinfo=UTC)  # 15:40 IST
FIRST = int(OPENING.timestamp() // 60)
STRIKES = 24_000.0 + 50 * np.arange(-10, 11)


def priced_day(
    minutes: int = 30,
    *,
    forward: Floats | float = 24_010.0,
    vol: float = 0.12,
    half_spread: float = 0.1,
    missing: tuple[int, ...] = (),
    strikes: Floats = STRIKES,
) -> ChainDay:
    """Every call trades 100 units a minute, every put 50; open interest 1,000 and 2,000."""
    rows = np.array([m for m in range(minutes) if m not in missing])
    at = FIRST + rows
    years = (CLOSES.timestamp() / 60 - (at + 1)) / MINUTES_A_YEAR
    level = np.broadcast_to(np.asarray(forward, np.float64), (minutes,))[rows]
    call = np.array([[True], [False]])
    mid = price(level[:, None, None], strikes, years[:, None, None], vol, 1.0, call)
    shape = np.ones((len(rows), 2, len(strikes)))
    side = np.array([[1.0], [2.0]])
    return ChainDay(
        symbol="NIFTY",
        expiry=EXPIRY,
        day=EXPIRY,
        minutes=at,
        strikes=strikes,
        spot=level - 10,
        forward=level,
        future=level,
        future_oi=np.full(len(rows), 1e6),
        ltp=mid,
        bid=mid - half_spread,
        ask=mid + half_spread,
        volume=shape * (100.0 / side) * (rows[:, None, None] + 1),
        oi=shape * 1_000.0 * side,
        iv=shape * vol,
    )


def minute(row: int) -> datetime:
    return OPENING + timedelta(minutes=row)
