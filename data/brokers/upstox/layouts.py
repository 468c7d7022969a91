"""The two usual messages of an option, walked in bulk: full, and first level with greeks."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from core.state.market import Col
from data.brokers.upstox.walk import Floats, Ints, Mask, Run, Walk, joined

WIDE: Final = Col.LOW + 1  # columns LTP … LOW
NARROW: Final = Col.VEGA + 1  # columns LTP … VEGA
INTEGERS: Final = (Col.LTT, Col.LTQ, Col.BID_QTY, Col.ASK_QTY, Col.VOLUME)

LEAST: Final = 128 + 8
MOST: Final = 2**14
"""Between these are the sizes of a full message whose two outer lengths take two bytes each."""
SIZES: Final = np.arange(MOST)
TWO: Final = [((n & 0x7F) | 0x80 | (n >> 7) << 8) for n in (SIZES - 5, SIZES - 8)]
FULL_HEADS: Final = 0x12 | TWO[0] << 8 | 0x0A << 24 | TWO[1] << 32
"""By size: how a full message begins if it holds nothing but one market feed and the mode."""

GREEKS: Final = Run(0x09, 0x11, 0x19, 0x21, 0x29)
GREEKS_HEAD: Final = 0x1A | 45 << 8
DAY: Final = int.from_bytes(b"\x0a\x00\x0a\x021d", "little")
DAY_MASK: Final = 0xFFFFFFFF00FF
RANGE: Final = Run(0x11, 0x19, 0x21)
TOTALS: Final = Run(0x39, 0x41, 0x49, 0x51)
INTEREST: Final = Run(0x29, 0x31)

Read = tuple[Floats, Mask]
"""Values in the order of `Col`, and which of them could be read."""


def read_full(messages: Sequence[bytes]) -> Read:
    walk, values = Walk(messages), np.empty((len(messages), WIDE))
    sizes = np.minimum(walk.sizes, MOST - 1)
    walk.ok &= (walk.sizes >= LEAST) & (walk.sizes < MOST)
    walk.expect(FULL_HEADS[sizes], 0xFFFFFFFFFFFF, 6)
    trade = _trade(walk, values)
    levels = walk.message(0x12)
    book = _book(walk, values, walk.short(0x0A, 0xFF, 2))
    walk.leap(levels)
    _greeks(walk, values)
    bars = walk.message(0x22)
    bar = walk.short(DAY, DAY_MASK, 6)  # the day's comes first
    values[:, Col.OPEN : Col.LOW + 1] = walk.doubles(RANGE)
    walk.leap(bar)
    walk.leap(bars)
    values[:, Col.AVERAGE] = walk.double(0x29)
    volume = walk.integer(0x30)
    totals = walk.doubles(TOTALS)
    values[:, Col.OI : Col.IV + 1] = totals[:, :2]
    values[:, Col.BUY_QTY : Col.SELL_QTY + 1] = totals[:, 2:]
    return _finished(walk, values, (*trade, *book, volume))


def read_first_level(messages: Sequence[bytes]) -> Read:
    walk, values = Walk(messages), np.empty((len(messages), NARROW))
    outer = walk.message(0x1A)
    trade = _trade(walk, values)
    book = _book(walk, values, walk.short(0x12, 0xFF, 2))
    _greeks(walk, values)
    volume = walk.integer(0x20)
    values[:, Col.OI : Col.IV + 1] = walk.doubles(INTEREST)
    walk.arrive(outer)
    return _finished(walk, values, (*trade, *book, volume))


def _trade(walk: Walk, values: Floats) -> tuple[Ints, Ints]:
    end = walk.short(0x0A, 0xFF, 2)
    values[:, Col.LTP] = walk.double(0x09)
    at, size = walk.integer(0x10), walk.integer(0x18)
    values[:, Col.CLOSE] = walk.double(0x21)
    walk.arrive(end)
    return at, size


def _book(walk: Walk, values: Floats, end: Ints) -> tuple[Ints, Ints]:
    bid = walk.integer(0x08)
    values[:, Col.BID] = walk.double(0x11)
    ask = walk.integer(0x18)
    values[:, Col.ASK] = walk.double(0x21)
    walk.arrive(end)
    return bid, ask


def _greeks(walk: Walk, values: Floats) -> None:
    walk.expect(GREEKS_HEAD, 0xFFFF, 2)
    values[:, Col.DELTA : Col.VEGA + 1] = walk.doubles(GREEKS)[:, :4]


def _finished(walk: Walk, values: Floats, integers: Sequence[Ints]) -> Read:
    """The mode, and nothing after it; then the integers become numbers."""
    walk.expect(0x20, 0x80FF, 2)
    walk.arrive(walk.end)
    for col, column in zip(INTEGERS, joined(integers), strict=True):
        values[:, col] = column
    return values, walk.ok
