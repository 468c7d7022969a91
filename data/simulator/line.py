"""One open socket of the exchange, as the faults handle it."""

import asyncio

from starlette.websockets import WebSocket

from data.simulator.tokens import Pass


class Line:
    """Who is at the other end, and whether the line is held still."""

    def __init__(self, websocket: WebSocket, caller: Pass) -> None:
        self.websocket = websocket
        self.caller = caller
        self.wake = asyncio.Event()
        self.held = False
        self._protocol = websocket.scope["strikedesk.socket"]

    def cut(self) -> None:
        """Break the connection without a word, as a dying network does."""
        self._protocol.transport.abort()

    def hold(self, still: bool) -> None:
        """Neither read nor answer: the other end sees an open, silent connection."""
        if still is self.held or self._protocol.transport.is_closing():
            return
        self.held = still
        if still:
            self._protocol.stop_keepalive()
            self._protocol.transport.pause_reading()
        else:
            self._protocol.transport.resume_reading()
            self._protocol.start_keepalive()
            self.wake.set()
