"""Candle series: the bars of an instrument, wherever they can be had, and the one that runs."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.clock import Clock
from core.errors import AppError
from core.ids import InstrumentKey
from core.instruments import candle_parts as parts
from core.instruments.calendar import MarketCalendar, usual_session
from core.instruments.candle import Candles, Interval, Unit
from core.instruments.corporate_actions import adjusted, shown
from core.instruments.resample import day_of, day_starts, midnight, resample
from core.ports.corporate_actions import ActionRepository
from core.ports.market_data import History
from core.ports.repositories import CandleRepository
from core.services.candle_past import CandlePast
from core.services.candle_today import CandleToday
from core.services.second_bars import SecondBars

COUNT: Final = 500
"""Bars where nothing else is asked for."""
QUARTER: Final = 900
FAR: Final = 45
"""Missing days from which quarter hours and longer are asked for as they are, not as minutes."""
OFF_LOOP: Final = 20_000
"""Bars from which they are put together in a thread."""
DAYS_OF: Final = {Unit.DAY: 1, Unit.WEEK: 5, Unit.MONTH: 22}
"""Sessions, about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """`said`: where the bars are from, and what could not be had."""

    key: InstrumentKey
    interval: Interval
    candles: Candles
    said: tuple[str, ...]


class CandleSeries:
    """Stored bars first, then bars made of shorter ones, then the broker's, which are kept.

    What nobody knows stays out: a day without bars has none. Nothing of after now is ever given,
    and of a bar that runs only what has happened in it. Bars of seconds are those of the ticks that
    this desk has seen.
    """

    def __init__(
        self,
        *,
        candles: CandleRepository,
        history: History,
        seconds: SecondBars,
        calendar: MarketCalendar,
        clock: Clock,
        actions: ActionRepository | None = None,
        link: Callable[[], object] = lambda: None,
        giver: str = "the broker",
    ) -> None:
        """`link` is another thing whenever the feed was away; `giver` is who gives today's bars."""
        self._calendar, self._clock, self._actions = calendar, clock, actions
        self._past = CandlePast(candles, history, calendar)
        self._today = CandleToday(
            candles=candles,
            history=history,
            seconds=seconds,
            calendar=calendar,
            clock=clock,
            link=link,
            giver=giver,
        )
        self._days: dict[tuple[InstrumentKey, Interval], Candles] = {}

    async def bars(
        self,
        key: InstrumentKey,
        interval: Interval,
        *,
        first: date | None = None,
        last: date | None = None,
        count: int | None = None,
    ) -> Candles:
        """See `series`."""
        return (await self.series(key, interval, first=first, last=last, count=count)).candles

    async def series(
        self,
        key: InstrumentKey,
        interval: Interval,
        *,
        first: date | None = None,
        last: date | None = None,
        count: int | None = None,
    ) -> Series:
        """From the day `first`, or the last `count` bars, to the end of `last` or to now.

        Fewer than `count` where so many sessions have no more. Prices of shares are adjusted for
        corporate actions.
        """
        today, told = self._calendar.today(), list[str]()
        last = min(last or today, today)
        begin = first or self._reach(interval, last, count or COUNT)
        make = self._intraday if interval.intraday else self._longer
        found = await make(key, interval, begin, last, told)
        found = parts.before(found, self._clock.now().timestamp())
        if first is None:
            found = parts.newest(found, count or COUNT)
        found = await self._adjusted(key, found, told)
        return Series(key=key, interval=interval, candles=found, said=tuple(dict.fromkeys(told)))

    def live(self, key: InstrumentKey, interval: Interval) -> Candles:
        """The bar that runs and the one before it, as far as they are of today.

        Cheap, and right once `series` has been asked for: what was missed since, while the feed was
        away, is asked for beside it.
        """
        self._today.mend(key)
        if interval.intraday:
            now = int(self._clock.now().timestamp())
            since = now - 3 * interval.seconds - 60
            whole = interval.seconds % 60 == 0
            bars = self._today.bars if whole else self._today.seconds
            found = bars(key, interval, max(since, 0))
            return parts.newest(parts.after(found, since + interval.seconds), 2)
        before = self._days.get((key, interval), Candles.none())
        today = self._today.bars(key, Interval.DAY)
        joined = parts.merged(before, today) if interval != Interval.DAY else today
        return parts.newest(resample(joined, interval, self._today.calendar_of(key)), 2)

    def _reach(self, interval: Interval, last: date, count: int) -> date:
        """The first day of the last `count` bars, if every session is full of them."""
        if interval.intraday:
            session = usual_session(last)
            each = (session.closes_at - session.opens_at).total_seconds() // interval.seconds
            sessions = int(count // max(each, 1)) + 1
        else:
            sessions = count * interval.count * DAYS_OF[interval.unit] + 1
        if sessions > 60:  # by and large, which is cheaper than day by day
            return last - timedelta(days=sessions * 3 // 2)
        day = last if self._calendar.is_trading_day(last) else self._back(last)
        for _ in range(sessions):
            day = self._back(day)
        return day

    def _back(self, day: date) -> date:
        return self._calendar.previous_trading_day(day)

    # minutes, hours and seconds
    async def _intraday(
        self, key: InstrumentKey, interval: Interval, first: date, last: date, told: list[str]
    ) -> Candles:
        today = self._calendar.today()
        until = min(last, today - timedelta(days=1))
        if interval.seconds % 60:
            return await self._of_seconds(key, interval, first, last, told)
        past = await self._past_bars(key, interval, first, until, told)
        if last < today:
            return past
        await self._today.load(key, told)
        return parts.merged(past, self._today.bars(key, interval))

    async def _of_seconds(
        self, key: InstrumentKey, interval: Interval, first: date, last: date, told: list[str]
    ) -> Candles:
        stored = await self._past.stored(key, interval, first, last)
        if last < self._calendar.today():
            return stored
        kept = self._today.seconds(key, interval)
        told.append("ticks of this desk" if len(kept) else "seconds begin with the next tick")
        return parts.merged(stored, kept)

    async def _past_bars(
        self, key: InstrumentKey, interval: Interval, first: date, last: date, told: list[str]
    ) -> Candles:
        if interval == Interval.MINUTE:
            return await self._past.of(key, interval, first, last, told)
        stored = await self._past.stored(key, interval, first, last)
        lacking = self._past.lacking(interval, stored, first, last)
        if not lacking:
            told.extend(["stored"] if len(stored) else [])
            return stored
        span = lacking[0], lacking[-1]
        minutes = await self._past.stored(key, Interval.MINUTE, *span)
        missing = self._past.missing(key, Interval.MINUTE, minutes, *span)
        if interval.seconds >= QUARTER and len(missing) > FAR:
            stored = parts.merged(stored, await self._past.of(key, interval, *span, told))
        elif missing:
            minutes = await self._past.of(key, Interval.MINUTE, *span, told)
        told.extend(["made of minutes"] if len(minutes) else [])
        return parts.merged(await self._made(key, minutes, interval), stored)

    async def _made(self, key: InstrumentKey, bars: Candles, interval: Interval) -> Candles:
        calendar = self._today.calendar_of(key)
        if len(bars) < OFF_LOOP:
            return resample(bars, interval, calendar)
        return await asyncio.to_thread(resample, bars, interval, calendar)

    # days, weeks and months
    async def _longer(
        self, key: InstrumentKey, interval: Interval, first: date, last: date, told: list[str]
    ) -> Candles:
        """A period begins where the calendar says, however late `first` is in it."""
        calendar = self._today.calendar_of(key)
        begins = day_starts(np.array([midnight(first)]), interval, calendar)
        opened = day_of(int(begins[0]))
        days = await self._past_days(key, opened, min(last, self._yesterday), told)
        if interval == Interval.DAY:
            stored = Candles.none()
        else:
            stored = await self._past.stored(key, interval, opened, last)
            stored = parts.part(stored, self._over(stored, interval))
        if last >= self._calendar.today():
            self._days[key, interval] = parts.newest(days, interval.count * 31)
            await self._today.load(key, told)
            days = parts.merged(days, self._today.bars(key, Interval.DAY))
        return parts.merged(stored, resample(days, interval, calendar))

    @property
    def _yesterday(self) -> date:
        return self._calendar.today() - timedelta(days=1)

    def _over(self, stored: Candles, interval: Interval) -> NDArray[np.bool_]:
        """Which of the stored bars end before today: one that runs is made of its days."""
        now = day_starts(np.array([midnight(self._calendar.today())]), interval, self._calendar)
        return np.asarray(stored.time < now[0])

    async def _past_days(
        self, key: InstrumentKey, first: date, last: date, told: list[str]
    ) -> Candles:
        days = await self._past.of(key, Interval.DAY, first, last, told)
        lacking = self._past.lacking(Interval.DAY, days, first, last)
        if not lacking:
            return days
        minutes = await self._past.stored(key, Interval.MINUTE, lacking[0], lacking[-1])
        told.extend(["made of minutes"] if len(minutes) else [])
        return parts.merged(await self._made(key, minutes, Interval.DAY), days)

    # corporate actions
    async def _adjusted(self, key: InstrumentKey, found: Candles, told: list[str]) -> Candles:
        segment, _, isin = key.partition("|")
        if self._actions is None or not segment.endswith("_EQ") or not len(found):
            return found
        today = self._calendar.today()
        actions = [each for each in await self._actions.of(isin) if each.ex_day <= today]
        try:
            whole = adjusted(found, shown(found, actions))
        except AppError as problem:
            told.append(f"not adjusted for corporate actions: {problem}")
            return found
        if whole is not found:
            told.append("adjusted for corporate actions")
        return whole
