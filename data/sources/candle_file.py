"""Bars of any CSV or Parquet file: its columns are guessed, and the user corrects what is wrong."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.clock import IST
from core.errors import BadData
from core.ids import InstrumentKey
from core.instruments.candle import Candles, Interval
from core.ports.imports import Choice, Home, Stamp
from data.sources.found import SAMPLE, Found, plural
from data.sources.moments import times_of
from data.sources.sheet import Sheet

Floats = NDArray[np.float64]

ZONE: Final = "Asia/Kolkata"
NAMES: Final = {
    "time": ("datetime", "timestamp", "date_time", "date", "day", "time", "ts", "t"),
    "clock": ("time", "clock", "hour"),
    "open": ("open", "o", "open price", "opnpric", "into"),
    "high": ("high", "h", "high price", "hghpric", "inth"),
    "low": ("low", "l", "low price", "lwpric", "intl"),
    "close": ("close", "c", "close price", "clspric", "ltp", "last", "intc", "adj close"),
    "volume": ("volume", "vol", "v", "traded quantity", "tottrdqty", "quantity", "intv"),
    "oi": ("oi", "open interest", "open_interest", "openinterest", "intoi"),
}
"""What files call a field of a bar, the likeliest first."""
PRICES: Final = ("open", "high", "low", "close")
NEEDED: Final = ("time", *PRICES)
SIZES: Final = ("volume", "oi")
DAY: Final = 86_400


def fits(sheet: Sheet) -> bool:
    guessed = guess(sheet)
    return all(guessed.get(name) for name in NEEDED)


def guess(sheet: Sheet) -> dict[str, str]:
    """Our field → the file's column, "" where it has none."""
    by_name = {head.strip().casefold().replace("_", " "): head for head in reversed(sheet.heads)}
    found: dict[str, str] = {}
    for field, names in NAMES.items():
        told = (by_name.get(name.replace("_", " ")) for name in names)
        taken = set(found.values())
        found[field] = next((head for head in told if head and head not in taken), "")
    return found


def read(sheet: Sheet, choice: Choice) -> Found:
    """Raises BadData for columns that are not there, or a file without a bar."""
    columns = {**guess(sheet), **choice.columns}
    if missing := [name for name in NEEDED if not columns[name]]:
        return _unread(sheet, replace(choice, columns=columns), tuple(missing))
    zone, stamp = choice.zone or ZONE, choice.stamp or Stamp.START
    seconds = _seconds(sheet, columns, zone, month_first=choice.month_first)
    prices = {name: sheet.numbers(columns[name], needed=True) for name in PRICES}
    notes = _check(sheet, seconds, prices)
    interval = Interval.parse(choice.interval) if choice.interval else _interval(seconds)
    if interval == Interval.DAY:
        seconds = _midnights(seconds)
    elif stamp is Stamp.END and interval.intraday:
        seconds = seconds - interval.seconds
    sizes = {name: _sizes(sheet, columns[name]) for name in SIZES}
    places = _in_order(sheet, seconds)
    if not len(places):
        raise BadData("no row of this file can be read as a bar")
    if np.any(np.diff(places) < 0):
        notes.append("the rows are not in the order of time: they are put into it")
    bars = Candles(
        time=seconds[places].astype(np.int64),
        **{name: np.round(prices[name][places], 4) for name in PRICES},
        volume=sizes["volume"][places],
        open_interest=sizes["oi"][places],
    )
    chosen = replace(choice, columns=columns, zone=zone, stamp=stamp, interval=str(interval))
    unused = [head for head in sheet.heads if head not in columns.values()]
    if unused:
        notes.append(f"not used: {', '.join(unused)}")
    key = InstrumentKey(choice.key)
    return Found(
        title="Bars: open, high, low, close",
        source="file",
        home=Home.CANDLES,
        makes=_words(bars, interval),
        rows=len(bars),
        heads=sheet.heads,
        sample=sheet.beginning(SAMPLE),
        complaints=sheet.complaints,
        choice=chosen,
        asks=("key", "columns", "interval", "zone", "stamp", "month_first"),
        needs=() if choice.key else ("key",),
        notes=tuple(notes),
        candles=[(key, interval, bars.check())],
    )


def _unread(sheet: Sheet, choice: Choice, missing: tuple[str, ...]) -> Found:
    return Found(
        title="A table; which columns make the bars is not clear yet",
        source="file",
        home=Home.CANDLES,
        makes="nothing yet",
        rows=0,
        heads=sheet.heads,
        sample=sheet.beginning(SAMPLE),
        complaints=sheet.complaints,
        choice=choice,
        asks=("key", "columns", "interval", "zone", "stamp", "month_first"),
        needs=tuple(f"columns.{name}" for name in missing),
    )


def _seconds(sheet: Sheet, columns: Mapping[str, str], zone: str, *, month_first: bool) -> Floats:
    texts = sheet.texts(columns["time"])
    if clock := columns.get("clock"):
        pairs = zip(texts, sheet.texts(clock), strict=True)
        texts = [f"{day} {time}".strip() for day, time in pairs]
    seconds = times_of(texts, zone, month_first=month_first)
    bad = np.isnan(seconds)
    for place in np.flatnonzero(bad).tolist():
        shown = texts[place][:30]
        sheet.complaints.add([sheet.row_of[place]], f"{shown!r} is no time" if shown else "no time")
    return seconds


def _check(sheet: Sheet, seconds: Floats, prices: Mapping[str, Floats]) -> list[str]:
    """Refuse what cannot be a bar; a high or low that its own open or close passes is moved."""
    wrong = sheet.complaints
    o, h, low, c = (prices[name] for name in PRICES)
    with np.errstate(invalid="ignore"):
        wrong.add(sheet.row_of[np.minimum.reduce([o, h, low, c]) <= 0], "a price is not above 0")
        wrong.add(sheet.row_of[h < low], "its high is below its low")
        top, bottom = np.maximum(o, c), np.minimum(o, c)
        wide = (top > h) | (bottom < low)
    good = ~np.isin(sheet.row_of, sorted(wrong.rows)) & np.isfinite(seconds)
    h[wide], low[wide] = np.maximum(h, top)[wide], np.minimum(low, bottom)[wide]
    moved = int((wide & good).sum())
    if not moved:
        return []
    return [f"{plural(moved, 'bar')}: high or low widened to hold its own open and close"]


def _in_order(sheet: Sheet, seconds: Floats) -> NDArray[np.int64]:
    """Places of the bars by time; a time that comes twice is refused where it comes again."""
    good = np.flatnonzero(~np.isin(sheet.row_of, sorted(sheet.complaints.rows)))
    ordered = good[np.argsort(seconds[good], kind="stable")]
    again = np.zeros(len(ordered), dtype=bool)
    again[1:] = np.diff(seconds[ordered]) == 0
    for place, before in zip(ordered[again], ordered[np.flatnonzero(again) - 1], strict=True):
        first = int(sheet.row_of[before])
        sheet.complaints.add([sheet.row_of[place]], f"the same time as row {first:,}")
    return ordered[~again]


def _interval(seconds: Floats) -> Interval:
    """The commonest distance of two bars; a day's or longer is a day."""
    known = np.unique(seconds[np.isfinite(seconds)])
    if len(known) < 2:
        return Interval.DAY
    steps, counts = np.unique(np.diff(known), return_counts=True)
    step = int(steps[np.argmax(counts)])
    if step >= DAY or (step % 60 and step > 60):
        return Interval.DAY
    return Interval.parse(f"{step // 60}m" if step % 60 == 0 else f"{step}s")


def _midnights(seconds: Floats) -> Floats:
    """A daily bar stands at 00:00 in India, whatever hour a file gives it."""
    ahead = 19_800
    return np.floor((seconds + ahead) / DAY) * DAY - ahead


def _sizes(sheet: Sheet, column: str) -> NDArray[np.int64]:
    """Nothing stands for no trade, as everywhere in candles."""
    if not column:
        return np.zeros(len(sheet), dtype=np.int64)
    numbers = sheet.numbers(column)
    sheet.complaints.add(sheet.row_of[numbers < 0], f"{column} is below 0")
    return np.asarray(np.rint(np.nan_to_num(numbers)), dtype=np.int64)


def _words(bars: Candles, interval: Interval) -> str:
    first, last = (datetime.fromtimestamp(int(bars.time[i]), IST) for i in (0, -1))
    form = "%d %b %Y %H:%M" if interval.intraday else "%d %b %Y"
    return f"{len(bars):,} bars of {interval}, {first.strftime(form)} to {last.strftime(form)} IST"
