"""One client of the feed: its requests, its subscriptions and their limits."""

from collections import Counter, deque
from collections.abc import Iterable
from typing import Final

import orjson
from starlette.websockets import WebSocket

from data.simulator.frames import MODES, FeedMode
from data.simulator.line import Line
from data.simulator.tokens import Pass

ONE_CATEGORY: Final = {
    FeedMode.LTPC: 5000,
    FeedMode.OPTION_GREEKS: 3000,
    FeedMode.FULL: 2000,
    FeedMode.FULL_D30: 50,
}
SEVERAL_CATEGORIES: Final = {
    FeedMode.LTPC: 2000,
    FeedMode.OPTION_GREEKS: 2000,
    FeedMode.FULL: 1500,
    FeedMode.FULL_D30: 50,
}


class Socket(Line):
    """One client: what it subscribed to, and what it has not been sent yet."""

    def __init__(self, websocket: WebSocket, caller: Pass) -> None:
        super().__init__(websocket, caller)
        self.modes: dict[str, FeedMode] = {}
        self.messages: deque[bytes] = deque()
        self.dirty: dict[str, None] = {}

    def say(self, message: bytes) -> None:
        self.messages.append(message)
        self.wake.set()

    def limit(self, keys: Iterable[str], mode: FeedMode) -> list[str]:
        """Those of `keys` that fit under the subscription limits; the rest is ignored."""
        fresh = [key for key in dict.fromkeys(keys) if self.modes.get(key) is not mode]
        counts = Counter(self.modes.values())
        several = len(set(counts) | {mode}) > 1
        limits = SEVERAL_CATEGORIES if several else ONE_CATEGORY
        return fresh[: max(0, limits[mode] - counts[mode])]


def read_request(raw: bytes | None) -> tuple[str, FeedMode, list[str]] | None:
    """Method, mode and keys of a request; None for anything else."""
    try:
        asked = orjson.loads(raw or b"")
        method, data = asked["method"], asked["data"]
        mode = MODES["ltpc" if data.get("mode") is None else data["mode"]]
        keys = data["instrumentKeys"]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return None
    if method not in ("sub", "unsub", "change_mode") or not isinstance(keys, list):
        return None
    return method, mode, [key for key in keys if isinstance(key, str)]
