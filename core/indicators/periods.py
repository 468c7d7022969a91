"""Periods of bars: sessions, weeks, months and years in IST, and what the one before was like."""

from dataclasses import dataclass
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


def seen_from_start(time: Ints, span: Span) -> bool:
    """Whether the first bar is known to be the first of its period.

    Of a session that begins by 09:15 it is; of longer periods nobody knows. All later periods are
    seen whole.
    """
    return bool(span is Span.SESSION and time.size and (time[0] + _OFFSET) % _DAY <= OPENS)


def since_seen(time: Ints, span: Span) -> Flags:
    """The bars of which everything since their period began is known."""
    number = numbers(time, span)
    return np.asarray((number != number[:1]) | seen_from_start(time, span))


@dataclass(frozen=True, slots=True)
class Before:
    """Of each period, what the whole period before it was like; nan where it was not seen whole."""

    high: Floats
    low: Floats
    close: Floats
    bars: Ints
    """How many bars each period has."""

    def spread(self, values: Floats) -> Floats:
        """A value per period, at each of its bars."""
        return np.repeat(values, self.bars)


def before(time: Ints, high: Floats, low: Floats, close: Floats, span: Span) -> Before:
    at = starts(numbers(time, span))
    if not at.size:
        return Before(high, low, close, at)
    last = np.append(at[1:], time.size) - 1
    found = []
    for values in (np.maximum.reduceat(high, at), np.minimum.reduceat(low, at), close[last]):
        moved = np.concatenate([[np.nan], values[:-1]])
        if not seen_from_start(time, span):
            moved[1:2] = np.nan
        found.append(moved)
    return Before(found[0], found[1], found[2], last + 1 - at)
