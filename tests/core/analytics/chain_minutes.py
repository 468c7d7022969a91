"""Chain snapshots for tests; all values made up."""

from datetime import UTC, date, datetime, timedelta

import numpy as np

from core.analytics.chain_snapshot import ChainSnapshot

EXPIRY = date(2026, 11, 23)
OPENING = datetime(2026, 11, 18, 3, 45, tzinfo=UTC)  # 09:15 IST
STRIKES = (24_000.0, 24_050.0, 24_100.0)


def snapshot(
    minute: int = 0,
    strikes: tuple[float, ...] = STRIKES,
    *,
    level: float = 100.0,
    symbol: str = "NIFTY",
    expiry: date = EXPIRY,
) -> ChainSnapshot:
    """`minute` counts from the opening; each strike is worth `level` plus its distance in fifties.

    Puts cost a thousand more than calls.
    """
    ladder = np.array(strikes)
    prices = level + (ladder - 24_000.0) / 50 + np.array([[0.0], [1_000.0]])
    return ChainSnapshot(
        symbol=symbol,
        expiry=expiry,
        minute=OPENING + timedelta(minutes=minute),
        spot=24_000.0 + minute,
        forward=24_010.0 + minute,
        future=24_020.0 + minute,
        future_oi=1e6,
        strikes=ladder,
        ltp=prices,
        bid=prices - 1,
        ask=prices + 1,
        volume=prices * 65,
        oi=prices * 650,
        iv=np.full_like(prices, 0.12),
    )
