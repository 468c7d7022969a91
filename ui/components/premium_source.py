"""Where the premium page has its numbers from: the record, the trades before it, and now."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from math import nan

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import PER_MINUTE, PER_STRIKE, ChainDay, minute_of
from core.analytics.premium import PremiumSeries, combined
from core.analytics.premium_bars import followed, until
from core.analytics.sides import CALL
from core.errors import BadData
from core.instruments.calendar import Session
from core.instruments.instrument import strike_text
from core.services import Services
from core.services.chain_picture import ChainPicture, live_picture, recorded_picture
from core.services.traded_minutes import Filled, TradedMinutes
from core.state.chains import LiveChain
from core.state.freshness import Freshness, freshness
from core.state.market import Col
from ui.components.premium_structures import Chosen
from ui.components.time_slider import TimeSlider

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Premium:
    """One structure: its minutes so far, and why it has none. `base` is without the running one."""

    chosen: Chosen
    base: PremiumSeries | None = None
    series: PremiumSeries | None = None
    problem: str = ""


class PremiumSource:
    """`day` holds the minutes of the day that is looked at; `picture` the chain at its end."""

    def __init__(self, services: Services, slider: TimeSlider) -> None:
        self.services, self._slider = services, slider
        self._traded = TradedMinutes(
            services.history, services.calendar, services.clock, services.rate
        )
        self.chain: LiveChain | None = None
        self.picture: ChainPicture | None = None
        self.day: ChainDay | None = None
        self.recorded = 0
        self.filled = Filled(day=None)
        self.premiums: list[Premium] = []
        self.session: Session | None = None
        self._before: ChainDay | None = None
        self._revision = -1
        self._asked = 0

    # what is looked at
    def turn(self, chain: LiveChain) -> None:
        self.chain, self.picture, self.day = chain, None, None
        self.recorded, self.filled, self._before = 0, Filled(day=None), None
        for premium in self.premiums:
            premium.base = premium.series = None

    def choose(self, chosen: Sequence[Chosen]) -> None:
        """The structures; the minutes of those that stay are kept."""
        known = {premium.chosen: premium for premium in self.premiums}
        self.premiums = [known.get(each) or Premium(each) for each in chosen]

    async def load(self, *, fill: bool = True) -> None:
        """Read the day's record, and the trades of what it lacks."""
        chain, history = self.chain, self.services.chain_history
        if chain is None:
            return
        self._asked += 1
        asked, self._revision = self._asked, history.revision
        self.session = self._session()
        day = self.session.day if self.session is not None else self.today
        structures = [premium.chosen.structure for premium in self.premiums]
        known = await history.day(chain.symbol, chain.expiry, day)
        before = await self._day_before(chain, day)
        filled = (
            await self._traded.fill(chain, known, day, structures) if fill else Filled(day=known)
        )
        chosen = [premium.chosen for premium in self.premiums]
        found = await asyncio.to_thread(_all, filled.day, chain, chosen)
        if asked != self._asked or chain is not self.chain:
            return  # another chain or structure was asked for meanwhile
        self.recorded = len(known) if known is not None else 0
        self.day, self.filled, self._before = filled.day, filled, before
        for premium, (series, problem) in zip(self.premiums, found, strict=True):
            premium.base, premium.problem = series, problem
        self.look()

    @property
    def grown(self) -> bool:
        """Minutes were recorded meanwhile."""
        return self.services.chain_history.revision != self._revision

    @property
    def today(self) -> date:
        return self.services.calendar.today()

    def _session(self) -> Session | None:
        """The recorded one that is chosen, else the one that runs or last ran."""
        calendar, now = self.services.calendar, self.services.clock.now()
        if (recorded := self._slider.recorded) is not None:
            return calendar.session_of(recorded.day)
        session = calendar.session_of(self.today)
        if session is not None and session.opens_at <= now:
            return session
        return calendar.session_of(calendar.previous_trading_day(self.today))

    async def _day_before(self, chain: LiveChain, day: date) -> ChainDay | None:
        """The record of the session before, if there is one."""
        previous = self.services.calendar.previous_trading_day(day)
        return await self.services.chain_history.day(chain.symbol, chain.expiry, previous)

    # up to now, or to the chosen minute
    def look(self) -> None:
        chain, services = self.chain, self.services
        if chain is None:
            return
        if (day := self._slider.recorded) is not None:
            row = self._slider.row
            self.picture = recorded_picture(
                day,
                row,
                closes_at=services.calendar.close_of(chain.expiry),
                rate=services.rate,
                lot_size=chain.lot_size,
            )
            for premium in self.premiums:
                if premium.base is not None:
                    premium.series = until(premium.base, int(day.minutes[row]))
            return
        services.chain_keeper.refresh(chain)
        now = services.clock.now()
        self.picture = live_picture(chain, services.market, now, services.rate)
        tail = self._tail()
        for premium in self.premiums:
            premium.series = _extended(premium, tail, chain)

    def _tail(self) -> ChainDay | None:
        """The minute that runs, after the last of the day; None outside of the session."""
        picture, session = self.picture, self.session
        if picture is None or session is None or not session.open_at(picture.at):
            return None
        now = picture.as_day(
            minute_of(picture.at)
        )  # the minute that runs: its end is not there yet
        if self.day is None or not len(self.day) or self.day.minutes[-1] >= now.minutes[0]:
            return now
        return _last(self.day).joined(now)

    @property
    def stale(self) -> bool:
        """Live numbers too old to be believed, judged by the call at the money."""
        chain, services = self.chain, self.services
        if chain is None or self.picture is None or not self.picture.live:
            return False
        row = chain.rows[CALL, max(chain.atm, 0) : max(chain.atm, 0) + 1]
        now = services.clock.now()
        state = freshness(services.market, services.health.feed, services.session, row, now)
        return int(state[0]) == Freshness.STALE

    # what it is compared with
    def previous_close(self, chosen: Chosen, strikes: Floats) -> tuple[float, str]:
        """These strikes' premium at the close before, or nan and why it is not known."""
        picture, chain = self.picture, self.chain
        if picture is None or chain is None or not np.isin(strikes, picture.strikes).all():
            return nan, "the strikes are not known"
        places = np.searchsorted(picture.strikes, strikes)
        if picture.live or (self.session is not None and self.session.day == self.today):
            rows = chain.rows[chosen.sides, places]
            closes = self.services.market.values[rows, Col.CLOSE]
            closes = np.where((rows >= 0) & (closes > 0), closes, nan)
            said = "closing prices of the broker"
        elif self._before is not None and np.isin(strikes, self._before.strikes).all():
            before = self._before
            at = np.searchsorted(before.strikes, strikes)
            closes = recorded_picture(
                before, len(before) - 1, closes_at=chain.closes_at, rate=0.0, lot_size=0
            ).price[chosen.sides, at]
            said = "the last minute recorded of the session before"
        else:
            return nan, "the session before was not recorded"
        value = float(closes @ chosen.ratios)
        return value, said if np.isfinite(value) else "a leg had no close"


def _all(
    day: ChainDay | None, chain: LiveChain, chosen: Sequence[Chosen]
) -> list[tuple[PremiumSeries | None, str]]:
    return [_of(day, chain, each) for each in chosen]


def _of(day: ChainDay | None, chain: LiveChain, chosen: Chosen) -> tuple[PremiumSeries | None, str]:
    """The premium over the day, or why there is none."""
    if not chosen.rolling and not chosen.legs:
        return None, "It has no legs yet."
    unlisted = [leg.strike for leg in chosen.legs if not np.any(chain.strikes == leg.strike)]
    if unlisted and not chosen.rolling:
        listed = f"{chain.symbol} {chain.expiry:%d %b %Y}"
        return None, f"{listed} has no strike {strike_text(unlisted[0])}."
    if day is None or not len(day):
        return None, ""
    try:
        return combined(day, chosen.structure, chain.closes_at), ""
    except BadData as problem:
        return None, f"{problem}."


def _extended(premium: Premium, tail: ChainDay | None, chain: LiveChain) -> PremiumSeries | None:
    """With the minute that runs at its end."""
    if tail is None or premium.problem:
        return premium.base
    more, _ = _of(tail, chain, premium.chosen)
    if more is None:
        return premium.base
    now = PremiumSeries(**{f.name: getattr(more, f.name)[-1:] for f in fields(more)})
    return now if premium.base is None else followed(premium.base, now)


def _last(day: ChainDay) -> ChainDay:
    """Its last minute alone."""
    names = ("minutes", *PER_MINUTE, *PER_STRIKE)
    return replace(day, **{name: getattr(day, name)[-1:] for name in names})
