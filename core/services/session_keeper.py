"""Session keeper: moves the session along the clock and the calendar.

The login's fields of the session are the broker adapter's to fill; here they are only looked at.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

import structlog

from core.clock import IST, Clock
from core.instruments.calendar import MarketCalendar, Session
from core.state.notices import Level, Notices
from core.state.session import Login, Phase, SessionState

log = structlog.get_logger(__name__)

PACE: Final = 0.5

PATIENCE: Final = 5.0
"""Seconds that a login may be dead before the user is asked: the desk may have its own way in."""

NewDay = Callable[[], Awaitable[None]]


class SessionKeeper:
    """`new_day` are called, in order, when another trading day begins than the one before."""

    def __init__(
        self,
        *,
        session: SessionState,
        calendar: MarketCalendar,
        clock: Clock,
        notices: Notices,
        new_day: Sequence[NewDay] = (),
        patience: float = PATIENCE,
    ) -> None:
        self._session = session
        self._calendar = calendar
        self._clock = clock
        self._notices = notices
        self._new_day = tuple(new_day)
        self._patience = patience
        self._expired_at: float | None = None
        self._warned = False

    async def run(self) -> None:
        """Keep the session right; runs until cancelled."""
        while True:
            await self.step()
            await asyncio.sleep(PACE)

    async def step(self) -> None:
        before = self._session.day
        self.look()
        if before is not None and self._session.day != before:
            log.info("session.new_day", day=str(self._session.day))
            for call in self._new_day:
                await call()
        self._warn()

    def look(self) -> None:
        """Set the state to what the clock and the calendar say now."""
        before = _seen(self._session)
        self._move(self._clock.now())
        if _seen(self._session) != before:
            self._session.revision += 1

    def _move(self, now: datetime) -> None:
        """The day that counts is today's until its session is over, then the next trading day."""
        session, calendar = self._session, self._calendar
        today = now.astimezone(IST).date()
        running = calendar.session_of(today)
        session.phase = phase_at(running, now)
        session.index_frozen = running is not None and running.frozen_at(now)
        session.calendar_missing_year = calendar.missing_year(today)
        if running is None or now >= running.closes_at:
            shown = calendar.session_of(calendar.next_trading_day(today))
        else:
            shown = running
        session.day = today if running is not None else calendar.previous_trading_day(today)
        session.opens_at = shown.opens_at if shown else None
        session.closes_at = shown.closes_at if shown else None

    def _warn(self) -> None:
        """Once per expiry, and not where the desk logs in again by itself."""
        now = asyncio.get_running_loop().time()
        if self._session.login is not Login.EXPIRED:
            self._expired_at, self._warned = None, False
            return
        self._expired_at = now if self._expired_at is None else self._expired_at
        if not self._warned and now - self._expired_at >= self._patience:
            self._warned = True
            text = "The broker's token is dead: log in again to see prices move."
            self._notices.add(Level.WARNING, text, at=self._clock.now(), source="login")


def phase_at(session: Session | None, now: datetime) -> Phase:
    if session is None:
        return Phase.HOLIDAY
    if session.frozen_at(now):
        return Phase.CLOSING_AUCTION
    if session.open_at(now):
        return Phase.OPEN
    if session.pre_open_at is not None and session.pre_open_at <= now < session.opens_at:
        return Phase.PRE_OPEN
    return Phase.CLOSED


def _seen(session: SessionState) -> tuple[object, ...]:
    return (
        session.phase,
        session.day,
        session.opens_at,
        session.closes_at,
        session.index_frozen,
        session.calendar_missing_year,
    )
