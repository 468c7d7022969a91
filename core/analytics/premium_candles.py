"""Candles of a combined premium, of any number of minutes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.analytics.premium import PremiumSeries
from core.indicators.volume import vwap

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiumCandles:
    """One row per candle with anything known in it; `starts` are epoch minutes, the rest rupees.

    `open` is the value at the end of the minute before, where that was recorded with the same
    strikes, else the first value within. `volume` in units; `vwap` the average since the first
    known minute of the day by the contracts' volume, nan until something has traded. `traded`:
    some value rests on a last trade; `rolled`: strikes changed within.
    """

    starts: NDArray[np.int64]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    vwap: Floats
    traded: Flags
    rolled: Flags


def candles(series: PremiumSeries, length: int = 5, opens: int = 0) -> PremiumCandles:
    """Of `length` minutes each, counted from the epoch minute `opens` of the session's start."""
    known = np.isfinite(series.value)
    minutes, value = series.minutes[known], series.value[known]
    strikes, volume = series.strikes[known], series.volume[known]
    buckets = (minutes - opens) // length
    at = np.flatnonzero(np.diff(buckets, prepend=buckets[:1] - 1))
    same = np.zeros(len(minutes), np.bool_)  # this minute continues the one before
    alike = (strikes[1:] == strikes[:-1]).all(axis=1)
    same[1:] = alike & (np.diff(minutes) == 1)
    before = np.concatenate([value[:1], value[:-1]])
    first = np.where(same[at], before[at], value[at])
    rolled = np.concatenate([[False], ~alike])[: len(minutes)]
    rolled[at] = False  # a roll between two candles is in neither
    average = _held(vwap(value, volume))
    last = np.append(at[1:], len(minutes))[: at.size] - 1
    return PremiumCandles(
        starts=opens + buckets[at] * length,
        open=first,
        high=np.maximum(_each(np.maximum, value, at), first),
        low=np.minimum(_each(np.minimum, value, at), first),
        close=value[last],
        volume=_each(np.add, np.nan_to_num(volume), at),
        vwap=average[last],
        traded=_each(np.logical_or, series.traded[known], at),
        rolled=_each(np.logical_or, rolled, at),
    )


def _each(join: np.ufunc, values: NDArray, at: NDArray[np.int64]) -> NDArray:  # type: ignore[type-arg]
    """`join` over each candle's minutes."""
    return join.reduceat(values, at) if at.size else values[:0]


def _held(values: Floats) -> Floats:
    """An unknown value is the last known one; nan before the first."""
    at = np.maximum.accumulate(np.where(np.isfinite(values), np.arange(len(values)), -1))
    return np.where(at >= 0, values[at], np.nan)
