"""Counter-based noise: numbers that are a pure function of what they are for.

splitmix64 (Steele, Lea & Flood, 2014) over 64-bit counters; nothing is remembered between two
calls, so nobody's asking can change what another one sees.
"""

import hashlib
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Floats = NDArray[np.float64]

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = (np.uint64(n) for n in (30, 27, 31, 11))
_S16, _S32 = np.uint64(16), np.uint64(32)
_QUARTERS: Final = np.uint64(0x0000FFFF0000FFFF)
_BOTH_HALVES: Final = np.uint64(0x0000000100000001)
BLOCK: Final = 7_700
"""A third of a usual day's seconds: 60 KB, which the second cache holds several times."""
_TO_UNIT: Final = 2.0**-53


def word(*parts: object) -> np.uint64:
    """A 64-bit name for anything that can be written down."""
    text = "\x1f".join(str(p) for p in parts).encode()
    return np.uint64(int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little"))


def mixed(*counters: Words | np.uint64) -> Words:
    """One well mixed word from several; broadcasts."""
    with np.errstate(over="ignore"):
        state = np.asarray(counters[0], np.uint64)
        for counter in counters[1:]:
            state = _scramble(state + _GOLDEN) ^ counter
        return np.asarray(_scramble(state + _GOLDEN))


def _scramble(z: Words) -> Words:
    """In place: `z` is spoilt."""
    z ^= z >> _S30
    z *= _FIRST
    z ^= z >> _S27
    z *= _SECOND
    z ^= z >> _S31
    return z


def uniform(words: Words) -> Floats:
    """In (0, 1), both ends excluded."""
    return np.asarray(((words >> _S11).astype(np.float64) + 0.5) * _TO_UNIT)


def normal(words: Words) -> Floats:
    """Standard normal, by Box and Muller."""
    with np.errstate(over="ignore"):
        again = _scramble(words + _GOLDEN)
    return np.asarray(np.sqrt(-2.0 * np.log(uniform(words))) * np.cos(2 * np.pi * uniform(again)))


def distinct(numbers: NDArray[np.int64]) -> list[int]:
    """Each small number that occurs, rising."""
    return list(np.flatnonzero(np.bincount(numbers)).tolist())


def rough_line(base: Words | np.uint64, count: int) -> Floats:
    """`rough(mixed(base, n))` for n from 0 on, in blocks, so that the temporaries stay in the
    cache."""
    line, counters = np.empty(count), _counters(count)
    with np.errstate(over="ignore"):
        first = mixed(base)
        for start in range(0, count, BLOCK):
            words = counters[start : start + BLOCK] ^ first
            words += _GOLDEN
            line[start : start + BLOCK] = rough(_scramble(words))
    return line


@lru_cache(maxsize=4)
def _counters(count: int) -> Words:
    return np.arange(count, dtype=np.uint64)


def rough(words: Words) -> Floats:
    """Nearly normal and cheap: the sum of a word's four quarters, for steps that are added up
    anyway."""
    pairs = words >> _S16
    pairs &= _QUARTERS
    pairs += words & _QUARTERS
    pairs *= _BOTH_HALVES  # the sum of all four now lies in the upper half
    pairs >>= _S32
    total = np.asarray(pairs.view(np.int64).astype(np.float64))
    total -= 131070.0
    total *= 1.7320508075688772 / 65536.0
    return total
