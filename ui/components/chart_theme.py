"""The kinds of charts that pages draw, as ECharts options: formats by name, colours by token."""

from typing import Any, Final, Literal

Option = dict[str, Any]
Axis = dict[str, Any]
Series = dict[str, Any]

CALLS: Final = "var(--down)"
PUTS: Final = "var(--up)"
"""Open interest as traders read it here: calls resist (red), puts support (green)."""
GHOST: Final = "var(--txt3)"
"""Yesterday's line beside today's."""


def axis(
    format: str,
    *,
    name: str = "",
    kind: Literal["value", "time", "category", "log"] = "value",
    **more: Any,
) -> Axis:
    """`format` is a name of `assets/js/formats`; `kind` time for moments in epoch milliseconds.

    A category axis has no gaps (trading minutes of several days, strikes of a heat map) and
    takes its places from `push(x=…)` or `push(y=…)`.
    """
    return {"type": kind, "format": format, **({"name": name} if name else {}), **more}


def line(
    id: str,
    name: str,
    format: str,
    *,
    colour: str = "",
    dashed: bool = False,
    area: bool = False,
    step: bool = False,
    right: bool = False,
    width: float = 1.6,
    points: bool = False,
) -> Series:
    """A line; `right` puts it on the second y axis, `points` marks each value."""
    paint = {"color": colour} if colour else {}
    return {
        "id": id,
        "name": name,
        "type": "line",
        "format": format,
        "yAxisIndex": int(right),
        "showSymbol": points,
        "lineStyle": {"width": width, "type": "dashed" if dashed else "solid", **paint},
        **({"itemStyle": paint} if colour else {}),
        **({"areaStyle": {"opacity": 0.12}} if area else {}),
        **({"step": "end"} if step else {}),
    }


def signed_line(id: str, name: str, format: str) -> Series:
    """A line and its area, green above zero and red below: a payoff, a net exposure."""
    return {"id": id, "name": name, "type": "line", "format": format, "signed": True}


def bars(
    id: str,
    name: str,
    format: str,
    *,
    colour: str = "",
    stack: str = "",
    right: bool = False,
    **more: Any,
) -> Series:
    """Bars; those of one `stack` stand on the same place (mirror bars: puts pushed negative)."""
    return {
        "id": id,
        "name": name,
        "type": "bar",
        "format": format,
        "yAxisIndex": int(right),
        "barCategoryGap": "22%",
        **({"itemStyle": {"color": colour}} if colour else {}),
        **({"stack": stack} if stack else {}),
        **more,
    }


def scatter(id: str, name: str, format: str, *, colour: str = "", size: float = 5) -> Series:
    """Single points, for example quoted volatilities under a fitted smile."""
    return {
        "id": id,
        "name": name,
        "type": "scatter",
        "format": format,
        "symbolSize": size,
        **({"itemStyle": {"color": colour}} if colour else {}),
    }


def candles(id: str, name: str, format: str = "price") -> Series:
    """Pushed as rows of open, high, low, close over a category axis of moments."""
    return {"id": id, "name": name, "type": "candlestick", "format": format}


def lines(series: list[Series], *, x: Axis, y: Axis, right: Axis | None = None) -> Option:
    """Lines, bars and points over one x axis; `right` is a second y axis."""
    return {"xAxis": x, "yAxis": [y, right] if right else [y], "series": series}


def mirror_bars(
    *, calls: str = "Calls", puts: str = "Puts", format: str = "lakh", x: Axis | None = None
) -> Option:
    """Calls up, puts down by strike: push `calls` and `puts` as they are, both positive."""
    return {
        "xAxis": x or axis("strike"),
        "yAxis": [axis("size" if format == "lakh" else format)],
        "series": [
            bars("calls", calls, format, colour=f"{CALLS} / 75%", stack="strike"),
            bars("puts", puts, format, colour=f"{PUTS} / 75%", stack="strike", mirrored=True),
        ],
    }


def candle_chart(name: str, others: list[Series] | None = None, *, format: str = "price") -> Option:
    """Candles with indicator lines over trading minutes; push `candles` and `x`."""
    return {
        "xAxis": axis("clock", kind="category"),
        "yAxis": [axis(format, position="right")],
        "series": [candles("candles", name, format), *(others or [])],
    }


def heatmap(
    name: str,
    format: str,
    *,
    x: Axis | None = None,
    y: Axis | None = None,
    diverging: bool = False,
    clip: float = 1.0,
) -> Option:
    """Time across, strikes up; push `heat` as one row per x, with both `x` and `y`.

    `diverging` colours around zero: red below, green above. The highest colour is that of the
    quantile `clip` of the values, so that a few of them do not take all others theirs.
    """
    return {
        "xAxis": {**(x or axis("clock")), "type": "category", "boundaryGap": True},
        "yAxis": [{**(y or axis("strike")), "type": "category", "boundaryGap": True}],
        "visualMap": {"type": "continuous", "ramp": "diverging" if diverging else "heat"},
        "series": [
            {
                "id": "heat",
                "name": name,
                "type": "heatmap",
                "format": format,
                "diverging": diverging,
                "clip": clip,
                "progressive": 0,
            }
        ],
    }


def payoff(others: list[Series] | None = None) -> Option:
    """Profit over the underlying's price: push `expiry`, `today` and further dates over `x`."""
    today = line("today", "Today", "rupeesLakh", colour="var(--accent)", width=1.6)
    return {
        "xAxis": axis("strike"),
        "yAxis": [axis("rupeesLakh")],
        "series": [signed_line("expiry", "At expiry", "rupeesLakh"), today, *(others or [])],
    }


def histogram(name: str, *, x: Axis, y: Axis, colour: str = "var(--accent) / 70%") -> Option:
    """Counts by the middle of their bin: push `count` over `x`."""
    return {
        "xAxis": x,
        "yAxis": [y],
        "series": [bars("count", name, y["format"], colour=colour, barCategoryGap="8%")],
    }


def gauge(name: str, *, low: float = 0, high: float = 100, format: str = "rank") -> Option:
    """One number between two bounds, calm on the left and extreme on the right: push `now`."""
    return {
        "series": [
            {
                "id": "now",
                "name": name,
                "type": "gauge",
                "format": format,
                "min": low,
                "max": high,
            }
        ]
    }
