"""Many messages of one layout, read side by side: one NumPy step moves through all of them.

Each step checks the field numbers that it passes. A message that is laid out otherwise (a field
left out because it is zero, a field more) is marked in `ok` and must be read by protobuf.
What counts here is the number of NumPy calls, hardly how many messages there are.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

FARTHEST: Final = 3 * 2**14 + 4096
"""How far a wrong length (two bytes, a few times) can lead beyond the last message."""
STOP_BITS: Final = 0x8080808080808000 - 2**64  # of the seven bytes after a field number
STEPS: Final = np.array([(bits + 1) // 8 if bits < 64 else 0 for bits in range(65)])
"""From the bits below an integer's stop bit, field number included, to the field's size."""
SEVENS: Final = (
    (0x007F007F007F007F, 0x7F007F007F007F00, 1),
    (0x00003FFF00003FFF, 0x3FFF00003FFF0000, 2),
    (0x000000000FFFFFFF, 0x0FFFFFFF00000000, 4),
)


class Walk:
    """Cursors through messages laid end to end: `at` is where each stands, `ok` who is on track."""

    def __init__(self, messages: Sequence[bytes]) -> None:
        raw = b"".join([*messages, bytes(FARTHEST)])
        size = len(raw) - 8
        self.sizes: Ints = np.array([len(message) for message in messages])
        self.end: Ints = np.cumsum(self.sizes)
        self.at: Ints = self.end - self.sizes
        self.ok: Mask = np.ones(len(messages), dtype=bool)
        # Eight bytes from any offset, as numbers.
        self._byte: NDArray[np.uint8] = np.frombuffer(raw, np.uint8)
        self._word: Ints = np.ndarray((size,), "<i8", raw, 0, (1,))
        self._double: Floats = np.ndarray((size,), "<f8", raw, 0, (1,))

    def expect(self, wanted: int | Ints, mask: int, skip: int) -> Ints:
        """The next bytes must be these under a mask; returns all eight, and moves on."""
        words: Ints = self._word[self.at]
        self.ok &= (words & mask) == wanted
        self.at = self.at + skip
        return words

    def message(self, tag: int) -> Ints:
        """The head of a sub-message of up to 16 KB; returns where it ends."""
        head = self._word[self.at]
        long = (head >> 15) & 1
        self.ok &= (head & 0xFF) == tag
        self.at = self.at + (2 + long)
        return self.at + (((head >> 8) & 0x7F) | (((head >> 9) & 0x3F80) * long))

    def short(self, head: int, mask: int, skip: int) -> Ints:
        """The head of a sub-message of less than 128 bytes, and `skip` bytes in all."""
        start = self.at + 2
        return start + ((self.expect(head, mask | 0x8000, skip) >> 8) & 0x7F)

    def integer(self, tag: int) -> Ints:
        """A varint of up to seven bytes, still in its raw form; see `joined`."""
        word = self._word[self.at]
        self.ok &= (word & 0xFF) == tag
        stops = ~word & STOP_BITS
        below = (stops & -stops) - 1  # all bits under the first stop bit
        self.at = self.at + STEPS[np.bitwise_count(below.view(np.uint64))]
        raw: Ints = word & below
        return raw

    def double(self, tag: int) -> Floats:
        self.ok &= self._byte[self.at] == tag
        values: Floats = self._double[self.at + 1]
        self.at = self.at + 9
        return values

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


def joined(raw: Sequence[Ints]) -> Floats:
    """The numbers of raw varints (field number, then groups of seven bits), one row for each."""
    value = np.array(raw) >> 8
    for low, high, shift in SEVENS:
        value = (value & low) | ((value & high) >> shift)
    return value.astype(np.float64)
