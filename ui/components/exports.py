"""Taking a chart's numbers away: what the file is called, and what stands in it."""

import csv
from collections.abc import Mapping
from datetime import UTC, datetime
from io import StringIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.clock import IST
from ui.theme import formats

Floats = NDArray[np.float64]

UNITS: Final = {
    "share": "%", "shareShort": "%", "percent": "%", "changePercent": "%",
    "rupees": "₹", "rupeesLakh": "₹", "price": "₹", "change": "₹", "strike": "₹",
    "lakh": "units", "size": "units", "changeLakh": "units", "quantity": "units",
    "clock": "IST", "moment": "IST", "day": "IST", "date": "IST",
    "rank": "0-100", "points": "points",
}  # fmt: skip
"""What a number of a format is measured in."""
PLACES: Final = {"strike": "Strike", "clock": "Time", "moment": "Time", "day": "Day", "date": "Day"}
"""What an x axis without a name is called."""
OHLC: Final = ("open", "high", "low", "close")
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet would compute a text that starts so."""


def file_name(subject: str, name: str, at: datetime | None, kind: str) -> str:
    """`strikedesk-NIFTY-smile-2026-11-21-1142.csv`."""
    moment = at.astimezone(IST).strftime("%Y-%m-%d-%H%M") if at else ""
    words = "-".join(part for part in ("strikedesk", subject, name, moment) if part)
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in words) + f".{kind}"


def about(subject: str, at: datetime | None, *, recorded: bool) -> str:
    """The line under a picture's title: which underlying, which moment, recorded or live."""
    parts = (subject, formats.ist(at) if at else "", "RECORDED" if recorded and at else "")
    return " · ".join(part for part in parts if part)


def csv_of(option: Mapping[str, Any], parts: Mapping[str, Floats]) -> bytes:
    """A header with units, then one row per place of `x`; an unknown number is an empty cell."""
    out = StringIO()
    write = csv.writer(out)
    for row in _rows(option, parts):
        write.writerow([_cell(value) for value in row])
    return ("\ufeff" + out.getvalue()).encode()


def _rows(option: Mapping[str, Any], parts: Mapping[str, Floats]) -> list[list[object]]:
    x, y = _first(option.get("xAxis")), _first(option.get("yAxis"))
    columns: list[tuple[str, list[object]]] = []
    if len(parts.get("x", ())):
        columns.append((_head(x, _place(x)), _written(parts["x"], x.get("format", ""))))
    for series in option.get("series", ()):
        if series["id"] in parts:
            columns += _columns(series, parts[series["id"]], x, y, parts.get("y"))
    longest = max((len(values) for _, values in columns), default=0)
    body = [
        [values[row] if row < len(values) else "" for _, values in columns]
        for row in range(longest)
    ]
    return [[head for head, _ in columns], *body]


def _columns(
    series: Mapping[str, Any],
    values: Floats,
    x: Mapping[str, Any],
    y: Mapping[str, Any],
    names: Floats | None,
) -> list[tuple[str, list[object]]]:
    format = series.get("format", "")
    if values.ndim == 1:
        return [(_head(series, series["id"]), _written(values, format))]
    title = str(series.get("name", series["id"]))
    if series.get("type") == "candlestick":
        heads = [f"{title} {word} ({UNITS.get(format, '')})".replace(" ()", "") for word in OHLC]
        return [(head, _written(values[:, i], format)) for i, head in enumerate(heads)]
    if series.get("type") == "heatmap" and names is not None:
        heads = [str(word) for word in _written(names, y.get("format", ""))]
        return [(head, _written(values[:, i], format)) for i, head in enumerate(heads)]
    return [
        (f"{title}: {_head(x, _place(x))}", _written(values[:, 0], x.get("format", ""))),
        (_head(series, series["id"]), _written(values[:, 1], format)),
    ]


def _head(thing: Mapping[str, Any], fallback: str) -> str:
    """Its name, and the unit of its format: `Call IV (%)`."""
    unit = thing.get("unit", UNITS.get(str(thing.get("format", "")), ""))
    name = str(thing.get("name") or thing.get("title") or fallback)
    return f"{name} ({unit})" if unit else name


def _place(x: Mapping[str, Any]) -> str:
    return PLACES.get(str(x.get("format", "")), "x")


def _written(values: Floats, format: str) -> list[object]:
    """Numbers in the header's unit: a time as text in IST, a fraction as per cent."""
    unit = UNITS.get(format, "")
    if unit == "IST":
        return [_moment(value) for value in values.tolist()]
    scale = 100.0 if unit == "%" else 1.0
    return [round(v * scale, 10) if np.isfinite(v) else "" for v in values.tolist()]


def _moment(milliseconds: float) -> str:
    if not np.isfinite(milliseconds):
        return ""
    return (
        datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone(IST).strftime("%Y-%m-%d %H:%M")
    )


def _cell(value: object) -> object:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _first(axis: Any) -> Mapping[str, Any]:
    found = axis[0] if isinstance(axis, list) and axis else axis
    return found if isinstance(found, dict) else {}
