"""Ways into the feed: the one-time address, the redirect to it, and the socket behind it."""

from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from data.simulator.door import Door
from data.simulator.exchange import Exchange
from data.simulator.faults import FaultKind
from data.simulator.feed import Feed

ENTRY: Final = "/v3/feed/market-data-feed"
FEEDER: Final = "/market-data-feeder/v3/upstox-developer-api/feeds"


class FeedDoor(Door):
    """Gives out one-time addresses and lets each in once."""

    def __init__(self, exchange: Exchange, feed: Feed) -> None:
        super().__init__(exchange, FEEDER)
        self._feed = feed

    def routes(self) -> list[BaseRoute]:
        return [
            self._exchange.route(f"{ENTRY}/authorize", self.authorize),
            self._exchange.route(ENTRY, self.redirect),
            WebSocketRoute(ENTRY, self.redirect_socket),
            WebSocketRoute(FEEDER, self.feed_socket),
        ]

    async def feed_socket(self, websocket: WebSocket) -> None:
        ticket = await self.enter(websocket)
        if ticket is None:
            return
        if not self._feed.room_for(ticket.caller) or self._exchange.faults.take(
            FaultKind.HTTP_429, FEEDER
        ):
            await websocket.send_denial_response(Response("Forbidden", 403))
        else:
            await websocket.accept()
            await self._feed.serve(websocket, ticket.caller)
