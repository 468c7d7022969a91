"""Bars of what no instrument is: legs of a chain together, and one instrument against another."""

from datetime import date, timedelta
from typing import Final

import numpy as np

from core.analytics.chain_day import minute_of
from core.analytics.premium import PremiumSeries, Structure, combined
from core.errors import BadData, RuleBroken
from core.ids import InstrumentKey
from core.instruments import candle_parts as parts
from core.instruments.candle import Candles, Interval
from core.instruments.pairs import Against, pair
from core.instruments.resample import resample
from core.services import Services
from core.services.chain_picture import live_picture
from core.services.combined_series import CombinedSeries
from core.services.traded_minutes import TradedMinutes
from core.state.chains import LiveChain
from ui.chart.source import FIRST, OLDER, Found, day_of

SESSIONS: Final = 5
"""Of a combined premium that are read at once, after the newest."""
FEW: Final = 60
"""Bars below which sessions before are read too."""
QUARTER: Final = Interval.parse("15m")
DETAIL: Final = 900
"""Seconds of the longest bars of a pair that are made of its minutes."""


class CombinedBars:
    """A `Source` of a combined premium; its chain is kept open by the page."""

    def __init__(
        self, services: Services, chain: LiveChain, structure: Structure, interval: Interval
    ) -> None:
        self._services, self._chain, self._structure = services, chain, structure
        self.interval = interval
        self._series = CombinedSeries(
            option_history=services.option_history,
            chain_history=services.chain_history,
            traded=TradedMinutes(
                services.history, services.calendar, services.clock, services.rate
            ),
            calendar=services.calendar,
            clock=services.clock,
        )
        self._base, self._running = Candles.none(), _Running()

    async def load(self, at: int = 0) -> Found:
        if self.interval.intraday and self.interval.seconds % 60:
            raise RuleBroken("a combined premium has bars of whole minutes: choose 1m or longer")
        today = self._services.calendar.today()
        told: list[str] = []
        first = self._back(day_of(at), 1) if at else self._newest_session()
        found = await self._read(first, today, told)
        for sessions in (1, SESSIONS):  # a session that has just begun tells little
            if len(found) >= FEW:
                break
            found = await self._read(self._back(first, sessions), today, told)
        told = told or (["recorded minutes"] if len(found) else [])
        return Found(found, tuple(dict.fromkeys(told)))

    async def _read(self, first: date, last: date, told: list[str]) -> Candles:
        self._base = await self._minutes(first, last, told)
        return self._longer(self._base)

    async def older(self, before: int) -> Found:
        told: list[str] = []
        until = day_of(before) - timedelta(days=1)
        first = self._back(until, SESSIONS)
        minutes = await self._minutes(first, until, told)
        if not len(minutes):
            known = [day for day in await self._series.days(self._chain) if day < first]
            if not known:
                return Found(Candles.none(), whole=True)
            minutes = await self._minutes(self._back(known[-1], SESSIONS), known[-1], told)
        self._base = parts.merged(minutes, self._base)
        found = parts.before(self._longer(minutes), before)
        return Found(found, tuple(dict.fromkeys(told)), whole=not len(found))

    async def since(self, time: int) -> Candles:
        self._base = await self._minutes(day_of(time), self._services.calendar.today(), [])
        return parts.after(self._longer(self._base), time)

    def live(self) -> Candles:
        services, chain = self._services, self._chain
        session = services.calendar.session_of(services.calendar.today())
        now = services.clock.now()
        if session is not None and session.open_at(now):
            services.chain_keeper.refresh(chain)
            self._running.see(minute_of(now), self._now())
        run = self._running.candles()
        if not len(run):
            return run
        length = self._length()
        begins = float(run.time[-1]) - 2 * length
        tail = parts.merged(parts.after(self._base, begins), run)
        found = self._longer(tail)
        return parts.newest(parts.after(found, begins + length) if len(found) > 2 else found, 2)

    def _length(self) -> int:
        if self.interval.intraday:
            return self.interval.seconds
        return 86_400 * self.interval.count * {"d": 1, "w": 7}.get(self.interval.unit.value, 31)

    def _now(self) -> float:
        services, chain = self._services, self._chain
        picture = live_picture(chain, services.market, services.clock.now(), services.rate)
        if picture is None:
            return float("nan")
        try:
            series = combined(picture.as_day(0), self._structure, chain.closes_at)
        except BadData:
            return float("nan")
        return _last(series)

    async def _minutes(self, first: date, last: date, told: list[str]) -> Candles:
        return await self._series.minutes(self._chain, self._structure, first, last, told)

    def _longer(self, minutes: Candles) -> Candles:
        return resample(minutes, self.interval, self._services.calendar)

    def _newest_session(self) -> date:
        """Today's, once it has begun."""
        calendar, now = self._services.calendar, self._services.clock.now()
        today = calendar.today()
        session = calendar.session_of(today)
        return today if session is not None and session.opens_at <= now else self._back(today, 1)

    def _back(self, day: date, sessions: int) -> date:
        for _ in range(sessions):
            day = self._services.calendar.previous_trading_day(day)
        return day


def _last(series: PremiumSeries) -> float:
    return float(series.value[-1]) if len(series.minutes) else float("nan")


class _Running:
    """Bars of the minutes that we have watched."""

    def __init__(self) -> None:
        self._bars: list[list[float]] = []  # time, open, high, low, close

    def see(self, minute: int, value: float) -> None:
        if value != value:
            return
        if self._bars and self._bars[-1][0] == minute * 60:
            bar = self._bars[-1]
            bar[2], bar[3], bar[4] = max(bar[2], value), min(bar[3], value), value
        else:
            before = self._bars[-1] if self._bars else None
            follows = before is not None and before[0] == minute * 60 - 60
            opened = before[4] if before is not None and follows else value
            bar = [minute * 60, opened, max(opened, value), min(opened, value), value]
            self._bars.append(bar)

    def candles(self) -> Candles:
        if not self._bars:
            return Candles.none()
        time, opened, high, low, close = np.array(self._bars, dtype=np.float64).T
        nothing = np.zeros(time.size, np.int64)
        return Candles(
            time=time.astype(np.int64),
            open=opened,
            high=high,
            low=low,
            close=close,
            volume=nothing,
            open_interest=nothing,
        )


class PairBars:
    """A `Source` of one instrument against another, `times` of which are counted.

    Bars up to a quarter of an hour are made of the pair's minutes, longer ones of its quarters,
    days and longer of its days: what it did within those nobody knows.
    """

    def __init__(
        self,
        services: Services,
        keys: tuple[InstrumentKey, InstrumentKey],
        how: Against,
        interval: Interval,
        times: float = 1.0,
    ) -> None:
        self._services, self._series = services, services.candle_series
        self.keys, self.how, self.interval, self.times = keys, how, interval, times
        if not interval.intraday:
            self._unit = Interval.DAY
        elif interval.seconds < 60 or interval.seconds % 60:
            self._unit = interval
        else:
            self._unit = Interval.MINUTE if interval.seconds <= DETAIL else QUARTER
        self._base = Candles.none()

    async def load(self, at: int = 0) -> Found:
        said: list[str] = []
        if at:
            first = day_of(at) - timedelta(days=self._days(FIRST))
            self._base = await self._pair(said, first=first)
        else:
            self._base = await self._pair(said, count=self._units(FIRST))
        return Found(self._longer(self._base), tuple(dict.fromkeys(said)))

    async def older(self, before: int) -> Found:
        said: list[str] = []
        found = self._longer(await self._pair(said, last=day_of(before), count=self._units(OLDER)))
        found = parts.before(found, before)
        return Found(found, tuple(dict.fromkeys(said)), whole=not len(found))

    async def since(self, time: int) -> Candles:
        self._base = parts.merged(self._base, await self._pair([], first=day_of(time)))
        return parts.after(self._longer(self._base), time)

    def live(self) -> Candles:
        first, second = (self._series.live(key, self._unit) for key in self.keys)
        now = pair(first, second, self.how, self.times)
        if not len(now):
            return now
        self._base = parts.merged(self._base, now)
        tail = parts.newest(self._base, 3 * self._units(1))
        return parts.newest(self._longer(tail), 2)

    def _longer(self, bars: Candles) -> Candles:
        if self._unit == self.interval:
            return bars
        return resample(bars, self.interval, self._services.calendar)

    def _units(self, count: int) -> int:
        """Short bars that so many of its own are made of."""
        if self.interval.intraday:
            return count * (self.interval.seconds // self._unit.seconds)
        return count * self.interval.count * {"d": 1, "w": 5}.get(self.interval.unit.value, 22)

    def _days(self, count: int) -> int:
        a_day = 375 * 60 / self._unit.seconds if self._unit.intraday else 1
        return int(self._units(count) / a_day * 1.45) + 2

    async def _pair(
        self,
        said: list[str],
        *,
        first: date | None = None,
        last: date | None = None,
        count: int | None = None,
    ) -> Candles:
        found = []
        for key in self.keys:
            each = await self._series.series(key, self._unit, first=first, last=last, count=count)
            said.extend(each.said)
            found.append(each.candles)
        return pair(found[0], found[1], self.how, self.times)
