"""The chain that the page of open interest is about: live or recorded, its day, its yesterday."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from math import nan

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay, minute_of
from core.analytics.exposure import Dealers, Exposures, chain_exposures
from core.analytics.oi_base import Base, aligned, base_at
from core.clock import IST
from core.services import Services
from core.services.chain_picture import ChainPicture, live_picture, recorded_picture
from core.state.chains import CALL, LiveChain
from core.state.freshness import Freshness, freshness
from core.state.market import Col
from ui.components.time_slider import TimeSlider
from ui.theme import formats

Floats = NDArray[np.float64]


class OiSource:
    """`picture` is what every view shows; `day` the record of its day, None if there is none."""

    def __init__(self, services: Services, slider: TimeSlider) -> None:
        self.services, self._slider = services, slider
        self.chain: LiveChain | None = None
        self.picture: ChainPicture | None = None
        self.day: ChainDay | None = None
        self._before: Base | None = None
        self._before_day: date | None = None
        self._exposed: tuple[ChainPicture, Exposures] | None = None
        self._revision = -1

    async def turn(self, chain: LiveChain) -> None:
        self.chain, self.picture = chain, None
        await self._slider.turn(chain.symbol, chain.expiry)
        await self.load()

    async def load(self) -> None:
        """Read the record of the day that is looked at, and of the one before."""
        chain, history = self.chain, self.services.chain_history
        if chain is None:
            return
        self._revision = history.revision
        recorded = self._slider.recorded
        day = recorded.day if recorded is not None else self.today
        self.day = recorded or await history.day(chain.symbol, chain.expiry, day)
        earlier = [d for d in await history.days(chain.symbol, chain.expiry) if d < day]
        self._before_day = earlier[-1] if earlier else None
        before = await history.day(chain.symbol, chain.expiry, earlier[-1]) if earlier else None
        words = f"{formats.day(self._before_day)}, as last recorded"
        self._before = base_at(before, -1, words) if before is not None else None
        self.look()

    async def grow(self) -> None:
        """Take in minutes that were recorded meanwhile."""
        if self.services.chain_history.revision != self._revision:
            await self.load()

    def look(self) -> None:
        """Bring the picture up to now, or to the chosen minute."""
        chain, services = self.chain, self.services
        if chain is None:
            return
        if (day := self._slider.recorded) is not None:
            self.picture = recorded_picture(
                day,
                self._slider.row,
                closes_at=services.calendar.close_of(chain.expiry),
                rate=services.rate,
                lot_size=chain.lot_size,
            )
        else:
            services.chain_keeper.refresh(chain)
            self.picture = live_picture(chain, services.market, services.clock.now(), services.rate)

    def exposures(self, convention: Dealers) -> Exposures:
        """Dealers' exposure in the picture, computed once for all who ask."""
        picture, kept = self.picture, self._exposed
        assert picture is not None
        if kept is None or kept[0] is not picture or kept[1].convention is not convention:
            found = chain_exposures(
                picture.strikes,
                picture.oi,
                spot=picture.spot,
                forward=picture.forward,
                years=picture.years,
                vol=picture.iv,
                discount=picture.discount,
                convention=convention,
            )
            self._exposed = kept = (picture, found)
        return kept[1]

    @property
    def today(self) -> date:
        return self.services.clock.now().astimezone(IST).date()

    @property
    def symbol(self) -> str:
        return self.chain.symbol if self.chain is not None else ""

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

    @property
    def future_oi(self) -> float:
        """Open interest of the expiry's future at the moment of the picture, units."""
        if self.picture is None or self.chain is None:
            return nan
        if not self.picture.live and self.day is not None:
            return float(self.day.future_oi[self._slider.row])
        future = self.chain.future
        return self.services.market.get(future, Col.OI) if future is not None else nan

    # what it is compared with
    def yesterday(self) -> tuple[Base | None, str]:
        """The previous session's close, or why it is not known."""
        day = self.day.day if self.day is not None else self.today
        known = self._brokers() if day == self.today else None
        if known is None and self._before is None:
            return None, "Yesterday's open interest is neither sent by the broker nor recorded."
        return known or self._before, ""

    def at_time(self, moment: time) -> tuple[Base | None, str]:
        """The last recorded minute that had ended by that time of the day (IST)."""
        if self.day is None or not len(self.day):
            return None, "Nothing is recorded of this day yet."
        at = datetime.combine(self.day.day, moment, IST)
        return self._row(self.day.latest(minute_of(at) - 1))

    def ago(self, minutes: int) -> tuple[Base | None, str]:
        """So many minutes before the picture."""
        if self.day is None or self.picture is None or not len(self.day):
            return None, "Nothing is recorded of this day yet."
        at = self.picture.at - timedelta(minutes=minutes)
        return self._row(self.day.latest(minute_of(at) - 1))

    def opening(self) -> tuple[Base | None, str]:
        """The first recorded minute of the day."""
        if self.day is None or not len(self.day):
            return None, "Nothing is recorded of this day yet."
        return self._row(0)

    def _row(self, row: int) -> tuple[Base | None, str]:
        assert self.day is not None
        if row < 0:
            return (
                None,
                f"The record of this day begins only at {formats.clock_time(self.day.moment(0))}.",
            )
        words = f"{formats.clock_time(self.day.moment(row))} of {formats.day(self.day.day)}"
        return base_at(self.day, row, words), ""

    def _brokers(self) -> Base | None:
        """Yesterday as the broker tells it: closing prices and open interest."""
        chain, market = self.chain, self.services.market
        if chain is None or not np.isfinite(chain.oi_prev).any():
            return None
        closes = market.values[chain.rows, Col.CLOSE].copy()
        closes[chain.rows < 0] = nan
        previous = self.services.calendar.previous_trading_day(self.today)
        found = Base(
            strikes=chain.strikes,
            price=closes,
            oi=chain.oi_prev,
            words=f"the close of {formats.day(previous)}",
            future=market.get(chain.future, Col.CLOSE) if chain.future is not None else nan,
        )
        if self._before is not None and self._before_day == previous:
            return replace(found, future_oi=self._before.future_oi)
        return found


def laid(day: ChainDay, picture: ChainPicture) -> ChainDay:
    """The day with its arrays by the picture's strikes."""
    if np.array_equal(day.strikes, picture.strikes):
        return day

    def turned(values: Floats) -> Floats:
        return aligned(values, day.strikes, picture.strikes)

    return replace(
        day,
        strikes=picture.strikes,
        ltp=turned(day.ltp),
        bid=turned(day.bid),
        ask=turned(day.ask),
        volume=turned(day.volume),
        oi=turned(day.oi),
        iv=turned(day.iv),
    )


def as_day(picture: ChainPicture) -> ChainDay:
    """The picture as the minute that ended with it."""
    return picture.as_day(minute_of(picture.at) - 1)
