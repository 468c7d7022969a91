"""Bars of any key on any day, made from the day's tape."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.simulator.market import open_interest
from data.simulator.market.activity import MINUTE
from data.simulator.market.book import need
from data.simulator.market.daily import Daily
from data.simulator.market.day import Day
from data.simulator.market.extremes import day_prices
from data.simulator.market.listing import EQUITY, INDEX, VIX, Listing, Spec
from data.simulator.market.noise import mixed, normal, uniform, word
from data.simulator.market.records import Bars
from data.simulator.market.tape import Tape, trade_slot
from data.simulator.market.terms import Terms, terms_of
from data.simulator.market.underlyings import UNDERLYINGS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MINUTES_SINCE: Final = date(2022, 1, 3)
"""Minute bars exist from here on; before it a day has its four prices only."""
RANGE = word("range")
KEPT: Final = 150_000
"""So many minute bars are remembered, of 56 bytes each."""
MORE_DAYS: Final = 250


class History:
    """Bars by key and day, remembered for as long as there is room."""

    def __init__(self, daily: Daily, listing: Listing, day: Callable[[int], Day]) -> None:
        self._daily, self._listing, self._day = daily, listing, day
        self._first = daily.number(MINUTES_SINCE)
        self._minutes: OrderedDict[tuple[str, int], Bars] = OrderedDict()
        self._minutes_kept = 0
        self._whole_days: dict[str, Floats] = {}
        self._terms: dict[str, Terms] = {}

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
                made = self._of_day(spec, day) if whole else self._made(spec, day, now_ms)
                parts.append(made if minutes == 1 else _longer(made, minutes, day))
        return _joined(parts)

    def day_bars(self, key: str, first: date, last: date, now_ms: int) -> Bars:
        numbers = self._numbers(first, last)
        early = range(numbers.start, max(min(numbers.stop, self._first), numbers.start))
        later = range(max(early.stop, self._first), numbers.stop)
        rows = [self._early(key, early)] if early else []
        for number in later:
            if self._daily.opens(number) > now_ms:
                break
            spec = self._spec(key, number)
            row = None if spec is None else self._row(spec, number, now_ms)
            if row is not None:
                rows.append(row[None, :])
        return _of_rows(rows)

    def _row(self, spec: Spec, number: int, now_ms: int) -> Floats | None:
        """The bar of one day that has begun; None without a trade."""
        if spec.kind not in (INDEX, EQUITY, VIX):
            return self._from_minutes(spec, self._day(number), now_ms)
        table = self._table(spec.key, number)
        row = table[number - self._first]
        if row[0]:
            return np.asarray(row)
        day = Day(self._daily, number)
        if day.closes > now_ms:
            return self._from_minutes(spec, self._day(number), now_ms)
        row[:] = (day_start(day.date), *day_prices(spec, day, self._like(spec, day)), 0.0)
        return np.asarray(row)

    def _like(self, spec: Spec, day: Day) -> Terms:
        if spec.key not in self._terms:
            self._terms[spec.key] = terms_of([spec], day, 1.0)
        return self._terms[spec.key]

    def _table(self, key: str, number: int) -> Floats:
        """What is known of a share's or an index's whole days, a row each; 0 is unknown."""
        table = self._whole_days.get(key, np.zeros((0, 7)))
        if number - self._first >= len(table):
            more = max(number + 1 - self._first, len(table) + MORE_DAYS) - len(table)
            table = np.concatenate([table, np.zeros((more, 7))])
            self._whole_days[key] = table
        return table

    def _from_minutes(self, spec: Spec, day: Day, now_ms: int) -> Floats | None:
        whole = day.closes <= now_ms
        bars = self._of_day(spec, day) if whole else self._made(spec, day, now_ms)
        if not len(bars):
            return None
        prices = (bars.open[0], bars.high.max(), bars.low.min(), bars.close[-1])
        return np.array([day_start(day.date), *prices, bars.volume.sum(), bars.oi[-1]])

    def _early(self, key: str, numbers: range) -> Floats:
        """Days before the minutes begin: opening and close, and a range around them."""
        spec = self._spec(key, numbers.start)
        if spec is None or spec.kind not in (INDEX, EQUITY):
            return np.empty((0, 7))
        n = np.arange(numbers.start, numbers.stop)
        levels = self._daily.levels(UNDERLYINGS[spec.number].symbol)
        opens, closes = levels.open[n], levels.close[n]
        words = mixed(self._daily.word, RANGE, np.uint64(spec.token), n.astype(np.uint64))
        places = np.arange(2, dtype=np.uint64)[:, None]
        above, below = 0.004 * -np.log(uniform(mixed(words, places)))
        ends = (np.maximum(opens, closes) + above, np.minimum(opens, closes) - below)
        prices = np.round(np.exp([opens, *ends, closes]), 2)
        volume = np.floor(5e6 * np.exp(0.4 * normal(words))) * (spec.kind == EQUITY)
        starts = day_starts(self._daily.ordinals[n])
        return np.column_stack([starts, *prices, volume, np.zeros(len(n))])

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
        asked = (spec.key, day.number)
        known = self._minutes.get(asked)
        if known is None:
            known = self._minutes[asked] = self._made(spec, day, day.closes)
            self._minutes_kept += len(known)
            while self._minutes_kept > KEPT:
                _, oldest = self._minutes.popitem(last=False)
                self._minutes_kept -= len(oldest)
        else:
            self._minutes.move_to_end(asked)
        return known

    def _made(self, spec: Spec, day: Day, now_ms: int) -> Bars:
        terms = terms_of([spec], day, 1.0)
        need(day, terms)
        upto = 1 + int(trade_slot(day, terms, np.array([0]), now_ms)[0])
        if not upto:
            return _joined([])
        tape = Tape(day, window=1.0).line(terms, 0, upto)
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
    return float(day_starts(np.array([day.toordinal()]))[0])


def day_starts(ordinals: Ints) -> Floats:
    return np.asarray((ordinals - date(1970, 1, 1).toordinal()) * 86_400.0 - 19_800.0)


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


def _of_rows(rows: list[Floats]) -> Bars:
    table = np.concatenate([np.empty((0, 7)), *rows])
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
