"""Traded minutes: what a chain's contracts cost before anybody recorded it, from their candles."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import numpy as np
import structlog

from core.analytics.chain_day import ChainDay, minute_of
from core.analytics.premium import Pick, PremiumLeg, Rolling, Structure
from core.analytics.sides import CALL, PUT
from core.analytics.traded_minutes import Contract, traded_day
from core.clock import Clock
from core.errors import AppError
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar, Session
from core.instruments.candle import Candles
from core.ports.market_data import History
from core.state.chains import LiveChain

log = structlog.get_logger(__name__)

MOST: Final = 28
"""Contracts whose candles are asked for at a time: seven strikes of two straddles."""
AT_ONCE: Final = 4
"""Requests under way together."""
TRY_AGAIN: Final = 60.0
"""Seconds after a failure before the broker is asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """`day` has the recorded minutes and the traded ones between; `said` what is missing of it."""

    day: ChainDay | None
    traded: int = 0
    said: tuple[str, ...] = ()


class TradedMinutes:
    """Candles asked for once and kept for a visit; asked again when later minutes are missing."""

    def __init__(
        self, history: History, calendar: MarketCalendar, clock: Clock, rate: float
    ) -> None:
        self._history, self._calendar, self._clock, self._rate = history, calendar, clock, rate
        self._known: dict[tuple[InstrumentKey, date], tuple[int, Candles]] = {}
        self._failed: dict[tuple[InstrumentKey, date], datetime] = {}
        self._asking = asyncio.Semaphore(AT_ONCE)

    async def fill(
        self,
        chain: LiveChain,
        recorded: ChainDay | None,
        day: date,
        structures: Sequence[Structure],
    ) -> Filled:
        """`recorded` with the minutes of the session that it lacks, as far as `structures` go."""
        session = self._calendar.session_of(day)
        missing = _missing(session, recorded, self._clock.now()) if session is not None else []
        if not missing:
            return Filled(day=recorded)
        spot = await self._candles(chain.underlying, day, missing[-1])
        if not len(spot):
            return Filled(day=recorded, said=("the broker has no minutes of the underlying",))
        wanted, said = _wanted(chain, structures, _levels(spot, missing))
        bars = await asyncio.gather(*(self._of(chain, each, day, missing[-1]) for each in wanted))
        made = await asyncio.to_thread(
            traded_day,
            chain.symbol,
            chain.expiry,
            day,
            closes_at=chain.closes_at,
            rate=self._rate,
            strikes=chain.strikes,
            spot=spot,
            contracts={c: b for c, b in zip(wanted, bars, strict=True) if len(b)},
            before=missing[-1] + 1,
        )
        if made is None:
            return Filled(day=recorded, said=said)
        added = int(np.isin(made.minutes, missing).sum())
        return Filled(
            day=made.joined(recorded) if recorded is not None else made, traded=added, said=said
        )

    async def _of(self, chain: LiveChain, contract: Contract, day: date, last: int) -> Candles:
        side, strike = contract
        key = chain.keys[side][int(np.searchsorted(chain.strikes, strike))]
        return Candles.none() if key is None else await self._candles(key, day, last)

    async def _candles(self, key: InstrumentKey, day: date, last: int) -> Candles:
        """Bars of a day up to the epoch minute `last`, if the broker has them."""
        name, now = (key, day), self._clock.now()
        reached, bars = self._known.get(name, (0, Candles.none()))
        failed = self._failed.get(name)
        if reached > last or (failed and (now - failed).total_seconds() < TRY_AGAIN):
            return bars
        try:
            async with self._asking:
                bars = await self._ask(key, day)
        except AppError as problem:
            self._failed[name] = now
            log.warning("traded_minutes.not_loaded", key=key, problem=str(problem))
            return bars
        self._known[name] = (minute_of(now), bars)
        return bars

    async def _ask(self, key: InstrumentKey, day: date) -> Candles:
        if day < self._calendar.today() and self._calendar.is_trading_day(self._calendar.today()):
            return await self._history.minutes(key, day, day)
        return await self._history.today(key)


def _missing(session: Session, recorded: ChainDay | None, now: datetime) -> list[int]:
    """Epoch minutes of the session so far that are over and not on record."""
    end = min(minute_of(now), minute_of(session.closes_at))
    whole = np.arange(minute_of(session.opens_at), end)
    if recorded is not None:
        whole = np.setdiff1d(whole, recorded.minutes)
    return [int(minute) for minute in whole]


def _levels(spot: Candles, missing: Sequence[int]) -> tuple[float, float]:
    """How low and how high the underlying was in the minutes that are missing."""
    own = np.isin(spot.time // 60, missing)
    if not own.any():
        return float(spot.close[-1]), float(spot.close[-1])
    return float(spot.close[own].min()), float(spot.close[own].max())


def _wanted(
    chain: LiveChain, structures: Iterable[Structure], levels: tuple[float, float]
) -> tuple[list[Contract], tuple[str, ...]]:
    """The contracts that the structures may rest on, at most `MOST`; what must be left out."""
    fixed: dict[Contract, None] = {}
    rolling: dict[Contract, None] = {}
    said: dict[str, None] = {}
    for each in structures:
        if not isinstance(each, Rolling):
            fixed |= dict.fromkeys((leg.side, leg.strike) for leg in _listed(chain, each))
        elif each.by is not Pick.STEPS:
            said[f"rolling by {each.by} needs quotes of every strike: it begins with them"] = None
        else:
            rolling |= dict.fromkeys(_visited(chain, each, levels))
    wanted = [*fixed, *(contract for contract in rolling if contract not in fixed)]
    if len(wanted) > MOST:
        said["the money went over more strikes than are asked for"] = None
    return wanted[:MOST], tuple(said)


def _listed(chain: LiveChain, legs: Iterable[PremiumLeg]) -> list[PremiumLeg]:
    return [leg for leg in legs if np.any(chain.strikes == leg.strike)]


def _visited(chain: LiveChain, pair: Rolling, levels: tuple[float, float]) -> list[Contract]:
    """Of each strike that was at the money and one to either side, the nearest to now first."""
    basis = chain.forward - chain.spot if np.isfinite(chain.forward - chain.spot) else 0.0
    low, high = (int(np.abs(chain.strikes - level - basis).argmin()) for level in levels)
    now = chain.atm if chain.atm >= 0 else high
    steps, last, found = round(pair.target), len(chain.strikes) - 1, []
    for at in sorted(range(low - 1, high + 2), key=lambda at: abs(at - now)):
        for side, place in ((CALL, at + steps), (PUT, at - steps)):
            if 0 <= place <= last:
                found.append((side, float(chain.strikes[place])))
    return found
