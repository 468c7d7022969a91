"""Bars of any key on any day, made from the day's tape."""

from collections.abc import Callable
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.simulator.market import open_interest
from data.simulator.market.activity import MINUTE
from data.simulator.market.daily import Daily
from data.simulator.market.day import Day
from data.simulator.market.listing import EQUITY, INDEX, VIX, Listing, Spec
from data.simulator.market.noise import mixed, normal, uniform, word
from data.simulator.market.records import Bars
from data.simulator.market.tape import Tape
from data.simulator.market.terms import terms_of
from data.simulator.market.underlyings import UNDERLYINGS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MINUTES_SINCE: Final = date(2022, 1, 3)
"""Minute bars exist from here on; before it a day has its four prices only."""
RANGE = word("range")
KEPT: Final = 1024


class History:
    """Bars by key and day, remembered for as long as there is room."""

    def __init__(self, daily: Daily, listing: Listing, day: Callable[[int], Day]) -> None:
        self._daily, self._listing, self._day = daily, listing, day
        self._minutes: dict[tuple[str, int], Bars] = {}
        self._days: dict[tuple[str, int], tuple[float, ...]] = {}

    def bars(self, key: str, first: date, last: date, minutes: int, now_ms: int) -> Bars:
        """Bars of so many minutes, counted from each day's opening; those begun by now."""
        parts = []
        for number in self._numbers(max(first, MINUTES_SINCE), last):
            day = self._day(number)
            if day.opens > now_ms:
                break
            spec = self._spec(key, number)
            if spec is not None:
                whole = day.closes <= now_ms
                made = self._of_day(spec, day) if whole else self._until(spec, day, now_ms)
                parts.append(made if minutes == 1 else _longer(made, minutes, day))
        return _joined(parts)

    def day_bars(self, key: str, first: date, last: date, now_ms: int) -> Bars:
        rows = []
        for number in self._numbers(first, last):
            spec = self._spec(key, number)
            if spec is None:
                continue
            row = self._row(spec, number, now_ms)
            if row is None:
                break
            if row:
                rows.append(row)
        return _of_rows(rows)

    def _row(self, spec: Spec, number: int, now_ms: int) -> tuple[float, ...] | None:
        """One day's bar; empty without a trade, None for a day that has not begun."""
        day = self._daily.day(number)
        known = self._days.get((spec.key, number))
        if known is not None:
            return known
        if day < MINUTES_SINCE:
            return self._early(spec, number)
        world = self._day(number)
        if world.opens > now_ms:
            return None
        if world.closes > now_ms:
            return _whole(self._until(spec, world, now_ms), world)
        made = _of_index(world, spec) if spec.kind == INDEX else None
        made = made or _whole(self._of_day(spec, world), world)
        self._days[spec.key, number] = made
        return made

    def _early(self, spec: Spec, number: int) -> tuple[float, ...]:
        """A day before the minutes begin: opening and close, and a range around them."""
        if spec.kind not in (INDEX, EQUITY):
            return ()
        levels = self._daily.levels(UNDERLYINGS[spec.number].symbol)
        ends = np.sort([levels.open[number], levels.close[number]])
        words = mixed(self._daily.word, RANGE, np.uint64(spec.token), np.uint64(number))
        out = 0.004 * -np.log(uniform(mixed(words, np.arange(2, dtype=np.uint64))))
        prices = np.exp(
            [levels.open[number], ends[1] + out[0], ends[0] - out[1], levels.close[number]]
        )
        volume = 0.0 if spec.kind == INDEX else 5e6 * float(np.exp(0.4 * normal(words)))
        start = day_start(self._daily.day(number))
        return (start, *np.round(prices, 2).tolist(), float(int(volume)), 0.0)

    def _numbers(self, first: date, last: date) -> range:
        begin = int(np.searchsorted(self._daily.ordinals, first.toordinal()))
        end = int(np.searchsorted(self._daily.ordinals, last.toordinal(), side="right"))
        return range(max(begin, 5), end)

    def _spec(self, key: str, number: int) -> Spec | None:
        """None on days on which it was not listed."""
        try:
            return self._listing.spec(key, self._daily.day(number))
        except KeyError:
            return None

    def _of_day(self, spec: Spec, day: Day) -> Bars:
        known = self._minutes.get((spec.key, day.number))
        if known is None:
            if len(self._minutes) > KEPT:
                self._minutes.clear()
            known = self._minutes[spec.key, day.number] = self._made(spec, day, day.closes)
        return known

    def _until(self, spec: Spec, day: Day, now_ms: int) -> Bars:
        return self._made(spec, day, now_ms)

    def _made(self, spec: Spec, day: Day, now_ms: int) -> Bars:
        day.need(np.array([spec.number]))
        terms = terms_of([spec], day, 1.0)
        tape = Tape(day).whole(terms, 0)
        upto = int(np.searchsorted(tape["time"], now_ms, side="right"))
        if not upto:
            return _joined([])
        minute = tape["time"][:upto] // MINUTE
        last = np.append(np.flatnonzero(np.diff(minute)), upto - 1)
        ends = np.minimum((minute[last] + 1) * MINUTE, now_ms)
        ends[-1] = min(now_ms, day.closes)
        return Bars(
            time=minute[last] * 60,
            open=tape["minute_open"][last] / 100,
            high=tape["minute_high"][last] / 100,
            low=tape["minute_low"][last] / 100,
            close=tape["price"][last] / 100,
            volume=tape["minute_volume"][last],
            oi=self._interest(spec, day, ends),
        )

    def _interest(self, spec: Spec, day: Day, at_ms: Ints) -> Ints:
        if spec.kind in (INDEX, EQUITY, VIX):
            return np.zeros(len(at_ms), dtype=np.int64)
        terms = terms_of([spec], day, 1.0)
        names = np.array([spec.token], dtype=np.uint64)
        after = open_interest.at_close(terms, names, day, 0)
        before = open_interest.at_close(terms, names, day, 1)
        if spec.listed >= day.date.toordinal():
            before = np.zeros_like(before)
        rows = np.zeros(len(at_ms), dtype=np.int64)
        return open_interest.now(terms, rows, before[rows], after[rows], day, at_ms)


def day_start(day: date) -> float:
    """Midnight IST, in epoch seconds: how the broker stamps a daily bar."""
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * 86_400.0 - 19_800.0


def _of_index(day: Day, spec: Spec) -> tuple[float, ...]:
    """Straight from its prints, which are its tape."""
    shown = day.shown(spec.number)
    ends = (float(shown[0]), float(shown.max()), float(shown.min()), float(shown[-1]))
    return (day_start(day.date), *ends, 0.0, 0.0)


def _whole(bars: Bars, day: Day) -> tuple[float, ...]:
    if not len(bars):
        return ()
    return (
        day_start(day.date),
        float(bars.open[0]),
        float(bars.high.max()),
        float(bars.low.min()),
        float(bars.close[-1]),
        float(bars.volume.sum()),
        float(bars.oi[-1]),
    )


def _longer(bars: Bars, minutes: int, day: Day) -> Bars:
    """Minute bars of one day put together."""
    if not len(bars):
        return bars
    opens = day.opens // 1000
    part = (bars.time - opens) // (60 * minutes)
    first = np.concatenate([[0], np.flatnonzero(np.diff(part)) + 1])
    last = np.append(first[1:] - 1, len(part) - 1)
    return Bars(
        time=opens + part[first] * 60 * minutes,
        open=bars.open[first],
        high=np.maximum.reduceat(bars.high, first),
        low=np.minimum.reduceat(bars.low, first),
        close=bars.close[last],
        volume=np.add.reduceat(bars.volume, first),
        oi=bars.oi[last],
    )


def _joined(parts: list[Bars]) -> Bars:
    if len(parts) == 1:
        return parts[0]
    none_f, none_i = np.empty(0), np.empty(0, dtype=np.int64)
    return Bars(
        time=np.concatenate([none_i, *(p.time for p in parts)]),
        open=np.concatenate([none_f, *(p.open for p in parts)]),
        high=np.concatenate([none_f, *(p.high for p in parts)]),
        low=np.concatenate([none_f, *(p.low for p in parts)]),
        close=np.concatenate([none_f, *(p.close for p in parts)]),
        volume=np.concatenate([none_i, *(p.volume for p in parts)]),
        oi=np.concatenate([none_i, *(p.oi for p in parts)]),
    )


def _of_rows(rows: list[tuple[float, ...]]) -> Bars:
    table = np.array(rows, dtype=np.float64).reshape(len(rows), 7)
    whole = table.astype(np.int64)
    return Bars(
        time=whole[:, 0],
        open=table[:, 1],
        high=table[:, 2],
        low=table[:, 3],
        close=table[:, 4],
        volume=whole[:, 5],
        oi=whole[:, 6],
    )
