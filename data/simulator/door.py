"""One-time addresses: given out to who comes with a token, and each lets in once."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.websockets import WebSocket

from data.simulator.answers import ApiError, bad_token, success
from data.simulator.exchange import Exchange
from data.simulator.tokens import Pass

CODE_LIVES_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Ticket:
    caller: Pass
    given_ms: int
    asked: Mapping[str, str]


class Door:
    """The way to the sockets at `feeder`."""

    def __init__(self, exchange: Exchange, feeder: str) -> None:
        self._exchange, self._feeder = exchange, feeder
        self._tickets: dict[tuple[str, str], Ticket] = {}

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

    async def enter(self, websocket: WebSocket) -> Ticket | None:
        """The ticket of a socket that may come in; others are told no."""
        query = websocket.query_params
        ticket = self._tickets.pop((query.get("requestId", ""), query.get("code", "")), None)
        if ticket is None or self._too_old(ticket, self._exchange.now_ms()):
            await websocket.send_denial_response(bad_token().response())
            return None
        return ticket

    def _too_old(self, ticket: Ticket, now: int) -> bool:
        return now - ticket.given_ms > CODE_LIVES_MS * max(1.0, self._exchange.clock.speed)

    def _one_time_address(self, connection: HTTPConnection, caller: Pass) -> str:
        request_id, code = secrets.token_hex(16), secrets.token_hex(16)
        now = self._exchange.now_ms()
        self._tickets = {at: t for at, t in self._tickets.items() if not self._too_old(t, now)}
        self._tickets[request_id, code] = Ticket(caller, now, dict(connection.query_params))
        scheme = "wss" if connection.url.scheme in ("https", "wss") else "ws"
        query = urlencode({"requestId": request_id, "code": code})
        return f"{scheme}://{connection.url.netloc}{self._feeder}?{query}"
