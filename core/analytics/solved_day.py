"""What a day of prices leaves unsaid: the forward of each minute, and the volatilities."""

from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay
from core.analytics.forward import carried, mids, mids_or_last, parity_forward
from core.analytics.sides import CALL, IS_CALL, PUT
from core.pricing.implied_vol import implied_vol

Floats = NDArray[np.float64]


def solved(day: ChainDay, closes_at: datetime, rate: float) -> ChainDay:
    """The day with forwards and volatilities where it has none; what it has is left alone.

    A forward is that of put-call parity next to the money, from quotes where there are any, else
    from last trades; else the future's price; else the spot grown at `rate`. Volatilities are ours
    (Black 76 on that forward, to the dated close), both sides of a strike with that of the one out
    of the money.
    """
    forward = _forwards(day, closes_at, rate)
    if np.isfinite(day.iv).any():
        return replace(day, forward=forward)
    price = mids_or_last(day.bid, day.ask, day.ltp)
    years = day.years(closes_at)[:, None, None]
    ahead, discount = forward[:, None, None], np.exp(-rate * years)
    own, _ = implied_vol(price, ahead, day.strikes, years, discount, IS_CALL[None])
    outside = np.where(day.strikes < forward[:, None], own[:, PUT], own[:, CALL])[:, None]
    return replace(day, forward=forward, iv=np.where(np.isfinite(outside), outside, own))


def _forwards(day: ChainDay, closes_at: datetime, rate: float) -> Floats:
    years, quotes = day.years(closes_at), mids(day.bid, day.ask)
    found = np.array(day.forward)
    for row in np.flatnonzero(~np.isfinite(found)).tolist():
        spot, future = float(day.spot[row]), float(day.future[row])
        near = spot if spot > 0 else future
        discount = float(np.exp(-rate * years[row]))
        said = [quotes[row], day.ltp[row]]
        votes = [parity_forward(day.strikes, e[CALL], e[PUT], near, discount) for e in said]
        ahead = carried(spot, rate, float(years[row]))
        found[row] = next((e for e in (*votes, future, ahead) if e > 0), np.nan)
    return found
