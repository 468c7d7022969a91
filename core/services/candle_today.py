"""Candles of the running session: the broker's minutes once, carried on by ticks."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

import numpy as np
import structlog

from core.clock import IST, Clock
from core.errors import AppError
from core.ids import InstrumentKey
from core.instruments import candle_parts as parts
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles, Interval
from core.instruments.resample import midnight, resample
from core.ports.market_data import History
from core.ports.repositories import CandleRepository
from core.services.second_bars import SecondBars

log = structlog.get_logger(__name__)

FRESH: Final = 30.0
"""Seconds after which the broker is asked again, when somebody asks us."""
FOLD: Final = 300
"""Seconds that may stand beside the minutes before they become some themselves."""
OTHER_HOURS: Final = ("MCX", "NCD", "BCD", "NSE_COM", "GLOBAL")
"""How the segments begin that do not keep the hours of shares and their derivatives."""


@dataclass(frozen=True, slots=True)
class _Known:
    """`minutes` hold all trades before the epoch second `until`; `said` why there are no more."""

    day: date
    asked: float
    minutes: Candles
    until: int
    link: object
    said: str = ""


class CandleToday:
    def __init__(
        self,
        *,
        candles: CandleRepository,
        history: History,
        seconds: SecondBars,
        calendar: MarketCalendar,
        clock: Clock,
        link: Callable[[], object],
        giver: str = "the broker",
    ) -> None:
        self._candles, self._history = candles, history
        self._seconds, self._calendar, self._clock = seconds, calendar, clock
        self._link, self._giver = link, giver
        self._mending: dict[InstrumentKey, asyncio.Task[None]] = {}
        self._known: dict[InstrumentKey, _Known] = {}
        self._locks: dict[InstrumentKey, asyncio.Lock] = {}

    async def load(self, key: InstrumentKey, told: list[str]) -> None:
        """Ask for the minutes so far, unless they are known well enough."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            day, now = self._calendar.today(), asyncio.get_running_loop().time()
            known = self._known.get(key)
            if known is None or known.day != day or now - known.asked > FRESH:
                self._seconds.keep(key)
                known = await self._asked(key, day, now, known)
                self._known[key] = known
        if len(known.minutes):
            told.append(f"today of {self._giver}" if not known.said else "today as recorded")
        if known.said:
            told.append(known.said)

    def mend(self, key: InstrumentKey) -> None:
        """Ask again, beside us, where something was missed since we asked."""
        known, loop = self._known.get(key), asyncio.get_running_loop()
        if known is None or loop.time() - known.asked <= FRESH or key in self._mending:
            return
        begun = self._seconds.begun(key)
        if known.link != self._link() or begun >= known.until > 0:
            task = self._mending[key] = loop.create_task(self.load(key, []))
            task.add_done_callback(lambda _: self._mending.pop(key, None))

    def bars(self, key: InstrumentKey, interval: Interval, since: float = 0.0) -> Candles:
        """Of today, the one that runs included; `since` an epoch second that begins a bar."""
        day = self._calendar.today()
        known = self._known.get(key)
        minutes, until = Candles.none(), 0
        if known is not None and known.day == day:
            minutes, until = known.minutes, known.until
        begun = self._seconds.begun(key)
        if begun >= until:  # nobody knows how its minute began: it is shown only while it runs
            whole = (begun // 60 + 1) * 60
            until = whole if self._clock.now().timestamp() >= whole else until
        ticked = self._seconds.of(key, max(since, until, float(midnight(day))))
        ticked = self._within(key, ticked, day)
        if known is not None and begun < known.until == until and len(ticked) > FOLD and not since:
            self._known[key] = _folded(known, ticked)
        minutes = parts.after(minutes, since)
        return resample(parts.merged(ticked, minutes), interval, self.calendar_of(key))

    def seconds(self, key: InstrumentKey, interval: Interval, since: float = 0.0) -> Candles:
        """Bars of seconds, of what is kept in memory."""
        self._seconds.keep(key)
        day = self._calendar.today()
        kept = self._within(key, self._seconds.of(key, since), day)
        return resample(kept, interval, self.calendar_of(key))

    def calendar_of(self, key: InstrumentKey) -> MarketCalendar | None:
        """Ours, unless the instrument is of a market with hours of its own."""
        segment = key.partition("|")[0]
        return None if segment.startswith(OTHER_HOURS) else self._calendar

    def _within(self, key: InstrumentKey, ticked: Candles, day: date) -> Candles:
        """Without what an index is said to be before the opening and after the close."""
        calendar = self.calendar_of(key)
        session = calendar.session_of(day) if calendar is not None else None
        if session is None or not len(ticked):
            return ticked
        inside = np.zeros(len(ticked), np.bool_)
        for begins, ends in session.windows:
            inside |= (ticked.time >= begins.timestamp()) & (ticked.time < ends.timestamp())
        return parts.part(ticked, inside)

    async def _asked(
        self, key: InstrumentKey, day: date, now: float, before: _Known | None
    ) -> _Known:
        begin = datetime.combine(day, time(), IST)
        moment = int(self._clock.now().timestamp())
        running, link = moment // 60 * 60, self._link()
        stored = await self._candles.between(key, Interval.MINUTE, begin, begin + timedelta(days=1))
        stored = parts.before(stored, running)
        try:
            asked = await self._history.today(key)
        except AppError as problem:
            log.warning("candles.today_not_asked", key=key, problem=str(problem))
            kept = before.minutes if before is not None and before.day == day else stored
            kept = parts.merged(stored, kept)
            said = f"not of the broker: {problem}"
            return _Known(day, now, kept, _end(kept), link, said)
        asked = parts.before(parts.after(asked, midnight(day)), moment)
        await self._candles.upsert(key, Interval.MINUTE, parts.before(asked, running))
        minutes = parts.merged(stored, asked)
        return _Known(day, now, minutes, min(_end(minutes), moment), link)


def _folded(known: _Known, ticked: Candles) -> _Known:
    """With the ticks of minutes that are over as minutes."""
    over = int(ticked.time[-1]) // 60 * 60
    begun = known.until // 60 * 60
    joined = parts.merged(parts.before(ticked, over), parts.after(known.minutes, begun))
    made = resample(joined, Interval.MINUTE, None)
    minutes = parts.merged(parts.before(known.minutes, begun), made)
    return replace(known, minutes=minutes, until=max(over, known.until))


def _end(minutes: Candles) -> int:
    return int(minutes.time[-1]) + 60 if len(minutes) else 0
