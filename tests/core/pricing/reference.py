"""Black-76 in 50 digits."""

from typing import Any

import mpmath as mp


def black76(f: float, k: float, t: float, vol: float, discount: float, call: bool) -> mp.mpf:
    with mp.workdps(50):
        return +formula(*(mp.mpf(x) for x in (f, k, t, vol, discount)), call)


def formula(f: Any, k: Any, t: Any, vol: Any, discount: Any, call: bool) -> Any:
    """At whatever precision is set, of mpmath's numbers."""
    s = vol * mp.sqrt(t)
    d1 = mp.log(f / k) / s + s / 2
    side = 1 if call else -1
    return discount * side * (f * mp.ncdf(side * d1) - k * mp.ncdf(side * (d1 - s)))
