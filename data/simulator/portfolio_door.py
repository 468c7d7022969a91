"""Ways into the portfolio stream."""

from typing import Final

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from data.simulator.door import Door
from data.simulator.exchange import Exchange
from data.simulator.portfolio_feed import UPDATE_TYPES, PortfolioFeed

ENTRY: Final = "/v2/feed/portfolio-stream-feed"
FEEDER: Final = "/upstox-developer-api/order-updates/feed"


class PortfolioDoor(Door):
    def __init__(self, exchange: Exchange, feed: PortfolioFeed) -> None:
        super().__init__(exchange, FEEDER)
        self._feed = feed

    def routes(self) -> list[BaseRoute]:
        return [
            self._exchange.route(f"{ENTRY}/authorize", self.authorize, user=True),
            self._exchange.route(ENTRY, self.redirect, user=True),
            WebSocketRoute(ENTRY, self.redirect_socket),
            WebSocketRoute(FEEDER, self.stream_socket),
        ]

    async def stream_socket(self, websocket: WebSocket) -> None:
        ticket = await self.enter(websocket)
        if ticket is None:
            return
        await websocket.accept()
        await self._feed.serve(websocket, ticket.caller, kinds(ticket.asked.get("update_types")))


def kinds(asked: str | None) -> list[str]:
    """Which updates are wanted; those of orders when nothing is said."""
    found = [kind for kind in (asked or "").split(",") if kind in UPDATE_TYPES]
    return found or ["order"]
