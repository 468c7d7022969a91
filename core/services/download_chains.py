"""Days of chains made of a downloaded expiry's candles, for history, replay and backtests."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray

from core.analytics.chain_day import PER_MINUTE, PER_STRIKE, ChainDay
from core.analytics.downloaded_day import downloaded_day
from core.analytics.sides import CALL, PUT
from core.analytics.traded_minutes import Contract
from core.clock import IST
from core.downloads.plan import Plan
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles, Interval
from core.instruments.instrument import Instrument, Kind
from core.ports.option_history import RECORDER, OptionHistory
from core.ports.repositories import CandleRepository
from core.services.download_contracts import ExpiryContracts
from core.services.download_planning import LIFE

log = structlog.get_logger(__name__)

DOWNLOADED: Final = "downloaded"
"""The source of a day made of the broker's candles."""
DAYS_AT_ONCE: Final = 5
"""So many are in memory: about 4 MB each of 200 contracts' minutes."""


@dataclass(frozen=True, slots=True)
class _Series:
    options: Mapping[Contract, InstrumentKey]
    future: InstrumentKey | None
    symbol: str
    expiry: date


class ChainDays:
    """Made anew whenever it is asked for: a day saved twice is there once."""

    def __init__(
        self,
        *,
        contracts: ExpiryContracts,
        candles: CandleRepository,
        option_history: OptionHistory,
        calendar: MarketCalendar,
        rate: float,
    ) -> None:
        self._contracts = contracts
        self._candles = candles
        self._option_history = option_history
        self._calendar = calendar
        self._rate = rate
        self._sources: dict[tuple[str, date, date], str] = {}

    async def make(self, plan: Plan, say: Callable[[str], None]) -> str:
        """Of a plan for an expiry by the minute; says how many days there are now."""
        if plan.interval != Interval.MINUTE or plan.expiry is None:
            return ""
        say("Making the chain's days")
        underlying = plan.keys[0]
        symbol = (plan.names or plan.keys)[0]
        contracts = await self._contracts.of(underlying, symbol, plan.expiry)
        series = _series(contracts, symbol, plan.expiry)
        last = min(plan.last or plan.expiry, plan.expiry)
        days = self._calendar.trading_days(plan.first or last - LIFE, last)
        entries = await self._option_history.catalogue()
        self._sources = {(e.symbol, e.expiry, e.day): e.source for e in entries}
        made = 0
        for at in range(0, len(days), DAYS_AT_ONCE):
            some = days[at : at + DAYS_AT_ONCE]
            say(f"Making the chain's days: {at} of {len(days)}")
            found = [
                new
                for each in await self._made(series, underlying, some)
                if (new := await self._without_recorded(each)) is not None
            ]
            await self._option_history.save_all(found, DOWNLOADED)
            made += len(found)
        return f"{made} days of the chain"

    async def _made(
        self, series: _Series, underlying: InstrumentKey, days: Sequence[date]
    ) -> list[ChainDay]:
        span = _begins(days[0]), _begins(days[-1] + timedelta(days=1))
        spot = await self._bars(underlying, span)
        contracts = {c: await self._bars(key, span) for c, key in series.options.items()}
        future = await self._bars(series.future, span) if series.future else None
        return await asyncio.to_thread(self._of_days, series, days, spot, contracts, future)

    async def _without_recorded(self, made: ChainDay) -> ChainDay | None:
        """A minute that this desk took down itself has quotes: it stays as it is."""
        sources = self._sources.get((made.symbol, made.expiry, made.day), "")
        if RECORDER not in sources:
            return made
        known = await self._option_history.chain(made.symbol, made.expiry, made.day)
        fresh = ~np.isin(made.minutes, known.minutes) if known is not None else None
        return made if fresh is None else _rows(made, fresh)

    def _of_days(
        self,
        series: _Series,
        days: Sequence[date],
        spot: Candles,
        contracts: Mapping[Contract, Candles],
        future: Candles | None,
    ) -> list[ChainDay]:
        closes_at = self._calendar.close_of(series.expiry)
        made = (
            downloaded_day(
                series.symbol,
                series.expiry,
                day,
                closes_at=closes_at,
                rate=self._rate,
                spot=spot,
                contracts=contracts,
                future=future,
            )
            for day in days
        )
        return [each for each in made if each is not None]

    async def _bars(self, key: InstrumentKey, span: tuple[datetime, datetime]) -> Candles:
        return await self._candles.between(key, Interval.MINUTE, *span)


def _rows(day: ChainDay, kept: NDArray[np.bool_]) -> ChainDay | None:
    """Only these minutes of a day; None for none of them."""
    if not kept.any():
        return None
    names = ("minutes", *PER_MINUTE, *PER_STRIKE)
    return replace(day, **{name: getattr(day, name)[kept] for name in names})


def _series(contracts: Sequence[Instrument], symbol: str, expiry: date) -> _Series:
    sides = {Kind.CALL: CALL, Kind.PUT: PUT}
    return _Series(
        options={
            (sides[each.kind], each.strike): each.key
            for each in contracts
            if each.is_option and each.strike is not None
        },
        future=next((each.key for each in contracts if not each.is_option), None),
        symbol=symbol,
        expiry=expiry,
    )


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), IST)
