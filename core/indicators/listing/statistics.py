"""Statistics: where a price stands among its last ones, straight lines, and cycles."""

from typing import Final

import numpy as np

from core.indicators.indicator import Bars, Floats, Group, Indicator, Parameter, Style
from core.indicators.library import ta
from core.indicators.listing.shapes import (
    CLOSE,
    RANGE,
    WHOLE_BAR,
    WINDOW,
    below,
    by_library,
    entry,
    length,
    over,
)

_S: Final = Group.STATISTICS
_CYCLE: Final = "a warm-up of 32 to 63 bars"


def _score(bars: Bars, length: int) -> Floats:
    """Standard deviations away from the mean of the last bars."""
    away = bars.close - ta().SMA(bars.close, length)
    deviation = ta().STDDEV(bars.close, length)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(deviation > 1e-9, away / deviation, np.nan)


def _regression_channel(bars: Bars, length: int) -> tuple[Floats, ...]:
    """The end of the line through the last closes, and the line's own slope along it."""
    end, slope = (getattr(ta(), f)(bars.close, length) for f in ("LINEARREG", "LINEARREG_SLOPE"))
    deviation = ta().STDDEV(bars.close, length)
    explained = slope * slope * (length * length - 1) / 12
    rest = np.sqrt(np.maximum(deviation * deviation - explained, 0.0))
    return end + 2 * rest, end, end - 2 * rest


def _plain(
    name: str,
    title: str,
    function: str,
    inputs: tuple[str, ...],
    *parameters: Parameter,
    seed: str = WINDOW,
    levels: tuple[float, ...] = (),
) -> Indicator:
    line = below(name, title)
    formula = by_library(function, inputs)
    return entry(_S, name, title, inputs, (line,), formula, *parameters, seed=seed, levels=levels)


PLACES: Final = (
    entry(
        _S,
        "score",
        "Distance from the mean, deviations",
        CLOSE,
        (below("score", "Deviations"),),
        _score,
        length(20),
        seed=WINDOW + "; unknown where nothing moved",
        levels=(-2.0, 0.0, 2.0),
    ),
    _plain("percent_rank", "Percent rank", "PERCENTRANK", CLOSE, length(100), levels=(50.0,)),
    _plain("slope", "Regression slope", "LINEARREG_SLOPE", CLOSE, length(14), levels=(0.0,)),
    _plain(
        "slope_angle", "Regression angle, °", "LINEARREG_ANGLE", CLOSE, length(14), levels=(0.0,)
    ),
    entry(
        _S,
        "regression_channel",
        "Regression channel",
        CLOSE,
        (over("upper", "Upper"), over("middle", "Line's end"), over("lower", "Lower")),
        _regression_channel,
        length(50),
        seed=WINDOW + "; two standard errors to each side",
    ),
)

PRICES: Final = (
    entry(
        _S,
        "typical_price",
        "Typical price",
        RANGE,
        (over("typical", "(H+L+C)/3"),),
        by_library("TYPPRICE", RANGE),
        seed="of each bar alone",
    ),
    entry(
        _S,
        "average_price",
        "Average price",
        WHOLE_BAR,
        (over("average", "(O+H+L+C)/4"),),
        by_library("AVGPRICE", WHOLE_BAR),
        seed="of each bar alone",
    ),
)

CYCLES: Final = (
    _plain("cycle_length", "Dominant cycle, bars", "HT_DCPERIOD", CLOSE, seed=_CYCLE),
    entry(
        _S,
        "cycle_sine",
        "Sine of the cycle (Hilbert)",
        CLOSE,
        (below("sine", "Sine"), below("lead", "45° ahead")),
        by_library("HT_SINE", CLOSE),
        seed=_CYCLE,
        levels=(0.0,),
    ),
    entry(
        _S,
        "trend_mode",
        "Trend or cycle (Hilbert)",
        CLOSE,
        (below("mode", "1 trend, 0 cycle", Style.STEP),),
        by_library("HT_TRENDMODE", CLOSE),
        seed=_CYCLE,
    ),
)

STATISTICS: Final = (*PLACES, *PRICES, *CYCLES)
