"""Black-76 in 50 digits."""

import mpmath as mp


def black76(f: float, k: float, t: float, vol: float, discount: float, call: bool) -> mp.mpf:
    with mp.workdps(50):
        s = mp.mpf(vol) * mp.sqrt(mp.mpf(t))
        d1 = mp.log(mp.mpf(f) / mp.mpf(k)) / s + s / 2
        side = 1 if call else -1
        return +(
            mp.mpf(discount)
            * side
            * (mp.mpf(f) * mp.ncdf(side * d1) - mp.mpf(k) * mp.ncdf(side * (d1 - s)))
        )
