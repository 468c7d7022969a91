"""A second client of the exchange: when did which value arrive on this machine?"""

import asyncio
import time
from collections import defaultdict
from contextlib import suppress
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect

from data.brokers.upstox.proto import market_feed_pb2 as pb
from data.exchange_process import DEMO_KEY, DEMO_SECRET

REDIRECT = "http://127.0.0.1:8080/login/callback"
Steps = list[tuple[float, float]]
"""(time, value), only where the value changed."""


class Witness:
    """Keeps raw frames with their time and reads them afterwards, so as not to be in the way."""

    def __init__(self, exchange_url: str, keys: list[str]) -> None:
        self._url, self._keys = exchange_url, keys
        self._frames: list[tuple[float, bytes]] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        socket = await connect(await self._address(), max_size=None, compression=None)
        asked = {"guid": "bench", "method": "sub"}
        asked["data"] = {"mode": "full", "instrumentKeys": self._keys}  # type: ignore[assignment]
        await socket.send(orjson.dumps(asked))
        self._task = asyncio.create_task(self._keep(socket))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _address(self) -> str:
        """Through the login of the demo account, in a session of our own."""
        async with httpx.AsyncClient(base_url=self._url, trust_env=False) as client:
            asked = {"client_id": DEMO_KEY, "redirect_uri": REDIRECT, "response_type": "code"}
            sent_back = await client.get("/v2/login/authorization/dialog", params=asked)
            code = parse_qs(urlsplit(sent_back.headers["location"]).query)["code"][0]
            form = {"code": code, "client_id": DEMO_KEY, "client_secret": DEMO_SECRET}
            form |= {"redirect_uri": REDIRECT, "grant_type": "authorization_code"}
            token = await client.post("/v2/login/authorization/token", data=form)
            headers = {"authorization": f"Bearer {token.json()['access_token']}"}
            answer = await client.get("/v3/feed/market-data-feed/authorize", headers=headers)
            data: dict[str, Any] = answer.json()["data"]
            return str(data.get("authorized_redirect_uri") or data["authorizedRedirectUri"])

    async def _keep(self, socket: ClientConnection) -> None:
        async with socket:
            while True:
                frame = await socket.recv(decode=False)
                self._frames.append((time.time(), frame))

    def ticks(self, since: float, until: float) -> int:
        return sum(
            len(pb.FeedResponse.FromString(frame).feeds)
            for at, frame in self._frames
            if since <= at <= until
        )

    def arrivals(self) -> dict[tuple[str, str], Steps]:
        """Of each key and each of its fields that a cell shows."""
        found: dict[tuple[str, str], Steps] = defaultdict(list)
        for at, frame in self._frames:
            for key, feed in pb.FeedResponse.FromString(frame).feeds.items():
                full = feed.fullFeed.marketFF
                levels = full.marketLevel.bidAskQuote
                best = levels[0] if levels else pb.Quote()
                for field, x in (("ltp", full.ltpc.ltp), ("bid", best.bidP), ("ask", best.askP)):
                    steps = found[key, field]
                    if not steps or steps[-1][1] != x:
                        steps.append((at, x))
        return found
