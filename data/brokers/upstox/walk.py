"""Many messages of one layout, read side by side: one NumPy step moves through all of them.

Each step checks the field numbers that it passes. A message that is laid out otherwise (a field
left out because it is zero, a field more) is marked in `ok` and must be read by protobuf.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FARTHEST: Final = 3 * 2**14 + 4096
"""How far a wrong length (two bytes, a few times) can lead beyond the last message."""
HIGH_BITS: Final = np.uint64(0x8080808080808080)
ONE: Final = np.uint64(1)
SEVENS: Final = tuple(
    (np.uint64(low), np.uint64(high), np.uint64(shift))
    for low, high, shift in (
        (0x007F007F007F007F, 0x7F007F007F007F00, 1),
        (0x00003FFF00003FFF, 0x3FFF00003FFF0000, 2),
        (0x000000000FFFFFFF, 0x0FFFFFFF00000000, 4),
    )
)


class Walk:
    """Cursors through messages laid end to end: `at` is where each stands, `ok` who is on track."""

    def __init__(self, messages: Sequence[bytes]) -> None:
        raw = b"".join([*messages, bytes(FARTHEST)])
        size = len(raw) - 8
        sizes = np.array([len(message) for message in messages])
        self.end: Ints = np.cumsum(sizes)
        self.at: Ints = self.end - sizes
        self.ok: NDArray[np.bool_] = np.ones(len(messages), dtype=bool)
        # Eight bytes from any offset, as numbers.
        self._byte: NDArray[np.uint8] = np.frombuffer(raw, np.uint8)
        self._word: NDArray[np.uint64] = np.ndarray((size,), "<u8", raw, 0, (1,))
        self._int: Ints = np.ndarray((size,), "<i8", raw, 0, (1,))
        self._double: Floats = np.ndarray((size,), "<f8", raw, 0, (1,))

    def expect(self, wanted: int, mask: int) -> None:
        """The next bytes, under a mask; does not move."""
        self.ok &= (self._int[self.at] & mask) == wanted

    def message(self, tag: int) -> Ints:
        """The head of a sub-message of up to 16 KB; returns where it ends."""
        head = self._int[self.at]
        long = (head >> 15) & 1
        self.ok &= ((head & 0xFF) == tag) & (((head >> 23) & long) == 0)
        self.at = self.at + (2 + long)
        return self.at + (((head >> 8) & 0x7F) | (((head >> 16) & 0x7F) << 7) * long)

    def short(self, tag: int) -> Ints:
        """The head of a sub-message that is always shorter than 128 bytes."""
        head = self._int[self.at]
        self.ok &= (head & 0x80FF) == tag
        self.at = self.at + 2
        return self.at + ((head >> 8) & 0x7F)

    def long(self, tag: int) -> Ints:
        """The head of a sub-message that is never shorter than 128 bytes."""
        head = self._int[self.at]
        self.ok &= (head & 0x8080FF) == (0x8000 | tag)
        self.at = self.at + 3
        return self.at + (((head >> 8) & 0x7F) | ((head >> 9) & 0x3F80))

    def integer(self, tag: int) -> NDArray[np.uint64]:
        """A varint of up to 8 bytes, still in groups of seven bits; see `joined`."""
        word = self._word[self.at + 1]
        stops = ~word & HIGH_BITS
        below = (stops & (~stops + ONE)) - ONE  # all bits under the first stop
        self.ok &= (self._byte[self.at] == tag) & (stops != 0)
        self.at = self.at + (1 + ((np.bitwise_count(below) + np.uint8(1)) >> np.uint8(3)))
        return word & below & ~HIGH_BITS

    def doubles(self, run: "Run") -> Floats:
        """Doubles one after the other, as columns."""
        here = self.at[:, np.newaxis]
        self.ok &= self._byte[here + run.tags_at].view("<u8")[:, 0] == run.tags
        self.at = self.at + 9 * run.count
        values: Floats = self._double[here + run.values_at]
        return values

    def arrive(self, end: Ints) -> None:
        self.ok &= self.at == end

    def leap(self, end: Ints) -> None:
        """Pass over what is left of a sub-message."""
        self.ok &= self.at <= end
        self.at = end


class Run:
    """Fields of eight bytes each that follow one another, at most eight of them."""

    def __init__(self, *tags: int) -> None:
        self.count = len(tags)
        padded = bytes(tags) + bytes(tags[:1]) * (8 - len(tags))
        self.tags = np.frombuffer(padded, "<u8")[0]
        self.tags_at = np.array([9 * i if i < len(tags) else 0 for i in range(8)])
        self.values_at = 9 * np.arange(len(tags)) + 1


def joined(sevens: Sequence[NDArray[np.uint64]]) -> Floats:
    """The numbers whose groups of seven bits these are, one row for each."""
    value = np.array(sevens)
    for low, high, shift in SEVENS:
        value = (value & low) | ((value & high) >> shift)
    return value.astype(np.float64)
