"""Walls: the strikes where most open interest stands, and where most was added.

Writers of calls are taken to defend the strike from above (resistance), writers of puts from
below (support): a reading of open interest, not a law.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.analytics.sides import CALL, PUT

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """`oi` and `change` in units (change nan when unknown); `share` of its side's open interest."""

    strike: float
    oi: float
    change: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Walls:
    """Largest first; empty where nothing is known."""

    resistance: tuple[Wall, ...]  # calls by open interest
    support: tuple[Wall, ...]  # puts by open interest
    calls_added: tuple[Wall, ...]  # calls by what was added
    puts_added: tuple[Wall, ...]


def walls(strikes: Floats, oi: Floats, change: Floats | None = None, count: int = 3) -> Walls:
    """The `count` highest of each kind; `oi` and its `change` in units, (2, strikes).

    Of equals the lower strike comes first; open interest of 0 is no wall, nor is a decrease.
    """
    added = np.full(oi.shape, np.nan) if change is None else change

    def highest(side: int, by: Floats) -> tuple[Wall, ...]:
        order = np.argsort(-by[side], kind="stable")  # nan sorts last
        above = np.nansum(oi[side])
        return tuple(
            Wall(
                strike=float(strikes[at]),
                oi=float(oi[side, at]),
                change=float(added[side, at]),
                share=float(oi[side, at] / above),
            )
            for at in order[by[side][order] > 0][:count]
        )

    return Walls(
        resistance=highest(CALL, oi),
        support=highest(PUT, oi),
        calls_added=highest(CALL, added),
        puts_added=highest(PUT, added),
    )
