"""Bars made fit for a run: what is wrong is left out and said, or refused with its time."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.clock import IST
from core.errors import BadData, RuleBroken
from core.instruments.calendar import MarketCalendar, usual_session
from core.instruments.candle import Candles, Interval, Unit

Ints = NDArray[np.int64]
COLUMNS: Final = ("time", "open", "high", "low", "close", "volume", "open_interest")
OFFSET: Final = 19_800  # seconds of IST before UTC
A_DAY: Final = 86_400
EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """`starts`: the place of each day's first bar; `ends`: epoch seconds at which a bar is over.

    `notes` tell what was left out.
    """

    candles: Candles
    days: tuple[date, ...]
    starts: Ints
    ends: Ints
    notes: tuple[str, ...]


def prepared(candles: Candles, interval: Interval, calendar: MarketCalendar | None) -> Prepared:
    """Raises RuleBroken where nothing is left to run on, BadData for bars that contradict."""
    lengths = {len(getattr(candles, name)) for name in COLUMNS}
    if len(lengths) > 1:
        raise BadData("bars of which a column is shorter than another")
    notes: list[str] = []
    for tidy in (_known, _in_order, _once):
        candles = tidy(candles, notes)
    _possible(candles)
    if calendar is not None:
        candles = _in_session(candles, calendar, notes)
    if not len(candles):
        raise RuleBroken(" ".join(["There are no bars to run on.", *notes]))
    ordinals = day_numbers(candles.time)
    starts = np.flatnonzero(np.diff(ordinals, prepend=ordinals[0] - 1))
    days = tuple(EPOCH + timedelta(days=n) for n in ordinals[starts].tolist())
    ends = _ends(candles, interval, days, starts, calendar)
    return Prepared(candles=candles, days=days, starts=starts, ends=ends, notes=tuple(notes))


def data_hash(candles: Candles) -> str:
    """The same for the same bars, whatever made them."""
    found = hashlib.blake2b(digest_size=16)
    for name in COLUMNS:
        found.update(np.ascontiguousarray(getattr(candles, name)).tobytes())
    return found.hexdigest()


def day_numbers(time: Ints) -> Ints:
    """Of epoch seconds: days in IST since 1970."""
    return (time + OFFSET) // A_DAY


def ist_day(at: int) -> date:
    """Of epoch seconds."""
    return EPOCH + timedelta(days=(at + OFFSET) // A_DAY)


def picked(candles: Candles, which: NDArray[np.bool_] | Ints | slice) -> Candles:
    return Candles(**{name: getattr(candles, name)[which] for name in COLUMNS})


def close_of(day: date, calendar: MarketCalendar | None) -> datetime:
    """When the day's session ends; without a calendar, or before its table, by the usual hours."""
    try:
        return (calendar.close_of if calendar else _usual)(day)
    except BadData:
        return datetime(day.year, day.month, day.day, 15, 30, tzinfo=IST)


def _usual(day: date) -> datetime:
    return usual_session(day).closes_at


def _known(candles: Candles, notes: list[str]) -> Candles:
    prices = (candles.open, candles.high, candles.low, candles.close)
    good = np.all([np.isfinite(each) for each in prices], axis=0)
    return _kept(candles, good, "without a price", notes)


def _in_order(candles: Candles, notes: list[str]) -> Candles:
    if len(candles) < 2 or np.all(candles.time[1:] >= candles.time[:-1]):
        return candles
    late = int(np.sum(candles.time[1:] < candles.time[:-1]))
    notes.append(f"Bars were out of order in {_times(late)} and have been sorted.")
    return picked(candles, np.argsort(candles.time, kind="stable"))


def _once(candles: Candles, notes: list[str]) -> Candles:
    """Two equal bars are one; two that differ are a contradiction."""
    if len(candles) < 2:
        return candles
    again = np.concatenate([[False], candles.time[1:] == candles.time[:-1]])
    if not again.any():
        return candles
    differs = np.any(
        [np.diff(getattr(candles, name), prepend=np.nan) != 0 for name in COLUMNS[1:5]], axis=0
    )
    if (again & differs).any():
        at = int(candles.time[np.flatnonzero(again & differs)[0]])
        raise BadData(f"two different bars of {moment(at)}: which of them is right is not known")
    return _kept(candles, ~again, "that came twice", notes)


def _possible(candles: Candles) -> None:
    low, high = candles.low, candles.high
    tops = np.maximum(candles.open, candles.close)
    bottoms = np.minimum(candles.open, candles.close)
    wrong = (high < tops) | (low > bottoms) | (low <= 0)
    if wrong.any():
        at = int(candles.time[np.flatnonzero(wrong)[0]])
        raise BadData(f"the bar of {moment(at)} cannot be: its high, low and close contradict")


def _in_session(candles: Candles, calendar: MarketCalendar, notes: list[str]) -> Candles:
    numbers, place = np.unique(day_numbers(candles.time), return_inverse=True)
    trades = [_trades(EPOCH + timedelta(days=n), calendar) for n in numbers.tolist()]
    good = np.array(trades, dtype=bool)[place]
    return _kept(candles, good, "on days on which the calendar has no session", notes)


def _trades(day: date, calendar: MarketCalendar) -> bool:
    """Of days before the calendar's table the bars alone know."""
    try:
        return calendar.is_trading_day(day)
    except BadData:
        return True


def _kept(candles: Candles, good: NDArray[np.bool_], what: str, notes: list[str]) -> Candles:
    if good.all():
        return candles
    first = moment(int(candles.time[np.flatnonzero(~good)[0]]))
    gone = int(np.sum(~good))
    notes.append(f"{gone} {'bar' if gone == 1 else 'bars'} {what} left out, first {first}.")
    return picked(candles, good)


def _ends(
    candles: Candles,
    interval: Interval,
    days: tuple[date, ...],
    starts: Ints,
    calendar: MarketCalendar | None,
) -> Ints:
    """A bar is over after its length, and no later than its session; longer ones at a close."""
    last = _LAST_DAY.get(interval.unit, _same)
    closes = [int(close_of(last(day, interval.count), calendar).timestamp()) for day in days]
    bars = np.diff(starts, append=len(candles))
    at_close = np.repeat(np.array(closes, dtype=np.int64), bars)
    if not interval.intraday:
        return np.maximum(at_close, candles.time + 1)
    ends = candles.time + interval.seconds
    inside = (candles.time < at_close) & (ends > at_close)
    return np.where(inside, at_close, ends)


def _same(day: date, count: int) -> date:
    return day


def _week(day: date, count: int) -> date:
    """The Friday of the last of its weeks."""
    return day + timedelta(days=4 - day.weekday() + 7 * (count - 1))


def _month(day: date, count: int) -> date:
    month = day.month - 1 + count
    return date(day.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


_LAST_DAY: Final[dict[Unit, Callable[[date, int], date]]] = {Unit.WEEK: _week, Unit.MONTH: _month}


def moment(at: int) -> str:
    """Epoch seconds as people say it, in IST."""
    return f"{datetime.fromtimestamp(at, UTC).astimezone(IST):%d %b %Y %H:%M}"


def _times(count: int) -> str:
    return "one place" if count == 1 else f"{count} places"
