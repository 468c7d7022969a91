"""Volatility of the session: what the options around thirty days say near its close, kept."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from math import isfinite, nan
from typing import Final

import numpy as np
import structlog

from core.analytics.chain_snapshot import ChainSnapshot
from core.analytics.constant_maturity import (
    LEAST_YEARS,
    MONTH,
    Maturity,
    at_the_money_vol,
    constant_maturity,
    nearest_vol,
    of_chain,
)
from core.analytics.forward import mids_or_last
from core.analytics.volatility_days import VolatilityDay, VolatilitySource
from core.clock import Clock
from core.errors import AppError
from core.ids import LOCAL_USER
from core.instruments.calendar import MarketCalendar
from core.instruments.expiries import years_left
from core.ports.market_data import BrokerChain, MarketData
from core.ports.repositories import (
    InstrumentRepository,
    PreferenceRepository,
    SnapshotRepository,
    VolatilityRepository,
)
from core.services.scheduler import Progress
from core.services.standing_chains import chosen_chains

log = structlog.get_logger(__name__)

NEAR_THE_CLOSE: Final = timedelta(minutes=15)
"""A minute recorded earlier does not stand for the close."""


class VolatilityKeeping:
    """From the recorded chains; the broker is asked for the expiries that were not recorded."""

    def __init__(
        self,
        *,
        days: VolatilityRepository,
        snapshots: SnapshotRepository,
        instruments: InstrumentRepository,
        preferences: PreferenceRepository,
        market_data: MarketData,
        calendar: MarketCalendar,
        clock: Clock,
        rate: float,
    ) -> None:
        self._days = days
        self._snapshots = snapshots
        self._instruments = instruments
        self._preferences = preferences
        self._market_data = market_data
        self._calendar = calendar
        self._clock = clock
        self._rate = rate

    async def run(self, progress: Progress) -> str:
        day, said = self._session(), []
        symbols = [
            s for s, n in chosen_chains(await self._preferences.all(LOCAL_USER)).items() if n
        ]
        for done, symbol in enumerate(symbols):
            progress.say(f"{symbol} on {day:%d %b}", done / len(symbols))
            kept = await self._keep(symbol, day)
            said.append(f"{symbol} {_words(kept)}")
        return f"{day:%d %b %Y}: {', '.join(said)}" if said else "no chains are kept"

    def _session(self) -> date:
        """Today near its close and after it, else the session before."""
        today, now = self._calendar.today(), self._clock.now()
        closes = self._calendar.close_of(today)
        if self._calendar.is_trading_day(today) and now >= closes - NEAR_THE_CLOSE:
            return today
        return self._calendar.previous_trading_day(today)

    async def _keep(self, symbol: str, day: date) -> VolatilityDay | None:
        """What is on record of a session that is over stays, unless it lacks its volatility."""
        known = {each.day: each for each in await self._days.of(symbol)}.get(day)
        if known and isfinite(known.iv30) and day != self._calendar.today():
            return known
        made = await self._made(symbol, day)
        if made is not None:
            await self._days.save([made])
        return made or known

    async def _made(self, symbol: str, day: date) -> VolatilityDay | None:
        recorded = await self._recorded(symbol, day)
        points = [self._of_snapshot(each) for each in recorded]
        spots = [each.spot for each in recorded]
        if day == self._calendar.today():
            for chain in await self._asked(symbol, {each.expiry for each in recorded}):
                points.append(self._of_broker(chain))
                spots.append(chain.spot)
        near, iv30 = nearest_vol(points), constant_maturity(points)
        if near is None:
            return None
        return VolatilityDay(
            symbol=symbol,
            day=day,
            iv30=iv30,
            iv_near=near.vol,
            forward=near.forward,
            spot=next((spot for spot in spots if spot > 0), nan),
            source=VolatilitySource.OWN,
        )

    async def _recorded(self, symbol: str, day: date) -> list[ChainSnapshot]:
        """Of each recorded expiry the last minute, if it is near the close."""
        closes, found = self._calendar.close_of(day), []
        for expiry in await self._snapshots.expiries(symbol, day):
            minutes = await self._snapshots.between(symbol, expiry, closes - NEAR_THE_CLOSE, closes)
            found += minutes[-1:]
        return found

    async def _asked(self, symbol: str, have: set[date]) -> list[BrokerChain]:
        """The broker's chains of the expiries around thirty days that are not among `have`."""
        underlying = await self._instruments.underlying(symbol)
        if underlying is None:
            return []
        found = []
        for expiry in self._around(await self._instruments.expiries(symbol)):
            if expiry not in have:
                try:
                    found.append(await self._market_data.chain(underlying.key, expiry))
                except AppError as problem:
                    log.warning("volatility.no_chain", symbol=symbol, problem=str(problem))
        return found

    def _around(self, expiries: Sequence[date]) -> list[date]:
        years = {expiry: self._years(expiry, self._now()) for expiry in expiries}
        before = [e for e in expiries if LEAST_YEARS <= years[e] <= MONTH]
        after = [e for e in expiries if years[e] > MONTH]
        return [*before[-1:], *after[:1]]

    def _of_snapshot(self, each: ChainSnapshot) -> Maturity:
        ended = each.minute + timedelta(minutes=1)
        return Maturity(
            years=self._years(each.expiry, ended),
            forward=each.forward,
            vol=at_the_money_vol(each.strikes, each.iv, each.forward),
        )

    def _of_broker(self, chain: BrokerChain) -> Maturity:
        sides = (chain.calls, chain.puts)
        bid, ask, ltp = (
            np.array([[getattr(s, name) if s else nan for s in side] for side in sides])
            for name in ("bid", "ask", "ltp")
        )
        prices = mids_or_last(bid, ask, ltp)
        years = self._years(chain.expiry, self._now())
        return of_chain(chain.strikes, prices, chain.spot, years, self._rate)

    def _years(self, expiry: date, moment: datetime) -> float:
        return years_left(self._calendar.close_of(expiry), moment)

    def _now(self) -> datetime:
        """After the close the broker's last prices are those of the close."""
        return min(self._clock.now(), self._calendar.close_of(self._calendar.today()))


def _words(kept: VolatilityDay | None) -> str:
    if kept is None:
        return "without a figure"
    return f"{100 * kept.iv30:.2f} %" if isfinite(kept.iv30) else "without one of 30 days"
