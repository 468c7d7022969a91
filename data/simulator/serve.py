"""Runs the exchange as a program: listens, says so in one line, ends when told."""

import ctypes
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import uvicorn
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request as Handshake

from core.log import configure
from data.simulator.app import FRAME_MS, create_app
from data.simulator.clock import ClockKind, make_clock
from data.simulator.market import Market

USUAL_TICKS: Final = 1_500  # what `activity=1` gives for the page of one option chain
FASTEST_FRAME_MS: Final = 20
STOP_SECONDS: Final = 2
SECONDS_A_DAY: Final = 86_400
ORDERS_A_SECOND: Final = 10_000
MALLOC: Final = {-1: 16 << 20, -3: 4 << 20, -8: 2}
"""mallopt's M_TRIM_THRESHOLD, M_MMAP_THRESHOLD and M_ARENA_MAX."""


class OrderProtocol(HttpToolsProtocol):
    """Shows a call its own connection, so that a fault can lose the reply."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["strikedesk.socket"] = self  # type: ignore[typeddict-unknown-key]


class FeedProtocol(WebSocketsSansIOProtocol):
    """Shows the feed its own connection, so that faults can cut it or keep it silent."""

    def handle_connect(self, event: Handshake) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):
            self.scope["strikedesk.socket"] = self  # type: ignore[typeddict-unknown-key]

    async def send(self, message: ASGISendEvent) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            # A refusal ends the handshake too; uvicorn would log it as an error of ours.
            self.handshake_complete = True


def serve(
    host: str = "127.0.0.1",
    port: int = 9010,
    seed: int = 7,
    speed: float = 1.0,
    clock: ClockKind = "open",
    underlyings: Sequence[str] | None = None,
    ticks_per_second: int | None = None,
    faults: bool = False,
    parent_pid: int | None = None,
) -> int:
    """Run until told to stop; the exit status."""
    try:
        market = Market(seed, underlyings, (ticks_per_second or USUAL_TICKS) / USUAL_TICKS)
    except KeyError as unknown:
        _say(sys.stderr, f"simulator: there are no contracts on {unknown}: see --underlyings")
        return 2
    try:
        listener = _listen(host, port)
    except OSError as problem:
        _say(
            sys.stderr, f"simulator: cannot listen on {host}:{port}: {problem.strerror or problem}"
        )
        _say(sys.stderr, "Choose another with --port (0 finds a free one) or stop what uses it.")
        return 1
    configure(None, level=logging.WARNING)
    keep_memory_small()
    app = create_app(
        market,
        make_clock(clock, market, speed),
        faults=faults,
        seed=seed,
        frame_ms=frame_length(ticks_per_second),
        first_order=first_order(),
    )
    server = _Server(_config(app), listener, parent_pid)
    server.run(sockets=[listener])
    return 0


def frame_length(ticks_per_second: int | None) -> int:
    """Shorter frames under load: a key changes at most once a frame, which would cap the rate."""
    asked = ticks_per_second or USUAL_TICKS
    return max(FASTEST_FRAME_MS, min(FRAME_MS, FRAME_MS * USUAL_TICKS // asked))


def first_order() -> int:
    """Another number at every start: nobody may take an order of this run for one of the last."""
    return int(time.time()) % SECONDS_A_DAY * ORDERS_A_SECOND


def keep_memory_small() -> None:
    """Where the C library is GNU's: few arenas, large arrays given back at once, and a top of the
    heap that is not handed back and asked for again with every array of a day's path."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    tune = getattr(libc, "mallopt", None)
    if tune is not None:
        for option, value in MALLOC.items():
            tune(option, value)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _config(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=OrderProtocol,
        ws=FeedProtocol,
        ws_per_message_deflate=False,
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


class _Server(uvicorn.Server):
    """Says when it listens; ends by signal, without raising it again, or with its parent."""

    def __init__(
        self, config: uvicorn.Config, listener: socket.socket, parent_pid: int | None
    ) -> None:
        super().__init__(config)
        self._listener = listener
        self._parent = None if parent_pid is None else Parent(parent_pid)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        host, port = self._listener.getsockname()[:2]
        _say(
            sys.stdout, f"simulator ready http://{host if ':' not in host else f'[{host}]'}:{port}"
        )

    async def on_tick(self, counter: int) -> bool:
        # uvicorn calls this ten times a second.
        if self._parent is not None and counter % 10 == 0 and not self._parent.lives():
            self.should_exit = True
        return await super().on_tick(counter)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        handled = [signal.SIGINT, signal.SIGTERM]
        before = {sig: signal.signal(sig, self.handle_exit) for sig in handled}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)


class Parent:
    """The process that we must not outlive."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._born_of_it = os.getppid() == pid

    def lives(self) -> bool:
        if sys.platform == "win32":
            return _windows_process_lives(self._pid)
        if self._born_of_it:  # an orphan gets another parent, even while the dead one is a zombie
            return os.getppid() == self._pid
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


def _windows_process_lives(pid: int) -> bool:
    synchronize, timed_out = 0x00100000, 0x00000102
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    handle = kernel.OpenProcess(synchronize, False, pid)
    if not handle:
        return False
    lives = kernel.WaitForSingleObject(handle, 0) == timed_out
    kernel.CloseHandle(handle)
    return bool(lives)


def _say(stream: Any, line: str) -> None:
    stream.write(line + "\n")
    stream.flush()
