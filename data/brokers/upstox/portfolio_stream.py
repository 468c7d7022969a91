"""The broker's stream of order and position updates: a socket that comes back."""

import asyncio
import random
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Final, Literal

import structlog
from pydantic import Field, TypeAdapter, ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from core.clock import Clock
from core.errors import AppError, BadData, LoginNeeded
from core.ports.broker import Reconnected, Update
from data.brokers.upstox import order_mapping as ours
from data.brokers.upstox.gtt import GttUpdate, gtt
from data.brokers.upstox.http import UpstoxHttp, is_loopback
from data.brokers.upstox.order_schemas import OrderData, PositionData
from data.brokers.upstox.schemas import Feed as FeedReply
from data.brokers.upstox.token_store import TokenStore

log = structlog.get_logger(__name__)

AUTHORIZE: Final = "/v2/feed/portfolio-stream-feed/authorize"
ASKED: Final = "order,position,gtt_order"
CALL: Final = "portfolio stream"
LARGEST_FRAME: Final = 2**20
PING_EVERY: Final = 5.0
PONG_WITHIN: Final = 8.0
FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 30.0
SOUND_AFTER: Final = 20.0
"""Seconds a link must have lasted for the next wait to start small again."""


class OrderUpdate(OrderData):
    update_type: Literal["order"]


class PositionUpdate(PositionData):
    update_type: Literal["position"]


Told = OrderUpdate | PositionUpdate | GttUpdate
UPDATE: Final[TypeAdapter[Told]] = TypeAdapter(Annotated[Told, Field(discriminator="update_type")])


class PortfolioStream:
    def __init__(self, http: UpstoxHttp, tokens: TokenStore, clock: Clock) -> None:
        self._http, self._tokens, self._clock = http, tokens, clock

    async def updates(self) -> AsyncIterator[Update]:
        """Until cancelled; `Reconnected` with every connection, and for what is not understood."""
        wait = FIRST_WAIT
        while True:
            begun = time.monotonic()
            try:
                async with self._connected() as socket:
                    yield Reconnected()
                    async for message in socket:
                        yield self._understood(message)
                log.info("portfolio.ended")
            except LoginNeeded as problem:
                log.info("portfolio.login_needed", problem=str(problem))
                await self._login()
            except (AppError, OSError, WebSocketException, EOFError) as problem:
                log.info("portfolio.down", problem=str(problem) or type(problem).__name__)
            if time.monotonic() - begun > SOUND_AFTER:
                wait = FIRST_WAIT
            await self._rest(random.uniform(0.5, 1.0) * wait)
            wait = min(2 * wait, LONGEST_WAIT)

    def _understood(self, message: str | bytes) -> Update:
        try:
            return _ours(UPDATE.validate_json(message))
        except ValidationError as problem:
            first = problem.errors(include_input=False, include_url=False)[0]
            self._http.count_bad(CALL, f"{first['loc']}: {first['msg']}")
        except BadData as problem:
            self._http.count_bad(CALL, str(problem))
        return Reconnected()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[ClientConnection]:
        """A connection of this login; another login ends it."""
        generation = self._tokens.generation
        async with _open(await self._address()) as socket:
            leaving = asyncio.create_task(self._leave_on_login(socket, generation))
            try:
                yield socket
            finally:
                leaving.cancel()
                await asyncio.gather(leaving, return_exceptions=True)

    async def _address(self) -> str:
        """A one-time address, asked for with the token of this moment."""
        reply = await self._http.read(
            "portfolio authorize", AUTHORIZE, FeedReply, params={"update_types": ASKED}
        )
        address = reply.data.authorized_redirect_uri
        if address.startswith("ws://") and not is_loopback(address):
            raise BadData("the broker names a stream address without TLS")
        return address

    async def _leave_on_login(self, socket: ClientConnection, generation: int) -> None:
        while self._tokens.generation == generation:
            await self._tokens.next_change()
        await socket.close()

    async def _login(self) -> None:
        """Wait until there is a token that can be used."""
        while True:
            try:
                self._tokens.live(self._clock.now())
                return
            except LoginNeeded:
                await self._tokens.next_change()

    async def _rest(self, seconds: float) -> None:
        """Wait before the next try, or until the login changes."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._tokens.next_change(), seconds)


def _ours(data: Told) -> Update:
    if isinstance(data, OrderUpdate):
        return ours.order(data)
    return ours.position(data) if isinstance(data, PositionUpdate) else gtt(data)


def _open(address: str) -> connect:
    near = is_loopback(address)
    return connect(
        address,
        ssl=ssl.create_default_context() if address.startswith("wss://") else None,
        compression=None if near else "deflate",
        proxy=None if near else True,
        max_size=LARGEST_FRAME,
        ping_interval=PING_EVERY,
        ping_timeout=PONG_WITHIN,
        open_timeout=10,
        close_timeout=2,
    )
