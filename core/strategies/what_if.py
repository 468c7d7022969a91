"""What if: profit and greeks of a position over spots, volatility shifts and moments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from core.strategies.legs import Leg, in_play, one_underlying
from core.strategies.sensitivities import NAMES, book_greeks
from core.strategies.valuation import Floats, Market, book_values, columns, floor, seconds

PNL: Final = "pnl"
MEASURES: Final = (PNL, *NAMES)


@dataclass(frozen=True, slots=True)
class Matrix:
    """`values` by measure (`MEASURES`), each [iv shift, date, spot]; rupees, greeks as NetGreeks.

    Shifts are fractions added to every leg's volatility.
    """

    spots: Floats
    shifts: Floats
    dates: tuple[datetime, ...]
    values: dict[str, Floats]


def matrix(
    legs: Sequence[Leg],
    market: Market,
    *,
    spots: ArrayLike,
    dates: Sequence[datetime],
    shifts: ArrayLike = (0.0,),
    measures: Sequence[str] = MEASURES,
) -> Matrix:
    """Disabled legs do not count; before charges. Raises RuleBroken for different underlyings."""
    counted = in_play(legs)
    one_underlying(counted)
    book = columns(counted, market)
    at, when = floor(spots, market), seconds(dates, market)
    steps = np.atleast_1d(np.asarray(shifts, np.float64))
    paid = float((book.quantity * book.entry).sum())
    made: dict[str, list[Floats]] = {name: [] for name in measures}
    for step in steps.tolist():
        if PNL in made:
            worth = np.tensordot(book.quantity, book_values(book, market, at, when, step), 1)
            made[PNL].append(worth - paid)
        if made.keys() - {PNL}:
            each = book_greeks(book, market, at, when, step)
            for name in made.keys() - {PNL}:
                made[name].append(np.tensordot(book.quantity, each[name], 1))
    values = {name: np.array(grids) for name, grids in made.items()}
    return Matrix(spots=at, shifts=steps, dates=tuple(dates), values=values)


def days_ahead(market: Market, last: datetime, count: int) -> list[datetime]:
    """`count` moments from now to `last`, evenly; only now when that is over."""
    span = max(last - market.now, timedelta())
    if not span or count < 2:
        return [market.now]
    return [market.now + span * (i / (count - 1)) for i in range(count)]
