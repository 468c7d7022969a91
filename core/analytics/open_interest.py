"""Put-call ratios, and open interest against what it was."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def put_call_ratio(calls: Floats, puts: Floats) -> float:
    """Sum of puts over sum of calls, of open interest or of volume; nan without any calls.

    Unknown strikes (nan) count as nothing; the ratio is nan when one side is wholly unknown.
    """
    return float(put_call_ratios(calls, puts))


def put_call_ratios(calls: Floats, puts: Floats) -> Floats:
    """The same over the last axis: a ratio per minute of (minutes, strikes)."""
    known = np.isfinite(calls).any(axis=-1) & np.isfinite(puts).any(axis=-1)
    below, above = np.nansum(calls, axis=-1), np.nansum(puts, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(known & (below > 0), above / below, np.nan)


def units(contracts: Floats, lot_size: int) -> Floats:
    """Open interest in units of one published in contracts, as NSE's site does.

    After a change of lot contracts come in fractions (4.333 of 75 are 325 units).
    """
    return np.rint(contracts * lot_size)


def change(now: Floats, then: Floats) -> Floats:
    """What was added since, in units; nan where either is unknown."""
    return np.asarray(now - then)


def fraction(now: Floats, then: Floats) -> Floats:
    """The change as a fraction of what there was; nan where there was nothing or none is known."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(then > 0, now / then - 1, np.nan)
