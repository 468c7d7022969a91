"""Session keeper: moves the session along the clock and the calendar, and watches the login."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

import structlog

from core.clock import IST, Clock
from core.errors import AppError, LoginNeeded
from core.instruments.calendar import MarketCalendar, Session
from core.ports.market_data import LoginDoor, MarketData
from core.state.notices import Level, Notices
from core.state.session import Login, Phase, SessionState

log = structlog.get_logger(__name__)

PACE: Final = 0.5
GREET_AGAIN: Final = 30.0
"""Seconds between attempts to ask the broker who we are."""

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
        login: LoginDoor | None,
        market_data: MarketData,
        new_day: Sequence[NewDay] = (),
        patience: float = PATIENCE,
    ) -> None:
        self._session = session
        self._calendar = calendar
        self._clock = clock
        self._notices = notices
        self._login = login
        self._market_data = market_data
        self._new_day = tuple(new_day)
        self._patience = patience
        self._greeted_at = -1e9
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
        await self._greet()

    def look(self) -> None:
        """Set the state to what the clock, the calendar and the token say now."""
        before = _seen(self._session)
        now = self._clock.now()
        self._move(now)
        self._watch_login(now)
        if _seen(self._session) != before:
            self._session.revision += 1

    def login_changed(self) -> None:
        """The login door has a new token, or none any more."""
        session, expires = self._session, self._login.expires_at if self._login else None
        session.token_expires_at = expires
        alive = expires is not None and expires > self._clock.now()
        session.login = Login.OK if alive else Login.NONE
        session.user = session.user if alive else ""
        session.revision += 1
        self._greeted_at = -1e9

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

    def _watch_login(self, now: datetime) -> None:
        """A token that the broker has refused stays refused until there is another one."""
        session, expires = self._session, self._login.expires_at if self._login else None
        if self._login is None:
            return
        if expires is None:
            session.login = Login.EXPIRED if session.login is Login.EXPIRED else Login.NONE
        elif expires <= now:
            session.login = Login.EXPIRED
        elif session.login is not Login.EXPIRED or expires != session.token_expires_at:
            session.login = Login.OK
        session.token_expires_at = expires

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

    async def _greet(self) -> None:
        """Ask whose account it is, once per login."""
        session, now = self._session, asyncio.get_running_loop().time()
        if session.login is not Login.OK or session.user or now - self._greeted_at < GREET_AGAIN:
            return
        self._greeted_at = now
        try:
            session.user = (await self._market_data.profile()).name
        except LoginNeeded:
            session.login = Login.EXPIRED
        except AppError as problem:
            log.warning("session.nameless", problem=str(problem))
        session.revision += 1


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
        session.login,
        session.token_expires_at,
        session.calendar_missing_year,
    )
