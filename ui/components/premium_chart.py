"""The premium chart: candles with their studies over panes that share one time, or lines."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.premium_bars import PremiumBars
from core.indicators.momentum import macd, rsi
from core.indicators.trend import ema, sma, supertrend
from core.indicators.volatility import bollinger
from ui.components.chart import Mark
from ui.components.chart_theme import Option, Series, axis, candles, line

Floats = NDArray[np.float64]

MINUTE: Final = 60_000
STUDIES: Final = {
    "vwap": "VWAP",
    "ema": "EMA 20",
    "sma": "SMA 50",
    "bands": "Bollinger 20, 2",
    "supertrend": "Supertrend 10, 3",
    "decay": "Decay",
    "spot": "Spot",
    "volume": "Volume",
}
PANES: Final = {"rsi": "RSI 14", "macd": "MACD 12, 26, 9"}
USUAL: Final = ("vwap", "spot", "volume")
COLOURS: Final = ("var(--accent)", "var(--warn)", "var(--mode-replay)", "var(--ask)")
"""Of structures side by side."""
LEFT, RIGHT, FOOT = 50, 62, 24
HEAD: Final = 32
GAP, SMALL = 4, 17
"""Per cent of the height: between panes, and of a lower pane."""


def candle_option(studies: Collection[str], pane: str, strikes: Sequence[str] = ()) -> Option:
    """`strikes` names those that the pointer tells; `pane` is a name of PANES, or empty."""
    lower = [*(["volume"] if "volume" in studies else []), *([pane] if pane in PANES else [])]
    series: list[Series] = [candles("candles", "Premium", "price")]
    series += [each for name in STUDIES if name in studies for each in _study(name)]
    if strikes:
        series.append(_points("rolled", "Strike roll", "var(--strong)"))
    series += [_hidden(f"strike{leg}", name) for leg, name in enumerate(strikes)]
    for number, name in enumerate(lower, start=1):
        series += [_placed(each, number) for each in _lower(name)]
    return {
        "grid": _grids(len(lower)),
        "xAxis": [_across(i, last=i == len(lower)) for i in range(len(lower) + 1)],
        "yAxis": [
            axis("price", position="right", gridIndex=0),
            axis("strike", position="left", gridIndex=0, splitLine={"show": False}),
            axis("strike", gridIndex=0, show=False, axisPointer={"show": False}),
            *(_lower_axis(name, number) for number, name in enumerate(lower, start=1)),
        ],
        "axisPointer": {"link": [{"xAxisIndex": "all"}]},
        "legend": {"data": _named(series)},
        "series": series,
    }


def line_option(titles: Sequence[str], *, share: bool, spot: bool) -> Option:
    """Structures side by side, in rupees or as the change since their first minute."""
    format = "changePercent" if share else "price"
    series = [
        line(f"line{i}", title, format, colour=COLOURS[i], width=1.8)
        for i, title in enumerate(titles)
    ]
    if spot:
        series.append(_spot())
    return {
        "grid": _grids(0),
        "xAxis": [_across(0, last=True)],
        "yAxis": [
            axis("changePercent" if share else "price", position="right"),
            axis("strike", position="left", splitLine={"show": False}),
        ],
        "series": series,
    }


def candle_numbers(
    bars: PremiumBars,
    studies: Collection[str],
    pane: str,
    *,
    strikes: Floats,
    spot: Floats,
    decay: Floats,
) -> dict[str, Floats]:
    """What `candle_option` shows, by series; `strikes`, `spot`, `decay` by rows of the series."""
    close = bars.close
    found: dict[str, Floats] = {
        "candles": np.stack([bars.open, bars.high, bars.low, close], axis=-1),
        "rolled": np.where(bars.rolled, close, np.nan),
    }
    at_ends = bars.of(strikes)
    found |= {f"strike{leg}": at_ends[:, leg] for leg in range(strikes.shape[1])}
    if "supertrend" in studies:
        trend = supertrend(bars.high, bars.low, close)
        found["rising"] = np.where(trend.up > 0, trend.line, np.nan)
        found["falling"] = np.where(trend.up < 0, trend.line, np.nan)
    if "bands" in studies:
        bands = bollinger(close)
        found |= {"upper": bands.upper, "middle": bands.middle, "lower": bands.lower}
    makes: dict[str, Callable[[], Floats]] = {
        "vwap": lambda: bars.vwap,
        "ema": lambda: ema(close, 20),
        "sma": lambda: sma(close, 50),
        "decay": lambda: bars.of(decay),
        "spot": lambda: bars.of(spot),
        "volume": lambda: bars.volume,
    }
    found |= {name: make() for name, make in makes.items() if name in studies}
    return found | _pane_numbers(pane, close)


def _pane_numbers(pane: str, close: Floats) -> dict[str, Floats]:
    if pane == "rsi":
        return {"rsi": rsi(close)}
    if pane == "macd":
        found = macd(close)
        return {"macd": found.line, "signal": found.signal, "histogram": found.histogram}
    return {}


def times(starts: NDArray[np.int64]) -> Floats:
    """Epoch minutes as the chart's milliseconds."""
    return starts.astype(np.float64) * MINUTE


def traded_bands(starts: NDArray[np.int64], traded: NDArray[np.bool_]) -> list[Mark]:
    """Where prices are last trades, without quotes: a shade over each run of such bars."""
    edges = np.diff(traded.astype(np.int8), prepend=0, append=0)
    first, after = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    last = np.minimum(after, len(starts) - 1)
    at = times(starts)
    return [
        Mark(at=float(at[a]), to=float(at[b]), colour="--txt3")
        for a, b in zip(first, last, strict=True)
        if b > a
    ]


# the parts of the option
def _study(name: str) -> list[Series]:
    made = {
        "vwap": [line("vwap", "VWAP", "price", colour="var(--warn)", width=1.6)],
        "ema": [line("ema", "EMA 20", "price", colour="var(--accent)", width=1.4)],
        "sma": [line("sma", "SMA 50", "price", colour="var(--mode-replay)", width=1.4)],
        "bands": [
            line(name, title, "price", colour="var(--txt3)", dashed=dashed, width=1.1)
            for name, title, dashed in (
                ("upper", "Upper band", False),
                ("middle", "Middle band", True),
                ("lower", "Lower band", False),
            )
        ],
        "supertrend": [
            line("rising", "Supertrend, rising", "price", colour="var(--up)", width=1.6),
            line("falling", "Supertrend, falling", "price", colour="var(--down)", width=1.6),
        ],
        "decay": [line("decay", "Decay alone", "price", colour="var(--ask)", dashed=True)],
        "spot": [_spot()],
    }
    return made.get(name, [])


def _spot() -> Series:
    return line("spot", "Spot", "price", colour="var(--txt2) / 60%", right=True, width=1.1)


def _points(id: str, name: str, colour: str) -> Series:
    return {
        "id": id,
        "name": name,
        "type": "scatter",
        "format": "price",
        "symbol": "diamond",
        "symbolSize": 5,
        "itemStyle": {"color": colour},
        "z": 5,
    }


def _hidden(id: str, name: str) -> Series:
    """Told by the pointer alone."""
    drawn = line(id, name, "strike", colour="var(--txt3)", step=True)
    return {**drawn, "yAxisIndex": 2, "lineStyle": {"opacity": 0}, "silent": True}


def _lower(name: str) -> list[Series]:
    if name == "volume":
        paint = {"color": "var(--txt3) / 55%"}
        return [
            {"id": "volume", "name": "Volume", "type": "bar", "format": "lakh", "itemStyle": paint}
        ]
    if name == "rsi":
        return [line("rsi", PANES["rsi"], "points", colour="var(--mode-simulated)")]
    bar = {"color": "var(--txt3) / 60%"}
    return [
        {
            "id": "histogram",
            "name": "Histogram",
            "type": "bar",
            "format": "price",
            "itemStyle": bar,
        },
        line("macd", "MACD", "price", colour="var(--accent)"),
        line("signal", "Signal", "price", colour="var(--warn)"),
    ]


def _placed(series: Series, number: int) -> Series:
    """In a lower pane, the first being 1."""
    return {**series, "xAxisIndex": number, "yAxisIndex": number + 2}


def _lower_axis(name: str, number: int) -> dict[str, Any]:
    more: dict[str, Any] = {"gridIndex": number, "position": "right", "splitNumber": 2}
    if name == "volume":
        return axis("size", min=0, **more)
    if name == "rsi":
        return axis("rank", min=0, max=100, interval=50, **more)
    return axis("points", **more)


def _across(number: int, *, last: bool) -> dict[str, Any]:
    quiet: dict[str, Any] = {} if last else {"axisLabel": {"show": False}}
    if not last:
        quiet["axisPointer"] = {"label": {"show": False}}
    return axis("clock", kind="category", gridIndex=number, boundaryGap=True, **quiet)


def _grids(lower: int) -> list[dict[str, Any]]:
    """The main pane on top, `lower` small ones under it."""
    sides = {"left": LEFT, "right": RIGHT, "outerBoundsMode": "none"}
    if not lower:
        return [{**sides, "top": HEAD, "bottom": FOOT}]
    foot, share = 4, SMALL + GAP
    panes = [{**sides, "top": HEAD, "bottom": f"{foot + share * lower}%"}]
    for number in range(lower):
        under = lower - 1 - number
        panes.append(
            {
                **sides,
                "top": f"{100 - foot - share * (under + 1) + GAP}%",
                "bottom": FOOT if not under else f"{foot + share * under}%",
            }
        )
    return panes


def _named(series: Sequence[Series]) -> list[str]:
    quiet = ("strike", "candles", "middle", "lower", "falling")
    return [each["name"] for each in series if not each["id"].startswith(quiet)]
