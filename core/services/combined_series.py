"""Combined series: what any legs of a chain cost together, as bars of a minute over many days."""

import asyncio
from datetime import date, timedelta
from typing import Final

import numpy as np

from core.analytics.chain_day import ChainDay, minute_of
from core.analytics.premium import PremiumSeries, Rolling, Structure, combined
from core.analytics.premium_candles import candles
from core.clock import Clock
from core.errors import AppError, BadData
from core.instruments import candle_parts as parts
from core.instruments.calendar import MarketCalendar, Session
from core.instruments.candle import Candles
from core.ports.option_history import OptionHistory
from core.services.chain_history import ChainHistory
from core.services.traded_minutes import TradedMinutes
from core.state.chains import LiveChain

ASKED: Final = timedelta(days=10)
"""Back to which minutes that nobody recorded are asked of the broker, of fixed legs."""

Name = tuple[str, date, Structure, date]


class CombinedSeries:
    """Recorded and downloaded minutes, and the traded ones where there are none.

    A bar of a minute opens with the premium at the end of the minute before, where that is known
    of the same strikes; its high and low are those of its two ends. Past days are kept in memory.
    """

    def __init__(
        self,
        *,
        option_history: OptionHistory,
        chain_history: ChainHistory,
        traded: TradedMinutes,
        calendar: MarketCalendar,
        clock: Clock,
    ) -> None:
        self._recorded, self._today = option_history, chain_history
        self._traded, self._calendar, self._clock = traded, calendar, clock
        self._known: dict[Name, Candles] = {}

    async def minutes(
        self, chain: LiveChain, structure: Structure, first: date, last: date, told: list[str]
    ) -> Candles:
        """From the day `first` to the end of `last` or to now; `told` says what is missing."""
        kept = structure if not isinstance(structure, list) else tuple(structure)
        last = min(last, self._calendar.today(), chain.expiry)
        wanted = self._calendar.trading_days(first, last) if first <= last else []
        found = [await self._of(chain, kept, day, told) for day in wanted]
        whole = parts.merged(*found)
        return parts.before(whole, self._clock.now().timestamp())

    async def days(self, chain: LiveChain) -> list[date]:
        """Days with anything on record of this expiry, oldest first."""
        return [
            day
            for day in await self._recorded.days(chain.symbol)
            if chain.expiry in await self._recorded.expiries(chain.symbol, day)
        ]

    async def _of(
        self, chain: LiveChain, structure: Structure, day: date, told: list[str]
    ) -> Candles:
        name = chain.symbol, chain.expiry, structure, day
        past = day < self._calendar.today()
        if past and name in self._known:
            return self._known[name]
        session = self._calendar.session_of(day)
        if session is None:
            return Candles.none()
        recorded = await self._record(chain, day, told)
        whole, filled = await self._filled(chain, structure, day, recorded, told)
        made = await asyncio.to_thread(_candles, whole, structure, chain, session)
        if past and filled:
            self._known[name] = made
        return made

    async def _record(self, chain: LiveChain, day: date, told: list[str]) -> ChainDay | None:
        try:
            if day == self._calendar.today():
                return await self._today.day(chain.symbol, chain.expiry, day)
            return await self._recorded.chain(chain.symbol, chain.expiry, day)
        except BadData as problem:
            told.append(str(problem))
            return None

    def _asked_from(self, structure: Structure) -> date:
        """Strikes that are chosen anew are too many to be asked for on more than two days."""
        today = self._calendar.today()
        if not isinstance(structure, Rolling):
            return today - ASKED
        return self._calendar.previous_trading_day(today)

    async def _filled(
        self,
        chain: LiveChain,
        structure: Structure,
        day: date,
        recorded: ChainDay | None,
        told: list[str],
    ) -> tuple[ChainDay | None, bool]:
        """With traded minutes between; and whether nothing more can be had of the day."""
        if day < self._asked_from(structure):
            return recorded, True
        try:
            found = await self._traded.fill(chain, recorded, day, [structure])
        except AppError as problem:
            told.append(f"not of the broker: {problem}")
            return recorded, False
        told.extend(found.said)
        if found.traded:
            told.append("traded minutes where none was recorded")
        return found.day, not found.said


def _candles(
    day: ChainDay | None, structure: Structure, chain: LiveChain, session: Session
) -> Candles:
    """None where the day does not list a strike."""
    if day is None or not len(day):
        return Candles.none()
    try:
        return as_candles(combined(day, structure, chain.closes_at), session)
    except BadData:
        return Candles.none()


def as_candles(series: PremiumSeries, session: Session) -> Candles:
    """Bars of a minute; volume of the legs' contracts."""
    found = candles(series, 1, minute_of(session.opens_at))
    return Candles(
        time=found.starts * 60,
        open=found.open,
        high=found.high,
        low=found.low,
        close=found.close,
        volume=np.nan_to_num(found.volume).astype(np.int64),
        open_interest=np.zeros(len(found.starts), np.int64),
    )
