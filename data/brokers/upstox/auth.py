"""The broker's login: the OAuth code flow, its end at 03:30, and what follows a refusal."""

import asyncio
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as time_of_day
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

import structlog
from pydantic import SecretStr

from core.clock import IST, Clock
from core.errors import AppError, BrokerRejected, LoginNeeded, RuleBroken
from core.state.session import Login, SessionState
from data.brokers.upstox.http import UpstoxHttp
from data.brokers.upstox.schemas import Done, TokenReply
from data.brokers.upstox.token_store import Token, TokenStore

log = structlog.get_logger(__name__)

ENDS_AT: Final = time_of_day(3, 30)
STATE_LIVES: Final = 600.0
STATES: Final = 20
HOPS: Final = 5

Changed = Callable[[Login, Token | None], None]
"""Told after every change of the login."""


class UpstoxLogin:
    """Fills the `LoginDoor`; `run` notices the end of a login, and renews it where `automatic`."""

    def __init__(
        self,
        http: UpstoxHttp,
        tokens: TokenStore,
        clock: Clock,
        on_change: Changed,
        *,
        automatic: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http, self._tokens, self._clock = http, tokens, clock
        self._on_change, self._automatic = on_change, automatic
        self._monotonic = monotonic  # a state must not outlive its 10 minutes on a fast clock
        self._states: dict[str, float] = {}
        self._told: tuple[Login, Token | None] | None = None
        tokens.listen(self._look)
        self._look()

    @property
    def state(self) -> Login:
        if self._tokens.token is None:
            return Login.NONE
        try:
            self._tokens.live(self._clock.now())
        except LoginNeeded:
            return Login.EXPIRED
        return Login.OK

    @property
    def expires_at(self) -> datetime | None:
        return self._tokens.token.expires_at if self._tokens.token else None

    def authorize_url(self) -> str:
        settings = self._http.settings
        query = {
            "response_type": "code",
            "client_id": settings.api_key,
            "redirect_uri": settings.redirect_uri,
            "state": self._new_state(),
        }
        return f"{settings.base_url}/v2/login/authorization/dialog?{urlencode(query)}"

    async def complete(self, code: str, state: str) -> None:
        issued = self._states.pop(state, None)
        if issued is None or self._monotonic() - issued > STATE_LIVES:
            raise RuleBroken("this login was not begun here, or too long ago: log in again")
        settings = self._http.settings
        form = {
            "code": code,
            "client_id": settings.api_key,
            "client_secret": settings.api_secret.get_secret_value(),
            "redirect_uri": settings.redirect_uri,
            "grant_type": "authorization_code",
        }
        path = "/v2/login/authorization/token"
        try:
            reply = await self._http.write(
                "login", "POST", path, TokenReply, form=form, public=True
            )
        except LoginNeeded as refused:
            raise BrokerRejected("the broker refused the login code", http_status=401) from refused
        await self._tokens.keep(
            Token(
                access=SecretStr(reply.access_token),
                user_id=reply.user_id,
                user_name=reply.user_name,
                expires_at=next_end(self._clock.now()),
            )
        )
        log.info("login.done", user=reply.user_id)

    async def auto_login(self) -> None:
        """Log in without a person, through the same flow; for an exchange that approves at once."""
        url = self.authorize_url()
        for _ in range(HOPS):
            url = await self._http.location(url)
            if url.startswith(self._http.settings.redirect_uri):
                answer = parse_qs(urlsplit(url).query)
                await self.complete(answer.get("code", [""])[0], answer.get("state", [""])[0])
                return
        raise BrokerRejected("the login page leads in a circle")

    async def log_out(self) -> None:
        """Forget the token, here always and at the broker if it can be told."""
        try:
            if self.state is Login.OK:
                await self._http.write("logout", "DELETE", "/v2/logout", Done)
        except AppError as problem:
            log.warning("logout.untold", problem=str(problem))
        finally:
            await self._tokens.forget()

    async def run(self) -> None:
        """Watch the login until cancelled."""
        pause = 1.0
        while True:
            self._look()
            if self._automatic and self.state is not Login.OK:
                pause = await self._try_login(pause)
            else:
                pause = 1.0
            self._http.refresh_health()
            await asyncio.sleep(pause)

    async def _try_login(self, pause: float) -> float:
        try:
            await self.auto_login()
        except AppError as problem:
            log.warning("login.failed", problem=str(problem))
            return min(2 * pause, 15.0)
        return 1.0

    def _look(self) -> None:
        """Tell of a change, once."""
        seen = (self.state, self._tokens.token)
        if seen != self._told:
            self._told = seen
            self._on_change(*seen)

    def _new_state(self) -> str:
        while len(self._states) >= STATES:
            del self._states[next(iter(self._states))]
        fresh = secrets.token_urlsafe(24)
        self._states[fresh] = self._monotonic()
        return fresh


def next_end(now: datetime) -> datetime:
    """The next 03:30 IST after `now`: when every token of the broker ends."""
    local = now.astimezone(IST)
    end = datetime.combine(local.date(), ENDS_AT, IST)
    return (end if end > local else end + timedelta(days=1)).astimezone(now.tzinfo)


def tell_session(session: SessionState) -> Changed:
    """An `on_change` that keeps the session state's login fields true."""

    def fill(login: Login, token: Token | None) -> None:
        session.login = login
        session.user = token.user_name or token.user_id if token else ""
        session.token_expires_at = token.expires_at if token else None
        session.revision += 1

    return fill
