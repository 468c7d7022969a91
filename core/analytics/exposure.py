"""Exposure: what option dealers would hold, and have to trade, strike by strike.

Nobody publishes who is long and who is short: every number here rests on an assumption of signs
(`Dealers`), which goes with it. In India clients also write options, so the customary American
assumption is no more than that.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import nan
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from core.analytics.sides import IS_CALL, total
from core.pricing.black76 import first_d
from core.pricing.greeks import full_greeks
from core.pricing.normal import density

Floats = NDArray[np.float64]

PERCENT: Final = 0.01
REACH: Final = 0.10
POINTS: Final = 60
FAINT: Final = 1e-3
"""A change of sign where the exposure is less than this part of the largest is no flip point."""


class Dealers(StrEnum):
    """Who holds the other side: the sign given to open interest, calls and puts."""

    LONG_CALLS_SHORT_PUTS = "long calls, short puts"
    SHORT_CALLS_LONG_PUTS = "short calls, long puts"
    SHORT_BOTH = "short calls and puts"

    @property
    def signs(self) -> Floats:
        """Of shape (2, 1), calls first."""
        return np.array(_SIGNS[self])[:, None]

    @property
    def assumption(self) -> str:
        return f"Assumes dealers {self.value}: {_REASONS[self]}"


_SIGNS: Final = {
    Dealers.LONG_CALLS_SHORT_PUTS: (1.0, -1.0),
    Dealers.SHORT_CALLS_LONG_PUTS: (-1.0, 1.0),
    Dealers.SHORT_BOTH: (-1.0, -1.0),
}
_REASONS: Final = {
    Dealers.LONG_CALLS_SHORT_PUTS: "customers write calls against holdings and buy puts.",
    Dealers.SHORT_CALLS_LONG_PUTS: "customers buy calls and write puts.",
    Dealers.SHORT_BOTH: "customers buy options, dealers write them.",
}


class Sensitivities(Protocol):
    """Greeks per unit, (2, strikes): gamma per rupee, vanna the change of delta per vol point."""

    @property
    def delta(self) -> Floats: ...
    @property
    def gamma(self) -> Floats: ...
    @property
    def vanna(self) -> Floats: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GammaProfile:
    """Dealers' gamma were the underlying at each of `spots` (n,), ₹ per 1 %.

    `flip` is the zero of it nearest the spot; nan where it has none within reach.
    """

    spots: Floats
    net: Floats
    flip: float
    convention: Dealers


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposures:
    """Signed by the convention; (2, strikes), nan = unknown.

    gamma  ₹ of the underlying to be traded per 1 % move: gamma·OI·S²·0.01
    delta  ₹ of the underlying held: delta·OI·S
    vanna  ₹ of the underlying to be traded per vol point: vanna·OI·S
    `covered` is the part of the open interest whose gamma is known.
    """

    strikes: Floats
    gamma: Floats
    delta: Floats
    vanna: Floats
    covered: float
    convention: Dealers
    profile: GammaProfile | None = None

    @property
    def by_strike(self) -> Floats:
        """Net gamma of both sides, (strikes,)."""
        return total(self.gamma)

    @property
    def net(self) -> float:
        """Net gamma of the chain, ₹ per 1 %."""
        return float(total(self.by_strike, axis=-1))

    @property
    def net_delta(self) -> float:
        return float(total(total(self.delta), axis=-1))

    @property
    def net_vanna(self) -> float:
        return float(total(total(self.vanna), axis=-1))

    @property
    def flip(self) -> float:
        return self.profile.flip if self.profile else nan

    @property
    def assumption(self) -> str:
        return self.convention.assumption


def exposures(
    strikes: Floats,
    oi: Floats,
    greeks: Sensitivities,
    spot: float,
    convention: Dealers = Dealers.LONG_CALLS_SHORT_PUTS,
    *,
    profile: GammaProfile | None = None,
) -> Exposures:
    """Of open interest in units (not contracts), (2, strikes)."""
    held = convention.signs * oi
    with_gamma = np.where(np.isfinite(greeks.gamma), oi, 0.0)
    every = float(np.nansum(oi))
    return Exposures(
        strikes=strikes,
        gamma=held * greeks.gamma * spot**2 * PERCENT,
        delta=held * greeks.delta * spot,
        vanna=held * greeks.vanna * spot,
        covered=float(np.nansum(with_gamma)) / every if every > 0 else nan,
        convention=convention,
        profile=profile,
    )


def chain_exposures(
    strikes: Floats,
    oi: Floats,
    *,
    spot: float,
    forward: float,
    years: float,
    vol: Floats,
    discount: float = 1.0,
    convention: Dealers = Dealers.LONG_CALLS_SHORT_PUTS,
) -> Exposures:
    """`exposures` by our own greeks, with the profile; `vol` and `oi` (2, strikes)."""
    profile = gamma_profile(
        strikes,
        oi,
        spot=spot,
        forward=forward,
        years=years,
        vol=vol,
        discount=discount,
        convention=convention,
    )
    greeks = full_greeks(forward, strikes, years, vol, discount, IS_CALL)
    return exposures(strikes, oi, greeks, spot, convention, profile=profile)


def gamma_profile(
    strikes: Floats,
    oi: Floats,
    *,
    spot: float,
    forward: float,
    years: float,
    vol: Floats,
    discount: float = 1.0,
    convention: Dealers = Dealers.LONG_CALLS_SHORT_PUTS,
    reach: float = REACH,
    points: int = POINTS,
) -> GammaProfile:
    """Net gamma over a grid of spots from `reach` below to `reach` above, and where it turns.

    Every gamma is computed anew at each spot, the forward moving in proportion and each strike
    keeping its volatility `vol` (2, strikes). The flip point is sought again on a finer grid.
    """
    weights = convention.signs * np.nan_to_num(oi)

    def net(spots: Floats) -> Floats:
        gamma = _gamma(forward / spot * spots, strikes, years, vol, discount)
        return np.asarray(np.einsum("nsk,sk->n", gamma, weights) * spots**2 * PERCENT)

    spots = spot * np.linspace(1 - reach, 1 + reach, points)
    values = net(spots)
    around = _turn(spots, values, spot)
    flip = nan
    if around:
        finer = np.linspace(*around, points)
        flip = _zero(finer, net(finer))
    return GammaProfile(spots=spots, net=values, flip=flip, convention=convention)


def net_gamma(
    strikes: Floats,
    oi: Floats,
    *,
    spot: Floats,
    forward: Floats,
    years: Floats,
    vol: Floats,
    convention: Dealers = Dealers.LONG_CALLS_SHORT_PUTS,
) -> Floats:
    """Net gamma of the chain minute by minute, ₹ per 1 %, undiscounted.

    `spot`, `forward` and `years` (m,), `oi` and `vol` (m, 2, strikes); nan where no contract has
    both open interest and a gamma.
    """
    gamma = _gamma(forward, strikes, years[:, None, None], vol, 1.0, unknown=nan)
    held = convention.signs * oi * gamma
    return total(total(held), axis=-1) * spot**2 * PERCENT


def _gamma(
    forward: Floats,
    strikes: Floats,
    years: float | Floats,
    vol: Floats,
    discount: float,
    unknown: float = 0.0,
) -> Floats:
    """Black-76 gamma, (n, 2, strikes), of n forwards; `unknown` where there is none."""
    f = forward[:, None, None]
    with np.errstate(all="ignore"):
        d1, s = first_d(f, strikes, np.asarray(years, np.float64), vol)
        gamma = discount * density(d1) / (f * s)
    return np.where(np.isfinite(gamma), gamma, unknown)


def _turn(spots: Floats, net: Floats, spot: float) -> tuple[float, float] | None:
    """The two spots nearest `spot` between which the exposure changes its sign."""
    size = np.abs(net)
    turns = (np.sign(net[1:]) * np.sign(net[:-1]) < 0) & (
        np.maximum(size[1:], size[:-1]) > FAINT * size.max(initial=0.0)
    )
    places = np.flatnonzero(turns)
    if not places.size:
        return None
    middles = (spots[places] + spots[places + 1]) / 2
    at = places[np.abs(middles - spot).argmin()]
    return float(spots[at]), float(spots[at + 1])


def _zero(spots: Floats, net: Floats) -> float:
    """Where the straight line between the two values around zero crosses it."""
    at = int(np.flatnonzero(np.sign(net[1:]) * np.sign(net[:-1]) <= 0)[0])
    low, high = float(net[at]), float(net[at + 1])
    part = low / (low - high) if low != high else 0.0
    return float(spots[at] + part * (spots[at + 1] - spots[at]))
