"""The portfolio stream: updates of orders, positions, holdings and GTT orders as they happen."""

import asyncio
from collections import deque
from collections.abc import Collection
from contextlib import suppress
from typing import Any, Final

import anyio
import orjson
import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from data.simulator.exchange import Exchange
from data.simulator.line import Line
from data.simulator.tokens import Pass

log: Final = structlog.get_logger()

UPDATE_TYPES: Final = ("order", "gtt_order", "position", "holding")
BEAT_SECONDS: Final = 0.05
"""How often the account is brought up to now, whoever asks."""


class PortfolioSocket(Line):
    """One client: which updates it wants, and which it has not been sent yet."""

    def __init__(self, websocket: WebSocket, caller: Pass, kinds: Collection[str]) -> None:
        super().__init__(websocket, caller)
        self.kinds = frozenset(kinds)
        self.messages: deque[str] = deque()

    def say(self, message: str) -> None:
        self.messages.append(message)
        self.wake.set()


class PortfolioFeed:
    """All sockets of the stream. Clients say nothing; none is told what happened before it came."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.sockets: set[PortfolioSocket] = set()
        exchange.trading.account.listen(self._tell)

    async def beat(self) -> None:
        """Bring the account up to now, for as long as the exchange runs."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                self._exchange.account()
            except Exception:  # the stream must outlive one bad look
                log.exception("account.advance_failed")

    async def serve(self, websocket: WebSocket, caller: Pass, kinds: Collection[str]) -> None:
        """One accepted connection, until it ends."""
        socket = PortfolioSocket(websocket, caller, kinds)
        self.sockets.add(socket)
        writer = asyncio.create_task(self._write(socket))
        try:
            while (await websocket.receive())["type"] != "websocket.disconnect":
                pass
        finally:
            self.sockets.discard(socket)
            writer.cancel()

    def _tell(self, update: dict[str, Any]) -> None:
        wanted = [socket for socket in self.sockets if update["update_type"] in socket.kinds]
        if wanted:
            message = orjson.dumps(update).decode()
            for socket in wanted:
                socket.say(message)

    async def _write(self, socket: PortfolioSocket) -> None:
        with suppress(WebSocketDisconnect, RuntimeError, anyio.BrokenResourceError):
            while True:
                await socket.wake.wait()
                socket.wake.clear()
                while socket.messages and not socket.held:
                    await socket.websocket.send_text(socket.messages.popleft())
