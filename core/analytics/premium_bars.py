"""Bars of a combined premium with every gap in its place, and a series that grows at its end."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from core.analytics.premium import PremiumSeries
from core.analytics.premium_candles import candles

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

_PRICES = ("open", "high", "low", "close", "volume", "vwap")


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiumBars:
    """Every bar from the first known one to the last; nan (and False) where nothing is known.

    `starts` are epoch minutes; `rows` say which row of the series each bar ends with, -1 in a gap.
    Prices as in PremiumCandles. `rolled`: the bar ends with other strikes than the one before it.
    """

    starts: Ints
    rows: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    vwap: Floats
    traded: Flags
    rolled: Flags

    def of(self, values: Floats) -> Floats:
        """Numbers by the series' rows, as they are at each bar's end."""
        found = np.full((len(self.rows), *values.shape[1:]), np.nan)
        known = self.rows >= 0
        found[known] = values[self.rows[known]]
        return found


def bars(series: PremiumSeries, length: int, opens: int) -> PremiumBars:
    """Of `length` minutes each, counted from the epoch minute `opens` of the session's start."""
    found = candles(series, length, opens)
    if not found.starts.size:
        nothing, no = np.empty(0), np.empty(0, np.bool_)
        prices = dict.fromkeys(_PRICES, nothing)
        return PremiumBars(starts=found.starts, rows=found.starts, traded=no, rolled=no, **prices)
    starts = np.arange(found.starts[0], found.starts[-1] + 1, length)
    places = (found.starts - starts[0]) // length
    known = np.flatnonzero(np.isfinite(series.value))
    ends = np.searchsorted(series.minutes[known], found.starts + length) - 1
    rows = np.full(len(starts), -1)
    rows[places] = known[ends]
    strikes = series.strikes[rows[places]]
    rolled = np.zeros(len(starts), np.bool_)
    rolled[places[1:]] = (strikes[1:] != strikes[:-1]).any(axis=1)
    traded = np.zeros(len(starts), np.bool_)
    traded[places] = found.traded
    prices = {name: _laid(getattr(found, name), places, len(starts)) for name in _PRICES}
    return PremiumBars(starts=starts, rows=rows, traded=traded, rolled=rolled, **prices)


def until(series: PremiumSeries, minute: int) -> PremiumSeries:
    """The rows up to an epoch minute, that one included."""
    end = int(np.searchsorted(series.minutes, minute, side="right"))
    return PremiumSeries(**{f.name: getattr(series, f.name)[:end] for f in fields(series)})


def followed(series: PremiumSeries, more: PremiumSeries) -> PremiumSeries:
    """`series` and what comes after it; a minute that both have is that of `more`."""
    if not more.minutes.size:
        return series
    first = until(series, int(more.minutes[0]) - 1)
    return PremiumSeries(
        **{
            f.name: np.concatenate([getattr(first, f.name), getattr(more, f.name)])
            for f in fields(series)
        }
    )


def _laid(values: Floats, places: Ints, count: int) -> Floats:
    whole = np.full(count, np.nan)
    whole[places] = values
    return whole
