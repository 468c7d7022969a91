"""Protobuf packed by columns: a message of fixed layout is a row of a numpy record array.

Every field of a layout has a fixed place, so a thousand messages are filled by a few array
assignments instead of a thousand objects. Doubles are fixed-width anyway; a varint is padded with
continuation bytes to a fixed width, which every decoder reads as the same number; zeros are sent
instead of left out, which reads the same too.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

TIME_BYTES: Final = 6  # 42 bits of epoch milliseconds, to the year 2109
COUNT_BYTES: Final = 5  # 35 bits: quantities up to 34 thousand million
VARINT, DOUBLE, BYTES = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Part:
    """A named or constant stretch of a layout, and what stands there until it is filled."""

    name: str
    dtype: np.dtype[Any]
    blank: bytes


def varint(number: int) -> bytes:
    """The shortest varint."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def tag(field: int, wire_type: int) -> bytes:
    return varint(field << 3 | wire_type)


def constant(raw: bytes) -> Part:
    return Part("", np.dtype(("u1", (len(raw),))), raw)


def double(field: int, name: str) -> list[Part]:
    return [constant(tag(field, DOUBLE)), Part(name, np.dtype("<f8"), bytes(8))]


def integer(field: int, name: str, width: int = COUNT_BYTES) -> list[Part]:
    blank = b"\x80" * (width - 1) + b"\x00"
    return [constant(tag(field, VARINT)), Part(name, np.dtype(("u1", (width,))), blank)]


def text(field: int, value: str) -> list[Part]:
    raw = value.encode()
    return [constant(tag(field, BYTES) + varint(len(raw)) + raw)]


def number(field: int, value: int) -> list[Part]:
    return [constant(tag(field, VARINT) + varint(value))]


def message(field: int, *groups: list[Part]) -> list[Part]:
    """The groups as one sub-message."""
    inside = [part for group in groups for part in group]
    size = sum(len(part.blank) for part in inside)
    return [constant(tag(field, BYTES) + varint(size)), *inside]


def repeated(name: str, count: int, parts: list[Part]) -> list[Part]:
    """`count` times the same parts, filled as one two-dimensional column."""
    one = Layout(parts)
    return [Part(name, np.dtype((one.dtype, (count,))), one.blank * count)]


class Layout:
    """The places of all parts; `rows(n)` gives n blank messages to fill by column name."""

    def __init__(self, parts: list[Part]) -> None:
        named = [(part.name or f"constant{i}", part.dtype) for i, part in enumerate(parts)]
        self.dtype = np.dtype(named)
        self.blank = b"".join(part.blank for part in parts)
        self.size = len(self.blank)
        self._template = np.frombuffer(self.blank, dtype=self.dtype)

    def rows(self, count: int) -> NDArray[np.void]:
        return np.repeat(self._template, count)


def varints(values: NDArray[np.int64], width: int = COUNT_BYTES) -> NDArray[np.uint8]:
    """Each value as `width` varint bytes, in a new last axis; none may be negative or too big."""
    shifts = np.arange(width, dtype=np.int64) * 7
    out = ((values[..., None] >> shifts) & 0x7F).astype(np.uint8)
    out[..., :-1] |= 0x80
    return out
