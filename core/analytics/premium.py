"""Premium: what any legs of a chain cost together, minute by minute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay
from core.analytics.chain_prices import chain_prices
from core.analytics.sides import CALL, PUT, total
from core.analytics.straddle import at_the_money_each
from core.errors import BadData
from core.pricing.black76 import first_d
from core.pricing.normal import cumulative

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiumLeg:
    """`side` CALL or PUT; `ratio` how many, positive for bought, negative for sold."""

    side: int
    strike: float
    ratio: float = 1.0


class Pick(StrEnum):
    """How a rolling pair chooses its strikes anew each minute."""

    STEPS = "steps"  # so many listed strikes out of the money; 0 is the straddle
    DELTA = "delta"  # nearest that delta, a fraction without sign
    PREMIUM = "premium"  # nearest that price, in rupees


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolling:
    """A call and a put chosen anew each minute: `ratio` 1 bought, -1 sold."""

    by: Pick = Pick.STEPS
    target: float = 0.0
    ratio: float = 1.0


Structure = Sequence[PremiumLeg] | Rolling


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiumSeries:
    """One row per recorded minute, at its end; a minute that was not recorded has none.

    `value` rupees per unit, nan where a leg has no price; `traded` where a leg's price is its last
    trade for want of quotes; `volume` the units of the legs' contracts that traded within the
    minute, each contract once whatever its ratio, nan where the minute before was not recorded;
    `strikes` (minutes, legs).
    """

    minutes: NDArray[np.int64]
    value: Floats
    traded: NDArray[np.bool_]
    volume: Floats
    strikes: Floats
    spot: Floats
    forward: Floats


def combined(day: ChainDay, structure: Structure, closes_at: datetime) -> PremiumSeries:
    """Of fixed or rolling legs over a day; BadData for a strike that the day does not have."""
    prices = chain_prices(day)
    if isinstance(structure, Rolling):
        places = _rolling(day, structure, prices.value, closes_at)
        sides, ratios, once = [CALL, PUT], np.full(2, structure.ratio), [0, 1]
    else:
        places = np.array([[place(day, leg.strike) for leg in structure]] * len(day))
        places = places.reshape(len(day), len(structure))
        sides, ratios = [leg.side for leg in structure], np.array([leg.ratio for leg in structure])
        contracts = [(leg.side, leg.strike) for leg in structure]
        once = [at for at, each in enumerate(contracts) if each not in contracts[:at]]
    legs = _Legs(places, np.array(sides, dtype=np.int64))
    chosen = places >= 0
    return PremiumSeries(
        minutes=day.minutes,
        value=legs.of(prices.value) @ ratios,
        traded=total(legs.of(prices.traded.astype(np.float64)), axis=-1) > 0,
        volume=_volume(day, legs)[:, once].sum(axis=1),
        strikes=np.where(chosen, day.strikes[places], np.nan),
        spot=day.spot,
        forward=day.forward,
    )


def place(day: ChainDay, strike: float) -> int:
    """Index of a strike of the day; BadData where it is not listed."""
    found = np.flatnonzero(day.strikes == strike)
    if not found.size:
        raise BadData(f"{day.symbol} {day.expiry:%d %b %Y} has no strike {strike:g}")
    return int(found[0])


@dataclass(frozen=True, slots=True)
class _Legs:
    places: Places  # (minutes, legs), -1 = none
    sides: Places  # (legs,)

    def of(self, values: Floats) -> Floats:
        """(minutes, legs) out of (minutes, 2, strikes)."""
        rows = np.arange(len(values))[:, None]
        return np.where(self.places >= 0, values[rows, self.sides, self.places], np.nan)


def _volume(day: ChainDay, legs: _Legs) -> Floats:
    """Units of each leg's contract traded within the minute, (minutes, legs)."""
    within = np.full(day.volume.shape, np.nan)
    following = np.diff(day.minutes) == 1
    within[1:][following] = np.diff(day.volume, axis=0)[following]
    return legs.of(np.where(within >= 0, within, np.nan))  # a total that falls is none


def _rolling(day: ChainDay, rolling: Rolling, price: Floats, closes_at: datetime) -> Places:
    """Strikes of the call and the put, (minutes, 2), -1 where none can be chosen."""
    if rolling.by is Pick.STEPS:
        steps, last = round(rolling.target), len(day.strikes) - 1
        at = at_the_money_each(day.strikes, day.forward)
        places = np.stack([at + steps, at - steps], axis=1)
        good = (at[:, None] >= 0) & (places >= 0) & (places <= last)
        return np.where(good, places, -1)
    measure = price if rolling.by is Pick.PREMIUM else _deltas(day, closes_at)
    away = np.abs(measure - rolling.target)
    known = np.isfinite(away)
    nearest = np.where(known, away, np.inf).argmin(axis=2)
    return np.where(known.any(axis=2), nearest, -1)


def _deltas(day: ChainDay, closes_at: datetime) -> Floats:
    """Without sign and undiscounted, (minutes, 2, strikes)."""
    years = day.years(closes_at)[:, None, None]
    with np.errstate(all="ignore"):
        d1, _ = first_d(day.forward[:, None, None], day.strikes, years, day.iv)
        side = np.array([[1.0], [-1.0]])
        return cumulative(side * d1)
