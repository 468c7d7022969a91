"""Postbacks: order and GTT updates posted to the address that the program registered."""

import asyncio
from collections import deque
from typing import Any, Final

import httpx
import structlog

from data.simulator.exchange import Exchange

log: Final = structlog.get_logger()

KINDS: Final = ("order", "gtt_order")
SECONDS: Final = 5.0
MOST_WAITING: Final = 10_000


class Webhook:
    """One address at a time; nobody answers: what cannot be delivered is dropped."""

    def __init__(self, exchange: Exchange) -> None:
        self.address = ""
        self._waiting: deque[dict[str, Any]] = deque(maxlen=MOST_WAITING)
        self._wake = asyncio.Event()
        exchange.trading.account.listen(self._hear)

    def register(self, address: str) -> None:
        """From now on; an empty one ends it."""
        self.address = address
        self._waiting.clear()

    async def deliver(self) -> None:
        """One after another, in order, for as long as the exchange runs."""
        async with httpx.AsyncClient(timeout=SECONDS) as client:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    await self._post(client, self._waiting.popleft())

    def _hear(self, update: dict[str, Any]) -> None:
        if self.address and update["update_type"] in KINDS:
            self._waiting.append(update)
            self._wake.set()

    async def _post(self, client: httpx.AsyncClient, update: dict[str, Any]) -> None:
        try:
            await client.post(self.address, json=update)
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            log.warning("webhook.not_delivered", problem=str(problem))
