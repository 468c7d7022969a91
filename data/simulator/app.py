"""The exchange as an ASGI program: all its routes, its feed, its faults and its truth."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from data.simulator import sim_routes
from data.simulator.accounts.account import CASH, FIRST_ORDER
from data.simulator.accounts.opening import open_trading
from data.simulator.answers import ApiError, no_such_route
from data.simulator.clock import Clock
from data.simulator.exchange import Exchange
from data.simulator.faults import Faults
from data.simulator.feed import Feed
from data.simulator.feed_routes import FeedDoor
from data.simulator.limits import ORDERS, STANDARD, RateLimits
from data.simulator.market import Market
from data.simulator.portfolio_door import PortfolioDoor
from data.simulator.portfolio_feed import PortfolioFeed
from data.simulator.prepare import prepare
from data.simulator.rest import FAMILIES
from data.simulator.tokens import Tokens
from data.simulator.webhook import Webhook

FRAME_MS = 100
CONNECTIONS_PER_TOKEN = 2


def create_app(
    market: Market,
    clock: Clock,
    *,
    faults: bool = False,
    seed: int = 7,
    frame_ms: int = FRAME_MS,
    connections_per_token: int = CONNECTIONS_PER_TOKEN,
    rate_limits: Sequence[tuple[float, int]] = STANDARD,
    order_limits: Sequence[tuple[float, int]] = ORDERS,
    cash: int = CASH,
    first_order: int = FIRST_ORDER,
) -> Starlette:
    """One exchange; whoever runs it must use the protocols of `serve` for its sockets.

    The account starts with `cash` rupees; its orders are numbered from `first_order`.
    """
    chaos = Faults(faults)
    exchange = Exchange(
        market=market,
        clock=clock,
        tokens=Tokens(clock, seed),
        limits=RateLimits(rate_limits),
        faults=chaos,
        seed=seed,
        trading=open_trading(market, clock.now_ms(), chaos, cash=cash, first=first_order),
        order_limits=RateLimits(order_limits),
    )
    portfolio = PortfolioFeed(exchange)
    webhook = Webhook(exchange)
    feed = Feed(
        exchange,
        frame_ms=frame_ms,
        connections_per_token=connections_per_token,
        beside=portfolio,
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        work = (feed.beat(), portfolio.beat(), webhook.deliver(), prepare(exchange))
        tasks = [asyncio.create_task(each) for each in work]
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    app = Starlette(
        routes=_routes(exchange, feed, portfolio, webhook),
        lifespan=lifespan,
        exception_handlers={
            ApiError: _refuse,
            404: _unknown,
            405: _unknown,
            Exception: _fail,
        },
    )
    app.state.exchange = exchange
    return app


def _routes(
    exchange: Exchange, feed: Feed, portfolio: PortfolioFeed, webhook: Webhook
) -> list[BaseRoute]:
    routes: list[BaseRoute] = [route for family in FAMILIES for route in family.routes(exchange)]
    routes += FeedDoor(exchange, feed).routes() + PortfolioDoor(exchange, portfolio).routes()
    return routes + sim_routes.routes(exchange, feed, webhook)


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return error.response()


async def _fail(request: Request, error: Exception) -> Response:
    return ApiError("UDAPI100500", 500).response()


async def _unknown(request: Request, error: Exception) -> Response:
    return no_such_route().response()
