"""Levels: pivots of the period before, the opening range, and confirmed swings."""

from typing import Final

import numpy as np

from core.indicators import levels, periods
from core.indicators.indicator import Bars, Floats, Group, Indicator, Parameter, Style
from core.indicators.library import ta
from core.indicators.listing.shapes import (
    HIGH_LOW,
    RANGE,
    WHOLE_BAR,
    entry,
    length,
    over,
    span,
)

_L: Final = Group.LEVELS
Lines = tuple[tuple[str, str], ...]
_BEFORE: Final = (
    "from the whole period before; unknown after a first period that is not seen from its start"
)


def _of_period_before(name: str, title: str, of: levels.Levels, lines: Lines) -> Indicator:
    def formula(bars: Bars, span: int) -> tuple[Floats, ...]:
        period = periods.Span(span)
        found = periods.before(bars.time, bars.high, bars.low, bars.close, period)
        lines = of(found.high, found.low, found.close)
        return tuple(found.spread(line) for line in lines)

    outputs = tuple(over(key, text, Style.STEP) for key, text in lines)
    return entry(_L, name, title, RANGE, outputs, formula, span(), seed=_BEFORE)


def _opening_range(bars: Bars, minutes: int) -> tuple[Floats, Floats, Floats]:
    """Highest and lowest of the session's first minutes; known when they are over."""
    at = periods.starts(periods.numbers(bars.time))
    each = np.diff(np.append(at, bars.time.size))
    opened = np.repeat(bars.time[at], each)
    within = bars.time < opened + 60 * minutes
    found = []
    for join, values, nothing in (
        (np.maximum, bars.high, -np.inf),
        (np.minimum, bars.low, np.inf),
    ):
        seen = np.where(within, values, nothing)
        whole = join.reduceat(seen, at) if at.size else seen
        found.append(np.repeat(whole, each))
    known = ~within & periods.since_seen(bars.time, periods.Span.SESSION)
    high, low = (np.where(known, values, np.nan) for values in found)
    return high, low, (high + low) / 2


def _so_far(bars: Bars) -> tuple[Floats, Floats, Floats]:
    """Of the session, this bar included; the opening as its first bar has it."""
    at = periods.starts(periods.numbers(bars.time))
    high, low, opened = (np.empty(bars.time.size) for _ in range(3))
    for first, last in zip(at, np.append(at[1:], bars.time.size)[: at.size], strict=True):
        np.maximum.accumulate(bars.high[first:last], out=high[first:last])
        np.minimum.accumulate(bars.low[first:last], out=low[first:last])
        opened[first:last] = bars.open[first]
    seen = np.where(periods.since_seen(bars.time, periods.Span.SESSION), 1.0, np.nan)
    return high * seen, low * seen, opened * seen


def _swings(bars: Bars, left: int, right: int) -> tuple[Floats, Floats]:
    """The newest swing that later bars have confirmed, held until the next one is."""
    peaks, troughs = ta().FRACTAL(bars.high, bars.low, left, right)
    return _held(peaks, bars.high, right), _held(troughs, bars.low, right)


def _held(marks: Floats, prices: Floats, right: int) -> Floats:
    """A mark stands at the bar that confirms, `right` bars after the swing."""
    place = np.where(marks != 0, np.arange(prices.size), -1)
    newest = np.maximum.accumulate(place) if place.size else place
    return (
        np.where(newest >= 0, prices[np.maximum(newest - right, 0)], np.nan)
        if place.size
        else prices
    )


def _pivots(each_side: int) -> Lines:
    """A pivot, resistances upwards, supports downwards."""
    sides = [f"{side}{n}" for side in ("R", "S") for n in range(1, each_side + 1)]
    return (("pivot", "Pivot"), *((name.lower(), name) for name in sides))


BEFORE: Final = (
    _of_period_before("pivots", "Pivots, classic", levels.classic, _pivots(3)),
    _of_period_before("pivots_fibonacci", "Pivots, Fibonacci", levels.fibonacci, _pivots(3)),
    _of_period_before("pivots_woodie", "Pivots, Woodie", levels.woodie, _pivots(3)),
    _of_period_before("pivots_camarilla", "Pivots, Camarilla", levels.camarilla, _pivots(4)),
    _of_period_before(
        "central_range",
        "Central pivot range (CPR)",
        levels.central_range,
        (("pivot", "Pivot"), ("top", "Top"), ("bottom", "Bottom")),
    ),
    _of_period_before(
        "period_before",
        "High, low and close before",
        levels.extremes,
        (("high", "High before"), ("low", "Low before"), ("close", "Close before")),
    ),
)

WITHIN: Final = (
    entry(
        _L,
        "opening_range",
        "Opening range",
        RANGE,
        (
            over("high", "Opening high", Style.STEP),
            over("low", "Opening low", Style.STEP),
            over("middle", "Opening middle", Style.STEP),
        ),
        _opening_range,
        Parameter(name="minutes", title="Minutes", default=15, low=1, high=360),
        seed="known when the minutes are over",
    ),
    entry(
        _L,
        "session_so_far",
        "Session's high, low and opening",
        WHOLE_BAR,
        (
            over("high", "High so far", Style.STEP),
            over("low", "Low so far", Style.STEP),
            over("open", "Opening", Style.STEP),
        ),
        _so_far,
        seed="anew with each session; unknown in a first one that is not seen from its start",
    ),
    entry(
        _L,
        "swings",
        "Swings (fractals)",
        HIGH_LOW,
        (over("high", "Swing high", Style.STEP), over("low", "Swing low", Style.STEP)),
        _swings,
        length(2, low=1, high=50, name="left"),
        length(2, low=1, high=50, name="right"),
        seed="a swing is known so many bars after it, and held until the next one",
    ),
)

LEVELS: Final = (*BEFORE, *WITHIN)
