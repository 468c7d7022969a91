"""Subscriptions: what is wanted, and the requests that lead there from what was asked before."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final
from uuid import uuid4

import orjson

from core.ids import InstrumentKey
from core.ports.feed import FeedMode

WORDS: Final = {
    FeedMode.LTPC: "ltpc",
    FeedMode.OPTION_GREEKS: "option_greeks",
    FeedMode.FULL: "full",
    FeedMode.FULL_D30: "full_d30",
}
ALONE: Final = {
    FeedMode.LTPC: 5000,
    FeedMode.OPTION_GREEKS: 3000,
    FeedMode.FULL: 2000,
    FeedMode.FULL_D30: 50,
}
"""How many keys the broker sends in a mode, if it is the only mode of the connection."""
TOGETHER: Final = {
    FeedMode.LTPC: 2000,
    FeedMode.OPTION_GREEKS: 2000,
    FeedMode.FULL: 1500,
    FeedMode.FULL_D30: 50,
}
"""The same, if several modes are used."""
KEYS_PER_REQUEST: Final = 500

Wishes = Mapping[InstrumentKey, FeedMode]


def request(method: str, keys: list[InstrumentKey], mode: FeedMode | None) -> bytes:
    data: dict[str, object] = {"instrumentKeys": keys}
    if mode is not None:
        data["mode"] = WORDS[mode]
    return orjson.dumps({"guid": uuid4().hex[:20], "method": method, "data": data})


def requests(have: Wishes, want: Wishes) -> Iterator[bytes]:
    """The frames that turn what the broker sends (`have`) into what is wanted."""
    groups: defaultdict[tuple[str, FeedMode | None], list[InstrumentKey]] = defaultdict(list)
    for key in have:
        if key not in want:
            groups["unsub", None].append(key)
    for key, mode in want.items():
        if key not in have:
            groups["sub", mode].append(key)
        elif have[key] is not mode:
            groups["change_mode", mode].append(key)
    for (method, some), keys in groups.items():
        for i in range(0, len(keys), KEYS_PER_REQUEST):
            yield request(method, keys[i : i + KEYS_PER_REQUEST], some)


def within_limits(wishes: Wishes) -> dict[InstrumentKey, FeedMode]:
    """The wishes that fit; a key too many in its mode is asked for in the next lower one."""
    modes = set(wishes.values())
    alone = len(modes) == 1 and len(wishes) <= ALONE[min(modes)]
    limits = ALONE if alone else TOGETHER
    used: defaultdict[FeedMode, int] = defaultdict(int)
    fitting: dict[InstrumentKey, FeedMode] = {}
    for key, mode in wishes.items():
        for lower in range(mode, -1, -1):
            if used[FeedMode(lower)] < limits[FeedMode(lower)]:
                fitting[key] = FeedMode(lower)
                used[FeedMode(lower)] += 1
                break
    return fitting
