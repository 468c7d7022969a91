"""Market orders over many days at one go, with the paper account's protection and its patience."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.sides import CALL
from core.backtest.chain_years import ChainYears, Floats, Ints
from core.backtest.fast_choice import Choice
from core.instruments.recorded import TICK
from core.paper.protection import DEAR_OPTION, OPTIONS

if TYPE_CHECKING:
    from core.backtest.fast_exits import Legs

Bools = NDArray[np.bool_]

PARTS: Final = 10_000
"""Of a rupee: whole numbers, so that nothing is lost by a float."""
STEP: Final = int(TICK * PARTS)
SHARES: Final = tuple((int(below * PARTS), int(share * 100)) for below, share in OPTIONS)
DEAR: Final = int(DEAR_OPTION * 100)


@dataclass(slots=True)
class Dealt:
    """Arrays (legs, rows). `price` is what is shown on the other side, `worst` the protection;
    what is not `filled` at once `rests` there, unless it was refused."""

    price: Floats
    worst: Floats
    filled: Bools
    rests: Bools


def market_orders(
    years: ChainYears, chosen: Choice, bids: Floats, asks: Floats, units: Ints, columns: Ints
) -> Dealt:
    """Units below 0 are sold; `columns` are the minutes at which they are sent."""
    bid, ask = _at(bids, columns), _at(asks, columns)
    where = chosen.rows, chosen.sides, chosen.places, columns
    last, traded = years.prices.points("ltp", *where), years.prices.traded(*where)
    buys = units > 0
    price = np.where(buys, ask, bid)
    taken = traded & (last > 0) & ((bid > 0) | (ask > 0))
    worst = worst_prices(np.where(last > 0, last, 0.0), buys)
    good = (price > 0) & np.where(buys, price <= worst, price >= worst)
    return Dealt(price, worst, taken & good, taken & ~good)


def worst_prices(last: Floats, buys: Bools) -> Floats:
    """`protection.worst_price` of options, exactly."""
    whole = np.rint(last * PARTS).astype(np.int64)
    share = np.select([whole < below for below, _ in SHARES], [each for _, each in SHARES], DEAR)
    up = np.maximum(whole * (100 + share) // (100 * STEP) * STEP, whole)
    down = -(-whole * (100 - share) // (100 * STEP)) * STEP
    least = np.maximum(np.minimum(down, whole), STEP)
    return np.asarray(np.where(buys, up, least) / PARTS)


def wait(years: ChainYears, chosen: Choice, legs: "Legs", out: Dealt) -> None:
    """Exits that rest until a quote comes to them, or until their contract ends worthless.

    A day on which less is traded through one than it is for, or on which it ends otherwise, is
    not plain.
    """
    for leg, at in zip(*map(np.ndarray.tolist, np.nonzero(out.rests & legs.plain)), strict=True):
        row, begin = int(chosen.rows[at]), int(legs.asked[leg, at]) + 1
        stop = int((years.minutes[row] >= 0).sum())
        open_until = int(np.searchsorted(years.minutes[row, :stop], chosen.closes[at] - 1))
        limit, buys = out.worst[leg, at], chosen.units[leg, at] < 0
        line = (legs.ask if buys else legs.bid)[leg, at]
        last = lines(years, chosen, "ltp", leg, at)
        span = slice(begin, open_until)
        met = line[span] <= limit if buys else line[span] >= limit
        passed = last[span] < limit if buys else last[span] > limit
        either = met | passed
        if not either.any():
            _end(years, chosen, legs, leg, at, stop - 1)
            continue
        first = int(either.argmax())
        if met[first] or _enough(years, chosen, leg, at, begin + first):
            legs.gone[leg, at], legs.got[leg, at] = begin + first, limit
        else:
            legs.plain[at] = False


def lines(
    years: ChainYears, chosen: Choice, field: str, leg: int | None = None, at: int = 0
) -> Floats:
    """(legs, rows, minutes), or (minutes,) of one leg on one day."""
    if leg is None:
        return years.prices.lines(field, chosen.rows, chosen.sides, chosen.places)
    row, place = chosen.rows[at : at + 1], chosen.places[leg : leg + 1, at : at + 1]
    one: Floats = years.prices.lines(field, row, chosen.sides[leg : leg + 1], place)[0, 0]
    return one


def _enough(years: ChainYears, chosen: Choice, leg: int, at: int, column: int) -> bool:
    """Whether others traded as many units through a price in a minute as there are to fill."""
    day = years.prices.day(int(chosen.rows[at]))
    volume = day.volume[:, chosen.sides[leg], chosen.places[leg, at]]
    return bool(volume[column] - volume[column - 1] >= abs(chosen.units[leg, at]))


def _end(years: ChainYears, chosen: Choice, legs: "Legs", leg: int, at: int, column: int) -> None:
    """Only what was sold and ends out of the money on its last day ends so."""
    row = int(chosen.rows[at])
    spot = years.spot[row, : column + 1]
    known = np.flatnonzero(spot > 0)
    strike = years.strikes[row, chosen.places[leg, at]]
    level = spot[known[-1]] if len(known) else np.nan
    worthless = level <= strike if chosen.sides[leg] == CALL else level >= strike
    last_day = years.expiries[row] == years.days[row]
    if not (last_day and worthless and chosen.units[leg, at] < 0):
        legs.plain[at] = False
        return
    legs.gone[leg, at], legs.got[leg, at], legs.left[leg, at] = column, 0.0, True


def _at(lines: Floats, columns: Ints) -> Floats:
    return np.take_along_axis(lines, columns[:, :, None], axis=2)[:, :, 0]
