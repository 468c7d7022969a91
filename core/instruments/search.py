"""Search among a hundred thousand instruments in a few milliseconds, held in plain arrays.

Each word of the question must occur in symbol, name, key or ISIN. A row's mark is the sum over
the words: 3 for a whole word of symbol or name, 2 for a word's beginning, 1 for anywhere else.
First comes what is the whole question (symbol, key or ISIN), then higher marks, then browsing
order.
"""

from array import array
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.instruments.instrument import Instrument, InstrumentFilter, Kind

SEPARATOR: Final = b" "
KIND_ORDER: Final = {Kind.INDEX: 0, Kind.EQUITY: 1, Kind.FUTURE: 2, Kind.CALL: 3, Kind.PUT: 3}
JOINS: Final = np.array([chr(b).isalnum() if b < 128 else True for b in range(256)])
ANYWHERE: Final = 1
BEST: Final = 3
MANY: Final = 20_000  # occurrences, from which on looking at everything is quicker
SHORT: Final = 2  # letters: what is typed first is asked for again and again
REMEMBERED: Final = 50
EXACT: Final = 1_000


class Entry(NamedTuple):
    """What is searched of one instrument."""

    symbol: str
    name: str
    key: str
    isin: str
    segment: str
    kind: str
    underlying: str
    expiry: int  # 20260825, 0 for none


def browsing_order(each: Instrument) -> tuple[object, ...]:
    """Indices, shares (NSE's normal series first), futures, options; nearest expiry first."""
    return (
        KIND_ORDER[each.kind],
        each.expiry.toordinal() if each.expiry else 0,
        each.series != "EQ",
        each.exchange != "NSE",
        len(each.symbol),
        each.symbol,
        each.strike or 0.0,
        each.kind is Kind.PUT,
        each.key,
    )


class SearchIndex:
    """Built once from entries in browsing order; finds places in that order."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        words, rest = _Words(), _Keys()
        self._wholes = (array("q"), array("q"), array("q"))
        self._segment, self._kind, self._underlying = _Coded(), _Coded(), _Coded()
        expiries = array("i")
        for place, each in enumerate(entries):
            symbol, key, isin = each.symbol.upper(), each.key.upper(), each.isin.upper()
            words.add(place, {*symbol.split(), *each.name.upper().split()})
            rest.add(place, {*key.split(), *(() if isin in key else isin.split())})
            for hashes, text in zip(self._wholes, (symbol, key, isin), strict=True):
                hashes.append(hash(text))
            self._segment.add(each.segment)
            self._kind.add(each.kind)
            self._underlying.add(each.underlying)
            expiries.append(each.expiry)
        self.size = len(expiries)
        self._expiry = np.array(expiries, dtype=np.int32)
        self._lists = _Lists(words, rest, self.size)

    def find(self, text: str, where: InstrumentFilter | None, limit: int) -> list[int]:
        """Places of the best matches, best first."""
        words = text.upper().split()
        marks = self._passing(where).astype(np.int16)
        for word in sorted(set(words), key=len, reverse=True):
            found = self._lists.marks(word).astype(np.int16) * words.count(word)
            marks = np.where((marks > 0) & (found > 0), marks + found, 0)
            if not marks.any():
                return []
        whole = hash(" ".join(words))
        for hashes in self._wholes if words else ():
            marks[(np.asarray(hashes) == whole) & (marks > 0)] += EXACT
        return _best(marks, max(limit, 0))

    def _passing(self, where: InstrumentFilter | None) -> NDArray[np.bool_]:
        passing = np.ones(self.size, dtype=bool)
        if where is None:
            return passing
        if where.segments:
            passing &= self._segment.among(where.segments)
        if where.kinds:
            passing &= self._kind.among([kind.value for kind in where.kinds])
        if where.underlying_symbol:
            passing &= self._underlying.among([where.underlying_symbol])
        if where.expiry is not None:
            day = where.expiry
            passing &= self._expiry == day.year * 10_000 + day.month * 100 + day.day
        return passing


class _Coded:
    """A column of few distinct words as small numbers."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._column = array("i")

    def add(self, word: str) -> None:
        self._column.append(self._codes.setdefault(word, len(self._codes)))

    def among(self, wanted: Iterable[str]) -> NDArray[np.bool_]:
        codes = [self._codes[each] for each in wanted if each in self._codes]
        return np.isin(np.asarray(self._column), codes)


class _Words:
    """Distinct words, and which of them occur at which place."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.occurring = array("i")
        self.places = array("i")

    def add(self, place: int, words: Iterable[str]) -> None:
        numbers = self.numbers
        for word in words:
            self.occurring.append(numbers.setdefault(word, len(numbers)))
            self.places.append(place)


class _Keys:
    """Words that hardly occur twice: kept as bytes at once, as objects would take far more room."""

    def __init__(self) -> None:
        self.text = bytearray()
        self.lengths = array("i")
        self.places = array("i")

    def add(self, place: int, words: Iterable[str]) -> None:
        for word in words:
            encoded = _bytes(word)
            self.text += encoded + SEPARATOR
            self.lengths.append(len(encoded) + 1)
            self.places.append(place)


class _Lists:
    """All distinct words in one string of bytes, and for each the places where it occurs.

    The words of symbols and names come first; from `_weighty` on, those that count little.
    """

    def __init__(self, words: _Words, rest: _Keys, size: int) -> None:
        self._size, self._weighty = size, len(words.numbers)
        encoded = [_bytes(word) + SEPARATOR for word in words.numbers]
        text = SEPARATOR + b"".join(encoded) + rest.text
        self._letters = np.frombuffer(text, dtype=np.uint8)
        self._edges = (~JOINS[self._letters]).astype(np.uint8)
        lengths = np.concatenate([np.array([*map(len, encoded)], dtype=np.int32), rest.lengths])
        self._starts = np.concatenate([[1], 1 + np.cumsum(lengths)]).astype(np.int32)
        own = np.arange(len(rest.lengths)) + self._weighty
        occurring = np.concatenate([words.occurring, own]).astype(np.int32)
        order = np.argsort(occurring, kind="stable")
        places = np.concatenate([words.places, rest.places]).astype(np.int32)
        self._places = places[order]
        self._counts = np.bincount(occurring, minlength=len(lengths))
        self._ends = np.cumsum(self._counts)
        self._rarity = np.argsort(np.argsort(np.bincount(self._letters, minlength=256)))
        self._short: dict[str, NDArray[np.uint8]] = {}

    def marks(self, word: str) -> NDArray[np.uint8]:
        """For each place, how well the word fits it; 0 for not at all."""
        if len(word) > SHORT:
            return self._marks(_bytes(word))
        if word not in self._short:
            if len(self._short) >= REMEMBERED:
                self._short.clear()
            self._short[word] = self._marks(_bytes(word))
        return self._short[word]

    def _marks(self, word: bytes) -> NDArray[np.uint8]:
        letters = np.frombuffer(word, dtype=np.uint8)
        at = self._occurrences(letters)
        if not len(at):
            return np.zeros(self._size, dtype=np.uint8)
        begins, ends = self._edges[at - 1], self._edges[at + len(letters)]
        grade = ANYWHERE + begins + (begins & ends)
        if len(at) > MANY:
            return self._spread(at, grade)
        token = np.searchsorted(self._starts, at.astype(np.int32), side="right") - 1
        grade[token >= self._weighty] = ANYWHERE
        marks = np.zeros(self._size, dtype=np.uint8)
        for each in np.unique(grade):  # rising: the best one stays
            marks[self._gathered(np.unique(token[grade == each]))] = each
        return marks

    def _spread(self, at: NDArray[np.int64], grade: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The same for a word that occurs nearly everywhere: by the whole text at once."""
        graded = np.zeros(len(self._letters), dtype=np.uint8)
        graded[at] = grade
        of_token = np.maximum.reduceat(graded, self._starts[:-1])
        np.minimum(of_token[self._weighty :], ANYWHERE, out=of_token[self._weighty :])
        of_place = np.repeat(of_token, self._counts)
        marks = np.zeros(self._size, dtype=np.uint8)
        for each in range(ANYWHERE, BEST + 1):
            marks[self._places[of_place == each]] = each
        return marks

    def _occurrences(self, letters: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Where the letters stand in the text: the rarest first, then the others around it."""
        last = len(self._letters) - len(letters)
        if last < 1:
            return np.empty(0, dtype=np.int64)
        by_rarity = sorted(range(len(letters)), key=lambda i: int(self._rarity[letters[i]]))
        lead = by_rarity[0]
        at = np.flatnonzero(self._letters[lead : lead + last + 1] == letters[lead])
        for offset in by_rarity[1:]:
            at = at[self._letters[at + offset] == letters[offset]]
        return at

    def _gathered(self, tokens: NDArray[np.int64]) -> NDArray[np.int32]:
        """The places of all these words, one after the other."""
        counts = self._counts[tokens]
        before = np.cumsum(counts) - counts
        first = self._ends[tokens] - counts
        return self._places[np.repeat(first - before, counts) + np.arange(int(counts.sum()))]


def _bytes(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass")


def _best(marks: NDArray[np.int16], limit: int) -> list[int]:
    """Highest mark first, then in order; without sorting everything."""
    chosen: list[int] = []
    for mark in np.unique(marks)[::-1]:
        if mark <= 0 or len(chosen) >= limit:
            break
        chosen += np.flatnonzero(marks == mark)[: limit - len(chosen)].tolist()
    return chosen
