"""The two usual messages of an option, walked in bulk: full, and first level with greeks."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.state.market import Col
from data.brokers.upstox.walk import Floats, Ints, Run, Walk, joined

WIDE: Final = Col.LOW + 1  # columns LTP … LOW
NARROW: Final = Col.VEGA + 1  # columns LTP … VEGA

PRICE: Final = Run(0x09)
CLOSE: Final = Run(0x21)
BID: Final = Run(0x11)
ASK: Final = Run(0x21)
GREEKS: Final = Run(0x09, 0x11, 0x19, 0x21, 0x29)
GREEKS_HEAD: Final = 0x1A | 45 << 8
DAY_HEAD: Final = int.from_bytes(b"\x0a\x021d", "little")
RANGE: Final = Run(0x11, 0x19, 0x21)
AVERAGE: Final = Run(0x29)
TOTALS: Final = Run(0x39, 0x41, 0x49, 0x51)
INTEREST: Final = Run(0x29, 0x31)

INTEGERS: Final = [Col.LTT, Col.LTQ, Col.BID_QTY, Col.ASK_QTY, Col.VOLUME]

Sevens = NDArray[np.uint64]
Read = tuple[Floats, NDArray[np.bool_]]
"""Values in the order of `Col`, and which of them could be read."""


def read_full(messages: Sequence[bytes]) -> Read:
    walk, values = Walk(messages), np.empty((len(messages), WIDE))
    outer = walk.long(0x12)
    inner = walk.long(0x0A)
    walk.ok &= inner == outer
    trade = _trade(walk, values)
    levels = walk.message(0x12)
    best = walk.short(0x0A)
    walk.ok &= best <= levels
    sizes = _book(walk, values, best)
    walk.leap(levels)
    _greeks(walk, values)
    bars = walk.message(0x22)
    _day(walk, values, bars)
    values[:, Col.AVERAGE] = walk.doubles(AVERAGE)[:, 0]
    volume = walk.integer(0x30)
    totals = walk.doubles(TOTALS)
    values[:, [Col.OI, Col.IV, Col.BUY_QTY, Col.SELL_QTY]] = totals
    walk.arrive(inner)
    _end(walk)
    values[:, INTEGERS] = joined([*trade, *sizes, volume]).T
    return values, walk.ok


def read_first_level(messages: Sequence[bytes]) -> Read:
    walk, values = Walk(messages), np.empty((len(messages), NARROW))
    outer = walk.message(0x1A)
    trade = _trade(walk, values)
    sizes = _book(walk, values, walk.short(0x12))
    _greeks(walk, values)
    volume = walk.integer(0x20)
    values[:, Col.OI : Col.IV + 1] = walk.doubles(INTEREST)
    walk.arrive(outer)
    _end(walk)
    values[:, INTEGERS] = joined([*trade, *sizes, volume]).T
    return values, walk.ok


def _trade(walk: Walk, values: Floats) -> tuple[Sevens, Sevens]:
    end = walk.short(0x0A)
    values[:, Col.LTP] = walk.doubles(PRICE)[:, 0]
    at, size = walk.integer(0x10), walk.integer(0x18)
    values[:, Col.CLOSE] = walk.doubles(CLOSE)[:, 0]
    walk.arrive(end)
    return at, size


def _book(walk: Walk, values: Floats, end: Ints) -> tuple[Sevens, Sevens]:
    bid = walk.integer(0x08)
    values[:, Col.BID] = walk.doubles(BID)[:, 0]
    ask = walk.integer(0x18)
    values[:, Col.ASK] = walk.doubles(ASK)[:, 0]
    walk.arrive(end)
    return bid, ask


def _greeks(walk: Walk, values: Floats) -> None:
    walk.expect(GREEKS_HEAD, 0xFFFF)
    walk.at = walk.at + 2
    values[:, Col.DELTA : Col.VEGA + 1] = walk.doubles(GREEKS)[:, :4]


def _day(walk: Walk, values: Floats, bars: Ints) -> None:
    """The day's bar, which comes first; the others are passed over."""
    bar = walk.short(0x0A)
    walk.expect(DAY_HEAD, 0xFFFFFFFF)
    walk.at = walk.at + 4
    values[:, Col.OPEN : Col.LOW + 1] = walk.doubles(RANGE)
    walk.leap(bar)
    walk.leap(bars)


def _end(walk: Walk) -> None:
    """The mode, and nothing after it."""
    walk.expect(0x20, 0x80FF)
    walk.at = walk.at + 2
    walk.arrive(walk.end)
