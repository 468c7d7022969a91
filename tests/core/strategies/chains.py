"""An invented chain of two expiries and two futures, priced by one smile."""

from datetime import date

import numpy as np

from core.ids import InstrumentKey
from core.instruments.expiries import years_left
from core.instruments.instrument import Right
from core.pricing.black76 import price
from core.pricing.greeks import greeks
from core.strategies.chain_view import ChainView, ExpiryView, FutureView
from tests.core.strategies.markets import FAR, LOT, NEAR, NOW, SPOT, Skewed, closes

RATE = 0.065
FORWARDS = {NEAR: SPOT * 1.0012, FAR: SPOT * 1.007}
STRIKES = np.arange(22_000.0, 26_401.0, 50.0)
_CALL = np.array([[True], [False]])


def expiry_view(expiry: date, spread: float = 0.01) -> ExpiryView:
    """Mids on the smile, quotes `spread` of the mid apart; nothing is quoted below 0.5 rupees."""
    years, forward = years_left(closes(expiry), NOW), FORWARDS[expiry]
    vol, discount = Skewed().vol(STRIKES, years), np.exp(-RATE * years)
    mid = price(forward, STRIKES, years, vol, discount, _CALL)
    half = np.maximum(0.5 * spread * mid, 0.025)
    quoted = mid > 0.5
    return ExpiryView(
        symbol="NIFTY",
        expiry=expiry,
        closes_at=closes(expiry),
        years=years,
        forward=forward,
        lot_size=LOT,
        strikes=STRIKES,
        keys=(keys(expiry, Right.CALL), keys(expiry, Right.PUT)),
        bid=np.where(quoted, mid - half, np.nan),
        ask=np.where(quoted, mid + half, np.nan),
        mid=np.where(quoted, mid, np.nan),
        iv=np.where(quoted, vol, np.nan),
        delta=greeks(forward, STRIKES, years, vol, discount, _CALL).delta,
    )


def keys(expiry: date, right: Right) -> tuple[InstrumentKey | None, ...]:
    return tuple(InstrumentKey(f"NSE_FO|{expiry:%m%d}{k:g}{right}") for k in STRIKES)


def future_view(expiry: date) -> FutureView:
    at = FORWARDS[expiry]
    return FutureView(
        symbol="NIFTY",
        key=InstrumentKey(f"NSE_FO|{expiry:%m%d}FUT"),
        expiry=expiry,
        closes_at=closes(expiry),
        lot_size=LOT,
        bid=at - 1,
        ask=at + 1,
        last=at,
    )


def chain_view(*expiries: date, spread: float = 0.01) -> ChainView:
    return ChainView(
        symbol="NIFTY",
        spot=SPOT,
        now=NOW,
        rate=RATE,
        expiries=tuple(expiry_view(each, spread) for each in expiries or (NEAR, FAR)),
        futures=(future_view(NEAR), future_view(FAR)),
        surface=Skewed(),
    )
