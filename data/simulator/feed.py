"""The market data feed: one beat for all sockets, each told what changed of what it asked for."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Final

import anyio
import numpy as np
import structlog
from numpy.typing import NDArray
from starlette.websockets import WebSocket, WebSocketDisconnect

from data.simulator.clock import YEAR_MS, day_of
from data.simulator.exchange import Exchange
from data.simulator.faults import FaultKind
from data.simulator.frames import (
    DEPTH,
    FeedMode,
    Shape,
    entry_prefix,
    frame,
    market_info,
    pack,
    shape_of,
)
from data.simulator.line import Line
from data.simulator.market import Quotes
from data.simulator.portfolio_feed import PortfolioFeed
from data.simulator.sessions import Statuses, statuses
from data.simulator.subscriptions import Socket, read_request
from data.simulator.tokens import Pass

log: Final = structlog.get_logger()

SNAPSHOT_KEYS: Final = 500  # a snapshot of more keys comes in several messages
TOKEN_CHECK_SECONDS: Final = 1.0
GARBAGE: Final = b"\x0a\xff\xff\xff\xff\x07 this is no FeedResponse"


class Feed:
    """All sockets of the exchange, and the beat that feeds them."""

    def __init__(
        self,
        exchange: Exchange,
        *,
        frame_ms: int,
        connections_per_token: int,
        beside: PortfolioFeed | None = None,
    ) -> None:
        self._exchange = exchange
        self._beside = beside
        self._frame_s = frame_ms / 1000
        self._per_token = connections_per_token
        self.sockets: set[Socket] = set()
        self.ticks = 0
        self.frames = 0
        self._seen_ms = exchange.now_ms()
        self._statuses: Statuses | None = None
        self._token_check = 0.0
        self._watched: list[str] = []
        self._groups: list[tuple[FeedMode, Shape, NDArray[np.bool_]]] = []
        self._watched_day: date | None = None
        self._stale_watch = True
        self._latest: dict[FeedMode, dict[str, bytes]] = {mode: {} for mode in FeedMode}
        self._terms: dict[str, tuple[str, int]] = {}
        self._prefixes: dict[tuple[str, FeedMode, Shape], bytes] = {}
        self._auction = False

    def room_for(self, caller: Pass) -> bool:
        return sum(socket.caller.token == caller.token for socket in self.sockets) < self._per_token

    async def serve(self, websocket: WebSocket, caller: Pass) -> None:
        """One accepted connection, until it ends."""
        socket = Socket(websocket, caller)
        self.sockets.add(socket)
        socket.say(self._market_info())
        writer = asyncio.create_task(self._write(socket))
        try:
            while True:
                request = await websocket.receive()
                if request["type"] == "websocket.disconnect":
                    return
                self._obey(socket, request.get("bytes"))
        finally:
            self.sockets.discard(socket)
            self._stale_watch = True
            writer.cancel()

    async def beat(self) -> None:
        """Look at the market every frame, for as long as the exchange runs."""
        due = time.monotonic()
        while True:
            due = max(due + self._frame_s, time.monotonic())
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            try:
                self.look()
            except Exception:  # the feed must outlive one bad look
                log.exception("feed.look_failed")

    def look(self) -> None:
        """Encode what changed since the last look, once per mode, and wake who wants it."""
        now = self._exchange.now_ms()
        self._break_some()
        self._close_dead()
        self._tell_statuses(now)
        self._watch(now)
        if self._watched:
            changed = self._changed(now)
            if changed.any():
                self._spread(now, changed)
        self._seen_ms = now

    # Subscriptions

    def _obey(self, socket: Socket, raw: bytes | None) -> None:
        """What the broker does not understand it ignores; only binary frames are requests."""
        asked = read_request(raw)
        if asked is None:
            return
        method, mode, keys = asked
        if method == "unsub":
            for key in keys:
                socket.modes.pop(key, None)
        else:
            if method == "change_mode":
                keys = [key for key in keys if key in socket.modes]
            keys = socket.limit(self._listed(keys), mode)
            socket.modes.update(dict.fromkeys(keys, mode))
            self._send_snapshot(socket, keys, mode)
        self._stale_watch = True

    def _listed(self, keys: Sequence[str]) -> list[str]:
        listed = self._exchange.market.listed(self._exchange.today())
        return [key for key in keys if key in listed]

    def _send_snapshot(self, socket: Socket, keys: Sequence[str], mode: FeedMode) -> None:
        now = self._exchange.now_ms()
        for i in range(0, len(keys), SNAPSHOT_KEYS):
            some = keys[i : i + SNAPSHOT_KEYS]
            groups = [(mode, *group) for group in self._shapes(some, now)]
            self._encode(some, now, groups, live=False)
            entries = [self._latest[mode][key] for key in some]
            socket.say(frame(entries, self._told(now), live=False))

    def _watch(self, now: int) -> None:
        """The union of all subscriptions, grouped by what is to be encoded."""
        day, auction = day_of(now), self._exchange.market.in_auction(now)
        if not self._stale_watch and day == self._watched_day and auction is self._auction:
            return
        self._auction = auction
        if day != self._watched_day:
            self._seen_ms = 0  # a new day: previous closes, expiries, everything changed
        wanted: dict[str, set[FeedMode]] = {}
        for socket in self.sockets:
            for key, mode in socket.modes.items():
                wanted.setdefault(key, set()).add(mode)
        listed = self._exchange.market.listed(day)
        self._watched = [key for key in wanted if key in listed]
        self._groups = [
            (mode, shape, of_shape & has_mode)
            for mode in FeedMode
            for has_mode in (np.array([mode in wanted[key] for key in self._watched], dtype=bool),)
            for shape, of_shape in self._shapes(self._watched, now)
            if (of_shape & has_mode).any()
        ]
        self._watched_day, self._stale_watch = day, False

    def _shapes(self, keys: Sequence[str], now: int) -> list[tuple[Shape, NDArray[np.bool_]]]:
        listed = self._exchange.market.listed(self._exchange.today())
        auction = self._exchange.market.in_auction(now)
        shapes = np.array(
            [shape_of(listed[key].type, auction=auction) for key in keys], dtype=np.int8
        )
        return [(shape, shapes == shape) for shape in Shape if (shapes == shape).any()]

    # Encoding

    def _changed(self, now: int) -> NDArray[np.bool_]:
        if self._seen_ms == 0:
            return np.ones(len(self._watched), dtype=bool)
        return self._exchange.market.changed(self._watched, self._seen_ms, now)

    def _spread(self, now: int, changed: NDArray[np.bool_]) -> None:
        rows = np.flatnonzero(changed)
        keys = [self._watched[row] for row in rows]
        groups = [(mode, shape, mask[rows]) for mode, shape, mask in self._groups]
        self._encode(keys, now, groups, live=True)
        for socket in self.sockets:
            mine = [key for key in keys if key in socket.modes]
            if mine:
                self.ticks += len(mine)
                socket.dirty.update(dict.fromkeys(mine))
                socket.wake.set()

    def _encode(
        self,
        keys: Sequence[str],
        now: int,
        groups: Iterable[tuple[FeedMode, Shape, NDArray[np.bool_]]],
        *,
        live: bool,
    ) -> None:
        """Put the newest bytes of `keys` at hand, once for each mode that somebody wants."""
        groups = list(groups)
        deepest = max((DEPTH.get(mode, 1) for mode, _, _ in groups), default=1)
        quotes = self._exchange.market.quotes(keys, now, max(deepest, DEPTH[FeedMode.FULL]))
        rho = self._rho(keys, quotes, now)
        if live and (fault := self._exchange.faults.take(FaultKind.BAD_PRICE, " ".join(keys))):
            quotes = _spoilt(quotes, [i for i, key in enumerate(keys) if fault.target in key])
        for mode, shape, mask in groups:
            rows = np.flatnonzero(mask)
            latest = self._latest[mode]
            for row, body in zip(rows.tolist(), pack(quotes, rho, rows, mode, shape), strict=True):
                key = keys[row]
                latest[key] = self._prefix(key, mode, shape) + body

    def _prefix(self, key: str, mode: FeedMode, shape: Shape) -> bytes:
        found = self._prefixes.get((key, mode, shape))
        if found is None:
            found = self._prefixes[key, mode, shape] = entry_prefix(key, mode, shape)
        return found

    def _rho(self, keys: Sequence[str], quotes: Quotes, now: int) -> NDArray[np.float64]:
        """Rupees per percent of interest, under the convention of the other greeks (r = 0)."""
        spots: dict[str, float] = {}
        level, years = np.full(len(keys), np.nan), np.zeros(len(keys))
        for i, key in enumerate(keys):
            term = self._terms.get(key)
            if term is None:
                term = self._terms[key] = self._term(key)
            symbol, expires_ms = term
            if symbol:
                if symbol not in spots:
                    spots[symbol] = self._exchange.market.spot(symbol, now)
                level[i], years[i] = spots[symbol], max(0, expires_ms - now) / YEAR_MS
        return years * (level * quotes.delta - quotes.ltp) / 100

    def _term(self, key: str) -> tuple[str, int]:
        contract = self._exchange.listing().contracts[key]
        if contract.type not in ("CE", "PE") or contract.expiry is None:
            return "", 0
        return contract.underlying, self._exchange.expires_ms(contract.expiry)

    # Sending

    async def _write(self, socket: Socket) -> None:
        """Send what waits; a slow client is sent the newest of each key, not all that it missed."""
        with suppress(WebSocketDisconnect, RuntimeError, anyio.BrokenResourceError):
            while True:
                await socket.wake.wait()
                socket.wake.clear()
                while socket.messages and not socket.held:
                    await socket.websocket.send_bytes(socket.messages.popleft())
                if socket.dirty and not socket.held:
                    await socket.websocket.send_bytes(self._live(socket))
                    self.frames += 1

    def _live(self, socket: Socket) -> bytes:
        keys, socket.dirty = socket.dirty, {}
        if self._exchange.faults.take(FaultKind.BAD_PROTOBUF):
            return GARBAGE
        # In the order of the subscription: the bytes must not depend on what others look at.
        entries = [self._latest[mode][key] for key, mode in socket.modes.items() if key in keys]
        return frame(entries, self._told(self._exchange.now_ms()), live=True)

    def _told(self, now: int) -> int:
        return now + self._exchange.faults.skew_ms

    def _market_info(self) -> bytes:
        now = self._exchange.now_ms()
        known = self._statuses or statuses(self._exchange.market, now)
        return market_info(known.segments, known.cas, known.pre_open, self._told(now))

    def _tell_statuses(self, now: int) -> None:
        fresh = statuses(self._exchange.market, now)
        if fresh != self._statuses:
            first, self._statuses = self._statuses is None, fresh
            if not first:
                for socket in self.sockets:
                    socket.say(self._market_info())

    # Ends and faults

    def _close_dead(self) -> None:
        """Sockets live as long as the token that opened them."""
        if time.monotonic() < self._token_check:
            return
        self._token_check = time.monotonic() + TOKEN_CHECK_SECONDS
        now = self._exchange.now_ms()
        for socket in self._lines():
            caller = socket.caller
            if caller.expires_ms <= now or self._exchange.tokens.is_dead(caller.token):
                asyncio.create_task(_close(socket))  # noqa: RUF006 - ends with the connection

    def _lines(self) -> list[Line]:
        """Every open socket, those of the portfolio stream too."""
        return [*self.sockets, *(self._beside.sockets if self._beside else ())]

    def _break_some(self) -> None:
        lines = self._lines()
        if not lines:
            return
        faults = self._exchange.faults
        if faults.take(FaultKind.DROP_SOCKET):
            for line in lines:
                line.cut()
        still = faults.find(FaultKind.HALF_OPEN) is not None
        for line in lines:
            line.hold(still)


async def _close(socket: Line) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):
        await socket.websocket.close(1008, "token expired")


def _spoilt(quotes: Quotes, rows: Sequence[int]) -> Quotes:
    """Prices no market has: not a number, below zero, bid over ask; by turns."""
    ltp, bid = quotes.ltp.copy(), quotes.bid.copy()
    for turn, row in enumerate(rows):
        if turn % 3 == 0:
            ltp[row] = np.nan
        elif turn % 3 == 1:
            ltp[row] = -1.0
        else:
            bid[row, 0] = quotes.ask[row, 0] * 2 + 1
    return replace(quotes, ltp=ltp, bid=bid)
