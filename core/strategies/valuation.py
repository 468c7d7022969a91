"""What legs are worth at any spot and any moment: Black-76 on each expiry's own forward.

Assumptions, the same wherever the builder shows a number:
- An expiry's forward moves with the spot in proportion, and its basis wears off with time:
  F(S, t) = S·(F₀/S₀)^(τ/τ₀), with τ the time left then and τ₀ now. At its close F = S.
- A leg past its close is worth the intrinsic value at the spot under evaluation: the convention of
  pay-off charts, since no path is known. One that has closed before now has settled: today at the
  spot as it stands, on an earlier day at what nobody here knows (nan, unless it has an exit price).
- Each expiry keeps its smile as time passes. Sticky strike: a strike keeps its volatility wherever
  the spot goes. Sticky delta: the smile moves with the spot, a moneyness keeps its volatility.
- A contract's own implied volatility counts where known; what it differs from the fitted surface
  is kept as an offset to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from math import exp, nan
from typing import Final, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.ids import InstrumentKey
from core.instruments.expiries import MINUTES_A_YEAR, years_left
from core.pricing.black76 import price
from core.strategies.legs import Leg, in_play, one_underlying

Floats = NDArray[np.float64]

LEAST_VOL: Final = 0.001
"""Shifts do not press a volatility below 0.1 %."""
YEAR: Final = 60.0 * MINUTES_A_YEAR
"""Seconds."""
NEAR_ZERO: Final = 1e-9
"""Spots are held above this part of today's: a pay-off at 0 is the limit from above."""


class Vols(Protocol):
    """Any volatility surface."""

    def vol(self, strike: ArrayLike, years: ArrayLike) -> Floats:
        """Volatility, a fraction, for strikes and times of the same shape; nan where unknown."""
        ...


class Sticky(StrEnum):
    """How the smile moves when the spot does."""

    STRIKE = "strike"
    DELTA = "delta"


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What legs are valued against.

    `forwards` by expiry (one that is missing is the spot grown at `rate`), `ivs` and `prices` by
    contract: its own implied volatility (a fraction) and what it can be had for now.
    """

    spot: float
    now: datetime
    rate: float
    forwards: Mapping[date, float] = field(default_factory=dict)
    surface: Vols | None = None
    ivs: Mapping[InstrumentKey, float] = field(default_factory=dict)
    prices: Mapping[InstrumentKey, float] = field(default_factory=dict)
    sticky: Sticky = Sticky.STRIKE

    def forward(self, expiry: date, years: float) -> float:
        found = self.forwards.get(expiry, nan)
        return found if found > 0 else self.spot * exp(self.rate * years)


@dataclass(frozen=True, slots=True)
class Book:
    """Legs as columns, one number per leg; `vol` is that of today at today's spot."""

    quantity: Floats
    entry: Floats
    strike: Floats
    call: NDArray[np.bool_]
    option: NDArray[np.bool_]
    closed: Floats  # exit or settlement price; nan while open
    lost: NDArray[np.bool_]  # settled on an earlier day
    closes: Floats  # epoch seconds
    years: Floats
    forward: Floats
    vol: Floats
    offset: Floats  # of `vol` from the surface

    def __len__(self) -> int:
        return len(self.quantity)


@dataclass(frozen=True, slots=True)
class Living:
    """Options that are still alive, one row per (moment, leg), one column per spot."""

    moment: NDArray[np.intp]
    leg: NDArray[np.intp]
    forward: Floats  # [row, spot]
    per_spot: Floats  # ∂forward/∂spot
    strike: Floats  # [row, 1], as all below
    years: Floats
    vol: Floats  # [row, 1] or [row, spot]
    discount: Floats
    call: NDArray[np.bool_]


def evaluate(
    legs: Sequence[Leg],
    market: Market,
    spots: ArrayLike,
    dates: Sequence[datetime],
    *,
    iv_shift: float = 0.0,
) -> Floats:
    """Profit or loss in rupees, [date, spot], before charges; `iv_shift` in fractions.

    Disabled legs do not count. nan where an entry price or a volatility that matters is unknown.
    Raises RuleBroken for legs of different underlyings.
    """
    counted = in_play(legs)
    one_underlying(counted)
    book = columns(counted, market)
    return results(book, market, floor(spots, market), seconds(dates, market), iv_shift)


def results(
    book: Book, market: Market, spots: Floats, moments: Floats, iv_shift: float = 0.0
) -> Floats:
    """Profit or loss in rupees of a whole book, [moment, spot]; moments in epoch seconds."""
    values = book_values(book, market, spots, moments, iv_shift)
    paid = (book.quantity * book.entry).sum()
    return np.asarray(np.tensordot(book.quantity, values, 1) - paid, np.float64)


def leg_values(
    legs: Sequence[Leg],
    market: Market,
    spots: ArrayLike,
    dates: Sequence[datetime],
    *,
    iv_shift: float = 0.0,
) -> Floats:
    """Value per unit in rupees of every leg, counted or not, [leg, date, spot]."""
    book = columns(legs, market)
    return book_values(book, market, floor(spots, market), seconds(dates, market), iv_shift)


def leg_vols(legs: Sequence[Leg], market: Market) -> Floats:
    """The volatility each leg is valued with at today's spot, its own shift included."""
    return columns(legs, market).vol


def columns(legs: Sequence[Leg], market: Market) -> Book:
    years = np.array([years_left(leg.closes_at, market.now) for leg in legs])
    strike = np.array([nan if leg.strike is None else leg.strike for leg in legs], np.float64)
    own = np.array([_own_vol(leg, market) for leg in legs], np.float64)
    fitted = _fitted(market, strike, years)
    vol = np.where(np.isfinite(own), own, fitted)
    offset = np.where(np.isfinite(fitted), vol - fitted, 0.0)
    shift = np.array([leg.iv_shift for leg in legs])
    return Book(
        quantity=np.array([leg.quantity for leg in legs], np.float64),
        entry=np.array([leg.price for leg in legs], np.float64),
        strike=strike,
        call=np.array([leg.is_call for leg in legs], np.bool_),
        option=np.array([leg.is_option for leg in legs], np.bool_),
        closed=np.array([_closed(leg, market) for leg in legs], np.float64),
        lost=np.array([leg.lost(market.now) for leg in legs], np.bool_),
        closes=np.array([leg.closes_at.timestamp() for leg in legs]),
        years=years,
        forward=np.array(
            [market.forward(leg.expiry, y) for leg, y in zip(legs, years, strict=True)]
        ),
        vol=np.maximum(vol + shift, LEAST_VOL),
        offset=offset + shift,
    )


def book_values(
    book: Book, market: Market, spots: Floats, moments: Floats, iv_shift: float = 0.0
) -> Floats:
    """Value per unit, [leg, moment, spot]; moments in epoch seconds."""
    left = time_left(book, moments)
    side = np.where(book.call, 1.0, -1.0)
    intrinsic = np.maximum(side[:, None] * (spots - book.strike[:, None]), 0.0)
    intrinsic[~book.option] = spots
    values = np.repeat(intrinsic[:, None, :], len(moments), axis=1)
    _price_futures(values, book, market, spots, left)
    living = alive(book, market, spots, left)
    values[living.leg, living.moment] = price(
        living.forward,
        living.strike,
        living.years,
        np.maximum(living.vol + iv_shift, LEAST_VOL),
        living.discount,
        living.call,
    )
    done = np.isfinite(book.closed)
    values[done] = book.closed[done, None, None]
    values[book.lost] = nan
    return values


def alive(book: Book, market: Market, spots: Floats, left: Floats) -> Living:
    """`left` is the time to each close in years, [moment, leg]."""
    moment, leg = np.nonzero((left > 0) & book.option & ~np.isfinite(book.closed))
    years = left[moment, leg, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        wear = years / book.years[leg, None]
        per_spot = (book.forward[leg, None] / market.spot) ** wear
    return Living(
        moment=moment,
        leg=leg,
        forward=per_spot * spots,
        per_spot=per_spot,
        strike=book.strike[leg, None],
        years=years,
        vol=smile_at(book, market, spots)[leg],
        discount=np.exp(-market.rate * years),
        call=book.call[leg, None],
    )


def smile_at(book: Book, market: Market, spots: Floats) -> Floats:
    """Volatilities with the spot elsewhere, [leg, spot], or [leg, 1] where they stay."""
    if market.sticky is Sticky.STRIKE or market.surface is None:
        return book.vol[:, None]
    moved = book.strike[:, None] * market.spot / spots
    fitted = _fitted(market, moved, np.broadcast_to(book.years[:, None], moved.shape))
    there = np.maximum(fitted + book.offset[:, None], LEAST_VOL)
    return np.where(np.isfinite(there), there, book.vol[:, None])


def _price_futures(values: Floats, book: Book, market: Market, spots: Floats, left: Floats) -> None:
    for leg in np.flatnonzero(~book.option):
        if book.years[leg] > 0:
            wear = left[:, leg] / book.years[leg]
            values[leg] = np.outer((book.forward[leg] / market.spot) ** wear, spots)


def _closed(leg: Leg, market: Market) -> float:
    if leg.exit_price is not None:
        return leg.exit_price
    if not leg.expired(market.now):
        return nan
    if leg.strike is None:
        return market.spot
    return max(market.spot - leg.strike if leg.is_call else leg.strike - market.spot, 0.0)


def _own_vol(leg: Leg, market: Market) -> float:
    return leg.iv if leg.iv is not None else market.ivs.get(leg.key, nan)


def _fitted(market: Market, strikes: Floats, years: Floats) -> Floats:
    if market.surface is None or not strikes.size:
        return np.full(strikes.shape, nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(market.surface.vol(strikes, years), np.float64)


def time_left(book: Book, moments: Floats) -> Floats:
    """Years to each close, [moment, leg]; 0 once it has closed."""
    return np.maximum(book.closes - moments[:, None], 0.0) / YEAR


def floor(spots: ArrayLike, market: Market) -> Floats:
    return np.maximum(np.atleast_1d(np.asarray(spots, np.float64)), NEAR_ZERO * market.spot)


def seconds(dates: Sequence[datetime], market: Market) -> Floats:
    """Epoch seconds; what is past is taken as now."""
    moments = np.array([moment.timestamp() for moment in dates], np.float64)
    return np.maximum(moments, market.now.timestamp())
