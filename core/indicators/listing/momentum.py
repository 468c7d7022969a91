"""Momentum: oscillators of price alone."""

from typing import Final

import numpy as np

from core.indicators import momentum
from core.indicators.bars import warmed, windows
from core.indicators.indicator import Bars, Floats, Group, Indicator, Parameter, Style
from core.indicators.library import ta
from core.indicators.listing.shapes import (
    CLOSE,
    HIGH_LOW,
    MEAN,
    RANGE,
    WHOLE_BAR,
    WINDOW,
    below,
    by_library,
    entry,
    length,
)

_M: Final = Group.MOMENTUM


def _plain(
    name: str,
    title: str,
    function: str,
    inputs: tuple[str, ...],
    *parameters: Parameter,
    seed: str = WINDOW,
    levels: tuple[float, ...] = (0.0,),
    style: Style = Style.LINE,
) -> Indicator:
    """One line, by TA-Lib."""
    outputs = (below(name, title, style),)
    formula = by_library(function, inputs)
    return entry(_M, name, title, inputs, outputs, formula, *parameters, seed=seed, levels=levels)


def _where_moved(values: Floats, high: Floats, low: Floats, length: int) -> Floats:
    """Unknown where nothing moved within the last `length` bars: there is no place in no range."""
    moved = ta().MAX(high, length) > ta().MIN(low, length)
    return np.where(moved, values, np.nan)


def _mean(values: Floats, length: int) -> Floats:
    """The mean of the last `length` values, unknown while one of them is."""
    return warmed(windows(values, length).mean(axis=1), values.size)


def _rsi(bars: Bars, length: int) -> Floats:
    return momentum.rsi(bars.close, length)


def _macd(bars: Bars, fast: int, slow: int, signal: int) -> tuple[Floats, ...]:
    found = momentum.macd(bars.close, fast, slow, signal)
    return found.line, found.signal, found.histogram


def _stochastic(bars: Bars, length: int, slowing: int, signal: int) -> tuple[Floats, Floats]:
    raw, _ = ta().STOCHF(bars.high, bars.low, bars.close, length, 1)
    k = _mean(_where_moved(raw, bars.high, bars.low, length), slowing)
    return k, _mean(k, signal)


def _stochastic_rsi(bars: Bars, length: int, window: int, slowing: int) -> tuple[Floats, Floats]:
    strength = momentum.rsi(bars.close, length)
    known = strength[length:]
    raw, _ = ta().STOCHF(known, known, known, window, 1)
    k = _mean(_where_moved(raw, known, known, window), slowing)
    k = warmed(k, strength.size)
    return k, _mean(k, slowing)


def _williams(bars: Bars, length: int) -> Floats:
    found = ta().WILLR(bars.high, bars.low, bars.close, length)
    return _where_moved(found, bars.high, bars.low, length)


def _force(bars: Bars, length: int) -> tuple[Floats, Floats]:
    bull, bear = ta().ERI(bars.high, bars.low, bars.close, length)
    return bull, bear


OSCILLATORS: Final = (
    entry(
        _M,
        "rsi",
        "Relative strength (RSI)",
        CLOSE,
        (below("rsi", "RSI"),),
        _rsi,
        length(14),
        seed="Wilder's average of the first moves; 50 while nothing has moved",
        levels=(30.0, 70.0),
    ),
    entry(
        _M,
        "macd",
        "MACD",
        CLOSE,
        (
            below("macd", "MACD"),
            below("signal", "Signal"),
            below("histogram", "Histogram", Style.HISTOGRAM),
        ),
        _macd,
        length(12, name="fast"),
        length(26, name="slow"),
        length(9, name="signal"),
        seed="each average starts with the simple average of its own first bars",
        levels=(0.0,),
    ),
    entry(
        _M,
        "stochastic",
        "Stochastic",
        RANGE,
        (below("k", "%K"), below("d", "%D")),
        _stochastic,
        length(14),
        length(3, low=1, name="slowing"),
        length(3, low=1, name="signal"),
        seed="unknown where nothing moved",
        levels=(20.0, 80.0),
    ),
    entry(
        _M,
        "stochastic_rsi",
        "Stochastic of RSI",
        CLOSE,
        (below("k", "%K"), below("d", "%D")),
        _stochastic_rsi,
        length(14),
        length(14, name="window"),
        length(3, low=1, name="slowing"),
        seed="as RSI; unknown where RSI did not move",
        levels=(20.0, 80.0),
    ),
    entry(
        _M,
        "williams",
        "Williams %R",
        RANGE,
        (below("williams", "%R"),),
        _williams,
        length(14),
        seed="unknown where nothing moved",
        levels=(-80.0, -20.0),
    ),
    entry(
        _M,
        "elder_ray",
        "Elder's bull and bear power",
        RANGE,
        (below("bull", "Bull", Style.HISTOGRAM), below("bear", "Bear", Style.HISTOGRAM)),
        _force,
        length(13),
        seed=MEAN,
        levels=(0.0,),
    ),
)

LINES: Final = (
    _plain("cci", "Commodity channel index", "CCI", RANGE, length(20), levels=(-100.0, 100.0)),
    _plain("momentum", "Momentum", "MOM", CLOSE, length(10)),
    _plain("roc", "Rate of change, %", "ROC", CLOSE, length(10)),
    _plain("cmo", "Chande's momentum", "CMO", CLOSE, length(14), seed=MEAN, levels=(-50.0, 50.0)),
    _plain("trix", "TRIX", "TRIX", CLOSE, length(15), seed=MEAN),
    _plain(
        "tsi",
        "True strength",
        "TSI",
        CLOSE,
        length(25, name="first"),
        length(13, name="second"),
        seed=MEAN,
        levels=(-25.0, 25.0),
    ),
    _plain(
        "ultimate",
        "Ultimate oscillator",
        "ULTOSC",
        RANGE,
        length(7, name="first"),
        length(14, name="second"),
        length(28, name="third"),
        levels=(30.0, 70.0),
    ),
    _plain(
        "awesome",
        "Awesome oscillator",
        "AO",
        HIGH_LOW,
        length(5, name="fast"),
        length(34, name="slow"),
        style=Style.HISTOGRAM,
    ),
    _plain(
        "accelerator",
        "Accelerator",
        "AC",
        HIGH_LOW,
        length(5, name="fast"),
        length(34, name="slow"),
        length(5, name="signal"),
        style=Style.HISTOGRAM,
    ),
    _plain(
        "apo",
        "Absolute price oscillator",
        "APO",
        CLOSE,
        length(12, name="fast"),
        length(26, name="slow"),
    ),
    _plain(
        "ppo",
        "Percentage price oscillator",
        "PPO",
        CLOSE,
        length(12, name="fast"),
        length(26, name="slow"),
    ),
    _plain(
        "coppock",
        "Coppock curve",
        "COPPOCK",
        CLOSE,
        length(10),
        length(11, name="shorter"),
        length(14, name="longer"),
    ),
    _plain("dpo", "Detrended price", "DPO", CLOSE, length(20)),
    _plain("balance", "Balance of power", "BOP", WHOLE_BAR, levels=(0.0,)),
    _plain("efficiency", "Kaufman's efficiency", "ER", CLOSE, length(10), levels=(0.3,)),
    _plain("forecast_distance", "Distance to forecast, %", "FOSC", CLOSE, length(14)),
    _plain(
        "intraday_momentum",
        "Intraday momentum",
        "IMI",
        ("open", "close"),
        length(14),
        levels=(30.0, 70.0),
    ),
    _plain("qstick", "Qstick", "QSTICK", ("open", "close"), length(10)),
)

MOMENTUM: Final = (*OSCILLATORS, *LINES)
