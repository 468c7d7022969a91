"""The expiry day: where it may be pinned, how the straddle melts, and what a move would cost."""

from dataclasses import dataclass
from datetime import datetime
from math import inf, nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay
from core.analytics.chain_prices import chain_prices
from core.analytics.max_pain import max_pain
from core.analytics.premium import place
from core.analytics.sides import CALL, PUT, total
from core.analytics.straddle import at_the_money_each
from core.analytics.walls import walls
from core.instruments.expiries import MINUTES_A_YEAR
from core.pricing.black76 import price

Floats = NDArray[np.float64]

MOVES: Final = (-0.01, -0.005, -0.0025, 0.0025, 0.005, 0.01)
CLUSTER: Final = 0.5
"""The cluster of gamma holds half of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinRange:
    """Rupees, nan = unknown. `low` to `high`: between the walls, but no wider than implied.

    `implied_*`  the forward less and plus the straddle at the money
    `support`, `resistance`  the strikes with most puts and most calls
    `cluster_*`  the fewest neighbouring strikes that hold half of the gamma, without signs
    """

    low: float
    high: float
    max_pain: float
    support: float
    resistance: float
    implied_low: float
    implied_high: float
    cluster_low: float
    cluster_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MinuteDecay:
    """Per minute that follows a recorded one, else nan; (minutes,), rupees per unit.

    The straddle of `strikes`, bought at the end of the minute before: what it was to lose in the
    minute, with forward and volatility standing still, and what it did gain or lose.
    """

    minutes: NDArray[np.int64]
    strikes: Floats
    value: Floats
    theoretical: Floats
    realised: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class GammaRisk:
    """P&L in ₹ of one bought lot of the straddle if the forward jumps by each of `moves` at once.

    A sold lot has the opposite. `per_lot` is its price now in ₹.
    """

    moves: Floats
    pnl: Floats
    per_lot: float
    minutes_left: float


def pin_range(
    strikes: Floats, oi: Floats, gamma: Floats, *, forward: float, straddle: float
) -> PinRange:
    """`oi` in units and `gamma` exposure (any sign) of shape (2, strikes); straddle in rupees."""
    found = walls(strikes, oi, count=1)
    support = found.support[0].strike if found.support else nan
    resistance = found.resistance[0].strike if found.resistance else nan
    implied = forward - straddle, forward + straddle
    low, high = (float(np.fmax(support, implied[0])), float(np.fmin(resistance, implied[1])))
    if not low <= high:
        low, high = implied
    cluster = _cluster(strikes, total(np.abs(gamma)))
    return PinRange(
        low=low,
        high=high,
        max_pain=max_pain(strikes, oi[CALL], oi[PUT]),
        support=support,
        resistance=resistance,
        implied_low=implied[0],
        implied_high=implied[1],
        cluster_low=cluster[0],
        cluster_high=cluster[1],
    )


def _cluster(strikes: Floats, weights: Floats) -> tuple[float, float]:
    """Ends of the fewest neighbouring strikes with half of all weight; the heaviest of equals."""
    sums = np.concatenate([[0.0], np.cumsum(np.nan_to_num(weights))])
    if not sums[-1] > 0:
        return nan, nan
    # for each first strike, the last one with which the half is reached
    ends = np.searchsorted(sums, sums[:-1] + CLUSTER * sums[-1] * (1 - 1e-12))
    firsts = np.flatnonzero(ends < len(sums))
    lasts = ends[firsts]
    best = np.lexsort((sums[firsts] - sums[lasts], lasts - firsts))[0]
    return float(strikes[firsts[best]]), float(strikes[lasts[best] - 1])


def decay_path(
    forward: float,
    strike: float,
    vol: float,
    years: float,
    rate: float = 0.0,
    *,
    within: float = inf,
) -> tuple[Floats, Floats]:
    """Minutes left (a minute apart, falling to 0) and the straddle's value at each, all else still.

    Only of the next `within` minutes, if that is less.
    """
    left = years * MINUTES_A_YEAR
    minutes = np.arange(left, max(left - within - 0.5, 0.0), -1.0)
    minutes = np.append(minutes, 0.0) if within >= left else minutes
    return minutes, _straddles(forward, strike, vol, minutes / MINUTES_A_YEAR, rate)


def minute_decay(
    day: ChainDay, closes_at: datetime, strike: float | None = None, rate: float = 0.0
) -> MinuteDecay:
    """Of one strike, or of the strike at the money at the end of each minute before."""
    prices, years = chain_prices(day).value, day.years(closes_at)
    at = at_the_money_each(day.strikes, day.forward)
    if strike is not None:
        at = np.full(len(day), place(day, strike))
    rows, sides = np.arange(len(day)), prices.sum(axis=1)
    now = np.where(at >= 0, sides[rows, at], np.nan)
    before, held = rows[:-1], at[:-1]
    good = (held >= 0) & (np.diff(day.minutes) == 1)
    vol = total(day.iv)[before, held] / np.isfinite(day.iv).sum(axis=1)[before, held].clip(1)
    strikes, forward = day.strikes[held], day.forward[:-1]
    model = [_straddles(forward, strikes, vol, y, rate) for y in (years[:-1], years[1:])]
    return MinuteDecay(
        minutes=day.minutes,
        strikes=_after(np.where(held >= 0, strikes, np.nan)),
        value=now,
        theoretical=_after(np.where(good, model[1] - model[0], np.nan)),
        realised=_after(np.where(good, sides[before + 1, held] - sides[before, held], np.nan)),
    )


def _after(values: Floats) -> Floats:
    return np.concatenate([[np.nan], values])


def gamma_risk(
    forward: float,
    strike: float,
    vol: float,
    years: float,
    *,
    lot_size: int,
    rate: float = 0.0,
    moves: tuple[float, ...] = MOVES,
) -> GammaRisk:
    """Of the straddle of `strike`, valued anew after each move, its volatility kept."""
    jumps = np.array(moves)
    value = float(_straddles(forward, strike, vol, years, rate))
    moved = _straddles(forward * (1 + jumps), strike, vol, years, rate)
    return GammaRisk(
        moves=jumps,
        pnl=(moved - value) * lot_size,
        per_lot=value * lot_size,
        minutes_left=years * MINUTES_A_YEAR,
    )


def pays_at(forward: float, strike: float, straddle: float) -> tuple[float, float]:
    """Moves of the forward, down and up, fractions, after which a straddle's value is its price.

    At expiry: they lie about the strike, not about the forward. nan where a number is unknown.
    """
    if not forward > 0:
        return nan, nan
    return (strike - straddle) / forward - 1, (strike + straddle) / forward - 1


def _straddles(
    forward: float | Floats,
    strike: float | Floats,
    vol: float | Floats,
    years: float | Floats,
    rate: float,
) -> Floats:
    """Call and put together by Black-76, broadcast over all arguments."""
    discount = np.exp(-rate * np.asarray(years))
    both = (price(forward, strike, years, vol, discount, call) for call in (True, False))
    return np.asarray(sum(both))
