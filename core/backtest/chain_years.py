"""Many days of one expiry each, side by side: what a fast run looks things up in.

Days stand in rows and minutes in columns, so that all days are looked at in one go. Prices come as
the exact numbers of the record, from whatever keeps them (`Prices`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay
from core.errors import BadData

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIELDS: Final = ("bid", "ask", "ltp")
"""Prices by contract."""


class Prices(Protocol):
    def soon(self, rows: Ints, places: Ints) -> None:
        """These contracts, (legs, rows), will be asked for: they may be fetched already."""
        ...

    def lines(self, field: str, rows: Ints, sides: Sequence[int], places: Ints) -> Floats:
        """Of one contract a leg on each of these days, (legs, rows, minutes); nan is unknown.

        `places` are (legs, rows).
        """
        ...

    def points(
        self, field: str, rows: Ints, sides: Sequence[int], places: Ints, columns: Ints
    ) -> Floats:
        """The same at one minute each, (legs, rows)."""
        ...

    def traded(
        self, rows: Ints, sides: Sequence[int], places: Ints, columns: Ints
    ) -> NDArray[np.bool_]:
        """Whether each had traded on its day by then, (legs, rows)."""
        ...

    def day(self, row: int) -> ChainDay:
        """The whole day, as it was recorded."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainYears:
    """`minutes` are epoch minutes, ascending, -1 beyond the day's last; `strikes` rise, nan beyond
    the last. Of a strike nothing may be asked before it was heard of: days on which one came later
    are marked `late`."""

    symbol: str
    days: tuple[date, ...]
    expiries: tuple[date, ...]
    minutes: Ints
    strikes: Floats
    spot: Floats
    forward: Floats
    late: NDArray[np.bool_]
    prices: Prices

    def __len__(self) -> int:
        return len(self.days)


def years_of(days: Sequence[ChainDay]) -> ChainYears:
    """Of days in memory, one expiry a day; raises BadData for days out of order."""
    if any(a.day >= b.day or a.symbol != b.symbol for a, b in pairwise(days)):
        raise BadData("a fast run takes one chain a day, in the order of the days")
    wide = max((len(each) for each in days), default=0)
    many = max((len(each.strikes) for each in days), default=0)
    return ChainYears(
        symbol=days[0].symbol if days else "",
        days=tuple(each.day for each in days),
        expiries=tuple(each.expiry for each in days),
        minutes=_padded([each.minutes for each in days], wide, -1),
        strikes=_padded([each.strikes for each in days], many, np.nan),
        spot=_padded([each.spot for each in days], wide, np.nan),
        forward=_padded([each.forward for each in days], wide, np.nan),
        late=np.array([comes_late(each) for each in days], dtype=np.bool_),
        prices=_InMemory(days, wide),
    )


def comes_late(day: ChainDay) -> bool:
    """Whether a strike was first heard of after the day's first minute."""
    known = np.isfinite(day.ltp[0]) | np.isfinite(day.bid[0]) | np.isfinite(day.ask[0])
    return not bool(known.any(axis=0).all())


def _padded(rows: Sequence[NDArray[Any]], width: int, fill: float) -> NDArray[Any]:
    made = np.full((len(rows), width), fill, dtype=rows[0].dtype if rows else np.float64)
    for at, row in enumerate(rows):
        made[at, : len(row)] = row
    return made


class _InMemory:
    def __init__(self, days: Sequence[ChainDay], wide: int) -> None:
        self._days, self._wide = days, wide

    def soon(self, rows: Ints, places: Ints) -> None:
        """They are there."""

    def lines(self, field: str, rows: Ints, sides: Sequence[int], places: Ints) -> Floats:
        found = np.full((*places.shape, self._wide), np.nan)
        for leg, side in enumerate(sides):
            for at, row in enumerate(rows.tolist()):
                values = getattr(self._days[row], field)
                found[leg, at, : len(values)] = values[:, side, places[leg, at]]
        return found

    def points(
        self, field: str, rows: Ints, sides: Sequence[int], places: Ints, columns: Ints
    ) -> Floats:
        found = np.empty(places.shape)
        for leg, side in enumerate(sides):
            for at, row in enumerate(rows.tolist()):
                values = getattr(self._days[row], field)
                found[leg, at] = values[columns[leg, at], side, places[leg, at]]
        return found

    def traded(
        self, rows: Ints, sides: Sequence[int], places: Ints, columns: Ints
    ) -> NDArray[np.bool_]:
        volume = self.points("volume", rows, sides, places, columns)
        last = self.points("ltp", rows, sides, places, columns)
        return np.asarray(np.where(np.isnan(volume), last > 0, volume > 0))

    def day(self, row: int) -> ChainDay:
        return self._days[row]
