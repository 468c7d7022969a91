"""A plain client of the feed, for tests."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import websockets
from websockets.asyncio.client import ClientConnection

from data.simulator.proto import exchange_feed_pb2 as pb
from tests.data.simulator.running import log_in

SILENCE = 0.4
"""Long enough for a dozen of the short frames that tests use."""


class Listener:
    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def ask(self, method: str, keys: Sequence[str], mode: str | None = None) -> None:
        data: dict[str, Any] = {"instrumentKeys": list(keys)}
        if mode is not None:
            data["mode"] = mode
        body = {"guid": "g", "method": method, "data": data}
        await self.socket.send(json.dumps(body).encode())

    async def raw(self, wait: float = 5) -> bytes:
        async with asyncio.timeout(wait):
            message = await self.socket.recv(decode=False)
        assert isinstance(message, bytes)
        return message

    async def next(self) -> pb.FeedResponse:
        return pb.FeedResponse.FromString(await self.raw())

    async def of_type(self, wanted: int) -> pb.FeedResponse:
        """The next message of a type; others are skipped."""
        while (message := await self.next()).type != wanted:
            pass
        return message

    async def is_silent(self) -> bool:
        try:
            await self.raw(SILENCE)
        except TimeoutError:
            return True
        return False


async def token_of(base: str) -> str:
    async with httpx.AsyncClient(base_url=base) as client:
        return await log_in(client)


async def one_time_address(base: str, token: str) -> str:
    async with httpx.AsyncClient(base_url=base) as client:
        answer = await client.get(
            "/v3/feed/market-data-feed/authorize", headers={"Authorization": f"Bearer {token}"}
        )
        return str(answer.json()["data"]["authorized_redirect_uri"])


@asynccontextmanager
async def listening(base: str, token: str | None = None) -> AsyncIterator[Listener]:
    """Connected, the first message (market info) still to come."""
    address = await one_time_address(base, token or await token_of(base))
    async with websockets.connect(address, compression=None, max_size=None) as socket:
        yield Listener(socket)
