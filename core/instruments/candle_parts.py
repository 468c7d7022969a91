"""Candles taken apart and put together."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.clock import IST
from core.instruments.candle import Candles

FIELDS: Final = Candles.__slots__
_OFFSET: Final = int(IST.utcoffset(None).total_seconds())
_DAY: Final = 86_400
_EPOCH: Final = date(1970, 1, 1).toordinal()


def part(candles: Candles, wanted: slice | NDArray[np.bool_] | NDArray[np.int64]) -> Candles:
    return Candles(**{name: getattr(candles, name)[wanted] for name in FIELDS})


def merged(*parts: Candles) -> Candles:
    """All bars in order; of two that start together that of the later part."""
    given = [each for each in parts if len(each)]
    if len(given) <= 1:
        return given[0] if given else Candles.none()
    time = np.concatenate([each.time for each in given])
    order = np.argsort(time, kind="stable")
    ordered = time[order]
    newest = order[np.append(ordered[1:] != ordered[:-1], True)]
    columns = {name: np.concatenate([getattr(e, name) for e in given])[newest] for name in FIELDS}
    return Candles(**columns)


def after(candles: Candles, time: float) -> Candles:
    """Those that start at `time` or later."""
    return part(candles, slice(int(np.searchsorted(candles.time, time)), None))


def before(candles: Candles, time: float) -> Candles:
    """Those that start before `time`."""
    return part(candles, slice(0, int(np.searchsorted(candles.time, time))))


def newest(candles: Candles, count: int) -> Candles:
    return part(candles, slice(max(len(candles) - count, 0), None))


def days(candles: Candles) -> NDArray[np.int64]:
    """The day (IST) of each bar, as its proleptic ordinal."""
    return np.asarray((candles.time + _OFFSET) // _DAY + _EPOCH, dtype=np.int64)


def of_days(candles: Candles, wanted: Sequence[date]) -> Candles:
    """Those of certain days (IST)."""
    return part(candles, np.isin(days(candles), [day.toordinal() for day in wanted]))
