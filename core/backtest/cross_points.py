"""Where averages of different lengths cross each other, for many pairs of them."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.lines import BarSetup
from core.instruments.candle import Candles

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Points = tuple[Ints, bool]
"""Places of the crossings, which go up and down in turns, and whether the first goes up."""

CACHE: Final = 16_000_000
"""Bytes of averages that are compared at a time: more would have to come from far each time."""
FEWEST: Final = 4_096
"""Bars at a time, however many averages there are."""


class CrossPoints:
    """Over one stretch of bars; averages are made once for each length."""

    def __init__(self, indicator: str, candles: Candles) -> None:
        self._indicator, self._candles = indicator, candles
        self._lines: dict[int, tuple[Floats, int]] = {}
        self._found: dict[tuple[int, int], Points] = {}

    def of(self, fast: int, slow: int) -> Points:
        """A place is the bar at whose close the fast line is beyond the slow one."""
        if (fast, slow) not in self._found:
            self.prepare([(fast, slow)])
        return self._found[fast, slow]

    def prepare(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Find the crossings of these pairs, and forget those of others."""
        wanted = list(dict.fromkeys(pairs))
        lines = {n: self._line(n)[0] for pair in wanted for n in pair}
        size = len(self._candles)
        step = max(FEWEST, CACHE // (8 * max(len(lines), 1)))
        pieces: dict[tuple[int, int], list[Ints]] = {pair: [_NONE] for pair in wanted}
        tied = set[tuple[int, int]]()
        for begin in range(0, size - 1, step):
            here = {n: line[begin : begin + step + 1] for n, line in lines.items()}
            for pair, found in pieces.items():
                quick, calm = here[pair[0]], here[pair[1]]
                above = quick > calm
                edges = (above[1:] ^ above[:-1]).nonzero()[0] + 1
                found.append(edges + begin)
                if (quick[edges] == calm[edges]).any():
                    tied.add(pair)
        self._found = {
            pair: self._settled(pair, np.concatenate(found), pair in tied)
            for pair, found in pieces.items()
        }

    def _settled(self, pair: tuple[int, int], edges: Ints, tied: bool) -> Points:
        (quick, first), (calm, second) = self._line(pair[0]), self._line(pair[1])
        known = max(first, second)
        if known >= len(quick):
            return _NONE, False
        if len(edges) and edges[0] == known:
            edges = edges[1:]  # where both become known they do not cross
        if tied or quick[known] == calm[known]:
            edges = past_ties(edges - known, quick[known:], calm[known:]) + known
        return edges, len(edges) > 0 and bool(quick[edges[0]] > calm[edges[0]])

    def _line(self, length: int) -> tuple[Floats, int]:
        """The average, and the first place at which it is known; it is known from there on."""
        if length not in self._lines:
            setup = BarSetup()
            setup.line(self._indicator, length=length)
            (values,) = setup.values(self._candles)
            unknown = np.flatnonzero(np.isnan(values))
            self._lines[length] = values, int(unknown[-1]) + 1 if len(unknown) else 0
        return self._lines[length]


_NONE: Final = np.empty(0, dtype=np.int64)


def past_ties(edges: Ints, quick: Floats, calm: Floats) -> Ints:
    """Lines that meet have not crossed yet: an edge downwards waits until they part.

    Where they part upwards again nothing happened; the edge upwards that follows says nothing new.
    """
    found: list[int] = []
    was = None
    first = [0] if quick[0] == calm[0] else []
    for edge in [*first, *edges.tolist()]:
        at = edge
        while at < len(quick) and quick[at] == calm[at]:
            at += 1
        if at < len(quick) and bool(quick[at] > calm[at]) is not was:
            found.append(at)
            was = bool(quick[at] > calm[at])
    return np.array(found, dtype=np.int64)
