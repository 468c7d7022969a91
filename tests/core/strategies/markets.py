"""Invented markets and legs for the tests of strategies."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.ids import InstrumentKey
from core.instruments.instrument import Right
from core.strategies.legs import Leg, LegKind
from core.strategies.valuation import Market

NOW = datetime(2026, 8, 18, 4, 30, tzinfo=UTC)
NEAR, FAR = date(2026, 8, 25), date(2026, 9, 29)
SPOT = 24_200.0
LOT = 65


def closes(expiry: date) -> datetime:
    return datetime(expiry.year, expiry.month, expiry.day, 10, 10, tzinfo=UTC)


class Skewed:
    """A smile that falls with the strike, the same at every time to expiry."""

    def __init__(self, level: float = 0.12, slope: float = -0.15) -> None:
        self.level, self.slope = level, slope

    def vol(self, strike: ArrayLike, years: ArrayLike) -> NDArray[np.float64]:
        k, _ = np.broadcast_arrays(np.asarray(strike, float), np.asarray(years, float))
        return np.clip(self.level + self.slope * np.log(k / SPOT), 0.03, 1.0)


def leg(
    lots: int, strike: float, right: str, price: float = 100.0, expiry: date = NEAR, **more: object
) -> Leg:
    given: dict[str, object] = {
        "key": InstrumentKey(f"NSE_FO|{expiry:%m%d}{strike:g}{right}"),
        "symbol": "NIFTY",
        "right": Right(right),
        "strike": strike,
        "expiry": expiry,
        "closes_at": closes(expiry),
        "lot_size": LOT,
        "lots": lots,
        "price": price,
    }
    return Leg(**(given | more))  # type: ignore[arg-type]


def future(lots: int, price: float = SPOT, expiry: date = NEAR) -> Leg:
    return Leg(
        key=InstrumentKey(f"NSE_FO|{expiry:%m%d}FUT"),
        symbol="NIFTY",
        kind=LegKind.FUTURE,
        expiry=expiry,
        closes_at=closes(expiry),
        lot_size=LOT,
        lots=lots,
        price=price,
    )


def market(**more: object) -> Market:
    given: dict[str, object] = {
        "spot": SPOT,
        "now": NOW,
        "rate": 0.065,
        "forwards": {NEAR: SPOT * 1.0012, FAR: SPOT * 1.007},
        "surface": Skewed(),
    }
    return Market(**(given | more))  # type: ignore[arg-type]


def after(days: float) -> datetime:
    return NOW + timedelta(days=days)
