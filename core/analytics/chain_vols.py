"""Volatilities of a whole chain, one a strike."""

import numpy as np
from numpy.typing import NDArray

from core.analytics.sides import CALL, IS_CALL, PUT
from core.pricing.implied_vol import Status, implied_vol

Floats = NDArray[np.float64]


def chain_vols(
    price: Floats, forward: float, strikes: Floats, years: float, discount: float
) -> tuple[Floats, NDArray[np.int8]]:
    """Of prices (2, strikes), calls first; and the `Status` of each.

    Both sides of a strike carry the volatility of its out-of-the-money side. By put-call parity on
    one forward they have one volatility; an in-the-money quote is so wide against its vega that it
    tells next to nothing of it. Its own counts only where the other has none.
    """
    own, own_status = implied_vol(price, forward, strikes, years, discount, IS_CALL)
    outside = np.where(strikes < forward, own[PUT], own[CALL])
    known = np.isfinite(outside)
    return np.where(known, outside, own), np.where(known, np.int8(Status.OK), own_status)
