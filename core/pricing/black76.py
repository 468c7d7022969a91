"""Black's price of European options on a forward, over whole arrays (Black, 1976).

    d1 = ln(F/K)/(σ√T) + σ√T/2        d2 = d1 - σ√T
    call = D·(F·N(d1) - K·N(d2))      put = D·(K·N(-d2) - F·N(-d1))

`forward`, `strike` and prices in rupees, `years` the time to the dated close (minutes / 525,600),
`vol` a fraction, `discount` = exp(-r·T), `call` true for calls. All arguments broadcast; NaN in
gives NaN out.
"""

import numpy as np
from numpy.typing import ArrayLike

from core.pricing.normal import Floats, cumulative


def price(
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    vol: ArrayLike,
    discount: ArrayLike,
    call: ArrayLike,
) -> Floats:
    """Value today; at no time or no volatility left, the discounted intrinsic value."""
    f, k, t, sigma, df = (
        np.asarray(a, np.float64) for a in (forward, strike, years, vol, discount)
    )
    with np.errstate(all="ignore"):
        d1, s = first_d(f, k, t, sigma)
        side = np.where(call, 1.0, -1.0)
        n = cumulative(np.stack(np.broadcast_arrays(side * d1, side * (d1 - s))))
        value = df * side * (f * n[0] - k * n[1])
        return np.asarray(np.maximum(value, 0.0))  # rounding may leave a far wing at -1e-17


def first_d(f: Floats, k: Floats, t: Floats, sigma: Floats) -> tuple[Floats, Floats]:
    """d1 and σ√T; at σ√T = 0 d1 is ±inf, or 0 at the money. Negative time or vol is NaN."""
    s = np.sqrt(t) * np.where(sigma < 0, np.nan, sigma)
    x = np.log(f / k)
    return np.where(x == 0, 0.5 * s, x / s + 0.5 * s), s
