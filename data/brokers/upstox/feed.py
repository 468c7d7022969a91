"""The live feed: one socket that stays connected, and the wishes replayed on it."""

import asyncio
import random
import ssl
import time
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Final

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidURI, WebSocketException

from core.clock import Clock
from core.errors import AppError, BadData, LoginNeeded
from core.ids import InstrumentKey
from core.ports.feed import FeedMode, FrameListener
from core.state.health import FeedHealth, Link
from core.state.market import MarketState
from core.state.session import SessionState
from data.brokers.upstox.decode import Decoder
from data.brokers.upstox.http import UpstoxHttp, is_loopback
from data.brokers.upstox.schemas import Feed as FeedReply
from data.brokers.upstox.subscriptions import requests, within_limits
from data.brokers.upstox.token_store import TokenStore

log = structlog.get_logger(__name__)

LARGEST_FRAME: Final = 16 * 2**20
LONGEST_WAIT: Final = 30.0
FIRST_WAIT: Final = 0.5
PING_EVERY: Final = 5.0
PONG_WITHIN: Final = 8.0
SILENT_AFTER: Final = 15.0
"""Seconds of silence in trading hours after which a link is not believed, pongs or not."""
MOST_SILENT: Final = 120.0
YIELD_AFTER: Final = 0.005
SAY_EVERY: Final = 100
"""Of so many bad frames one is said in the log."""
SOUND_AFTER: Final = 20.0
"""Seconds a link must have lasted for the next wait to start small again."""


class UpstoxFeed:
    """Fills the `Feed` port for the broker's market data stream, version 3."""

    def __init__(
        self,
        http: UpstoxHttp,
        tokens: TokenStore,
        market: MarketState,
        health: FeedHealth,
        clock: Clock,
        session: SessionState,
    ) -> None:
        self._http, self._tokens, self._clock = http, tokens, clock
        self._market, self._health, self._session = market, health, session
        self.decoder = Decoder(market, health, session)
        self._wishes: dict[InstrumentKey, FeedMode] = {}
        self._wished = asyncio.Event()
        self._listeners: list[FrameListener] = []
        self._silence = SILENT_AFTER
        self._heard = 0.0

    def want(self, wishes: Mapping[InstrumentKey, FeedMode]) -> None:
        fitting = within_limits(wishes)
        if len(fitting) < len(wishes):
            log.warning("feed.too_many_keys", wanted=len(wishes), asked=len(fitting))
        self._wishes = fitting
        self._health.wanted = len(fitting)
        self.decoder.admit(fitting)
        self._wished.set()

    def listen(self, listener: FrameListener) -> None:
        self._listeners.append(listener)

    def bound(self, key: InstrumentKey, low: float, high: float) -> None:
        """Prices of `key` outside these cannot be (circuit or no-arbitrage limits)."""
        self.decoder.bound(key, low, high)

    async def run(self) -> None:
        wait = FIRST_WAIT
        try:
            while True:
                begun = time.monotonic()
                await self._connect_once()
                if time.monotonic() - begun > SOUND_AFTER:
                    wait = FIRST_WAIT
                await self._rest(random.uniform(0.5, 1.0) * wait)
                wait = min(2 * wait, LONGEST_WAIT)
        finally:
            self._say(Link.DOWN, "stopped")

    async def _connect_once(self) -> None:
        """One connection from its address to its end; only cancelling comes out of here."""
        try:
            self._say(Link.CONNECTING)
            address = await self._address()
            async with self._open(address) as socket:
                await self._stay(socket)
        except LoginNeeded as problem:
            self._say(Link.LOGIN_NEEDED, str(problem))
            await self._login()
        except AppError as problem:
            self._say(Link.DOWN, str(problem))
        except (OSError, WebSocketException, TimeoutError, EOFError) as problem:
            self._say(Link.DOWN, _reason(problem))

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
        try:
            await asyncio.wait_for(self._tokens.next_change(), seconds)
        except TimeoutError:
            return

    async def _address(self) -> str:
        """A one-time address, asked for with the token of this moment."""
        entry = self._http.settings.feed_url
        scheme, rest = entry.split("://", 1)
        url = f"{'https' if scheme == 'wss' else 'http'}://{rest}/authorize"
        reply = await self._http.read("feed authorize", url, FeedReply)
        address = reply.data.authorized_redirect_uri
        if address.startswith("ws://") and not is_loopback(address):
            raise BadData("the broker names a feed address without TLS")
        return address

    def _open(self, address: str) -> connect:
        near = is_loopback(address)
        return connect(
            address,
            ssl=ssl.create_default_context() if address.startswith("wss://") else None,
            compression=None if near else "deflate",
            proxy=None if near else True,
            max_size=LARGEST_FRAME,
            ping_interval=None,  # our own, to know when the last pong came
            open_timeout=10,
            close_timeout=2,
        )

    async def _stay(self, socket: ClientConnection) -> None:
        """Read until something ends the connection."""
        now = self._clock.now()
        if self._health.connected_at is not None:
            self._health.reconnects += 1
        self._health.connected_at = self._health.last_pong = now
        self._heard = time.monotonic()
        self.decoder.connected()
        self._say(Link.UP)
        log.info("feed.connected", wanted=len(self._wishes))
        async with asyncio.TaskGroup() as tasks:
            helpers = [
                tasks.create_task(_while_open(work))
                for work in (
                    self._send_wishes(socket),
                    self._watch(socket),
                    self._ping(socket),
                    self._leave_on_login(socket),
                )
            ]
            try:
                await self._read(socket)
            finally:
                for helper in helpers:
                    helper.cancel()

    async def _read(self, socket: ClientConnection) -> None:
        turn = time.monotonic()
        try:
            while True:
                frame = await socket.recv(decode=False)
                self._take(frame)
                if (now := time.monotonic()) - turn > YIELD_AFTER:
                    await asyncio.sleep(0)  # a backlog must not starve everybody else
                    now = time.monotonic()
                turn = now
        except WebSocketException as problem:
            self._say(Link.DOWN, _reason(problem))

    def _take(self, frame: bytes) -> None:
        """Decode one frame into the market state, then tell the listeners."""
        health, now = self._health, self._clock.now()
        try:
            rows = self.decoder.decode(frame, now.timestamp() * 1000)
        except BadData as problem:
            health.bad_frames += 1
            if health.bad_frames % SAY_EVERY == 1:
                log.warning("feed.bad_frame", problem=str(problem), so_far=health.bad_frames)
            return
        health.frames += 1
        health.bytes += len(frame)
        health.last_frame = now
        self._heard = time.monotonic()
        if rows:
            health.ticks += len(rows)
            for listener in self._listeners:
                listener(rows)

    async def _send_wishes(self, socket: ClientConnection) -> None:
        have: dict[InstrumentKey, FeedMode] = {}
        while True:
            self._wished.clear()
            want = self._wishes
            for frame in requests(have, want):
                await socket.send(frame)
            have = want
            await self._wished.wait()

    async def _watch(self, socket: ClientConnection) -> None:
        """Measure the rate, and end a link that is silent when it should not be."""
        seen, begun = self._health.ticks, time.monotonic()
        while not self._silent():
            await asyncio.sleep(1.0)
            self._health.ticks_per_second = float(self._health.ticks - seen)
            seen = self._health.ticks
            if time.monotonic() - begun > SOUND_AFTER:
                self._silence = SILENT_AFTER
        self._silence = min(2 * self._silence, MOST_SILENT)
        self._abandon(socket, "no data in trading hours")

    async def _ping(self, socket: ClientConnection) -> None:
        """End a link whose other end no longer answers."""
        try:
            while True:
                async with asyncio.timeout(PONG_WITHIN):
                    await (await socket.ping())
                self._health.last_pong = self._clock.now()
                await asyncio.sleep(PING_EVERY)
        except TimeoutError:
            self._abandon(socket, "the broker no longer answers")

    def _silent(self) -> bool:
        if not (self._session.trading and self._wishes):
            self._heard = time.monotonic()
            return False
        return time.monotonic() - self._heard > self._silence

    def _abandon(self, socket: ClientConnection, why: str) -> None:
        log.warning("feed.half_open", why=why)
        self._say(Link.DOWN, why)
        socket.transport.abort()

    async def _leave_on_login(self, socket: ClientConnection) -> None:
        """End the connection when another token has come, so that the next one uses it."""
        generation = self._tokens.generation
        while self._tokens.generation == generation:
            await self._tokens.next_change()
        await socket.close()

    def _say(self, link: Link, detail: str = "") -> None:
        health = self._health
        if link is Link.DOWN and health.link is Link.DOWN and health.detail:
            return  # the first reason is the true one
        if link is not Link.UP:
            health.ticks_per_second = 0.0
        if detail:
            log.info("feed.link", link=link, detail=detail)
        health.link, health.detail = link, detail


async def _while_open(work: Coroutine[None, None, None]) -> None:
    """The end of the connection ends the work on it; why it ended, the reader says."""
    with suppress(WebSocketException):
        await work


def _reason(problem: BaseException) -> str:
    text = str(problem) or type(problem).__name__
    if isinstance(problem, InvalidHandshake | InvalidURI):
        return f"the broker refused the stream ({text})"
    return f"the stream ended ({text})"
