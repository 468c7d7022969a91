"""Ways into the feed: the one-time address, the redirect to it, and the socket behind it."""

import secrets
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from data.simulator.answers import ApiError, bad_token, success
from data.simulator.exchange import Exchange
from data.simulator.faults import FaultKind
from data.simulator.feed import Feed
from data.simulator.tokens import Pass

ENTRY: Final = "/v3/feed/market-data-feed"
FEEDER: Final = "/market-data-feeder/v3/upstox-developer-api/feeds"
CODE_LIVES_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class _Ticket:
    caller: Pass
    given_ms: int


class FeedDoor:
    """Gives out one-time addresses and lets each in once."""

    def __init__(self, exchange: Exchange, feed: Feed) -> None:
        self._exchange = exchange
        self._feed = feed
        self._tickets: dict[tuple[str, str], _Ticket] = {}

    def routes(self) -> list[BaseRoute]:
        return [
            self._exchange.route(f"{ENTRY}/authorize", self.authorize),
            self._exchange.route(ENTRY, self.redirect),
            WebSocketRoute(ENTRY, self.redirect_socket),
            WebSocketRoute(FEEDER, self.feed_socket),
        ]

    async def authorize(self, exchange: Exchange, request: Request) -> Response:
        address = self._one_time_address(request, exchange.caller(request))
        return success({"authorized_redirect_uri": address, "authorizedRedirectUri": address})

    async def redirect(self, exchange: Exchange, request: Request) -> Response:
        return RedirectResponse(self._one_time_address(request, exchange.caller(request)), 302)

    async def redirect_socket(self, websocket: WebSocket) -> None:
        """The handshake of a client that comes with its token is sent on to the feeder."""
        try:
            caller = self._exchange.caller(websocket)
        except ApiError as refusal:
            await websocket.send_denial_response(refusal.response())
            return
        address = self._one_time_address(websocket, caller)
        await websocket.send_denial_response(RedirectResponse(address, 302))

    async def feed_socket(self, websocket: WebSocket) -> None:
        query = websocket.query_params
        ticket = self._tickets.pop((query.get("requestId", ""), query.get("code", "")), None)
        if ticket is None or self._too_old(ticket, self._exchange.now_ms()):
            await websocket.send_denial_response(bad_token().response())
        elif not self._feed.room_for(ticket.caller) or self._exchange.faults.take(
            FaultKind.HTTP_429, FEEDER
        ):
            await websocket.send_denial_response(Response("Forbidden", 403))
        else:
            await websocket.accept()
            await self._feed.serve(websocket, ticket.caller)

    def _too_old(self, ticket: _Ticket, now: int) -> bool:
        return now - ticket.given_ms > CODE_LIVES_MS * max(1.0, self._exchange.clock.speed)

    def _one_time_address(self, connection: HTTPConnection, caller: Pass) -> str:
        request_id, code = secrets.token_hex(16), secrets.token_hex(16)
        now = self._exchange.now_ms()
        self._tickets = {at: t for at, t in self._tickets.items() if not self._too_old(t, now)}
        self._tickets[request_id, code] = _Ticket(caller, now)
        scheme = "wss" if connection.url.scheme in ("https", "wss") else "ws"
        query = urlencode({"requestId": request_id, "code": code})
        return f"{scheme}://{connection.url.netloc}{FEEDER}?{query}"
