"""The exchange as its routes see it: market, clock, doors, limits and faults in one bundle."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import anyio
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from data.simulator.accounts.account import Account
from data.simulator.accounts.trading import Trading
from data.simulator.answers import ApiError, bad_token
from data.simulator.clock import Clock, at_ist, day_of
from data.simulator.faults import FaultKind, Faults
from data.simulator.limits import RateLimits
from data.simulator.listing import Listing, make_listing
from data.simulator.market import Contract, Market
from data.simulator.tokens import Pass, Tokens

Handler = Callable[["Exchange", Request], Awaitable[Response]]


@lru_cache(maxsize=2)
def _listing(market: Market, day: date) -> Listing:
    return make_listing(day, market.listed(day))


PROXY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    market: Market
    clock: Clock
    tokens: Tokens
    limits: RateLimits
    faults: Faults
    seed: int
    trading: Trading
    order_limits: RateLimits

    def account(self) -> Account:
        """The one account, as it is now."""
        self.trading.advance(self.now_ms())
        return self.trading.account

    def now_ms(self) -> int:
        return self.clock.now_ms()

    def today(self) -> date:
        return day_of(self.clock.now_ms())

    def listing(self) -> Listing:
        """Today's contracts."""
        return self.listing_of(self.today())

    def listing_of(self, day: date) -> Listing:
        return _listing(self.market, day)

    def symbol(self, underlying: Contract) -> str:
        """The name under which derivatives of this share or index are listed."""
        return underlying.trading_symbol

    def expires_ms(self, expiry: date) -> int:
        """When options of that expiry stop trading."""
        hours = self.market.hours(expiry)
        return hours[1] if hours else at_ist(expiry, 15, 40)

    def caller(self, connection: HTTPConnection) -> Pass:
        """Whose bearer token this is; raises the broker's 401."""
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise bad_token()
        return self.tokens.check(token.strip())

    def route(
        self,
        path: str,
        handler: Handler,
        *,
        method: str = "GET",
        public: bool = False,
        user: bool = False,
        order: bool = False,
    ) -> Route:
        """A route behind the doors: faults, token, rate limit.

        `public` needs no token; `user` data is closed to the analytics token; an `order` comes from
        a registered address, all of them together under a limit of their own, and its reply may be
        lost.
        """

        async def endpoint(request: Request) -> Response:
            broken = await self._strike(request)
            if broken is not None:
                return broken
            who = request.client.host if public and request.client else ""
            if not public:
                caller = self.caller(request)
                if caller.analytics and method != "GET":
                    raise bad_token()
                if caller.analytics and user:
                    raise ApiError("UDAPI1221", 401)
                who = caller.token
            if not order:
                self.limits.spend(who, f"{method} {path}")
                return await handler(self, request)
            self.check_address(request)
            self.order_limits.spend(who, "orders")
            return await self._replied(request, await handler(self, request))

        return Route(path, endpoint, methods=[method])

    def check_address(self, request: Request) -> None:
        """Orders come from a registered address only."""
        host = request.client.host if request.client else ""
        if not self.trading.addresses.holds(host):
            raise ApiError("UDAPI1154", 403)

    async def _replied(self, request: Request, response: Response) -> Response:
        """The reply, unless a fault loses it: what was asked is done all the same."""
        if not self.faults.take(FaultKind.LOSE_ORDER_REPLY, request.url.path):
            return response
        if response.background is not None:
            await response.background()
        if connection := request.scope.get("strikedesk.socket"):
            connection.transport.abort()
        return HTMLResponse(PROXY_PAGE, 502)

    async def _strike(self, request: Request) -> Response | None:
        """What the faults make of this call, before anything else."""
        path = request.url.path
        if late := self.faults.take(FaultKind.LATENCY, path):
            await anyio.sleep(late.amount)
        if self.faults.take(FaultKind.HTTP_429, path):
            raise ApiError("UDAPI10005", 429)
        if self.faults.take(FaultKind.HTTP_500, path):
            raise ApiError("UDAPI100500", 500)
        if self.faults.take(FaultKind.HTML_ERROR, path):
            return HTMLResponse(PROXY_PAGE, 502)
        return None
