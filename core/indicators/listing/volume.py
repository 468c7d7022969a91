"""Volume: what was traded, at which prices, and what is held open."""

from typing import Final

import numpy as np

from core.indicators import periods
from core.indicators.indicator import Bars, Floats, Group, Indicator, Parameter, Style
from core.indicators.library import ta
from core.indicators.listing.shapes import (
    FIRST,
    MEAN,
    PAID,
    TOTAL,
    TRADED,
    WINDOW,
    Formula,
    below,
    by_library,
    entry,
    factor,
    length,
    over,
    span,
)
from core.indicators.volume import paid, vwap

_V: Final = Group.VOLUME
_SILENT: Final = "; unknown where nothing traded"


def _typical(bars: Bars) -> Floats:
    return (bars.high + bars.low + bars.close) / 3


def _vwap(bars: Bars, deviations: float, span: int) -> tuple[Floats, ...]:
    number = periods.numbers(bars.time, periods.Span(span))
    found = paid(_typical(bars), bars.volume, number)
    average, away = found.average, deviations * found.deviation
    first = number == number[:1]
    if first.any() and not periods.seen_from_start(bars.time, periods.Span(span)):
        average[first] = np.nan
    return average, average + away, average - away


def _anchored(bars: Bars, since: int) -> Floats:
    wanted = bars.time >= since
    found = np.full(bars.time.size, np.nan)
    found[wanted] = vwap(_typical(bars)[wanted], bars.volume[wanted])
    return found


def _where_traded(values: Floats, volume: Floats, length: int) -> Floats:
    """Unknown where nothing traded within the last `length` bars."""
    return np.where(ta().MAX(volume, length) > 0, values, np.nan)


def _money_flow(bars: Bars, length: int) -> Floats:
    found = ta().MFI(bars.high, bars.low, bars.close, bars.volume, length)
    return _where_traded(found, bars.volume, length)


def _chaikin_flow(bars: Bars, length: int) -> Floats:
    found = ta().CMF(bars.high, bars.low, bars.close, bars.volume, length)
    return _where_traded(found, bars.volume, length)


def _from_first_trade(function: str, inputs: tuple[str, ...]) -> Formula:
    """TA-Lib's function, unknown until something has traded: an index never does."""
    by = by_library(function, inputs)

    def formula(bars: Bars, **values: float) -> tuple[Floats, ...]:
        found = by(bars, **values)
        traded = np.maximum.accumulate(bars.volume) > 0 if bars.volume.size else bars.volume > 0
        lines = found if isinstance(found, tuple) else (found,)
        return tuple(np.where(traded, line, np.nan) for line in lines)

    return formula


def _plain(
    name: str,
    title: str,
    function: str,
    inputs: tuple[str, ...],
    *parameters: Parameter,
    seed: str,
    levels: tuple[float, ...] = (),
) -> Indicator:
    formula = _from_first_trade(function, inputs)
    line = below(name, title)
    return entry(_V, name, title, inputs, (line,), formula, *parameters, seed=seed, levels=levels)


AVERAGES: Final = (
    entry(
        _V,
        "vwap",
        "VWAP with bands",
        TRADED,
        (over("vwap", "VWAP"), over("upper", "Upper"), over("lower", "Lower")),
        _vwap,
        factor("deviations", "Deviations", 2.0, 0.1, 10.0),
        span(),
        seed="anew with each period; unknown in a first period that is not seen from its start",
    ),
    entry(
        _V,
        "anchored_vwap",
        "VWAP from a moment on",
        TRADED,
        (over("vwap", "VWAP"),),
        _anchored,
        Parameter(name="since", title="From", default=0, low=0, high=1e11, moment=True),
        seed="from the first bar at or after the moment",
    ),
)

FLOWS: Final = (
    entry(
        _V,
        "money_flow",
        "Money flow index",
        TRADED,
        (below("money_flow", "MFI"),),
        _money_flow,
        length(14),
        seed=WINDOW + _SILENT,
        levels=(20.0, 80.0),
    ),
    entry(
        _V,
        "chaikin_flow",
        "Chaikin's money flow",
        TRADED,
        (below("chaikin_flow", "CMF"),),
        _chaikin_flow,
        length(20),
        seed=WINDOW + _SILENT,
        levels=(0.0,),
    ),
    _plain("obv", "On-balance volume", "OBV", PAID, seed=TOTAL),
    _plain("accumulation", "Accumulation and distribution", "AD", TRADED, seed=TOTAL),
    _plain(
        "chaikin_oscillator",
        "Chaikin's oscillator",
        "ADOSC",
        TRADED,
        length(3, name="fast"),
        length(10, name="slow"),
        seed=FIRST,
        levels=(0.0,),
    ),
    _plain("force", "Elder's force", "EFI", PAID, length(13), seed=MEAN, levels=(0.0,)),
    _plain("price_volume_trend", "Price volume trend", "PVT", PAID, seed=TOTAL),
    _plain("negative_volume", "Negative volume index", "NVI", PAID, seed="starts at 1,000"),
    _plain("positive_volume", "Positive volume index", "PVI", PAID, seed="starts at 1,000"),
)


def _relative(bars: Bars, length: int) -> Floats:
    found = ta().RVOL(bars.volume, length)
    return np.where(np.isfinite(found), found, np.nan)


def _volume_oscillator(bars: Bars, fast: int, slow: int) -> Floats:
    found = ta().PVO(bars.volume, fast, slow)
    return _where_traded(found, bars.volume, slow)


def _volume_average(bars: Bars, length: int) -> tuple[Floats, Floats]:
    return bars.volume, ta().SMA(bars.volume, length)


def _open_interest(bars: Bars, length: int) -> tuple[Floats, Floats]:
    return bars.open_interest, ta().SMA(bars.open_interest, length)


def _open_interest_change(bars: Bars) -> Floats:
    """Since the session's first bar."""
    at = periods.starts(periods.numbers(bars.time))
    first = bars.open_interest[at]
    since = np.repeat(first, np.diff(np.append(at, bars.time.size)))
    whole = periods.since_seen(bars.time, periods.Span.SESSION)
    return np.where(whole, bars.open_interest - since, np.nan)


QUANTITIES: Final = (
    entry(
        _V,
        "volume",
        "Volume and its average",
        ("volume",),
        (below("volume", "Volume", Style.HISTOGRAM), below("average", "Average")),
        _volume_average,
        length(20),
    ),
    entry(
        _V,
        "relative_volume",
        "Relative volume",
        ("volume",),
        (below("relative_volume", "× usual"),),
        _relative,
        length(20),
        seed="over the mean of the bars before it" + _SILENT,
        levels=(1.0,),
    ),
    entry(
        _V,
        "volume_oscillator",
        "Volume oscillator, %",
        ("volume",),
        (below("volume_oscillator", "PVO"),),
        _volume_oscillator,
        length(12, name="fast"),
        length(26, name="slow"),
        seed=MEAN + _SILENT,
        levels=(0.0,),
    ),
    entry(
        _V,
        "open_interest",
        "Open interest and its average",
        ("open_interest",),
        (below("open_interest", "OI"), below("average", "Average")),
        _open_interest,
        length(20),
    ),
    entry(
        _V,
        "open_interest_change",
        "Change of open interest in the session",
        ("open_interest",),
        (below("change", "OI change", Style.HISTOGRAM),),
        _open_interest_change,
        seed="from the end of the session's first bar",
        levels=(0.0,),
    ),
)

VOLUME: Final = (*AVERAGES, *FLOWS, *QUANTITIES)
