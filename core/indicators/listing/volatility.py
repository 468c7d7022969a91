"""Volatility: bands, channels, and how far prices move."""

from typing import Final

import numpy as np

from core.indicators.bars import warmed
from core.indicators.indicator import Bars, Floats, Group, Indicator, Parameter
from core.indicators.library import ta
from core.indicators.listing.shapes import (
    CLOSE,
    HIGH_LOW,
    MEAN,
    RANGE,
    WINDOW,
    below,
    by_library,
    entry,
    factor,
    length,
    over,
)
from core.indicators.trend import ema
from core.indicators.volatility import atr, bollinger, true_range

_V: Final = Group.VOLATILITY
_BANDS: Final = (over("upper", "Upper"), over("middle", "Middle"), over("lower", "Lower"))
_DEVIATIONS: Final = factor("deviations", "Deviations", 2.0, 0.1, 10.0)


def _bollinger(bars: Bars, length: int, deviations: float) -> tuple[Floats, ...]:
    found = bollinger(bars.close, length, deviations)
    return found.upper, found.middle, found.lower


def _band_place(bars: Bars, length: int, deviations: float) -> Floats:
    upper, _, lower = _bollinger(bars, length, deviations)
    return _share(bars.close - lower, upper - lower)


def _band_width(bars: Bars, length: int, deviations: float) -> Floats:
    upper, middle, lower = _bollinger(bars, length, deviations)
    return _share(100 * (upper - lower), middle)


def _keltner(bars: Bars, length: int, window: int, multiplier: float) -> tuple[Floats, ...]:
    """Around the closes' average, as charts have it; TA-Lib's is around the typical price's."""
    middle = ema(bars.close, length)
    away = multiplier * atr(bars.high, bars.low, bars.close, window)
    return middle + away, middle, middle - away


def _atr(bars: Bars, length: int) -> Floats:
    return atr(bars.high, bars.low, bars.close, length)


def _atr_share(bars: Bars, length: int) -> Floats:
    return _share(100 * _atr(bars, length), bars.close)


def _true_range(bars: Bars) -> Floats:
    return true_range(bars.high, bars.low, bars.close)


def _returns(bars: Bars) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.diff(np.log(bars.close))


def _historical(bars: Bars, length: int, per_year: int) -> Floats:
    moves = _returns(bars)
    known = np.isfinite(moves)  # a premium may be 0 or less: it has no return
    found = np.full(moves.size, np.nan)
    found[known] = ta().STDDEV(moves[known], length) * np.sqrt(length / (length - 1) * per_year)
    return warmed(100 * found, bars.close.size)


def _choppiness(bars: Bars, length: int) -> Floats:
    """Dreiss: 100·log10(Σ true range / whole range)/log10(length)."""
    travelled = length * np.asarray(ta().SMA(_true_range(bars), length))
    ratio = _share(travelled, ta().MAX(bars.high, length) - ta().MIN(bars.low, length))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(100 * np.log10(ratio) / np.log10(length))


def _share(part: Floats, whole: Floats) -> Floats:
    """Their ratio, unknown where the whole is nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.abs(whole) > 1e-9, part / whole, np.nan)


def _plain(
    name: str, title: str, function: str, inputs: tuple[str, ...], *more: Parameter, seed: str
) -> Indicator:
    """One line in its own pane, by TA-Lib."""
    line = below(name, title)
    return entry(_V, name, title, inputs, (line,), by_library(function, inputs), *more, seed=seed)


BANDS: Final = (
    entry(_V, "bollinger", "Bollinger bands", CLOSE, _BANDS, _bollinger, length(20), _DEVIATIONS),
    entry(
        _V,
        "keltner",
        "Keltner channel",
        RANGE,
        _BANDS,
        _keltner,
        length(20),
        length(10, low=1, name="window"),
        factor("multiplier", "Multiplier", 2.0, 0.1, 10.0),
        seed=MEAN,
    ),
    entry(
        _V,
        "donchian",
        "Donchian channel",
        HIGH_LOW,
        _BANDS,
        by_library("DONCHIAN", HIGH_LOW),
        length(20),
        seed="highest and lowest of the last bars, this one included",
    ),
    entry(
        _V,
        "acceleration_bands",
        "Acceleration bands",
        RANGE,
        _BANDS,
        by_library("ACCBANDS", RANGE),
        length(20),
    ),
)

FIGURES: Final = (
    entry(
        _V,
        "band_place",
        "Place in Bollinger's bands (%B)",
        CLOSE,
        (below("place", "%B"),),
        _band_place,
        length(20),
        _DEVIATIONS,
        seed="unknown where the bands have no width",
        levels=(0.0, 1.0),
    ),
    entry(
        _V,
        "band_width",
        "Width of Bollinger's bands, %",
        CLOSE,
        (below("width", "Width, %"),),
        _band_width,
        length(20),
        _DEVIATIONS,
    ),
    entry(
        _V,
        "atr",
        "Average true range",
        RANGE,
        (below("atr", "ATR"),),
        _atr,
        length(14, low=1),
        seed="the mean of the first bars' true ranges, the first bar's being its high less its low",
    ),
    entry(
        _V,
        "natr",
        "Average true range, %",
        RANGE,
        (below("natr", "ATR, %"),),
        _atr_share,
        length(14, low=1),
        seed="as the average true range",
    ),
    entry(
        _V,
        "true_range",
        "True range",
        RANGE,
        (below("range", "Range"),),
        _true_range,
        seed="the first bar's is its high less its low",
    ),
    entry(
        _V,
        "historical_volatility",
        "Historical volatility, % a year",
        CLOSE,
        (below("volatility", "Volatility, %"),),
        _historical,
        length(20),
        Parameter(name="per_year", title="Bars a year", default=252, low=1, high=150_000),
        seed="standard deviation (of n - 1) of the last log returns, times √(bars a year)",
    ),
    entry(
        _V,
        "choppiness",
        "Choppiness",
        RANGE,
        (below("choppiness", "Choppiness"),),
        _choppiness,
        length(14),
        seed="unknown where nothing moved",
        levels=(38.2, 61.8),
    ),
    _plain("deviation", "Standard deviation", "STDDEV", CLOSE, length(20), seed=WINDOW),
    _plain("mean_deviation", "Mean deviation", "AVGDEV", CLOSE, length(14), seed=WINDOW),
    _plain("bar_range", "Average range of a bar", "ADR", HIGH_LOW, length(14), seed=WINDOW),
    _plain(
        "chaikin_volatility",
        "Chaikin's volatility, %",
        "CVI",
        HIGH_LOW,
        length(10),
        length(10, name="change_over", low=1),
        seed=MEAN,
    ),
    _plain(
        "relative_volatility",
        "Relative volatility index",
        "RVI",
        CLOSE,
        length(14),
        length(10, name="deviation_over"),
        seed=MEAN,
    ),
    _plain(
        "mass",
        "Mass index",
        "MASSI",
        HIGH_LOW,
        length(9, name="fast"),
        length(25, name="sum_over"),
        seed=MEAN,
    ),
)

VOLATILITY: Final = (*BANDS, *FIGURES)
