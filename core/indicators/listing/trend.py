"""Trend: moving averages, stops that follow, and clouds."""

from typing import Final

import numpy as np

from core.indicators import trend
from core.indicators.indicator import Bars, Floats, Group, Indicator, Parameter, Style
from core.indicators.library import ta
from core.indicators.listing.shapes import (
    CLOSE,
    FIRST,
    HIGH_LOW,
    MEAN,
    PAID,
    RANGE,
    WHOLE_BAR,
    WINDOW,
    below,
    by_library,
    entry,
    factor,
    length,
    over,
)
from core.indicators.volatility import atr, wilder

_T: Final = Group.TREND


def _average(
    name: str,
    title: str,
    default: int,
    seed: str,
    *more: Parameter,
    function: str = "",
    inputs: tuple[str, ...] = CLOSE,
) -> Indicator:
    """One of TA-Lib's averages, under its name there."""
    formula = by_library(function or name.upper(), inputs)
    line = over(name, title)
    return entry(_T, name, title, inputs, (line,), formula, length(default), *more, seed=seed)


def _supertrend(bars: Bars, length: int, multiplier: float) -> tuple[Floats, Floats, Floats]:
    found = trend.supertrend(bars.high, bars.low, bars.close, length, multiplier)
    rising = found.up > 0
    below_price = np.where(rising, found.line, np.nan)
    return found.line, below_price, np.where(rising, np.nan, found.line)


def _chandelier(bars: Bars, length: int, multiplier: float) -> tuple[Floats, Floats]:
    away = multiplier * atr(bars.high, bars.low, bars.close, length)
    return ta().MAX(bars.high, length) - away, ta().MIN(bars.low, length) + away


def _ichimoku(
    bars: Bars, conversion: int, base: int, lagging_span: int, displacement: int
) -> tuple[Floats, ...]:
    """The cloud stands where a chart has it: the values of `displacement` bars before."""
    fast, slow, slowest = (
        ta().MIDPRICE(bars.high, bars.low, bars_back)
        for bars_back in (conversion, base, lagging_span)
    )
    cloud = (_delayed(each, displacement) for each in ((fast + slow) / 2, slowest))
    return fast, slow, *cloud, bars.close


def _delayed(values: Floats, bars: int) -> Floats:
    return np.concatenate([np.full(min(bars, values.size), np.nan), values[: -bars or None]])[
        : values.size
    ]


def _alligator(bars: Bars, jaw: int, teeth: int, lips: int) -> tuple[Floats, ...]:
    """Each line stands as many bars later as Williams draws it: 8, 5 and 3 of 13, 8 and 5."""
    middle = (bars.high + bars.low) / 2
    lengths = ((jaw, round(jaw * 8 / 13)), (teeth, round(teeth * 5 / 8)), (lips, round(lips * 0.6)))
    return tuple(_delayed(wilder(middle, bars), later) for bars, later in lengths)


def _macd(bars: Bars, fast: int, slow: int) -> Floats:
    return trend.ema(bars.close, fast) - trend.ema(bars.close, slow)


def _directional(bars: Bars, length: int) -> tuple[Floats, ...]:
    columns = bars.high, bars.low, bars.close
    return tuple(getattr(ta(), name)(*columns, length) for name in ("ADX", "PLUS_DI", "MINUS_DI"))


AVERAGES: Final = (
    _average("sma", "Simple average", 20, WINDOW),
    _average("ema", "Exponential average", 20, MEAN),
    _average("wma", "Weighted average", 20, WINDOW),
    _average("dema", "Double exponential average", 20, MEAN),
    _average("tema", "Triple exponential average", 20, MEAN),
    _average("trima", "Triangular average", 20, WINDOW),
    _average("hma", "Hull average", 20, WINDOW),
    _average("rma", "Wilder's average", 14, MEAN),
    _average("zlema", "Zero-lag exponential average", 20, MEAN),
    _average("kama", "Kaufman's adaptive average", 20, "starts with the bar before its first"),
    _average("t3", "Tillson's T3", 5, MEAN, factor("volume_factor", "Factor", 0.7, 0.0, 1.0)),
    _average("vwma", "Volume-weighted average", 20, WINDOW, inputs=PAID),
    _average("linreg", "Regression line's end", 20, WINDOW, function="LINEARREG"),
    _average("forecast", "Regression, one bar on", 20, WINDOW, function="TSF"),
    _average("midpoint", "Middle of the closes", 14, WINDOW),
    _average(
        "median_channel", "Middle of the range", 14, WINDOW, function="MIDPRICE", inputs=HIGH_LOW
    ),
)

STOPS: Final = (
    entry(
        _T,
        "supertrend",
        "Supertrend",
        RANGE,
        (over("line", "Stop"), over("rising", "Rising"), over("falling", "Falling")),
        _supertrend,
        length(10),
        factor("multiplier", "Multiplier", 3.0, 0.1, 20.0),
        seed="Wilder's average of the true ranges from the second bar on",
    ),
    entry(
        _T,
        "sar",
        "Parabolic stop",
        HIGH_LOW,
        (over("sar", "Stop", Style.DOTS),),
        by_library("SAR", HIGH_LOW),
        factor("acceleration", "Acceleration", 0.02, 0.001, 1.0, 0.005),
        factor("maximum", "Most", 0.2, 0.01, 1.0, 0.05),
        seed="the first direction is that of the stronger move of the first two bars",
    ),
    entry(
        _T,
        "chandelier",
        "Chandelier stops",
        RANGE,
        (over("long", "Of a long"), over("short", "Of a short")),
        _chandelier,
        length(22),
        factor("multiplier", "Multiplier", 3.0, 0.1, 20.0),
        seed=MEAN,
    ),
)

CLOUDS: Final = (
    entry(
        _T,
        "ichimoku",
        "Ichimoku cloud",
        RANGE,
        (
            over("conversion", "Conversion"),
            over("base", "Base"),
            over("span_a", "Cloud, first"),
            over("span_b", "Cloud, second"),
            over("lagging", "Lagging close", displaced=-1),
        ),
        _ichimoku,
        length(9, name="conversion"),
        length(26, name="base"),
        length(52, name="lagging_span"),
        length(26, low=1, name="displacement"),
        seed="the cloud of a bar is that made `displacement` bars before it; "
        "the lagging close is drawn as many bars back, and is known at its own bar only",
    ),
    entry(
        _T,
        "alligator",
        "Alligator",
        HIGH_LOW,
        (over("jaw", "Jaw"), over("teeth", "Teeth"), over("lips", "Lips")),
        _alligator,
        length(13, name="jaw"),
        length(8, name="teeth"),
        length(5, name="lips"),
        seed=MEAN,
    ),
    entry(
        _T,
        "mama",
        "Adaptive averages (MESA)",
        CLOSE,
        (over("mama", "Adaptive"), over("fama", "Following")),
        by_library("MAMA", CLOSE),
        factor("fast", "Fastest", 0.5, 0.01, 0.99, 0.01),
        factor("slow", "Slowest", 0.05, 0.01, 0.99, 0.01),
        seed="32 bars of warm-up, thereafter it forgets slowly",
    ),
    entry(
        _T,
        "trendline",
        "Instantaneous trendline (Hilbert)",
        CLOSE,
        (over("trendline", "Trendline"),),
        by_library("HT_TRENDLINE", CLOSE),
        seed="63 bars of warm-up",
    ),
    entry(
        _T,
        "heikin_ashi",
        "Heikin-Ashi candles",
        WHOLE_BAR,
        tuple(over(name, name.capitalize(), Style.CANDLE) for name in WHOLE_BAR),
        by_library("HA", WHOLE_BAR),
        seed=FIRST,
    ),
)

STRENGTH: Final = (
    entry(
        _T,
        "adx",
        "Directional movement (ADX)",
        RANGE,
        (below("adx", "ADX"), below("plus", "+DI"), below("minus", "-DI")),
        _directional,
        length(14),
        seed="Wilder's sums of the first bars; ADX after twice as many",
        levels=(25.0,),
    ),
    entry(
        _T,
        "adxr",
        "Average directional rating",
        RANGE,
        (below("adxr", "ADXR"),),
        by_library("ADXR", RANGE),
        length(14),
        seed="as ADX",
        levels=(25.0,),
    ),
    entry(
        _T,
        "aroon",
        "Aroon",
        HIGH_LOW,
        (below("down", "Down"), below("up", "Up")),
        by_library("AROON", HIGH_LOW),
        length(25),
        levels=(30.0, 70.0),
    ),
    entry(
        _T,
        "vortex",
        "Vortex",
        RANGE,
        (below("plus", "+VI"), below("minus", "-VI")),
        by_library("VORTEX", RANGE),
        length(14),
        levels=(1.0,),
    ),
    entry(
        _T,
        "average_distance",
        "Distance of two averages",
        CLOSE,
        (below("distance", "Fast less slow", Style.HISTOGRAM),),
        _macd,
        length(9, name="fast"),
        length(21, name="slow"),
        seed=MEAN,
        levels=(0.0,),
    ),
    entry(
        _T,
        "vhf",
        "Vertical horizontal filter",
        CLOSE,
        (below("vhf", "VHF"),),
        by_library("VHF", CLOSE),
        length(28),
    ),
)

TREND: Final = (*AVERAGES, *STOPS, *CLOUDS, *STRENGTH)
