"""Figures of legs that stand together: where they break even, and what time alone takes."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from core.analytics.broken_line import zero_beyond, zeros
from core.analytics.chain_day import ChainDay, years_at_end
from core.analytics.chain_prices import chain_prices
from core.analytics.premium import Floats, PremiumSeries, place
from core.analytics.sides import CALL
from core.pricing.black76 import price
from core.pricing.implied_vol import implied_vol


def breakevens(
    sides: Sequence[int], strikes: Floats, ratios: Floats, premium: float
) -> tuple[float, ...]:
    """Prices of the underlying at which the legs at their expiry are worth `premium`, ascending.

    Rupees; exact, the worth being straight between strikes. Empty while anything is unknown.
    """
    if not np.isfinite(premium) or not np.isfinite(strikes).all() or not strikes.size:
        return ()
    calls = np.array([side == CALL for side in sides])
    kinks = np.unique(np.concatenate([[0.0], strikes, [2 * strikes.max()]]))
    worth = np.where(calls, kinks[:, None] - strikes, strikes - kinks[:, None])
    profit = np.maximum(worth, 0.0) @ ratios - premium
    far = zero_beyond(kinks, profit)
    return (*zeros(kinks, profit), *([] if far is None else [far]))


def decay(
    day: ChainDay,
    series: PremiumSeries,
    sides: Sequence[int],
    ratios: Floats,
    *,
    closes_at: datetime,
    rate: float,
) -> Floats:
    """What the first known minute's legs would be worth if nothing had changed but the time.

    Rupees per row of `series` (rows of `day`, perhaps more after them): Black-76 at that minute's
    forward and at the volatility that its prices imply. nan before it, and all over where a leg
    has no implied volatility.
    """
    whole = np.full(len(series.minutes), np.nan)
    known = np.flatnonzero(np.isfinite(series.value[: len(day)] + series.forward[: len(day)]))
    if not known.size:
        return whole
    first = int(known[0])
    strikes, forward = series.strikes[first], float(series.forward[first])
    places = [place(day, strike) for strike in strikes]
    paid = chain_prices(day).value[first, list(sides), places]
    call = np.array([side == CALL for side in sides])
    left = years_at_end(series.minutes, closes_at)
    discount = np.exp(-rate * left)
    vol, _ = implied_vol(paid, forward, strikes, left[first], discount[first], call)
    worth = price(forward, strikes, left[:, None], vol, discount[:, None], call)
    whole[first:] = (worth @ ratios)[first:]
    return whole
