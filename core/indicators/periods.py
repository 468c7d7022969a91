"""Periods of bars: sessions, weeks, months and years in IST, and what the one before was like."""

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.clock import IST

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_OFFSET: Final = int(IST.utcoffset(None).total_seconds())
_DAY: Final = 86_400
OPENS: Final = (9 * 60 + 15) * 60
"""Seconds of the day, IST: a first session that we see from here on is seen whole."""


class Span(IntEnum):
    SESSION = 0
    WEEK = 1
    MONTH = 2
    YEAR = 3


SPANS: Final = ("Session", "Week", "Month", "Year")


def numbers(time: Ints, span: Span = Span.SESSION) -> Ints:
    """A number per bar that changes where a new period begins; weeks begin on Mondays."""
    days = (time + _OFFSET) // _DAY
    if span is Span.SESSION:
        return days
    if span is Span.WEEK:
        return (days + 3) // 7  # 1 Jan 1970 was a Thursday
    unit = "datetime64[M]" if span is Span.MONTH else "datetime64[Y]"
    return days.astype("datetime64[D]").astype(unit).astype(np.int64)


def starts(number: Ints) -> Ints:
    """The place of each period's first bar."""
    return np.flatnonzero(np.diff(number, prepend=number[:1] - 1))


def seen_whole(time: Ints, span: Span) -> Flags:
    """Per period, whether its first bar is known to be there.

    All are but the first: of a session that begins by 09:15 it is, of longer periods nobody knows.
    """
    whole = np.ones(len(starts(numbers(time, span))), np.bool_)
    if whole.size:
        whole[0] = span is Span.SESSION and (time[0] + _OFFSET) % _DAY <= OPENS
    return whole


def since_seen(time: Ints, span: Span) -> Flags:
    """The bars of which everything since their period began is known."""
    at = starts(numbers(time, span))
    return np.repeat(seen_whole(time, span), np.diff(np.append(at, time.size)))


def before(
    time: Ints, high: Floats, low: Floats, close: Floats, span: Span
) -> tuple[Floats, Floats, Floats]:
    """High, low and close of the whole period before each bar's own; nan where it was not seen."""
    at = starts(numbers(time, span))
    if not at.size:
        return high, low, close
    whole = seen_whole(time, span)
    last = np.append(at[1:], time.size) - 1
    length = last + 1 - at
    each = np.maximum.reduceat(high, at), np.minimum.reduceat(low, at), close[last]
    moved = [np.concatenate([[np.nan], np.where(whole, e, np.nan)[:-1]]) for e in each]
    found = [np.repeat(values, length) for values in moved]
    return found[0], found[1], found[2]
