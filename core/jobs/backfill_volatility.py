"""Back-fill of volatility: past sessions from the daily closes of the options of those days."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import exp, isfinite, nan
from typing import Final, TypeVar

import structlog

from core.analytics.constant_maturity import (
    MONTH,
    Maturity,
    constant_maturity,
    of_straddle,
)
from core.analytics.volatility_days import VolatilityDay, VolatilitySource
from core.clock import IST
from core.errors import BadData, BrokerRejected
from core.ids import LOCAL_USER, InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles
from core.instruments.expiries import is_monthly, years_left
from core.instruments.instrument import Instrument, Kind
from core.ports.market_data import ExpiredContracts, History
from core.ports.repositories import (
    InstrumentRepository,
    PreferenceRepository,
    VolatilityRepository,
)
from core.services.scheduler import Progress
from core.services.standing_chains import chosen_chains
from core.services.volatility_history import CALENDAR_DAYS, SESSIONS

log = structlog.get_logger(__name__)

MOST_CALLS: Final = 400
"""Questions to the broker in one run; the next run goes on where this one ended."""
PAUSE: Final = 1.0
"""Seconds between two of them: 60 a minute of the 500 that the broker allows to everybody."""
SAVED_AT_ONCE: Final = 10
GRID: Final = 0.004
"""Strikes that are asked for lie at least so far apart, as a part of the spot: neighbouring
sessions then share theirs, and none is further than 0.2 % from the forward."""
LEAST_DAYS: Final = 2
"""An expiry with fewer days to go is left out."""
MOST_CARRY: Final = 0.03
"""A forward by parity further from the spot than that is of two prices from different hours."""
PLAN: Final = "UDAPI1149"
"""The broker's code for "on the Plus plan only"."""

Told = TypeVar("Told")
Closes = Mapping[date, float]


class _Enough(Exception):
    """This run has asked as often as it may."""


@dataclass(slots=True)
class _Symbol:
    """What is known of one underlying while its sessions are gone through."""

    symbol: str
    key: InstrumentKey
    spots: Closes
    live: Sequence[date]
    expired: Sequence[date]
    listed: dict[date, dict[tuple[float, Kind], InstrumentKey]] = field(default_factory=dict)
    closes: dict[InstrumentKey, Closes] = field(default_factory=dict)

    @property
    def monthlies(self) -> list[date]:
        everything = sorted({*self.live, *self.expired})
        return [expiry for expiry in everything if is_monthly(expiry, everything)]

    @property
    def served_from(self) -> date:
        """Before it, monthly expiries are missing of which nothing is served."""
        if self.expired:
            return self.expired[0]
        return min(self.monthlies, default=date.max).replace(day=1)


class VolatilityBackfill:
    """Newest sessions first; what is known is not asked for again.

    A session that the contracts' closes say nothing of is kept as unknown, so that it is not
    asked for every day; one whose contracts the broker does not serve is left for another day.
    """

    def __init__(
        self,
        *,
        days: VolatilityRepository,
        instruments: InstrumentRepository,
        preferences: PreferenceRepository,
        history: History,
        expired: ExpiredContracts,
        calendar: MarketCalendar,
        rate: float,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._days = days
        self._instruments = instruments
        self._preferences = preferences
        self._history = history
        self._expired = expired
        self._calendar = calendar
        self._rate = rate
        self._pause = pause
        self._calls = 0
        self._refused = ""

    async def run(self, progress: Progress) -> str:
        self._calls, self._refused = 0, ""
        chosen = chosen_chains(await self._preferences.all(LOCAL_USER))
        said = []
        for symbol in [symbol for symbol, count in chosen.items() if count]:
            try:
                said.append(f"{symbol} {await self._fill(symbol, progress)}")
            except _Enough:
                said.append(f"{symbol} goes on in the next run")
                break
        text = "; ".join(said) or "no chains are kept"
        return f"{text} ({self._refused})" if self._refused else text

    async def _fill(self, symbol: str, progress: Progress) -> str:
        """Whatever ends it, what was found until then is kept."""
        progress.say(f"{symbol}: looking for sessions without a figure")
        missing = await self._missing(symbol)
        known = await self._known(symbol) if missing else None
        if known is None:
            return "complete"
        sessions = [day for day in missing if day in known.spots and self._around(known, day)]
        found: list[VolatilityDay] = []
        filled = 0
        try:
            for done, day in enumerate(sessions):
                progress.say(f"{symbol}: {done} of {len(sessions)} sessions", done / len(sessions))
                made = await self._session(known, day)
                if made is not None:
                    found.append(made)
                    filled += isfinite(made.iv30)
                if len(found) >= SAVED_AT_ONCE:
                    await self._days.save(found)
                    found = []
        finally:
            await self._days.save(found)
        return f"{filled} of {len(missing)} missing sessions"

    async def _missing(self, symbol: str) -> list[date]:
        """Sessions of the last year without a row, or with one of ours without a figure."""
        today = self._calendar.today()
        done = {
            each.day
            for each in await self._days.of(symbol)
            if isfinite(each.iv30) or each.source is VolatilitySource.EXPIRED
        }
        sessions = self._calendar.trading_days(today - CALENDAR_DAYS, today - timedelta(days=1))
        return [day for day in reversed(sessions[-SESSIONS:]) if day not in done]

    async def _known(self, symbol: str) -> _Symbol | None:
        """None for a symbol that has no options here."""
        underlying = await self._instruments.underlying(symbol)
        if underlying is None:
            return None
        key, today = underlying.key, self._calendar.today()
        span = (today - CALENDAR_DAYS, today - timedelta(days=1))
        return _Symbol(
            symbol=symbol,
            key=key,
            spots=_closes(await self._ask(lambda: self._history.days(key, *span))),
            live=[e for e in await self._instruments.expiries(symbol) if e >= today],
            expired=await self._told(lambda: self._expired.expiries(key), []),
        )

    def _around(self, known: _Symbol, day: date) -> list[date]:
        """The monthly expiries next to thirty days after `day`; none beyond what is served."""
        if day < known.served_from:
            return []
        ahead = [e for e in known.monthlies if (e - day).days >= LEAST_DAYS]
        before = [e for e in ahead if self._years(e, day) <= MONTH]
        after = [e for e in ahead if self._years(e, day) > MONTH]
        return [*before[-1:], *after[:1]]

    async def _session(self, known: _Symbol, day: date) -> VolatilityDay | None:
        """None where the contracts are not served."""
        spot, points = known.spots[day], []
        for expiry in self._around(known, day):
            if expiry in known.expired and self._refused:
                return None
            points.append(await self._point(known, expiry, day, spot))
        forward = next((p.forward for p in points if p is not None), nan)
        return VolatilityDay(
            symbol=known.symbol,
            day=day,
            iv30=constant_maturity([p for p in points if p is not None]),
            iv_near=nan,  # of weekly expiries nothing was asked
            forward=forward,
            spot=spot,
            source=VolatilitySource.EXPIRED,
        )

    async def _point(self, known: _Symbol, expiry: date, day: date, spot: float) -> Maturity | None:
        """From the closes of both options of the strike nearest the forward."""
        years = self._years(expiry, day)
        listed = await self._listed(known, expiry)
        strike = nearest_on_grid({k for k, _ in listed}, spot * exp(self._rate * years), spot)
        call, put = (listed.get((strike, kind)) for kind in (Kind.CALL, Kind.PUT))
        if call is None or put is None:
            return None
        over = expiry in known.expired
        prices = [(await self._contract(known, key, expiry, over)).get(day) for key in (call, put)]
        if prices[0] is None or prices[1] is None:
            return None
        point = of_straddle(strike, prices[0], prices[1], years, self._rate)
        return point if abs(point.forward / spot - 1) <= MOST_CARRY else None

    async def _listed(
        self, known: _Symbol, expiry: date
    ) -> dict[tuple[float, Kind], InstrumentKey]:
        if expiry not in known.listed:
            options: list[Instrument] = []
            if expiry in known.expired:
                options = await self._told(lambda: self._expired.options(known.key, expiry), [])
            else:
                options = await self._instruments.options(known.symbol, expiry)
            known.listed[expiry] = {(o.strike, o.kind): o.key for o in options if o.strike}
        return known.listed[expiry]

    async def _contract(
        self, known: _Symbol, key: InstrumentKey, expiry: date, over: bool
    ) -> Closes:
        """Daily closes of a contract on the days on which it traded."""
        if key not in known.closes:
            first = expiry - timedelta(days=70)  # two monthly expiries before its own
            last = min(expiry, self._calendar.today() - timedelta(days=1))
            door = self._expired if over else self._history
            bars = await self._told(lambda: door.days(key, first, last), Candles.none())
            known.closes[key] = _closes(bars, traded=True)
        return known.closes[key]

    async def _told(self, ask: Callable[[], Awaitable[Told]], nothing: Told) -> Told:
        """The broker's answer, or `nothing` for a no or nonsense; a no to the plan is remembered.

        What passes (no connection, no login) is raised: the next run tries again.
        """
        try:
            return await self._ask(ask)
        except BrokerRejected as problem:
            if problem.code == PLAN:
                self._refused = str(problem)
            log.info("backfill.refused", problem=str(problem))
        except BadData as problem:
            log.warning("backfill.not_understood", problem=str(problem))
        return nothing

    async def _ask(self, ask: Callable[[], Awaitable[Told]]) -> Told:
        if self._calls >= MOST_CALLS:
            raise _Enough
        if self._calls:
            await self._pause(PAUSE)
        self._calls += 1
        return await ask()

    def _years(self, expiry: date, day: date) -> float:
        return years_left(self._calendar.close_of(expiry), self._calendar.close_of(day))


def nearest_on_grid(strikes: set[float], forward: float, spot: float) -> float:
    """Of the listed strikes that are whole multiples of the grid the nearest; nan without one."""
    ladder = sorted(strikes)
    steps = [b - a for a, b in pairwise(ladder)]
    if not steps:
        return nan
    step = min(steps)
    grid = step * max(1, -(-spot * GRID // step))
    coarse = [strike for strike in ladder if strike % grid == 0] or ladder
    return min(coarse, key=lambda strike: abs(strike - forward))


def _closes(bars: Candles, *, traded: bool = False) -> Closes:
    days = [datetime.fromtimestamp(int(start), IST).date() for start in bars.time]
    return {
        day: float(close)
        for day, close, volume in zip(days, bars.close, bars.volume, strict=True)
        if volume > 0 or not traded
    }
